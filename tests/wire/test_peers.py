"""Ours against what openssl, sslyze and sslscan find on the same servers: nothing missed, and nothing invented.

A peer may miss what it could have found: then BLIND says why. What it finds, we find.
"""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.wire.examined import examined
from tests.wire.peers import NAME, Findings, Peer, s_client, sslscan, sslyze
from tests.wire.servers import gnutls, old_openssl, system_openssl
from tests.wire.servers.truth import Serving
from tlsfleet.endpoints import Endpoint, EndpointFacts

PEERS: dict[str, Peer] = {"s_client": s_client, "sslscan": sslscan, "sslyze": sslyze}
OPENSSL = "SOUND NULL_AND_ANONYMOUS X25519_ONLY SMALL_DH STATIC_RSA MODERN_ONLY EDWARDS TWO_KEYS".split()
OLD = "EVERYTHING SSL3_ONLY EXPORT_AND_DES RC4_AND_3DES".split()
GNUTLS = "EVERYTHING FFDHE_ONLY X448_ONLY".split()
SERVERS = (
    *(f"openssl {name}" for name in OPENSSL),
    *(f"old {name}" for name in OLD),
    *(f"gnutls {name}" for name in GNUTLS),
)
# sslyze takes its time, and waits for ever on a server that has one connection at a time, as s_server has.
FOR_SSLYZE = ("old EVERYTHING", "gnutls EVERYTHING", "gnutls X448_ONLY")
PAIRS = [(server, peer) for server in SERVERS for peer in PEERS if peer != "sslyze" or server in FOR_SSLYZE]


@dataclass(frozen=True, slots=True)
class Blind:
    """What a peer could have found on a server, and does not: protocols, suites and groups."""

    why: str
    names: frozenset[str]


def blind(why: str, *names: str) -> Blind:
    return Blind(why, frozenset(names))


ECDHE_RSA = tuple(f"TLS_ECDHE_RSA_WITH_AES_{size}" for size in ("128_CBC_SHA", "256_CBC_SHA", "128_GCM_SHA256"))
STATIC_RSA = tuple(
    f"TLS_RSA_WITH_AES_{size}"
    for size in ("128_CBC_SHA", "256_CBC_SHA", "128_GCM_SHA256", "256_GCM_SHA384", "128_CCM", "256_CCM")
)
NIST = ("secp256r1", "secp384r1", "secp521r1")
NOTHING = blind("nothing is missed")
BLIND: dict[tuple[str, str], Blind] = {
    ("sslscan", "openssl NULL_AND_ANONYMOUS"): blind(
        "it tries groups with suites that authenticate and encipher, and there are none", *NIST, "x25519"
    ),
    ("sslscan", "openssl X25519_ONLY"): blind(
        "it tries protocols with a hello that names no x25519, and takes the refusal for the protocol's",
        "TLSv1.2",
        "x25519",
        *(f"TLS_ECDHE_RSA_WITH_{cipher}" for cipher in ("AES_128_GCM_SHA256", "AES_256_GCM_SHA384")),
        "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
    ),
    ("s_client", "old SSL3_ONLY"): blind("it has no SSL 3", "secp256r1"),
    ("sslscan", "old SSL3_ONLY"): blind("it sees SSL 3 spoken, and no more of it", "secp256r1"),
    ("s_client", "old EXPORT_AND_DES"): blind("it has no export suites and no DES", "TLSv1.0"),
    ("s_client", "old RC4_AND_3DES"): blind("it is built without RC4 and 3DES", "TLSv1.0", "TLSv1.1", "TLSv1.2", *NIST),
    ("sslyze", "gnutls EVERYTHING"): blind(
        "it offers one curve at a time, without that of the ECDSA certificate (RFC 8422 5.3)",
        *("secp384r1", "secp521r1", "x25519", "x448"),
    ),
    ("sslscan", "gnutls X448_ONLY"): blind(
        "it takes internal_error for the end, which the server sends where it picks DHE: it has no parameters for that",
        *ECDHE_RSA,
        "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
        *STATIC_RSA,
    ),
    ("sslyze", "gnutls X448_ONLY"): blind(
        "its client for these suites is OpenSSL 1.0.2e, which has no X448",
        *ECDHE_RSA,
        "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    ),
}


def serving(name: str) -> Serving:
    kind, _, told = name.partition(" ")
    if kind == "openssl":
        return system_openssl.serving(getattr(system_openssl, told))
    return old_openssl.serving(getattr(old_openssl, told)) if kind == "old" else gnutls.serving(getattr(gnutls, told))


@pytest.fixture(scope="module")
def server(request: pytest.FixtureRequest) -> Iterator[tuple[str, Endpoint, EndpointFacts]]:
    with serving(request.param) as served:
        endpoint = served.endpoint(server_name=NAME)
        (facts,) = examined(endpoint)
        yield request.param, endpoint, facts


@pytest.mark.parametrize(("server", "peer"), PAIRS, indirect=["server"], ids=[" ".join(pair) for pair in PAIRS])
def test_a_peer_finds_the_same(server: tuple[str, Endpoint, EndpointFacts], peer: str) -> None:
    name, endpoint, facts = server
    if peer == "sslscan" and not shutil.which("sslscan"):
        assert os.environ.get("CI") != "true", "sslscan is not installed"
        pytest.skip("sslscan is not installed")
    theirs = PEERS[peer](endpoint)
    ours = {name: frozenset(suites) for name, suites in facts.cipher_suites.items() if isinstance(suites, tuple)}
    assert set(ours) == {protocol for protocol, spoken in facts.protocols.items() if spoken}
    assert isinstance(facts.groups, tuple)
    assert missed_by_us(theirs, ours, frozenset(facts.groups)) == set()
    assert missed_by_them(theirs, ours, frozenset(facts.groups)) == BLIND.get((peer, name), NOTHING).names


def missed_by_us(theirs: Findings, ours: dict[str, frozenset[str]], groups: frozenset[str]) -> set[str]:
    found = {protocol: suites - ours.get(protocol, frozenset()) for protocol, suites in theirs.suites.items()}
    return set(theirs.suites).difference(ours).union(theirs.groups - groups, *found.values())


def missed_by_them(theirs: Findings, ours: dict[str, frozenset[str]], groups: frozenset[str]) -> set[str]:
    missed = {name for name in ours if name in theirs.tried and name not in theirs.suites}
    for protocol, suites in ours.items():
        able = theirs.tried.get(protocol, frozenset())
        missed |= (suites & able) - theirs.suites.get(protocol, frozenset())
    return missed | ((groups & theirs.groups_tried) - theirs.groups)
