"""Runs the script as it is packed, here, under any shell, on the folders of a test; and what it sent."""

import os
import re
import shlex
import shutil
import subprocess
from base64 import b64decode
from binascii import Error as Base64Error
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tlsfleet.evidence import Evidence, Frame
from tlsfleet.inside import declaring, frames, script
from tlsfleet.inventory import Connection, Target
from tlsfleet.policy import Policy, load

NONCE = "tlsfleet-00112233445566778899aabbccddeeff"
SHELLS = [shell for shell in (["dash"], ["bash"], ["busybox", "sh"], ["mksh"]) if shutil.which(shell[0])]
DECLARED = declaring.to_json(declaring.declared_of(Target("web", Connection("ssh"), trust_anchors=Path(os.devnull))))
USES = "\nnginx_collect\n"  # the line of main.sh after which other uses are put


def policy(root: Path) -> Policy:
    """The notes, their folders moved below a test's folder."""
    folders = {name: str(root / name.removesuffix("_folder")) for name in ("localcerts_folder", "private_folder")}
    moved = {**folders, "public_folder": str(root / "public"), "dh_file": str(root / "dh.pem")}
    return load("notes", ()).overridden(moved, "a test")


def command(
    root: Path, monkeypatch: pytest.MonkeyPatch, uses: list[tuple[str, str]] | None = None, tools: Path | None = None
) -> str:
    """The packed line; with other files in use than the notes', or with the tools of one folder alone."""
    body = script._body()
    added = "".join(f"use {purpose} \"$(printf '{_octal(path)}')\"\n" for purpose, path in uses or ())
    assert USES in body
    body = body.replace(USES, f"\n{added}{USES[1:]}")
    if tools is not None:
        body = re.sub(r"PATH=/\S*", f"PATH={shlex.quote(str(tools))}", body, count=1)
    monkeypatch.setattr(script, "_body", lambda: body)
    line = script.command(NONCE, policy(root))
    monkeypatch.undo()
    return line


def _octal(path: str) -> str:
    """Any bytes, for printf."""
    return "".join(f"\\{byte:03o}" for byte in os.fsencode(path))


def run(line: str, shell: list[str], scratch: Path) -> bytes:
    """What the line prints under a shell; it must end by itself, and say nothing else."""
    _, flag, text = shlex.split(line)
    done = subprocess.run(
        [*shell, flag, text],
        env={**os.environ, "TMPDIR": str(scratch), "HOME": str(scratch)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=120,
        check=False,
        cwd=scratch,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    return done.stdout


def evidence(output: bytes) -> Evidence:
    """The evidence of what was printed."""
    return made(frames.parse(output, NONCE))


def made(found: tuple[Frame, ...]) -> Evidence:
    now = datetime.now(UTC)
    return Evidence("web", now, now, found, None, DECLARED)


def views(output: bytes) -> bytes:
    """All that can be read in an output: as it is, each frame decoded, and what is in it as base64 or hex."""
    sent = [part for frame in frames.parse(output, NONCE) for part in (frame.data, frame.subject.encode())]
    flat = [re.sub(rb"[\s:]", b"", part) for part in sent]
    return b"\0".join([output, *sent, *flat, *map(_blobs, [output, *sent])])


def _blobs(text: bytes) -> bytes:
    joined = re.sub(rb"(?<=[A-Za-z0-9+/])\r?\n[ \t]*(?=[A-Za-z0-9+/])", b"", text)
    base64 = [_base64(blob) for blob in re.findall(rb"[A-Za-z0-9+/]{16,}", joined)]
    hexes = [bytes.fromhex(blob.decode()[: len(blob) // 2 * 2]) for blob in re.findall(rb"[0-9a-fA-F]{16,}", joined)]
    return b"\0".join([*base64, *hexes])


def _base64(blob: bytes) -> bytes:
    try:
        return b"\0".join(b64decode(blob[start:][: (len(blob) - start) // 4 * 4]) for start in range(4))
    except Base64Error:
        return b""
