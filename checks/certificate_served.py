"""Certificates as endpoints serve them: Certificate Transparency, and the staple that a certificate asks for."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from tlsfleet.check import WIRE, Outcome, check
from tlsfleet.crypto import stapling, transparency
from tlsfleet.crypto.certificates import is_public
from tlsfleet.crypto.holders import AtEndpoint, show
from tlsfleet.crypto.presented import presented
from tlsfleet.endpoints import ServedChain
from tlsfleet.facts import NOT_EXAMINED, Certificate, HostFacts, Malformed, Unknown
from tlsfleet.known import directives
from tlsfleet.policy import Policy
from tlsfleet.served import NO_ENDPOINT, Served
from tlsfleet.verdict import MAY, MUST, Conforms, Level, NotApplicable, Violation

PRIVATE = "a private CA issued it: no log takes its certificates, and no client asks for them"
NOT_ASKED_FOR = "the certificate does not ask for a staple"
NO_STAPLE = "no staple"
NEVER_STAPLE = {"postfix", "dovecot", "prosody"}


@dataclass(frozen=True, slots=True)
class Presented:
    """An end-entity certificate as an endpoint serves it, and where its issuer's may be found."""

    holder: AtEndpoint
    certificate: Certificate
    others: tuple[Certificate, ...]

    @property
    def subject(self) -> str:
        return self.holder.subject

    @property
    def at_most(self) -> Level:
        return self.holder.at_most

    @property
    def chain(self) -> ServedChain:
        return self.holder.chain


def served(facts: HostFacts, _policy: Policy) -> Iterator[Presented | Unknown]:
    """The certificates of every endpoint; what several names of a place are served alike once."""
    if facts.endpoints == NOT_EXAMINED:
        yield NOT_EXAMINED
    seen: set[tuple[str, str | None, ServedChain]] = set()
    for item in presented(facts):
        endpoint = None if isinstance(item, Unknown) else item.served.endpoint
        if isinstance(item, Unknown):
            yield item
        elif endpoint and (key := (endpoint.place, endpoint.starttls, item.chain)) not in seen:
            seen.add(key)
            yield _presented(item, facts)


@check("certificate.transparency", level=MAY, vantage=WIRE, subjects=served, nothing=NO_ENDPOINT)
def transparent(item: Presented, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """A public CA's certificate is in enough logs of Certificate Transparency.

    Why: Browsers refuse a public CA's certificate that cannot show that logs have it; without the logs nobody learns of
    one that was issued wrongly. Source: RFC 6962 3.3; Chrome's and Apple's Certificate Transparency policies. Remedy:
    Have the CA issue a certificate with SCTs of several logs in it.
    """
    public = is_public(item.certificate)
    if isinstance(public, Unknown):
        yield Unknown(item.subject, public.reason)
        return
    if not public:
        yield NotApplicable(PRIVATE, item.subject)
        return
    logs = transparency.vouched(item.certificate, item.chain)
    if logs.enough:
        yield Conforms(f"SCTs of {len(logs.held | logs.sent)} logs; their signatures were not verified")
    elif logs.dark:
        yield Unknown(item.subject, logs.dark.reason)
    else:
        yield Violation(
            observed=f"SCTs of {len(logs.held)} logs in the certificate, of {len(logs.sent)} beside it",
            expected=f"of {logs.wanted} logs in the certificate, or of {transparency.DELIVERED} beside it",
            where=item.holder.where,
            remedy=item.holder.renewed(),
            reproduce=show(item.holder, "-ext", "ct_precert_scts"),
        )


@check("certificate.must-staple-honoured", level=MUST, vantage=WIRE, subjects=served, nothing=NO_ENDPOINT)
def must_staple_honoured(item: Presented, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """A certificate that asks for a staple is served with a valid one.

    Why: Clients that heed the request refuse the certificate without a fresh answer of its CA's that it was not
    revoked. Source: RFC 7633 4.2.3.1; RFC 6066 8; RFC 6960 3.2. Remedy: Switch stapling on, and let the server reach
    its CA's OCSP responder; where the server cannot staple, have a certificate issued that does not ask for it.
    """
    demanded, staple = stapling.demanded(item.certificate), item.chain.staple
    if isinstance(demanded, Unknown):
        yield Unknown(item.subject, demanded.reason)
    elif not demanded:
        yield NotApplicable(NOT_ASKED_FOR, item.subject)
    elif isinstance(staple, Unknown):
        yield Unknown(item.subject, staple.reason)
    else:
        found = list(stapling.faults(staple, item.certificate, item.others, now)) if staple else [NO_STAPLE]
        yield from (Unknown(item.subject, each.reason) for each in found if isinstance(each, Unknown))
        if said := [each for each in found if isinstance(each, str)]:
            yield _unproven(item, "; ".join(said))


def _unproven(item: Presented, observed: str) -> Violation:
    served = item.holder.served
    return Violation(
        observed=observed if observed == NO_STAPLE else f"a staple that proves nothing: {observed}",
        expected="a valid OCSP response, stapled",
        where=served.place("stapling"),
        remedy=_mend(served, missing=observed == NO_STAPLE),
        reproduce=served.s_client("-status"),
    )


def _mend(served: Served, *, missing: bool) -> str:
    if served.service in NEVER_STAPLE:
        return f"{served.service} cannot staple: have a certificate issued without status_request (RFC 7633)"
    if missing:
        return served.mend("stapling", "on")
    fetch = "have the server fetch a new one from its CA's OCSP responder, or put a new one in its file"
    return f"{fetch}; {directives.reload(served.service)}"


def _presented(item: AtEndpoint, facts: HostFacts) -> Presented | Unknown:
    sent = item.chain.certificates
    first = sent[0] if sent else Malformed(item.subject, "it sends no certificate")
    if isinstance(first, Malformed):
        return Unknown(item.subject, first.reason)
    others = (*(each for each in sent[1:] if isinstance(each, Certificate)), *(facts.declared.trust_anchors or ()))
    return Presented(item, first, others)
