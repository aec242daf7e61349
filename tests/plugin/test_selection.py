"""Which audits are made of which arguments, their ids and marks, and whom they ask."""

import json
from urllib.parse import unquote

import pytest

from tests.plugin.fleet import ROOT, MakeFleet

pytest_plugins = ["pytester"]

SOUND = dict.fromkeys(
    ("private-key.permissions", "private-key.strength", "csr.subject", "certificate.subject"), "conforms"
)
ITEM = "tests_hosts/test_private_key.py::test_private_key[web1-private-key.permissions]"


def nodes(result: pytest.RunResult) -> list[str]:
    return [line for line in result.outlines if "::" in line and " " not in line]


def test_ids_are_host_and_check_the_fleet_last(fleet: MakeFleet) -> None:
    fake = fleet(web1=SOUND, web2=SOUND)
    assert nodes(fake.run("--collect-only", "-q")) == [
        "tests_hosts/test_certificate.py::test_certificate[web1-certificate.subject]",
        "tests_hosts/test_certificate.py::test_certificate[web2-certificate.subject]",
        "tests_hosts/test_csr.py::test_csr[web1-csr.subject]",
        "tests_hosts/test_csr.py::test_csr[web2-csr.subject]",
        "tests_hosts/test_private_key.py::test_private_key[web1-private-key.permissions]",
        "tests_hosts/test_private_key.py::test_private_key[web1-private-key.strength]",
        "tests_hosts/test_private_key.py::test_private_key[web2-private-key.permissions]",
        "tests_hosts/test_private_key.py::test_private_key[web2-private-key.strength]",
        "tests_hosts/test_private_key.py::test_private_key[fleet-private-key.not-shared]",
    ]


def test_collecting_asks_no_host_and_writes_nothing(fleet: MakeFleet) -> None:
    fake = fleet(web1=SOUND)
    assert fake.run("--collect-only").ret == 0
    assert fake.run("--setup-plan").ret == 0
    assert fake.asked == []
    assert not fake.reports.exists()


@pytest.mark.parametrize(
    ("arguments", "checks"),
    [
        (["-m", "MUST"], {"private-key.permissions", "private-key.strength"}),
        (["-m", "SHOULD and inside"], {"csr.subject"}),
        (["-m", "private-key and not fleet"], {"private-key.permissions", "private-key.strength"}),
        (["-m", "fleet"], {"private-key.not-shared"}),
        (["-k", "strength or csr"], {"private-key.strength", "csr.subject"}),
        (["tests_hosts/test_csr.py"], {"csr.subject"}),
        ([ITEM], {"private-key.permissions"}),
        (["--deselect", "tests_hosts/test_private_key.py", "-m", "not MAY"], {"csr.subject"}),
    ],
)
def test_what_is_selected_is_judged_and_nothing_else(fleet: MakeFleet, arguments: list[str], checks: set[str]) -> None:
    fake = fleet(web1=SOUND)
    fake.run(*arguments)
    verdicts, run = fake.results()
    assert {verdict.check for verdict in verdicts} == checks
    assert run is not None


def test_only_the_hosts_of_selected_audits_are_asked(fleet: MakeFleet) -> None:
    fake = fleet(web1=SOUND, web2=SOUND)
    fake.run(ITEM)
    assert fake.asked == ["web1"]


def test_fleet_checks_need_every_host(fleet: MakeFleet) -> None:
    fake = fleet(web1=SOUND, web2=SOUND)
    fake.run("-m", "fleet")
    assert sorted(fake.asked) == ["web1", "web2"]


def test_a_part_of_the_inventory_is_named_so(fleet: MakeFleet) -> None:
    fake = fleet(web1=SOUND, web2=SOUND)
    fake.run("--hosts=web1", "-m", "fleet or MUST")
    verdicts, run = fake.results()
    assert run is not None
    assert run.selection == "--hosts=web1 -m 'fleet or MUST'"
    assert "not the whole inventory" in str(next(each.reason for each in verdicts if each.host == "fleet"))


def test_marks_are_registered(fleet: MakeFleet) -> None:
    lines = fleet(web1=SOUND).run("--markers").stdout.str()
    for mark in ("MUST", "SHOULD", "MAY", "inside", "wire", "both", "fleet", "private-key", "csr"):
        assert f"@pytest.mark.{mark}:" in lines


def test_names_of_odd_characters_give_ids_of_one_host_each(fleet: MakeFleet) -> None:
    odd = ["ssh://user@10.0.0.1:22", "ssh://[::1]:2222", "ssh://höst", "ssh://a%20b", "docker://web_1"]
    fake = fleet(web1=SOUND)
    result = fake.run("--collect-only", "-q", "-k", "csr", f"--hosts={','.join(odd)}")
    names = [node.partition("[")[2].removesuffix("-csr.subject]") for node in nodes(result)]
    assert [unquote(name) for name in names] == odd
    assert len(set(names)) == len(odd)
    assert all(name.isascii() and name.isprintable() for name in names)


@pytest.mark.parametrize("host", ["ssh://[::1]:2222", "ssh://user@10.0.0.1:22"])
def test_an_id_of_a_spec_can_be_given_back(fleet: MakeFleet, host: str) -> None:
    fake = fleet(web1=SOUND)
    node = nodes(fake.run("--collect-only", "-q", "-k", "csr", f"--hosts={host}"))[0]
    fake.run(node, f"--hosts={host}")
    assert [verdict.host for verdict in fake.results()[0]] == [host]


def test_a_password_in_a_spec_is_written_nowhere(fleet: MakeFleet) -> None:
    fake = fleet(web1=SOUND)
    result = fake.run("--hosts=ssh://user:geheim@web1", "--junitxml=junit.xml", "-rA", "-v")
    written = [path.read_bytes() for path in fake.pytester.path.rglob("*") if path.is_file()]
    said = [text.str().encode() for text in (result.stdout, result.stderr)]
    assert not any(b"geheim" in text for text in [*written, *said])
    assert json.loads((fake.latest / "results.jsonl").read_text().splitlines()[0])["host"] == "ssh://user@web1"


def test_the_self_tests_need_no_inventory(fleet: MakeFleet) -> None:
    fake = fleet(web1=SOUND)
    (fake.pytester.path / "inventory.ini").unlink()
    (fake.pytester.path / "tests").mkdir()
    (fake.pytester.path / "tests" / "test_one.py").write_text("def test_one(): pass\n", encoding="utf-8")
    assert fake.run("tests").parseoutcomes() == {"passed": 1}
    assert not fake.reports.exists()
    assert fake.run().ret == 4


def test_all_folders_at_once_leave_the_audits_out(fleet: MakeFleet) -> None:
    fake = fleet(web1=SOUND)
    (fake.pytester.path / "tests").mkdir()
    (fake.pytester.path / "tests" / "test_one.py").write_text("def test_one(): pass\n", encoding="utf-8")
    assert fake.run(".").parseoutcomes() == {"passed": 1}
    assert fake.asked == []


def test_last_failed_runs_what_failed(fleet: MakeFleet) -> None:
    fake = fleet(web1={**SOUND, "csr.subject": "unknown", "private-key.strength": "violates"})
    fake.run()
    fake.run("--lf")
    assert {verdict.check for verdict in fake.results()[0]} == {"csr.subject", "private-key.strength"}


def test_a_test_of_the_users_own_gets_each_host(fleet: MakeFleet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tlsfleet.inside.testinfra_host", lambda target, options: target.name)
    fake = fleet(web1=SOUND, web2=SOUND)
    own = "def test_own(host):\n    assert host == 'web1'\n"
    (fake.pytester.path / "tests_hosts" / "test_own.py").write_text(own, encoding="utf-8")
    result = fake.run("tests_hosts/test_own.py", "-v")
    assert result.parseoutcomes() == {"passed": 1, "failed": 1}
    result.stdout.fnmatch_lines(["*::test_own[[]web1[]] PASSED*", "*::test_own[[]web2[]] FAILED*"])


def test_a_test_of_the_users_own_stands_in_the_report(fleet: MakeFleet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tlsfleet.inside.testinfra_host", lambda target, options: target.name)
    fake = fleet(web1=SOUND)
    own = "def test_own(host):\n    assert host == '<script>'\n"
    (fake.pytester.path / "tests_hosts" / "test_own.py").write_text(own, encoding="utf-8")
    assert fake.run().parseoutcomes() == {"passed": 4, "skipped": 1, "failed": 1}
    assert "test_own" in (fake.latest / "report.html").read_text(encoding="utf-8")


def test_an_area_that_is_switched_off_is_not_counted(fleet: MakeFleet) -> None:
    fake = fleet(web1=SOUND)
    policy = ROOT / "policies" / "notes.toml"
    off = policy.read_text() + '[checks."csr.subject"]\nlevel = "off"\nclause = "not ours"\n'
    fake.pytester.path.joinpath("mine.toml").write_text(off)
    result = fake.run("--policy=mine.toml", "--collect-only")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["collected 4 items"])
    result.stdout.no_fnmatch_line("*csr*")
