"""What judging yields: violations, findings, verdicts, and the run that holds them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Level(StrEnum):
    """How binding a check is (RFC 2119)."""

    MUST = "MUST"
    SHOULD = "SHOULD"
    MAY = "MAY"


class Status(StrEnum):
    """The status of a subject or verdict, worst first."""

    VIOLATES = "violates"
    UNKNOWN = "unknown"
    WAIVED = "waived"
    CONFORMS = "conforms"
    NOT_APPLICABLE = "not-applicable"

    @classmethod
    def worst(cls, statuses: Iterable["Status"]) -> "Status":
        """The worst of some; NOT_APPLICABLE of none."""
        order = list(cls)
        return min(statuses, key=order.index, default=cls.NOT_APPLICABLE)


MUST, SHOULD, MAY = Level
RAISED = "the check failed: "  # begins the reason of what a fault of ours left unknown


@dataclass(frozen=True, slots=True)
class Violation:
    """What a check saw and what it expected; ``remedy`` mends it, ``reproduce`` is a command that shows it.

    ``at_most`` lowers the level where this one binds less than its check does (as on an opportunistic endpoint).
    """

    observed: str
    expected: str
    where: str = ""
    remedy: str = ""
    reproduce: str = ""
    tags: tuple[str, ...] = ()
    at_most: Level = Level.MUST


@dataclass(frozen=True, slots=True)
class NotApplicable:
    """Yielded by a check for a subject (or by a selector for all) that it does not apply to, with the reason."""

    reason: str
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Conforms:
    """Yielded by a check for a subject that conforms as far as could be told: how it was judged."""

    reason: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A violation with all that a report needs; ``waiver`` is the reason, approver and date of one that covers it.

    ``at_most`` is the violation's; results have it as the level of the verdict alone.
    """

    check: str
    host: str
    subject: str
    observed: str
    expected: str
    where: str
    remedy: str
    reproduce: str
    clause: str
    tags: tuple[str, ...]
    fingerprint: str
    waiver: str | None = None
    at_most: Level = Level.MUST


@dataclass(frozen=True, slots=True)
class SubjectResult:
    """The status of one thing examined."""

    subject: str
    status: Status
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """One check on one host: the worst status of its subjects, its findings, and a reason where it needs one."""

    policy: str
    host: str
    check: str
    level: Level
    status: Status
    subjects: tuple[SubjectResult, ...]
    findings: tuple[Finding, ...]
    reason: str | None = None

    @property
    def raised(self) -> bool:
        """Whether the check itself failed: that is never only a warning."""
        return any((each.reason or "").startswith(RAISED) for each in self.subjects)


@dataclass(frozen=True, slots=True)
class Run:
    """All verdicts of a run, and what was selected."""

    tool: str
    version: str
    policies: tuple[str, ...]
    started_at: datetime
    finished_at: datetime
    hosts: tuple[str, ...]
    selection: str
    verdicts: tuple[Verdict, ...]
