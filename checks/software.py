"""The software under the services: the TLS library is mended and in use, the distribution's release is supported."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from shlex import quote

from tlsfleet.check import INSIDE, Outcome, Selected, check
from tlsfleet.facts import HostFacts, Packages, StaleLibrary, Unknown
from tlsfleet.known.openssl_fixes import NEVER, UNPATCHED, Flaw, fix, flaws, upstream_fix
from tlsfleet.known.releases import ROLLING, source, support
from tlsfleet.known.versions import OpensslVersion, compare, openssl
from tlsfleet.policy import Policy
from tlsfleet.subjects import unused
from tlsfleet.verdict import MUST, SHOULD, NotApplicable, Violation

OPENSSL_PACKAGE = re.compile(
    r"openssl([\d.]+|098e)?(-libs)?|compat-openssl\d+(-libs)?|libopenssl[\d_]+"
    r"|lib(ssl|crypto)[\d.]*[a-z]?(t64)?(-compat)?"
)
GNUTLS_PACKAGE = re.compile(r"(lib)?gnutls.*")
SHOW = {"dpkg": "dpkg-query -W {}", "rpm": "rpm -q {}", "apk": "apk info -v {}"}
UPGRADE = {
    "dpkg": "apt-get update && apt-get install --only-upgrade {}",
    "rpm": "dnf upgrade {}",
    "apk": "apk upgrade {}",
}


@dataclass(frozen=True, slots=True)
class Library:
    """An installed package of OpenSSL, or the library that a service brings itself (``package`` is empty)."""

    packages: Packages
    package: str
    version: str
    name: str

    @property
    def subject(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Processes:
    """What the processes of one name map of libraries that were replaced; all processes where none does."""

    name: str
    stale: tuple[StaleLibrary, ...]

    @property
    def subject(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Release:
    """The distribution's release."""

    packages: Packages

    @property
    def subject(self) -> str:
        return f"{self.packages.distribution} {self.packages.release}".strip()


def libraries(facts: HostFacts, policy: Policy) -> Selected:
    """Every TLS library: the packages', and what a service runs with that is none of them."""
    packages = facts.packages
    if nothing := unused(facts, policy):
        return nothing
    if isinstance(packages, Unknown):
        return packages
    installed = [
        Library(packages, name, version, name)
        for name, version in packages.versions.items()
        if OPENSSL_PACKAGE.fullmatch(name) or GNUTLS_PACKAGE.fullmatch(name)
    ]
    if not any(OPENSSL_PACKAGE.fullmatch(item.package) for item in installed) and isinstance(packages.openssl, str):
        used = packages.openssl.rpartition("(Library: ")[2].rstrip(")")  # the program may be older than what it loads
        installed.append(Library(packages, "", used, "openssl"))
    found = [*installed, *_own_libraries(facts, packages, installed)]
    return found or Unknown("TLS library", "no package of one is known")


def processes(facts: HostFacts, policy: Policy) -> Selected:
    """The processes that map a replaced library, by name; all of them as one subject where none does."""
    if nothing := unused(facts, policy):
        return nothing
    if isinstance(facts.stale_libraries, Unknown):
        return facts.stale_libraries
    gaps = [item for item in facts.stale_libraries if isinstance(item, Unknown)]
    stale = [item for item in facts.stale_libraries if isinstance(item, StaleLibrary)]
    found = [
        Processes(name, tuple(item for item in stale if item.process == name))
        for name in dict.fromkeys(item.process for item in stale)
    ]
    return [*gaps, *found] or [Processes("running processes", ())]


def release(facts: HostFacts, policy: Policy) -> Selected:
    """The release, where anything on the host is looked at."""
    if nothing := unused(facts, policy):
        return nothing
    return facts.packages if isinstance(facts.packages, Unknown) else [Release(facts.packages)]


@check(
    "software.tls-library-patched",
    level=MUST,
    vantage=INSIDE,
    subjects=libraries,
    notes=["N50"],
    nothing="no TLS library is installed",
)
def tls_library_patched(item: Library, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """The TLS library is not older than the fixes of CVE-2014-0160, CVE-2014-0224, CVE-2022-0778 and CVE-2022-3602.

    Why: these let a stranger read the server's memory, fix a session's keys, or stop or overrun the server with one
    certificate. Distributions mend a flaw without changing OpenSSL's version, so each one's own numbers count. GnuTLS
    has none of them. Source: notes N50; the advisory that is named. Remedy: install the distribution's update and
    restart what uses the library.
    """
    if GNUTLS_PACKAGE.fullmatch(item.package) or item.version.startswith("GnuTLS"):
        yield NotApplicable("these flaws are OpenSSL's; GnuTLS has none of them")
        return
    version = openssl(item.version) if item.package or item.version.startswith("OpenSSL ") else None
    if version is None:
        yield Unknown(
            item.subject, f"{item.version[:100]!r} is no version of OpenSSL, for which these flaws are known here"
        )
        return
    for flaw in flaws(version):
        yield from _judged(item, version, flaw)


@check(
    "software.library-restarted",
    level=SHOULD,
    vantage=INSIDE,
    subjects=processes,
    notes=["N50"],
    nothing="no process was looked at",
)
def library_restarted(item: Processes, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """No process still maps a TLS library that was replaced on disk.

    Why: an update mends nothing in a process that loaded the library before it. Source: notes N50. Remedy: restart
    what uses the library (needrestart tells and does so on Debian, dnf needs-restarting on Red Hat's).
    """
    if item.stale:
        pids = " ".join(dict.fromkeys(str(found.pid) for found in item.stale[:40]))
        mapped = ", ".join(dict.fromkeys(found.library for found in item.stale))
        yield Violation(
            observed=f"{mapped}, replaced, mapped by pid {pids}",
            expected="the library that is on disk",
            where=item.name,
            remedy=f"systemctl restart {quote(item.name)}",
            reproduce=f"grep -lE 'lib(ssl|crypto|gnutls).*\\(deleted\\)' /proc/{item.stale[0].pid}/maps",
        )


@check(
    "software.release-supported",
    level=SHOULD,
    vantage=INSIDE,
    subjects=release,
    nothing="the distribution's release is not known",
)
def release_supported(item: Release, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """The distribution's release still gets security updates, without a contract.

    Why: from the last day of support on every new flaw stays open. Debian's long-term support counts as support,
    since it comes by the same archive; what needs a contract (Ubuntu Pro, Red Hat's extended life cycle) cannot be
    seen from here: waive this where there is one. Source: the distributions' own dates. Remedy: upgrade to a
    supported release.
    """
    distribution, number = item.packages.distribution, item.packages.release
    found = support(distribution, number)
    if distribution in ROLLING:
        yield NotApplicable("a rolling release: it is as new as its last upgrade")
    elif found is None:
        yield Unknown(item.subject, "until when this release is supported is not known here")
    elif now.date() > found.ends:
        yield Violation(
            observed=f"{found.phase} ended on {found.ends}{f'; {found.extended} goes on' if found.extended else ''}",
            expected=f"a supported release ({source(distribution)})",
            where="/etc/os-release",
            reproduce="cat /etc/os-release",
        )


def _own_libraries(facts: HostFacts, packages: Packages, installed: list[Library]) -> Iterator[Library | Unknown]:
    """Libraries that services run with and that no installed package gives: linked in, or built on the host."""
    versions = {openssl(item.version) for item in installed}
    for service in facts.services if not isinstance(facts.services, Unknown) else ():
        if isinstance(service, Unknown):
            yield service
        elif isinstance(service.library, Unknown):
            yield Unknown(f"{service.service}'s library", service.library.reason)
        elif (found := openssl(service.library)) is None or found not in versions:
            yield Library(packages, "", service.library, f"{service.service}'s {service.library}")


def _judged(item: Library, version: OpensslVersion, flaw: Flaw) -> Iterator[Outcome]:
    """Upstream's version has the flaw: whether the distribution mended it."""
    host = item.packages
    if item.package and host.distribution in UNPATCHED:
        yield _vulnerable(item, flaw, upstream_fix(flaw, version), "OpenSSL's security advisory")
        return
    counted = item.package and "fips" not in item.version.lower()  # FIPS builds are mended by numbers of their own
    known = fix(host.distribution, host.release, version, flaw) if counted else None
    order = compare(host.manager, item.version, known.version) if known and known.version != NEVER else None
    if known and known.version == NEVER:
        yield _vulnerable(item, flaw, "a supported release", known.advisory)
    elif known and order is not None:
        if order < 0:
            yield _vulnerable(item, flaw, known.version, known.advisory)
    else:
        told = f"{host.distribution} {host.release}" if item.package else "whoever built it"
        named = item.version.removeprefix("OpenSSL ")
        yield Unknown(item.subject, f"OpenSSL {named} has {flaw.cve}; whether {told} mended it is not known here")


def _vulnerable(item: Library, flaw: Flaw, fixed: str, advisory: str) -> Violation:
    manager = item.packages.manager
    return Violation(
        observed=f"{item.version}: {flaw.what} ({flaw.cve})",
        expected=f"{fixed} or later ({advisory})",
        where=f"{item.package} on {item.packages.distribution} {item.packages.release}",
        remedy=UPGRADE.get(manager, "upgrade {}").format(quote(item.package)) + ", then restart what uses it",
        reproduce=SHOW.get(manager, "openssl version").format(quote(item.package)),
        tags=(flaw.cve, *flaw.tags),
    )
