"""Certificates: signature, use and form, and whether it is a real one at all."""

from collections.abc import Iterator
from datetime import datetime

from tlsfleet import keys
from tlsfleet.check import BOTH, Outcome, check
from tlsfleet.crypto.certificates import is_public, name_values
from tlsfleet.crypto.end_entities import NO_CERTIFICATE, EndEntity, end_entities, in_files, once, served
from tlsfleet.crypto.holders import AtEndpoint, InFile, show
from tlsfleet.crypto.host_names import address_in
from tlsfleet.crypto.lint import lint
from tlsfleet.crypto.server_use import server_faults
from tlsfleet.endpoints import MANDATORY
from tlsfleet.facts import HostFacts, Missing, Unknown
from tlsfleet.known.placeholders import placeholder as placeholder_of
from tlsfleet.names import dns_names, subject_values
from tlsfleet.policy import Policy
from tlsfleet.subjects import Pair
from tlsfleet.verdict import MUST, SHOULD, NotApplicable, Violation


@check(
    "certificate.signature-algorithm",
    level=MUST,
    vantage=BOTH,
    subjects=end_entities,
    nothing=NO_CERTIFICATE,
    notes=["N05"],
    parameters=["signature_hashes"],
)
def signature_algorithm(leaf: EndEntity, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """The certificate is signed with SHA-256 or better.

    Why: Two certificates with one MD5 or SHA-1 hash can be computed, so that such a signature proves nothing; clients
    refuse it. Source: RFC 9325 4.1; BR 7.1.3.2; notes N05. Remedy: Have the certificate issued anew; a private CA signs
    with openssl ca -md sha256, or openssl x509 -req -sha256.
    """
    name, allowed = keys.signature_hash(leaf.certificate), policy.texts("signature_hashes")
    if isinstance(name, Unknown):
        yield Unknown(leaf.subject, name.reason)
    elif name not in allowed:
        yield Violation(
            observed=f"signed with {name}",
            expected=", ".join(allowed),
            where=leaf.holder.where,
            remedy=leaf.holder.renewed(),
            reproduce=show(leaf.holder),
            tags={"sha1": ("SHAttered",), "md5": ("CVE-2004-2761",)}.get(name, ()),
        )


@check("certificate.server-auth", level=MUST, vantage=BOTH, subjects=end_entities, nothing=NO_CERTIFICATE)
def server_auth(leaf: EndEntity, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """The certificate is one for a server: no CA's, for server authentication, its key for signatures.

    Why: Clients refuse a certificate for other uses. With a CA's certificate on a server, who breaks in there can
    issue certificates for any name. Source: RFC 5280 4.2.1.3, 4.2.1.9, 4.2.1.12; RFC 8446 4.4.2.2; BR 7.1.2.7. Remedy:
    Have it issued with basicConstraints CA:FALSE, keyUsage digitalSignature and extendedKeyUsage serverAuth.
    """
    for fault in server_faults(leaf.certificate):
        if isinstance(fault, Unknown):
            yield Unknown(leaf.subject, fault.reason)
        else:
            yield Violation(
                observed=fault[0],
                expected=fault[1],
                where=leaf.holder.where,
                remedy=leaf.holder.renewed(),
                reproduce=show(leaf.holder, "-ext", "basicConstraints,keyUsage,extendedKeyUsage"),
            )


@check("certificate.well-formed", level=SHOULD, vantage=BOTH, subjects=end_entities, nothing=NO_CERTIFICATE)
def well_formed(leaf: EndEntity, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """The certificate has the form that RFC 5280 asks for; a public CA's, that of the Baseline Requirements.

    Why: What one client overlooks another refuses; a certificate of bad form shows a CA that does not look. Source:
    pkilint's lints of level error, each of which names its clause. Remedy: Have the certificate issued anew; for a
    private CA correct the configuration that it signs with.
    """
    public = is_public(leaf.certificate)
    found = lint(leaf.certificate.der, public=public is True)
    if isinstance(found, Unknown):
        yield Unknown(leaf.subject, found.reason)
        return
    tool = "lint_cabf_serverauth_cert lint -d" if public is True else "lint_pkix_cert lint"
    for item in found:
        yield Violation(
            observed=f"{item.code} at {item.place}{f': {item.message}' if item.message else ''}",
            expected="no error",
            where=leaf.holder.where,
            remedy=leaf.holder.renewed(),
            reproduce=f"{leaf.holder.first()} | {tool} -s ERROR /dev/stdin",
        )


def _for_others(facts: HostFacts, policy: Policy) -> Iterator[EndEntity | Missing | NotApplicable]:
    """The certificates that others meet, on endpoints that ask for TLS."""
    return once(map(_met, (*in_files(facts, policy), *served(facts))))


def _met(item: EndEntity | Missing) -> EndEntity | Missing | NotApplicable:
    holder = item.holder if isinstance(item, EndEntity) else None
    if isinstance(holder, InFile) and holder.pairs and all(map(_local, holder.pairs)):
        return NotApplicable("it is used on local addresses only", holder.subject)
    if isinstance(holder, AtEndpoint) and holder.served.endpoint.endpoint_class != MANDATORY:
        return NotApplicable(f"the endpoint is {holder.served.endpoint.endpoint_class}", holder.subject)
    return item


@check("certificate.placeholder", level=MUST, vantage=BOTH, subjects=_for_others, nothing=NO_CERTIFICATE)
def placeholder(leaf: EndEntity, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """The certificate is a real one: no distribution's or product's default, no test CA's, none for localhost.

    Why: Such a certificate was put there to be replaced. No client trusts it, and the key of a product's default is
    often known to everybody. Source: the products' documentation, as listed in tlsfleet/known/placeholders.py. Remedy:
    Have a certificate issued for the host's names, and name it in the service's configuration.
    """
    common, dns = subject_values(leaf.certificate, "CN"), dns_names(leaf.certificate)
    others = name_values(leaf.certificate)
    if isinstance(common, Unknown) or isinstance(dns, Unknown) or isinstance(others, Unknown):
        yield Unknown(leaf.subject, "its names cannot be read")
    elif meaning := placeholder_of(leaf.holder.path, common, others, dns):
        yield Violation(
            observed=meaning,
            expected="a certificate for the host's names",
            where=leaf.holder.named,
            remedy=f"certbot certonly, or a request to the CA; then name its files at {leaf.holder.named}, and reload",
            reproduce=show(leaf.holder, "-subject", "-issuer"),
        )


def _local(pair: Pair) -> bool:
    """Whether only programs of the same host can reach all addresses (host:port, or unix:path) of a use."""
    return bool(pair.block.addresses) and all(map(_is_local, pair.block.addresses))


def _is_local(address: str) -> bool:
    host = address.rpartition(":")[0]
    found = address_in(host)
    return address.startswith("unix:") or host == "localhost" or (found is not None and found.is_loopback)
