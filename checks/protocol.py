"""Protocol versions that a server speaks on the wire."""

from collections.abc import Iterator
from datetime import datetime

from tlsfleet.check import WIRE, Outcome, check
from tlsfleet.iana import PROTOCOLS
from tlsfleet.known.directives import protocol_names
from tlsfleet.policy import Policy
from tlsfleet.served import NO_ENDPOINT, Served, distinct
from tlsfleet.verdict import MUST, SHOULD, Violation

TAGS = {
    "SSLv2": ("DROWN", "CVE-2016-0800"),
    "SSLv3": ("POODLE", "CVE-2014-3566"),
    "TLSv1.0": ("BEAST", "CVE-2011-3389"),
}
LENIENT = {"TLSv1.0", "TLSv1.1"}  # better than the plaintext that a peer would fall back to
S_CLIENT = {"SSLv3": "-ssl3", "TLSv1.0": "-tls1", "TLSv1.1": "-tls1_1", "TLSv1.2": "-tls1_2", "TLSv1.3": "-tls1_3"}


@check(
    "protocol.only-allowed",
    level=MUST,
    vantage=WIRE,
    subjects=distinct,
    nothing=NO_ENDPOINT,
    notes=["N39", "N40"],
    parameters=["protocols"],
)
def only_allowed(item: Served, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """A server speaks no protocol version that the policy does not allow.

    Why: SSL 2 and 3 are broken (DROWN, POODLE), TLS 1.0 and 1.1 rest on SHA-1 and MD5 and are withdrawn; a version
    that is spoken can be forced on a client that would do better. Mail servers that would fall back to plaintext
    still gain by TLS 1.0. Source: RFC 8996; RFC 7568; RFC 6176; RFC 9325 3.1.1. Remedy: enable TLS 1.2 and 1.3 only.
    """
    allowed = policy.texts("protocols")
    others = [name for name in PROTOCOLS if name not in allowed]
    for name in item.spoken(*others):
        yield Violation(
            observed=f"{name} is spoken",
            expected=f"none but {' '.join(allowed)}",
            where=item.place("protocols"),
            remedy=item.mend("protocols", protocol_names(item.service, allowed)),
            reproduce=_shown(item, name),
            tags=TAGS.get(name, ()),
            at_most=item.lenient if name in LENIENT else MUST,
        )
    yield from item.untold(*others)


@check(
    "protocol.required-offered",
    level=MUST,
    vantage=WIRE,
    subjects=distinct,
    nothing=NO_ENDPOINT,
    notes=["N39"],
    parameters=["required_protocols"],
)
def required_offered(item: Served, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """A server speaks one of the protocol versions that clients need.

    Why: Clients of today speak TLS 1.2 and 1.3 alone; a server without them is of no use to them. Source: RFC 9325
    3.1.1. Remedy: enable TLS 1.2 and 1.3; where the library is too old for them, renew the system.
    """
    wanted = policy.texts("required_protocols")
    if not wanted or item.spoken(*wanted):
        return
    untold = tuple(item.untold(*wanted))
    yield from untold
    if not untold:
        yield Violation(
            observed=f"{' '.join(item.spoken(*PROTOCOLS)) or 'none'} alone",
            expected=f"one of {' '.join(wanted)}",
            where=item.place("protocols"),
            remedy=item.mend("protocols", protocol_names(item.service, wanted)),
            reproduce=_shown(item, wanted[-1]),
        )


@check("protocol.tls13-offered", level=SHOULD, vantage=WIRE, subjects=distinct, nothing=NO_ENDPOINT)
def tls13_offered(item: Served, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """A server speaks TLS 1.3.

    Why: TLS 1.3 has no weak cipher suite, encrypts the certificate, and saves a round trip; only in it are there
    key exchanges that withstand a quantum computer. Source: RFC 9325 3.1.1; RFC 8446. Remedy: enable TLS 1.3.
    """
    spoken = item.facts.protocols.get("TLSv1.3")
    if spoken is False:
        yield Violation(
            observed=f"{' '.join(item.spoken(*PROTOCOLS))} alone",
            expected="TLSv1.3",
            where=item.place("protocols"),
            remedy=item.mend("protocols", protocol_names(item.service, ("TLSv1.2", "TLSv1.3"))),
            reproduce=_shown(item, "TLSv1.3"),
        )
    elif spoken is not True:
        yield from item.untold("TLSv1.3")


def _shown(item: Served, name: str) -> str:
    """How to see whether a version is spoken; OpenSSL's client of today has no SSL 2 or 3."""
    if name not in S_CLIENT or name == "SSLv3":
        return item.sslscan(f"--{name.lower().replace('v', '')}") or item.testssl("--protocols")
    level = ("-cipher ALL:@SECLEVEL=0",) if name in LENIENT else ()
    return item.s_client(S_CLIENT[name], *level)
