"""Selectors: the chains that a host's endpoints present, for checks that judge files and what is served alike."""

from collections.abc import Iterator

from tlsfleet.crypto.holders import AtEndpoint, at_endpoint
from tlsfleet.endpoints import LOCAL, MANDATORY, OPPORTUNISTIC
from tlsfleet.facts import NOT_EXAMINED, HostFacts, Unknown
from tlsfleet.served import Served, endpoints

BINDING = (MANDATORY, OPPORTUNISTIC, LOCAL)


def by_binding(facts: HostFacts) -> Iterator[Served | Unknown]:
    """Every endpoint, those first on which rules bind most: what several serve alike is judged at the first.

    None where the wire was not examined at all but the inside was: judging says so of the whole check.
    """
    if facts.endpoints == NOT_EXAMINED and facts.declared.shell:
        return
    found = list(endpoints(facts))
    yield from (each for each in found if isinstance(each, Unknown))
    served = [each for each in found if isinstance(each, Served)]
    yield from sorted(served, key=lambda each: BINDING.index(each.endpoint.endpoint_class))


def presented(facts: HostFacts) -> Iterator[AtEndpoint | Unknown]:
    """Every chain of every endpoint, most binding first."""
    for item in by_binding(facts):
        if isinstance(item, Unknown):
            yield item
        elif isinstance(item.facts.chains, Unknown):
            yield Unknown(item.subject, item.facts.chains.reason)
        else:
            yield from (at_endpoint(item, chain, facts) for chain in item.facts.chains)
