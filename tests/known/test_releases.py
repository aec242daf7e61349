"""The table of releases: forms of their numbers, order of their dates."""

from datetime import date

import pytest

from tlsfleet.known.releases import SOURCES, SUPPORT, source, support


@pytest.mark.parametrize(
    ("distribution", "release", "ends"),
    [
        ("debian", "12", date(2028, 6, 30)),
        ("raspbian", "12", date(2028, 6, 30)),
        ("ubuntu", "22.04", date(2027, 4, 1)),
        ("rocky", "9.4", date(2032, 5, 31)),
        ("alpine", "3.22.1", date(2027, 5, 1)),
        ("amzn", "2023", date(2029, 6, 30)),
    ],
)
def test_support(distribution: str, release: str, ends: date) -> None:
    found = support(distribution, release)
    assert found is not None
    assert found.ends == ends


@pytest.mark.parametrize("where", [("debian", ""), ("debian", "99"), ("ubuntu", "22"), ("plan9", "4"), ("", "")])
def test_unknown(where: tuple[str, str]) -> None:
    assert support(*where) is None


def test_each_distribution_has_its_source() -> None:
    assert set(SOURCES) == set(SUPPORT)
    assert source("raspbian") == SOURCES["debian"]
    assert source("plan9") == ""


def test_later_releases_of_the_long_kind_are_supported_longer() -> None:
    for distribution in ("debian", "rhel", "almalinux", "rocky", "ol", "fedora", "alpine"):
        ends = [found.ends for found in SUPPORT[distribution].values()]
        assert ends == sorted(ends), distribution
