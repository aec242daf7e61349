"""A saved run is judged again: without a host, under another policy or other waivers, with its own times."""

import json

import pytest

from tests.plugin.fleet import FakeFleet, MakeFleet

pytest_plugins = ["pytester"]

MUST, SHOULD = "private-key.permissions", "csr.subject"
SOUND = dict.fromkeys((MUST, "private-key.strength", SHOULD, "certificate.subject"), "conforms")
POLICY = """
extends = "notes"
id = "mine"
version = "1"
date = 2026-01-01
source = "me"
[checks."private-key.permissions"]
level = "MAY"
clause = "I may"
[checks."csr.subject"]
level = "off"
clause = "I need none"
"""
WAIVER = (
    '[[waiver]]\ncheck = "private-key.permissions"\nhost = "web*"\nsubject = "*"\n'
    'reason = "r"\napproved_by = "a"\nuntil = 2999-01-01\n'
)


@pytest.fixture
def saved(fleet: MakeFleet) -> FakeFleet:
    """A run of two hosts, one at fault, one dead, that no host is asked for again."""
    fake = fleet(web1={**SOUND, MUST: "violates"}, web2="no route to it")
    fake.run()
    (fake.pytester.path / "inventory.ini").unlink()
    fake.asked.clear()
    return fake


def test_it_says_the_same_and_asks_nobody(saved: FakeFleet) -> None:
    before, run = saved.results()
    folder = saved.latest.resolve()
    kept = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    result = saved.run("--replay=latest")
    assert result.ret == 1
    assert run is not None
    result.stdout.fnmatch_lines(
        [f"tlsfleet *, judged again as of {run.started_at:%Y-%m-%d %H:%M} UTC", "read 2 of 2: *"]
    )
    after, again = saved.results()
    assert after == before
    assert again == run
    assert saved.asked == []
    assert saved.latest.resolve() != folder
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == kept


@pytest.mark.parametrize("form", ["name", "path", "absolute"])
def test_a_run_is_named_by_name_or_path(saved: FakeFleet, form: str) -> None:
    name = saved.latest.resolve().name
    text = {"name": name, "path": f"reports/{name}", "absolute": str(saved.latest.resolve())}[form]
    assert saved.run(f"--replay={text}").ret == 1
    assert len(saved.results()[0]) == 9


def test_a_replay_can_be_replayed(saved: FakeFleet) -> None:
    before = saved.results()
    saved.run("--replay=latest")
    saved.run("--replay=latest")
    assert saved.results() == before


def test_hosts_choose_among_those_of_the_run(saved: FakeFleet) -> None:
    saved.run("--replay=latest", "--hosts=*1")
    verdicts, run = saved.results()
    assert run is not None
    assert run.hosts == ("web1",)
    assert "not the whole inventory" in str(verdicts[-1].reason)


def test_a_host_that_the_run_lacks_is_a_usage_error(saved: FakeFleet) -> None:
    result = saved.run("--replay=latest", "--hosts=web3")
    assert result.ret == 4
    result.stderr.fnmatch_lines(["ERROR: --hosts: no host 'web3' in the run *; did you mean *"])


def test_another_policy(saved: FakeFleet) -> None:
    (saved.pytester.path / "mine.toml").write_text(POLICY, encoding="utf-8")
    result = saved.run("--replay=latest", "--policy=mine.toml", "--hosts=web1")
    assert result.ret == 0
    assert result.parseoutcomes() == {"passed": 2, "warned": 1, "skipped": 1}
    verdicts, _ = saved.results()
    assert SHOULD not in {verdict.check for verdict in verdicts}
    assert verdicts[0].findings[0].clause == "I may"


def test_other_waivers(saved: FakeFleet) -> None:
    (saved.pytester.path / "accepted.toml").write_text(WAIVER, encoding="utf-8")
    result = saved.run("--replay=latest", "--waivers=accepted.toml", "--hosts=web1")
    assert result.ret == 0
    assert result.parseoutcomes()["xfailed"] == 1


def test_damaged_evidence_is_one_line_and_no_run(saved: FakeFleet) -> None:
    before = {path.name for path in saved.reports.iterdir()}
    path = saved.latest / "evidence" / "web1.jsonl"
    path.write_text(path.read_text(encoding="utf-8")[:-20], encoding="utf-8")
    result = saved.run("--replay=latest")
    assert result.ret == 4
    result.stderr.fnmatch_lines(["ERROR: --replay: *web1.jsonl:*damaged*"])
    assert len([line for line in result.errlines if line.strip()]) == 1
    assert {path.name for path in saved.reports.iterdir()} == before


@pytest.mark.parametrize("declared", [{"policy": 5}, {"parameters": [1]}, {"policy": "none"}, {"parameters": {"x": 1}}])
def test_evidence_that_declares_nonsense_is_one_line(saved: FakeFleet, declared: dict[str, object]) -> None:
    path = saved.latest / "evidence" / "web1.jsonl"
    head, _, rest = path.read_text(encoding="utf-8").partition("\n")
    path.write_text(json.dumps({**json.loads(head), "declared": declared}) + "\n" + rest, encoding="utf-8")
    result = saved.run("--replay=latest")
    assert result.ret == 4
    result.stderr.fnmatch_lines(["ERROR: --replay: *web1*"])


def test_a_run_that_was_cut_off_is_judged_by_its_evidence(saved: FakeFleet) -> None:
    (saved.latest / "results.jsonl").unlink()
    assert saved.run("--replay=latest").ret == 1
    assert len(saved.results()[0]) == 9


def test_a_test_of_the_users_own_is_skipped(saved: FakeFleet) -> None:
    own = saved.pytester.path / "tests_hosts" / "test_own.py"
    own.write_text("def test_own(host): pass\n", encoding="utf-8")
    result = saved.run("--replay=latest", "tests_hosts/test_own.py", "-rs")
    assert result.parseoutcomes() == {"skipped": 1}
    result.stdout.fnmatch_lines(["SKIPPED*a replay connects to no host"])
