"""Selectors: the chains that a host's endpoints present, for checks that judge files and what is served alike."""

from collections.abc import Iterator

from tlsfleet.crypto.holders import AtEndpoint, at_endpoint
from tlsfleet.endpoints import LOCAL, MANDATORY, OPPORTUNISTIC
from tlsfleet.facts import NOT_EXAMINED, HostFacts, Unknown
from tlsfleet.iana import PROTOCOLS
from tlsfleet.served import Served, endpoints

OLDER = [name for name in PROTOCOLS if name not in {"SSLv2", "TLSv1.3"}]
BINDING = (MANDATORY, OPPORTUNISTIC, LOCAL)


def by_binding(facts: HostFacts) -> Iterator[Served | Unknown]:
    """Every endpoint, those first on which rules bind most: what several serve alike is judged at the first.

    None where the wire was not examined at all but the inside was: judging says so of the whole check.
    """
    if facts.endpoints == NOT_EXAMINED and facts.declared.shell:
        return
    found = list(endpoints(facts))
    yield from (each for each in found if isinstance(each, Unknown))
    yield from sorted((each for each in found if isinstance(each, Served)), key=_rank)


def _rank(item: Served) -> tuple[int, str, int, str, bool, str]:
    """By class, then the same in every run; names before none."""
    at = item.endpoint
    name = at.server_name or ""
    return BINDING.index(at.endpoint_class), at.address, at.port, at.starttls or "", not name, name


def presented(facts: HostFacts) -> Iterator[AtEndpoint | Unknown]:
    """Every chain of every endpoint, most binding first."""
    for item in by_binding(facts):
        if isinstance(item, Unknown):
            yield item
        elif isinstance(item.facts.chains, Unknown):
            yield Unknown(item.subject, item.facts.chains.reason)
        else:
            yield from (at_endpoint(item, chain, facts) for chain in item.facts.chains)
            yield from _unseen(item)


def _unseen(item: Served) -> Iterator[Unknown]:
    """Whether it may have a chain of another key type: its suites tell, in the newest version that has such a type."""
    newest = next((name for name in reversed(OLDER) if item.facts.protocols.get(name) is not False), "")
    suites = item.facts.cipher_suites.get(newest, ())
    if isinstance(suites, Unknown):
        yield Unknown(item.subject, f"not every chain may have been seen, {newest}: {suites.reason}")
