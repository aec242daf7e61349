"""Cipher suites that a server takes on the wire, and in whose order."""

from collections.abc import Iterator
from datetime import datetime

from tlsfleet.check import WIRE, Outcome, check
from tlsfleet.crypto.suite_rules import NOT_LISTED, RECOMMENDED, forbidden, string_of, without
from tlsfleet.facts import Unknown
from tlsfleet.iana import PROTOCOLS
from tlsfleet.known.cipher_suites import suite, tags
from tlsfleet.policy import Policy
from tlsfleet.served import NO_ENDPOINT, Served, distinct
from tlsfleet.verdict import MUST, SHOULD, Level, NotApplicable, Violation

WITH_AEAD = ("TLSv1.2", "TLSv1.3")  # RFC 5246 6.2.3.3: there is none below
BINDING = {"NULL", "EXPORT", "PSK", "SRP", "KRB5", "DES", "3DES", "RC2", "RC4", "IDEA", "MD5", "weak"}
LENIENT = {"anon", "static"}  # better than the plaintext that a peer would fall back to
SHOWN = 6  # names in a finding


@check(
    "cipher-suite.only-allowed",
    level=MUST,
    vantage=WIRE,
    subjects=distinct,
    nothing=NO_ENDPOINT,
    notes=["N49"],
    parameters=["forbidden_cipher_suites", "cipher_suites"],
)
def only_allowed(item: Served, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """A server takes no cipher suite that the policy does not allow.

    Why: A suite without encryption or authentication, or with a cipher that can be broken, protects nobody who is
    brought to use it. Source: RFC 9325 4.1; RFC 7465; CVE-2016-2183. Remedy: exclude the kind from the cipher string,
    or write a short list of modern suites.
    """
    bad: dict[tuple[str, Level], dict[str, list[str]]] = {}
    for name, protocols in _names(item).items():
        kind = forbidden(name, policy)
        if isinstance(kind, Unknown):
            yield Unknown(item.subject, f"{kind.subject}: {kind.reason}")
        elif kind:
            bad.setdefault((kind, _at_most(item, name)), {})[name] = protocols
    for (kind, at_most), names in bad.items():
        expected = "none but the policy's list" if kind == NOT_LISTED else f"no {kind} cipher suite"
        yield _violation(item, kind, names, expected, at_most)
    yield from _untold(item, *PROTOCOLS)


@check(
    "cipher-suite.required-offered",
    level=SHOULD,
    vantage=WIRE,
    subjects=distinct,
    nothing=NO_ENDPOINT,
    parameters=["required_cipher_suites"],
)
def required_offered(item: Served, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """A server takes one of the cipher suites that clients of today prefer.

    Why: Without one of these, clients take something weaker, or do not come to terms with the server at all. Source:
    RFC 9325 4.2; RFC 8446 9.1. Remedy: put modern suites into the cipher string.
    """
    spoken = item.spoken(*PROTOCOLS)
    wanted, names = policy.texts("required_cipher_suites"), _names(item, *spoken) if spoken else {}
    if not wanted:
        yield NotApplicable("the policy asks for no suite")
    elif not set(wanted) & set(names):
        untold = tuple(_untold(item, *PROTOCOLS))
        yield from untold
        if not untold:
            yield Violation(
                observed=f"{_shown(names)} alone",
                expected=f"one of {', '.join(wanted)}",
                where=item.place("cipher_suites"),
                remedy=item.mend("cipher_suites", RECOMMENDED),
                reproduce=item.s_client("-no_tls1_3", f"-cipher {RECOMMENDED}"),
            )


@check(
    "cipher-suite.server-preference",
    level=SHOULD,
    vantage=WIRE,
    subjects=distinct,
    nothing=NO_ENDPOINT,
    notes=["N41"],
    parameters=["server_preference"],
)
def server_preference(item: Served, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """A server keeps its own order of cipher suites where it takes any but the best.

    Why: Otherwise the client's order decides, and an old client may pick a static key exchange or CBC though it knows
    better. Where all suites on offer are equally good the client knows best which is fast for it. Source: RFC 9325
    4.2.1. Remedy: let the server's order prevail, or take only AEAD suites with forward secrecy.
    """
    always = policy.text("server_preference") == "always"
    for protocol in item.spoken(*PROTOCOLS[1:]):  # in SSL 2 it is always the client who chooses
        found = {name: suite(name) for name in _listed(item, protocol)}
        worse = [name for name, each in found.items() if each and not each.preferred]
        order = item.facts.server_order.get(protocol, Unknown(item.subject, "its order was not looked at"))
        if order is not True:
            yield from _unknown_suites(item, protocol)
        if not worse and not (always and protocol != "TLSv1.3"):
            continue
        if order is False:
            yield Violation(
                observed=f"{protocol}: the client's order prevails{f', and {worse[0]} is on offer' if worse else ''}",
                expected="the server's order",
                where=item.place("server_preference"),
                remedy=item.mend("server_preference", "on"),
                reproduce=item.testssl("--server-preference"),
            )
        elif isinstance(order, Unknown):
            yield Unknown(item.subject, f"{protocol}: {order.reason}")
    yield from _untold(item, *PROTOCOLS)


@check(
    "cipher-suite.forward-secrecy",
    level=SHOULD,
    vantage=WIRE,
    subjects=distinct,
    nothing=NO_ENDPOINT,
)
def forward_secrecy(item: Served, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """Every cipher suite that a server takes has forward secrecy.

    Why: With a static key exchange whoever gets the server's key later decrypts all that he has recorded before; with
    RSA the padding is an oracle again and again (ROBOT). Source: RFC 9325 4.1, 4.2; RFC 7525 6.3. Remedy: leave suites
    without ECDHE (or DHE) out of the cipher string.
    """
    static = {name: protocols for name, protocols in _names(item).items() if _is(name, "static")}
    yield from _unknown_suites(item)
    if static:
        yield _violation(item, "static", static, "ECDHE or DHE in every cipher suite", item.lenient)
    yield from _untold(item, *PROTOCOLS)


@check(
    "cipher-suite.aead",
    level=SHOULD,
    vantage=WIRE,
    subjects=distinct,
    nothing=NO_ENDPOINT,
)
def aead(item: Served, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """In TLS 1.2 and up a server takes only cipher suites with authenticated encryption.

    Why: CBC with a MAC under it has been broken by its padding's timing time and again (Lucky Thirteen, POODLE's kin);
    every client of TLS 1.2 that is still in use has AEAD. Source: RFC 9325 4.2; CVE-2013-0169. Remedy: leave suites
    without GCM, CCM or ChaCha20 out of the cipher string.
    """
    bare = {
        name: protocols
        for name, protocols in _names(item, *WITH_AEAD).items()
        if (found := suite(name)) and not found.aead
    }
    yield from _unknown_suites(item, *WITH_AEAD)
    if bare:
        yield _violation(item, "CBC", bare, "authenticated encryption in every cipher suite", MUST)
    yield from _untold(item, *WITH_AEAD)


def _listed(item: Served, protocol: str) -> tuple[str, ...]:
    listed = item.facts.cipher_suites.get(protocol, ())
    return () if isinstance(listed, Unknown) else listed


def _names(item: Served, *protocols: str) -> dict[str, list[str]]:
    """The suites that a server takes, each with the versions in which it does."""
    found: dict[str, list[str]] = {}
    for protocol in protocols or PROTOCOLS:
        for name in _listed(item, protocol):
            found.setdefault(name, []).append(protocol)
    return found


def _untold(item: Served, *protocols: str) -> Iterator[Unknown]:
    """What nobody could tell of the versions, or of the suites of one that is spoken."""
    yield from item.untold(*protocols)
    for protocol in item.spoken(*protocols):
        listed = item.facts.cipher_suites.get(protocol, ())
        if isinstance(listed, Unknown):
            yield Unknown(item.subject, f"{protocol}: {listed.reason}")
        elif not listed:
            yield Unknown(item.subject, f"{protocol}: which cipher suites it takes was not told")


def _unknown_suites(item: Served, *protocols: str) -> Iterator[Unknown]:
    for name in _names(item, *protocols):
        if suite(name) is None:
            yield Unknown(item.subject, f"{name}: a cipher suite that is not known here")


def _is(name: str, kind: str) -> bool:
    found = suite(name)
    return found is not None and kind in found.kinds


def _at_most(item: Served, name: str) -> Level:
    """The level of one suite: an anonymous or static one, not bad otherwise, binds less where plaintext is next."""
    found = suite(name)
    kinds = found.kinds if found else frozenset()
    return item.lenient if kinds & LENIENT and not kinds & BINDING else MUST


def _violation(item: Served, kind: str, names: dict[str, list[str]], expected: str, at_most: Level) -> Violation:
    string = string_of(item.blocks[0].block.settings.cipher_string) if item.blocks else ""
    known = [found for name in names if (found := suite(name))]
    first, (protocol, *_) = next(iter(names.items()))
    return Violation(
        observed=f"{_shown(names)} on offer",
        expected=expected,
        where=item.place("cipher_suites"),
        remedy=item.mend("cipher_suites", without(string, kind)),
        reproduce=item.sslscan() or item.s_client_by(protocol, first),
        tags=tuple(dict.fromkeys(tag for found in known for tag in tags(sorted(found.kinds), found.name))),
        at_most=at_most,
    )


def _shown(names: dict[str, list[str]]) -> str:
    """Some names, each with the versions that carry it."""
    parts = [f"{name} ({' '.join(protocols)})" for name, protocols in names.items()]
    return ", ".join(parts[:SHOWN]) + (f" and {len(parts) - SHOWN} more" if len(parts) > SHOWN else "") or "none"
