"""A verdict as an outcome of pytest: what fails, warns, errs, is skipped or expected, and the text that says why."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import pytest

from tlsfleet.verdict import Finding, Level, Status, Verdict

SHOWN = 10  # findings or subjects in a terminal; the report has all
ROWS = ("subject", "observed", "expected", "where", "clause", "remedy", "reproduce")


class Outcome(StrEnum):
    """What pytest shall make of a verdict."""

    PASSED = "passed"
    WARNED = "warned"
    FAILED = "failed"
    ERROR = "error"
    SKIPPED = "skipped"
    XFAILED = "xfailed"


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict to be asserted; ``strict`` fails a violated SHOULD."""

    verdict: Verdict
    strict: bool = False

    @property
    def pair(self) -> tuple[str, str]:
        return self.verdict.host, self.verdict.check

    @property
    def outcome(self) -> Outcome:
        """What pytest is to make of it."""
        match self.verdict.status:
            case Status.CONFORMS:
                return Outcome.PASSED
            case Status.NOT_APPLICABLE:
                return Outcome.SKIPPED
            case Status.WAIVED:
                return Outcome.XFAILED
            case Status.UNKNOWN:
                warns = self.verdict.level is Level.MAY and not self.verdict.raised
                return Outcome.WARNED if warns else Outcome.ERROR
            case Status.VIOLATES:
                return self._violated

    @property
    def is_red(self) -> bool:
        """Whether a run with this verdict cannot exit with 0."""
        return self.outcome in {Outcome.FAILED, Outcome.ERROR}

    @property
    def _violated(self) -> Outcome:
        fails = self.verdict.level is Level.MUST or (self.strict and self.verdict.level is Level.SHOULD)
        if fails:
            return Outcome.FAILED
        return Outcome.ERROR if self.verdict.raised else Outcome.WARNED

    def prepare(self) -> None:
        """End the setup of a test that has nothing to assert: unknown is an error, not applicable a skip."""
        if self.outcome is Outcome.ERROR:
            pytest.fail(headline(self.verdict), pytrace=False)
        if self.outcome is Outcome.SKIPPED:
            pytest.skip(self.verdict.reason or "there is nothing of the kind")

    def present(self) -> None:
        """End the test as the verdict says; what conforms or only warns returns."""
        waived = self.outcome is Outcome.XFAILED
        if waived:
            _expect(headline(self.verdict))
        if self.outcome is Outcome.FAILED or (waived and self._violated is Outcome.FAILED):
            pytest.fail(headline(self.verdict), pytrace=False)

    def properties(self) -> list[tuple[str, str]]:
        """What JUnit, which knows no warning, is to be told."""
        verdict = self.verdict
        told = {
            "host": verdict.host,
            "check": verdict.check,
            "policy": verdict.policy,
            "level": str(verdict.level),
            "status": str(verdict.status),
            "outcome": str(self.outcome),
            "reason": headline(verdict),
        }
        return [(name, value) for name, value in told.items() if value]


def headline(verdict: Verdict) -> str:
    """What a verdict comes to, in one line; empty for one that conforms with nothing to say."""
    findings = open_findings(verdict)
    if verdict.status is Status.VIOLATES and findings:
        first = findings[0]
        text = f"{first.subject}: {first.observed}; expected {first.expected}{_more(len(findings) - 1)}"
    elif verdict.status is Status.WAIVED and verdict.findings:
        text = f"waived: {verdict.findings[0].waiver}{_more(len(verdict.findings) - 1)}"
    else:
        text = verdict.reason or ""
    return " ".join(text.split())


def open_findings(verdict: Verdict) -> tuple[Finding, ...]:
    """The findings that no waiver covers."""
    return tuple(finding for finding in verdict.findings if finding.waiver is None)


def table(verdict: Verdict) -> str:
    """All that a person needs to act on a verdict, in a few lines a finding."""
    lines = [f"{verdict.check} ({verdict.level}) on {verdict.host}: {verdict.status}"]
    for finding in verdict.findings[:SHOWN]:
        lines += ["", *(_row(name, getattr(finding, name)) for name in ROWS if getattr(finding, name))]
        lines += [_row("waived", finding.waiver)] if finding.waiver else []
    unknown = [result for result in verdict.subjects if result.status is Status.UNKNOWN]
    if unknown:
        lines += ["", *(_row("unknown", f"{each.subject}: {each.reason}") for each in unknown[:SHOWN])]
    hidden = max(0, len(verdict.findings) - SHOWN) + max(0, len(unknown) - SHOWN)
    return "\n".join([*lines, *([f"  ... and {hidden} more, in the report"] if hidden else [])])


@dataclass(frozen=True, slots=True)
class Crash:
    """Where and what, in one line, as pytest's short summary, JUnit and editors read it."""

    path: str
    lineno: int
    message: str


class Shown:
    """A verdict as pytest's ``longrepr``: a table in the terminal, one line in summaries."""

    def __init__(self, verdict: Verdict, path: str, lineno: int) -> None:
        self.reprcrash = Crash(path, lineno, headline(verdict))
        self._text = table(verdict)

    def __str__(self) -> str:
        return self._text

    def toterminal(self, terminal: Any) -> None:
        """Write it, as pytest asks (``terminal`` is its TerminalWriter)."""
        for line in self._text.splitlines():
            terminal.line(line, red=line.startswith("  observed"), green=line.startswith("  remedy"))


def _expect(reason: str) -> None:
    # pytest's own raises, but under --runxfail: then a waived violation counts for what it is.
    pytest.xfail(reason)


def _row(name: str, value: object) -> str:
    return f"  {name:<10} " + str(value).replace("\n", "\n" + " " * 13)


def _more(count: int) -> str:
    return f" (and {count} more)" if count > 0 else ""
