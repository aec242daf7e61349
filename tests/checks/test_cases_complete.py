"""Every registered check has a case that conforms and one that violates; a sound host passes all."""

import importlib
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.checks.cases import CONFORMS, NOT_APPLICABLE, UNKNOWN, VIOLATES, Case, shown, verdict
from tests.checks.certificates import NOW
from tests.checks.edits import without_set
from tests.checks.hosts import sound_host
from tlsfleet.check import FLEET, Check, load_checks
from tlsfleet.facts import Declared, HostFacts


def all_cases() -> list[Case]:
    """The CASES of every module here."""
    modules = sorted(path.stem for path in Path(__file__).parent.glob("test_*.py"))
    return [case for name in modules for case in getattr(importlib.import_module(f"tests.checks.{name}"), "CASES", [])]


@pytest.mark.parametrize("check", load_checks(), ids=lambda check: check.id)
def test_a_check_has_a_conforming_and_a_violating_case(check: Check) -> None:
    statuses = {case.status for case in all_cases() if case.id == check.id}
    assert {CONFORMS, VIOLATES} <= statuses


def test_no_two_cases_have_one_name() -> None:
    assert [name for name, count in Counter(map(str, all_cases())).items() if count > 1] == []


def test_each_case_is_of_a_registered_check() -> None:
    assert {case.id for case in all_cases()} <= {check.id for check in load_checks()}


@pytest.mark.parametrize("check", load_checks(), ids=lambda check: check.id)
@pytest.mark.parametrize("host", [sound_host, lambda: sound_host(without_set)], ids=["notes", "certbot"])
def test_nothing_is_wrong_with_a_sound_host(check: Check, host: Callable[[], HostFacts]) -> None:
    found = verdict(check.id, host())
    assert found.status in {CONFORMS, NOT_APPLICABLE}, shown(found)


@pytest.mark.parametrize("check", load_checks(), ids=lambda check: check.id)
def test_nothing_conforms_where_nothing_was_collected(check: Check) -> None:
    found = verdict(check.id, HostFacts("web1", NOW, Declared(names=("web1.example.org",), key_readers=("web",))))
    assert found.status is (NOT_APPLICABLE if check.vantage is FLEET else UNKNOWN), shown(found)


@pytest.mark.parametrize("check", load_checks(), ids=lambda check: check.id)
def test_a_check_says_what_must_hold_why_by_whom_and_how_to_mend_it(check: Check) -> None:
    assert check.title.endswith(".")
    assert all(check.section(heading) for heading in ("Why", "Source", "Remedy"))
