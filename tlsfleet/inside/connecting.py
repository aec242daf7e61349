"""A shell on a host, by testinfra: the only place that knows it. Host keys are checked, whatever is given."""

import os
import shlex
from dataclasses import dataclass
from typing import Any

import testinfra
from testinfra.backend import get_backend
from testinfra.backend.base import BaseBackend, CommandResult

from tlsfleet.inside import running
from tlsfleet.inside.running import Answer
from tlsfleet.inventory import Target

CONNECT_SECONDS = 10

# ssh takes the first value that it meets of an option: nothing in the arguments after these can undo them.
FORCED = (
    *("StrictHostKeyChecking=yes", "BatchMode=yes", "NoHostAuthenticationForLocalhost=no", "UpdateHostKeys=no"),
    *("VerifyHostKeyDNS=no", f"ConnectTimeout={CONNECT_SECONDS}", "ConnectionAttempts=1", "ControlMaster=no"),
    *("ServerAliveInterval=5", "ServerAliveCountMax=3", "RequestTTY=no", "ForwardAgent=no", "ForwardX11=no"),
    *("ClearAllForwardings=yes", "PermitLocalCommand=no", "LogLevel=ERROR", "ControlPath=none"),
)
# Of options in one letter ssh takes the last: no connection of another program's (it may have checked no key), no
# agent, no X11, no terminal.
LAST = "-S none -a -x -T"


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
        "ssh_extra_args": " ".join([forced, *(shlex.join(shlex.split(text)) for text in given if text), LAST]),
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
        answer = running.run(line)
        answers.append(answer)
        if answer.timed_out:
            raise TimedOutError(f"no end within {running.DEADLINE_SECONDS} s")
        return backend.result(answer.status, line, answer.output, answer.errors)

    backend.run_local = run_local
