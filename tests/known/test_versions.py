"""Version orders: known cases, and dpkg's own verdict where it is installed."""

import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tlsfleet.known import versions

LESS = {
    versions.compare_dpkg: [
        ("1.0.1e-2+deb7u9", "1.0.1e-2+deb7u10"),
        ("3.0.0~~alpha1-1", "3.0.0-1"),
        ("1.1.1n-0+deb11u5", "1.1.1w-0+deb11u1"),
        ("1.0.1f-1ubuntu2", "1.0.1f-1ubuntu2.2"),
        ("9.9-9", "1:0.1-1"),
        ("1.0", "1.0-1"),
        ("1.0a", "1.0+b"),
        ("1.0.2g-1ubuntu4.20", "1.0.2g-1ubuntu4.20+esm2"),
        ("3.0.16-1~deb12u1", "3.0.16-1"),
    ],
    versions.compare_rpm: [
        ("1.0.1e-16.el6_5.7", "1.0.1e-16.el6_5.14"),
        ("1:1.1.1k-5.el8_5", "1:1.1.1k-6"),
        ("1:1.1.1k-6", "1:1.1.1k-6.el8"),
        ("1:3.0.1-41.el9_0", "1:3.0.1-43.el9_0"),
        ("1.0~rc1-1", "1.0-1"),
        ("1.0-1", "1.0^20220101-1"),
        ("1.0^20220101-1", "1.0.1-1"),
        ("1.0.a", "1.0.1"),
        ("0:9-1", "1:1-1"),
        ("2.0", "2.0.1"),
    ],
    versions.openssl: [
        ("0.9.8z", "0.9.8za"),
        ("OpenSSL 1.0.2u  20 Dec 2019", "OpenSSL 1.0.2zd  15 Mar 2022"),
        ("1:1.1.1k-6.el8_5", "1.1.1n-0+deb11u1"),
        ("1.1.1w-r1", "3.0.0"),
        ("OpenSSL 1.0.1e-fips 11 Feb 2013", "1.0.1g"),
        ("3.0.9", "3.0.11-1~deb12u2"),
    ],
}
VERSION = st.from_regex(r"\A([0-9]:)?[0-9][A-Za-z0-9.+~]{0,8}(-[A-Za-z0-9.+~]{1,5})?\Z")


@pytest.mark.parametrize("pair", LESS[versions.compare_dpkg], ids=str)
def test_dpkg(pair: tuple[str, str]) -> None:
    assert versions.compare_dpkg(*pair) == -1
    assert versions.compare_dpkg(pair[1], pair[0]) == 1


@pytest.mark.parametrize("pair", LESS[versions.compare_rpm], ids=str)
def test_rpm(pair: tuple[str, str]) -> None:
    assert versions.compare_rpm(*pair) == -1
    assert versions.compare_rpm(pair[1], pair[0]) == 1


def test_rpm_leaves_out_an_epoch_that_one_side_does_not_give() -> None:
    assert versions.compare_rpm("1.0.2k-25.el7_9", "1:1.0.2k-25.el7_9") == 0
    assert versions.compare_rpm("1.0.2k-24.el7", "1:1.0.2k-25.el7_9") == -1


@pytest.mark.parametrize("pair", LESS[versions.openssl], ids=str)
def test_openssl(pair: tuple[str, str]) -> None:
    less, more = versions.openssl(pair[0]), versions.openssl(pair[1])
    assert less is not None
    assert more is not None
    assert less < more


@pytest.mark.parametrize("text", ["", "LibreSSL", "3.0", "one.two.three"])
def test_no_openssl_version(text: str) -> None:
    assert versions.openssl(text) is None


def test_an_unknown_manager_has_no_order() -> None:
    assert versions.compare("apk", "1", "2") is None


@pytest.mark.skipif(shutil.which("dpkg") is None, reason="dpkg is not installed")
@settings(max_examples=60, deadline=None)
@given(VERSION, VERSION)
def test_dpkg_says_the_same(left: str, right: str) -> None:
    found = versions.compare_dpkg(left, right)
    relation = {-1: "lt", 0: "eq", 1: "gt"}[found]
    done = subprocess.run(["dpkg", "--compare-versions", left, relation, right], check=False, capture_output=True)
    assert done.returncode == 0, (left, relation, right, done.stderr)


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_two_texts_have_one_order(left: str, right: str) -> None:
    for compare in (versions.compare_dpkg, versions.compare_rpm):
        assert compare(left, left) == 0
        assert compare(left, right) == -compare(right, left)
    versions.openssl(left)


@given(VERSION, VERSION, VERSION)
def test_the_order_is_transitive(one: str, two: str, three: str) -> None:
    if versions.compare_dpkg(one, two) <= 0 and versions.compare_dpkg(two, three) <= 0:
        assert versions.compare_dpkg(one, three) <= 0
