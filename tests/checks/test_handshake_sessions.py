"""Sessions of before, on the wire: resumption and early data."""

import pytest

from tests.checks.cases import CONFORMS, NOT_APPLICABLE, UNKNOWN, VIOLATES, Case
from tests.checks.edits import declared, endpoints, only_endpoint, setting
from tests.checks.hosts import Edit, sound_endpoint, sound_host
from tlsfleet.facts import Answered, HostFacts, Inapplicable, Unknown

SILENT = Unknown("443", "it fell silent")
NEWER, OLDER = Inapplicable("it speaks nothing below TLS 1.3"), Inapplicable("it does not speak TLS 1.3")
INSTEAD = Inapplicable("it gives tickets instead")
NOTHING: dict[str, Answered] = dict.fromkeys(("id", "ticket", "psk"), False)
OFF = setting(session_cache="none", session_tickets=False)


def resuming(*edits: Edit, **ways: Answered) -> HostFacts:
    """A host whose endpoints resume sessions by these ways (id, ticket, psk) alone."""
    return sound_host(endpoints(resumption=NOTHING | ways), *edits)


def mail(**ways: Answered) -> HostFacts:
    """A mail server whose configuration is not known, and that resumes sessions by these ways alone."""
    return sound_host(only_endpoint(sound_endpoint(port=587, starttls="smtp", resumption=NOTHING | ways)))


RESUMPTION, EARLY = "handshake.session-resumption", "handshake.no-early-data"
CASES = [
    Case(RESUMPTION, "by id", CONFORMS, lambda: resuming(id=True, psk=OLDER)),
    Case(RESUMPTION, "in TLS 1.3", CONFORMS, lambda: resuming(id=NEWER, ticket=NEWER, psk=True)),
    Case(
        RESUMPTION,
        "by ticket, as configured",
        CONFORMS,
        lambda: resuming(setting(session_tickets=True), id=INSTEAD, ticket=True, psk=OLDER),
    ),
    Case(
        RESUMPTION, "by ticket, though off", VIOLATES, lambda: resuming(id=INSTEAD, ticket=True), "ssl_session_tickets"
    ),
    Case(
        RESUMPTION,
        "nothing, though there is a cache",
        VIOLATES,
        resuming,
        "the configuration provides for it",
    ),
    Case(RESUMPTION, "nothing, and off", VIOLATES, lambda: resuming(OFF), "shared:SSL:10m"),
    Case(
        RESUMPTION,
        "nothing, and nobody knows the configuration",
        VIOLATES,
        lambda: resuming(declared(terminated_by="a CDN"), psk=OLDER),
    ),
    Case(RESUMPTION, "nothing, by mail", NOT_APPLICABLE, mail, "no setting asks for it"),
    Case(
        RESUMPTION,
        "nothing, and whether it is a web server cannot be told",
        UNKNOWN,
        lambda: sound_host(only_endpoint(sound_endpoint(port=4433, http=None, alpn=SILENT, resumption=NOTHING))),
        "whether it is a web server",
    ),
    Case(RESUMPTION, "one way cannot be told", UNKNOWN, lambda: resuming(ticket=SILENT), "fell silent"),
    Case(RESUMPTION, "one way cannot be told, by mail", UNKNOWN, lambda: mail(ticket=SILENT), "fell silent"),
    Case(RESUMPTION, "it was not tried", UNKNOWN, lambda: sound_host(endpoints(resumption={}))),
    Case(RESUMPTION, "it was tried in part", UNKNOWN, lambda: sound_host(endpoints(resumption={"id": False}))),
    Case(RESUMPTION, "SSL 3 alone", NOT_APPLICABLE, lambda: resuming(id=NEWER, ticket=NEWER, psk=OLDER)),
    Case(EARLY, "none", CONFORMS, sound_host),
    Case(EARLY, "taken", VIOLATES, lambda: sound_host(endpoints(early_data=True)), "ssl_early_data off;"),
    Case(EARLY, "it cannot be told", UNKNOWN, lambda: sound_host(endpoints(early_data=SILENT)), "fell silent"),
    Case(EARLY, "TLS 1.2 alone", NOT_APPLICABLE, lambda: sound_host(endpoints(early_data=OLDER))),
    Case(
        EARLY,
        "taken, and allowed",
        NOT_APPLICABLE,
        lambda: sound_host(endpoints(early_data=True)),
        "the policy allows early data",
        parameters=(("early_data", "allowed"),),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case: Case) -> None:
    case.assert_status()
