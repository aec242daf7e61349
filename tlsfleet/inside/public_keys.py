"""What a public key is: algorithm, bits and curve, from its SubjectPublicKeyInfo."""

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from tlsfleet.facts import Unknown

CURVES = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521", "secp224r1": "P-224", "secp192r1": "P-192"}


def describe(spki: bytes) -> tuple[str | Unknown, int | Unknown, str | None]:
    """Algorithm (RSA, EC, Ed25519, Ed448, DSA), bits, and for EC the curve; Unknown for a key of another kind."""
    try:
        key = load_der_public_key(spki)
    except (ValueError, UnsupportedAlgorithm, TypeError):
        other = Unknown("key", "its algorithm or curve is not known")
        return other, other, None
    match key:
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
