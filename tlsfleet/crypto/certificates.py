"""What one certificate says: names, extensions, key. What it cannot be made to say comes as Unknown, never as None."""

from collections.abc import Iterator
from functools import lru_cache
from typing import TypeVar

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

from tlsfleet import keys
from tlsfleet.facts import Certificate, Unknown, load_certificate

Extension = TypeVar("Extension", bound=x509.ExtensionType)
CURVES = {"secp224r1": "P-224", "secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}
# BR 7.1.6.1: every certificate of a public CA holds one of these; an embedded SCT says the same.
RESERVED_POLICIES = ("2.23.140.1.1", "2.23.140.1.2.1", "2.23.140.1.2.2", "2.23.140.1.2.3")


def extension(certificate: Certificate, kind: type[Extension]) -> Extension | Unknown | None:
    """An extension's value; None where there is none, Unknown where any extension cannot be read."""
    try:
        return certificate.x509.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None
    except keys.UNREADABLE as error:
        return Unknown("extensions", f"its extensions cannot be read: {error}")


def is_public(certificate: Certificate) -> bool | Unknown:
    """Whether a public CA issued it, by its own word: a policy reserved by the CA/Browser Forum, or embedded SCTs.

    No public CA may issue without such a policy (BR 7.1.2.7.9), and no browser takes its certificate without SCTs. The
    trust store does not tell: companies put their own root there.
    """
    policies = extension(certificate, x509.CertificatePolicies)
    stamps = extension(certificate, x509.PrecertificateSignedCertificateTimestamps)
    for found in (policies, stamps):
        if isinstance(found, Unknown):
            return found
    listed = policies if isinstance(policies, x509.CertificatePolicies) else ()
    identifiers = {policy.policy_identifier.dotted_string for policy in listed}
    return stamps is not None or bool(identifiers.intersection(RESERVED_POLICIES))


def key_of(certificate: Certificate) -> tuple[str, int] | Unknown:
    """The key's kind as policies name it (RSA, P-256, Ed25519 ...), and its bits."""
    try:
        key = certificate.x509.public_key()
    except keys.UNREADABLE as error:
        return Unknown("public key", f"its public key cannot be read: {error}")
    if isinstance(key, rsa.RSAPublicKey):
        return "RSA", key.key_size
    if isinstance(key, ec.EllipticCurvePublicKey):
        return CURVES.get(key.curve.name, key.curve.name), key.key_size
    if isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey):
        return ("Ed25519", 256) if isinstance(key, ed25519.Ed25519PublicKey) else ("Ed448", 456)
    return type(key).__name__.removesuffix("PublicKey"), getattr(key, "key_size", 0)


def subject_of(certificate: Certificate) -> x509.Name | None:
    """The subject; None where it cannot be read."""
    return _name(certificate.der, "subject")


def issuer_of(certificate: Certificate) -> x509.Name | None:
    """The issuer's name; None where it cannot be read."""
    return _name(certificate.der, "issuer")


@lru_cache(maxsize=8192)
def _name(der: bytes, which: str) -> x509.Name | None:
    try:
        found: x509.Name = getattr(load_certificate(der), which)
    except keys.UNREADABLE:
        return None
    return found


@lru_cache(maxsize=8192)
def _comparable(der: bytes, which: str) -> tuple[object, ...] | None:
    name = _name(der, which)
    parts = tuple(
        frozenset((item.oid.dotted_string, " ".join(str(item.value).casefold().split())) for item in part)
        for part in (name.rdns if name else ())
    )
    return parts or None


def comparable_subject(certificate: Certificate) -> tuple[object, ...] | None:
    """The subject for comparing: case and white space do not count (RFC 5280 7.1). None for an empty one."""
    return _comparable(certificate.der, "subject")


def comparable_issuer(certificate: Certificate) -> tuple[object, ...] | None:
    """The issuer's name for comparing, as a subject's."""
    return _comparable(certificate.der, "issuer")


def values(name: x509.Name | None, oid: x509.ObjectIdentifier) -> Iterator[str]:
    """The values of one attribute of a name."""
    for item in name or ():
        if item.oid == oid:
            yield str(item.value)


def shown(certificate: Certificate) -> str:
    """A certificate by its common name, else its organisation, else its digest; for people."""
    name = subject_of(certificate)
    for oid in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME):
        for value in values(name, oid):
            return value[:200]
    return f"sha256:{certificate.sha256[:16]}"


def issuer_address(certificate: Certificate) -> str:
    """Where the certificate says that its issuer's is to be had (RFC 5280 4.2.2.1); empty where it does not."""
    access = extension(certificate, x509.AuthorityInformationAccess)
    for item in access if isinstance(access, x509.AuthorityInformationAccess) else ():
        address = str(item.access_location.value)
        if item.access_method == AuthorityInformationAccessOID.CA_ISSUERS and address.startswith(("http:", "https:")):
            return address[:500]
    return ""


def organisations(name: x509.Name | None) -> tuple[str, ...]:
    """The organisations of a name."""
    return tuple(values(name, NameOID.ORGANIZATION_NAME))


def units(name: x509.Name | None) -> tuple[str, ...]:
    """The organisational units of a name."""
    return tuple(values(name, NameOID.ORGANIZATIONAL_UNIT_NAME))


# What a subject may hold by the Baseline Requirements without an organisation, and what belongs to one.
DOMAIN_VALIDATED = {"2.5.4.6", "2.5.4.3"}  # C, CN
UNIT, COUNTRY, PLACES = "2.5.4.11", "2.5.4.6", {"2.5.4.7", "2.5.4.8"}  # OU; C; L, ST


def profile_faults(certificate: Certificate) -> list[tuple[str, str]] | Unknown:
    """What of the subject no profile of the Baseline Requirements has (7.1.2.7.2 to 5), as seen and expected."""
    name = subject_of(certificate)
    if name is None:
        return Unknown("subject", "its subject cannot be read")
    held = {item.oid.dotted_string: item.rfc4514_string()[:200] for item in name}
    organised = NameOID.ORGANIZATION_NAME.dotted_string in held
    faults = [(held[UNIT], "no organisational unit")] if UNIT in held else []
    if organised:
        faults += [] if COUNTRY in held else [("an organisation without country", "C with O")]
        faults += [] if PLACES & held.keys() else [("an organisation without place", "L or ST with O")]
    else:
        others = [text for oid, text in held.items() if oid not in DOMAIN_VALIDATED | {UNIT}]
        faults += [(text, "no more than C and CN without an organisation") for text in others]
    return faults


def name_values(certificate: Certificate) -> tuple[str, ...] | Unknown:
    """All values of the subject and the issuer, as text."""
    names = subject_of(certificate), issuer_of(certificate)
    if None in names:
        return Unknown("names", "its subject or issuer cannot be read")
    return tuple(str(item.value)[:1000] for name in names for item in name or ())
