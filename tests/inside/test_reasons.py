"""What ssh, sudo and shells say is told in words that name the mend: by real messages where they can be had here."""

import os
import subprocess

import pytest

from tests.inside.packed import NONCE
from tlsfleet.inside.collecting import REASONS, _failure
from tlsfleet.inside.running import Answer
from tlsfleet.inventory import Connection, Target

TARGET = Target("web", Connection("ssh", "web"))
SILENT = (
    "ip link add near type veth peer name far; ip address add 192.0.2.2/24 dev near; ip link set near up; "
    "ip link set far up; ip neighbour add 192.0.2.1 lladdr 02:00:00:00:00:01 dev near;"
)
SSH = "ssh -F /dev/null -o BatchMode=yes -o ConnectTimeout=1"
# What leads nowhere, in a network namespace of its own: (commands before, host, reason).
NOWHERE = [
    ("", "web.invalid", "its name does not resolve"),
    ("", "192.0.2.1", "there is no route to it"),
    ("ip link set lo up; ip route add unreachable 192.0.2.0/24;", "192.0.2.1", "there is no route to it"),
    (SILENT, "192.0.2.1", "no answer within the connect timeout"),
    ("ip link set lo up;", "127.0.0.1", "the connection was refused"),
]
SUDO = "sudo asks for a password: allow it without one (NOPASSWD), or leave out ansible_become"
# Of programs that are not here, as their sources have them.
SAID = [
    ("sudo: a password is required", SUDO),
    ("sudo: a terminal is required to read the password; either use the -S option", SUDO),
    ("sudo: no tty present and no askpass program specified", SUDO),
    ("sudo: sorry, you must have a tty to run sudo", SUDO),
    ("sudo-rs: interactive authentication is required", SUDO),
    ("www is not in the sudoers file.  This incident will be reported.", "the user may not use sudo"),
    ("Sorry, user www is not allowed to execute '/bin/sh' as root on web.", "the user may not use sudo"),
    ("Sorry, user www may not run sudo on web.", "the user may not use sudo"),
    ("sh: 1: sudo: not found", "sudo is not installed"),
    ("bash: line 1: sudo: command not found", "sudo is not installed"),
    ("sudo: Command not found.", "sudo is not installed"),
    ("zsh:1: command not found: sudo", "sudo is not installed"),
    ("fish: Unknown command: sudo", "sudo is not installed"),
    ("ssh: connect to host web port 22: Operation timed out", "no answer within the connect timeout"),
    (
        "No ED25519 host key is known for web and you have requested strict checking.",
        "the host's key is not known: connect once by ssh and compare its fingerprint, or add it to known_hosts",
    ),
    ("Connection reset by 192.0.2.1 port 22", "the connection was closed before the login"),
]


def told(errors: bytes, status: int = 255) -> str | None:
    return _failure(TARGET, Answer(status, b"", errors), ())


@pytest.mark.skipif(os.geteuid() != 0, reason="a network namespace needs root")
@pytest.mark.parametrize(("before", "host", "reason"), NOWHERE, ids=map(str, range(len(NOWHERE))))
def test_what_ssh_says_of_a_way_that_leads_nowhere(before: str, host: str, reason: str) -> None:
    argv = ["unshare", "--net", "sh", "-c", f"{before} exec {SSH} {host} true"]
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=60)
    assert told(done.stderr, done.returncode) == reason, done.stderr


@pytest.mark.parametrize(("said", "reason"), SAID, ids=map(str, range(len(SAID))))
def test_what_programs_say_elsewhere(said: str, reason: str) -> None:
    assert told(said.encode() + b"\n") == reason


def test_every_reason_is_met() -> None:
    """By these tests, or by those of test_connecting, which have a real sshd."""
    real = {"the host's key is not the one", "the login was refused", "the user's login shell", "the host's key is not"}
    met = {reason for _, reason in SAID} | {reason for *_, reason in NOWHERE}
    assert [mend for _, mend in REASONS if mend not in met and not any(map(mend.startswith, real))] == []


@pytest.mark.parametrize("errors", [b"", b"\n \n", b"\xff\xfe\x1b[2J\x00", b"x" * 100_000])
def test_any_error_is_one_clean_line(errors: bytes) -> None:
    found = told(errors, 1)
    assert found is not None
    assert found.isprintable()
    assert len(found) < 1000
    assert NONCE not in found
