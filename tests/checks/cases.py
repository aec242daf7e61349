"""The form of a check's cases, and their judging.

    CASES = [
        Case("private-key.permissions", "as the notes say", CONFORMS, sound_host),
        Case("private-key.permissions", "everyone reads", VIOLATES, lambda: sound_host(stat(KEY, mode=0o644)), "0644"),
    ]

    @pytest.mark.parametrize("case", CASES, ids=str)
    def test_case(case: Case) -> None:
        case.assert_status()

`hosts.py` has the sound host, `edits.py` what changes it, `certificates.py` a small CA.
`test_cases_complete.py` reads the CASES of every `test_*.py` here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from types import MappingProxyType

from tests.checks.certificates import NOW
from tlsfleet.check import load_checks
from tlsfleet.facts import HostFacts
from tlsfleet.judge import judge
from tlsfleet.policy import Policy, load
from tlsfleet.verdict import Status, Verdict
from tlsfleet.waivers import Waiver

VIOLATES, UNKNOWN, WAIVED, CONFORMS, NOT_APPLICABLE = Status


class _Anything(tuple[str, ...]):
    """Every check's id: while one area is worked on, a policy may name checks of others."""

    __slots__ = ()

    def __contains__(self, _item: object) -> bool:
        return True


@cache
def shipped(policy: str) -> Policy:
    """A policy that ships with the suite."""
    return load(policy, _Anything())


def verdict(
    check_id: str,
    facts: HostFacts | Sequence[HostFacts],
    policy: str = "notes",
    now: datetime = NOW,
    parameters: Mapping[str, object] = MappingProxyType({}),
    waivers: Sequence[Waiver] = (),
) -> Verdict:
    """What judge() says of one check on one host, or of a fleet check on several; ``parameters`` are of the policy.

    The checks that ``waivers`` name are judged before it.
    """
    hosts = [facts] if isinstance(facts, HostFacts) else list(facts)
    used = shipped(policy).overridden(parameters, "this case")
    policies = dict.fromkeys([*(host.host for host in hosts), "fleet"], used)
    judged = {check_id, *(waiver.check for waiver in waivers)}
    checks = [check for check in load_checks() if check.id in judged]
    assert len(checks) == len(judged), f"there is no check {check_id}"
    (found,) = (item for item in judge(hosts, policies, waivers, now, checks).verdicts if item.check == check_id)
    return found


@dataclass(frozen=True, slots=True)
class Case:
    """One case of a check: its facts (made late), the status that they get, and a text that the verdict must hold."""

    id: str
    name: str
    status: Status
    facts: Callable[[], HostFacts | Sequence[HostFacts]]
    says: str = ""
    policy: str = "notes"
    parameters: tuple[tuple[str, object], ...] = ()
    waivers: tuple[Waiver, ...] = ()

    def __str__(self) -> str:
        return f"{self.id}: {self.name}"

    def assert_status(self) -> Verdict:
        """Judge it, and assert the status and the text."""
        found = verdict(self.id, self.facts(), self.policy, parameters=dict(self.parameters), waivers=self.waivers)
        assert found.status is self.status, shown(found)
        assert self.says in shown(found), shown(found)
        return found


def shown(found: Verdict) -> str:
    """A verdict as text: status, reasons and findings."""
    results = [f"{result.subject}: {result.status} {result.reason or ''}" for result in found.subjects]
    findings = [
        f"{item.subject}: {item.observed!r}, not {item.expected!r}, at {item.where}; "
        f"mend: {item.remedy}; see: {item.reproduce}; {' '.join(item.tags)}"
        for item in found.findings
    ]
    return "\n".join([f"{found.check} {found.level} {found.status}: {found.reason}", *results, *findings])
