"""What the application behind an endpoint says: before TLS, behind STARTTLS, and over HTTP."""

from dataclasses import asdict, replace

from tlsfleet.endpoints import Endpoint, EndpointFacts, Http, Inapplicable, Preface
from tlsfleet.missing import Unknown
from tlsfleet.wire import http, offers
from tlsfleet.wire.asking import Asker, Json, Observe
from tlsfleet.wire.faults import Fault
from tlsfleet.wire.gate import Gate
from tlsfleet.wire.injection import SENT_AWAY, injected

HTTPS = 443


async def with_preface(asker: Asker, facts: EndpointFacts) -> EndpointFacts:
    """The facts with what is said before TLS, where something is."""
    return replace(facts, preface=await _preface(asker)) if asker.endpoint.starttls else facts


def sent_away(facts: EndpointFacts) -> bool:
    """Whether plaintext behind STARTTLS ended the connection: no find if the server comes to TLS otherwise."""
    preface = facts.preface
    return isinstance(preface, Preface) and preface.injection == Unknown(facts.endpoint.subject, SENT_AWAY)


def with_tls_afterwards(facts: EndpointFacts) -> EndpointFacts:
    """The facts of a server that came to TLS after plaintext behind STARTTLS was tried."""
    if not sent_away(facts) or facts.preface is None:
        return facts
    return replace(facts, preface=replace(facts.preface, injection=False))


async def with_http(asker: Asker, facts: EndpointFacts) -> EndpointFacts:
    """The facts with what a web server answers for the name, and what port 80 does beside 443."""
    if asker.endpoint.starttls or not is_http(facts):
        return facts
    answered = await _http(asker, "http", _over_tls)
    if isinstance(answered, Inapplicable):  # as no observation over TLS says
        answered = Unknown(asker.endpoint.subject, answered.reason)
    redirect = await _http(asker, "redirect", _plain) if asker.endpoint.port == HTTPS else None
    return replace(facts, http=answered, redirect=redirect)


def is_http(facts: EndpointFacts) -> bool:
    """Whether an endpoint is a web server's, by its port or by what it agreed to speak."""
    taken = () if isinstance(facts.alpn, Unknown) else facts.alpn
    return facts.endpoint.port in offers.WEB_PORTS or bool(set(taken) & set(offers.HTTP))


async def _preface(asker: Asker) -> Preface:
    try:
        found = await asker.preface()
    except Fault as fault:
        unknown = Unknown(asker.endpoint.subject, f"before TLS: {fault.text}")
        return Preface(unknown, mechanisms=unknown)
    return replace(found, injection=await asker.answered("injection", injected)) if found.offered is True else found


async def _http(asker: Asker, name: str, observe: Observe) -> Http | Unknown | Inapplicable:
    try:
        row = await asker.look(name, observe)
    except Fault as fault:
        return Unknown(asker.endpoint.subject, f"over HTTP: {fault.text}")
    if "reason" not in row:
        return Http(**row)
    return Unknown(**row) if "subject" in row else Inapplicable(**row)


async def _over_tls(endpoint: Endpoint, gate: Gate) -> Json:
    return asdict(await http.asked(endpoint, gate))


async def _plain(endpoint: Endpoint, gate: Gate) -> Json:
    return asdict(await http.redirected(endpoint.address, endpoint.server_name, gate))
