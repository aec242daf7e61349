"""No run passes that is not whole: the gate, interrupts, and plugins that are left out."""

import json
import threading
from pathlib import Path

import pytest

from tests.plugin.fleet import FakeFleet, MakeFleet, build
from tlsfleet import inside
from tlsfleet.audit import Arrived
from tlsfleet.evidence import Evidence
from tlsfleet.facts import HostFacts
from tlsfleet.inventory import Target
from tlsfleet.policy import Policy

pytest_plugins = ["pytester"]

MUST = "private-key.permissions"
SOUND = dict.fromkeys((MUST, "private-key.strength", "csr.subject", "certificate.subject"), "conforms")


def test_a_verdict_that_is_missing_fails_and_is_named(fleet: MakeFleet, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = fleet(web1=SOUND)
    drop = """
        import pytest
        pytest_plugins = ["tlsfleet.plugin"]
        @pytest.hookimpl(tryfirst=True)
        def pytest_runtest_protocol(item, nextitem):
            return True if "csr.subject" in item.nodeid else None  # as if it had been run
    """
    fake.pytester.makeconftest(drop)
    result = fake.run()
    assert result.ret == 1
    assert result.parseoutcomes() == {"passed": 3, "skipped": 1}
    result.stdout.fnmatch_lines(["incomplete: 1 audit*test_csr?web1-csr.subject?"])
    assert fake.results()[1] is None


def test_an_outcome_that_another_plugin_turns_is_no_success(fleet: MakeFleet) -> None:
    fake = fleet(web1={**SOUND, MUST: "violates"})
    turn = """
        import pytest
        pytest_plugins = ["tlsfleet.plugin"]
        @pytest.hookimpl(wrapper=True, tryfirst=True)
        def pytest_runtest_makereport(item, call):
            report = yield
            report.outcome = "passed"
            return report
    """
    fake.pytester.makeconftest(turn)
    result = fake.run()
    assert "failed" not in result.parseoutcomes()
    assert result.ret == 1


@pytest.mark.parametrize(
    "plugin",
    ["terminal", "html", "metadata", "cacheprovider", "skipping", "junitxml", "capture", "logging", "warnings"],
)
def test_without_a_plugin_a_failure_stays_one(fleet: MakeFleet, plugin: str) -> None:
    fake = fleet(web1={**SOUND, MUST: "violates"})
    assert fake.run("-p", f"no:{plugin}").ret == 1
    assert fake.status("web1", MUST) == "violates"
    assert (fake.latest / "report.html").exists() == (plugin != "html")


@pytest.mark.parametrize("plugin", ["terminal", "html", "metadata", "cacheprovider", "testinfra"])
def test_without_a_plugin_a_sound_fleet_passes(fleet: MakeFleet, plugin: str) -> None:
    fake = fleet(web1=SOUND)
    assert fake.run("-p", f"no:{plugin}", "-p", f"no:pytest11.{plugin}").ret == 0
    assert fake.results()[1] is not None


def test_stopped_at_the_first_failure_is_incomplete(fleet: MakeFleet) -> None:
    fake = fleet(web1={**SOUND, "csr.subject": "unknown"})
    result = fake.run("-x")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["incomplete: 3 audits*"])
    verdicts, run = fake.results()
    assert len(verdicts) == 5
    assert run is None
    assert "Incomplete" in (fake.latest / "report.html").read_text(encoding="utf-8")


def test_interrupted_while_hosts_are_asked_keeps_what_came(fleet: MakeFleet, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = fleet(web1={**SOUND, MUST: "violates"}, web2=SOUND, web3=SOUND)
    keep_one_then_interrupt(fake, monkeypatch)
    result = fake.run("--jobs=1")
    assert result.ret == 2
    verdicts, run = fake.results()
    assert {verdict.host for verdict in verdicts} == {"web1"}
    assert run is None
    assert [path.name for path in (fake.latest / "evidence").iterdir()] == ["web1.jsonl"]
    page = (fake.latest / "report.html").read_text(encoding="utf-8")
    assert "Incomplete" in page
    assert "Further findings (1)" in page
    result.stdout.fnmatch_lines(["*web1*private-key.permissions*seen this*", "incomplete: *", "*no tests ran*"])


def test_an_interrupt_ends_what_is_running(fleet: MakeFleet, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = fleet(web1=SOUND, web2=SOUND, web3=SOUND, web4=SOUND)
    stopped = threading.Event()

    def collect(target: Target, options: inside.Options, policy: Policy) -> Evidence:
        if target.name != "web1":
            assert stopped.wait(60), "nobody ended it"
        return fake.collect(target, options, policy)

    monkeypatch.setattr("tlsfleet.inside.collect", collect)
    monkeypatch.setattr("tlsfleet.inside.stop", stopped.set)
    keep_one_then_interrupt(fake, monkeypatch)
    assert fake.run("--jobs=2").ret == 2
    assert {"web1", "web2"} <= set(fake.asked) <= {"web1", "web2", "web3"}  # a third may have begun by then
    assert {verdict.host for verdict in fake.results()[0]} == {"web1"}


def keep_one_then_interrupt(fake: FakeFleet, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupting(config: pytest.Config, done: str) -> Arrived:
        def arrived(evidence: Evidence, came: int, of: int) -> None:
            raise KeyboardInterrupt

        return arrived

    monkeypatch.setattr("tlsfleet.report.terminal.progress", interrupting)


def test_a_fault_of_ours_costs_one_host(fleet: MakeFleet, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = fleet(web1=SOUND, web2=SOUND)

    def collect(target: Target, options: inside.Options, policy: Policy) -> Evidence:
        if target.name == "web1":
            raise OSError("too many open files")
        return fake.collect(target, options, policy)

    monkeypatch.setattr("tlsfleet.inside.collect", collect)
    assert fake.run().ret == 1
    assert fake.status("web1", MUST) == "unknown"
    assert fake.status("web2", MUST) == "conforms"


def test_evidence_that_cannot_be_understood_costs_one_host(fleet: MakeFleet, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = fleet(web1=SOUND, web2=SOUND)

    def broken(evidence: Evidence) -> HostFacts:
        if evidence.host == "web1":
            raise KeyError("mode")
        return build(evidence)

    monkeypatch.setattr("tlsfleet.inside.build", broken)
    assert fake.run().ret == 1
    assert fake.status("web1", MUST) == "unknown"
    assert fake.status("web2", MUST) == "conforms"


def test_what_a_run_leaves(fleet: MakeFleet) -> None:
    fake = fleet({"web1": SOUND, "ssh://user@[::1]:22": SOUND})
    (fake.pytester.path / "inventory.ini").write_text("web1\n", encoding="utf-8")
    fake.run("--hosts=web1,ssh://user@[::1]:22")
    assert fake.latest.is_symlink()
    assert not Path(str(fake.latest.readlink())).is_absolute()
    names = {path.relative_to(fake.latest).as_posix() for path in fake.latest.rglob("*")}
    assert names == {
        *("evidence", "facts", "results.jsonl", "report.html"),
        *("evidence/web1.jsonl", "evidence/ssh%3A%2F%2Fuser@%5B%3A%3A1%5D%3A22.jsonl"),
        *("facts/web1.json", "facts/ssh%3A%2F%2Fuser@%5B%3A%3A1%5D%3A22.json"),
    }
    assert json.loads((fake.latest / "facts" / "web1.json").read_text())["host"] == "web1"


def test_runs_never_share_a_folder(fleet: MakeFleet) -> None:
    fake = fleet(web1=SOUND)
    for _ in range(3):
        fake.run()
    runs = [path for path in fake.reports.iterdir() if not path.is_symlink()]
    assert len(runs) == 3
    assert fake.latest.resolve() == max(runs)


def test_the_users_own_html_path_is_kept(fleet: MakeFleet) -> None:
    fake = fleet(web1={**SOUND, MUST: "violates"})
    fake.run("--html=mine.html")
    page = (fake.pytester.path / "mine.html").read_text(encoding="utf-8")
    assert "1 violation of a MUST" in page
    assert not (fake.pytester.path / "assets").exists()
    assert not (fake.latest / "report.html").exists()


def test_quiet_shows_no_progress(fleet: MakeFleet) -> None:
    fake = fleet(web1=SOUND)
    assert "asked 1 of 1" in fake.run().stdout.str()
    assert "asked" not in fake.run("-q").stdout.str()
