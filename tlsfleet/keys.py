"""Public keys: what each is, whether two are the same, and which are known to be weak, by badkeys' single checks."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from math import gcd, prod

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from tlsfleet.facts import Certificate, CsrFile, Malformed, Unknown

# What cryptography raises on DER that it cannot read, be it a whole certificate, an extension or a key.
UNREADABLE = (
    *(ValueError, TypeError, UnsupportedAlgorithm, KeyError),  # KeyError: a name with a string of no known type
    *(x509.InvalidVersion, x509.DuplicateExtension, x509.UnsupportedGeneralNameType),
)
CURVES = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521", "secp224r1": "P-224", "secp192r1": "P-192"}
MAX_BITS = 16384  # what OpenSSL takes (OPENSSL_RSA_MAX_MODULUS_BITS)

# badkeys' checks of an RSA key: what each means, and its tags.
WEAKNESSES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "fermat": ("its primes lie close together: Fermat's method factors it", ("CVE-2022-26320",)),
    "roca": ("made by Infineon's flawed library (ROCA): it can be factored", ("CVE-2017-15361", "ROCA")),
    "rsainvalid": ("its public exponent is not valid", ()),
    "rsapoly": ("its modulus shows a pattern by which it can be factored", ()),
    "sharedprimes": ("shares a prime with other keys found on the internet: anyone can factor it", ()),
    "smalld": ("its private exponent is small: Wiener's attack finds it", ()),
    "smallfactors": ("its modulus has a small factor", ()),
}


@dataclass(frozen=True, slots=True)
class Weakness:
    """Why a key is weak; never how it is broken."""

    name: str
    text: str
    tags: tuple[str, ...] = ()


@lru_cache(maxsize=4096)
def load(spki: bytes) -> PublicKeyTypes | None:
    """The key of a SubjectPublicKeyInfo's DER; None for what cryptography cannot read."""
    try:
        return load_der_public_key(spki)
    except UNREADABLE:
        return None


def describe(spki: bytes) -> tuple[str | Unknown, int | Unknown, str | None]:
    """Algorithm (RSA, EC, Ed25519, Ed448, DSA), bits, and for EC the curve; Unknown for a key of another kind."""
    match key := load(spki):
        case None:
            other = Unknown("key", "its algorithm or curve is not known")
            return other, other, None
        case rsa.RSAPublicKey():
            return "RSA", key.key_size, None
        case ec.EllipticCurvePublicKey():
            return "EC", key.key_size, CURVES.get(key.curve.name, key.curve.name)
        case ed25519.Ed25519PublicKey():
            return "Ed25519", 256, None
        case ed448.Ed448PublicKey():
            return "Ed448", 456, None
        case dsa.DSAPublicKey():
            return "DSA", key.key_size, None
    return type(key).__name__.removesuffix("PublicKey"), Unknown("key", "its size is not known"), None


def normal(spki: bytes) -> bytes:
    """One encoding of a key that has several (compressed points, RSA-PSS identifiers); what is unreadable as it is."""
    key = load(spki)
    return spki if key is None else key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def spki_of(holder: Certificate | CsrFile, subject: str) -> bytes | Malformed:
    """The normal SubjectPublicKeyInfo of a certificate or CSR; Malformed for a key that cryptography cannot read."""
    try:
        return holder.x509.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except UNREADABLE as error:
        return Malformed(subject, f"its public key cannot be read: {error}")


def digest(spki: bytes) -> str:
    """How a key is named in reports: the SHA-256 of its SubjectPublicKeyInfo, in hex."""
    return f"sha256:{sha256(spki).hexdigest()}"


def signature_hash(holder: Certificate | CsrFile) -> str | Unknown:
    """The hash of its signature by cryptography's name (sha256), ``intrinsic`` where the signature has its own."""
    try:
        found = holder.x509.signature_hash_algorithm
    except UNREADABLE as error:
        return Unknown("signature", f"its signature algorithm cannot be told: {error}")
    return found.name if found else "intrinsic"


def modulus(spki: bytes) -> int | None:
    """An RSA key's modulus; None for other keys."""
    key = load(spki)
    return key.public_numbers().n if isinstance(key, rsa.RSAPublicKey) else None


@lru_cache(maxsize=1024)
def weaknesses(spki: bytes) -> tuple[Weakness, ...] | Unknown:
    """What badkeys finds of one key, beside its blocklist (which is a download of its own): of RSA keys alone.

    Keys of Debian's generator of 2008 (CVE-2008-0166) are told by the blocklist only, so they are not found.
    """
    key = load(spki)
    if key is None:
        return Unknown("public key", "a key that cannot be read")
    if not isinstance(key, rsa.RSAPublicKey):
        return ()
    if key.key_size > MAX_BITS:
        return Unknown("public key", f"{key.key_size} bits are more than can be examined")
    numbers = key.public_numbers()
    checks = _badkeys()
    return tuple(Weakness(name, *WEAKNESSES[name]) for name in WEAKNESSES if checks[name](numbers.n, e=numbers.e))


def factor_sharers(moduli: Iterable[int]) -> frozenset[int]:
    """Those moduli that have a prime in common with another one of them (Heninger and others, 2012)."""
    distinct = set(moduli)
    product = prod(distinct)
    return frozenset(number for number in distinct if number > 1 and gcd(number, product // number % number) != 1)


def _badkeys() -> Mapping[str, Callable[..., object]]:
    """The checks by name. Imported late, for it takes 0.15 s; its blocklist is let alone: without its data it exits."""
    from badkeys import rsakeys

    return {name: getattr(rsakeys, name) for name in WEAKNESSES}
