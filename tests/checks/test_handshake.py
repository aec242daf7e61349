"""Handshakes below TLS 1.3."""

import pytest

from tests.checks.cases import CONFORMS, NOT_APPLICABLE, UNKNOWN, VIOLATES, Case, shown, verdict
from tests.checks.edits import endpoints, only_endpoint
from tests.checks.hosts import sound_endpoint, sound_host
from tlsfleet.facts import EndpointFacts, Inapplicable, Unknown
from tlsfleet.verdict import Status

SILENT = Unknown("443", "it fell silent")
NEWER = Inapplicable("it speaks nothing below TLS 1.3")
OLD = {**sound_endpoint().protocols, "TLSv1.0": True, "TLSv1.1": True}
# By check: the field of the facts, and its violating value.
FIELDS = {
    "handshake.secure-renegotiation": ("secure_renegotiation", False),
    "handshake.no-client-renegotiation": ("client_renegotiation", True),
    "handshake.extended-master-secret": ("extended_master_secret", False),
    "handshake.no-compression": ("compression", True),
    "handshake.fallback-scsv": ("fallback_scsv", False),
}


def answering(check: str, name: str, status: Status, says: str = "", *, answer: object) -> Case:
    """A case of endpoints that gave an answer to what the check asks of them."""
    return Case(check, name, status, lambda: sound_host(endpoints(**{FIELDS[check][0]: answer})), says)


CASES = [
    *(answering(check, "as it should be", CONFORMS, answer=not wrong) for check, (_, wrong) in FIELDS.items()),
    *(answering(check, "it cannot be told", UNKNOWN, "fell silent", answer=SILENT) for check in FIELDS),
    *(answering(check, "TLS 1.3 alone", NOT_APPLICABLE, "below TLS 1.3", answer=NEWER) for check in FIELDS),
    *(
        Case(
            check,
            "an endpoint that does not answer",
            UNKNOWN,
            lambda: sound_host(only_endpoint(EndpointFacts(sound_endpoint().endpoint, failure=SILENT))),
        )
        for check in FIELDS
    ),
    answering("handshake.secure-renegotiation", "not signalled", VIOLATES, "CVE-2009-3555", answer=False),
    answering(
        "handshake.no-client-renegotiation", "allowed", VIOLATES, "(sleep 2; echo R; sleep 2) | openssl", answer=True
    ),
    answering("handshake.extended-master-secret", "missing", VIOLATES, "-tls1_2 </dev/null | grep", answer=False),
    answering("handshake.no-compression", "DEFLATE", VIOLATES, "CRIME CVE-2012-4929", answer=True),
    Case(
        "handshake.fallback-scsv",
        "a fallback is let pass",
        VIOLATES,
        lambda: sound_host(endpoints(protocols=OLD, fallback_scsv=False)),
        "-servername www.example.org -tls1 -fallback_scsv",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case: Case) -> None:
    case.assert_status()


def test_a_violation_does_not_hide_what_another_endpoint_never_told() -> None:
    facts = sound_host(only_endpoint(sound_endpoint(compression=True), sound_endpoint(port=465, compression=SILENT)))
    found = verdict("handshake.no-compression", facts)
    assert {result.status for result in found.subjects} == {VIOLATES, UNKNOWN}


def test_each_service_mends_renegotiation_in_its_own_way() -> None:
    found = shown(verdict("handshake.no-client-renegotiation", sound_host(endpoints(client_renegotiation=True))))
    assert "at /etc/nginx/sites-enabled/example:5 set renegotiation to refused" in found
    assert found.count("systemctl reload nginx") == 1  # 443, told once for all names
