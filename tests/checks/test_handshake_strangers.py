"""Clients that ask for what a server has not got."""

import pytest

from tests.checks.cases import CONFORMS, NOT_APPLICABLE, UNKNOWN, VIOLATES, Case, verdict
from tests.checks.edits import endpoints, only_endpoint
from tests.checks.hosts import sound_endpoint, sound_host
from tlsfleet.facts import HostFacts, Inapplicable, Unknown
from tlsfleet.verdict import Level

SILENT = Unknown("443", "it fell silent")
ALPN, NAME = "handshake.alpn-strict", "handshake.unknown-name"


def one(**changes: object) -> HostFacts:
    """A host with one endpoint, of the web unless told otherwise."""
    return sound_host(only_endpoint(sound_endpoint(**changes)))


def mail(**changes: object) -> HostFacts:
    return one(port=587, starttls="smtp", **changes)


CASES = [
    Case(ALPN, "an unknown protocol is refused", CONFORMS, sound_host),
    Case(ALPN, "an unknown protocol is let pass", VIOLATES, lambda: one(alpn_strict=False), "-alpn no-such-protocol"),
    Case(ALPN, "no protocols at all", NOT_APPLICABLE, lambda: mail(alpn_strict=False), "(ALPN) at all"),
    Case(ALPN, "it cannot be told", UNKNOWN, lambda: one(alpn_strict=SILENT), "fell silent"),
    Case(
        ALPN,
        "whether it negotiates cannot be told",
        UNKNOWN,
        lambda: one(alpn_strict=False, alpn=SILENT),
        "whether it negotiates",
    ),
    Case(NAME, "an unknown name is refused", CONFORMS, one),
    Case(NAME, "the same for all", VIOLATES, lambda: one(unknown_name="same"), "the name that is served"),
    Case(NAME, "another's", VIOLATES, lambda: one(unknown_name="other"), "-servername no-such-name.invalid </dev/null"),
    Case(NAME, "by mail", NOT_APPLICABLE, lambda: mail(unknown_name="same"), "outside the web"),
    Case(NAME, "it cannot be told", UNKNOWN, lambda: one(unknown_name=SILENT), "fell silent"),
    Case(
        NAME,
        "whether it is a web server cannot be told",
        UNKNOWN,
        lambda: one(port=4433, unknown_name="same", http=None, alpn=SILENT),
        "whether it is a web server",
    ),
    Case(
        NAME,
        "no name was asked for",
        NOT_APPLICABLE,
        lambda: one(server_name=None, unknown_name=Inapplicable("no name was asked for")),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case: Case) -> None:
    case.assert_status()


def test_an_endpoint_without_a_name_hides_no_other() -> None:
    nameless = sound_endpoint(server_name=None)
    facts = sound_host(only_endpoint(nameless, sound_endpoint(unknown_name="same")))
    assert verdict(NAME, facts).status is VIOLATES


@pytest.mark.parametrize("check", [ALPN, NAME])
def test_strictness_is_recommended(check: str) -> None:
    assert verdict(check, sound_host(endpoints(alpn_strict=False, unknown_name="other"))).level is Level.MAY


def test_a_web_server_of_nginx_gets_a_server_that_rejects() -> None:
    (found,) = verdict(NAME, one(unknown_name="same")).findings
    assert "listen 443 ssl default_server; listen [::]:443 ssl default_server; ssl_reject_handshake on;" in found.remedy
