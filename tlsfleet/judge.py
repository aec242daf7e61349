"""judge(): facts, policies and waivers to verdicts. Pure: no clock, no I/O, nothing of pytest."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Any

import tlsfleet
from tlsfleet.check import BOTH, FLEET, INSIDE, WIRE, Check, Vantage
from tlsfleet.facts import NOT_EXAMINED, Absent, Fleet, HostFacts, Malformed, Unknown, WaiverUse
from tlsfleet.policy import Policy
from tlsfleet.text import clean
from tlsfleet.verdict import (
    RAISED,
    Conforms,
    Finding,
    Level,
    NotApplicable,
    Run,
    Status,
    SubjectResult,
    Verdict,
    Violation,
)
from tlsfleet.waivers import Waiver

FLEET_HOST = "fleet"
HALVES: Mapping[Vantage, tuple[Vantage, ...]] = {INSIDE: (INSIDE,), WIRE: (WIRE,), BOTH: (INSIDE, WIRE)}
INSIDE_ONLY = "judged from the inside; the wire was not examined"
SWITCHED_OFF = {
    INSIDE: "the inventory gives no shell on this host",
    WIRE: "the inventory has no endpoint of this host examined",
}
INSIDE_PARTS = (
    *("files", "listings", "certificates", "keys", "csrs", "dh_params", "groups", "users", "services", "listeners"),
    *("stale_libraries", "logs"),
)
MAX_SUBJECTS = 10_000
MAX_OUTCOMES = 100  # of one subject
NAMED = 5  # of the hosts that a reason names

REASONED: Mapping[type, Status] = {NotApplicable: Status.NOT_APPLICABLE, Conforms: Status.CONFORMS}

Wanted = Callable[[str, str], bool]  # host, check id


def judge(
    hosts: Sequence[HostFacts],
    policies: Mapping[str, Policy],
    waivers: Sequence[Waiver],
    now: datetime,
    checks: Iterable[Check],
    *,
    wanted: Wanted = lambda host, check: True,
    selection: str = "",
    whole_inventory: bool = True,
) -> Run:
    """Judge every wanted check on every host, then the fleet checks over all.

    ``policies`` maps a host's name (and ``fleet``) to its policy; a host's own checks are judged at the time of its
    snapshot, ``now`` is the run's time: it dates the fleet checks and the waivers. A check that raises is unknown.
    """
    every = tuple(checks)
    per_host = [check for check in every if check.vantage is not FLEET]
    over_fleet = [check for check in every if check.vantage is FLEET]
    verdicts = [
        verdict
        for facts in hosts
        for check in per_host
        if wanted(facts.host, check.id)
        and (verdict := _judge_host(check, facts, policies[facts.host], waivers, now)) is not None
    ]
    dark = _dark(hosts, verdicts)
    pairs = {(facts.host, check.id) for facts in hosts for check in per_host if applies(check, policies[facts.host])}
    unjudged = pairs - {(verdict.host, verdict.check) for verdict in verdicts}
    for check in sorted(over_fleet, key=lambda check: check.id == "coverage.waivers-live"):
        if wanted(FLEET_HOST, check.id):
            fleet = Fleet(
                tuple(facts for facts in hosts if facts.host not in dark),
                _uses(waivers, verdicts, now, unjudged, whole_inventory=whole_inventory),
                whole_inventory,
            )
            if (verdict := _judge_fleet(check, fleet, dark, policies[FLEET_HOST], waivers, now)) is not None:
                verdicts.append(verdict)
    used = tuple(dict.fromkeys(policies[facts.host].id for facts in hosts))
    names = tuple(facts.host for facts in hosts)
    return Run("tlsfleet", tlsfleet.__version__, used, now, now, names, selection, tuple(verdicts))


def applies(check: Check, policy: Policy) -> bool:
    """Whether a policy has a check at all."""
    return policy.level(check.id, check.level) is not None


def _judge_host(
    check: Check, facts: HostFacts, policy: Policy, waivers: Sequence[Waiver], now: datetime
) -> Verdict | None:
    level = policy.level(check.id, check.level)
    if level is None:
        return None
    off = _off(check, facts)
    if len(off) == len(HALVES[check.vantage]):
        return _blank(check, facts.host, policy, level, Status.NOT_APPLICABLE, " and ".join(off))
    if facts.failure is not None and check.vantage is INSIDE:
        return _blank(check, facts.host, policy, level, Status.UNKNOWN, facts.failure.reason)
    judged = _judge(check, facts.host, _halved(facts), policy, level, facts.collected_at)
    verdict = _waive(check, judged, level, waivers, now)
    left_out = off[0] if off else INSIDE_ONLY if check.vantage is BOTH and facts.endpoints == NOT_EXAMINED else None
    return replace(verdict, reason=verdict.reason or left_out)


def _off(check: Check, facts: HostFacts) -> list[str]:
    """The reasons why halves that a check would look at are left out: the inventory says so."""
    given = {INSIDE: facts.declared.shell, WIRE: facts.declared.wire}
    return [SWITCHED_OFF[half] for half in HALVES[check.vantage] if not given[half]]


def _halved(facts: HostFacts) -> HostFacts:
    """The facts with nothing in a half that the inventory switches off."""
    parts: dict[str, Any] = {} if facts.declared.shell else dict.fromkeys(INSIDE_PARTS, ())
    if not facts.declared.wire:
        parts["endpoints"] = ()
    return replace(facts, **parts) if parts else facts


def _dark(hosts: Sequence[HostFacts], verdicts: Sequence[Verdict]) -> list[str]:
    """The hosts that were not reached and are red for it: checks over the fleet do without them, and say so.

    One of which nothing else was to be judged stays with the fleet, where it is unknown: somewhere it has to show.
    """
    red = {verdict.host for verdict in verdicts if verdict.status is Status.UNKNOWN and verdict.level is not Level.MAY}
    return [facts.host for facts in hosts if facts.failure is not None and facts.host in red]


def _judge_fleet(
    check: Check, fleet: Fleet, dark: Sequence[str], policy: Policy, waivers: Sequence[Waiver], now: datetime
) -> Verdict | None:
    level = policy.level(check.id, check.level)
    if level is None:
        return None
    verdict = _waive(check, _judge(check, FLEET_HOST, fleet, policy, level, now), level, waivers, now)
    reasons = [verdict.reason]
    if not fleet.whole_inventory:
        reasons.append(f"over {len(fleet.hosts) + len(dark)} selected hosts, not the whole inventory")
    if dark:
        more = f" and {len(dark) - NAMED} more" if len(dark) > NAMED else ""
        reasons.append(clean(f"without {', '.join(dark[:NAMED])}{more}, which could not be examined"))
    return replace(verdict, reason="; ".join(filter(None, reasons)) or None)


def _judge(check: Check, host: str, facts: HostFacts | Fleet, policy: Policy, level: Level, now: datetime) -> Verdict:
    results: list[SubjectResult] = []
    findings: list[Finding] = []
    try:
        for subject in _subjects(check, facts, policy):
            found_results, found = _examine(check, host, subject, policy, now)
            results += found_results
            findings += found
            if len(results) >= MAX_SUBJECTS:
                results.append(SubjectResult("(more)", Status.UNKNOWN, f"more than {MAX_SUBJECTS} subjects"))
                break
    except Exception as error:  # noqa: BLE001 - a selector that fails makes its check unknown, never the run
        results.append(SubjectResult(check.id, Status.UNKNOWN, _raised(error)))
    results = _merged(results)
    status = Status.worst(result.status for result in results)
    reason = _reason(check, status, results)
    verdict = Verdict(policy.id, host, check.id, level, status, tuple(results), tuple(_fingerprinted(findings)), reason)
    return replace(verdict, level=_lowered(verdict))


def _subjects(check: Check, facts: HostFacts | Fleet, policy: Policy) -> Iterable[Any]:
    selected = check.subjects(facts, policy)  # type: ignore[arg-type]  # a selector takes what its vantage gives
    return (selected,) if isinstance(selected, Unknown | Absent | Malformed | NotApplicable) else selected


def _examine(
    check: Check, host: str, subject: Any, policy: Policy, now: datetime
) -> tuple[list[SubjectResult], list[Finding]]:
    """One subject's results (a violation does not hide that something else of it is unknown) and findings.

    A subject may lower the level of all its findings by ``at_most``, as an endpoint does that others do not reach.
    """
    name = clean(str(subject.subject), 500) or check.id
    if isinstance(subject, Unknown | Absent | Malformed):
        return [SubjectResult(name, Status.UNKNOWN, clean(subject.reason))], []
    if isinstance(subject, NotApplicable):
        return [SubjectResult(name, Status.NOT_APPLICABLE, clean(subject.reason))], []
    at_most = getattr(subject, "at_most", Level.MUST)
    findings: list[Finding] = []
    results: list[SubjectResult] = []
    try:
        for number, outcome in enumerate(check.body(subject, policy, now)):
            if number == MAX_OUTCOMES:
                results.append(SubjectResult(name, Status.UNKNOWN, f"more than {MAX_OUTCOMES} outcomes"))
                break
            if isinstance(outcome, Violation):
                findings.append(_finding(check, host, name, outcome, policy, at_most))
            else:
                status = REASONED.get(type(outcome), Status.UNKNOWN)
                results.append(SubjectResult(name, status, clean(outcome.reason)))
    except Exception as error:  # noqa: BLE001 - a body that fails makes its subject unknown, never the run
        results.append(SubjectResult(name, Status.UNKNOWN, _raised(error)))
    if findings:
        results.append(SubjectResult(name, Status.VIOLATES))
    return results or [SubjectResult(name, Status.CONFORMS)], findings


def _raised(error: Exception) -> str:
    return clean(f"{RAISED}{type(error).__name__}: {error}")


def _finding(check: Check, host: str, subject: str, violation: Violation, policy: Policy, at_most: Level) -> Finding:
    clause = policy.clause(check.id, check.parameters) or check.section("Source")
    return Finding(
        check=check.id,
        host=host,
        subject=subject,
        observed=clean(violation.observed),
        expected=clean(violation.expected),
        where=clean(violation.where),
        remedy=clean(violation.remedy or check.section("Remedy")),
        reproduce=clean(violation.reproduce),
        clause=clause,
        tags=(*check.tags, *violation.tags),
        fingerprint="",
        at_most=max(violation.at_most, at_most, key=list(Level).index),
    )


def _fingerprinted(findings: list[Finding]) -> Iterable[Finding]:
    """Findings with a fingerprint that outlives a change of what was observed: check, host, subject and its ordinal."""
    seen: Counter[str] = Counter()
    for finding in findings:
        ordinal = seen[finding.subject]
        seen[finding.subject] += 1
        key = "\0".join((finding.check, finding.host, finding.subject, str(ordinal)))
        yield replace(finding, fingerprint=sha256(key.encode()).hexdigest()[:32])


def _merged(results: list[SubjectResult]) -> list[SubjectResult]:
    """One result a subject and status: several blocks may share an unreadable file."""
    return list(dict.fromkeys(results))


def _reason(check: Check, status: Status, results: Sequence[SubjectResult]) -> str | None:
    if not results:
        return check.nothing
    reasons = list(dict.fromkeys(result.reason for result in results if result.status is status and result.reason))
    if reasons:
        subject = next(result.subject for result in results if result.reason == reasons[0])
        more = f" (and {len(reasons) - 1} more)" if len(reasons) > 1 else ""
        first = reasons[0] if status is Status.NOT_APPLICABLE else f"{subject}: {reasons[0]}"
        return f"{first}{more}"
    return None


def _blank(check: Check, host: str, policy: Policy, level: Level, status: Status, reason: str) -> Verdict:
    cleaned = clean(reason)
    results = (SubjectResult(host, status, cleaned),) if status is Status.UNKNOWN else ()
    return Verdict(policy.id, host, check.id, level, status, results, (), cleaned)


def _waive(check: Check, verdict: Verdict, level: Level, waivers: Sequence[Waiver], now: datetime) -> Verdict:
    """Apply waivers finding by finding; a subject is waived when all its findings are, and nothing of it is unknown."""
    if not verdict.findings:
        return verdict
    findings = tuple(_covered(finding, waivers, now) for finding in verdict.findings)
    open_subjects = {finding.subject for finding in findings if finding.waiver is None}
    results = tuple(
        replace(result, status=Status.WAIVED)
        if result.status is Status.VIOLATES and result.subject not in open_subjects
        else result
        for result in verdict.subjects
    )
    status = Status.worst(result.status for result in results)
    waived = replace(
        verdict, findings=findings, subjects=results, status=status, reason=_reason(check, status, results)
    )
    return replace(waived, level=_lowered(replace(waived, level=level)))


def _lowered(verdict: Verdict) -> Level:
    """The level of the most binding violation that is open; the check's own where none is, or something is unknown."""
    open_levels = [finding.at_most for finding in verdict.findings if finding.waiver is None]
    if not open_levels or any(result.status is Status.UNKNOWN for result in verdict.subjects):
        return verdict.level
    order = list(Level)
    return max(verdict.level, min(open_levels, key=order.index), key=order.index)


def _covered(finding: Finding, waivers: Sequence[Waiver], now: datetime) -> Finding:
    for waiver in waivers:
        if waiver.matches(finding.check, finding.host, finding.subject) and not waiver.expired(now):
            return replace(finding, waiver=f"{waiver.reason} ({waiver.approved_by}, until {waiver.until})")
    return finding


def _uses(
    waivers: Sequence[Waiver],
    verdicts: Sequence[Verdict],
    now: datetime,
    unjudged: Collection[tuple[str, str]],
    *,
    whole_inventory: bool,
) -> tuple[WaiverUse, ...]:
    """What this run can say of each waiver: expired, matched, or that what it could cover was not judged whole."""
    uses = []
    for waiver in waivers:
        covered = [item for item in verdicts if item.check == waiver.check and waiver.covers_host(item.host)]
        matched = any(
            waiver.matches(finding.check, finding.host, finding.subject)
            for item in covered
            for finding in item.findings
        )
        dark = any(result.status is Status.UNKNOWN for item in covered for result in item.subjects)
        left = any(check == waiver.check and waiver.covers_host(host) for host, check in unjudged)
        whole = covered and not dark and not left and (whole_inventory or not waiver.is_pattern)
        subject = f"{waiver.check} on {waiver.host}, {waiver.subject}"
        told = matched if matched or whole else None
        uses.append(WaiverUse(subject, waiver.where, str(waiver.until), waiver.expired(now), told))
    return tuple(uses)
