"""How services let sessions be resumed: cache, timeout, tickets."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from tlsfleet.check import INSIDE, Outcome, check
from tlsfleet.facts import FileFacts, HostFacts, Missing, Unknown
from tlsfleet.known.directives import controls, mend, search
from tlsfleet.known.versions import numbers
from tlsfleet.policy import Policy
from tlsfleet.subjects import Block, serving_blocks
from tlsfleet.verdict import MAY, NotApplicable, Violation

CACHE = re.compile(r"(?:^|\s)shared:[^:\s]+:(\d{1,12})([kKmM]?)(?:\s|$)")
UNITS = {"": 1, "k": 1024, "m": 1024**2}
ROTATES = {"nginx": (1, 23, 2)}  # from here on it rotates the ticket keys that a shared cache holds
NO_TLS = "no service speaks TLS"


@dataclass(frozen=True, slots=True)
class Tickets:
    """A block with the files that hold its session ticket keys."""

    item: Block
    files: tuple[FileFacts | Missing, ...]

    @property
    def subject(self) -> str:
        return self.item.subject


def tickets(facts: HostFacts, policy: Policy) -> Iterator[Tickets | Unknown | NotApplicable]:
    """Every serving block with its ticket keys' files."""
    for item in serving_blocks(facts, policy):
        if isinstance(item, Block):
            yield Tickets(item, tuple(map(facts.file, item.block.settings.session_ticket_keys)))
        else:
            yield item


@check(
    "service.session-cache",
    level=MAY,
    vantage=INSIDE,
    subjects=serving_blocks,
    notes=["N42"],
    parameters=["session_cache"],
    nothing=NO_TLS,
)
def session_cache(item: Block, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """A session cache shared by all workers is there, and large enough.

    Why: a returning client then needs no full handshake, whichever worker it meets, without tickets that could be
    read later. Source: nginx's documentation of ssl_session_cache; RFC 9325 3.4. Remedy: configure a shared cache.
    """
    cache, wanted = item.block.settings.session_cache, policy.text("session_cache")
    if isinstance(cache, Unknown):
        yield cache
    elif cache is None:
        yield NotApplicable("the service has no such setting")
    elif (_cache_size(cache) or 0) < (_cache_size(wanted) or 0):
        yield Violation(
            observed=cache,
            expected=f"{wanted} or larger",
            where=item.place("session_cache"),
            remedy=mend(item.service.service, "session_cache", item.place("session_cache"), wanted),
            reproduce=search(item.service, "session_cache"),
        )


@check(
    "service.session-timeout",
    level=MAY,
    vantage=INSIDE,
    subjects=serving_blocks,
    notes=["N43"],
    parameters=["session_timeout_seconds"],
    nothing=NO_TLS,
)
def session_timeout(item: Block, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """A session can be resumed for no longer than the policy allows.

    Why: for as long as a session may be resumed its keys are kept, and who gets hold of them reads what it carried.
    Source: RFC 9325 3.4; RFC 8446 4.6.1. Remedy: shorten the session timeout.
    """
    timeout, most = item.block.settings.session_timeout, policy.number("session_timeout_seconds")
    if isinstance(timeout, Unknown):
        yield timeout
    elif timeout is None:
        yield NotApplicable("the service has no such setting")
    elif timeout > most:
        yield Violation(
            observed=f"{timeout} s",
            expected=f"{most} s at most",
            where=item.place("session_timeout"),
            remedy=mend(item.service.service, "session_timeout", item.place("session_timeout"), f"{most}s"),
            reproduce=search(item.service, "session_timeout"),
        )


@check(
    "service.session-tickets",
    level=MAY,
    vantage=INSIDE,
    subjects=tickets,
    parameters=["ticket_key_days"],
    nothing=NO_TLS,
)
def session_tickets(found: Tickets, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """Session tickets are off, or the keys that encrypt them are rotated.

    Why: who gets hold of a ticket key reads every TLS 1.2 session whose ticket it encrypted, forward secrecy or not.
    Source: RFC 9325 3.4; RFC 5077 5.5. Remedy: switch tickets off, have the key files replaced by a timer, or run a
    version that rotates its keys.
    """
    item, enabled, most = found.item, found.item.block.settings.session_tickets, policy.number("ticket_key_days")
    if isinstance(enabled, Unknown):
        yield enabled
    elif enabled is None:
        yield NotApplicable("the service has no such setting")
    elif enabled:
        age = _key_age(found, now)
        if isinstance(age, Unknown):
            yield age
        elif age is None or age > timedelta(days=most):
            key = "a key that stays until the service restarts" if age is None else f"a key of {age.days} days"
            yield Violation(
                observed=f"on, with {key}",
                expected=f"off, or keys replaced every {most} days",
                where=item.place("session_tickets"),
                remedy=mend(item.service.service, "session_tickets", item.place("session_tickets"), "off"),
                reproduce=search(item.service, "session_ticket"),
                tags=controls(item.service.service, "session_tickets"),
            )


def _cache_size(text: str) -> int | None:
    """The bytes of a shared cache (shared:SSL:10m); None where none is shared."""
    found = CACHE.search(text)
    return int(found[1]) * UNITS[found[2].lower()] if found else None


def _key_age(found: Tickets, now: datetime) -> timedelta | Unknown | None:
    """The age of the ticket key in use; None for one that lasts as long as the process."""
    service, settings = found.item.service, found.item.block.settings
    if any("session_ticket_keys" in item.affects for item in service.not_understood):
        return Unknown(found.subject, "which ticket keys it uses cannot be told")
    if found.files:
        first = found.files[0]
        if isinstance(first, FileFacts):
            return timedelta(seconds=max(0.0, now.timestamp() - first.target.mtime))
        return Unknown(first.subject, first.reason)
    if service.service not in ROTATES:
        return Unknown(found.subject, f"whether {service.service} rotates its ticket keys is not known here")
    version = numbers(service.version)
    if version is None or isinstance(settings.session_cache, Unknown):
        return Unknown(found.subject, "whether this version rotates its ticket keys cannot be told")
    rotates = version >= ROTATES[service.service] and _cache_size(settings.session_cache or "")
    return timedelta() if rotates else None
