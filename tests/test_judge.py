"""judge(): worst-of, nothing unknown as a pass, failures, levels, findings, fingerprints."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.judged import (
    BAD,
    CONFORMS,
    DARK,
    NOT_APPLICABLE,
    NOW,
    POLICY,
    TAKEN,
    UNKNOWN,
    VIOLATES,
    Thing,
    check_of,
    facts_of,
    one,
    run,
)
from tlsfleet import judge as judging
from tlsfleet.check import BOTH, FLEET
from tlsfleet.facts import Absent, Declared, HostFacts, Malformed, Unknown
from tlsfleet.judge import INSIDE_ONLY, applies
from tlsfleet.policy import Override, Policy
from tlsfleet.verdict import MAY, SHOULD, Conforms, NotApplicable, Status, SubjectResult, Violation

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
    assert one(Thing("a", (BAD,)), vantage=BOTH).reason == INSIDE_ONLY
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
