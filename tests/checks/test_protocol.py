"""Protocol versions on the wire."""

import pytest

from tests.checks.cases import CONFORMS, NOT_APPLICABLE, UNKNOWN, VIOLATES, Case, verdict
from tests.checks.edits import declared, endpoints, only_endpoint
from tests.checks.hosts import sound_endpoint, sound_host
from tlsfleet.facts import EndpointFacts, HostFacts, Unknown
from tlsfleet.verdict import Level

SILENT = Unknown("443", "it fell silent")
SOUND = sound_endpoint().protocols


def speaking(*names: str) -> HostFacts:
    """A host whose endpoints speak these versions alone."""
    return sound_host(endpoints(protocols=protocols(*names)))


def protocols(*names: str, untold: str = "") -> dict[str, bool | Unknown]:
    return {name: SILENT if name == untold else name in names for name in SOUND}


def mail(**changes: object) -> EndpointFacts:
    return sound_endpoint(port=25, starttls="smtp", endpoint_class="opportunistic", **changes)


CASES = [
    Case("protocol.only-allowed", "TLS 1.2 and 1.3", CONFORMS, sound_host),
    Case(
        "protocol.only-allowed",
        "TLS 1.0 too",
        VIOLATES,
        lambda: speaking("TLSv1.0", "TLSv1.2"),
        "openssl s_client -connect 192.0.2.10:587 -starttls smtp -servername www.example.org -tls1 ",
    ),
    Case("protocol.only-allowed", "SSL 2", VIOLATES, lambda: speaking("SSLv2", "TLSv1.2"), "DROWN"),
    Case("protocol.only-allowed", "SSL 3", VIOLATES, lambda: speaking("SSLv3", "TLSv1.2"), "POODLE"),
    Case(
        "protocol.only-allowed",
        "SSL 3 cannot be told",
        UNKNOWN,
        lambda: sound_host(endpoints(protocols=protocols("TLSv1.2", untold="SSLv3"))),
        "fell silent",
    ),
    Case(
        "protocol.only-allowed",
        "an endpoint that does not answer",
        UNKNOWN,
        lambda: sound_host(only_endpoint(EndpointFacts(sound_endpoint().endpoint, failure=SILENT))),
    ),
    Case("protocol.only-allowed", "no endpoints", NOT_APPLICABLE, lambda: sound_host(endpoints=())),
    Case("protocol.only-allowed", "the wire is off", NOT_APPLICABLE, lambda: sound_host(declared(wire=False))),
    Case(
        "protocol.only-allowed",
        "TLS 1.0 in 2014",
        CONFORMS,
        lambda: speaking("TLSv1.0", "TLSv1.2"),
        policy="notes-2014",
    ),
    Case("protocol.required-offered", "TLS 1.3 alone", CONFORMS, lambda: speaking("TLSv1.3")),
    Case("protocol.required-offered", "TLS 1.1 alone", VIOLATES, lambda: speaking("TLSv1.1")),
    Case(
        "protocol.required-offered",
        "TLS 1.2 cannot be told",
        UNKNOWN,
        lambda: sound_host(endpoints(protocols=protocols("TLSv1.0", untold="TLSv1.2"))),
    ),
    Case("protocol.tls13-offered", "TLS 1.3", CONFORMS, sound_host),
    Case("protocol.tls13-offered", "TLS 1.2 alone", VIOLATES, lambda: speaking("TLSv1.2"), "TLSv1.2 alone"),
    Case(
        "protocol.tls13-offered",
        "it cannot be told",
        UNKNOWN,
        lambda: sound_host(endpoints(protocols=protocols("TLSv1.2", untold="TLSv1.3"))),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case: Case) -> None:
    case.assert_status()


@pytest.mark.parametrize(
    ("version", "level"), [("SSLv2", Level.MUST), ("SSLv3", Level.MUST), ("TLSv1.0", Level.MAY), ("TLSv1.1", Level.MAY)]
)
def test_mail_between_servers_may_be_old_but_not_broken(version: str, level: Level) -> None:
    facts = sound_host(only_endpoint(mail(protocols=protocols(version, "TLSv1.2"))))
    found = verdict("protocol.only-allowed", facts)
    assert (found.status, found.level) == (VIOLATES, level)


def test_what_only_the_host_itself_reaches_is_recommended() -> None:
    facts = sound_host(only_endpoint(sound_endpoint(endpoint_class="local", protocols=protocols("SSLv3", "TLSv1.2"))))
    assert verdict("protocol.only-allowed", facts).level is Level.MAY


def test_the_place_is_that_of_the_configuration() -> None:
    found = verdict("protocol.only-allowed", speaking("TLSv1.1", "TLSv1.2"))
    places = {finding.subject: finding.where for finding in found.findings}
    assert places["192.0.2.10:443@www.example.org"].startswith("/etc/nginx/")
    assert places["192.0.2.10:587/smtp@www.example.org"] == "192.0.2.10:587"
