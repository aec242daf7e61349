"""How keys are agreed on: the named groups that a server takes, and what it signs the exchange with."""

import re
from collections.abc import Iterator
from datetime import datetime

from tlsfleet.check import WIRE, Outcome, check
from tlsfleet.crypto.suite_rules import string_of, with_level_2
from tlsfleet.facts import Unknown
from tlsfleet.known.cipher_suites import Suite, suite
from tlsfleet.policy import Policy
from tlsfleet.served import NO_ENDPOINT, Served, distinct
from tlsfleet.verdict import MAY, MUST, SHOULD, NotApplicable, Violation

WITH_GROUPS = ("TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3")  # RFC 8422 5.1.1; SSL 3 has no extension to ask by
WITH_SCHEMES = ("TLSv1.2", "TLSv1.3")  # RFC 5246 7.4.1.4.1; in what is older the version fixes the hash
OLD_GROUP = re.compile(r"sec[pt](?!(256|384|521)r1$)|brainpoolP\d+r1$")  # that TLS 1.3 has not (RFC 8446 4.2.7)
POST_QUANTUM = ("X25519MLKEM768", "SecP256r1MLKEM768", "SecP384r1MLKEM1024")
GOOD_GROUPS = ("X25519", "prime256v1", "secp384r1")  # as OpenSSL calls them
WEAK_HASHES = ("_md5", "_sha1")
BY_GROUP = re.compile(r"ECDHE|ECDH_anon|TLS13")  # key exchanges
SIGNED = re.compile(r"(EC)?DHE_(?!PSK)|SRP_SHA_|TLS13")


@check(
    "key-exchange.groups",
    level=MUST,
    vantage=WIRE,
    subjects=distinct,
    nothing=NO_ENDPOINT,
    parameters=["groups"],
)
def groups(item: Served, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """A server agrees on keys in groups that the policy allows, and in no others.

    Why: A short curve or one whose making nobody can explain may be broken, and with it every connection that used it.
    Source: RFC 9325 4.2.1, 4.5; RFC 8422 5.1.1; NIST SP 800-186. Remedy: name good groups: X25519, P-256, P-384.
    """
    found, allowed = item.facts.groups, policy.texts("groups")
    if isinstance(found, Unknown):
        yield Unknown(item.subject, found.reason)
        return
    if extra := [name for name in found if name not in allowed]:
        yield Violation(
            observed=f"{', '.join(extra)} on offer",
            expected=f"none but {', '.join(allowed)}",
            where=item.place("groups"),
            remedy=item.mend("groups", _listed(item.service, *GOOD_GROUPS)),
            reproduce=_agreed(item, extra[0]),
        )
    untold = tuple(item.untold(*WITH_GROUPS))
    yield from untold
    if not found and not untold:
        yield _none_seen(item, "named group", WITH_GROUPS, BY_GROUP)


@check(
    "key-exchange.post-quantum",
    level=MAY,
    vantage=WIRE,
    subjects=distinct,
    nothing=NO_ENDPOINT,
)
def post_quantum(item: Served, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """A server takes a key exchange that withstands a quantum computer.

    Why: What is recorded today can be decrypted once there is one; what must stay secret for ten years needs it now.
    Browsers offer X25519MLKEM768 since 2024. Source: FIPS 203; draft-ietf-tls-ecdhe-mlkem; NIST IR 8547. Remedy:
    upgrade to OpenSSL 3.5 (Debian 13), which offers it by itself, unless the configuration names groups.
    """
    found = item.facts.groups
    if isinstance(found, Unknown):
        yield Unknown(item.subject, found.reason)
    elif not set(found) & set(POST_QUANTUM):
        untold = tuple(item.untold("TLSv1.3"))  # which alone has them
        yield from untold
        if not untold:
            yield _without_hybrid(item)


@check(
    "key-exchange.signature-schemes",
    level=SHOULD,
    vantage=WIRE,
    subjects=distinct,
    nothing=NO_ENDPOINT,
)
def signature_schemes(item: Served, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """A server signs no key exchange with SHA-1 or MD5 in TLS 1.2 and up.

    Why: Collisions of MD5 and SHA-1 can be made; with them a man in the middle may pass off his exchange for the
    server's (SLOTH). What is older knows no other hash, and is judged as a version. Source: RFC 9155; RFC 9325 4.1;
    CVE-2015-7575. Remedy: raise the security level of the library, or name the signature algorithms that it may use.
    """
    found = item.facts.signature_schemes
    if isinstance(found, Unknown):
        yield Unknown(item.subject, found.reason)
        return
    if weak := [name for name in found if name.endswith(WEAK_HASHES)]:
        yield Violation(
            observed=f"it signs with {', '.join(weak)} if it is asked to",
            expected="SHA-256 or better in every signature",
            where=item.place("cipher_suites"),
            remedy=_stronger(item),
            reproduce=_signed(item, next((name for name in weak if name.endswith("_sha1")), weak[0])),
            tags=("SLOTH", "CVE-2015-7575"),
        )
    untold = tuple(item.untold(*WITH_SCHEMES))
    yield from untold
    if not found and not untold:
        yield _none_seen(item, "signature", WITH_SCHEMES, SIGNED)


def _stronger(item: Served) -> str:
    """How to get the service to a security level at which OpenSSL signs with neither."""
    string = string_of(item.blocks[0].block.settings.cipher_string) if item.blocks else ""
    return item.mend("cipher_suites", with_level_2(string, item.service))


def _without_hybrid(item: Served) -> Violation:
    return Violation(
        observed="no hybrid with ML-KEM",
        expected=f"one of {', '.join(POST_QUANTUM)}",
        where=item.place("groups"),
        remedy="upgrade to OpenSSL 3.5 or later (Debian 13), which has it by itself; where the configuration names "
        "groups: " + item.mend("groups", _listed(item.service, POST_QUANTUM[0], *GOOD_GROUPS)),
        reproduce=item.s_client("-tls1_3", f"-groups {POST_QUANTUM[0]}") + "  # with OpenSSL 3.5 or later",
    )


def _none_seen(item: Served, what: str, versions: tuple[str, ...], exchanges: re.Pattern[str]) -> Outcome:
    """Why nothing was seen in these versions: no suite that they take has any of it, or it was missed."""
    named = [_suites(item, each) for each in item.spoken(*versions)]
    if any(not each or any(found is None or exchanges.match(found.exchange) for found in each) for each in named):
        return Unknown(item.subject, f"no {what} was seen of suites that have one, or may")
    return NotApplicable(f"no cipher suite that it takes has a {what}")


def _suites(item: Served, protocol: str) -> list[Suite | None]:
    """The suites of a version, None for one that is not known here; empty where they were not told."""
    listed = item.facts.cipher_suites.get(protocol, ())
    return [] if isinstance(listed, Unknown) else [suite(name) for name in listed]


def _listed(service: str, *groups: str) -> str:
    """Groups as a service's configuration takes a list of them."""
    if service == "prosody":
        return ", ".join(f'"{group}"' for group in groups)
    return (" " if service == "postfix" else ":").join(groups)


def _agreed(item: Served, group: str) -> str:
    """The command that agrees on a group; an ECDSA certificate may want its own curve beside it (RFC 8422 5.1.1)."""
    if not OLD_GROUP.match(group):
        return item.s_client("-tls1_3", f"-groups {group}")
    seen = [found for each in item.spoken(*WITH_GROUPS) for found in _suites(item, each) if found]
    ecdsa = any(found.exchange == "ECDHE_ECDSA" for found in seen)
    return item.s_client("-no_tls1_3", f"-groups {group}{':P-256' if ecdsa else ''}", "-cipher ALL:@SECLEVEL=0")


def _signed(item: Served, scheme: str) -> str:
    """The command that is signed by a scheme, as s_client's -sigalgs has it: RSA+SHA1."""
    key, _, digest = scheme.replace("_pkcs1", "").partition("_")
    shown = item.s_client("-tls1_2", f"-sigalgs {key.upper()}+{digest.upper()}", "-cipher ALL:@SECLEVEL=0")
    return shown + ("  # with OpenSSL 1.0.2" if digest == "md5" else "")
