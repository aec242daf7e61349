"""A shell on a host, by testinfra: the only place that knows it. Host keys are checked, time and output are bounded."""

import os
import shlex
import signal
import subprocess
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import testinfra
from testinfra.backend import get_backend
from testinfra.backend.base import BaseBackend, CommandResult

from tlsfleet.inventory import Target

CONNECT_SECONDS = 10
DEADLINE_SECONDS = 90
MAX_OUTPUT = 32 * 1024 * 1024
MAX_ERRORS = 64 * 1024

# ssh takes the first value that it meets of an option: nothing in the arguments after these can undo them.
FORCED = (
    *("StrictHostKeyChecking=yes", "BatchMode=yes", "NoHostAuthenticationForLocalhost=no", "UpdateHostKeys=no"),
    *("VerifyHostKeyDNS=no", f"ConnectTimeout={CONNECT_SECONDS}", "ConnectionAttempts=1", "ControlMaster=no"),
    *("ServerAliveInterval=5", "ServerAliveCountMax=3", "RequestTTY=no", "ForwardAgent=no", "ForwardX11=no"),
    *("ClearAllForwardings=yes", "PermitLocalCommand=no", "LogLevel=ERROR"),
)


_running: set[int] = set()  # process groups


class TimedOutError(Exception):
    """A command did not end within its deadline."""


@dataclass(frozen=True, slots=True)
class Options:
    """What testinfra's own options say of connections: they hold where the target does not say otherwise."""

    ssh_config: str | None = None
    ssh_identity_file: str | None = None
    ssh_extra_args: str | None = None
    sudo: bool = False
    sudo_user: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command printed; ``cut`` when it printed more than is taken, ``timed_out`` when it was ended."""

    status: int
    output: bytes
    errors: bytes
    cut: bool = False
    timed_out: bool = False


def testinfra_host(target: Target, options: Options) -> Any:
    """testinfra's Host for a target, for tests that users write."""
    return testinfra.host.Host(_backend(target, options))


def run(target: Target, options: Options, command: str) -> Answer:
    """Run one command on a target, over one connection. Raises what testinfra raises where there can be none."""
    backend = _backend(target, options)
    last: list[Answer] = []
    _bound(backend, last)
    try:
        backend.run(command)
    except RuntimeError:  # testinfra takes exit status 255 for a failure of ssh: what came over decides
        if not last:
            raise
    return last[-1]


def stop() -> None:
    """End all commands that are running; those who wait for them get what came until then."""
    for group in tuple(_running):
        _kill(group)


def _backend(target: Target, options: Options) -> BaseBackend:
    connection = target.connection
    settings: dict[str, Any] = {"sudo": connection.become or options.sudo}
    if settings["sudo"]:
        user = connection.become_user if connection.become else options.sudo_user
        settings["sudo_user"] = None if user in {None, "root"} else user
    if connection.kind in {"ssh", "safe-ssh"}:
        settings |= _ssh(target, options)
        backend = get_backend("ssh://placeholder", **settings)
        _place(backend, target)
    else:
        backend = get_backend(target.spec or _spec(target), **settings)
    _bound(backend, [])
    return backend


def _ssh(target: Target, options: Options) -> dict[str, Any]:
    connection = target.connection
    forced = " ".join(f"-o {option}" for option in FORCED)
    given = (options.ssh_extra_args or "", connection.common_args, connection.extra_args)
    return {
        "ssh_config": options.ssh_config,
        "ssh_identity_file": connection.key or options.ssh_identity_file,
        "timeout": CONNECT_SECONDS,
        "controlpersist": 0,
        "ssh_extra_args": " ".join([forced, *(shlex.join(shlex.split(text)) for text in given if text)]),
    }


def _place(backend: Any, target: Target) -> None:
    """Host, port and user as they are: a spec cannot carry every name."""
    connection = target.connection
    place = type(backend.host)(
        connection.host, str(connection.port) if connection.port else None, connection.user, None
    )
    backend.host, backend.hostname = place, connection.host


def _spec(target: Target) -> str:
    connection = target.connection
    user = f"{connection.user}@" if connection.user and connection.kind in {"docker", "podman"} else ""
    return "local://" if connection.kind == "local" else f"{connection.kind}://{user}{connection.host}"


def _bound(backend: BaseBackend, answers: list[Answer]) -> None:
    """Give a backend a run_local with a deadline and a limit on output (its own has neither)."""

    def run_local(command: str, *arguments: str) -> CommandResult:
        line = os.fsencode(backend.quote(command, *arguments))
        answer = _run(line)
        answers.append(answer)
        if answer.timed_out:
            raise TimedOutError(f"no end within {DEADLINE_SECONDS} s")
        return backend.result(answer.status, line, answer.output, answer.errors)

    backend.run_local = run_local


def _run(line: bytes) -> Answer:
    """Run a line of shell in a process group of its own, so that all of it can be ended."""
    process = subprocess.Popen(  # noqa: S602 - a shell is testinfra's own form: it has quoted each argument
        line,
        shell=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    output, errors = _Reader(process.stdout, MAX_OUTPUT, process.pid), _Reader(process.stderr, MAX_ERRORS, None)
    timer = threading.Timer(DEADLINE_SECONDS, _kill, (process.pid,))
    timer.start()
    _running.add(process.pid)
    try:
        output.join()
        status = process.wait()
        _kill(process.pid)  # a background process of ssh's that holds the pipe
        errors.join()
        return Answer(status, output.data, errors.data, output.cut, timed_out=not timer.is_alive())
    except BaseException:
        _kill(process.pid)
        raise
    finally:
        timer.cancel()
        _running.discard(process.pid)


class _Reader(threading.Thread):
    """Reads a pipe to its end, and keeps what is within the limit; over it, ends the process group, if given one."""

    def __init__(self, pipe: Any, limit: int, group: int | None) -> None:
        super().__init__(daemon=True)
        self._pipe, self._limit, self._group = pipe, limit, group
        self.data, self.cut = b"", False
        self.start()

    def run(self) -> None:
        chunks, size = [], 0
        while chunk := self._pipe.read1(65536):
            size += len(chunk)
            if size <= self._limit:
                chunks.append(chunk)
            elif not self.cut:
                self.cut = True
                if self._group is not None:
                    _kill(self._group)
        self.data = b"".join(chunks)


def _kill(group: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)
