"""Stapled OCSP responses: whether one proves that a certificate was not revoked (RFC 6960 3.2)."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, SignatureAlgorithmOID

from tlsfleet import keys
from tlsfleet.crypto.certificates import extension
from tlsfleet.crypto.chains import issued
from tlsfleet.facts import Certificate, Unknown

MAX_PARTS = 20  # single responses, and certificates of responders, that are looked at
NO_ISSUER = "the staple cannot be verified: its issuer's certificate is neither sent nor a declared trust anchor"


def demanded(certificate: Certificate) -> bool | Unknown:
    """Whether a certificate asks for a staple (RFC 7633 4.2.3.1: status_request)."""
    found = extension(certificate, x509.TLSFeature)
    if isinstance(found, Unknown):
        return found
    return found is not None and x509.TLSFeatureType.status_request in found


def faults(
    staple: bytes, certificate: Certificate, others: Iterable[Certificate], now: datetime
) -> Iterator[str | Unknown]:
    """What keeps a staple from proving it at a time; ``others`` are certificates that the issuer's may be among."""
    try:
        response = ocsp.load_der_ocsp_response(staple)
        if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            yield f"it says {response.response_status.name.lower()}"
            return
        issuer = next((each for each in others if issued(certificate, each) is True), None)
        if issuer is None:
            yield Unknown("staple", NO_ISSUER)
        else:
            yield from _said(response, certificate, issuer, now)
            yield from _unsigned(response, issuer, now)
    except keys.UNREADABLE as error:
        yield f"it cannot be read: {type(error).__name__} {error}"


def _said(
    response: ocsp.OCSPResponse, certificate: Certificate, issuer: Certificate, now: datetime
) -> Iterator[str | Unknown]:
    listed = islice(response.responses, MAX_PARTS)
    single = next((each for each in listed if _is_for(each, certificate, issuer)), None)
    if single is None:
        yield "it is for another certificate"
        return
    if single.certificate_status is not ocsp.OCSPCertStatus.GOOD:
        yield f"it says {single.certificate_status.name.lower()}"
    if single.this_update_utc > now:
        yield f"it holds from {single.this_update_utc:%Y-%m-%d %H:%M} UTC on"
    if single.next_update_utc is None:
        yield "it does not say until when it holds"
    elif single.next_update_utc < now:
        yield f"it held until {single.next_update_utc:%Y-%m-%d %H:%M} UTC"


def _is_for(single: ocsp.OCSPSingleResponse, certificate: Certificate, issuer: Certificate) -> bool:
    """Whether a response is about the certificate: the hashes of its issuer's name and key, and its serial number."""
    builder = ocsp.OCSPRequestBuilder().add_certificate(certificate.x509, issuer.x509, single.hash_algorithm)
    asked = builder.build()
    return (single.serial_number, single.issuer_name_hash, single.issuer_key_hash) == (
        asked.serial_number,
        asked.issuer_name_hash,
        asked.issuer_key_hash,
    )


def _unsigned(response: ocsp.OCSPResponse, issuer: Certificate, now: datetime) -> Iterator[str | Unknown]:
    """Whether neither the issuer nor a responder that it appointed (RFC 6960 4.2.2.2) signed it."""
    signers = [issuer, *(each for each in _responders(response) if _is_appointed(each, issuer, now))]
    verdicts = [_signed(response, each) for each in signers]
    if True not in verdicts:
        dark = next((each for each in verdicts if isinstance(each, Unknown)), None)
        yield dark or "it is signed neither by the certificate's issuer nor by a responder that it appointed"


def _responders(response: ocsp.OCSPResponse) -> list[Certificate]:
    held = response.certificates[:MAX_PARTS]
    return [Certificate(each.public_bytes(Encoding.DER)) for each in held]


def _is_appointed(responder: Certificate, issuer: Certificate, now: datetime) -> bool:
    purposes = extension(responder, x509.ExtendedKeyUsage)
    return (
        isinstance(purposes, x509.ExtendedKeyUsage)
        and ExtendedKeyUsageOID.OCSP_SIGNING in purposes
        and responder.not_before <= now <= responder.not_after
        and issued(responder, issuer) is True
    )


def _signed(response: ocsp.OCSPResponse, signer: Certificate) -> bool | Unknown:
    key, signature, signed = signer.x509.public_key(), response.signature, response.tbs_response_bytes
    algorithm = response.signature_hash_algorithm
    try:
        if isinstance(key, rsa.RSAPublicKey) and algorithm:
            if response.signature_algorithm_oid == SignatureAlgorithmOID.RSASSA_PSS:
                return Unknown("staple", "its signature by RSASSA-PSS cannot be examined")
            key.verify(signature, signed, padding.PKCS1v15(), algorithm)
        elif isinstance(key, ec.EllipticCurvePublicKey) and algorithm:
            key.verify(signature, signed, ec.ECDSA(algorithm))
        elif isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey):
            key.verify(signature, signed)
        else:
            return False
    except InvalidSignature:
        return False
    return True
