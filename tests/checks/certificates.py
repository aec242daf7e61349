"""A small certification authority for cases: root, intermediate and end-entity certificates with one override each.

Keys are made once a session and told apart by name: two certificates with one key name have one key.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import AttributeOID, ExtendedKeyUsageOID, ObjectIdentifier

from lab.ca import USAGES
from tlsfleet.facts import Certificate, CsrFile, KeyFacts
from tlsfleet.names import ATTRIBUTES

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
NAMES = ("www.example.org", "example.org")
Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey
CURVES: dict[str, ec.EllipticCurve] = {
    "P-224": ec.SECP224R1(),
    "P-256": ec.SECP256R1(),
    "P-384": ec.SECP384R1(),
    "P-521": ec.SECP521R1(),
}
Subject = tuple[tuple[str, str], ...]


@cache
def key(name: str = "leaf", kind: str = "P-256") -> Key:
    """The key of a name: an EC curve's (P-256), rsa-2048, ed25519 or ed448."""
    if kind in CURVES:
        return ec.generate_private_key(CURVES[kind])
    if kind == "ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    if kind == "ed448":
        return ed448.Ed448PrivateKey.generate()
    return rsa.generate_private_key(65537, int(kind.removeprefix("rsa-")))


@dataclass(frozen=True, slots=True)
class Profile:
    """All of one certificate; the defaults are those of a sound end-entity. ``key`` is (name, kind).

    ``extensions`` are added as (extension, critical); ``without`` leaves a built one out, by its type.
    """

    subject: Subject = (("CN", NAMES[0]),)
    names: tuple[x509.GeneralName | str, ...] = NAMES
    not_before: datetime = NOW - timedelta(days=10)
    not_after: datetime = NOW + timedelta(days=80)
    key: tuple[str, str] = ("leaf", "P-256")
    ca: bool = False
    path_length: int | None = None
    key_usage: tuple[str, ...] = ("digital_signature",)
    extended_key_usage: tuple[ObjectIdentifier, ...] = (ExtendedKeyUsageOID.SERVER_AUTH,)
    signature_hash: hashes.HashAlgorithm = field(default_factory=hashes.SHA256)
    extensions: tuple[tuple[x509.ExtensionType, bool], ...] = ()
    without: tuple[type[x509.ExtensionType], ...] = ()


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate with the key that signs below it."""

    x509: x509.Certificate
    key: Key = field(repr=False)

    @property
    def facts(self) -> Certificate:
        return Certificate(self.x509.public_bytes(Encoding.DER))


def authority(name: str, **changes: Any) -> Profile:
    """The profile of a sound CA of this name, with overrides."""
    sound = Profile(
        subject=(("O", "Example"), ("CN", name)),
        names=(),
        not_before=NOW - timedelta(days=400),
        not_after=NOW + timedelta(days=3000),
        key=(name, "P-256"),
        ca=True,
        key_usage=("key_cert_sign", "crl_sign"),
        extended_key_usage=(),
    )
    return replace(sound, **changes)


def issue(profile: Profile, issuer: Issued | None = None) -> Issued:
    """The certificate of a profile; self-signed without an issuer."""
    own = key(*profile.key)
    signer = issuer.key if issuer else own
    builder = (
        x509.CertificateBuilder()
        .subject_name(name_of(profile.subject))
        .issuer_name(issuer.x509.subject if issuer else name_of(profile.subject))
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(profile.not_before)
        .not_valid_after(profile.not_after)
    )
    for extension, critical in (*_built(profile, own, signer), *profile.extensions):
        if not isinstance(extension, profile.without):
            builder = builder.add_extension(extension, critical)
    return Issued(builder.sign(signer, _hash(signer, profile.signature_hash)), own)


@cache
def root() -> Issued:
    """The trust anchor of the sound hosts."""
    return issue(authority("Example Root"))


@cache
def intermediate() -> Issued:
    """The CA that signs the sound leaves."""
    return issue(authority("Example Intermediate", path_length=0), root())


@cache
def sound_leaf() -> Certificate:
    """The sound hosts' certificate."""
    return leaf()


def leaf(issuer: Issued | None = None, **changes: Any) -> Certificate:
    """An end-entity certificate, by the intermediate unless another issuer is given, with overrides of Profile."""
    return issue(replace(Profile(), **changes), issuer or intermediate()).facts


def chain(first: Certificate | None = None) -> tuple[Certificate, ...]:
    """A leaf (the sound one) and the intermediate, as a service should send them."""
    return first or sound_leaf(), intermediate().facts


def key_facts(path: str, name: str = "leaf", kind: str = "P-256", **changes: Any) -> KeyFacts:
    """The public half of a named key, as it lies at a path, with overrides."""
    public = key(name, kind).public_key()
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if isinstance(public, rsa.RSAPublicKey):
        found = KeyFacts(path, "RSA", public.key_size, None, encrypted=False, public_key=der)
    elif isinstance(public, ec.EllipticCurvePublicKey):
        found = KeyFacts(path, "EC", public.curve.key_size, kind, encrypted=False, public_key=der)
    else:
        bits = {"ed25519": 256, "ed448": 456}[kind]
        found = KeyFacts(path, kind.capitalize(), bits, None, encrypted=False, public_key=der)
    return replace(found, **changes)


def csr(
    path: str,
    subject: Subject = (("CN", NAMES[0]),),
    names: tuple[str, ...] | None = NAMES,
    key_name: tuple[str, str] = ("leaf", "P-256"),
    challenge: str | None = None,
) -> CsrFile:
    """A certificate signing request; ``names`` None leaves the subjectAltName out."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(name_of(subject))
    if names is not None:
        builder = builder.add_extension(_san(names), critical=False)
    if challenge is not None:
        builder = builder.add_attribute(AttributeOID.CHALLENGE_PASSWORD, challenge.encode())
    signer = key(*key_name)
    return CsrFile(path, builder.sign(signer, _hash(signer, hashes.SHA256())).public_bytes(Encoding.DER))


def name_of(subject: Subject) -> x509.Name:
    """A distinguished name of (attribute, value) pairs; what X.509 asks of a value is not enforced."""
    return x509.Name([x509.NameAttribute(ATTRIBUTES[kind], value, _validate=False) for kind, value in subject])


def _built(profile: Profile, own: Key, signer: Key) -> list[tuple[x509.ExtensionType, bool]]:
    found: list[tuple[x509.ExtensionType, bool]] = [
        (x509.BasicConstraints(profile.ca, profile.path_length), True),
        (x509.KeyUsage(**{usage: usage in profile.key_usage for usage in USAGES}), True),
        (x509.SubjectKeyIdentifier.from_public_key(own.public_key()), False),
        (x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), False),
    ]
    if profile.extended_key_usage:
        found.append((x509.ExtendedKeyUsage(profile.extended_key_usage), False))
    if profile.names:
        found.append((_san(profile.names), False))
    return found


def _san(names: tuple[x509.GeneralName | str, ...]) -> x509.SubjectAlternativeName:
    return x509.SubjectAlternativeName([x509.DNSName(name) if isinstance(name, str) else name for name in names])


def _hash(signer: Key, wanted: hashes.HashAlgorithm) -> Any:
    return None if isinstance(signer, ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey) else wanted
