"""The figures of a run: what came of each host, worst first."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from tlsfleet.judge import FLEET_HOST
from tlsfleet.verdict import Level, Status, Verdict

# The columns of every summary, worst first.
COLUMNS = ("MUST violated", "unknown", "SHOULD violated", "MAY", "waived", "conforms", "not applicable")
LEVELS = list(Level)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many of a host's verdicts fall under each of COLUMNS."""

    host: str
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def rank(self) -> tuple[int, ...]:
        """Sorts the worst first."""
        return tuple(-self.counts[column] for column in COLUMNS[:5])


def column_of(verdict: Verdict) -> str:
    """The column of COLUMNS that a verdict counts in; what is of level MAY, violated or unknown, fails nothing.

    A check that raised is unknown, whatever else it found below a MUST.
    """
    if verdict.raised and not (verdict.status is Status.VIOLATES and verdict.level is Level.MUST):
        return "unknown"
    match verdict.status:
        case Status.VIOLATES | Status.UNKNOWN if verdict.level is Level.MAY:
            return "MAY"
        case Status.VIOLATES:
            return f"{verdict.level} violated"
        case Status.NOT_APPLICABLE:
            return "not applicable"
        case status:
            return str(status)


def tallies(verdicts: Iterable[Verdict]) -> list[Tally]:
    """A tally for each host (and the fleet), the worst first."""
    by_host: dict[str, Tally] = {}
    for verdict in verdicts:
        by_host.setdefault(verdict.host, Tally(verdict.host)).counts[column_of(verdict)] += 1
    return sorted(by_host.values(), key=lambda tally: tally.rank)


def by_urgency(verdicts: Iterable[Verdict]) -> list[Verdict]:
    """Verdicts with the most urgent first: MUST violated, unknown, SHOULD violated ... what does not apply last."""
    return sorted(verdicts, key=lambda verdict: (_group(verdict), LEVELS.index(verdict.level), verdict.check))


def unexamined(verdicts: Iterable[Verdict]) -> dict[str, str]:
    """The hosts of which nothing could be told, with the reason."""
    outcomes: dict[str, set[tuple[Status, str | None]]] = {}
    for verdict in verdicts:
        outcomes.setdefault(verdict.host, set()).add((verdict.status, verdict.reason))
    alike = {host: found.pop() for host, found in outcomes.items() if len(found) == 1 and host != FLEET_HOST}
    failed = {host: reason or "unknown" for host, (status, reason) in alike.items() if status is Status.UNKNOWN}
    return {host: reason.removeprefix(f"{host}: ") for host, reason in failed.items()}


def _group(verdict: Verdict) -> int:
    return COLUMNS.index(column_of(verdict))
