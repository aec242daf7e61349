"""judge(): waivers finding by finding, and the fleet."""

from collections.abc import Callable, Iterable
from datetime import date

import pytest

from tests.judged import (
    BAD,
    CONFORMS,
    DARK,
    NOW,
    UNKNOWN,
    VIOLATES,
    WAIVED,
    Thing,
    check_of,
    facts_of,
    one,
    run,
    waiver,
)
from tlsfleet.check import FLEET, Check
from tlsfleet.facts import Fleet, HostFacts, Unknown, WaiverUse
from tlsfleet.judge import FLEET_HOST
from tlsfleet.verdict import SubjectResult
from tlsfleet.waivers import Waiver

# Waivers


def test_a_waived_finding_names_its_waiver() -> None:
    verdict = one(Thing("a", (BAD,)), Thing("b"), waivers=[waiver("a")])
    assert verdict.status is WAIVED
    assert verdict.findings[0].waiver == "for now (Ada, until 2027-01-01)"
    assert verdict.subjects == (SubjectResult("a", WAIVED), SubjectResult("b", CONFORMS))


@pytest.mark.parametrize(
    "useless",
    [
        waiver("b"),
        waiver(host="web2"),
        waiver(check="area.other"),
        waiver(until=date(2026, 11, 22)),
    ],
)
def test_a_waiver_of_something_else_or_of_yesterday_waives_nothing(useless: Waiver) -> None:
    verdict = one(Thing("a", (BAD,)), waivers=[useless])
    assert (verdict.status, verdict.findings[0].waiver) == (VIOLATES, None)


def test_a_waiver_holds_through_its_last_day() -> None:
    assert one(Thing("a", (BAD,)), waivers=[waiver(until=NOW.date())]).status is WAIVED


def test_a_waiver_covers_its_own_subjects_alone() -> None:
    verdict = one(Thing("a", (BAD, BAD)), Thing("b", (BAD,)), waivers=[waiver("a")])
    assert verdict.status is VIOLATES
    assert [finding.waiver is None for finding in verdict.findings] == [False, False, True]
    assert [result.status for result in verdict.subjects] == [WAIVED, VIOLATES]


def test_what_is_unknown_is_never_waived_and_then_gives_the_reason() -> None:
    verdict = one(Thing("a", (BAD, DARK)), waivers=[waiver()])
    assert (verdict.status, verdict.reason) == (UNKNOWN, "a: permission denied")
    assert one(DARK, waivers=[waiver()]).status is UNKNOWN


def test_an_expired_waiver_does_not_hide_one_that_holds() -> None:
    assert one(Thing("a", (BAD,)), waivers=[waiver(until=date(2020, 1, 1)), waiver("a")]).status is WAIVED


# The fleet


def fleet_check(select: Callable[[Fleet], Iterable[object]], check_id: str = "fleet.sound") -> Check:
    return check_of(check_id=check_id, vantage=FLEET, subjects=lambda fleet, policy: select(fleet))


def test_a_fleet_check_is_judged_once_over_all_hosts() -> None:
    check = fleet_check(lambda fleet: [Thing(facts.host, (BAD,)) for facts in fleet.hosts])
    (verdict,) = run(check, hosts=[facts_of("web1"), facts_of("web2")]).verdicts
    assert verdict.host == FLEET_HOST
    assert [finding.subject for finding in verdict.findings] == ["web1", "web2"]


def test_a_part_of_the_inventory_is_said() -> None:
    check = fleet_check(lambda fleet: [Thing("a")])
    (verdict,) = run(check, whole_inventory=False).verdicts
    assert verdict.reason == "over 1 selected hosts, not the whole inventory"
    (verdict,) = run(fleet_check(lambda fleet: []), whole_inventory=False).verdicts
    assert verdict.reason == "there is no thing; over 1 selected hosts, not the whole inventory"


def test_a_fleet_finding_can_be_waived() -> None:
    check = fleet_check(lambda fleet: [Thing("a", (BAD,))])
    (verdict,) = run(check, waivers=[waiver(check="fleet.sound", host="fleet")]).verdicts
    assert verdict.status is WAIVED


def test_a_fleet_check_that_raises_is_unknown() -> None:
    (verdict,) = run(fleet_check(lambda fleet: 1 // 0)).verdicts  # type: ignore[return-value,arg-type]
    assert verdict.status is UNKNOWN


def uses(*waivers: Waiver, checks: Iterable[Check], hosts: Iterable[HostFacts] = (facts_of(),)) -> list[WaiverUse]:
    """The waivers as coverage.waivers-live gets them, whatever its place among the checks."""
    seen: list[WaiverUse] = []

    def select(fleet: Fleet) -> list[object]:
        seen.extend(fleet.waivers)
        return []

    run(fleet_check(select, "coverage.waivers-live"), *checks, hosts=hosts, waivers=waivers)
    return seen


def test_the_use_of_waivers_is_told() -> None:
    checks = check_of(Thing("a", (BAD,))), fleet_check(lambda fleet: [Thing("b", (BAD,))])
    held = (
        waiver("a"),
        waiver("gone"),
        waiver("a", date(2020, 1, 1)),
        waiver(check="area.unjudged"),
        waiver(host="web9"),
        waiver("b", host="fleet", check="fleet.sound"),
    )
    found = uses(*held, checks=checks)
    assert [(item.expired, item.matched) for item in found] == [
        (False, True),
        (False, False),
        (True, True),
        (False, None),
        (False, None),
        (False, True),
    ]
    assert found[0] == WaiverUse("area.sound on *, a", "waivers.toml:3", "2027-01-01", expired=False, matched=True)


@pytest.mark.parametrize(
    ("check", "host"),
    [
        (check_of(Thing("b"), DARK), facts_of()),
        (check_of(Thing("a")), facts_of(failure=Unknown("web1", "connection refused"))),
    ],
)
def test_a_waiver_is_not_stale_where_something_is_unknown(check: Check, host: HostFacts) -> None:
    (found,) = uses(waiver("a"), checks=[check], hosts=[host])
    assert found.matched is None
