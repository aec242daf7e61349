"""Certificates by their DER, and files of them: the same type whether a file held them or a server sent them."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from hashlib import sha256

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tlsfleet.missing import Malformed


@lru_cache(maxsize=4096)
def load_certificate(der: bytes) -> x509.Certificate:
    """Parse DER once. Raises ValueError."""
    try:
        return x509.load_der_x509_certificate(der)
    except x509.InvalidVersion as error:
        raise ValueError(str(error)) from None


@dataclass(frozen=True, slots=True)
class Certificate:
    """One X.509 certificate by its DER."""

    der: bytes = field(repr=False)

    @property
    def x509(self) -> x509.Certificate:
        return load_certificate(self.der)

    @property
    def not_before(self) -> datetime:
        return self.x509.not_valid_before_utc

    @property
    def not_after(self) -> datetime:
        return self.x509.not_valid_after_utc

    @property
    def sha256(self) -> str:
        return sha256(self.der).hexdigest()

    @property
    def spki(self) -> bytes:
        """The DER of the SubjectPublicKeyInfo. Raises ValueError for a key that cryptography cannot read."""
        return self.x509.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    @property
    def spki_sha256(self) -> str:
        return sha256(self.spki).hexdigest()


@dataclass(frozen=True, slots=True)
class CertificateFile:
    """The certificates of a PEM file in their order; one that does not parse keeps its place as Malformed."""

    path: str
    certificates: tuple[Certificate | Malformed, ...]

    @property
    def subject(self) -> str:
        return self.path
