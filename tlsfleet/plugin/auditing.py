"""A run that audits, as a pytest plugin: an item a check and host, the audit before them, the gate after."""

from collections.abc import Generator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tlsfleet import __version__
from tlsfleet.audit import Audited, Pair, audit
from tlsfleet.check import Check
from tlsfleet.inventory import Target
from tlsfleet.judge import FLEET_HOST
from tlsfleet.plan import Plan
from tlsfleet.report import folders, results, terminal
from tlsfleet.report.html import HtmlReport
from tlsfleet.report.outcome import Judged, Outcome, Shown
from tlsfleet.request import Request
from tlsfleet.verdict import Status

FINAL = {pytest.ExitCode.INTERRUPTED, pytest.ExitCode.INTERNAL_ERROR, pytest.ExitCode.USAGE_ERROR}
NO_PAIR = ("", "")
Made = pytest.Item | pytest.Collector | list[pytest.Item | pytest.Collector] | None
Category = tuple[str, str, tuple[str, dict[str, bool]]]


class Auditing:
    """Holds the items against the verdicts: each is to be reached, and to be shown."""

    def __init__(self, config: pytest.Config, plan: Plan, targets: tuple[Target, ...], request: Request) -> None:
        self.config = config
        self.plan = plan
        self.targets = targets
        self.request = request
        self.strict = bool(config.getini("strict"))
        self.items: dict[Pair, str] = {}  # the node id of each audit selected
        self.shown: set[Pair] = set()
        self.verdicts: dict[Pair, Judged] = {}
        self.audited: Audited | None = None
        self.folder: Path | None = None
        self.html = HtmlReport(config, plan.checks)
        config.pluginmanager.register(self.html, "tlsfleet-html")

    def pytest_report_header(self) -> str:
        """What is audited, by what."""
        hosts = f"{len(self.plan.hosts)} host{'s' * (len(self.plan.hosts) != 1)}"
        policies = ", ".join(sorted({self.plan.policies[host].id for host in self.plan.hosts}))
        again = f", judged again as of {self.plan.times[0]:%Y-%m-%d %H:%M} UTC" if self.plan.times else ""
        return f"tlsfleet {__version__}: {hosts}, policy {policies}, {len(self.plan.waivers)} waivers{again}"

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        if "verdict" in metafunc.fixturenames:
            area = metafunc.function.__name__.removeprefix("test_").replace("_", "-")
            pairs = self.plan.pairs(area)
            metafunc.parametrize("verdict", [self._parameter(*pair) for pair in pairs], indirect=True)
        if "host" in metafunc.fixturenames:
            ids = [quoted(target.name) for target in self.targets] or ["replay"]
            metafunc.parametrize("host", self.targets or [None], ids=ids, indirect=True, scope="module")

    def _parameter(self, host: str, check: Check) -> Any:
        marks = [getattr(pytest.mark, name) for name in (self.plan.level(host, check), check.vantage, check.area)]
        return pytest.param((host, check.id), id=f"{quoted(host)}-{check.id}", marks=marks)

    @pytest.hookimpl(wrapper=True)
    def pytest_pycollect_makeitem(self) -> Generator[None, Made, Made]:
        """No item for an area of which the policy has nothing."""
        made = yield
        if not isinstance(made, list):
            return made
        return [item for item in made if "verdict" not in getattr(item, "fixturenames", ()) or _pair(item)]

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """The fleet's checks last."""
        items.sort(key=lambda item: (_pair(item) or NO_PAIR)[0] == FLEET_HOST)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        self.items = {pair: item.nodeid for item in session.items if (pair := _pair(item))}
        option = self.config.option
        broken = session.testsfailed and not option.continue_on_collection_errors
        if self.items and not broken and not option.collectonly and not option.setupplan:
            self._audit(session)
        return (yield)

    def _audit(self, session: pytest.Session) -> None:
        try:
            self.folder = folders.new_run(self.request.reports, datetime.now(UTC))
        except OSError as error:
            raise pytest.UsageError(f"--reports: {error.filename}: {error.strerror}") from None
        self.audited = audit(
            self.plan, self.items, self.folder, terminal.progress(self.config, "read" if self.plan.times else "asked")
        )
        for verdict in self.audited.run.verdicts:
            self.verdicts[verdict.host, verdict.check] = Judged(verdict, self.strict)
        self.html.open(session, self.folder, self.audited, self.items)
        if self.audited.interrupted:
            raise KeyboardInterrupt

    def judged(self, pair: Pair) -> Judged | None:
        """The verdict of a host and check; None where none was reached."""
        return self.verdicts.get(pair)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        judged = self.verdicts.get(_pair(item) or NO_PAIR)
        if judged is not None and (report.when == "call" or (report.when == "setup" and not report.passed)):
            self.shown.add(judged.pair)
            if report.failed and call.excinfo is not None and call.excinfo.errisinstance(pytest.fail.Exception):
                path, line, _ = item.location
                report.longrepr = Shown(judged.verdict, path, (line or 0) + 1)  # type: ignore[assignment]  # as pytest reads it
            if report.passed and judged.outcome is Outcome.WARNED:
                report.warned = True  # type: ignore[attr-defined]  # reports take attributes
        return report

    def pytest_report_teststatus(self, report: pytest.TestReport) -> Category | None:
        return ("warned", "W", ("WARNED", {"yellow": True})) if getattr(report, "warned", False) else None

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> Generator[None, object, object]:
        """The gate: a run is whole when all its verdicts were reached and shown; one that examined nothing fails."""
        if self.audited is not None and self.folder is not None and self.complete and exitstatus not in FINAL:
            results.write_run(self.folder / results.NAME, self.audited.run)
        result = yield
        if self.audited is not None and session.exitstatus in {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}:
            session.exitstatus = self._status(session)
        return result

    @property
    def missing(self) -> list[str]:
        """The node ids of audits that have shown no verdict."""
        return [node for pair, node in self.items.items() if pair not in self.shown]

    @property
    def complete(self) -> bool:
        return self.audited is not None and not self.audited.interrupted and not self.missing

    def _status(self, session: pytest.Session) -> pytest.ExitCode:
        if not self.complete or any(judged.is_red for judged in self.verdicts.values()):
            return pytest.ExitCode.TESTS_FAILED
        others = session.testscollected > len(self.items)
        examined = any(judged.verdict.status is not Status.NOT_APPLICABLE for judged in self.verdicts.values())
        return pytest.ExitCode.OK if examined or others else pytest.ExitCode.NO_TESTS_COLLECTED

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.audited is not None and self.folder is not None:
            terminal.summarize(terminalreporter, self.audited, self.missing, self.folder)


KEY = pytest.StashKey[Auditing]()


def quoted(host: str) -> str:
    """A host's name as a part of a node id: readable, on one line, and one host's alone."""
    return quote(host, safe="@:/.[]_-", errors="surrogatepass")


def _pair(item: pytest.Item | pytest.Collector) -> Pair | None:
    callspec = getattr(item, "callspec", None)
    pair = callspec.params.get("verdict") if callspec is not None else None
    return pair if isinstance(pair, tuple) else None
