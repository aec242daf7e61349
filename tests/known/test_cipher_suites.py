"""Every registered cipher suite is classified, and as CryptoDataHub has it."""

from typing import Any

import pytest
from cryptodatahub.tls.algorithm import SslCipherKind, TlsCipherSuite
from hypothesis import given
from hypothesis import strategies as st

from tlsfleet.known.cipher_suites import KINDS, SCSV, Suite, suite, tags

EVERY = {item.name: item.value for item in (*TlsCipherSuite, *SslCipherKind)}
KINDS_OF = {
    "TLS_RSA_WITH_NULL_MD5": {"NULL", "MD5", "static", "weak"},
    "TLS_DH_anon_WITH_AES_128_CBC_SHA": {"anon", "DHE", "CBC", "SHA1"},
    "TLS_ECDH_anon_WITH_AES_128_CBC_SHA": {"anon", "CBC", "SHA1"},
    "TLS_RSA_EXPORT_WITH_RC4_40_MD5": {"EXPORT", "RC4", "MD5", "static", "weak"},
    "TLS_DHE_RSA_EXPORT_WITH_DES40_CBC_SHA": {"EXPORT", "DES", "DHE", "CBC", "SHA1", "weak"},
    "TLS_RSA_WITH_DES_CBC_SHA": {"DES", "static", "CBC", "SHA1", "weak"},
    "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA": {"3DES", "CBC", "SHA1"},
    "TLS_ECDHE_RSA_WITH_RC4_128_SHA": {"RC4", "SHA1"},
    "TLS_RSA_WITH_IDEA_CBC_SHA": {"IDEA", "static", "CBC", "SHA1"},
    "TLS_PSK_WITH_AES_128_GCM_SHA256": {"PSK", "static"},
    "TLS_DHE_PSK_WITH_AES_128_GCM_SHA256": {"PSK", "DHE"},
    "TLS_SRP_SHA_RSA_WITH_AES_128_CBC_SHA": {"SRP", "CBC", "SHA1"},
    "TLS_RSA_WITH_AES_128_GCM_SHA256": {"static"},
    "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256": {"DHE"},
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256": {"CBC"},
    "TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8": set(),
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256": set(),
    "TLS_AES_128_GCM_SHA256": set(),
    "TLS_SHA256_SHA256": {"NULL", "weak"},
    "SSL_CK_RC4_128_EXPORT40_WITH_MD5": {"EXPORT", "RC4", "MD5", "static", "weak"},
    "SSL_CK_DES_192_EDE3_CBC_WITH_MD5": {"3DES", "MD5", "CBC", "static"},
}


def classified(name: str) -> Suite:
    found = suite(name)
    assert found is not None, name
    return found


@pytest.mark.parametrize("name", KINDS_OF)
def test_kinds(name: str) -> None:
    assert classified(name).kinds == KINDS_OF[name]


def test_every_registered_suite_is_classified() -> None:
    for name in EVERY:
        found = classified(name)
        assert found.kinds <= set(KINDS), name
        assert found.bits == 0 or found.bits >= 40, name
        assert ("weak" in found.kinds) == (found.bits < 112), name


def test_as_cryptodatahub_has_it() -> None:
    for item in TlsCipherSuite:
        value = item.value
        cipher = value.bulk_cipher.name if value.bulk_cipher else "NULL"
        expected = {
            "EXPORT": value.export_grade,
            "anon": _named(value.authentication, "ANONYMOUS"),
            "NULL": cipher == "NULL",
            "RC4": cipher.startswith("RC4"),
            "3DES": cipher == "TRIPLE_DES_EDE",
            "IDEA": cipher.startswith("IDEA"),
            "RC2": cipher.startswith("RC2"),
            "PSK": "PSK" in str(value.key_exchange) + str(value.authentication),
            "MD5": _named(value.mac, "MD5"),
        }
        found = classified(item.name).kinds
        assert found & set(expected) == {kind for kind, there in expected.items() if there}, item.name


def _named(member: Any, name: str) -> bool:
    return member is not None and member.name == name


def test_preferred_are_those_that_rfc_9325_recommends_and_their_like() -> None:
    preferred = {name for name in EVERY if classified(name).preferred}
    assert {
        "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
        "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
        "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
        "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256",
        "TLS_AES_256_GCM_SHA384",
    } <= preferred
    assert not preferred & {
        "TLS_RSA_WITH_AES_128_GCM_SHA256",
        "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256",
        "TLS_DH_anon_WITH_AES_128_GCM_SHA256",
        "TLS_SHA256_SHA256",
        "TLS_AES_128_CCM_8_SHA256",
        "TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8",
    }


@pytest.mark.parametrize("name", [*SCSV, "", "AES128-SHA", "TLS_RSA_WITH_", "TLS_X_WITH_ROT13", "TLS_" + "A" * 500])
def test_no_suite(name: str) -> None:
    assert suite(name) is None


def test_tags_name_the_attack() -> None:
    assert "FREAK" in tags(["EXPORT", "RC4"], "TLS_RSA_EXPORT_WITH_RC4_40_MD5")
    assert "Logjam" in tags(["EXPORT"], "TLS_DHE_RSA_EXPORT_WITH_DES40_CBC_SHA")
    assert tags(["3DES"], "TLS_RSA_WITH_3DES_EDE_CBC_SHA") == ("SWEET32", "CVE-2016-2183")


@given(st.text(max_size=120))
def test_any_text_is_a_suite_or_none(text: str) -> None:
    for name in (text, f"TLS_{text}", f"TLS_RSA_WITH_{text}", f"SSL_CK_{text}"):
        found = suite(name)
        assert found is None or found.kinds <= set(KINDS)
