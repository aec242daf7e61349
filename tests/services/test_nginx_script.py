"""The host's side of nginx: nothing secret leaves, nothing changes, and every shell and awk says the same."""

import os
import re
import shutil
import subprocess
from base64 import b64decode
from pathlib import Path

import pytest

from tests.services.nginx_host import AWKS, SCRIPT, SHELLS, configuration, installed, program, run_awk
from tests.services.test_nginx_corpus import CORPUS, effective

SECRET = "SECRETSECRET"
MAIN = "/etc/nginx/nginx.conf"


def collector() -> str:
    """The script as it is packed, nginx's part of it alone; what it finds in use comes last."""
    awk = "\n".join(f"{path.stem}_awk='{path.read_text()}'" for path in sorted(SCRIPT.glob("nginx*.awk")))
    parts = program("core.sh", "nginx.sh", "nginx_check.sh")
    return f"nonce=N\n{awk}\n{parts}\nnginx_collect\nprintf %s \"$uses$accounts\" | frame uses ''\n"


def sent(output: str) -> dict[tuple[str, str], str]:
    """Each frame's data by its kind and subject; what is unknown with a ! before its reason."""
    found = {}
    for line in output.splitlines():
        _, kind, subject, *data, _ = line.split(" ")
        text = b64decode(data[-1]).decode()
        found[kind, b64decode(subject[:-1]).decode()] = f"!{text}" if len(data) == 2 else text.removesuffix(".")
    return found


@pytest.mark.parametrize("path", sorted(SCRIPT.glob("nginx*.awk")), ids=lambda path: path.name)
def test_an_awk_program_fits_into_single_quotes(path: Path) -> None:
    assert "'" not in path.read_text()


@pytest.mark.parametrize("awk", installed(AWKS), ids=lambda command: command[0])
def test_no_secret_of_a_configuration_leaves_the_host(awk: list[str], tmp_path: Path) -> None:
    effective("inline-data", "1.22.1", tmp_path)
    source = (tmp_path / "etc/nginx/nginx.conf").read_text()
    assert source.count(SECRET) >= 10
    sent, rows = configuration(tmp_path / "etc/nginx/nginx.conf", awk)
    assert SECRET not in sent + rows
    assert "PRIVATE" not in sent + rows


@pytest.mark.parametrize("name", sorted(path.name for path in CORPUS.iterdir()))
def test_every_awk_sends_the_same(name: str, tmp_path: Path) -> None:
    effective(name, "1.22.1", tmp_path)
    first, *others = [configuration(tmp_path / "etc/nginx/nginx.conf", awk) for awk in installed(AWKS)]
    assert all(other == first for other in others)


def test_includes_are_expanded_as_glob_does(tmp_path: Path) -> None:
    for name in ("b.conf", "a.conf", ".hidden.conf", "B.conf", "sp ace.conf", "nul.conf", "d.conf/x", "[x].conf"):
        target = tmp_path / "conf.d" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(b"# \0\n" if name == "nul.conf" else b"\n")
    (tmp_path / "conf.d" / "dangling.conf").symlink_to("nowhere")
    os.mkfifo(tmp_path / "conf.d" / "fifo.conf")
    (tmp_path / "nginx.conf").write_text("include conf.d/*.conf;\ninclude conf.d/none-*;\ninclude conf.d/[[]x].conf;\n")
    lines = configuration(tmp_path / "nginx.conf")[0].replace(str(tmp_path), "").splitlines()
    assert [line for line in lines if line[0] in "IN"] == [
        "I 0 /nginx.conf",
        r"I 1 /conf.d/B.conf /conf.d/\0133x\0135.conf /conf.d/a.conf /conf.d/b.conf /conf.d/sp\0040ace.conf",
        "N 1 /conf.d/d.conf d",
        "N 1 /conf.d/dangling.conf m",
        "N 1 /conf.d/fifo.conf d",
        "N 1 /conf.d/nul.conf z",
        "I 2",
        r"I 3 /conf.d/\0133x\0135.conf",
    ]


def test_a_configuration_that_includes_itself_ends(tmp_path: Path) -> None:
    (tmp_path / "etc/nginx").mkdir(parents=True)
    (tmp_path / "etc/nginx/nginx.conf").write_text("include nginx.conf;\ninclude *.conf;\nevents {}\n")
    assert configuration(tmp_path / "etc/nginx/nginx.conf")[0].endswith("\nZ\n")


# What nginx says, and on the next line what is sent of it.
MESSAGES = (Path(__file__).parent / "corpus" / "nginx-messages.txt").read_text().split("\n")[:-1]


@pytest.mark.parametrize("awk", installed(AWKS), ids=lambda command: command[0])
@pytest.mark.parametrize(("message", "expected"), list(zip(MESSAGES[::2], MESSAGES[1::2], strict=True)))
def test_messages_are_reduced_to_what_is_known(message: str, expected: str, awk: list[str]) -> None:
    said, _ = run_awk(awk, program("nginx_messages.awk"), {}, message.encode() + b"\n")
    assert said.rstrip("\n") == expected
    logged, _ = run_awk([*awk, "-v", "logs=1"], program("nginx_messages.awk"), {}, message.encode() + b"\n")
    assert logged == (said if "certificate" in expected or "PrivateKey" in expected else "")


PRIVATE = shutil.which("unshare") and shutil.which("/usr/sbin/nginx") and os.geteuid() == 0
# Starts nginx as Debian does, with everything that it writes on file systems of its own.
SCENE = """
set -e
mount --make-rprivate /
mount -t proc proc /proc
for d in /run /var/log/nginx /var/lib/nginx; do mount -t tmpfs none $d; done
ip link set lo up
snapshot() { find /etc/nginx /var/lib/nginx /var/log/nginx /run -xdev -printf '%p %m %u %s %T@ %C@\\n' | sort; }
if [ "$1" = running ]; then /usr/sbin/nginx -g 'daemon on; master_process on;'; sleep 1.5; fi
before=$(snapshot)
shift
"$@"
after=$(snapshot)
[ "$before" = "$after" ] || { echo "$before"; echo "$after"; } >&2
"""


def collect(state: str, shell: list[str]) -> dict[tuple[str, str], str]:
    """What nginx.sh says in a mount, process and network namespace of its own."""
    command = [
        "unshare",
        "-m",
        "-n",
        "-p",
        "-f",
        "--kill-child",
        "sh",
        "-c",
        SCENE,
        "sh",
        state,
        *shell,
        "-c",
        collector(),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    return sent(done.stdout)


@pytest.mark.skipif(not PRIVATE, reason="needs root, nginx and unshare")
@pytest.mark.parametrize("shell", installed(SHELLS), ids=lambda command: command[0])
@pytest.mark.parametrize("state", ["running", "stopped"])
def test_collecting_changes_nothing_on_the_host(state: str, shell: list[str]) -> None:
    said = collect(state, shell)
    check = said["nginx-check", MAIN]
    how = said["nginx-process", MAIN]
    if state == "running":
        assert check == "exit 0\n"
        assert re.search(r"^worker \d+ www-data$", how, re.MULTILINE)
    else:
        assert check == "!nginx is not running, and its checker would create its log and pid files"
        assert "\npid " not in how
    assert said["nginx-config", MAIN].endswith("\nZ\n")
    assert said["nginx-cipher", "HIGH:!aNULL:!MD5"].startswith("0x13,")
    assert len(said["nginx-changed", MAIN].split()) == 2 * said["nginx-config", MAIN].count("\nE /")
    assert "www-data" in said["uses", ""]
