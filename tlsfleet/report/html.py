"""report.html by pytest-html: one file, the worst first, nothing in it that a host could have made run."""

import platform
import re
from collections.abc import Iterable, Mapping, MutableSequence
from html import escape
from pathlib import Path
from typing import Any

import pytest

from tlsfleet import __version__
from tlsfleet.audit import Audited, Pair
from tlsfleet.check import Check
from tlsfleet.report import rows, summary
from tlsfleet.report.tally import by_urgency, unexamined
from tlsfleet.verdict import Status, Verdict

NAME = "report.html"
STYLE = Path(__file__).with_name("report.css")
ROWS = 1000  # pytest-html's table takes 3 s to open with so many, and far more than it has rows with more
LABELS = {"failed": "violated", "error": "unknown", "passed": "warned", "xfailed": "waived", "skipped": "skipped"}
FOLDED = {Status.CONFORMS: "Conforms", Status.NOT_APPLICABLE: "Not applicable"}


class HtmlReport:
    """Hooks of pytest-html for one run. Without that plugin (``-p no:html``) none of them is called."""

    def __init__(self, config: pytest.Config, checks: Iterable[Check]) -> None:
        self._config = config
        self._checks = {check.id: check for check in checks}
        self._audited: Audited | None = None
        self._verdicts: dict[str, Verdict] = {}  # by node id
        self._failed: dict[str, str] = {}  # hosts that could not be examined, with the reason
        self._ranks: dict[str, int] = {}  # by node id; those alone that may have a row
        self._rows: set[str] = set()  # the node ids of those that have one
        self._seen: set[str] = set()  # the node ids of all that were shown, in a row or not
        if self._enabled:
            config.option.self_contained_html = True

    @property
    def _enabled(self) -> bool:
        return bool(self._config.pluginmanager.hasplugin("html"))

    def open(self, session: pytest.Session, folder: Path, audited: Audited, items: Mapping[Pair, str]) -> None:
        """Begin the report of what was judged; in the folder of the run, unless the user named a file by ``--html``."""
        self._audited = audited
        verdicts = {(verdict.host, verdict.check): verdict for verdict in audited.run.verdicts}
        self._verdicts = {node: verdicts[pair] for pair, node in items.items() if pair in verdicts}
        self._failed = unexamined(audited.run.verdicts)
        self._ranks = {node: rank for rank, node in enumerate(self._chosen(), 1)}
        if not self._enabled or self._config.option.htmlpath:
            return
        from pytest_html import plugin  # type: ignore[import-untyped]

        before = set(self._config.pluginmanager.get_plugins())
        self._config.option.htmlpath = str(folder / NAME)
        plugin.pytest_configure(self._config)
        for report in self._config.pluginmanager.get_plugins() - before:
            report.pytest_sessionstart(session)  # it came too late to be told

    def _chosen(self) -> list[str]:
        """The node ids that get a row, the most urgent first; of a host that could not be examined one for all."""
        nodes = {id(verdict): node for node, verdict in self._verdicts.items()}
        chosen: dict[str, str] = {}
        for verdict in by_urgency(self._verdicts.values()):
            if verdict.status not in FOLDED:
                node = nodes[id(verdict)]
                chosen.setdefault(verdict.host if verdict.host in self._failed else node, node)
        return list(chosen.values())[:ROWS]

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        """Say of the auditor's environment what is written here, and nothing else: its variables hold secrets."""
        if self._enabled:
            from pytest_metadata.plugin import metadata_key  # type: ignore[import-untyped]

            versions = {"tlsfleet": __version__, "pytest": pytest.__version__, "Python": platform.python_version()}
            self._config.stash[metadata_key] = {name: escape(value) for name, value in versions.items()}

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_report_title(self, report: Any) -> None:
        report.title = "TLS audit"
        report.set_data("initialSort", "rank")
        report.set_data("renderCollapsed", ["all"])
        for outcome, label in LABELS.items():
            report.outcomes[outcome]["label"] = label

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_results_table_header(self, cells: MutableSequence[str]) -> None:
        cells[:] = rows.header_cells()

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_results_table_row(self, report: pytest.TestReport, cells: MutableSequence[str]) -> None:
        result = re.sub("<[^>]*>", "", cells[0])
        verdict = self._verdicts.get(report.nodeid)
        if report.when == "call" or not report.passed:
            self._seen.add(report.nodeid)
        if verdict is None:
            cells[:] = rows.other_cells(report.nodeid, _first_line(report), result)
        elif report.nodeid in self._ranks:
            cells[:] = rows.cells(verdict, self._ranks[report.nodeid], result, host_failed=verdict.host in self._failed)
            self._rows.add(report.nodeid)
        else:
            cells[:] = []

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_results_table_html(self, report: pytest.TestReport, data: MutableSequence[str]) -> None:
        verdict = self._verdicts.get(report.nodeid)
        if verdict is not None:
            check = self._checks[verdict.check]
            data[:] = [rows.details(verdict, check.title, check.section("Why"))]

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_results_summary(self, prefix: list[str], postfix: list[str]) -> None:
        prefix.append(
            f'<meta name="viewport" content="width=device-width"><style>{STYLE.read_text(encoding="utf-8")}</style>'
        )
        if self._audited is None:
            return
        run = self._audited.run
        prefix.append(
            summary.banner(run, complete=not self._audited.interrupted and self._seen >= self._verdicts.keys())
        )
        prefix.append(summary.hosts_table(run.verdicts))
        prefix.append(summary.rules_table(run.verdicts))
        prefix.append(summary.second_opinion(self._audited.disagreements))
        shown = {(verdict.host, verdict.check) for node, verdict in self._verdicts.items() if node in self._rows}
        rest = [each for each in run.verdicts if each.status not in FOLDED and (each.host, each.check) not in shown]
        postfix.append(summary.folded("Further findings", rest))
        for status, title in FOLDED.items():
            postfix.append(summary.folded(title, [verdict for verdict in run.verdicts if verdict.status is status]))


def _first_line(report: pytest.TestReport) -> str:
    return report.longreprtext.strip().rpartition("\n")[2]
