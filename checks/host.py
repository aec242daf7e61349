"""The host itself: its clock."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from tlsfleet.check import BOTH, Outcome, Selected, check
from tlsfleet.facts import Clock, HostFacts, Unknown
from tlsfleet.policy import Policy
from tlsfleet.subjects import unused
from tlsfleet.verdict import SHOULD, NotApplicable, Violation

UNTOLD = "the inventory gives no shell on this host, and endpoints do not tell its clock"


@dataclass(frozen=True, slots=True)
class HostClock:
    """A host's clock."""

    clock: Clock
    subject: str = "clock"


def clock(facts: HostFacts, policy: Policy) -> Selected:
    """The clock, where anything on the host is looked at; no message of TLS tells it (RFC 8446 4.1.2)."""
    if not facts.declared.shell:
        return NotApplicable(UNTOLD)
    if nothing := unused(facts, policy):
        return nothing
    return facts.clock if isinstance(facts.clock, Unknown) else [HostClock(facts.clock)]


@check(
    "host.clock-correct",
    level=SHOULD,
    vantage=BOTH,
    subjects=clock,
    parameters=["clock_seconds"],
    nothing="the clock was not read",
)
def clock_correct(item: HostClock, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """The host's clock is right.

    Why: with a wrong clock a certificate is not yet or no longer valid, staples and tickets expire at the wrong time,
    and logs cannot be compared. Source: RFC 5280 4.1.2.5. Remedy: have the clock set by NTP (chrony,
    systemd-timesyncd).
    """
    off, most = abs(item.clock.offset), policy.number("clock_seconds")
    if off - item.clock.uncertainty > most:
        yield Violation(
            observed=f"{off:.0f} s {'ahead' if item.clock.offset > 0 else 'behind'}",
            expected=f"within {most} s of the auditor's clock",
            where="the host's clock",
            remedy="timedatectl set-ntp true",
            reproduce="date -u",
        )
    elif not off + item.clock.uncertainty <= most:
        yield Unknown("clock", f"{off:.0f} s off, told to {item.clock.uncertainty:.0f} s only")
