"""What the tests of judge() judge: things with the outcomes that a check shall yield for them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tlsfleet.check import INSIDE, Check, Vantage
from tlsfleet.facts import HostFacts, Unknown
from tlsfleet.judge import FLEET_HOST, judge
from tlsfleet.policy import Parameter, Policy
from tlsfleet.verdict import MUST, Run, Status, Verdict, Violation
from tlsfleet.waivers import Waiver

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
TAKEN = NOW - timedelta(days=2)
VIOLATES, UNKNOWN, WAIVED, CONFORMS, NOT_APPLICABLE = Status
POLICY = Policy("test", "1", date(2026, 1, 1), "tests", {"days": Parameter(30, "clause 7")}, {})
BAD = Violation("seen", "wanted", "file:1", "mend", "show")
DARK = Unknown("x", "permission denied")


@dataclass(frozen=True)
class Thing:
    """A subject with the outcomes that the check yields for it."""

    subject: str
    outcomes: tuple[object, ...] = ()


def body(thing: Thing, policy: Policy, now: datetime) -> Iterator[Any]:
    """A thing is sound.

    Why: because. Source: RFC 1. Remedy: make it sound.
    """
    for outcome in thing.outcomes:
        if isinstance(outcome, Exception):
            raise outcome
        yield outcome


def check_of(*things: object, check_id: str = "area.sound", vantage: Vantage = INSIDE, **changes: Any) -> Check:
    sound = Check(check_id, MUST, vantage, lambda facts, policy: iter(things), body, "there is no thing")
    return replace(sound, **changes)


def facts_of(host: str = "web1", **changes: Any) -> HostFacts:
    return HostFacts(host, TAKEN, **changes)


def run(
    *checks: Check,
    hosts: Iterable[HostFacts] = (facts_of(),),
    waivers: Iterable[Waiver] = (),
    policy: Policy = POLICY,
    **options: Any,
) -> Run:
    found = tuple(hosts)
    policies = {**{facts.host: policy for facts in found}, FLEET_HOST: policy}
    return judge(found, policies, tuple(waivers), NOW, iter(checks), **options)


def one(*things: object, waivers: Iterable[Waiver] = (), **changes: Any) -> Verdict:
    (verdict,) = run(check_of(*things, **changes), waivers=waivers).verdicts
    return verdict


def waiver(subject: str = "*", until: date = date(2027, 1, 1), host: str = "*", check: str = "area.sound") -> Waiver:
    return Waiver(check, host, subject, "for now", "Ada", until, path="waivers.toml", line=3)
