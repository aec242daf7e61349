"""Who issued whom among some certificates, and OpenSSL's verdict on a chain."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa

from tlsfleet import keys
from tlsfleet.crypto.certificates import comparable_issuer, comparable_subject
from tlsfleet.facts import Certificate, Unknown, load_certificate

MAX_CERTIFICATES = 100  # of one file; OpenSSL takes no chain of more than 100 either


def issued(child: Certificate, parent: Certificate) -> bool | Unknown:
    """Whether the parent's name and key are those that the child was issued with (RFC 5280 6.1.3)."""
    return _named(child, parent) and _signed(child.der, parent.der)


def self_issued(certificate: Certificate) -> bool:
    """Whether it is its own issuer by name and signature, as roots are."""
    return issued(certificate, certificate) is True


def _named(child: Certificate, parent: Certificate) -> bool:
    name = comparable_issuer(child)
    return name is not None and name == comparable_subject(parent)


@lru_cache(maxsize=8192)
def _signed(child: bytes, parent: bytes) -> bool | Unknown:
    try:
        certificate, key = load_certificate(child), load_certificate(parent).public_key()
        signature, signed = certificate.signature, certificate.tbs_certificate_bytes
        parameters: Any = certificate.signature_algorithm_parameters
        algorithm = certificate.signature_hash_algorithm
        if isinstance(key, rsa.RSAPublicKey) and algorithm:
            key.verify(signature, signed, parameters, algorithm)
        elif isinstance(key, ec.EllipticCurvePublicKey) and isinstance(parameters, ec.ECDSA):
            key.verify(signature, signed, parameters)
        elif isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey):
            key.verify(signature, signed)
        elif isinstance(key, dsa.DSAPublicKey) and algorithm:
            key.verify(signature, signed, algorithm)
        else:
            return False
    except InvalidSignature:
        return False
    except keys.UNREADABLE as error:
        return Unknown("signature", f"a signature cannot be examined: {error}")
    return True


def issuers(first: Certificate, others: Iterable[Certificate]) -> dict[Certificate, int] | Unknown:
    """Those of some certificates that lead upward from the first, with how many intermediates are below each.

    The number is that of the shortest way, self-issued ones not counted (RFC 5280 4.2.1.9). Unknown where a signature
    that matters cannot be examined.
    """
    pool = list(dict.fromkeys(others))
    found: dict[Certificate, int] = {}
    waiting = [(first, 0)]
    while waiting:
        child, below = waiting.pop(0)
        for parent in pool:
            link = parent != first and parent not in found and issued(child, parent)
            if isinstance(link, Unknown):
                return link
            if link:
                found[parent] = below
                waiting.append((parent, below + (not self_issued(parent))))
    return found


def anchored(certificates: Iterable[Certificate], anchors: Iterable[Certificate]) -> bool | Unknown:
    """Whether one of some certificates is an anchor, or was issued by one."""
    trusted = frozenset(anchors)
    by_name: dict[object, list[Certificate]] = {}
    for anchor in trusted:
        by_name.setdefault(comparable_subject(anchor), []).append(anchor)
    dark: Unknown | None = None
    for certificate in certificates:
        if certificate in trusted:
            return True
        name = comparable_issuer(certificate)
        for anchor in by_name.get(name, ()) if name else ():
            link = issued(certificate, anchor)
            if link is True:
                return True
            dark = link if isinstance(link, Unknown) else dark
    return dark or False


def verdict(chain: tuple[Certificate, ...], anchors: tuple[Certificate, ...], now: datetime) -> str | Unknown:
    """What OpenSSL has against a chain at a time, in its own words; empty where it verifies.

    Intermediates among the anchors are taken for anchors, as OpenSSL does with X509_V_FLAG_PARTIAL_CHAIN.
    """
    from OpenSSL import crypto

    store = _store(tuple(anchor.der for anchor in anchors))
    store.set_time(now.astimezone(UTC))
    try:
        first, *others = [crypto.X509.from_cryptography(certificate.x509) for certificate in chain]
        crypto.X509StoreContext(store, first, others).verify_certificate()
    except crypto.X509StoreContextError as error:
        return str(error) or "not trusted"
    except (*keys.UNREADABLE, crypto.Error) as error:
        return Unknown("chain", f"OpenSSL cannot examine it: {error}")
    return ""


@lru_cache(maxsize=16)
def _store(anchors: tuple[bytes, ...]) -> Any:
    from OpenSSL import crypto

    store = crypto.X509Store()
    store.set_flags(crypto.X509StoreFlags.PARTIAL_CHAIN)
    for anchor in _readable(anchors):
        store.add_cert(anchor)
    return store


def _readable(anchors: Iterable[bytes]) -> Iterator[Any]:
    from OpenSSL import crypto

    for der in anchors:
        try:
            yield crypto.X509.from_cryptography(load_certificate(der))
        except (*keys.UNREADABLE, crypto.Error):
            continue
