"""IANA's registries as they are kept here, held to other sources."""

from cryptodatahub.tls.algorithm import TlsCipherSuite, TlsNamedCurve, TlsSignatureAndHashAlgorithm

from tlsfleet import iana

# RFC 6655 7 has these two words in this order, and so has IANA; CryptoDataHub mended them.
AS_REGISTERED = {0xC0AA: "TLS_PSK_DHE_WITH_AES_128_CCM_8", 0xC0AB: "TLS_PSK_DHE_WITH_AES_256_CCM_8"}

EXPERIMENTS = 0x200  # from here on CryptoDataHub has numbers that are nobody's beside IANA's


def test_cipher_suites_are_cryptodatahubs() -> None:
    theirs = {suite.value.code: suite.value.iana_name or suite.name for suite in TlsCipherSuite}
    assert {number: suite.name for number, suite in iana.cipher_suites().items()} == theirs | AS_REGISTERED


def test_every_registered_curve_and_field_is_known() -> None:
    numbers = {each.value.code for each in TlsNamedCurve}
    assert {number for number in numbers if number < EXPERIMENTS} <= set(iana.named_groups())


def test_signature_schemes_are_named_by_their_digest() -> None:
    names = iana.signature_schemes()
    assert {names[0x0401], names[0x0804], names[0x0807]} == {"rsa_pkcs1_sha256", "rsa_pss_rsae_sha256", "ed25519"}
    known = {each.value.code for each in TlsSignatureAndHashAlgorithm}
    modern = {number for number in known if number >> 8 in {2, 4, 5, 6, 8} and number & 0xFF in {1, 3}}
    assert modern <= set(names)
