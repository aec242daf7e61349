"""judge(): waivers finding by finding, and the fleet."""

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

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
from tlsfleet.verdict import MAY, SubjectResult
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


def reached(fleet: Fleet) -> Iterable[object]:
    """A subject a host, unknown where it was not reached."""
    return [facts.failure or Thing(facts.host) for facts in fleet.hosts]


def test_a_host_that_failed_is_red_itself_and_leaves_the_fleet_to_the_others() -> None:
    dead = facts_of("web2", failure=Unknown("web2", "connection refused"))
    found = run(check_of(Thing("a")), fleet_check(reached), hosts=[facts_of(), dead]).verdicts
    assert [(verdict.host, verdict.status) for verdict in found] == [
        ("web1", CONFORMS),
        ("web2", UNKNOWN),
        (FLEET_HOST, CONFORMS),
    ]
    assert found[-1].reason == "without web2, which could not be examined"
    assert found[-1].subjects == (SubjectResult("web1", CONFORMS),)


@pytest.mark.parametrize("others", [(), (check_of(Thing("a"), level=MAY),)])
def test_a_host_that_failed_shows_in_the_fleet_where_nothing_else_is_red_for_it(others: tuple[Check, ...]) -> None:
    dead = facts_of("web2", failure=Unknown("web2", "connection refused"))
    verdict = run(*others, fleet_check(reached), hosts=[facts_of(), dead]).verdicts[-1]
    assert (verdict.host, verdict.status, verdict.reason) == (FLEET_HOST, UNKNOWN, "web2: connection refused")


def test_of_many_hosts_that_failed_a_few_are_named() -> None:
    dead = [facts_of(f"web{number}", failure=Unknown("x", "refused")) for number in range(9)]
    reason = run(check_of(), fleet_check(reached), hosts=dead, whole_inventory=False).verdicts[-1].reason
    assert str(reason).endswith(
        "over 9 selected hosts, not the whole inventory; "
        "without web0, web1, web2, web3, web4 and 4 more, which could not be examined"
    )


def test_a_fleet_finding_can_be_waived() -> None:
    check = fleet_check(lambda fleet: [Thing("a", (BAD,))])
    (verdict,) = run(check, waivers=[waiver(check="fleet.sound", host="fleet")]).verdicts
    assert verdict.status is WAIVED


def test_a_fleet_check_that_raises_is_unknown() -> None:
    (verdict,) = run(fleet_check(lambda fleet: 1 // 0)).verdicts  # type: ignore[return-value,arg-type]  # that is its fault
    assert verdict.status is UNKNOWN


def uses(
    *waivers: Waiver, checks: Iterable[Check], hosts: Iterable[HostFacts] = (facts_of(),), **options: Any
) -> list[WaiverUse]:
    """The waivers as coverage.waivers-live gets them, whatever its place among the checks."""
    seen: list[WaiverUse] = []

    def select(fleet: Fleet) -> list[object]:
        seen.extend(fleet.waivers)
        return []

    run(fleet_check(select, "coverage.waivers-live"), *checks, hosts=hosts, waivers=waivers, **options)
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


def test_a_waiver_is_not_stale_where_a_host_it_covers_was_not_judged() -> None:
    hosts = [facts_of("web1"), facts_of("web2")]
    held = waiver(host="web*"), waiver(host="web1")

    def only_web1(host: str, check: str) -> bool:
        return host in {"web1", FLEET_HOST}

    found = uses(*held, checks=[check_of(Thing("a"))], hosts=hosts, wanted=only_web1)
    assert [item.matched for item in found] == [None, False]


def test_a_pattern_is_not_stale_where_only_a_part_of_the_inventory_was_asked() -> None:
    found = uses(waiver(), waiver(host="web1"), checks=[check_of(Thing("a"))], whole_inventory=False)
    assert [item.matched for item in found] == [None, False]
