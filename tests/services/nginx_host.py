"""Runs the host's side of nginx (nginx.awk, nginx.sh) here, on files of a test, under any awk and shell."""

import os
import re
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from tlsfleet.evidence import Frame

SCRIPT = Path(__file__).parents[2] / "tlsfleet" / "inside" / "script"
AWKS = [["mawk"], ["gawk"], ["busybox", "awk"], ["original-awk"]]
SHELLS = [["dash"], ["bash"], ["busybox", "sh"], ["mksh"]]
OPENSSL = "OpenSSL 3.0.19"
PROCESS = """version nginx/{version}
library {openssl} 27 Jan 2026
openssl {openssl} 27 Jan 2026 (Library: {openssl} 27 Jan 2026)
prefix /usr/share/nginx
uid 0
default-user nobody
"""
# What the host's openssl lists, for the tests' cipher strings: as OpenSSL 3.0 does.
CIPHERS = {
    "HIGH:!aNULL:!MD5": "0x13,0x02 TLSv1.3\n0x13,0x01 TLSv1.3\n0xC0,0x2F TLSv1.2\n0x00,0x9E TLSv1.2\n0x00,0x2F SSLv3\n",
    "ECDHE-RSA-AES128-GCM-SHA256": "0x13,0x02 TLSv1.3\n0x13,0x01 TLSv1.3\n0xC0,0x2F TLSv1.2\n",
}


def installed(commands: list[list[str]]) -> list[list[str]]:
    return [command for command in commands if shutil.which(command[0])]


@cache
def program(*names: str) -> str:
    return "\n".join((SCRIPT / name).read_text() for name in names)


def run_awk(awk: list[str], text: str, environment: dict[str, str], given: bytes = b"") -> tuple[str, str]:
    """The program's standard output, and what it wrote to descriptor 3."""
    with tempfile.TemporaryFile() as rows:
        writer = rows.fileno()
        done = subprocess.run(
            [*awk, text],
            env={**os.environ, "LC_ALL": "C", **environment},
            input=given,
            capture_output=True,
            pass_fds=(3, writer),
            preexec_fn=lambda: os.dup2(writer, 3),
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        rows.seek(0)
        return done.stdout.decode("ascii"), rows.read().decode("ascii")


def configuration(conf: Path, awk: list[str] | None = None, globals_: str = "") -> tuple[str, str]:
    """What nginx.awk writes of one main file, and its rows for nginx.sh."""
    resolve = re.search(r"nginx_resolve='\n(.*?)\n'\n", program("nginx.sh"), re.DOTALL)
    assert resolve
    environment = {
        "nginx_conf": str(conf),
        "nginx_prefix": "/usr/share/nginx",
        "nginx_globals": globals_,
        "nginx_resolve": resolve[1],
    }
    return run_awk(awk or installed(AWKS)[0], program("nginx_lexer.awk", "nginx.awk"), environment)


def frames(conf: Path, version: str = "1.22.1", openssl: str = OPENSSL, awk: list[str] | None = None) -> list[Frame]:
    """The frames of a stopped nginx with this configuration."""
    text, _ = configuration(conf, awk)
    return [
        Frame("nginx-process", str(conf), PROCESS.format(version=version, openssl=openssl).encode()),
        Frame("nginx-config", str(conf), text.encode()),
        *(Frame("nginx-cipher", string, listed.encode()) for string, listed in CIPHERS.items()),
        Frame("nginx-suites", "TLS_AES_128_GCM_SHA256", b"0x13,0x01 TLSv1.3\n"),
        Frame(
            "nginx-check", str(conf), unknown="nginx is not running, and its checker would create its log and pid files"
        ),
    ]
