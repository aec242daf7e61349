"""Diffie-Hellman on the wire: with the parameters that were made for it, or better not at all."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from shlex import quote

from tlsfleet.check import BOTH, WIRE, Outcome, check
from tlsfleet.crypto.configured import Configured, configured
from tlsfleet.crypto.suite_rules import RECOMMENDED
from tlsfleet.facts import DhParameters, HostFacts, Missing, Unknown
from tlsfleet.known.cipher_suites import suite
from tlsfleet.known.directives import reload
from tlsfleet.policy import Policy
from tlsfleet.served import NO_ENDPOINT, Served, distinct
from tlsfleet.verdict import SHOULD, Level, NotApplicable, Violation

NAMED = 8  # of the suites that a finding names
DHE = ("-no_tls1_3", "-cipher", "DHE:@SECLEVEL=0")


@dataclass(frozen=True, slots=True)
class WithFile:
    """An endpoint, and what the DH file holds that its block names."""

    item: Configured
    path: str
    held: DhParameters | Missing

    @property
    def subject(self) -> str:
        return self.item.subject

    @property
    def at_most(self) -> Level:
        return self.item.at_most


def with_files(facts: HostFacts, policy: Policy) -> Iterable[WithFile | Unknown | NotApplicable]:
    """Every endpoint with the DH file that its block names."""
    return (_with_file(each, facts) if isinstance(each, Configured) else each for each in configured(facts, policy))


@check(
    "dh-parameters.served",
    level=SHOULD,
    vantage=BOTH,
    subjects=with_files,
    nothing=NO_ENDPOINT,
    notes=["N46"],
)
def served(item: WithFile, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """DHE is done with the prime of the file that the service names.

    Why: A server reads its DH file once; until it is reloaded it goes on with the old prime, which may be the short
    or common one that the file was made to replace. Source: notes N46. Remedy: Reload the service.
    """
    groups, facts = item.item.served.facts.dh, item.item.served.facts
    if isinstance(groups, Unknown):
        yield Unknown(item.subject, groups.reason)
        return
    yield from item.item.served.unlisted()
    if not groups and not any(_dhe(suites) for suites in facts.cipher_suites.values()):
        yield NotApplicable("DHE is not on offer")
    elif not groups:
        yield Unknown(item.subject, "DHE is on offer, but no prime of it was seen")
    elif not isinstance(item.held, DhParameters):
        yield Unknown(item.subject, f"{item.path}: {item.held.reason}")
    else:
        for group in groups:
            if (group.prime, group.generator) != (item.held.prime, item.held.generator):
                yield Violation(
                    observed=f"a prime of {group.bits} bits, {_ends(group.prime)}, generator {group.generator}",
                    expected=f"that of {item.path}: {item.held.bits} bits, {_ends(item.held.prime)}",
                    where=item.item.served.place("dh_parameters"),
                    remedy=reload(item.item.served.service),
                    reproduce=f"{item.item.served.s_client(*DHE, '-trace')} | grep dh_p; "
                    f"openssl dhparam -in {quote(item.path)} -noout -text",
                )


@check(
    "dh-parameters.dhe-retired",
    level=SHOULD,
    vantage=WIRE,
    subjects=distinct,
    nothing=NO_ENDPOINT,
    notes=["N48"],
    tags=["D(HE)at", "CVE-2002-20001"],
)
def dhe_retired(item: Served, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """No cipher suite with finite-field Diffie-Hellman is on offer below TLS 1.3.

    Why: Each DHE handshake costs the server a modular exponentiation that a client can ask for at no cost of its own
    (D(HE)at), clients cannot negotiate the size of the group, and all that know DHE know elliptic curves. Source: RFC
    10015; CVE-2002-20001, CVE-2022-40735, CVE-2024-41996. Remedy: Leave DHE out of the cipher string; ECDHE takes its
    place.
    """
    for protocol, suites in item.facts.cipher_suites.items():
        if names := _dhe(suites):
            more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
            yield Violation(
                observed=f"{protocol}: {', '.join(names[:NAMED])}{more}",
                expected="no DHE",
                where=item.place("cipher_suites"),
                remedy=item.mend("cipher_suites", RECOMMENDED),
                reproduce=item.s_client(*DHE),
            )
    yield from item.unlisted()


def _with_file(item: Configured, facts: HostFacts) -> WithFile | Unknown | NotApplicable:
    path = item.settings.dh_parameters
    if isinstance(path, Unknown):
        return Unknown(item.subject, path.reason)
    if path is None or not path.startswith("/"):
        return NotApplicable("its block names no DH parameters file", item.subject)
    return WithFile(item, path, facts.dh(path))


def _dhe(suites: tuple[str, ...] | Unknown) -> list[str]:
    """Those of some suites that need DH parameters of the server."""
    names = () if isinstance(suites, Unknown) else suites
    return [name for name in names if (found := suite(name)) and found.ephemeral_dh]


def _ends(prime: int) -> str:
    """A prime by what it begins and ends with, enough to tell two apart."""
    digits = f"{prime:x}"
    return f"{digits[:8]}...{digits[-8:]}"
