"""Cases of what private keys are, and whether they are the certificate's."""

from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from lab.keys import close_primes
from tests.checks import certificates
from tests.checks.cases import CONFORMS, NOT_APPLICABLE, UNKNOWN, VIOLATES, Case
from tests.checks.certificates import NOW, key_facts, leaf, sound_leaf
from tests.checks.edits import (
    mail,
    mail_serving,
    setting,
    with_certificate_file,
    with_certificates,
    with_key,
    without_set,
)
from tests.checks.hosts import COMBINED, KEY, SET, Edit, sound_host
from tlsfleet import keys
from tlsfleet.facts import Absent, Certificate, CertificatePair, HostFacts, KeyFacts, Malformed, Unknown

STRENGTH = "private-key.strength"
PASSPHRASE = "private-key.unencrypted"
WEAK = "private-key.not-known-weak"
MATCHES = "private-key.matches-certificate"

DARK = Unknown(KEY, "encrypted")
DENIED = Unknown(KEY, "permission denied")
MERSENNE = [2**521 - 1, 2**607 - 1, 2**1279 - 1, 2**2203 - 1]  # primes


def rsa_spki(modulus: int, exponent: int = 65537) -> bytes:
    numbers = rsa.RSAPublicNumbers(exponent, modulus)
    return numbers.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def key(path: str = KEY, name: str = "leaf", kind: str = "P-256", **changes: object) -> Edit:
    return with_key(key_facts(path, name, kind, **changes))


def weak(modulus: int, exponent: int = 65537) -> Edit:
    found = KeyFacts(KEY, "RSA", modulus.bit_length(), None, encrypted=False, public_key=rsa_spki(modulus, exponent))
    return with_key(found)


def pair(certificate: str | Unknown | None, secret: str | Unknown | None) -> Edit:
    return setting(certificates=(CertificatePair(certificate, secret),))


def roca() -> int:
    """A product of two numbers of ROCA's form: powers of 65537 by the product of the first primes."""
    primorial = 1
    for prime in (number for number in range(2, 168) if all(number % other for other in range(2, number))):
        primorial *= prime
    return (pow(65537, 1234, primorial) + primorial * 2**900) * (pow(65537, 4321, primorial) + primorial * 2**901)


def close() -> int:
    """A modulus of two neighbouring primes."""
    return close_primes(2048).public_key().public_numbers().n


def at_mail(kind: str) -> HostFacts:
    """The sound host whose mail server, of which no config is read, has another key."""
    return sound_host(mail_serving(leaf(key=("mail", kind))))


def weak_leaf() -> Certificate:
    """A certificate for a key with close primes."""
    own = close_primes(2048)
    builder = x509.CertificateBuilder().subject_name(x509.Name([])).issuer_name(x509.Name([])).serial_number(1)
    dated = builder.not_valid_before(NOW).not_valid_after(NOW).public_key(own.public_key())
    return Certificate(dated.sign(own, hashes.SHA256()).public_bytes(Encoding.DER))


def odd_key() -> Certificate:
    """The sound certificate with a key whose point is on no curve."""
    der = sound_leaf().der
    start = der.index(bytes.fromhex("034200")) + 8
    return Certificate(der[:start] + b"\0" * 8 + der[start + 8 :])


CASES = [
    Case(STRENGTH, "P-256", CONFORMS, sound_host),
    Case(STRENGTH, "RSA 2048", CONFORMS, lambda: sound_host(key(kind="rsa-2048"))),
    Case(STRENGTH, "RSA 1024", VIOLATES, lambda: sound_host(key(kind="rsa-1024")), "RSA 1024 bits"),
    Case(STRENGTH, "Ed25519", CONFORMS, lambda: sound_host(key(kind="ed25519"))),
    Case(STRENGTH, "Ed448", CONFORMS, lambda: sound_host(key(kind="ed448"))),
    Case(STRENGTH, "P-224", VIOLATES, lambda: sound_host(key(kind="P-224")), "EC P-224"),
    Case(STRENGTH, "a curve without name", VIOLATES, lambda: sound_host(key(curve=None)), "EC 256 bits"),
    Case(STRENGTH, "DSA", VIOLATES, lambda: sound_host(key(algorithm="DSA", bits=2048, curve=None)), "DSA 2048 bits"),
    Case(STRENGTH, "not told", UNKNOWN, lambda: sound_host(key(algorithm=DARK, bits=DARK, public_key=DARK))),
    Case(STRENGTH, "size not told", UNKNOWN, lambda: sound_host(key(bits=DARK)), "encrypted"),
    Case(STRENGTH, "not read", UNKNOWN, lambda: sound_host(with_key(DENIED)), "permission denied"),
    Case(STRENGTH, "not a key", UNKNOWN, lambda: sound_host(with_key(Malformed(KEY, "not PEM"))), "not PEM"),
    Case(STRENGTH, "no key", NOT_APPLICABLE, lambda: replace(sound_host(without_set), services=(), endpoints=())),
    Case(STRENGTH, "served", VIOLATES, lambda: at_mail("P-224"), "| openssl x509 -noout -pubkey | openssl pkey -pubin"),
    Case(STRENGTH, "Ed25519, served", CONFORMS, lambda: at_mail("ed25519")),
    Case(STRENGTH, "nobody knows what is served", UNKNOWN, lambda: sound_host(mail(chains=DARK)), "587"),
    Case(
        STRENGTH, "a served one not to be read", UNKNOWN, lambda: sound_host(mail_serving(odd_key())), "its public key"
    ),
    Case(PASSPHRASE, "none", CONFORMS, sound_host),
    Case(PASSPHRASE, "one", VIOLATES, lambda: sound_host(key(encrypted=True)), "encrypted with a passphrase"),
    Case(
        PASSPHRASE,
        "a configured one",
        CONFORMS,
        lambda: sound_host(key(encrypted=True), setting(password_files=("/etc/nginx/pass",))),
    ),
    Case(PASSPHRASE, "the original's", VIOLATES, lambda: sound_host(key(SET["key"], encrypted=True)), SET["key"]),
    Case(PASSPHRASE, "not read", UNKNOWN, lambda: sound_host(with_key(DENIED))),
    Case(WEAK, "sound", CONFORMS, sound_host),
    Case(WEAK, "sound RSA", CONFORMS, lambda: sound_host(key(kind="rsa-2048"))),
    Case(WEAK, "close primes", VIOLATES, lambda: sound_host(weak(close())), "CVE-2022-26320"),
    Case(WEAK, "ROCA", VIOLATES, lambda: sound_host(weak(roca())), "CVE-2017-15361"),
    Case(WEAK, "a small factor", VIOLATES, lambda: sound_host(weak(3 * MERSENNE[3])), "a small factor"),
    Case(WEAK, "a huge modulus", UNKNOWN, lambda: sound_host(weak((1 << 20000) + 1)), "more than can be examined"),
    Case(WEAK, "a key not told", UNKNOWN, lambda: sound_host(key(public_key=DARK)), "encrypted"),
    Case(WEAK, "no key at all", UNKNOWN, lambda: sound_host(key(public_key=b"\x30\x00")), "cannot be read"),
    Case(WEAK, "served", VIOLATES, lambda: sound_host(mail_serving(weak_leaf())), "-pubkey | badkeys -"),
    Case(WEAK, "nobody knows what is served", UNKNOWN, lambda: sound_host(mail(chains=DARK)), "587"),
    Case(WEAK, "not read", UNKNOWN, lambda: sound_host(with_key(Absent(KEY)))),
    Case(MATCHES, "the certificate's", CONFORMS, sound_host),
    Case(MATCHES, "another", VIOLATES, lambda: sound_host(key(name="other")), f"public key of {COMBINED} is another"),
    Case(MATCHES, "another original", VIOLATES, lambda: sound_host(key(SET["key"], "other")), SET["crt"]),
    Case(
        MATCHES,
        "another certificate",
        VIOLATES,
        lambda: sound_host(with_certificates(COMBINED, leaf(key=("other", "P-256")))),
    ),
    Case(
        MATCHES,
        "another first in the chain",
        VIOLATES,
        lambda: sound_host(with_certificates(COMBINED, *reversed(certificates.chain()))),
    ),
    Case(MATCHES, "not read", UNKNOWN, lambda: sound_host(with_key(DENIED))),
    Case(MATCHES, "encrypted", UNKNOWN, lambda: sound_host(key(public_key=DARK)), "encrypted"),
    Case(MATCHES, "no certificate", UNKNOWN, lambda: sound_host(with_certificate_file(Absent(COMBINED)))),
    Case(MATCHES, "an empty file", UNKNOWN, lambda: sound_host(with_certificates(COMBINED)), "holds no certificate"),
    Case(
        MATCHES,
        "not a certificate",
        UNKNOWN,
        lambda: sound_host(with_certificates(COMBINED, Certificate(b"\x30\x03\x02\x01\x05"))),
    ),
    Case(MATCHES, "no key named", UNKNOWN, lambda: sound_host(pair(COMBINED, None)), "names no key"),
    Case(MATCHES, "no certificate named", UNKNOWN, lambda: sound_host(pair(None, KEY)), "names no certificate"),
    Case(MATCHES, "a path not told", UNKNOWN, lambda: sound_host(pair(COMBINED, Unknown("a file", "a variable")))),
    Case(MATCHES, "neither named", CONFORMS, lambda: sound_host(pair(None, None))),
    Case(MATCHES, "no service, no set", NOT_APPLICABLE, lambda: replace(sound_host(without_set), services=())),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case: Case) -> None:
    found = case.assert_status()
    assert "privatekey" not in str(found)


def test_each_fault_is_told_by_its_name() -> None:
    for fault, modulus in (("fermat", close()), ("roca", roca()), ("smallfactors", 3 * MERSENNE[3])):
        found = keys.weaknesses(rsa_spki(modulus))
        assert isinstance(found, tuple)
        assert fault in {weakness.name for weakness in found}


def test_compressed_points_are_the_same_key() -> None:
    point = certificates.key().public_key()
    whole = point.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    header, body = whole[:26], point.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    compressed = bytes.fromhex("3039301306072a8648ce3d020106082a8648ce3d030107032200") + body
    assert len(header) == 26
    assert compressed != whole
    assert keys.normal(compressed) == keys.normal(whole) == whole


def test_who_shares_a_prime_is_found_and_nobody_else() -> None:
    one, two, three, four = MERSENNE
    assert keys.factor_sharers([one * two, one * three, four]) == {one * two, one * three}
    assert keys.factor_sharers([one * two, one * two, three * four]) == frozenset()
    assert keys.factor_sharers([]) == frozenset()


@given(st.binary(max_size=300))
def test_no_bytes_break_the_helpers(data: bytes) -> None:
    assert isinstance(keys.normal(data), bytes)
    assert isinstance(keys.weaknesses(data), Unknown | tuple)
    assert keys.modulus(data) is None or isinstance(keys.modulus(data), int)
    assert isinstance(keys.spki_of(Certificate(data), "x"), Malformed | bytes)
    assert isinstance(keys.signature_hash(Certificate(data)), Unknown | str)
