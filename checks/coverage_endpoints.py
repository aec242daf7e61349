"""Whether every TLS socket was looked at: what listens is among the endpoints, and the endpoints answer."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from tlsfleet.check import BOTH, WIRE, Outcome, check
from tlsfleet.endpoints import LOCAL
from tlsfleet.facts import EndpointFacts, HostFacts, Unknown
from tlsfleet.known.programs import service_of
from tlsfleet.listening import PLAIN, WILDCARDS, Heard, address_of, heard
from tlsfleet.policy import Policy
from tlsfleet.served import NO_ENDPOINT, Served, every_endpoint
from tlsfleet.verdict import MAY, MUST, Conforms, Level, NotApplicable, Violation

TITLE = "the inventory's tls_endpoints"
NOT_ASKED = "it was not asked; if it speaks TLS, declare it in tls_endpoints"


@dataclass(frozen=True, slots=True)
class Listening:
    """A TCP socket that others reach, and the endpoint that it is; Unknown where that cannot be told, None if none."""

    heard: Heard
    endpoint: EndpointFacts | Unknown | None

    @property
    def subject(self) -> str:
        return self.heard.subject


@dataclass(frozen=True, slots=True)
class Place:
    """An endpoint that was to be examined.

    ``failure`` is why TLS was not reached there, ``host`` why nothing of the whole host was; ``at_most`` lowers what is
    found where only the host itself reaches it.
    """

    subject: str
    served: Served | None
    failure: Unknown | None
    host: Unknown | None
    at_most: Level = MUST


def listening(facts: HostFacts, _policy: Policy) -> Iterator[Listening | Unknown | NotApplicable]:
    """Every TCP socket of the host that is not on loopback."""
    declared, listeners, examined = facts.declared, facts.listeners, facts.endpoints
    if declared.terminated_by:
        yield NotApplicable(f"TLS ends at {declared.terminated_by}, before this host", facts.host)
    elif not declared.shell:
        yield NotApplicable("without a shell nothing tells what listens", facts.host)
    elif not declared.wire:
        yield NotApplicable("the inventory has no endpoint of this host examined", facts.host)
    elif isinstance(listeners, Unknown):
        yield Unknown("listeners", listeners.reason)
    elif isinstance(examined, Unknown):
        yield examined
    else:
        sockets = tuple(heard(facts, listeners))
        yield from (Listening(each, _endpoint(each, sockets, examined)) for each in sockets)


def places(facts: HostFacts, _policy: Policy) -> Iterator[Place | Unknown]:
    """Every endpoint that was to be examined; names of one place that fared alike once."""
    if isinstance(facts.endpoints, Unknown):
        yield facts.endpoints
        return
    seen: set[tuple[str, str | None, str]] = set()
    for each in every_endpoint(facts):
        if isinstance(each, Unknown):
            yield Place(each.subject, None, each, facts.failure)
            continue
        reason = each.facts.failure.reason if each.facts.failure else ""
        key = (each.endpoint.place, each.endpoint.starttls, reason)
        if key not in seen:
            seen.add(key)
            at_most = MAY if each.endpoint.endpoint_class == LOCAL else MUST
            yield Place(each.subject, each, each.facts.failure, facts.failure, at_most)


@check(
    "coverage.listeners-declared",
    level=MUST,
    vantage=BOTH,
    subjects=listening,
    nothing="nothing listens for others",
)
def listeners_declared(item: Listening, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """Every listening TLS socket that others reach is an endpoint that was examined.

    Why: What nobody wrote down nobody looks at: a forgotten port keeps the old protocols and the expired certificate.
    Source: this suite's own rule: never a false pass; PCI DSS 4.2.1.1. Remedy: Declare the endpoint in tls_endpoints,
    or take that variable out so that whatever listens is examined; where nobody needs it, stop the service.
    """
    listener = item.heard.listener
    if isinstance(item.endpoint, Unknown):
        yield item.endpoint
    elif item.endpoint is not None:
        return
    elif item.heard.tls:
        start = f"/{item.heard.starttls}" if item.heard.starttls else ""
        yield Violation(
            observed=f"listens, and no endpoint was examined there ({_program(item)})",
            expected="every TLS socket that others reach among the endpoints",
            where=TITLE,
            remedy=f"add {listener.port if listener.address in WILDCARDS else item.subject}{start} to tls_endpoints",
            reproduce=f"ss -Hltnp 'sport = :{listener.port}'",
        )
    elif item.heard.tls is False:
        by = f"port ({PLAIN[listener.port]})" if listener.port in PLAIN else "configuration"
        yield Conforms(f"it speaks no TLS by its {by}")
    elif isinstance(listener.process, Unknown):
        yield Unknown(item.subject, f"what listens there: {listener.process.reason}")
    elif service := service_of(listener.process):
        yield Unknown(item.subject, f"no configuration that was read says whether {service} speaks TLS there")
    else:
        yield NotApplicable(f"nothing tells that {listener.process} speaks TLS there, and {NOT_ASKED}", item.subject)


@check("coverage.endpoints-reachable", level=MUST, vantage=WIRE, subjects=places, nothing=NO_ENDPOINT)
def endpoints_reachable(item: Place, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """Every endpoint that is declared, or was found listening, answers in TLS.

    Why: Nothing can be told of an endpoint that does not answer, and its users fare no better than the auditor. Source:
    this suite's own rule: never a false pass. Remedy: Start the service, let the auditor through the firewall, or
    take the endpoint out of tls_endpoints.
    """
    if item.failure is None:
        return
    if item.host is not None:
        yield Unknown(item.subject, f"{item.failure.reason}; the host itself was not reached: {item.host.reason}")
    else:
        yield Violation(
            observed=item.failure.reason,
            expected="it answers in TLS",
            where=item.served.place("certificates") if item.served else TITLE,
            reproduce=item.served.s_client() if item.served else "",
        )


def _program(item: Listening) -> str:
    process = item.heard.listener.process
    return "by a program that cannot be told" if isinstance(process, Unknown) else process


def _endpoint(
    wanted: Heard, sockets: tuple[Heard, ...], examined: tuple[EndpointFacts | Unknown, ...]
) -> EndpointFacts | Unknown | None:
    """The endpoint that a socket is, whatever became of it: that is for endpoints-reachable to say.

    A socket on an address of its own that alone has its port is meant by whatever address leads to the port, as where
    addresses are translated on the way.
    """
    port, address = wanted.listener.port, address_of(wanted.listener.address)
    alone = sum(each.listener.port == port for each in sockets) == 1
    for each in examined:
        if not isinstance(each, EndpointFacts) or each.endpoint.port != port:
            continue
        if alone or wanted.listener.address in WILDCARDS or address_of(each.endpoint.address) == address:
            return each
    dark = (each for each in examined if isinstance(each, Unknown) and each.subject.endswith(f":{port}"))
    return next(dark, None)
