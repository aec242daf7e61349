"""Whether every TLS socket was looked at, and answered."""

from dataclasses import replace

import pytest

from tests.checks.cases import CONFORMS, NOT_APPLICABLE, UNKNOWN, VIOLATES, Case, verdict
from tests.checks.edits import block, declared, only_endpoint
from tests.checks.hosts import sound_endpoint, sound_host
from tlsfleet.facts import NOT_EXAMINED, EndpointFacts, HostFacts, Listener, Unknown
from tlsfleet.verdict import Level

DECLARED, REACHABLE = "coverage.listeners-declared", "coverage.endpoints-reachable"
SILENT = Unknown("443", "it fell silent")
NO_ADDRESS = Unknown("www.example.org:8443", "its address is not known: no such name")
ANY = "0.0.0.0"


def listening(*places: str, process: str | Unknown = "java") -> HostFacts:
    """The sound host, where these sockets (address:port) listen too."""
    split = [place.rpartition(":") for place in places]
    more = tuple(Listener("tcp", address.strip("[]"), int(port), process, 900) for address, _, port in split)
    facts = sound_host()
    assert isinstance(facts.listeners, tuple)
    return replace(facts, listeners=(*facts.listeners, *more))


def dead(**place: object) -> EndpointFacts:
    return EndpointFacts(sound_endpoint(**place).endpoint, failure=SILENT)


def among(*more: EndpointFacts | Unknown) -> HostFacts:
    """The sound host's endpoints, and more."""
    facts = sound_host()
    assert isinstance(facts.endpoints, tuple)
    return replace(facts, endpoints=(*facts.endpoints, *more))


CASES = [
    Case(DECLARED, "what listens was examined", CONFORMS, sound_host),
    Case(DECLARED, "8443 was not", VIOLATES, lambda: listening(f"{ANY}:8443"), "add 8443 to tls_endpoints"),
    Case(DECLARED, "IPv6's wildcard", VIOLATES, lambda: listening("[::]:993"), "add 993 to tls_endpoints"),
    Case(DECLARED, "STARTTLS", VIOLATES, lambda: listening(f"{ANY}:143"), "add 143/imap to tls_endpoints"),
    Case(
        DECLARED,
        "an address of its own",
        VIOLATES,
        lambda: listening("192.0.2.11:443"),
        "add 192.0.2.11:443 to ",
    ),
    Case(DECLARED, "an IPv6 address", VIOLATES, lambda: listening("[2001:db8::1]:443"), "add [2001:db8::1]:443 to"),
    Case(
        DECLARED,
        "an address alone on its port is what leads there",
        CONFORMS,
        lambda: replace(listening("10.0.0.5:8443"), endpoints=(*_sound(), sound_endpoint(port=8443))),
    ),
    Case(
        DECLARED,
        "a port by its configuration alone",
        VIOLATES,
        lambda: block(addresses=(f"{ANY}:4443",))(listening(f"{ANY}:4443", process="nginx")),
        "add 4443 to tls_endpoints",
    ),
    Case(
        DECLARED,
        "443 without TLS, as configured",
        CONFORMS,
        lambda: sound_host(block(addresses=()), block("plain", addresses=(f"{ANY}:443",)), endpoints=_sound()[2:]),
        "no TLS by its configuration",
    ),
    Case(DECLARED, "loopback", CONFORMS, lambda: listening("127.0.0.1:8443", "[::1]:8443", "127.0.1.1:993")),
    Case(DECLARED, "SSH", CONFORMS, lambda: listening(f"{ANY}:22"), "no TLS by its port (SSH)"),
    Case(
        DECLARED, "a program that nothing is known of", CONFORMS, lambda: listening(f"{ANY}:3000"), "it was not asked"
    ),
    Case(
        DECLARED,
        "such a program, examined all the same",
        CONFORMS,
        lambda: replace(listening(f"{ANY}:3000"), endpoints=(*_sound(), sound_endpoint(port=3000))),
    ),
    Case(
        DECLARED, "a server of TLS", UNKNOWN, lambda: listening(f"{ANY}:3000", process="haproxy"), "haproxy speaks TLS"
    ),
    Case(
        DECLARED,
        "a program that cannot be seen",
        UNKNOWN,
        lambda: listening(f"{ANY}:3000", process=Unknown("3000", "permission denied")),
        "permission denied",
    ),
    Case(
        DECLARED,
        "a program that cannot be seen, on a port of TLS",
        VIOLATES,
        lambda: listening(f"{ANY}:993", process=Unknown("993", "permission denied")),
    ),
    Case(
        DECLARED,
        "an endpoint without address",
        UNKNOWN,
        lambda: replace(listening(f"{ANY}:8443"), endpoints=(*_sound(), NO_ADDRESS)),
        "no such name",
    ),
    Case(
        DECLARED,
        "an endpoint that does not answer was examined",
        CONFORMS,
        lambda: replace(listening(f"{ANY}:8443"), endpoints=(*_sound(), dead(port=8443))),
    ),
    Case(DECLARED, "listeners unknown", UNKNOWN, lambda: sound_host(listeners=SILENT), "fell silent"),
    Case(DECLARED, "endpoints unknown", UNKNOWN, lambda: sound_host(endpoints=NOT_EXAMINED)),
    Case(DECLARED, "nothing listens", NOT_APPLICABLE, lambda: sound_host(listeners=())),
    Case(DECLARED, "no shell", NOT_APPLICABLE, lambda: sound_host(declared(shell=False))),
    Case(DECLARED, "the wire is off", NOT_APPLICABLE, lambda: sound_host(declared(wire=False))),
    Case(DECLARED, "behind a CDN", NOT_APPLICABLE, lambda: sound_host(declared(terminated_by="a CDN"), endpoints=())),
    Case(REACHABLE, "all answer", CONFORMS, sound_host),
    Case(REACHABLE, "one does not", VIOLATES, lambda: among(dead(port=8443)), "it fell silent"),
    Case(REACHABLE, "one has no address", VIOLATES, lambda: among(NO_ADDRESS), "no such name"),
    Case(
        REACHABLE,
        "one refuses every handshake",
        VIOLATES,
        lambda: among(replace(dead(port=8443), refused=True, failure=Unknown("8443", "it refuses every handshake"))),
        "refuses every handshake",
    ),
    Case(
        REACHABLE,
        "the host is down",
        UNKNOWN,
        lambda: sound_host(only_endpoint(dead()), failure=Unknown("web1", "no route to host")),
        "no route to host",
    ),
    Case(
        REACHABLE,
        "the shell alone is down",
        CONFORMS,
        lambda: sound_host(failure=Unknown("web1", "no route to host")),
    ),
    Case(REACHABLE, "nothing was examined", UNKNOWN, lambda: sound_host(endpoints=NOT_EXAMINED)),
    Case(REACHABLE, "no endpoints", NOT_APPLICABLE, lambda: sound_host(endpoints=())),
    Case(REACHABLE, "the wire is off", NOT_APPLICABLE, lambda: sound_host(declared(wire=False))),
]


def _sound() -> tuple[EndpointFacts | Unknown, ...]:
    found = sound_host().endpoints
    assert isinstance(found, tuple)
    return found


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case: Case) -> None:
    case.assert_status()


def test_what_was_not_looked_at_is_said() -> None:
    found = verdict(DECLARED, listening(f"{ANY}:3000"))
    status = {result.subject: (result.status, result.reason) for result in found.subjects}[f"{ANY}:3000"]
    assert status == (
        NOT_APPLICABLE,
        "nothing tells that java speaks TLS there, and it was not asked; if it speaks TLS, declare it in tls_endpoints",
    )


def test_the_names_of_a_dead_place_are_one_finding() -> None:
    names = ("a.example.org", "b.example.org", None)
    found = verdict(REACHABLE, sound_host(only_endpoint(*(dead(server_name=name) for name in names))))
    (finding,) = found.findings
    assert finding.reproduce == "openssl s_client -connect 192.0.2.10:443 -servername a.example.org </dev/null"


def test_what_only_the_host_itself_reaches_is_recommended() -> None:
    facts = sound_host(only_endpoint(dead(address="127.0.0.1", endpoint_class="local")))
    assert verdict(REACHABLE, facts).level is Level.MAY
