"""Keys and certificates of test servers: one of each type, made once a session, as PEM files."""

import datetime as dt
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import NameOID

NAME = "server.test"
Key = (
    rsa.RSAPrivateKey
    | ec.EllipticCurvePrivateKey
    | dsa.DSAPrivateKey
    | ed25519.Ed25519PrivateKey
    | ed448.Ed448PrivateKey
)
KEY_TYPES = {"rsa": "RSA", "rsa-1024": "RSA", "p256": "ECDSA", "dsa": "DSA", "ed25519": "EdDSA", "ed448": "EdDSA"}


@dataclass(frozen=True, slots=True)
class Identity:
    """A self-signed certificate and its key."""

    kind: str
    key: Key
    certificate: x509.Certificate
    key_file: Path
    certificate_file: Path

    @property
    def key_type(self) -> str:
        """As ServedChain has them."""
        return KEY_TYPES[self.kind]

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="tlsfleet-identities-")


def identity(kind: str = "rsa", name: str = NAME) -> Identity:
    """The identity of a kind of key and a name; the same each time."""
    return _made(kind, name)


@cache
def _made(kind: str, name: str) -> Identity:
    """The identity of a kind (rsa, rsa-1024, p256, dsa, ed25519 or ed448) for a name."""
    key = _key(kind)
    certificate = _certificate(key, name)
    folder = Path(_folder().name)
    key_file, certificate_file = folder / f"{name}.{kind}.key", folder / f"{name}.{kind}.crt"
    plain = serialization.NoEncryption()
    form = serialization.PrivateFormat.TraditionalOpenSSL if "rsa" in kind else serialization.PrivateFormat.PKCS8
    key_file.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, plain))
    certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return Identity(kind, key, certificate, key_file, certificate_file)


def _key(kind: str) -> Key:
    if kind == "p256":
        return ec.generate_private_key(ec.SECP256R1())
    if kind == "dsa":
        return dsa.generate_private_key(2048)
    if kind.startswith("ed"):
        return ed25519.Ed25519PrivateKey.generate() if kind == "ed25519" else ed448.Ed448PrivateKey.generate()
    return rsa.generate_private_key(65537, 1024 if kind == "rsa-1024" else 2048)


def _certificate(key: Key, name: str) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    builder = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    )
    edwards = isinstance(key, ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey)
    return builder.sign(key, None if edwards else hashes.SHA256())


@cache
def staple(kind: str = "rsa") -> Path:
    """A DER file with an OCSP response that says that the identity's certificate is good."""
    own = identity(kind)
    now = dt.datetime.now(dt.UTC).replace(microsecond=0)
    assert isinstance(own.key, rsa.RSAPrivateKey)
    response = (
        ocsp.OCSPResponseBuilder()
        .add_response(
            cert=own.certificate,
            issuer=own.certificate,
            algorithm=hashes.SHA256(),
            cert_status=ocsp.OCSPCertStatus.GOOD,
            this_update=now,
            next_update=now + dt.timedelta(days=7),
            revocation_time=None,
            revocation_reason=None,
        )
        .responder_id(ocsp.OCSPResponderEncoding.HASH, own.certificate)
        .sign(own.key, hashes.SHA256())
    )
    file = Path(_folder().name) / f"{kind}.ocsp"
    file.write_bytes(response.public_bytes(serialization.Encoding.DER))
    return file
