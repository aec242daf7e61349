"""Checks that look at files and at what is served: each half judges alone, and neither passes for the other."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from tests.checks.cases import CONFORMS, NOT_APPLICABLE, UNKNOWN, VIOLATES, Case, shown, verdict
from tests.checks.edits import declared, endpoints, only_endpoint, without_shell
from tests.checks.hosts import Edit, sound_host
from tests.checks.test_cases_complete import all_cases
from tlsfleet.check import BOTH, load_checks
from tlsfleet.facts import NOT_EXAMINED, HostFacts, Unknown

AREAS = {"certificate", "chain", "private-key", "dh-parameters"}
COMPARED = {"dh-parameters.served"}  # which holds one half against the other
CHECKS = [
    check.id for check in load_checks() if check.vantage is BOTH and check.area in AREAS and check.id not in COMPARED
]
SERVED = ("served", "on the wire")
SILENT = Unknown("443", "it fell silent")
DARK: dict[str, Edit] = {
    "nothing told": endpoints(chains=SILENT, dh=SILENT),
    "TLS not reached": endpoints(failure=SILENT),
    "its address unknown": only_endpoint(SILENT),
    "no endpoint known": lambda facts: replace(facts, endpoints=SILENT),
    "not examined": lambda facts: replace(facts, endpoints=NOT_EXAMINED),
}


def served_ill(check: str) -> list[Case]:
    """The cases of a check in which what is served violates it."""
    return [case for case in all_cases() if case.id == check and case.status is VIOLATES and case.name.endswith(SERVED)]


def facts_of(case: Case) -> HostFacts:
    facts = case.facts()
    assert isinstance(facts, HostFacts)
    return facts


def statuses(check: str, *edits: Edit) -> set[object]:
    found = verdict(check, sound_host(*edits))
    return {found.status, *(each.status for each in found.subjects)}


@pytest.mark.parametrize("check", CHECKS)
def test_the_wire_alone_shows_what_is_wrong(check: str) -> None:
    ill = served_ill(check)
    assert ill
    for case in ill:
        found = verdict(check, without_shell(facts_of(case)), parameters=dict(case.parameters))
        assert found.status is VIOLATES, shown(found)
        assert "no shell" in str(found.reason)


@pytest.mark.parametrize("check", CHECKS)
def test_a_finding_on_the_wire_names_the_endpoint_and_how_to_see_it(check: str) -> None:
    findings = [item for case in served_ill(check) for item in verdict(check, facts_of(case)).findings]
    assert findings
    for item in findings:
        assert item.subject.startswith("192.0.2.10:587/smtp")
        assert item.where == "192.0.2.10:587"
        assert item.reproduce.startswith("openssl s_client -connect 192.0.2.10:587 -starttls smtp ")
        assert item.remedy


@pytest.mark.parametrize("dark", DARK)
@pytest.mark.parametrize("check", CHECKS)
def test_what_the_wire_does_not_tell_is_unknown_where_nothing_else_is_looked_at(check: str, dark: str) -> None:
    found = verdict(check, sound_host(DARK[dark], without_shell))
    assert found.status is UNKNOWN, shown(found)


@pytest.mark.parametrize("dark", set(DARK) - {"not examined"})
@pytest.mark.parametrize("check", CHECKS)
def test_a_sound_file_does_not_stand_for_what_is_served(check: str, dark: str) -> None:
    found = verdict(check, sound_host(DARK[dark]))
    assert found.status is UNKNOWN, shown(found)


@pytest.mark.parametrize("edits", [(without_shell,), (declared(wire=False),), ()], ids=["wire", "inside", "both"])
@pytest.mark.parametrize("check", CHECKS)
def test_nothing_is_wrong_with_a_sound_half(check: str, edits: Iterable[Edit]) -> None:
    assert statuses(check, *edits) <= {CONFORMS, NOT_APPLICABLE}


@pytest.mark.parametrize("check", CHECKS)
def test_what_is_served_from_a_file_that_is_judged_is_no_subject_of_its_own(check: str) -> None:
    assert all(each.subject.startswith("/") for each in verdict(check, sound_host()).subjects)
