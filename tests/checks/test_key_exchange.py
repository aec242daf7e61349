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
    Case("key-exchange.groups", "secp256k1", VIOLATES, lambda: groups("x25519", "secp256k1"), "-no_tls1_3"),
    Case("key-exchange.groups", "one of TLS 1.3", VIOLATES, lambda: groups("MLKEM512"), "-tls1_3 -groups MLKEM512"),
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
        "MD5 and SHA-1 are shown by what clients have",
        VIOLATES,
        lambda: signing("ecdsa_md5", "ecdsa_sha1"),
        "-sigalgs ECDSA+SHA1",
    ),
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


PROGRAMS = {
    ("groups", "smtp", 25, "master"): "'tls_eecdh_auto_curves = X25519 prime256v1 secp384r1' && postfix reload",
    ("groups", "xmpp-client", 5222, "lua5.4"): 'curveslist = { "X25519", "prime256v1", "secp384r1" }',
    ("groups", "imap", 143, "dovecot"): "ssl_curve_list = X25519:prime256v1:secp384r1",
    ("post-quantum", "imap", 143, "dovecot"): "ssl_curve_list = X25519MLKEM768:X25519:prime256v1:secp384r1",
    ("signature-schemes", "smtp", 25, "master"): "ECDHE+AESGCM:ECDHE+CHACHA20:@SECLEVEL=2' && postfix reload",
    ("signature-schemes", "imap", 143, "dovecot"): "ssl_cipher_list = ECDHE+AESGCM:ECDHE+CHACHA20:@SECLEVEL=2",
}


@pytest.mark.parametrize(("place", "remedy"), PROGRAMS.items(), ids=str)
def test_the_remedy_is_the_services_own(place: tuple[str, str, int, str], remedy: str) -> None:
    check, starttls, port, program = place
    listeners = (Listener("tcp", "0.0.0.0", port, program, 1),)
    facts = sound_endpoint(port=port, starttls=starttls, groups=("secp192r1",), **WEAK)
    (finding,) = verdict(f"key-exchange.{check}", sound_host(only_endpoint(facts), listeners=listeners)).findings
    assert remedy in finding.remedy


@pytest.mark.parametrize(
    ("suite", "asked"),
    [
        ("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "-groups sect163k1:P-256 -cipher"),
        ("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "-groups sect163k1 -cipher"),
    ],
)
def test_a_certificate_keeps_its_curve_where_a_group_is_shown(suite: str, asked: str) -> None:
    suites = {**sound_endpoint().cipher_suites, "TLSv1.2": (suite,)}
    facts = sound_host(endpoints(groups=("sect163k1", "secp256r1"), cipher_suites=suites))
    assert asked in verdict("key-exchange.groups", facts).findings[0].reproduce
