"""Runs a server program for the length of a test, and ends it by its id."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from lab.odd.applications import Read, Write

PATIENCE = 20  # seconds
REPOSITORY = Path(__file__).parents[3]


@contextmanager
def running(
    command: Sequence[str], announces: str, environment: Mapping[str, str] | None = None
) -> Iterator[tuple[re.Match[str], IO[str]]]:
    """The match of the line that the program announces its port with, and what it writes after that."""
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, **(environment or {})},
        cwd=REPOSITORY,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    assert process.stdout
    late = threading.Timer(PATIENCE, process.kill)
    late.start()
    try:
        found = _announced(process.stdout, announces, command)
        late.cancel()
        yield found, process.stdout
    finally:
        late.cancel()
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


@contextmanager
def module(name: str, *arguments: str) -> Iterator[int]:
    """The port of a server that is a module of this package, run by this interpreter."""
    with running([sys.executable, "-m", name, *arguments], r"listening on (\d+)") as (found, _):
        yield int(found[1])


def one_word(read: Read, write: Write) -> None:
    """Answer all that comes with one word, until the client ends it."""
    while read():
        write(b"HTTP/1.0 200 OK\r\n\r\n")


def _announced(output: IO[str], pattern: str, command: Sequence[str]) -> re.Match[str]:
    said = []
    for line in output:
        said.append(line)
        if found := re.search(pattern, line):
            return found
    raise RuntimeError(f"{' '.join(command)} said {''.join(said)}")
