"""Never a false pass on the wire: what decides a check's verdict, and was not told, leaves the check unknown.

A check looks at a fact if a bad value of it is violated where a good one is not; whatever else a check may read.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import timedelta
from functools import cache
from typing import Any

import pytest
from cryptography.hazmat.primitives.hashes import SHA224
from cryptography.hazmat.primitives.serialization import load_pem_parameters

from lab import layout
from tests.checks import certificates
from tests.checks.cases import CONFORMS, UNKNOWN, VIOLATES, shipped
from tests.checks.certificates import NOW
from tests.checks.edits import declared, only_endpoint
from tests.checks.hosts import FFDHE2048, sound_endpoint, sound_host
from tlsfleet.check import BOTH, WIRE, Check, load_checks
from tlsfleet.facts import DhGroup, EndpointFacts, HostFacts, Http, Preface, ServedChain, Unknown
from tlsfleet.judge import judge
from tlsfleet.verdict import Status

SILENT = Unknown("443", "it fell silent")
CHECKS = [check for check in load_checks() if check.vantage in {WIRE, BOTH}]
NOT_JUDGED = {"endpoint", "failure", "refused", "disagreements", "connections"}
ANSWERS = "coverage.endpoints-reachable"  # conforms where a server answers, whatever


@dataclass(frozen=True)
class Fact:
    """A fact of endpoints (field, or field.key) with a good and a bad value; ``beside`` are facts that it needs."""

    path: str
    good: object
    bad: object
    beside: Mapping[str, object] = field(default_factory=dict)

    def host(self, value: object) -> HostFacts:
        """A host with this value on every endpoint."""
        return host(lambda facts: put_all(facts, {**self.beside, self.path: value}))


DHE = {"cipher_suites.TLSv1.2": ("TLS_DHE_RSA_WITH_AES_128_GCM_SHA256",)}
CBC = {"cipher_suites.TLSv1.2": ("TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256")}
LEAF, INTERMEDIATE, ROOT = certificates.sound_leaf(), certificates.intermediate().facts, certificates.root().facts
POOR = certificates.leaf(
    subject=(("CN", "localhost"), ("OU", "lab")),
    names=("localhost",),
    not_after=NOW + timedelta(days=4000),
    key=("poor", "P-224"),
    extended_key_usage=(),
    signature_hash=SHA224(),
)
CHAINS = (
    (certificates.leaf(not_after=NOW - timedelta(days=1)), INTERMEDIATE),
    (LEAF,),
    (LEAF, ROOT, INTERMEDIATE, INTERMEDIATE),
    (POOR, INTERMEDIATE),
)
OAKLEY = load_pem_parameters((layout.DH / "oakley-1024.pem").read_bytes()).parameter_numbers().p
PRIMES = (DhGroup((1 << 1023) + 1155, 2), DhGroup(OAKLEY, 2))
NO_RESUMPTION = dict.fromkeys(("resumption.id", "resumption.ticket", "resumption.psk"), False)
OLD = ("SSLv2", "SSLv3", "TLSv1.0", "TLSv1.1")
FACTS = [
    *(Fact(f"protocols.{name}", good=False, bad=True) for name in OLD),
    *(
        Fact(f"protocols.{name}", good=True, bad=False, beside={f"protocols.{other}": False})
        for name, other in (("TLSv1.2", "TLSv1.3"), ("TLSv1.3", "TLSv1.2"))
    ),
    Fact("protocols.TLSv1.3", good=True, bad=False),
    Fact("cipher_suites.TLSv1.2", ("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",), ("TLS_RSA_WITH_RC4_128_MD5",)),
    Fact("cipher_suites.TLSv1.2", ("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",), ("TLS_RSA_WITH_AES_128_CBC_SHA",)),
    Fact("server_order.TLSv1.2", good=True, bad=False, beside=CBC),
    Fact("groups", ("X25519MLKEM768", "x25519"), ("secp192r1",)),
    *(Fact("dh", (DhGroup(FFDHE2048, 2),), (group,), DHE) for group in PRIMES),
    Fact("signature_schemes", ("ecdsa_secp256r1_sha256",), ("ecdsa_sha1", "rsa_pkcs1_sha1")),
    *(Fact("chains", sound_endpoint().chains, (ServedChain("ECDSA", chain),)) for chain in CHAINS),
    Fact("secure_renegotiation", good=True, bad=False),
    Fact("client_renegotiation", good=False, bad=True),
    Fact("extended_master_secret", good=True, bad=False),
    Fact("compression", good=False, bad=True),
    Fact("fallback_scsv", good=True, bad=False),
    *(Fact(path, good=True, bad=False, beside=NO_RESUMPTION) for path in NO_RESUMPTION),
    Fact("early_data", good=False, bad=True),
    Fact("alpn", (), ("http/1.1",), {"alpn_strict": False}),
    Fact("alpn_strict", good=True, bad=False, beside={"alpn": ("http/1.1",)}),
    Fact("unknown_name", "refused", "other"),
    *(
        Fact(f"vulnerabilities.{name}", good=False, bad=True)
        for name in ("ccs-injection", "heartbleed", "robot", "ticketbleed")
    ),
    Fact("preface.offered", good=True, bad=False),
    Fact("preface.mechanisms", (), ("PLAIN",)),
    Fact("preface.injection", good=False, bad=True),
    Fact("http", sound_endpoint().http, Http(200, None, None)),
    Fact("redirect", sound_endpoint().redirect, Http(200, None, None)),
]


def host(edit: Callable[[EndpointFacts], EndpointFacts]) -> HostFacts:
    """A host seen from the wire alone: a web server and one behind STARTTLS, with an edit of each."""
    both = (sound_endpoint(), sound_endpoint(port=587, starttls="smtp"))
    return sound_host(declared(shell=False), only_endpoint(*map(edit, both)))


def put_all(facts: EndpointFacts, values: Mapping[str, object]) -> EndpointFacts:
    for path, value in values.items():
        facts = put(facts, path, value)
    return facts


def put(held: Any, path: str, value: object) -> Any:
    """What was held, with a value at a path; where an endpoint has nothing on the way to it, as it was."""
    name, _, rest = path.partition(".")
    if held is None:
        return None
    if is_dataclass(held):
        new = put(getattr(held, name), rest, value) if rest else value
        return replace(held, **{name: new})  # type: ignore[type-var]
    return {**held, path: value}


def statuses(facts: HostFacts) -> dict[str, Status]:
    """What each check that looks at the wire says."""
    run = judge([facts], {facts.host: shipped("notes")}, [], NOW, CHECKS)
    return {verdict.check: verdict.status for verdict in run.verdicts}


@cache
def looking_at(index: int) -> frozenset[str]:
    """The checks whose verdict a fact decides."""
    fact = FACTS[index]
    good, bad = statuses(fact.host(fact.good)), statuses(fact.host(fact.bad))
    return frozenset(name for name in bad if bad[name] is VIOLATES and good[name] is not VIOLATES)


def nothing_told(facts: EndpointFacts) -> EndpointFacts:
    """An endpoint that answered, of which nobody could tell anything more."""
    paths = {fact.path for fact in FACTS}
    return put_all(facts, dict.fromkeys(sorted(paths), SILENT))


def unknowable() -> Iterator[str]:
    """The fields of endpoints that can be Unknown, or hold what is."""
    yield from ({item.name for item in fields(EndpointFacts)} - NOT_JUDGED) - {"preface"}
    yield from (f"preface.{item.name}" for item in fields(Preface) if item.name != "greeting")


@pytest.mark.parametrize("index", range(len(FACTS)), ids=lambda index: f"{FACTS[index].path}-{index}")
def test_a_fact_that_was_not_told_is_no_pass(index: int) -> None:
    found = statuses(FACTS[index].host(SILENT))
    assert {name: found[name] for name in looking_at(index)} == dict.fromkeys(looking_at(index), UNKNOWN)


@pytest.mark.parametrize("index", range(len(FACTS)), ids=lambda index: f"{FACTS[index].path}-{index}")
def test_a_fact_decides_some_check(index: int) -> None:
    assert looking_at(index)


@pytest.mark.parametrize(
    "empty", [nothing_told, lambda facts: EndpointFacts(facts.endpoint)], ids=["silent", "untried"]
)
def test_an_endpoint_of_which_nothing_is_told_is_no_pass(empty: Callable[[EndpointFacts], EndpointFacts]) -> None:
    found = statuses(host(empty))
    decided = frozenset().union(*map(looking_at, range(len(FACTS))))
    assert {name: found[name] for name in decided if found[name] is not UNKNOWN} == {}
    assert {name for name, status in found.items() if status is CONFORMS} <= {ANSWERS}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_an_endpoint_that_was_not_reached_is_no_pass(check: Check) -> None:
    found = statuses(host(lambda facts: EndpointFacts(facts.endpoint, failure=SILENT)))
    assert found[check.id] is not CONFORMS


def test_every_fact_that_can_be_unknown_is_tried() -> None:
    tried = {fact.path for fact in FACTS}
    assert [name for name in unknowable() if not any(f"{path}.".startswith(f"{name}.") for path in tried)] == []
