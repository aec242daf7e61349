"""The inside held against the wire: the cipher suites that are configured are on offer, and no others."""

from collections.abc import Iterator
from datetime import datetime

from tlsfleet.check import BOTH, Outcome, check
from tlsfleet.crypto.configured import Configured, configured
from tlsfleet.crypto.suite_rules import RECOMMENDED
from tlsfleet.facts import CipherSuite, Unknown
from tlsfleet.iana import PROTOCOLS
from tlsfleet.known.cipher_suites import suite
from tlsfleet.known.directives import reload
from tlsfleet.policy import Policy
from tlsfleet.served import NO_ENDPOINT
from tlsfleet.verdict import SHOULD, Violation

NAMED = 8  # of the suites that a finding names


@check(
    "consistency.cipher-suites-as-configured",
    level=SHOULD,
    vantage=BOTH,
    subjects=configured,
    nothing=NO_ENDPOINT,
    notes=["N49"],
)
def cipher_suites_as_configured(item: Configured, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """Every cipher suite that is configured, and that the server's keys can serve, is on offer, and no other is.

    Why: Who reads the configuration takes its word for what clients get. What is on offer beyond it comes from a
    server that did not read it yet, or is another one; what is missing is refused by the library, and clients that
    need it stay out. Source: notes N49; ciphers(1). Remedy: Reload the service; take out what is still refused.
    """
    listed, protocols = item.settings.cipher_suites, item.settings.protocols
    if isinstance(listed, Unknown):
        yield Unknown(item.subject, listed.reason)
        return
    if isinstance(protocols, Unknown):
        yield Unknown(item.subject, protocols.reason)
        return
    for name in item.served.spoken(*PROTOCOLS):
        served = item.served.facts.cipher_suites.get(name, Unknown(item.subject, "its suites were not tried"))
        if isinstance(served, Unknown):
            yield Unknown(item.subject, f"{name}: {served.reason}")
        elif name in protocols:
            yield from _held_against(item, name, [each for each in listed if _carries(name, each)], served)
    yield from item.served.untold(*protocols)


def _held_against(
    item: Configured, protocol: str, listed: list[CipherSuite], served: tuple[str, ...]
) -> Iterator[Outcome]:
    """What differs in one protocol version."""
    more = [name for name in served if name not in {each.name for each in listed}]
    wanted = {each.name: _wanted(item, protocol, each.name) for each in listed if each.name not in served}
    missing = [name for name, needed in wanted.items() if needed is True]
    yield from dict.fromkeys(needed for needed in wanted.values() if isinstance(needed, Unknown))
    if more:
        yield _violation(item, protocol, more, "on offer, and not configured", reload(item.served.service))
    if missing:
        mended = item.served.mend("cipher_suites", RECOMMENDED)
        remedy = f"{reload(item.served.service)}; if they are refused still, {mended}"
        yield _violation(item, protocol, missing, "configured, and refused", remedy)


def _wanted(item: Configured, protocol: str, name: str) -> bool | Unknown:
    """Whether a suite that is configured must be on offer: a key of the server's serves it, and what else it needs."""
    found, dh = suite(name), item.settings.dh_parameters
    if found is None:
        return Unknown(item.subject, f"{name} is a cipher suite that is not known here")
    if found.ephemeral_dh and isinstance(dh, Unknown):
        return Unknown(item.subject, f"whether DHE has its parameters cannot be told: {dh.reason}")
    if found.ephemeral_dh and dh is None:
        return False
    if any(found.takes_key(kind, protocol) for kind in item.files) or found.keyless:
        return True
    return Unknown(item.subject, f"{item.gaps[0].subject}: {item.gaps[0].reason}") if item.gaps else False


def _carries(protocol: str, listed: CipherSuite) -> bool:
    """Whether a protocol version carries a suite: TLS 1.3 its own, the others what is as old or older."""
    if "TLSv1.3" in {protocol, listed.protocol}:
        return protocol == listed.protocol
    return PROTOCOLS.index(listed.protocol) <= PROTOCOLS.index(protocol)


def _violation(item: Configured, protocol: str, names: list[str], what: str, remedy: str) -> Violation:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return Violation(
        observed=f"{protocol}: {', '.join(names[:NAMED])}{more} {what}",
        expected="the cipher suites that are configured, and that its keys can serve",
        where=item.served.place("cipher_suites"),
        remedy=remedy,
        reproduce=item.served.s_client_by(protocol, names[0]),
    )
