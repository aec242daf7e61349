"""judge(): worst-of, nothing unknown as a pass, waivers finding by finding, the fleet, failures, fingerprints."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlsfleet import judge as judging
from tlsfleet.check import BOTH, FLEET, INSIDE, Check, Vantage
from tlsfleet.facts import Absent, Declared, Fleet, HostFacts, Malformed, Unknown, WaiverUse
from tlsfleet.judge import FLEET_HOST, INSIDE_ONLY, applies, judge
from tlsfleet.policy import Override, Parameter, Policy
from tlsfleet.verdict import MAY, MUST, SHOULD, Conforms, NotApplicable, Run, Status, SubjectResult, Verdict, Violation
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


# Statuses


@pytest.mark.parametrize(
    ("things", "status", "reason"),
    [
        ((), NOT_APPLICABLE, "there is no thing"),
        ((Thing("a"),), CONFORMS, None),
        ((Thing("a"), Thing("b", (BAD,))), VIOLATES, None),
        ((Thing("a"), DARK), UNKNOWN, "x: permission denied"),
        ((Thing("a", (BAD,)), DARK), VIOLATES, None),
        ((Thing("a"), Absent("/x")), UNKNOWN, "/x: no such file"),
        ((Thing("a"), Absent("/x", "/y")), UNKNOWN, "/x: a link to /y, which does not exist"),
        ((Thing("a"), Malformed("/x", "not PEM")), UNKNOWN, "/x: not PEM"),
        ((Thing("a", (DARK,)),), UNKNOWN, "a: permission denied"),
        ((Thing("a", (Absent("/x"),)),), UNKNOWN, "a: no such file"),
        ((Thing("a", (NotApplicable("not here"),)),), NOT_APPLICABLE, "not here"),
        ((Thing("a"), Thing("b", (NotApplicable("not here"),))), CONFORMS, None),
        ((Thing("a", (Conforms("by reading"),)),), CONFORMS, "a: by reading"),
        ((Thing("a", (Conforms("by reading"), BAD)),), VIOLATES, None),
        ((NotApplicable("not here", "all"),), NOT_APPLICABLE, "not here"),
        ((NotApplicable("not here"), DARK), UNKNOWN, "x: permission denied"),
        ((Thing("a", (DARK,)), Thing("b", (Unknown("y", "cut off"),))), UNKNOWN, "a: permission denied (and 1 more)"),
    ],
)
def test_a_verdict_has_the_worst_status_of_its_subjects(
    things: tuple[object, ...], status: Status, reason: str | None
) -> None:
    verdict = one(*things)
    assert (verdict.status, verdict.reason) == (status, reason)


@pytest.mark.parametrize("selected", [DARK, Absent("/x"), Malformed("/x", "not PEM"), NotApplicable("not here")])
def test_a_selector_may_give_one_reason_for_all(selected: Any) -> None:
    verdict = one(subjects=lambda facts, policy: selected)
    assert verdict.status is (NOT_APPLICABLE if isinstance(selected, NotApplicable) else UNKNOWN)
    assert verdict.reason


def _late_failure(facts: HostFacts, policy: Policy) -> Iterator[Thing]:
    yield Thing("a")
    raise RuntimeError("lost")


@pytest.mark.parametrize(
    "changes",
    [
        {"subjects": lambda facts, policy: None},
        {"subjects": lambda facts, policy: 1 / 0},
        {"subjects": lambda facts, policy: "text"},
        {"subjects": lambda facts, policy: [None]},
        {"subjects": _late_failure},
        {"body": lambda thing, policy, now: None},
        {"body": lambda thing, policy, now: 1 / 0},
        {"body": lambda thing, policy, now: ["text"]},
        {"body": lambda thing: []},
    ],
)
def test_a_check_that_fails_is_unknown_and_says_so(changes: dict[str, Any]) -> None:
    verdict = one(Thing("a"), **changes)
    assert verdict.status is UNKNOWN
    assert "the check failed: " in str(verdict.reason)


def test_what_fails_late_keeps_what_it_found() -> None:
    verdict = one(Thing("a", (BAD, RuntimeError("lost"))), Thing("b", (BAD,)))
    assert [finding.subject for finding in verdict.findings] == ["a", "b"]
    assert {(result.subject, result.status) for result in verdict.subjects} == {
        ("a", VIOLATES),
        ("a", UNKNOWN),
        ("b", VIOLATES),
    }


def test_one_check_that_fails_harms_no_other() -> None:
    found = run(check_of(Thing("a", (KeyError("x"),))), check_of(Thing("a"), check_id="area.other"))
    assert [verdict.status for verdict in found.verdicts] == [UNKNOWN, CONFORMS]


def test_endless_outcomes_are_cut_and_unknown() -> None:
    endless = (*[NotApplicable("no")] * judging.MAX_OUTCOMES, BAD)
    verdict = one(Thing("a", endless))
    assert verdict.status is UNKNOWN
    assert "more than 100 outcomes" in str(verdict.reason)
    exact = one(Thing("a", (BAD,) * judging.MAX_OUTCOMES))
    assert len(exact.findings) == judging.MAX_OUTCOMES
    assert {result.status for result in exact.subjects} == {VIOLATES}


def test_endless_subjects_are_cut_and_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "MAX_SUBJECTS", 3)
    verdict = one(*(Thing(str(number)) for number in range(10)))
    assert verdict.status is UNKNOWN
    assert len(verdict.subjects) == 4


def test_a_subject_met_twice_is_listed_once() -> None:
    assert one(DARK, DARK, Thing("a"), Thing("a")).subjects == (
        SubjectResult("x", UNKNOWN, "permission denied"),
        SubjectResult("a", CONFORMS),
    )


outcomes = st.sampled_from([BAD, DARK, Absent("/x"), NotApplicable("no"), RuntimeError("lost")])
things = st.builds(Thing, st.sampled_from("abc"), st.lists(outcomes, max_size=3).map(tuple)) | st.just(DARK)


@given(st.lists(things, max_size=5))
def test_nothing_unknown_or_violated_ever_passes(found: list[Any]) -> None:
    verdict = one(*found)
    said = [outcome for thing in found if isinstance(thing, Thing) for outcome in _until_raised(thing.outcomes)]
    if BAD in said:
        assert verdict.status is VIOLATES
    elif DARK in found or any(isinstance(outcome, Unknown | Absent | Exception) for outcome in said):
        assert verdict.status is UNKNOWN
    else:
        assert verdict.status in {CONFORMS, NOT_APPLICABLE}
    assert len(verdict.findings) == said.count(BAD)
    assert verdict.status is Status.worst(result.status for result in verdict.subjects)
    assert verdict.reason or verdict.status in {CONFORMS, VIOLATES}


def _until_raised(said: tuple[object, ...]) -> list[object]:
    """The outcomes that come before an exception, and it."""
    raised = [number for number, outcome in enumerate(said) if isinstance(outcome, Exception)]
    return list(said[: raised[0] + 1] if raised else said)


# Hosts


def test_a_host_that_failed_is_unknown_throughout() -> None:
    dead = facts_of("web2", failure=Unknown("web2", "connection refused"))
    found = run(check_of(Thing("a")), hosts=[facts_of(), dead])
    assert [(verdict.host, verdict.status) for verdict in found.verdicts] == [("web1", CONFORMS), ("web2", UNKNOWN)]
    assert found.verdicts[1].reason == "connection refused"
    assert found.verdicts[1].subjects == (SubjectResult("web2", UNKNOWN, "connection refused"),)


def test_a_host_without_a_shell_is_not_judged_inside() -> None:
    (verdict,) = run(check_of(Thing("a", (BAD,))), hosts=[facts_of(declared=Declared(shell=False))]).verdicts
    assert (verdict.status, verdict.findings) == (NOT_APPLICABLE, ())
    assert "no shell" in str(verdict.reason)


def test_a_host_is_judged_at_the_time_of_its_snapshot() -> None:
    seen: list[datetime] = []

    def note(thing: Thing, policy: Policy, now: datetime) -> list[Violation]:
        seen.append(now)
        return []

    run(check_of(Thing("a"), body=note), check_of(Thing("a"), check_id="area.all", vantage=FLEET, body=note))
    assert seen == [TAKEN, NOW]


def test_only_what_is_wanted_is_judged() -> None:
    found = run(
        check_of(Thing("a")),
        check_of(Thing("a"), check_id="area.other"),
        hosts=[facts_of("web1"), facts_of("web2")],
        wanted=lambda host, check: (host, check) == ("web2", "area.other"),
        selection="web2",
    )
    assert [(verdict.host, verdict.check) for verdict in found.verdicts] == [("web2", "area.other")]
    assert (found.hosts, found.policies, found.selection) == (("web1", "web2"), ("test",), "web2")


def test_a_check_of_both_halves_says_that_one_is_missing() -> None:
    assert one(Thing("a"), vantage=BOTH).reason == INSIDE_ONLY
    assert one(DARK, vantage=BOTH).reason == "x: permission denied"


# Levels, clauses, findings


def test_a_policy_changes_levels_and_switches_off() -> None:
    policy = replace(POLICY, checks={"area.sound": Override(MAY, "clause 8"), "area.other": Override(None, "clause 9")})
    checks = check_of(Thing("a", (BAD,))), check_of(Thing("a"), check_id="area.other")
    (verdict,) = run(*checks, policy=policy).verdicts
    assert (verdict.level, verdict.findings[0].clause) == (MAY, "clause 8")
    assert [applies(check, policy) for check in checks] == [True, False]


def test_a_finding_holds_all_that_a_report_needs() -> None:
    tagged = replace(BAD, tags=("CVE-1",))
    (finding,) = one(Thing("a", (tagged,)), parameters=("days",), tags=("ATTACK",), level=SHOULD).findings
    assert (finding.check, finding.host, finding.subject) == ("area.sound", "web1", "a")
    assert (finding.observed, finding.expected, finding.where) == ("seen", "wanted", "file:1")
    assert (finding.remedy, finding.reproduce) == ("mend", "show")
    assert (finding.clause, finding.tags, finding.waiver) == ("clause 7", ("ATTACK", "CVE-1"), None)


def test_the_docstring_gives_clause_and_remedy_where_nothing_else_does() -> None:
    (finding,) = one(Thing("a", (Violation("seen", "wanted"),))).findings
    assert (finding.clause, finding.remedy) == ("RFC 1.", "make it sound.")


def test_what_a_host_says_is_made_fit_to_show() -> None:
    nasty = "a\x1b[31m\u202e" + "x" * 10_000
    verdict = one(Thing(nasty, (Violation(nasty, nasty, nasty, nasty, nasty), Unknown("x", nasty))))
    (finding,) = verdict.findings
    shown = (finding.subject, finding.observed, finding.expected, finding.where, finding.remedy, finding.reproduce)
    for text in (*shown, *(str(result.reason) for result in verdict.subjects), verdict.subjects[0].subject):
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert len(text) <= 2100


# Fingerprints


def fingerprints(*found: object) -> list[str]:
    return [finding.fingerprint for finding in one(*found).findings]


def test_a_fingerprint_outlives_what_was_observed() -> None:
    (before,) = fingerprints(Thing("a", (BAD,)))
    (after,) = fingerprints(Thing("other"), Thing("a", (Violation("changed", "changed"),)), DARK)
    assert before == after
    assert len(before) == 32


def test_fingerprints_tell_findings_apart() -> None:
    found = run(
        check_of(Thing("a", (BAD, BAD)), Thing("b", (BAD,)), Thing("a", (BAD,))),
        check_of(Thing("a", (BAD,)), check_id="area.other"),
        hosts=[facts_of("web1"), facts_of("web2")],
    )
    every = [finding.fingerprint for verdict in found.verdicts for finding in verdict.findings]
    assert len(every) == len(set(every)) == 10


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
