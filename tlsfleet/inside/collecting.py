"""collect(): one command on one host, and what came of it as evidence."""

import re
import secrets
from datetime import UTC, datetime

from tlsfleet.evidence import Evidence, Frame
from tlsfleet.inside import declaring, frames, script
from tlsfleet.inside.connecting import Options, TimedOutError, run
from tlsfleet.inside.running import DEADLINE_SECONDS, Answer
from tlsfleet.inventory import Target
from tlsfleet.policy import Policy
from tlsfleet.text import clean

# What ssh, sudo and shells say, and what to do about it; the first that fits.
REASONS = (
    (
        r"REMOTE HOST IDENTIFICATION HAS CHANGED",
        "the host's key is not the one that is known: find out why (ssh-keygen -R forgets the old one)",
    ),
    (
        r"Host key verification failed|No .* host key is known",
        "the host's key is not known: connect once by ssh and compare its fingerprint, or add it to known_hosts",
    ),
    (r"Permission denied \(", "the login was refused (no password is asked for: give a key, or an agent)"),
    (r"Too many authentication failures", "the login was refused, too many keys tried: name one for this host"),
    (r"Could not resolve hostname", "its name does not resolve"),
    (r"Connection refused", "the connection was refused"),
    (r"Connection timed out|Operation timed out|timed out during banner", "no answer within the connect timeout"),
    (r"No route to host|Network is unreachable", "there is no route to it"),
    (
        r"Connection closed by|Connection reset by|kex_exchange_identification",
        "the connection was closed before the login",
    ),
    (
        r"sudo: (a|no|sorry, you must have a)( .*)? (password|tty|terminal)|sudo.*: interactive authentication is",
        "sudo asks for a password: allow it without one (NOPASSWD), or leave out ansible_become",
    ),
    (r"is not in the sudoers file|not allowed to execute|may not run sudo", "the user may not use sudo"),
    (r"This account is (currently )?not available", "the user's login shell lets nobody in (nologin)"),
    (r"sudo: .*not found|not found: sudo|Unknown command: sudo", "sudo is not installed"),
)


def collect(target: Target, options: Options, policy: Policy) -> Evidence:
    """Ask one host, in at most DEADLINE_SECONDS. Never raises for a fault of the host or of the way to it."""
    declared = declaring.to_json(declaring.declared_of(target))
    nonce = f"tlsfleet-{secrets.token_hex(16)}"
    sent_at = datetime.now(UTC)
    if target.connection.kind == "none":
        return Evidence(target.name, sent_at, sent_at, declared=declared)
    try:
        answer: Answer | None = run(target, options, script.command(nonce, policy))
        failure = None
    except TimedOutError:
        answer, failure = None, f"it did not answer within {DEADLINE_SECONDS} s"
    except (OSError, RuntimeError, ValueError, AssertionError) as error:
        answer, failure = None, clean(f"no connection: {error}", 300)
    received_at = datetime.now(UTC)
    found: tuple[Frame, ...] = ()
    if answer is not None:
        found = frames.parse(answer.output, nonce)
        failure = _failure(target, answer, found)
    return Evidence(target.name, sent_at, received_at, () if failure else found, failure, declared)


def _failure(target: Target, answer: Answer, found: tuple[Frame, ...]) -> str | None:
    """Why the answer cannot be used; None for a whole one."""
    if answer.cut:
        return "it sent more than is taken: the answer was cut off"
    if any(frame.kind == frames.DAMAGED for frame in found[:-1]):
        return "its answer came over damaged"
    if found and found[-1].kind == "end":
        return None
    said = answer.errors.decode("utf-8", "replace")
    heard = said if found else said + answer.output[:2000].decode("utf-8", "replace")
    reason = next((mend for pattern, mend in REASONS if re.search(pattern, heard)), None)
    if found:
        return f"its answer broke off{f' ({reason})' if reason else ''}"
    if reason is None:
        last = next((line for line in reversed(said.splitlines()) if line.strip()), "")
        reason = f"no answer from its shell (exit status {answer.status})" + (
            f": {clean(last.strip(), 200)}" if last else ""
        )
    if target.connection.ignored:
        reason += f"; {', '.join(target.connection.ignored)} is not used"
    return reason
