"""Chains: whether they are to be trusted, all the way up."""

from collections.abc import Iterator
from datetime import datetime

from tlsfleet import keys
from tlsfleet.check import BOTH, Outcome, check
from tlsfleet.crypto.authority import faults
from tlsfleet.crypto.certificates import issuer_of, key_of, organisations, shown, units
from tlsfleet.crypto.chains import issuers, self_issued, verdict
from tlsfleet.crypto.whole_chains import NO_CHAIN, Chain, whole_chains
from tlsfleet.facts import Certificate, Unknown
from tlsfleet.known.distrusted import distrusted
from tlsfleet.policy import Policy
from tlsfleet.verdict import MUST, NotApplicable, Violation


@check("chain.trusted", level=MUST, vantage=BOTH, subjects=whole_chains, nothing=NO_CHAIN, notes=["N28"])
def trusted(chain: Chain, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """OpenSSL verifies the chain against the trust anchors that the inventory names, or the auditor's own.

    Why: What OpenSSL refuses here, clients with the same anchors refuse. A chain can verify for one client and not for
    another: it depends on the store, so the finding says whose it was. Source: RFC 5280 6; notes N28. Remedy: Put the
    missing intermediates into the file; for a private CA name its root in tls_trust_anchors.
    """
    if not chain.anchors:
        yield Unknown(chain.subject, f"no trust store was given{f': {chain.store}' if chain.store else ''}")
        return
    found = verdict(chain.certificates, chain.anchors, now)
    if isinstance(found, Unknown):
        yield Unknown(chain.subject, found.reason)
    elif found:
        store = chain.store or "the auditor's own store"
        anchors = store.rpartition(" ")[2] if "/" in store else "roots.pem"
        yield Violation(
            observed=f"{found} (against {store})",
            expected="a chain that OpenSSL verifies",
            where=chain.holder.where,
            remedy=f"{chain.holder.mended('cat certificate.pem intermediate.pem >')}; "
            "for a private CA name the file of its root in tls_trust_anchors",
            reproduce=chain.holder.verified(anchors),
            at_most=chain.holder.lenient,
        )


@check(
    "chain.intermediates-valid",
    level=MUST,
    vantage=BOTH,
    subjects=whole_chains,
    nothing=NO_CHAIN,
    notes=["N26"],
    parameters=["key_rsa_bits", "key_curves", "signature_hashes"],
)
def intermediates_valid(chain: Chain, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """Each intermediate is in date, is a CA's that may issue what is below it, and has a strong key and signature.

    Why: Clients refuse a chain with an intermediate that has expired or may not issue; one with a weak key lets others
    issue certificates for the host. Source: RFC 5280 4.2.1.3, 4.2.1.9; BR 6.1.5, 7.1.3.2; notes N26. Remedy: Put the
    CA's present intermediate in its place; mostly the CA's page or its next certificate brings it.
    """
    above = issuers(chain.first, chain.others)
    if isinstance(above, Unknown):
        yield Unknown(chain.subject, above.reason)
        return
    if not above:
        yield NotApplicable("holds no intermediate")
    for authority, below in above.items():
        for fault in (*faults(authority, below, now), *_weak(authority, policy)):
            if isinstance(fault, Unknown):
                yield Unknown(chain.subject, f"{shown(authority)}: {fault.reason}")
            else:
                yield Violation(
                    observed=f"{shown(authority)}: {fault[0]}",
                    expected=fault[1],
                    where=chain.holder.where,
                    remedy=chain.holder.mended("replace the intermediate in", " by the CA's present one"),
                    reproduce=chain.holder.listing("-text"),
                )


def _weak(authority: Certificate, policy: Policy) -> Iterator[tuple[str, str] | Unknown]:
    """What is weak about a CA's key, and about its signature unless it is its own."""
    key, bits = key_of(authority), policy.number("key_rsa_bits")
    if isinstance(key, Unknown):
        yield key
    elif key[1] < bits if key[0] == "RSA" else key[0] not in policy.texts("key_curves"):
        yield f"{key[0]} key of {key[1]} bits", f"RSA of {bits} bits or more, {', '.join(policy.texts('key_curves'))}"
    used, allowed = keys.signature_hash(authority), policy.texts("signature_hashes")
    if isinstance(used, Unknown):
        yield used
    elif used not in allowed and not self_issued(authority):
        yield f"signed with {used}", f"signed with {', '.join(allowed)}"


@check(
    "chain.issuer-not-distrusted",
    level=MUST,
    vantage=BOTH,
    subjects=whole_chains,
    nothing=NO_CHAIN,
    notes=["N28", "N54"],
)
def issuer_not_distrusted(chain: Chain, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """No CA of the chain is one that browsers took their trust from.

    Why: Such CAs issued certificates to the wrong people, or were broken into. Browsers refuse what they issue, some of
    them by its date, while OpenSSL and older systems may still hold their roots. Source: the root programs' notices,
    as listed in tlsfleet/known/distrusted.py; notes N28, N54. Remedy: Have a certificate issued by another CA.
    """
    above = issuers(chain.first, chain.others)
    if isinstance(above, Unknown):
        yield Unknown(chain.subject, above.reason)
        return
    for certificate in (chain.first, *above):
        name = issuer_of(certificate)
        found = distrusted(organisations(name), units(name), chain.first.not_before)
        if name is None:
            yield Unknown(chain.subject, f"the issuer of {shown(certificate)} cannot be read")
        elif found:
            since = f", for certificates issued after {found.since:%Y-%m-%d}" if found.since else ""
            yield Violation(
                observed=f"{shown(certificate)} was issued by {found.ca}",
                expected=f"a CA that is not distrusted ({found.source}{since})",
                where=chain.holder.where,
                remedy=chain.holder.mended("have a certificate issued by another CA into"),
                reproduce=chain.holder.listing(),
            )
