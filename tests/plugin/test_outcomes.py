"""What pytest makes of each status at each level, and how it exits."""

import json
from xml.etree import ElementTree as ET

import pytest

from tests.plugin.fleet import MakeFleet

pytest_plugins = ["pytester"]

MUST, SHOULD, MAY = "private-key.permissions", "csr.subject", "certificate.subject"
SOUND = {MUST: "conforms", "private-key.strength": "conforms", SHOULD: "conforms", MAY: "conforms"}
WAIVER = """
[[waiver]]
check = "private-key.permissions"
host = "web1"
subject = "*"
reason = "until spring"
approved_by = "Ada"
until = 2999-01-01
"""


@pytest.mark.parametrize(
    ("check", "status", "outcome", "code"),
    [
        (MUST, "conforms", "passed", 0),
        (MUST, "violates", "failed", 1),
        (MUST, "unknown", "errors", 1),
        (MUST, "raises", "errors", 1),
        (MUST, "not-applicable", "skipped", 0),
        (SHOULD, "violates", "warned", 0),
        (SHOULD, "unknown", "errors", 1),
        (MAY, "violates", "warned", 0),
        (MAY, "unknown", "warned", 0),
        (MAY, "raises", "errors", 1),
    ],
)
def test_outcome_and_exit(fleet: MakeFleet, check: str, status: str, outcome: str, code: int) -> None:
    result = fleet(web1={**SOUND, check: status}).run()
    counts = result.parseoutcomes()
    rest = {"passed": 3, "skipped": 1}  # the other checks, and the fleet's
    assert counts == {**rest, outcome: rest.get(outcome, 0) + 1}
    assert result.ret == code


@pytest.mark.parametrize("check", [SHOULD, MAY])
def test_strict_fails_a_violated_should_alone(fleet: MakeFleet, check: str) -> None:
    result = fleet(web1={**SOUND, check: "violates"}).run("--strict")
    assert result.ret == (1 if check == SHOULD else 0)
    assert ("failed" if check == SHOULD else "warned") in result.parseoutcomes()


def test_waived_is_expected(fleet: MakeFleet) -> None:
    fake = fleet(web1={**SOUND, MUST: "violates"})
    (fake.pytester.path / "waivers.toml").write_text(WAIVER, encoding="utf-8")
    result = fake.run("-rx")
    assert result.ret == 0
    assert result.parseoutcomes()["xfailed"] == 1
    result.stdout.fnmatch_lines(["XFAIL*private-key.permissions?*until spring (Ada, until 2999-01-01)*"])
    assert fake.status("web1", MUST) == "waived"


def test_waived_counts_for_what_it_is_under_runxfail(fleet: MakeFleet) -> None:
    fake = fleet(web1={**SOUND, MUST: "violates"})
    (fake.pytester.path / "waivers.toml").write_text(WAIVER, encoding="utf-8")
    result = fake.run("--runxfail")
    assert result.ret == 1
    assert result.parseoutcomes()["failed"] == 1


def test_a_failure_is_a_short_table_without_a_traceback(fleet: MakeFleet) -> None:
    result = fleet(web1={**SOUND, MUST: "violates"}).run()
    result.stdout.fnmatch_lines(
        [
            "private-key.permissions (MUST) on web1: violates",
            "*subject*/etc/private-key.permissions",
            "*observed*seen this",
            "*expected*that",
            "*where*/etc/file:1",
            "*remedy*mend --it",
            "*reproduce*show --it",
        ]
    )
    assert not any("Traceback" in line or ".py:" in line for line in result.outlines if "::" not in line)


def test_a_warning_is_named_where_reasons_are_asked_for(fleet: MakeFleet) -> None:
    result = fleet(web1={**SOUND, SHOULD: "violates"}).run("-rA")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["WARNED *csr.subject?*seen this; expected that*"])


def test_verbose_says_warned(fleet: MakeFleet) -> None:
    result = fleet(web1={**SOUND, SHOULD: "violates"}).run("-v")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["*[[]web1-csr.subject[]] WARNED*"])


def test_nothing_examined_is_no_success(fleet: MakeFleet) -> None:
    result = fleet(web1={}).run()
    assert result.ret == 5
    result.stdout.fnmatch_lines(["nothing was examined*"])


def test_a_dead_host_is_unknown_and_nobody_else(fleet: MakeFleet) -> None:
    fake = fleet(web1=SOUND, web2="no answer within the connect timeout", web3=SOUND)
    result = fake.run()
    assert result.ret == 1
    assert result.parseoutcomes() == {"passed": 8, "errors": 3, "warned": 1, "skipped": 1}
    result.stdout.fnmatch_lines(["*web2: no answer within the connect timeout"])


def test_junit_has_the_true_status(fleet: MakeFleet) -> None:
    fake = fleet(web1={**SOUND, SHOULD: "violates", MUST: "unknown"})
    fake.run("--junitxml=junit.xml")
    cases = {case.get("name"): case for case in ET.parse(fake.pytester.path / "junit.xml").iter("testcase")}
    warned = {each.get("name"): each.get("value") for each in cases["test_csr[web1-csr.subject]"].iter("property")}
    assert warned == {
        "host": "web1",
        "check": "csr.subject",
        "policy": "notes",
        "level": "SHOULD",
        "status": "violates",
        "outcome": "warned",
        "reason": "/etc/csr.subject: seen this; expected that",
    }
    unknown = cases[f"test_private_key[web1-{MUST}]"]
    assert unknown.find("error") is not None
    assert {"unknown", "error"} <= {each.get("value") for each in unknown.iter("property")}
    assert json.dumps(warned)
