"""Named groups and signatures on the wire."""

from dataclasses import replace

import pytest

from tests.checks.cases import CONFORMS, NOT_APPLICABLE, UNKNOWN, VIOLATES, Case, verdict
from tests.checks.edits import endpoints, only_endpoint
from tests.checks.hosts import sound_endpoint, sound_host
from tlsfleet.facts import HostFacts, Unknown
from tlsfleet.verdict import Level

SILENT = Unknown("443", "it fell silent")
STATIC = "TLS_RSA_WITH_AES_128_GCM_SHA256"


def groups(*names: str) -> HostFacts:
    return sound_host(endpoints(groups=names))


def signing(*schemes: str) -> HostFacts:
    return sound_host(endpoints(signature_schemes=schemes))


def static() -> HostFacts:
    """TLS 1.2 alone with static RSA."""
    protocols = {name: name == "TLSv1.2" for name in sound_endpoint().protocols}
    return sound_host(endpoints(protocols=protocols, groups=(), cipher_suites={"TLSv1.2": (STATIC,)}))


CASES = [
    Case("key-exchange.groups", "modern groups", CONFORMS, sound_host),
    Case("key-exchange.groups", "secp256k1", VIOLATES, lambda: groups("x25519", "secp256k1"), "-groups secp256k1"),
    Case("key-exchange.groups", "a short curve", VIOLATES, lambda: groups("secp192r1"), "ssl_ecdh_curve X25519:"),
    Case("key-exchange.groups", "they cannot be told", UNKNOWN, lambda: sound_host(endpoints(groups=SILENT))),
    Case("key-exchange.groups", "none where suites need them", UNKNOWN, groups, "none was found"),
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


def test_mail_between_servers_may_sign_with_sha_1() -> None:
    facts = sound_endpoint(signature_schemes=("rsa_pkcs1_sha1",))
    endpoint = replace(facts.endpoint, port=25, starttls="smtp", endpoint_class="opportunistic")
    found = verdict("key-exchange.signature-schemes", sound_host(only_endpoint(replace(facts, endpoint=endpoint))))
    assert (found.status, found.level) == (VIOLATES, Level.MAY)
