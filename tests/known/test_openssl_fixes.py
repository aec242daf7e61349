"""The tables of OpenSSL's flaws hold together, and answer as the advisories do."""

import pytest

from tlsfleet.known.openssl_fixes import FIXES, FLAWS, NEVER, fix, flaws, upstream_fix
from tlsfleet.known.versions import OpensslVersion, compare, openssl


def version(text: str) -> OpensslVersion:
    found = openssl(text)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "cves"),
    [
        ("0.9.8y", {"CVE-2014-0224", "CVE-2022-0778"}),
        ("1.0.1f", {"CVE-2014-0160", "CVE-2014-0224", "CVE-2022-0778"}),
        ("1.0.1g", {"CVE-2014-0224", "CVE-2022-0778"}),
        ("1.0.1h", {"CVE-2022-0778"}),
        ("1.0.2zc", {"CVE-2022-0778"}),
        ("1.0.2zd", set()),
        ("1.1.0l", {"CVE-2022-0778"}),
        ("1.1.1m", {"CVE-2022-0778"}),
        ("1.1.1n", set()),
        ("3.0.1", {"CVE-2022-0778", "CVE-2022-3602"}),
        ("3.0.6", {"CVE-2022-3602"}),
        ("3.0.7", set()),
        ("3.5.4", set()),
    ],
)
def test_upstream(text: str, cves: set[str]) -> None:
    assert {flaw.cve for flaw in flaws(version(text))} == cves


def test_the_first_fixed_version_of_a_branch() -> None:
    found = {flaw.cve: upstream_fix(flaw, version("1.0.1e")) for flaw in flaws(version("1.0.1e"))}
    assert found == {"CVE-2014-0160": "1.0.1g", "CVE-2014-0224": "1.0.1h", "CVE-2022-0778": "1.0.2zd"}


def test_every_fix_is_of_a_known_flaw_has_its_advisory_and_stands_once() -> None:
    keys = [(row.distribution, row.release, row.branch, row.cve) for row in FIXES]
    assert len(set(keys)) == len(keys)
    assert {row.cve for row in FIXES} <= {flaw.cve for flaw in FLAWS}
    assert all(row.advisory for row in FIXES)


def test_later_fixes_of_a_release_come_in_later_versions() -> None:
    for one in FIXES:
        for two in FIXES:
            same = (one.distribution, one.release, one.branch) == (two.distribution, two.release, two.branch)
            if same and one.cve < two.cve and NEVER not in {one.version, two.version}:
                manager = "rpm" if one.distribution == "rhel" else "dpkg"
                order = compare(manager, one.version, two.version)
                assert order is not None
                assert order < 0, (one, two)


@pytest.mark.parametrize(
    ("distribution", "release", "installed", "wanted"),
    [
        ("debian", "11", "1.1.1k-1+deb11u1", "1.1.1k-1+deb11u2"),
        ("raspbian", "11", "1.1.1k-1+deb11u1+rpt1", "1.1.1k-1+deb11u2"),
        ("almalinux", "8.5", "1:1.1.1k-5.el8_5", "1:1.1.1k-6"),
        ("centos", "7", "1:1.0.2k-21.el7_9", "1:1.0.2k-25.el7_9"),
        ("ubuntu", "20.04", "1.1.1f-1ubuntu2", "1.1.1f-1ubuntu2.12"),
    ],
)
def test_a_distribution(distribution: str, release: str, installed: str, wanted: str) -> None:
    found = fix(distribution, release, version(installed), FLAWS[2])
    assert found is not None
    assert found.version == wanted


@pytest.mark.parametrize("where", [("debian", "8"), ("slackware", "15.0"), ("", "")])
def test_what_is_not_in_the_table_is_not_guessed(where: tuple[str, str]) -> None:
    assert fix(*where, version("1.0.1t"), FLAWS[2]) is None
