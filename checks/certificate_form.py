"""Certificates: signature, use and form, and whether it is a real one at all."""

from collections.abc import Iterator
from datetime import datetime
from shlex import quote

from tlsfleet import keys
from tlsfleet.check import BOTH, Outcome, check
from tlsfleet.crypto.certificates import is_public, name_values
from tlsfleet.crypto.host_names import address_in
from tlsfleet.crypto.lint import lint
from tlsfleet.crypto.remedies import renew, show
from tlsfleet.crypto.server_use import server_faults
from tlsfleet.facts import Unknown
from tlsfleet.known.placeholders import placeholder as placeholder_of
from tlsfleet.names import dns_names, subject_values
from tlsfleet.policy import Policy
from tlsfleet.subjects import Leaf, leaves
from tlsfleet.verdict import MUST, SHOULD, NotApplicable, Violation

NO_LEAF = "no certificate is in use"


@check(
    "certificate.signature-algorithm",
    level=MUST,
    vantage=BOTH,
    subjects=leaves,
    nothing=NO_LEAF,
    notes=["N05"],
    parameters=["signature_hashes"],
)
def signature_algorithm(leaf: Leaf, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """The certificate is signed with SHA-256 or better.

    Why: Two certificates with one MD5 or SHA-1 hash can be computed, so that such a signature proves nothing; clients
    refuse it. Source: RFC 9325 4.1; BR 7.1.3.2; notes N05. Remedy: Have the certificate issued anew; a private CA signs
    with openssl ca -md sha256, or openssl x509 -req -sha256.
    """
    name, allowed = keys.signature_hash(leaf.certificate), policy.texts("signature_hashes")
    if isinstance(name, Unknown):
        yield Unknown(leaf.path, name.reason)
    elif name not in allowed:
        yield Violation(
            observed=f"signed with {name}",
            expected=", ".join(allowed),
            where=leaf.path,
            remedy=renew(leaf.path, leaf.pairs),
            reproduce=show(leaf.path),
            tags={"sha1": ("SHAttered",), "md5": ("CVE-2004-2761",)}.get(name, ()),
        )


@check("certificate.server-auth", level=MUST, vantage=BOTH, subjects=leaves, nothing=NO_LEAF)
def server_auth(leaf: Leaf, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """The certificate is one for a server: no CA's, for server authentication, its key for signatures.

    Why: Clients refuse a certificate for other uses. With a CA's certificate on a server, who breaks in there can
    issue certificates for any name. Source: RFC 5280 4.2.1.3, 4.2.1.9, 4.2.1.12; RFC 8446 4.4.2.2; BR 7.1.2.7. Remedy:
    Have it issued with basicConstraints CA:FALSE, keyUsage digitalSignature and extendedKeyUsage serverAuth.
    """
    for fault in server_faults(leaf.certificate):
        if isinstance(fault, Unknown):
            yield Unknown(leaf.path, fault.reason)
        else:
            yield Violation(
                observed=fault[0],
                expected=fault[1],
                where=leaf.path,
                remedy=renew(leaf.path, leaf.pairs),
                reproduce=show(leaf.path, "-ext", "basicConstraints,keyUsage,extendedKeyUsage"),
            )


@check("certificate.well-formed", level=SHOULD, vantage=BOTH, subjects=leaves, nothing=NO_LEAF)
def well_formed(leaf: Leaf, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """The certificate has the form that RFC 5280 asks for; a public CA's, that of the Baseline Requirements.

    Why: What one client overlooks another refuses; a certificate of bad form shows a CA that does not look. Source:
    pkilint's lints of level error, each of which names its clause. Remedy: Have the certificate issued anew; for a
    private CA correct the configuration that it signs with.
    """
    public = is_public(leaf.certificate)
    found = lint(leaf.certificate.der, public=public is True)
    if isinstance(found, Unknown):
        yield Unknown(leaf.path, found.reason)
        return
    tool = "lint_cabf_serverauth_cert lint -d" if public is True else "lint_pkix_cert lint"
    for item in found:
        yield Violation(
            observed=f"{item.code} at {item.place}{f': {item.message}' if item.message else ''}",
            expected="no error",
            where=leaf.path,
            remedy=renew(leaf.path, leaf.pairs),
            reproduce=f"openssl x509 -in {quote(leaf.path)} | {tool} -s ERROR /dev/stdin",
        )


@check("certificate.placeholder", level=MUST, vantage=BOTH, subjects=leaves, nothing=NO_LEAF)
def placeholder(leaf: Leaf, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """The certificate is a real one: no distribution's or product's default, no test CA's, none for localhost.

    Why: Such a certificate was put there to be replaced. No client trusts it, and the key of a product's default is
    often known to everybody. Source: the products' documentation, as listed in tlsfleet/known/placeholders.py. Remedy:
    Have a certificate issued for the host's names, and name it in the service's configuration.
    """
    common, dns = subject_values(leaf.certificate, "CN"), dns_names(leaf.certificate)
    others = name_values(leaf.certificate)
    if leaf.pairs and all(pair.block.addresses and all(map(_local, pair.block.addresses)) for pair in leaf.pairs):
        yield NotApplicable("it is used on local addresses only")
    elif isinstance(common, Unknown) or isinstance(dns, Unknown) or isinstance(others, Unknown):
        yield Unknown(leaf.path, "its names cannot be read")
    elif meaning := placeholder_of(leaf.path, common, others, dns):
        yield Violation(
            observed=meaning,
            expected="a certificate for the host's names",
            where=leaf.pairs[0].where if leaf.pairs else leaf.path,
            remedy=f"certbot certonly, or a request to the CA; then name its files at "
            f"{leaf.pairs[0].where if leaf.pairs else leaf.path}, and reload",
            reproduce=show(leaf.path, "-subject", "-issuer"),
        )


def _local(address: str) -> bool:
    """Whether only programs of the same host can reach an address (host:port, or unix:path)."""
    host = address.rpartition(":")[0]
    found = address_in(host)
    return address.startswith("unix:") or host == "localhost" or (found is not None and found.is_loopback)
