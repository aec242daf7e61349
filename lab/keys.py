"""Private keys: made anew for each lab, except the slow ones, which are kept in ~/.cache/tlsfleet-lab."""

import contextlib
import os
import secrets
import tempfile
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
CURVES: dict[str, type[ec.EllipticCurve]] = {"p224": ec.SECP224R1, "p256": ec.SECP256R1, "p384": ec.SECP384R1}
SMALL_PRIMES = [n for n in range(3, 2000, 2) if all(n % d for d in range(3, int(n**0.5) + 1, 2))]


SLOW = {"rsa-4096", "close-primes-2048"}


def make(kind: str, label: str, *, keep: bool = False) -> Key:
    """A key of a kind (`rsa-4096`, `ec-p256`, `close-primes-2048`); slow ones are kept by label, any on demand."""
    if not keep and kind not in SLOW:
        return _generate(kind)
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tlsfleet-lab"
    file = folder / f"{label}.{kind}.pem"
    if not file.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=folder)
        with os.fdopen(handle, "wb") as stream:
            stream.write(pem(_generate(kind)))
        # Of two that make the key at one time the first wins, for both.
        with contextlib.suppress(FileExistsError):
            os.link(temporary, file)
        Path(temporary).unlink()
    key = serialization.load_pem_private_key(file.read_bytes(), None)
    assert isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey)
    return key


def _generate(kind: str) -> Key:
    family, _, size = kind.rpartition("-")
    if family == "ec":
        return ec.generate_private_key(CURVES[size]())
    return close_primes(int(size)) if family == "close-primes" else rsa.generate_private_key(65537, int(size))


def pem(key: Key, passphrase: bytes | None = None) -> bytes:
    """A key as PKCS#8 PEM, encrypted where there is a passphrase."""
    kind = serialization.BestAvailableEncryption(passphrase) if passphrase else serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, kind)


def close_primes(bits: int) -> rsa.RSAPrivateKey:
    """An RSA key whose primes are neighbours, which Fermat's method of 1643 factors at once (CVE-2022-26320)."""
    p = _next_prime(secrets.randbits(bits // 2) | 3 << bits // 2 - 2)
    q = _next_prime(p)
    d = pow(65537, -1, (p - 1) * (q - 1))
    public = rsa.RSAPublicNumbers(65537, p * q)
    return rsa.RSAPrivateNumbers(
        p, q, d, rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q), public
    ).private_key()


def _next_prime(above: int) -> int:
    number = above + 1 | 1
    while any(number % prime == 0 for prime in SMALL_PRIMES) or pow(2, number - 1, number) != 1:
        number += 2
    return number
