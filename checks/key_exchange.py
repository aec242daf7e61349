"""How keys are agreed on: the named groups that a server takes, and what it signs the exchange with."""

from collections.abc import Iterator
from datetime import datetime

from tlsfleet.check import WIRE, Outcome, check
from tlsfleet.facts import Unknown
from tlsfleet.known.cipher_suites import suite
from tlsfleet.policy import Policy
from tlsfleet.served import NO_ENDPOINT, Served, distinct
from tlsfleet.verdict import MAY, MUST, SHOULD, NotApplicable, Violation

POST_QUANTUM = ("X25519MLKEM768", "SecP256r1MLKEM768", "SecP384r1MLKEM1024")
GOOD_GROUPS = {  # as each service takes a list
    "postfix": "X25519 X448 prime256v1 secp384r1",
    "prosody": '"X25519", "P-256", "P-384"',
}
WEAK_HASHES = ("_md5", "_sha1")
BY_GROUP = ("ECDHE", "ECDH_anon", "TLS13")  # key exchanges
NO_GROUPS = "no cipher suite that it takes agrees on a key by a named group"
STRONGER = (
    "give the service OpenSSL's security level 1 at least: take @SECLEVEL=0 out of its cipher string, or with OpenSSL "
    "older than 3.0 set SignatureAlgorithms in openssl.cnf"
)


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
    elif extra := [name for name in found if name not in allowed]:
        yield Violation(
            observed=f"{', '.join(extra)} on offer",
            expected=f"none but {', '.join(allowed)}",
            where=item.place("groups"),
            remedy=item.mend("groups", GOOD_GROUPS.get(item.service, "X25519:prime256v1:secp384r1")),
            reproduce=item.s_client(f"-groups {extra[0]}"),
        )
    elif not found and _by_group(item) is not False:
        yield Unknown(item.subject, "it takes suites that agree by a group, and none was found")
    elif not found:
        yield NotApplicable(NO_GROUPS)


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
        yield Violation(
            observed="no hybrid with ML-KEM",
            expected=f"one of {', '.join(POST_QUANTUM)}",
            where=item.place("groups"),
            remedy="upgrade to OpenSSL 3.5 or later (Debian 13), and leave the groups to it: "
            + item.mend("groups", "X25519MLKEM768:X25519:prime256v1:secp384r1"),
            reproduce=item.s_client("-tls1_3", f"-groups {POST_QUANTUM[0]}"),
        )


@check(
    "key-exchange.signature-schemes",
    level=SHOULD,
    vantage=WIRE,
    subjects=distinct,
    nothing=NO_ENDPOINT,
)
def signature_schemes(item: Served, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """A server signs no key exchange with SHA-1 or MD5.

    Why: Collisions of MD5 and SHA-1 can be made; with them a man in the middle may pass off his exchange for the
    server's (SLOTH). Source: RFC 9155; RFC 9325 4.1; CVE-2015-7575. Remedy: raise the security level of the library,
    or name the signature algorithms that it may use.
    """
    found = item.facts.signature_schemes
    if isinstance(found, Unknown):
        yield Unknown(item.subject, found.reason)
    elif weak := [name for name in found if name.endswith(WEAK_HASHES)]:
        yield Violation(
            observed=f"it signs with {', '.join(weak)} if it is asked to",
            expected="SHA-256 or better in every signature",
            where=item.endpoint.place,
            remedy=STRONGER,
            reproduce=item.s_client("-tls1_2", f"-sigalgs {_sigalg(weak[0])}", "-cipher ALL:@SECLEVEL=0"),
            tags=("SLOTH", "CVE-2015-7575"),
            at_most=item.lenient,
        )


def _by_group(item: Served) -> bool | Unknown:
    """Whether a suite on offer agrees on a key by a named group."""
    for listed in item.facts.cipher_suites.values():
        if isinstance(listed, Unknown):
            return listed
        if any(
            (found := suite(name)) and found.exchange.startswith(("ECDHE", "ECDH_anon", "TLS13")) for name in listed
        ):
            return True
    return False


def _sigalg(scheme: str) -> str:
    """A scheme as s_client's -sigalgs has it: RSA+SHA1."""
    key, _, digest = scheme.replace("_pkcs1", "").partition("_")
    return f"{key.upper()}+{digest.upper()}"
