"""Certificates: whom they are for, by subjectAltName, common name and subject."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from tlsfleet.check import BOTH, Outcome, check
from tlsfleet.crypto.certificates import profile_faults
from tlsfleet.crypto.end_entities import NO_CERTIFICATE, EndEntity, end_entities, in_files, served
from tlsfleet.crypto.holders import AtEndpoint, Holder, InFile, show
from tlsfleet.crypto.host_names import addresses_of, covers, same
from tlsfleet.facts import Certificate, HostFacts, Missing, Unknown
from tlsfleet.names import dns_names, is_fqdn, subject_values
from tlsfleet.policy import Policy
from tlsfleet.subjects import is_host_name
from tlsfleet.verdict import MAY, MUST, SHOULD, Level, NotApplicable, Violation

NAMES = ("-subject", "-ext", "subjectAltName")


@dataclass(frozen=True, slots=True)
class Named:
    """An end-entity certificate with the names that it must cover, and where each comes from."""

    leaf: EndEntity
    wanted: dict[str, str]

    @property
    def subject(self) -> str:
        return self.leaf.subject

    @property
    def at_most(self) -> Level:
        return self.leaf.at_most


def _named(facts: HostFacts, policy: Policy) -> Iterator[Named | Missing]:
    """Each certificate of a file with its names; each that is served with those that it was not met with before."""
    judged: dict[Certificate, set[str]] = {}
    for item in (*in_files(facts, policy), *served(facts)):
        if not isinstance(item, EndEntity):
            yield item
            continue
        wanted, before = _wanted(item.holder, facts), judged.get(item.certificate)
        if isinstance(item.holder, AtEndpoint) and before is not None:
            wanted = {name: where for name, where in wanted.items() if name not in before}
        if wanted or before is None:
            yield Named(item, wanted)
        judged.setdefault(item.certificate, set()).update(wanted)


def _wanted(holder: Holder, facts: HostFacts) -> dict[str, str]:
    """The names that clients ask for where it is, and where each comes from."""
    if isinstance(holder, AtEndpoint) and (name := holder.served.endpoint.server_name):
        return {name: holder.where}
    wanted = dict.fromkeys(facts.declared.names or (), "tls_names of the inventory")
    for pair in holder.pairs if isinstance(holder, InFile) else ():
        for name in filter(is_host_name, pair.block.server_names):
            wanted.setdefault(name, pair.block.where)
    return wanted


@check("certificate.covers-names", level=MUST, vantage=BOTH, subjects=_named, nothing=NO_CERTIFICATE, notes=["N10"])
def covers_names(item: Named, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """The certificate's subjectAltName covers the host's names, and those of the services that use it.

    Why: A client that asks for a name which the certificate lacks refuses the connection, or shows a warning. A
    wildcard stands for one whole label, the left-most. Source: RFC 9525 6.3; notes N10. Remedy: Have a certificate
    issued with all names, or take the name out of the service's configuration, or out of tls_names.
    """
    leaf = item.leaf
    dns, addresses = dns_names(leaf.certificate), addresses_of(leaf.certificate)
    if not item.wanted:
        yield NotApplicable("neither the inventory nor a service names a host for it")
    elif isinstance(dns, Unknown) or isinstance(addresses, Unknown):
        yield Unknown(leaf.subject, dns.reason if isinstance(dns, Unknown) else "its addresses cannot be read")
    else:
        held = ", ".join((*dns, *map(str, addresses)))[:500] or "no subjectAltName"
        for name, where in item.wanted.items():
            if not covers(dns, addresses, name):
                yield Violation(
                    observed=f"{name} is not covered ({held})",
                    expected=f"{name}, or a wildcard for it",
                    where=where if where.startswith("/") else leaf.holder.where,
                    remedy=leaf.holder.renewed(),
                    reproduce=show(leaf.holder, *NAMES),
                    at_most=leaf.holder.lenient,
                )


@check(
    "certificate.common-name", level=SHOULD, vantage=BOTH, subjects=end_entities, nothing=NO_CERTIFICATE, notes=["N11"]
)
def common_name(leaf: EndEntity, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """The common name, if there is one, is a fully qualified host name that is in the subjectAltName too.

    Why: Clients look at the subjectAltName alone; a name that stands in the common name only is not heeded, and people
    are misled by it. Source: BR 7.1.4.3; RFC 9525 6.3; notes N11. Remedy: Have the certificate issued with the name in
    its subjectAltName, or without common name.
    """
    common, dns, addresses = (
        subject_values(leaf.certificate, "CN"),
        dns_names(leaf.certificate),
        addresses_of(leaf.certificate),
    )
    if isinstance(common, Unknown) or isinstance(dns, Unknown) or isinstance(addresses, Unknown):
        reasons = [found.reason for found in (common, dns, addresses) if isinstance(found, Unknown)]
        yield Unknown(leaf.subject, reasons[0])
        return
    for name in common:
        if name in map(str, addresses):
            continue
        listed = any(same(name, held) for held in dns)
        if not is_fqdn(name) or not listed:
            yield Violation(
                observed=f"CN = {name[:200]}{'' if listed else ', not in the subjectAltName'}",
                expected="a fully qualified host name of the subjectAltName, or none",
                where=leaf.holder.where,
                remedy=leaf.holder.renewed(),
                reproduce=show(leaf.holder, *NAMES),
            )


@check(
    "certificate.subject",
    level=MAY,
    vantage=BOTH,
    subjects=end_entities,
    nothing=NO_CERTIFICATE,
    notes=["N12"],
    parameters=["subject"],
)
def subject(leaf: EndEntity, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """The subject is what the policy asks for; where it asks for nothing, one that the Baseline Requirements have.

    Why: Without organisation nothing but country and common name has been validated; with one, its country and place
    belong to it. An organisational unit was never validated by anybody, and is no longer allowed. Source:
    BR 7.1.2.7.2, 7.1.2.7.4; notes N12. Remedy: Have the certificate issued with such a subject.
    """
    wanted = policy.table("subject")
    found = _asked(leaf, wanted) if wanted else profile_faults(leaf.certificate)
    if isinstance(found, Unknown):
        yield Unknown(leaf.subject, found.reason)
        return
    for observed, expected in found:
        yield Violation(
            observed=observed,
            expected=expected,
            where=leaf.holder.where,
            remedy=leaf.holder.renewed(),
            reproduce=show(leaf.holder, "-subject", "-nameopt", "multiline"),
        )


def _asked(leaf: EndEntity, wanted: Mapping[str, str]) -> list[tuple[str, str]] | Unknown:
    """What of the subject is not as the policy asks: ``*`` is any value, an empty text that there be none."""
    faults = []
    for attribute, value in wanted.items():
        held = subject_values(leaf.certificate, attribute)
        if isinstance(held, Unknown):
            return held
        fits = any(text.strip() for text in held) if value == "*" else held == ((value,) if value else ())
        if not fits:
            seen = f"{attribute} = {', '.join(held)[:200]}" if held else f"no {attribute}"
            faults.append((seen, f"{attribute}: {({'': 'none', '*': 'any text'}).get(value, value)}"))
    return faults
