"""A full scan of each endpoint by sslyze beside our own examination, and where the two disagree."""

from dataclasses import asdict, replace

from tlsfleet.endpoints import Endpoint, EndpointFacts
from tlsfleet.missing import Unknown
from tlsfleet.wire.asking import NOT_ASKED, Asker, Json
from tlsfleet.wire.disagreements import disagreements
from tlsfleet.wire.faults import Fault
from tlsfleet.wire.gate import Gate
from tlsfleet.wire.second_opinion import opinion_of, scanned

NAME = "second-opinion"


async def with_second_opinion(asker: Asker, facts: EndpointFacts) -> EndpointFacts:
    """The facts with what sslyze says otherwise; as they are where TLS was not reached, or nobody asked it."""
    if facts.failure is not None:
        return facts
    try:
        said = await asker.look(NAME, _scanned)
    except Fault as fault:
        if fault.text == NOT_ASKED:
            return facts
        return replace(facts, disagreements=Unknown(facts.subject, fault.text))
    if "reason" in said:
        return replace(facts, disagreements=Unknown(**said))
    return replace(facts, disagreements=disagreements(facts, opinion_of(said)))


async def _scanned(endpoint: Endpoint, gate: Gate) -> Json:
    async with gate.scans:
        said = await scanned(endpoint)
    return asdict(said) if isinstance(said, Unknown) else said
