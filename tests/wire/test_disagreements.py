"""What sslyze says otherwise: reported, unless a known fault of sslyze's explains it."""

from dataclasses import replace
from typing import Any

import pytest

from tests.wire.servers.identities import identity
from tlsfleet.certificates import Certificate
from tlsfleet.endpoints import Endpoint, EndpointFacts, Inapplicable, ServedChain
from tlsfleet.missing import Malformed, Unknown
from tlsfleet.wire.disagreements import differences, disagreements
from tlsfleet.wire.second_opinion import Opinion

SUITE, OTHER = "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_RSA_WITH_AES_128_CBC_SHA"
MODERN = "TLS_AES_128_GCM_SHA256"
SPOKEN = {"SSLv2": False, "SSLv3": False, "TLSv1.0": False, "TLSv1.1": True, "TLSv1.2": True, "TLSv1.3": False}
DIGEST = Certificate(identity("rsa").der).sha256
HEARTBLEED, CCS, ROBOT = "heartbleed", "ccs-injection", "robot"
FACTS = EndpointFacts(
    Endpoint("192.0.2.1", 443),
    protocols=SPOKEN,
    cipher_suites={"TLSv1.1": (OTHER,), "TLSv1.2": (SUITE, OTHER)},
    groups=("secp256r1", "x25519"),
    chains=(ServedChain("RSA", (Certificate(identity("rsa").der),)),),
    secure_renegotiation=True,
    client_renegotiation=False,
    extended_master_secret=True,
    compression=False,
    fallback_scsv=True,
    vulnerabilities={HEARTBLEED: False, CCS: False, ROBOT: False},
)
THEIRS = Opinion(
    suites={
        **dict.fromkeys(("SSLv2", "SSLv3", "TLSv1.0", "TLSv1.3"), frozenset()),
        "TLSv1.1": frozenset({OTHER}),
        "TLSv1.2": frozenset({SUITE, OTHER}),
    },
    tried=dict.fromkeys(SPOKEN, frozenset({SUITE, OTHER, MODERN})),
    groups=frozenset({"secp256r1", "x25519"}),
    groups_tried=frozenset({"secp256r1", "x25519", "secp384r1", "brainpoolP256r1"}),
    chains=frozenset({(DIGEST,)}),
    features={
        HEARTBLEED: False,
        CCS: False,
        ROBOT: False,
        "secure_renegotiation": True,
        "client_renegotiation": False,
        "extended_master_secret": True,
        "compression": False,
        "fallback_scsv": True,
    },
)
WITH_1_3: dict[str, Any] = {
    "protocols": SPOKEN | {"TLSv1.3": True},
    "cipher_suites": {**FACTS.cipher_suites, "TLSv1.3": (MODERN,)},
}


def only(facts: EndpointFacts, theirs: Opinion) -> tuple[str, str | None]:
    (found,) = differences(facts, theirs)
    assert disagreements(facts, theirs) == (() if found.excuse else (found.text,))
    return found.text, found.excuse


def theirs(**features: bool) -> Opinion:
    return replace(THEIRS, features={**THEIRS.features, **features})


def suites(protocol: str, *names: str) -> Opinion:
    return replace(THEIRS, suites={**THEIRS.suites, protocol: frozenset(names)})


def test_two_that_agree() -> None:
    assert differences(FACTS, THEIRS) == ()


def test_a_suite_that_they_alone_find() -> None:
    text, excuse = only(FACTS, suites("TLSv1.0", OTHER))
    assert text == f"TLSv1.0: sslyze finds {OTHER}, we do not"
    assert excuse is None


def test_a_suite_that_we_alone_find() -> None:
    text, excuse = only(FACTS, suites("TLSv1.1"))
    assert text == f"TLSv1.1: we find {OTHER}, sslyze does not"
    assert excuse is None


def test_a_suite_that_they_do_not_try() -> None:
    odd = "TLS_RSA_WITH_ARIA_128_CBC_SHA256"
    facts = replace(FACTS, cipher_suites={**FACTS.cipher_suites, "TLSv1.2": (SUITE, OTHER, odd)})
    assert only(facts, THEIRS)[1] == "sslyze does not try this suite"


def test_a_suite_that_their_old_client_has_no_group_for() -> None:
    facts = replace(FACTS, groups=("x25519",))
    said = replace(suites("TLSv1.2", OTHER), groups=frozenset({"x25519"}))
    assert "none of the server's groups" in (only(facts, said)[1] or "")
    assert only(FACTS, suites("TLSv1.2", OTHER))[1] is None  # a group is no excuse where there is P-256


def test_a_suite_that_their_old_client_has_no_key_type_for() -> None:
    suite = "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"
    chain = ServedChain("EdDSA", (Certificate(identity("rsa").der),))
    facts = replace(FACTS, cipher_suites={**FACTS.cipher_suites, "TLSv1.2": (SUITE, OTHER, suite)}, chains=(chain,))
    said = replace(THEIRS, tried={**THEIRS.tried, "TLSv1.2": frozenset({SUITE, OTHER, suite})})
    assert "Ed25519" in (only(facts, said)[1] or "")
    assert only(replace(facts, chains=(ServedChain("ECDSA", chain.certificates),)), said)[1] is None


def test_groups() -> None:
    assert only(FACTS, replace(THEIRS, groups=frozenset({"secp256r1", "x25519", "secp384r1"})))[1] is None
    assert only(FACTS, replace(THEIRS, groups=frozenset({"secp256r1"})))[1] is None
    hybrid = replace(FACTS, groups=("secp256r1", "x25519", "X25519MLKEM768"))
    assert only(hybrid, THEIRS)[1] == "sslyze does not try this group"
    old = replace(FACTS, groups=("secp256r1", "x25519", "brainpoolP256r1"), **WITH_1_3)
    assert only(old, suites("TLSv1.3", MODERN))[1] == "sslyze tries groups in the highest protocol alone"


def test_a_group_beside_the_curve_of_an_ecdsa_certificate() -> None:
    said = replace(THEIRS, groups=frozenset({"secp256r1"}))
    chain = ServedChain("ECDSA", (Certificate(identity("rsa").der),))
    assert "ECDSA certificate" in (only(replace(FACTS, chains=(chain,)), said)[1] or "")


def test_a_modern_suite_that_their_client_has_no_group_for() -> None:
    told: dict[str, Any] = {**WITH_1_3, "groups": ("ffdhe2048",)}
    said = replace(suites("TLSv1.3"), groups=frozenset())
    found = differences(replace(FACTS, **told), replace(said, suites={"TLSv1.3": frozenset()}))
    assert [one.excuse is None for one in found] == [False, False]  # the suite, and the group, which is not tried
    other = differences(replace(FACTS, **WITH_1_3), replace(THEIRS, suites={"TLSv1.3": frozenset()}))
    assert [one.excuse for one in other] == [None]


def test_chains() -> None:
    assert only(FACTS, replace(THEIRS, chains=frozenset({(DIGEST,), ("ab" * 32,)})))[1] is None
    second = ServedChain("ECDSA", (Certificate(identity("p256").der),))
    assert only(replace(FACTS, chains=(*FACTS.chains, second)), THEIRS)[1] is None  # type: ignore[misc] # no Unknown
    edwards = replace(second, key_type="EdDSA")
    assert "EdDSA" in (only(replace(FACTS, chains=(*FACTS.chains, edwards)), THEIRS)[1] or "")  # type: ignore[misc]
    broken = ServedChain("RSA", (Malformed("served", "no DER"),))
    assert differences(replace(FACTS, chains=(*FACTS.chains, broken)), THEIRS) == ()  # type: ignore[misc]


@pytest.mark.parametrize("name", [HEARTBLEED, CCS, ROBOT])
def test_vulnerabilities(name: str) -> None:
    assert only(FACTS, theirs(**{name: True}))[1] is None
    vulnerable = replace(FACTS, vulnerabilities={**FACTS.vulnerabilities, name: True})
    assert only(vulnerable, THEIRS)[1] is None
    modern = replace(vulnerable, **WITH_1_3)
    untested = None if name == ROBOT else "sslyze does not test this where TLS 1.3 is offered"
    assert only(modern, suites("TLSv1.3", MODERN))[1] == untested


@pytest.mark.parametrize("name", ["secure_renegotiation", "client_renegotiation", "compression"])
def test_a_feature_said_otherwise(name: str) -> None:
    said = not THEIRS.features[name]
    assert only(FACTS, theirs(**{name: said}))[1] is None
    for ours in (Unknown("x", "y"), Inapplicable("x")):
        told: dict[str, Any] = {name: ours}
        assert differences(replace(FACTS, **told), theirs(**{name: said})) == ()


def test_a_rejected_handshake_is_no_refused_fallback() -> None:
    facts = replace(FACTS, fallback_scsv=False)
    assert only(facts, THEIRS)[1] is None  # TLS 1.1 is spoken: a rejection means something
    alone = replace(facts, protocols=SPOKEN | {"TLSv1.1": False}, cipher_suites={"TLSv1.2": (SUITE, OTHER)})
    assert "every rejected handshake" in (only(alone, suites("TLSv1.1"))[1] or "")


def test_extended_master_secret_is_untested_where_tls_1_3_is_offered() -> None:
    facts = replace(FACTS, extended_master_secret=False, **WITH_1_3)
    assert only(facts, suites("TLSv1.3", MODERN))[1] == "sslyze does not test this where TLS 1.3 is offered"
    assert only(replace(FACTS, extended_master_secret=False), THEIRS)[1] is None


def test_what_one_of_the_two_could_not_tell_is_no_difference() -> None:
    unknown = Unknown("x", "y")
    facts = replace(FACTS, cipher_suites={}, groups=unknown, chains=unknown, protocols={})
    assert differences(facts, THEIRS) == ()
    assert differences(FACTS, Opinion(failed={"everything": "it failed"})) == ()
