"""What a terminal shows of an audit: progress while hosts are asked, and a summary at the end."""

import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from tlsfleet.audit import Audited
from tlsfleet.evidence import Evidence
from tlsfleet.report.outcome import headline
from tlsfleet.report.tally import COLUMNS, by_urgency, column_of, tallies, unexamined
from tlsfleet.text import clean
from tlsfleet.verdict import Run, Status, Verdict

HOSTS = 40
LINES = 30
COLOURS = {"MUST violated": "red", "unknown": "red", "SHOULD violated": "yellow", "MAY": "yellow", "waived": "yellow"}


def progress(config: pytest.Config, done: str) -> Callable[[Evidence, int, int], None]:
    """What is to be called as each host is ``done`` (asked, read): a line a host; on a terminal one counter.

    Nothing is shown under -q.
    """
    reporter: pytest.TerminalReporter | None = config.pluginmanager.get_plugin("terminalreporter")

    def show(evidence: Evidence, came: int, of: int) -> None:
        if reporter is not None and reporter.verbosity >= 0:
            _show(reporter, evidence, f"{done} {came} of {of}", last=came == of)

    return show


def _show(reporter: pytest.TerminalReporter, evidence: Evidence, count: str, *, last: bool) -> None:
    text = f"{count}: {clean(evidence.host)}"
    if evidence.failure or not reporter.isatty:
        reporter.ensure_newline()
        reporter.write_line(f"{text}: {clean(evidence.failure, 300)}" if evidence.failure else text)
    else:
        width = shutil.get_terminal_size().columns - 1
        reporter.rewrite(text[:width], erase=True)
    if last and reporter.isatty:
        reporter.rewrite("", erase=True)


def summarize(reporter: pytest.TerminalReporter, audited: Audited, missing: Sequence[str], folder: Path) -> None:
    """Write the hosts with their counts, what is violated and unknown, and where the report is."""
    option, run = reporter.config.option, audited.run
    if option.no_summary:
        return
    if reporter.verbosity >= 0:
        reporter.write_sep("=", "TLS audit")
        _hosts(reporter, run)
        _urgent(reporter, run.verdicts)
        _second_opinion(reporter, audited.disagreements)
    if reporter.hasopt("x"):  # with -rx, -ra and -rA
        for report in reporter.stats.get("warned", []):
            reason = dict(report.user_properties).get("reason", "")
            reporter.write_line(f"WARNED {report.nodeid} - {reason}", yellow=True)
    if missing:
        reporter.write_line(f"incomplete: {len(missing)} audits show no verdict, the first is {missing[0]}", red=True)
    if all(verdict.status is Status.NOT_APPLICABLE for verdict in run.verdicts):
        reporter.write_line("nothing was examined: there was nothing that the selected checks apply to", red=True)
    reporter.write_line(f"report: {_shown(folder)}{os.sep}")


def _hosts(reporter: pytest.TerminalReporter, run: Run) -> None:
    found = tallies(run.verdicts)
    width = max((len(tally.host) for tally in found[:HOSTS]), default=4)
    reporter.write_line(f"{'host':<{width}}  " + "  ".join(COLUMNS))
    for tally in found[:HOSTS]:
        reporter.write(f"{clean(tally.host):<{width}}")
        for column in COLUMNS:
            count = tally.counts[column]
            markup = {COLOURS[column]: True} if count and column in COLOURS else {}
            reporter.write(f"  {count or '.':>{len(column)}}", **markup)
        reporter.write_line("")
    if len(found) > HOSTS:
        reporter.write_line(f"... and {len(found) - HOSTS} hosts that are no worse")


def _urgent(reporter: pytest.TerminalReporter, verdicts: Iterable[Verdict]) -> None:
    unexamined_hosts = unexamined(verdicts)
    for column in ("MUST violated", "unknown"):
        lines = [f"{host}: {reason}" for host, reason in unexamined_hosts.items()] if column == "unknown" else []
        lines += _lines(
            verdict
            for verdict in by_urgency(verdicts)
            if column_of(verdict) == column and verdict.host not in unexamined_hosts
        )
        if lines:
            reporter.write_line("")
            reporter.write_line(f"{column}:", red=True, bold=True)
            for line in lines[:LINES]:
                reporter.write_line(f"  {line}")
            if len(lines) > LINES:
                reporter.write_line(f"  ... and {len(lines) - LINES} more, in the report")
    reporter.write_line("")


def _lines(verdicts: Iterable[Verdict]) -> Iterator[str]:
    """A line for each host and cause: one dead endpoint leaves many checks unknown."""
    checks: dict[tuple[str, str], list[str]] = {}
    for verdict in verdicts:
        checks.setdefault((verdict.host, headline(verdict)), []).append(verdict.check)
    for (host, cause), found in checks.items():
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        yield f"{host}  {found[0]}{more}  {cause}"


def _second_opinion(reporter: pytest.TerminalReporter, disagreements: Mapping[str, Sequence[str]]) -> None:
    lines = [f"{host}  {line}" for host, found in disagreements.items() for line in found]
    if lines:
        reporter.write_line("a second opinion (sslyze) says otherwise:", yellow=True, bold=True)
        for line in lines[:LINES]:
            reporter.write_line(f"  {clean(line, 500)}")
        if len(lines) > LINES:
            reporter.write_line(f"  ... and {len(lines) - LINES} more, in the facts (disagreements)")
        reporter.write_line("")


def _shown(folder: Path) -> str:
    return str(folder.relative_to(Path.cwd()) if folder.is_relative_to(Path.cwd()) else folder)
