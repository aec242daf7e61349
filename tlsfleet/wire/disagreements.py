"""Where sslyze's scan and ours disagree, the known faults of sslyze (6.3.1) counted out, each with its reason."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tlsfleet.certificates import Certificate
from tlsfleet.endpoints import Answered, EndpointFacts, ServedChain
from tlsfleet.iana import PROTOCOLS
from tlsfleet.missing import Unknown
from tlsfleet.wire.second_opinion import Opinion

# The curves of OpenSSL 1.0.2, with which sslyze puts every suite that this old library knows
OLD_CURVES = frozenset({"secp256r1", "secp384r1", "secp521r1", "secp256k1", "secp224r1", "secp192r1"})
# Those of OpenSSL 1.1.1 in TLS 1.3: it has no DH there
MODERN_CURVES = frozenset({"x25519", "x448", "secp256r1", "secp384r1", "secp521r1"})
ASKED_KEYS = frozenset({"RSA", "ECDSA"})
CONNECTIONS = ("secure_renegotiation", "client_renegotiation", "compression", "fallback_scsv", "extended_master_secret")
VULNERABILITIES = ("heartbleed", "ccs-injection", "robot")
UNTESTED = {"heartbleed", "ccs-injection"}
Chain = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing said otherwise; ``excuse`` is the fault of sslyze's that explains it, None where there is none."""

    text: str
    excuse: str | None = None


def disagreements(facts: EndpointFacts, theirs: Opinion) -> tuple[str, ...]:
    """What sslyze says otherwise, and no known fault of it explains."""
    return tuple(one.text for one in differences(facts, theirs) if one.excuse is None)


def differences(facts: EndpointFacts, theirs: Opinion) -> tuple[Difference, ...]:
    """Everything said otherwise. What one of the two could not tell is no difference."""
    found = [*_suites(facts, theirs), *_groups(facts, theirs), *_chains(facts, theirs), *_features(facts, theirs)]
    return tuple(found)


def _suites(facts: EndpointFacts, theirs: Opinion) -> Iterator[Difference]:
    for protocol in PROTOCOLS:
        ours = facts.cipher_suites.get(protocol, () if facts.protocols.get(protocol) is False else None)
        if protocol not in theirs.suites or ours is None or isinstance(ours, Unknown):
            continue
        for name in sorted(theirs.suites[protocol] - set(ours)):
            yield Difference(f"{protocol}: sslyze finds {name}, we do not")
        for name in ours:
            if name not in theirs.suites[protocol]:
                yield Difference(
                    f"{protocol}: we find {name}, sslyze does not", _suite_excuse(facts, theirs, protocol, name)
                )


def _suite_excuse(facts: EndpointFacts, theirs: Opinion, protocol: str, name: str) -> str | None:
    if name not in theirs.tried[protocol]:
        return "sslyze does not try this suite"
    if protocol == "TLSv1.3":
        able = _any_of(facts.groups, MODERN_CURVES)
        return None if able else "sslyze tries it with OpenSSL 1.1.1, which has none of the server's groups"
    if name.startswith(("TLS_ECDHE_", "TLS_ECDH_")) and not _any_of(facts.groups, OLD_CURVES):
        return "sslyze tries it with OpenSSL 1.0.2, which has none of the server's groups"
    if name.startswith("TLS_ECDHE_ECDSA_") and "ECDSA" not in _key_types(facts):
        return "sslyze tries it with OpenSSL 1.0.2, which knows no Ed25519"
    return None


def _groups(facts: EndpointFacts, theirs: Opinion) -> Iterator[Difference]:
    if theirs.groups is None or isinstance(facts.groups, Unknown):
        return
    ours = frozenset(facts.groups)
    for name in sorted(theirs.groups - ours):
        yield Difference(f"groups: sslyze finds {name}, we do not")
    for name in sorted(ours - theirs.groups):
        yield Difference(f"groups: we find {name}, sslyze does not", _group_excuse(facts, theirs, name))


def _group_excuse(facts: EndpointFacts, theirs: Opinion, name: str) -> str | None:
    if name not in theirs.groups_tried:
        return "sslyze does not try this group"
    modern = facts.protocols.get("TLSv1.3") is True
    spoken = [protocol for protocol in PROTOCOLS if facts.protocols.get(protocol) is True]
    if modern and len(spoken) > 1:
        return "sslyze tries groups in the highest protocol alone"
    if not modern and not isinstance(facts.chains, Unknown) and "ECDSA" in _key_types(facts):
        return "sslyze offers one group at a time, without the curve of the server's ECDSA certificate"
    return None


def _chains(facts: EndpointFacts, theirs: Opinion) -> Iterator[Difference]:
    if theirs.chains is None or isinstance(facts.chains, Unknown):
        return
    ours = {digests: chain for chain in facts.chains if (digests := _digests(chain))}
    for digests in sorted(theirs.chains - ours.keys()):
        yield Difference(f"chains: sslyze was served {_shown(digests)}, we were not")
    for digests in sorted(ours.keys() - theirs.chains):
        excuse = _chain_excuse(facts, ours[digests].key_type)
        yield Difference(f"chains: we were served {_shown(digests)}, sslyze was not", excuse)


def _chain_excuse(facts: EndpointFacts, key_type: str) -> str | None:
    if key_type not in ASKED_KEYS:
        return f"sslyze does not ask for a chain of {key_type}"
    if facts.protocols.get("TLSv1.2") is False:
        return "sslyze asks for a second chain in TLS 1.2 alone"
    return None


def _features(facts: EndpointFacts, theirs: Opinion) -> Iterator[Difference]:
    asked: list[tuple[str, Answered | None]] = [(name, getattr(facts, name)) for name in CONNECTIONS]
    asked += [(name, facts.vulnerabilities.get(name)) for name in VULNERABILITIES]
    for name, ours in asked:
        said = theirs.features.get(name)
        if isinstance(ours, bool) and said is not None and ours != said:
            yield Difference(f"{name}: sslyze says {_word(said)}, we say {_word(ours)}", _excuse(facts, name, said))


def _excuse(facts: EndpointFacts, name: str, said: bool) -> str | None:  # noqa: FBT001
    modern = facts.protocols.get("TLSv1.3") is True
    if modern and not said and name in UNTESTED:
        return "sslyze does not test this where TLS 1.3 is offered"
    if modern and said and name == "extended_master_secret":
        return "sslyze does not test this where TLS 1.3 is offered"
    if said and name == "fallback_scsv" and not _speaks_one_lower(facts):
        return "sslyze takes every rejected handshake for a refused fallback, and the server speaks no such version"
    return None


def _speaks_one_lower(facts: EndpointFacts) -> bool:
    """Whether the version is spoken that sslyze falls back to: the one below the highest up to TLS 1.2."""
    older = PROTOCOLS[:-1]
    spoken = [index for index, protocol in enumerate(older) if facts.protocols.get(protocol) is True]
    highest = len(older) - 1 if facts.protocols.get("TLSv1.3") is True else max(spoken, default=0)
    return highest - 1 in spoken


def _any_of(groups: tuple[str, ...] | Unknown, some: frozenset[str]) -> bool:
    return isinstance(groups, Unknown) or not some.isdisjoint(groups)


def _key_types(facts: EndpointFacts) -> Iterable[str]:
    return ASKED_KEYS if isinstance(facts.chains, Unknown) else {chain.key_type for chain in facts.chains}


def _digests(chain: ServedChain) -> Chain | None:
    found = tuple(one.sha256 for one in chain.certificates if isinstance(one, Certificate))
    return found if len(found) == len(chain.certificates) else None


def _shown(digests: Chain) -> str:
    return f"{len(digests)} certificates from {digests[0][:16] if digests else 'none'}"


def _word(value: bool) -> str:  # noqa: FBT001
    return "yes" if value else "no"
