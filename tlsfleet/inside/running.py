"""Runs one line of shell, whatever it does: bounded in time and output; who keeps its pipes is not waited for."""

import os
import selectors
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass, field

DEADLINE_SECONDS = 90
POLL_SECONDS = 0.1
END_SECONDS = 5
MAX_OUTPUT = 32 * 1024 * 1024
MAX_ERRORS = 64 * 1024

# Nothing here can answer a question: ssh of a jump host shall not open a window for one.
ENVIRONMENT = {"SSH_ASKPASS_REQUIRE": "never"}

_running: set[int] = set()  # process groups


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command printed; ``cut`` when it printed more than is taken, ``timed_out`` when it was ended."""

    status: int
    output: bytes
    errors: bytes
    cut: bool = False
    timed_out: bool = False


@dataclass(slots=True)
class _Kept:
    """What came of a pipe, up to a limit; what comes over it is read and dropped."""

    limit: int
    data: bytearray = field(default_factory=bytearray)
    cut: bool = False

    def add(self, chunk: bytes) -> None:
        self.cut = self.cut or len(self.data) + len(chunk) > self.limit
        self.data += chunk[: self.limit - len(self.data)]


def run(line: bytes, seconds: float | None = None) -> Answer:
    """Run a line of shell in a process group of its own, and end all of that group. ``seconds``: DEADLINE_SECONDS."""
    deadline = time.monotonic() + (DEADLINE_SECONDS if seconds is None else seconds)
    process = subprocess.Popen(  # noqa: S602 - a shell is testinfra's own form: it has quoted each argument
        line,
        shell=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        env={**os.environ, **ENVIRONMENT},
    )
    _running.add(process.pid)
    try:
        output, errors = _Kept(MAX_OUTPUT), _Kept(MAX_ERRORS)
        timed_out = not _read(process, {process.stdout: output, process.stderr: errors}, deadline)
    finally:
        _kill(process.pid)
        _running.discard(process.pid)
        status = _status(process)
    return Answer(status, bytes(output.data), bytes(errors.data), output.cut, timed_out)


def stop() -> None:
    """End all commands that are running; those who wait for them get what came until then."""
    for group in tuple(_running):
        _kill(group)


def _read(process: subprocess.Popen[bytes], pipes: dict[object, _Kept], deadline: float) -> bool:
    """Read pipes to their ends, or until the process has ended and they are empty; whether that was in time."""
    output = pipes[process.stdout]
    with selectors.DefaultSelector() as selector:
        for pipe, kept in pipes.items():
            selector.register(pipe, selectors.EVENT_READ, kept)  # type: ignore[arg-type]
        while selector.get_map() and not output.cut:
            ended = _ended(process)
            ready = selector.select(0 if ended else POLL_SECONDS)
            for key, _ in ready:
                chunk = os.read(key.fd, 65536)
                key.data.add(chunk)
                if not chunk:
                    selector.unregister(key.fileobj)
            if ended and not ready:
                return True
            if time.monotonic() > deadline:
                return False
        while not output.cut and not _ended(process):  # it closed its pipes, and goes on
            if time.monotonic() > deadline:
                return False
            time.sleep(POLL_SECONDS)
    return True


def _ended(process: subprocess.Popen[bytes]) -> bool:
    """Whether it has ended. It stays a zombie, so that its number is not given to another before its group is ended."""
    try:
        return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    except ChildProcessError:  # whoever runs this ignores SIGCHLD
        return True


def _status(process: subprocess.Popen[bytes]) -> int:
    """The exit status; of a process that even SIGKILL does not end (it waits for a disk, say) that of a killed one."""
    for pipe in (process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()
    try:
        return process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        return -signal.SIGKILL


def _kill(group: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)
