"""Which versions of OpenSSL, upstream's and distributions', have the flaws of the notes (N50) and later ones."""

from collections.abc import Iterator
from dataclasses import dataclass

from tlsfleet.known.versions import OpensslVersion, openssl

NEVER = ""  # the release ended before there was a fix
# Distributions that ship upstream's releases as they are: a version upstream calls affected is affected.
UNPATCHED = frozenset({"alpine", "arch"})
# Rebuilds that keep the version numbers of what they are built from.
ORIGIN = {
    "raspbian": "debian",
    "centos": "rhel",
    "almalinux": "rhel",
    "rocky": "rhel",
    "ol": "rhel",
    "scientific": "rhel",
}


@dataclass(frozen=True, slots=True)
class Flaw:
    """One CVE; ``ranges`` are upstream's versions as (first affected, first fixed), ``tags`` its other names."""

    cve: str
    what: str
    ranges: tuple[tuple[str, str], ...]
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fix:
    """Where a distribution's release mended a flaw: the package version of a branch of OpenSSL, NEVER if it did not."""

    distribution: str
    release: str
    branch: str
    cve: str
    version: str
    advisory: str


# OpenSSL security advisories of 2014-04-07, 2014-06-05, 2022-03-15 and 2022-11-01. The third does not tell where the
# flaw began; Red Hat and Ubuntu mended 1.0.1 as well, so everything older counts as affected.
FLAWS = (
    Flaw("CVE-2014-0160", "memory of the server can be read", (("1.0.1", "1.0.1g"),), ("Heartbleed",)),
    Flaw(
        "CVE-2014-0224",
        "a session's keys can be fixed by an early ChangeCipherSpec",
        (("0.0.0", "0.9.8za"), ("1.0.0", "1.0.0m"), ("1.0.1", "1.0.1h")),
        ("CCS injection",),
    ),
    Flaw(
        "CVE-2022-0778",
        "a certificate can make it loop for ever",
        (("0.0.0", "1.0.2zd"), ("1.1.0", "1.1.1n"), ("3.0.0", "3.0.2")),
    ),
    Flaw("CVE-2022-3602", "a certificate's e-mail address can overrun a buffer", (("3.0.0", "3.0.7"),)),
)

FIXES = tuple(
    Fix(*row)
    for row in (
        ("debian", "6", "0.9.8", "CVE-2014-0224", "0.9.8o-4squeeze15", "DLA-0003-1"),
        ("debian", "6", "0.9.8", "CVE-2022-0778", NEVER, "squeeze's long-term support ended in 2016"),
        ("debian", "7", "1.0.1", "CVE-2014-0160", "1.0.1e-2+deb7u5", "DSA-2896-1"),
        ("debian", "7", "1.0.1", "CVE-2014-0224", "1.0.1e-2+deb7u10", "DSA-2950-1"),
        ("debian", "7", "1.0.1", "CVE-2022-0778", NEVER, "wheezy's long-term support ended in 2018"),
        ("debian", "9", "1.0.2", "CVE-2022-0778", "1.0.2u-1~deb9u7", "DLA-2953-1"),
        ("debian", "9", "1.1.0", "CVE-2022-0778", "1.1.0l-1~deb9u5", "DLA-2952-1"),
        ("debian", "10", "1.1.1", "CVE-2022-0778", "1.1.1d-0+deb10u8", "DSA-5103-1"),
        ("debian", "11", "1.1.1", "CVE-2022-0778", "1.1.1k-1+deb11u2", "DSA-5103-1"),
        ("debian", "12", "3.0", "CVE-2022-0778", "3.0.2-1", "Debian security tracker"),
        ("debian", "12", "3.0", "CVE-2022-3602", "3.0.7-1", "Debian security tracker"),
        ("ubuntu", "10.04", "0.9.8", "CVE-2014-0224", "0.9.8k-7ubuntu8.18", "USN-2232-1"),
        ("ubuntu", "10.04", "0.9.8", "CVE-2022-0778", NEVER, "10.04's support ended in 2015"),
        ("ubuntu", "12.04", "1.0.1", "CVE-2014-0160", "1.0.1-4ubuntu5.12", "USN-2165-1"),
        ("ubuntu", "12.04", "1.0.1", "CVE-2014-0224", "1.0.1-4ubuntu5.14", "USN-2232-1"),
        ("ubuntu", "12.04", "1.0.1", "CVE-2022-0778", NEVER, "12.04's extended support ended in 2019"),
        ("ubuntu", "12.10", "1.0.1", "CVE-2014-0160", "1.0.1c-3ubuntu2.7", "USN-2165-1"),
        ("ubuntu", "12.10", "1.0.1", "CVE-2014-0224", NEVER, "12.10's support ended in May 2014"),
        ("ubuntu", "13.10", "1.0.1", "CVE-2014-0160", "1.0.1e-3ubuntu1.2", "USN-2165-1"),
        ("ubuntu", "13.10", "1.0.1", "CVE-2014-0224", "1.0.1e-3ubuntu1.4", "USN-2232-1"),
        ("ubuntu", "13.10", "1.0.1", "CVE-2022-0778", NEVER, "13.10's support ended in 2014"),
        ("ubuntu", "14.04", "1.0.1", "CVE-2014-0160", "1.0.1f-1ubuntu2", "mended before the release"),
        ("ubuntu", "14.04", "1.0.1", "CVE-2014-0224", "1.0.1f-1ubuntu2.2", "USN-2232-1"),
        ("ubuntu", "14.04", "1.0.1", "CVE-2022-0778", "1.0.1f-1ubuntu2.27+esm5", "USN-5328-2"),
        ("ubuntu", "16.04", "1.0.2", "CVE-2022-0778", "1.0.2g-1ubuntu4.20+esm2", "USN-5328-2"),
        ("ubuntu", "18.04", "1.0.2", "CVE-2022-0778", "1.0.2n-1ubuntu5.8", "USN-5328-1"),
        ("ubuntu", "18.04", "1.1.0", "CVE-2022-0778", "1.1.1-1ubuntu2.1~18.04.15", "USN-5328-1"),
        ("ubuntu", "18.04", "1.1.1", "CVE-2022-0778", "1.1.1-1ubuntu2.1~18.04.15", "USN-5328-1"),
        ("ubuntu", "20.04", "1.1.1", "CVE-2022-0778", "1.1.1f-1ubuntu2.12", "USN-5328-1"),
        ("ubuntu", "21.10", "1.1.1", "CVE-2022-0778", "1.1.1l-1ubuntu1.2", "USN-5328-1"),
        ("ubuntu", "22.04", "3.0", "CVE-2022-3602", "3.0.2-0ubuntu1.7", "USN-5710-1"),
        ("ubuntu", "22.10", "3.0", "CVE-2022-3602", "3.0.5-2ubuntu2", "USN-5710-1"),
        ("rhel", "5", "0.9.8", "CVE-2014-0224", "0.9.8e-27.el5_10.3", "RHSA-2014:0624"),
        ("rhel", "6", "1.0.0", "CVE-2014-0224", "1.0.1e-16.el6_5.14", "RHSA-2014:0625"),
        ("rhel", "6", "1.0.1", "CVE-2014-0160", "1.0.1e-16.el6_5.7", "RHSA-2014:0376"),
        ("rhel", "6", "1.0.1", "CVE-2014-0224", "1.0.1e-16.el6_5.14", "RHSA-2014:0625"),
        ("rhel", "7", "1.0.1", "CVE-2014-0160", "1:1.0.1e-34.el7", "mended before the release"),
        ("rhel", "7", "1.0.1", "CVE-2014-0224", "1:1.0.1e-34.el7_0.3", "RHSA-2014:0679"),
        ("rhel", "7", "1.0.1", "CVE-2022-0778", "1:1.0.2k-25.el7_9", "RHSA-2022:1066"),
        ("rhel", "7", "1.0.2", "CVE-2022-0778", "1:1.0.2k-25.el7_9", "RHSA-2022:1066"),
        # Without the .el8_5 and .el9_0 that CentOS Stream's builds lack: rpm takes 6.el8 for older than 6.el8_5.
        ("rhel", "8", "1.0.2", "CVE-2022-0778", "1:1.0.2o-4", "RHSA-2022:5326"),
        ("rhel", "8", "1.1.1", "CVE-2022-0778", "1:1.1.1k-6", "RHSA-2022:1065"),
        ("rhel", "9", "1.1.1", "CVE-2022-0778", "1:1.1.1k-4", "RHSA-2022:4899"),
        ("rhel", "9", "3.0", "CVE-2022-0778", "1:3.0.1-18", "mended before the release"),
        ("rhel", "9", "3.0", "CVE-2022-3602", "1:3.0.1-43", "RHSA-2022:7288"),
    )
)


def flaws(version: OpensslVersion) -> Iterator[Flaw]:
    """The flaws that upstream's version of this number has."""
    for flaw in FLAWS:
        if any(_known(first) <= version < _known(fixed) for first, fixed in flaw.ranges):
            yield flaw


def upstream_fix(flaw: Flaw, version: OpensslVersion) -> str:
    """The first upstream version after this one that is without the flaw."""
    return next(fixed for _, fixed in flaw.ranges if version < _known(fixed))


def fix(distribution: str, release: str, version: OpensslVersion, flaw: Flaw) -> Fix | None:
    """Where a distribution's release mended a flaw in the branch of a version; None where that is not known here."""
    origin = ORIGIN.get(distribution, distribution)
    number = release.partition(".")[0] if origin in {"debian", "rhel"} else release
    branch = f"{version[0]}.{version[1]}" if version[0] >= 3 else f"{version[0]}.{version[1]}.{version[2]}"
    wanted = (origin, number, branch, flaw.cve)
    return next((row for row in FIXES if (row.distribution, row.release, row.branch, row.cve) == wanted), None)


def _known(version: str) -> OpensslVersion:
    found = openssl(version)
    assert found is not None, version  # noqa: S101 - a mistake in the tables above
    return found
