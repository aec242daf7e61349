"""TLS libraries, processes that kept the old one, the distribution's release."""

from dataclasses import replace
from datetime import datetime

import pytest

from tests.checks.cases import CONFORMS, NOT_APPLICABLE, UNKNOWN, VIOLATES, Case, verdict
from tests.checks.edits import service, with_listing
from tests.checks.hosts import LOCALCERTS, sound_host
from tlsfleet.facts import Absent, HostFacts, Packages, StaleLibrary, Unknown
from tlsfleet.verdict import Status

MANAGERS = {"debian": "dpkg", "ubuntu": "dpkg", "alpine": "apk"}
PATCHED = "software.tls-library-patched"


def running(distribution: str, release: str, library: str = "OpenSSL 3.5.4", **versions: str) -> HostFacts:
    """A host with these packages; the underscores of their names stand for hyphens."""
    named = {name.replace("_", "-"): version for name, version in versions.items()}
    packages = Packages(distribution, release, MANAGERS.get(distribution, "rpm"), named, library)
    return sound_host(service(library=library), packages=packages)


def upstream(version: str) -> str:
    return f"OpenSSL {version}"


# distribution, release, package, version, upstream's version in it, what is said of it
LIBRARIES: list[tuple[str, str, str, str, str, Status]] = [
    ("debian", "13", "libssl3t64", "3.5.4-1~deb13u1", "3.5.4", CONFORMS),
    ("debian", "12", "libssl3", "3.0.22-1~deb12u1", "3.0.22", CONFORMS),
    ("debian", "12", "libssl3", "3.0.5-4", "3.0.5", VIOLATES),
    ("debian", "11", "libssl1.1", "1.1.1k-1+deb11u2", "1.1.1k", CONFORMS),
    ("debian", "11", "libssl1.1", "1.1.1k-1+deb11u1", "1.1.1k", VIOLATES),
    ("debian", "11", "libssl1.1", "1.1.1w-0+deb11u1", "1.1.1w", CONFORMS),
    ("debian", "10", "libssl1.1", "1.1.1d-0+deb10u7", "1.1.1d", VIOLATES),
    ("debian", "9", "libssl1.0.2", "1.0.2u-1~deb9u7", "1.0.2u", CONFORMS),
    ("debian", "9", "libssl1.0.2", "1.0.2u-1~deb9u6", "1.0.2u", VIOLATES),
    ("debian", "8", "libssl1.0.0", "1.0.1t-1+deb8u12", "1.0.1t", UNKNOWN),
    ("debian", "7", "libssl1.0.0", "1.0.1e-2+deb7u9", "1.0.1e", VIOLATES),
    ("debian", "", "libssl1.1", "1.1.1k-1", "1.1.1k", UNKNOWN),
    ("ubuntu", "24.04", "libssl3t64", "3.0.13-0ubuntu3.5", "3.0.13", CONFORMS),
    ("ubuntu", "22.04", "libssl3", "3.0.2-0ubuntu1.7", "3.0.2", CONFORMS),
    ("ubuntu", "22.04", "libssl3", "3.0.2-0ubuntu1.6", "3.0.2", VIOLATES),
    ("ubuntu", "20.04", "libssl1.1", "1.1.1f-1ubuntu2.12", "1.1.1f", CONFORMS),
    ("ubuntu", "20.04", "libssl1.1", "1.1.1f-1ubuntu2.fips.2.8", "1.1.1f", UNKNOWN),
    ("ubuntu", "14.04", "libssl1.0.0", "1.0.1f-1ubuntu2.1", "1.0.1f", VIOLATES),
    ("rhel", "9.4", "openssl-libs", "1:3.0.7-27.el9", "3.0.7", CONFORMS),
    ("rhel", "9.0", "openssl-libs", "1:3.0.1-41.el9_0", "3.0.1", VIOLATES),
    ("almalinux", "8.10", "openssl-libs", "1:1.1.1k-12.el8_9", "1.1.1k", CONFORMS),
    ("centos", "8", "openssl-libs", "1:1.1.1k-6.el8", "1.1.1k", CONFORMS),
    ("rocky", "8.5", "openssl-libs", "1.1.1k-5.el8_5", "1.1.1k", VIOLATES),
    ("centos", "7", "openssl-libs", "1:1.0.2k-26.el7_9", "1.0.2k", CONFORMS),
    ("centos", "7", "openssl11-libs", "1:1.1.1k-2.el7", "1.1.1k", UNKNOWN),
    ("centos", "6", "openssl", "1.0.1e-16.el6_5.7", "1.0.1e", VIOLATES),
    ("fedora", "43", "openssl-libs", "1:3.5.4-1.fc43", "3.5.4", CONFORMS),
    ("fedora", "36", "openssl-libs", "1:3.0.2-1.fc36", "3.0.2", UNKNOWN),
    ("alpine", "3.22.1", "libssl3", "3.5.4-r0", "3.5.4", CONFORMS),
    ("alpine", "3.15.0", "libssl1.1", "1.1.1l-r7", "1.1.1l", VIOLATES),
    ("slackware", "15.0", "openssl", "1.1.1w", "1.1.1w", CONFORMS),
    ("slackware", "15.0", "openssl", "1.1.1m", "1.1.1m", UNKNOWN),
]


def _case(row: tuple[str, str, str, str, str, Status]) -> Case:
    distribution, release, package, version, within, status = row
    name = f"{distribution} {release} {package} {version}"
    return Case(PATCHED, name, status, lambda: running(distribution, release, upstream(within), **{package: version}))


CASES = [
    *map(_case, LIBRARIES),
    Case(
        PATCHED,
        "the fix, its advisory and the CVE are named",
        VIOLATES,
        lambda: running("debian", "11", upstream("1.1.1k"), **{"libssl1.1": "1.1.1k-1+deb11u1"}),
        "'1.1.1k-1+deb11u2 or later (DSA-5103-1)'",
    ),
    Case(PATCHED, "no package, but the program's version is fixed", CONFORMS, lambda: running("plan9", "4")),
    Case(
        PATCHED,
        "no package, and the program's version is not",
        UNKNOWN,
        lambda: running("plan9", "4", upstream("1.1.1k")),
    ),
    Case(
        PATCHED,
        "a service with an old library of its own",
        UNKNOWN,
        lambda: sound_host(service(library="OpenSSL 1.1.1k")),
        "whoever built it",
    ),
    Case(
        PATCHED,
        "a service with a new library of its own",
        CONFORMS,
        lambda: sound_host(service(library="OpenSSL 3.6.0")),
    ),
    Case(PATCHED, "a service with LibreSSL", UNKNOWN, lambda: sound_host(service(library="LibreSSL 3.8.2"))),
    Case(PATCHED, "a service with GnuTLS", CONFORMS, lambda: sound_host(service(library="GnuTLS 3.8.9"))),
    Case(
        PATCHED,
        "the program is older than its library",
        CONFORMS,
        lambda: sound_host(
            service(library="OpenSSL 1.1.1w"),
            packages=Packages("plan9", "4", "", {}, "OpenSSL 1.1.1k 1 Jan 2021 (Library: OpenSSL 1.1.1w 11 Sep 2023)"),
        ),
    ),
    Case(
        PATCHED,
        "a service whose library is not told",
        UNKNOWN,
        lambda: sound_host(service(library=Unknown("nginx", "no version"))),
    ),
    Case(PATCHED, "no packages", UNKNOWN, lambda: sound_host(packages=Unknown("packages", "no dpkg, rpm or apk"))),
    Case(
        PATCHED,
        "nothing known at all",
        UNKNOWN,
        lambda: sound_host(
            service(library=Unknown("nginx", "no version")),
            packages=Packages("debian", "13", "dpkg", {}, Unknown("openssl", "not there")),
        ),
    ),
    Case(
        PATCHED, "nothing to audit", NOT_APPLICABLE, lambda: sound_host(with_listing(Absent(LOCALCERTS)), services=())
    ),
    Case(PATCHED, "a set without a service", CONFORMS, lambda: sound_host(services=())),
    Case("software.library-restarted", "none replaced", CONFORMS, sound_host),
    Case(
        "software.library-restarted",
        "nginx keeps the old one",
        VIOLATES,
        lambda: sound_host(
            stale_libraries=(
                StaleLibrary(7, "nginx", "/usr/lib/libssl.so.3"),
                StaleLibrary(8, "nginx", "/usr/lib/libssl.so.3"),
                StaleLibrary(8, "nginx", "/usr/lib/libcrypto.so.3"),
            )
        ),
        "/usr/lib/libssl.so.3, /usr/lib/libcrypto.so.3, replaced, mapped by pid 7 8'",
    ),
    Case(
        "software.library-restarted",
        "other users' processes not seen",
        UNKNOWN,
        lambda: sound_host(stale_libraries=(Unknown("libraries", "not root"),)),
    ),
    Case(
        "software.library-restarted",
        "not told",
        UNKNOWN,
        lambda: sound_host(stale_libraries=Unknown("libraries", "cut off")),
    ),
    Case("software.release-supported", "Debian 13", CONFORMS, sound_host),
    Case("software.release-supported", "Debian 12 by its long-term support", CONFORMS, lambda: running("debian", "12")),
    Case("software.release-supported", "Debian 11", VIOLATES, lambda: running("debian", "11"), "ended on 2026-08-31"),
    Case("software.release-supported", "Ubuntu 20.04", VIOLATES, lambda: running("ubuntu", "20.04"), "Ubuntu Pro"),
    Case("software.release-supported", "Rocky 9.4", CONFORMS, lambda: running("rocky", "9.4")),
    Case("software.release-supported", "CentOS 7", VIOLATES, lambda: running("centos", "7")),
    Case("software.release-supported", "Debian's next", UNKNOWN, lambda: running("debian", "14")),
    Case("software.release-supported", "Debian testing", UNKNOWN, lambda: running("debian", "")),
    Case("software.release-supported", "a rolling one", NOT_APPLICABLE, lambda: running("arch", "")),
    Case(
        "software.release-supported", "not told", UNKNOWN, lambda: sound_host(packages=Unknown("packages", "cut off"))
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case: Case) -> None:
    case.assert_status()


def test_gnutls_has_none_of_them() -> None:
    host = running("debian", "13", libgnutls30t64="3.8.9-3", openssl="3.5.4-1~deb13u1")
    found = {result.subject: result.status for result in verdict(PATCHED, host).subjects}
    assert found == {"libgnutls30t64": NOT_APPLICABLE, "openssl": CONFORMS}


@pytest.mark.parametrize(("at", "status"), [("2026-08-31T23:00Z", CONFORMS), ("2026-09-01T00:00Z", VIOLATES)])
def test_the_last_day_of_support_is_one_of_support(at: str, status: Status) -> None:
    host = replace(running("debian", "11"), collected_at=datetime.fromisoformat(at))
    assert verdict("software.release-supported", host).status is status
