"""The script that runs on a host, packed as one line that any login shell and sudo hand on unharmed."""

import gzip
import shlex
from base64 import b64encode
from functools import cache
from pathlib import Path

from tlsfleet.policy import Policy

FOLDER = Path(__file__).with_name("script")
SHELL = ("core", "content", "files", "notes", "host", "nginx", "nginx_check", "main")
MAX_BYTES = 100 * 1024  # an argument may have 128 KiB on Linux, and quoting adds to it


def command(nonce: str, policy: Policy) -> str:
    """One line for a host's shell. ``nonce`` marks the answer as this script's; the policy names the notes' folders."""
    packed = b64encode(gzip.compress((_parameters(nonce, policy) + _body()).encode(), mtime=0)).decode()
    line = f"sh -c 'eval \"$(printf %s {packed} | base64 -d | gzip -dc)\"'"
    if len(line) > MAX_BYTES:
        raise ValueError(f"the script has grown over {MAX_BYTES} bytes")
    return line


def _parameters(nonce: str, policy: Policy) -> str:
    values = {
        "nonce": nonce,
        "localcerts": policy.text("localcerts_folder"),
        "private": policy.text("private_folder"),
        "public": policy.text("public_folder"),
        "dh_file": policy.text("dh_file"),
        "key_groups": " ".join(policy.texts("key_groups")),
    }
    return "".join(f"{name}={shlex.quote(value)}\n" for name, value in values.items())


@cache
def _body() -> str:
    """All parts in their order: awk programs as variables of the shell, in single quotes."""
    programs = [f"{path.stem}_awk='{_stripped(path)}'\n" for path in sorted(FOLDER.glob("*.awk"))]
    return "".join(programs) + "".join(_stripped(FOLDER / f"{name}.sh") for name in SHELL)


def _stripped(path: Path) -> str:
    """A part without its comments."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return "".join(f"{line}\n" for line in lines if line.strip() and not line.lstrip().startswith("#"))
