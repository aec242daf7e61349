"""Cases of keys that live on in a later set, or on another host."""

from dataclasses import replace

import pytest

from tests.checks.cases import CONFORMS, NOT_APPLICABLE, UNKNOWN, VIOLATES, Case, verdict
from tests.checks.certificates import key_facts, leaf
from tests.checks.edits import block, declared, with_key, with_leaf, with_listing
from tests.checks.hosts import KEY, LOCALCERTS, SET, STAMP, sound_host
from tests.checks.test_private_key_material import MERSENNE, rsa_spki
from tlsfleet.facts import FolderListing, HostFacts, KeyFacts, Unknown

REUSED = "private-key.not-reused"
SHARED = "private-key.not-shared"
OLD = f"{LOCALCERTS}/server_20250101.key"
TWO_SETS = with_listing(
    FolderListing(LOCALCERTS, ("server_20250101.key", *(f"server_{STAMP}.{suffix}" for suffix in SET)))
)

SEALED = (
    key_facts(KEY, public_key=Unknown(KEY, "the key is encrypted")),
    key_facts(SET["key"], "another"),  # nothing is configured with it: its certificate cannot tell
)


def host(name: str, key_name: str, *names: str) -> HostFacts:
    """A host with the key of a name, that serves some names."""
    return sound_host(
        with_key(key_facts(KEY, key_name)),
        with_key(key_facts(SET["key"], key_name)),
        with_leaf(leaf(key=(key_name, "P-256"), names=names)),
        declared(names=names),
        block(server_names=(*names, "_", "localhost")),
        block("plain", server_names=names),
        host=name,
    )


def rsa_host(name: str, modulus: int) -> HostFacts:
    found = KeyFacts(KEY, "RSA", modulus.bit_length(), None, encrypted=False, public_key=rsa_spki(modulus))
    return replace(host(name, name, f"{name}.example.org"), keys=(found, replace(found, path=SET["key"])))


CASES = [
    Case(REUSED, "no older set", NOT_APPLICABLE, sound_host),
    Case(REUSED, "another key", CONFORMS, lambda: sound_host(TWO_SETS, with_key(key_facts(OLD, "old")))),
    Case(REUSED, "the same key", VIOLATES, lambda: sound_host(TWO_SETS, with_key(key_facts(OLD))), OLD),
    Case(REUSED, "an older key not read", UNKNOWN, lambda: sound_host(TWO_SETS)),
    Case(
        REUSED,
        "an older key with passphrase",
        UNKNOWN,
        lambda: sound_host(TWO_SETS, with_key(key_facts(OLD, public_key=Unknown(OLD, "encrypted")))),
    ),
    Case(REUSED, "a folder not listed", UNKNOWN, lambda: sound_host(with_listing(Unknown(LOCALCERTS, "denied")))),
    Case(SHARED, "one host", NOT_APPLICABLE, lambda: [sound_host()], "no other host"),
    Case(
        SHARED, "each its own", CONFORMS, lambda: [host("a", "one", "a.example.org"), host("b", "two", "b.example.org")]
    ),
    Case(
        SHARED,
        "one key, no common name",
        VIOLATES,
        lambda: [host("a", "one", "a.example.org"), host("b", "one", "b.example.org")],
        "on hosts without a name in common: a, b",
    ),
    Case(
        SHARED,
        "one key, a common name",
        CONFORMS,
        lambda: [host("a", "one", "a.example.org", "WWW.example.org"), host("b", "one", "www.example.org")],
    ),
    Case(
        SHARED,
        "a stranger among three",
        VIOLATES,
        lambda: [
            host("a", "one", "www.example.org"),
            host("b", "one", "www.example.org"),
            host("c", "one", "c.example.org"),
        ],
    ),
    Case(
        SHARED,
        "a common prime",
        VIOLATES,
        lambda: [rsa_host("a", MERSENNE[0] * MERSENNE[2]), rsa_host("b", MERSENNE[1] * MERSENNE[2])],
        "a prime in common",
    ),
    Case(
        SHARED,
        "a host that was not reached",
        UNKNOWN,
        lambda: [
            host("a", "one", "a.example.org"),
            replace(sound_host(), host="b", failure=Unknown("b", "connection refused"), keys=()),
        ],
        "connection refused",
    ),
    Case(
        SHARED,
        "keys not read, but the certificate they are used with",
        CONFORMS,
        lambda: [host("a", "one", "a.example.org"), replace(host("b", "two", "b.example.org"), keys=SEALED)],
    ),
    Case(
        SHARED,
        "keys not read, and a certificate with the key of another host",
        VIOLATES,
        lambda: [host("a", "one", "a.example.org"), replace(host("b", "one", "b.example.org"), keys=SEALED)],
        "on hosts without a name in common: a, b",
    ),
    Case(
        SHARED,
        "neither key nor certificate read",
        UNKNOWN,
        lambda: [
            host("a", "one", "a.example.org"),
            replace(host("b", "two", "b.example.org"), keys=(), certificates=Unknown("certificates", "cut off")),
        ],
    ),
    Case(
        SHARED,
        "a host whose configuration is not known",
        UNKNOWN,
        lambda: [host("a", "one", "a.example.org"), replace(sound_host(), host="b", services=Unknown("b", "cut off"))],
        "b:b: cut off",
    ),
    Case(SHARED, "another without a shell", NOT_APPLICABLE, lambda: [sound_host(), sound_host(declared(shell=False))]),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case: Case) -> None:
    case.assert_status()


def test_a_shared_key_is_one_finding_that_names_all_places() -> None:
    facts = [host(name, "one", f"{name}.example.org") for name in "abc"]
    (finding,) = verdict(SHARED, facts).findings
    assert all(f"{name}:{path}" in finding.where for name in "abc" for path in (KEY, SET["key"]))
    assert verdict(SHARED, list(reversed(facts))).findings[0].fingerprint == finding.fingerprint
