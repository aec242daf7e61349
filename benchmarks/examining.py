"""A process that examines endpoints as an audit does, evidence to facts, for benchmarks.wire to take the time of.

`python -m benchmarks.examining NAME ADDRESS PORT[/STARTTLS]...` examines each under the name, and once without any. It
prints as JSON how many there were, and the most connections that one of them had for the name.
"""

import asyncio
import json
import sys
from datetime import UTC, datetime

from tlsfleet import wire
from tlsfleet.endpoints import EndpointFacts
from tlsfleet.evidence import Evidence
from tlsfleet.facts import HostFacts
from tlsfleet.inventory import Connection, Target
from tlsfleet.missing import Unknown
from tlsfleet.wire.collecting import collect
from tlsfleet.wire.gate import Gate


def main() -> None:
    """Examine them."""
    name, address, *endpoints = sys.argv[1:]
    gate, began = Gate(), datetime.now(UTC)
    target = Target(name, Connection("none", address), names=(name,), endpoints=tuple(endpoints))
    frames = asyncio.run(collect(target, HostFacts(name, began), gate))
    facts = examined(wire.build(Evidence(name, began, datetime.now(UTC), frames=frames)))
    places = {each.endpoint.place for each in facts}
    print(json.dumps([len(places), max(gate.count(each.endpoint) for each in facts if each.endpoint.server_name)]))


def examined(found: tuple[EndpointFacts | Unknown, ...] | Unknown) -> tuple[EndpointFacts, ...]:
    """The facts of endpoints, all of which must have been reached."""
    assert not isinstance(found, Unknown), found
    facts = tuple(each for each in found if isinstance(each, EndpointFacts))
    assert len(facts) == len(found), found
    assert not [each for each in facts if each.failure and not each.refused], facts
    return facts


if __name__ == "__main__":
    main()
