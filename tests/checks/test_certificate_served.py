"""Certificate Transparency and stapling, as endpoints serve certificates."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given
from hypothesis import strategies as st

from tests.checks import certificates
from tests.checks.cases import CONFORMS, NOT_APPLICABLE, UNKNOWN, VIOLATES, Case, verdict
from tests.checks.certificates import NOW, Issued, Profile, issue, leaf
from tests.checks.edits import declared, only_endpoint
from tests.checks.hosts import sound_endpoint, sound_host
from tests.checks.public import POLICY, embedded, sct_list, stapled_scts, unreadable
from tlsfleet.crypto.stapling import faults
from tlsfleet.crypto.transparency import in_handshake, stapled
from tlsfleet.facts import NOT_EXAMINED, Certificate, EndpointFacts, HostFacts, Malformed, ServedChain, Unknown
from tlsfleet.verdict import Level

TRANSPARENCY, STAPLE = "certificate.transparency", "certificate.must-staple-honoured"
CHECKS = (TRANSPARENCY, STAPLE)
SILENT = Unknown("443", "it fell silent")
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
ASKS = (x509.TLSFeature([x509.TLSFeatureType.status_request]), False)
ASKS_FOR_V2 = (x509.TLSFeature([x509.TLSFeatureType.status_request_v2]), False)


def on(certificate: Certificate | Malformed, *others: Certificate, **chain: Any) -> HostFacts:
    """A host that serves this certificate, with the intermediate unless told otherwise, and a staple or SCTs."""
    sent = others or (certificates.intermediate().facts,)
    return sound_host(only_endpoint(sound_endpoint(chains=(ServedChain("ECDSA", (certificate, *sent), **chain),))))


def public(*logs: int, days: int = 90) -> Certificate:
    """A public CA's certificate with SCTs of these logs in it."""
    stamps = ((embedded(*logs), False),) if logs else ()
    end = NOW + (days - 1) * DAY
    return leaf(extensions=((POLICY, False), *stamps), not_before=NOW - DAY, not_after=end)


def answer(
    certificate: Certificate,
    by: Issued | None = None,
    status: ocsp.OCSPCertStatus = ocsp.OCSPCertStatus.GOOD,
    start: datetime = NOW - DAY,
    end: datetime | None = NOW + DAY,
    responder: Issued | None = None,
    algorithm: hashes.HashAlgorithm | None = None,
) -> bytes:
    """An OCSP response about a certificate, by the intermediate unless told otherwise."""
    issuer = by or certificates.intermediate()
    signer = responder or issuer
    revoked = NOW - DAY if status is ocsp.OCSPCertStatus.REVOKED else None
    builder = (
        ocsp.OCSPResponseBuilder()
        .add_response(certificate.x509, issuer.x509, algorithm or hashes.SHA1(), status, start, end, revoked, None)
        .responder_id(ocsp.OCSPResponderEncoding.NAME, signer.x509)
    )
    if responder:
        builder = builder.certificates([responder.x509])
    hashed = None if "Ed" in type(signer.key).__name__ else hashes.SHA256()
    return builder.sign(signer.key, hashed).public_bytes(Encoding.DER)


def asking(**changes: Any) -> Certificate:
    """A certificate that asks for a staple."""
    return leaf(extensions=(ASKS,), **changes)


def responder(**changes: Any) -> Issued:
    """A responder of the intermediate's."""
    sound = Profile(
        subject=(("CN", "responder"),),
        names=(),
        key=("responder", "P-256"),
        extended_key_usage=(ExtendedKeyUsageOID.OCSP_SIGNING,),
    )
    return issue(replace(sound, **changes), certificates.intermediate())


def stapling(**changes: Any) -> HostFacts:
    """A certificate that asks for a staple, served with one that has these changes."""
    certificate = asking()
    return on(certificate, staple=answer(certificate, **changes))


def _of_another() -> HostFacts:
    return on(asking(), staple=answer(asking()))


def _of_another_issuer() -> HostFacts:
    """A staple for the same serial number, of another CA."""
    certificate, other = asking(), issue(certificates.authority("Other"), certificates.root())
    return on(certificate, staple=answer(certificate, by=other))


def _by_rsa() -> HostFacts:
    by = issue(certificates.authority("RSA", key=("rsa", "rsa-2048")), certificates.root())
    certificate = issue(replace(Profile(), extensions=(ASKS,)), by).facts
    return on(certificate, by.facts, staple=answer(certificate, by=by))


def _by_ed25519() -> HostFacts:
    by = issue(certificates.authority("Ed", key=("ed", "ed25519")), certificates.root())
    certificate = issue(replace(Profile(), extensions=(ASKS,)), by).facts
    return on(certificate, by.facts, staple=answer(certificate, by=by))


def _by_the_root() -> HostFacts:
    """A certificate below the trust anchor itself, which is not sent."""
    certificate = leaf(certificates.root(), extensions=(ASKS,))
    chain = ServedChain("ECDSA", (certificate,), answer(certificate, by=certificates.root()))
    return sound_host(only_endpoint(sound_endpoint(chains=(chain,))))


def _unrelated_issuer() -> HostFacts:
    by = issue(certificates.authority("Unsent"), certificates.root())
    certificate = issue(replace(Profile(), extensions=(ASKS,)), by).facts
    return on(certificate, staple=answer(certificate, by=by))


def _damaged() -> HostFacts:
    certificate = asking()
    sound = answer(certificate)
    return on(certificate, staple=sound[:-1] + bytes([sound[-1] ^ 1]))


def _refusal() -> bytes:
    return ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.TRY_LATER).public_bytes(Encoding.DER)


CASES = [
    *(Case(check, "no endpoints", NOT_APPLICABLE, lambda: sound_host(endpoints=())) for check in CHECKS),
    *(Case(check, "the wire is off", NOT_APPLICABLE, lambda: sound_host(declared(wire=False))) for check in CHECKS),
    *(Case(check, "a certificate that asks for nothing", NOT_APPLICABLE, sound_host) for check in CHECKS),
    *(Case(check, "nothing examined", UNKNOWN, lambda: sound_host(endpoints=NOT_EXAMINED)) for check in CHECKS),
    *(Case(check, "extensions unreadable", UNKNOWN, lambda: on(unreadable())) for check in CHECKS),
    *(Case(check, "a certificate that does not parse", UNKNOWN, lambda: on(Malformed("1", "odd"))) for check in CHECKS),
    *(
        Case(
            check,
            "chains unknown",
            UNKNOWN,
            lambda: sound_host(only_endpoint(sound_endpoint(chains=SILENT))),
            "fell silent",
        )
        for check in CHECKS
    ),
    *(
        Case(
            check,
            "an endpoint that does not answer",
            UNKNOWN,
            lambda: sound_host(only_endpoint(EndpointFacts(sound_endpoint().endpoint, failure=SILENT))),
        )
        for check in CHECKS
    ),
    Case(TRANSPARENCY, "two in it", CONFORMS, lambda: on(public(1, 2)), "2 logs; their signatures were not verified"),
    Case(TRANSPARENCY, "three in a year's", CONFORMS, lambda: on(public(1, 2, 3, days=366))),
    Case(TRANSPARENCY, "two of 180 days", CONFORMS, lambda: on(public(1, 2, days=180))),
    Case(TRANSPARENCY, "two in a year's", VIOLATES, lambda: on(public(1, 2, days=181)), "of 3 logs"),
    Case(TRANSPARENCY, "none", VIOLATES, lambda: on(public()), "SCTs of 0 logs"),
    Case(TRANSPARENCY, "one log twice", VIOLATES, lambda: on(public(1, 1)), "SCTs of 1 logs"),
    Case(TRANSPARENCY, "two beside it", CONFORMS, lambda: on(public(days=366), scts=sct_list(1, 2))),
    Case(TRANSPARENCY, "one beside it", VIOLATES, lambda: on(public(1), scts=sct_list(2))),
    Case(TRANSPARENCY, "two in the staple", CONFORMS, lambda: on(public(), staple=stapled_scts(1, 2))),
    Case(TRANSPARENCY, "one in the staple", VIOLATES, lambda: on(public(), staple=stapled_scts(1))),
    Case(TRANSPARENCY, "one in each", CONFORMS, lambda: on(public(), staple=stapled_scts(1), scts=sct_list(2))),
    Case(TRANSPARENCY, "a staple without", VIOLATES, lambda: on(public(), staple=answer(public()))),
    Case(TRANSPARENCY, "the handshake's cannot be told", UNKNOWN, lambda: on(public(), scts=SILENT), "fell silent"),
    Case(TRANSPARENCY, "the staple cannot be told", UNKNOWN, lambda: on(public(), staple=SILENT), "fell silent"),
    Case(TRANSPARENCY, "the staple cannot be read", UNKNOWN, lambda: on(public(), staple=b"odd")),
    Case(TRANSPARENCY, "the handshake's are malformed", UNKNOWN, lambda: on(public(), scts=b"\0\4odd")),
    Case(TRANSPARENCY, "enough in it, whatever else", CONFORMS, lambda: on(public(1, 2), scts=SILENT, staple=SILENT)),
    Case(STAPLE, "a good one", CONFORMS, stapling),
    Case(STAPLE, "a good one, by SHA-256", CONFORMS, lambda: stapling(algorithm=hashes.SHA256())),
    Case(STAPLE, "by a responder", CONFORMS, lambda: stapling(responder=responder())),
    Case(STAPLE, "by an RSA key", CONFORMS, _by_rsa),
    Case(STAPLE, "by an Ed25519 key", CONFORMS, _by_ed25519),
    Case(STAPLE, "by a trust anchor that is not sent", CONFORMS, _by_the_root),
    Case(STAPLE, "version 2 alone asked for", NOT_APPLICABLE, lambda: on(leaf(extensions=(ASKS_FOR_V2,)))),
    Case(STAPLE, "none", VIOLATES, lambda: on(asking()), "ssl_stapling on;"),
    Case(STAPLE, "an empty one", VIOLATES, lambda: on(asking(), staple=b""), "no staple"),
    Case(STAPLE, "no OCSP", VIOLATES, lambda: on(asking(), staple=b"odd"), "cannot be read"),
    Case(STAPLE, "a refusal", VIOLATES, lambda: on(asking(), staple=_refusal()), "it says try_later"),
    Case(STAPLE, "revoked", VIOLATES, lambda: stapling(status=ocsp.OCSPCertStatus.REVOKED), "it says revoked"),
    Case(STAPLE, "unknown to its CA", VIOLATES, lambda: stapling(status=ocsp.OCSPCertStatus.UNKNOWN), "says unknown"),
    Case(STAPLE, "expired", VIOLATES, lambda: stapling(end=NOW - HOUR), "it held until 2026-11-23 11:00 UTC"),
    Case(STAPLE, "too early", VIOLATES, lambda: stapling(start=NOW + HOUR), "it holds from 2026-11-23 13:00 UTC on"),
    Case(STAPLE, "without end", VIOLATES, lambda: stapling(end=None), "until when"),
    Case(STAPLE, "of another certificate", VIOLATES, _of_another, "for another certificate"),
    Case(STAPLE, "of another CA's certificate", VIOLATES, _of_another_issuer, "for another certificate"),
    Case(STAPLE, "a damaged signature", VIOLATES, _damaged, "signed neither by"),
    Case(
        STAPLE,
        "by a server certificate of its CA's",
        VIOLATES,
        lambda: stapling(responder=responder(extended_key_usage=(ExtendedKeyUsageOID.SERVER_AUTH,))),
        "signed neither by",
    ),
    Case(
        STAPLE,
        "by an expired responder",
        VIOLATES,
        lambda: stapling(responder=responder(not_after=NOW - HOUR)),
        "signed neither by",
    ),
    Case(
        STAPLE,
        "by another CA's responder",
        VIOLATES,
        lambda: stapling(
            responder=issue(
                replace(Profile(), extended_key_usage=(ExtendedKeyUsageOID.OCSP_SIGNING,), key=("odd", "P-256")),
                certificates.root(),
            )
        ),
        "signed neither by",
    ),
    Case(STAPLE, "it cannot be told", UNKNOWN, lambda: on(asking(), staple=SILENT), "fell silent"),
    Case(STAPLE, "an issuer that nobody has", UNKNOWN, _unrelated_issuer, "neither sent nor"),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case: Case) -> None:
    case.assert_status()


def test_what_names_of_a_place_are_served_alike_is_judged_once() -> None:
    chain = ServedChain("ECDSA", (asking(), certificates.intermediate().facts))
    found = [sound_endpoint(server_name=name, chains=(chain,)) for name in ("a.example.org", "b.example.org", None)]
    assert len(verdict(STAPLE, sound_host(only_endpoint(*found))).findings) == 1
    other = sound_endpoint(port=8443, chains=(chain,))
    assert len(verdict(STAPLE, sound_host(only_endpoint(*found, other))).findings) == 2


def test_what_only_the_host_itself_reaches_is_recommended() -> None:
    local = sound_endpoint(endpoint_class="local", chains=(ServedChain("ECDSA", (asking(),)),))
    assert verdict(STAPLE, sound_host(only_endpoint(local))).level is Level.MAY


def test_a_server_that_cannot_staple_is_to_have_another_certificate() -> None:
    mail = sound_endpoint(port=587, starttls="smtp", chains=(ServedChain("ECDSA", (asking(),)),))
    (finding,) = verdict(STAPLE, sound_host(only_endpoint(mail))).findings
    assert finding.remedy.startswith("postfix cannot staple: have a certificate issued without status_request")
    assert finding.reproduce.endswith("-starttls smtp -servername www.example.org -status </dev/null")


def test_all_that_is_wrong_with_a_staple_is_one_finding() -> None:
    (finding,) = verdict(STAPLE, stapling(status=ocsp.OCSPCertStatus.REVOKED, end=NOW - HOUR)).findings
    assert "it says revoked; it held until" in finding.observed
    assert finding.remedy.endswith("put a new one in its file; nginx -t && systemctl reload nginx")


@given(st.binary())
def test_any_staple_and_any_scts_are_judged(data: bytes) -> None:
    chain = certificates.chain()
    assert list(faults(data, chain[0], chain[1:], NOW))
    assert isinstance(stapled(data), Unknown | frozenset)
    assert isinstance(in_handshake(data), Unknown | frozenset)


@given(st.data())
def test_a_staple_with_a_changed_byte_proves_nothing_or_the_same(data: st.DataObject) -> None:
    certificate, *others = certificates.chain()
    staple = bytearray(SOUND_STAPLE)
    place = data.draw(st.integers(0, len(staple) - 1))
    staple[place] ^= data.draw(st.integers(1, 255))
    found = list(faults(bytes(staple), certificate, others, NOW))
    assert found or _signed_part(bytes(staple)) == _signed_part(SOUND_STAPLE)


def _signed_part(staple: bytes) -> bytes:
    return ocsp.load_der_ocsp_response(staple).tbs_response_bytes


SOUND_STAPLE = answer(certificates.sound_leaf())
