"""Named groups and signatures on the wire."""

from dataclasses import replace

import pytest

from tests.checks.cases import CONFORMS, NOT_APPLICABLE, UNKNOWN, VIOLATES, Case, verdict
from tests.checks.edits import endpoints, only_endpoint, setting
from tests.checks.hosts import sound_endpoint, sound_host
from tlsfleet.facts import HostFacts, Listener, Unknown
from tlsfleet.verdict import Level

SILENT = Unknown("443", "it fell silent")
NEW = "TLS_NOBODY_KNOWS_IT"
WEAK = {"signature_schemes": ("rsa_pkcs1_sha1",)}
STATIC = "TLS_RSA_WITH_AES_128_GCM_SHA256"


def groups(*names: str) -> HostFacts:
    return sound_host(endpoints(groups=names))


def signing(*schemes: str) -> HostFacts:
    return sound_host(endpoints(signature_schemes=schemes))


def without(version: str) -> HostFacts:
    """A server of which one version cannot be told; what is seen of the others is good, but for the hybrid."""
    facts = sound_endpoint()
    schemes = ("rsa_pss_rsae_sha256",)
    protocols = {**facts.protocols, version: SILENT}
    return sound_host(endpoints(protocols=protocols, groups=("x25519",), signature_schemes=schemes))


def static(
    suites: tuple[str, ...] | Unknown = (STATIC,),
    version: str = "TLSv1.2",
    untold: str = "",
    schemes: tuple[str, ...] = ("rsa_pss_rsae_sha256",),
) -> HostFacts:
    """One version alone with static RSA, and perhaps one that cannot be told."""
    protocols = {name: SILENT if name == untold else name == version for name in sound_endpoint().protocols}
    changes = {"protocols": protocols, "cipher_suites": {version: suites}, "signature_schemes": schemes}
    return sound_host(endpoints(groups=(), **changes))


def hybrid_untold() -> HostFacts:
    protocols = {**sound_endpoint().protocols, "TLSv1.2": SILENT}
    return sound_host(endpoints(protocols=protocols, groups=("X25519MLKEM768",)))


CASES = [
    Case("key-exchange.groups", "modern groups", CONFORMS, sound_host),
    Case("key-exchange.groups", "secp256k1", VIOLATES, lambda: groups("x25519", "secp256k1"), "-groups secp256k1"),
    Case("key-exchange.groups", "a short curve", VIOLATES, lambda: groups("secp192r1"), "ssl_ecdh_curve X25519:"),
    Case("key-exchange.groups", "they cannot be told", UNKNOWN, lambda: sound_host(endpoints(groups=SILENT))),
    Case("key-exchange.groups", "none where suites need them", UNKNOWN, groups, "no named group was seen"),
    Case("key-exchange.groups", "a version cannot be told", UNKNOWN, lambda: without("TLSv1.3"), "fell silent"),
    Case("key-exchange.groups", "none, and a version cannot be told", UNKNOWN, lambda: static(untold="TLSv1.3")),
    Case("key-exchange.groups", "none, and the suites were not told", UNKNOWN, lambda: static(())),
    Case("key-exchange.groups", "none, and a suite that nobody knows", UNKNOWN, lambda: static((STATIC, NEW))),
    Case("key-exchange.groups", "none, and the suites cannot be told", UNKNOWN, lambda: static(SILENT)),
    Case("key-exchange.groups", "static RSA alone", NOT_APPLICABLE, static),
    Case(
        "key-exchange.groups",
        "the policy's list",
        VIOLATES,
        sound_host,
        "X25519MLKEM768, x448, secp384r1, secp521r1 on offer",
        parameters=(("groups", ["x25519", "secp256r1"]),),
    ),
    Case("key-exchange.post-quantum", "X25519MLKEM768", CONFORMS, sound_host),
    Case("key-exchange.post-quantum", "another hybrid", CONFORMS, lambda: groups("x25519", "SecP256r1MLKEM768")),
    Case("key-exchange.post-quantum", "none", VIOLATES, lambda: groups("x25519"), "OpenSSL 3.5"),
    Case("key-exchange.post-quantum", "a draft", VIOLATES, lambda: groups("X25519Kyber768Draft00")),
    Case("key-exchange.post-quantum", "they cannot be told", UNKNOWN, lambda: sound_host(endpoints(groups=SILENT))),
    Case("key-exchange.post-quantum", "TLS 1.3 cannot be told", UNKNOWN, lambda: without("TLSv1.3"), "fell silent"),
    Case("key-exchange.post-quantum", "it is there, whatever else cannot be told", CONFORMS, hybrid_untold),
    Case("key-exchange.post-quantum", "static RSA alone", VIOLATES, static),
    Case(
        "key-exchange.signature-schemes", "TLS 1.2 cannot be told", UNKNOWN, lambda: without("TLSv1.2"), "fell silent"
    ),
    Case("key-exchange.signature-schemes", "none was seen", UNKNOWN, signing, "no signature was seen"),
    Case("key-exchange.signature-schemes", "static RSA alone", NOT_APPLICABLE, lambda: static(schemes=())),
    Case(
        "key-exchange.signature-schemes", "TLS 1.1 alone", NOT_APPLICABLE, lambda: static(version="TLSv1.1", schemes=())
    ),
    Case(
        "key-exchange.signature-schemes",
        "SHA-1 with the level of the configured string",
        VIOLATES,
        lambda: sound_host(setting(cipher_string="HIGH:@SECLEVEL=0"), endpoints(**WEAK)),
        "ssl_ciphers HIGH:@SECLEVEL=2;",
    ),
    Case("key-exchange.signature-schemes", "SHA-256", CONFORMS, sound_host),
    Case("key-exchange.signature-schemes", "SHA-1", VIOLATES, lambda: signing("rsa_pkcs1_sha1"), "-sigalgs RSA+SHA1"),
    Case("key-exchange.signature-schemes", "MD5", VIOLATES, lambda: signing("rsa_pkcs1_md5"), "SLOTH"),
    Case(
        "key-exchange.signature-schemes",
        "they cannot be told",
        UNKNOWN,
        lambda: sound_host(endpoints(signature_schemes=SILENT)),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case: Case) -> None:
    case.assert_status()


def test_mail_between_servers_is_to_sign_as_all_do() -> None:
    facts = sound_endpoint(signature_schemes=("rsa_pkcs1_sha1",))
    endpoint = replace(facts.endpoint, port=25, starttls="smtp", endpoint_class="opportunistic")
    found = verdict("key-exchange.signature-schemes", sound_host(only_endpoint(replace(facts, endpoint=endpoint))))
    assert (found.status, found.level) == (VIOLATES, Level.SHOULD)


@pytest.mark.parametrize(("check", "bad"), [("groups", {"groups": ("secp192r1",)}), ("signature-schemes", WEAK)])
def test_a_violation_does_not_hide_what_could_not_be_told(check: str, bad: dict[str, tuple[str, ...]]) -> None:
    protocols = {**sound_endpoint().protocols, "TLSv1.3": SILENT}
    found = verdict(f"key-exchange.{check}", sound_host(endpoints(protocols=protocols, **bad)))
    assert {result.status for result in found.subjects} == {VIOLATES, UNKNOWN}


def test_postfix_is_given_a_level_by_its_own_setting() -> None:
    facts = sound_endpoint(signature_schemes=WEAK["signature_schemes"], port=25, starttls="smtp")
    listeners = (Listener("tcp", "0.0.0.0", 25, "master", 1),)
    (finding,) = verdict(
        "key-exchange.signature-schemes", sound_host(only_endpoint(facts), listeners=listeners)
    ).findings
    assert "'tls_high_cipherlist = ECDHE+AESGCM:ECDHE+CHACHA20:@SECLEVEL=2' && postfix reload" in finding.remedy
