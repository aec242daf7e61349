"""Bad input is one clear line and exit 4; nothing is written, nothing overwritten, no host asked."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.plugin.fleet import MakeFleet

pytest_plugins = ["pytester"]

SOUND = {"csr.subject": "conforms"}
WAIVER = (
    '[[waiver]]\ncheck = "no.such"\nhost = "*"\nsubject = "*"\nreason = "r"\napproved_by = "a"\nuntil = 2999-01-01\n'
)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--hosts=nobody"], "*no host or group 'nobody'*"),
        (["--hosts=web1,nobody"], "*no host or group 'nobody'*"),
        (["--hosts="], "*--hosts*"),
        (["--inventory=none.ini"], "*none.ini*no such inventory*"),
        (["--policy=note"], "*no policy 'note'*did you mean 'notes'*"),
        (["--policy=mine.toml"], "*mine.toml*cannot be read*"),
        (["--policy=bad.toml"], "*bad.toml:1*"),
        (["--waivers=none.toml"], "*none.toml*cannot be read*"),
        (["--waivers=bad-waivers.toml"], "*bad-waivers.toml:2*no.such*"),
        (["--replay=none"], "*--replay*none*holds no run*"),
        (["--jobs=0"], "*--jobs*number from 1*"),
        (["--jobs=many"], "*--jobs*number from 1*"),
        (["--reports=inventory.ini"], "*--reports*inventory.ini*not a folder*"),
        (["--connection=paramiko"], "*--connection*paramiko*host keys*"),
        (["--ssh-config=none"], "*--ssh-config: none: there is no such file*"),
        (["--ssh-identity-file=none"], "*--ssh-identity-file: none: there is no such file*"),
        (["--force-ansible"], "*--force-ansible: *leave it out*"),
        (["--connection=sssh"], "*--connection*sssh*did you mean*ssh*"),
        (["tests_hosts/test_csr.py::test_none"], "*not found*test_none*"),
    ],
)
def test_bad_input(fleet: MakeFleet, arguments: list[str], said: str) -> None:
    fake = fleet(web1=SOUND)
    (fake.pytester.path / "bad.toml").write_text("identity = 'x'\n", encoding="utf-8")
    (fake.pytester.path / "bad-waivers.toml").write_text(WAIVER, encoding="utf-8")
    before = tree(fake.pytester.path)
    result = fake.run(*arguments, "-p", "no:cacheprovider", "--html=report.html")
    assert result.ret == 4
    assert len([line for line in result.errlines if line.strip()]) == 1 or "test_none" in said
    result.stderr.fnmatch_lines([said])
    assert tree(fake.pytester.path) == before or "test_none" in said
    assert not fake.reports.exists()
    assert fake.asked == []


def tree(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if "__pycache__" not in path.parts}


def test_a_policy_of_the_inventory_that_is_not_there_is_named_with_its_place(fleet: MakeFleet) -> None:
    fake = fleet(web1=SOUND)
    (fake.pytester.path / "inventory.ini").write_text("web1 tls_policy=nots\n", encoding="utf-8")
    result = fake.run()
    assert result.ret == 4
    result.stderr.fnmatch_lines(["ERROR: *inventory.ini:1: tls_policy: there is no policy 'nots'*"])


def test_parameters_of_the_inventory_are_held_against_the_policy(fleet: MakeFleet) -> None:
    fake = fleet(web1=SOUND)
    line = """web1 tls_parameters='{"renewal_day": 14}'\n"""
    (fake.pytester.path / "inventory.ini").write_text(line, encoding="utf-8")
    result = fake.run()
    assert result.ret == 4
    result.stderr.fnmatch_lines(["ERROR: *inventory.ini:1: web1: tls_parameters: *renewal_day*did you mean*"])


def test_an_empty_inventory_is_nothing_to_audit(fleet: MakeFleet) -> None:
    result = fleet({}).run()
    assert result.ret == 5
    result.stderr.fnmatch_lines(["*inventory.ini*nothing to audit*"])


def test_a_check_that_cannot_be_loaded_is_named(fleet: MakeFleet, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = fleet(web1=SOUND)

    def broken() -> None:
        raise ValueError("'Bad.Id' is not of the form area.required-state")

    monkeypatch.setattr("tlsfleet.plugin.load_checks", broken)
    result = fake.run()
    assert result.ret == 4
    result.stderr.fnmatch_lines(["ERROR: *test_input.py:*ValueError: 'Bad.Id' is not of the form*"])


def test_an_area_that_no_audit_holds_is_refused(fleet: MakeFleet) -> None:
    fake = fleet(web1=SOUND)
    (fake.pytester.path / "tests_hosts" / "test_private_key.py").unlink()
    result = fake.run()
    assert result.ret == 4
    result.stderr.fnmatch_lines(["ERROR: tests_hosts/test_private_key.py: is missing: no rule of private-key would*"])


@pytest.mark.parametrize("arguments", [["--numprocesses", "2"], ["--tx", "popen"]])
def test_workers_are_refused(fleet: MakeFleet, arguments: list[str]) -> None:
    fake = fleet(web1=SOUND)
    # What pytest-xdist adds; without it -n is no option.
    fake.pytester.makeconftest(
        """
        pytest_plugins = ["tlsfleet.plugin"]
        def pytest_addoption(parser):
            parser.addoption("--numprocesses")
            parser.addoption("--tx", dest="tx", action="append", default=[])
        """
    )
    result = fake.run(*arguments)
    assert result.ret == 4
    result.stderr.fnmatch_lines(["ERROR: -n:*--jobs*"])


def test_help_needs_no_inventory(fleet: MakeFleet) -> None:
    fake = fleet(web1=SOUND)
    (fake.pytester.path / "inventory.ini").unlink()
    result = fake.run("--help")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["*--replay=RUN*", "*--jobs=N*"])


def run_as(monkeypatch: pytest.MonkeyPatch, answer: Callable[..., bool]) -> None:
    monkeypatch.setattr("os.access", answer)


def test_a_reports_folder_that_cannot_be_written_is_said_before_hosts_are_asked(
    fleet: MakeFleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = fleet(web1=SOUND)
    run_as(monkeypatch, lambda path, mode, **more: "reports" not in str(path) and mode != 3)
    result = fake.run()
    assert result.ret == 4
    result.stderr.fnmatch_lines(["ERROR: --reports: * cannot be written to"])
    assert fake.asked == []
