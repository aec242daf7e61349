"""Cipher suites that are configured, held against those on offer."""

from typing import Any

import pytest

from tests.checks import certificates
from tests.checks.cases import CONFORMS, UNKNOWN, VIOLATES, Case, verdict
from tests.checks.edits import only_endpoint, setting, with_certificate_file, with_certificates
from tests.checks.hosts import COMBINED, SUITES, Edit, sound_endpoint, sound_host
from tlsfleet.facts import Absent, CipherSuite, HostFacts, Unknown
from tlsfleet.iana import PROTOCOLS
from tlsfleet.known.cipher_suites import suite

CHECK = "consistency.cipher-suites-as-configured"
SILENT = Unknown("443", "it fell silent")
ECDSA = "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"
RSA = "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"
OLD = CipherSuite("TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", "TLSv1.0")
DHE = CipherSuite("TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", "TLSv1.2")
OFFERED = {each.name: each for each in SUITES}
WEB = sound_endpoint()
PSK = CipherSuite("TLS_PSK_WITH_AES_128_GCM_SHA256", "TLSv1.2")
MODES = ("GCM_SHA256", "CBC_SHA256")


def offering(*suites: str, protocol: str = "TLSv1.2", **changes: object) -> Edit:
    """The web server's endpoint alone, with these suites in one version."""
    return only_endpoint(sound_endpoint(cipher_suites={**WEB.cipher_suites, protocol: suites}, **changes))


def configured(*suites: str | CipherSuite, **changes: Any) -> Edit:
    """The web server with these suites and TLS 1.3's configured."""
    listed = tuple(OFFERED[each] if isinstance(each, str) else each for each in suites)
    newest = tuple(each for each in SUITES if each.protocol == "TLSv1.3")
    return setting(cipher_suites=(*newest, *listed), **changes)


def with_key(kind: str, *edits: Edit) -> HostFacts:
    """A host whose certificate has a key of another kind."""
    chain = certificates.chain(certificates.leaf(key=(kind, kind)))
    return sound_host(with_certificates(COMBINED, *chain), *edits)


def speaking(*names: str) -> dict[str, bool]:
    return {name: name in names for name in PROTOCOLS}


CASES = [
    Case(CHECK, "those that its key can serve", CONFORMS, sound_host),
    Case(
        CHECK,
        "one is refused",
        VIOLATES,
        lambda: sound_host(offering(ECDSA)),
        "'TLSv1.2: TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 configured, and refused'",
    ),
    Case(
        CHECK,
        "one is not configured",
        VIOLATES,
        lambda: sound_host(offering(ECDSA), configured("TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384")),
        f"'TLSv1.2: {ECDSA} on offer, and not configured'",
    ),
    Case(
        CHECK,
        "one of TLS 1.3 is refused",
        VIOLATES,
        lambda: sound_host(offering("TLS_AES_256_GCM_SHA384", protocol="TLSv1.3")),
        "-tls1_3 -ciphersuites TLS_CHACHA20_POLY1305_SHA256 </dev/null",
    ),
    Case(
        CHECK,
        "a command that shows one",
        VIOLATES,
        lambda: sound_host(offering(ECDSA), configured()),
        '-tls1_2 -cipher "$(openssl ciphers -stdname ALL:COMPLEMENTOFALL | awk \'$1 == "' + ECDSA + "\" {print $3}')",
    ),
    Case(CHECK, "a key of RSA", CONFORMS, lambda: with_key("rsa-2048", offering(RSA), configured(ECDSA, RSA))),
    Case(CHECK, "Ed25519 goes with ECDSA", VIOLATES, lambda: with_key("ed25519", offering(), configured(ECDSA, RSA))),
    Case(
        CHECK,
        "but not below TLS 1.2",
        CONFORMS,
        lambda: with_key(
            "ed25519",
            offering(protocol="TLSv1.1", protocols=speaking("TLSv1.1")),
            configured(OLD, protocols=("TLSv1.1",)),
        ),
    ),
    Case(
        CHECK,
        "an old one in every version that has it",
        VIOLATES,
        lambda: sound_host(
            offering(protocol="TLSv1.1", protocols=speaking("TLSv1.1")), configured(OLD, protocols=("TLSv1.1",))
        ),
        "TLSv1.1: TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
    ),
    Case(
        CHECK,
        "a new one in no older version",
        CONFORMS,
        lambda: sound_host(
            offering(OLD.name, protocol="TLSv1.1", protocols=speaking("TLSv1.1")),
            configured(OLD, ECDSA, protocols=("TLSv1.1", "TLSv1.2")),
        ),
    ),
    Case(
        CHECK,
        "a version that is not configured is another check's",
        CONFORMS,
        lambda: sound_host(offering("TLS_RSA_WITH_RC4_128_MD5"), configured(protocols=("TLSv1.3",))),
    ),
    Case(CHECK, "DHE without parameters", CONFORMS, lambda: dhe(dh_parameters=None)),
    Case(CHECK, "DHE with parameters", VIOLATES, lambda: dhe(dh_parameters="auto"), DHE.name),
    Case(CHECK, "DHE with parameters that cannot be told", UNKNOWN, lambda: dhe(dh_parameters=SILENT), "DHE"),
    Case(CHECK, "DHE on offer all the same", CONFORMS, lambda: dhe(DHE.name, dh_parameters=SILENT)),
    Case(
        CHECK,
        "what needs another secret than a key",
        CONFORMS,
        lambda: sound_host(offering(ECDSA), configured(ECDSA, PSK)),
    ),
    Case(
        CHECK,
        "one without a certificate",
        VIOLATES,
        lambda: sound_host(offering(), configured(CipherSuite("TLS_ECDH_anon_WITH_AES_128_CBC_SHA", "TLSv1.0"))),
    ),
    Case(
        CHECK,
        "one that is not known",
        UNKNOWN,
        lambda: sound_host(offering(ECDSA), configured(ECDSA, CipherSuite("TLS_NEW", "TLSv1.2"))),
        "TLS_NEW is a cipher suite that is not known here",
    ),
    Case(
        CHECK,
        "one that is not known, on offer",
        CONFORMS,
        lambda: sound_host(offering("TLS_NEW"), configured(CipherSuite("TLS_NEW", "TLSv1.2"))),
    ),
    Case(CHECK, "the setting cannot be told", UNKNOWN, lambda: sound_host(setting(cipher_suites=SILENT))),
    Case(CHECK, "the versions cannot be told", UNKNOWN, lambda: sound_host(setting(protocols=SILENT))),
    Case(
        CHECK,
        "what is on offer cannot be told",
        UNKNOWN,
        lambda: sound_host(only_endpoint(sound_endpoint(cipher_suites={**WEB.cipher_suites, "TLSv1.2": SILENT}))),
        "TLSv1.2: it fell silent",
    ),
    Case(
        CHECK,
        "what is on offer was not tried",
        UNKNOWN,
        lambda: sound_host(only_endpoint(sound_endpoint(cipher_suites={}))),
        "not tried",
    ),
    Case(
        CHECK,
        "whether a version is spoken cannot be told",
        UNKNOWN,
        lambda: sound_host(only_endpoint(sound_endpoint(protocols={**WEB.protocols, "TLSv1.2": SILENT}))),
    ),
    Case(
        CHECK,
        "one version cannot be told, another is wrong",
        VIOLATES,
        lambda: sound_host(only_endpoint(sound_endpoint(cipher_suites={"TLSv1.2": SILENT, "TLSv1.3": ()}))),
        "TLSv1.2: it fell silent",
    ),
    Case(
        CHECK,
        "which key serves it cannot be told",
        UNKNOWN,
        lambda: sound_host(offering(), configured(RSA), with_certificate_file(Absent(COMBINED))),
        "no such file",
    ),
    Case(
        CHECK,
        "what is on offer needs no key to be known",
        CONFORMS,
        lambda: sound_host(offering(RSA), configured(RSA), with_certificate_file(Absent(COMBINED))),
    ),
]


def dhe(*on_offer: str, dh_parameters: str | Unknown | None) -> HostFacts:
    """A host with a key of RSA and DHE in its cipher string."""
    return with_key("rsa-2048", offering(*on_offer), configured(DHE, dh_parameters=dh_parameters))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case: Case) -> None:
    case.assert_status()


def test_many_are_named_in_part() -> None:
    ciphers = [f"{name}_{bits}_{mode}" for name in ("AES", "ARIA", "CAMELLIA") for bits in (128, 256) for mode in MODES]
    many = [CipherSuite(f"TLS_ECDHE_ECDSA_WITH_{cipher}", "TLSv1.2") for cipher in ciphers]
    found = verdict(CHECK, sound_host(offering(), configured(*many)))
    assert found.findings[0].observed.endswith("and 4 more configured, and refused")


@pytest.mark.parametrize(
    ("name", "key", "version", "serves"),
    [
        ("TLS_RSA_WITH_AES_128_CBC_SHA", "RSA", "TLSv1.0", True),
        ("TLS_RSA_WITH_AES_128_CBC_SHA", "RSA-PSS", "TLSv1.2", False),
        ("TLS_DHE_RSA_WITH_AES_128_CBC_SHA", "RSA-PSS", "TLSv1.2", True),
        ("TLS_DHE_RSA_WITH_AES_128_CBC_SHA", "RSA-PSS", "TLSv1.1", False),
        ("TLS_DHE_DSS_WITH_AES_128_CBC_SHA", "DSA", "TLSv1.0", True),
        ("TLS_DHE_DSS_WITH_AES_128_CBC_SHA", "RSA", "TLSv1.2", False),
        ("TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", "ECDSA", "TLSv1.0", True),
        ("TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", "Ed448", "TLSv1.2", True),
        ("TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", "Ed448", "TLSv1.0", False),
        ("TLS_ECDH_ECDSA_WITH_AES_128_CBC_SHA", "ECDSA", "TLSv1.2", False),
        ("TLS_RSA_PSK_WITH_AES_128_CBC_SHA", "RSA", "TLSv1.2", False),
        ("TLS_ECDH_anon_WITH_AES_128_CBC_SHA", "RSA", "TLSv1.0", True),
        ("TLS_AES_128_GCM_SHA256", "Ed25519", "TLSv1.3", True),
    ],
)
def test_which_key_serves_a_suite(name: str, key: str, version: str, serves: bool) -> None:
    found = suite(name)
    assert found is not None
    assert found.takes_key(key, version) is serves
