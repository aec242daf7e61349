"""A process that examines endpoints as an audit does, evidence to facts, for benchmarks.wire to take the time of."""

import asyncio
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from tlsfleet import inside, wire
from tlsfleet.check import load_checks
from tlsfleet.evidence import Evidence
from tlsfleet.facts import HostFacts
from tlsfleet.inventory import Connection, Target, resolve
from tlsfleet.missing import Unknown
from tlsfleet.policy import load
from tlsfleet.wire.collecting import collect
from tlsfleet.wire.gate import Gate


def main() -> None:
    """`--host INVENTORY`: its one host, from inside and on the wire. Else a name, an address, and PORT[/STARTTLS]s.

    Prints as JSON how many endpoints there were, and the most connections that one of them had for a name.
    """
    if sys.argv[1] == "--host":
        evidence = _of_host(Path(sys.argv[2]))
        counts = [0]
    else:
        evidence, counts = _of_endpoints(sys.argv[1], sys.argv[2], sys.argv[3:])
    endpoints = wire.build(evidence)
    assert not isinstance(endpoints, Unknown), endpoints
    failed = [each for each in endpoints if isinstance(each, Unknown) or (each.failure and not each.refused)]
    assert not failed, failed
    places = {each.endpoint.place for each in endpoints if not isinstance(each, Unknown)}
    print(json.dumps([len(places), max(counts)]))


def _of_endpoints(name: str, address: str, endpoints: list[str]) -> tuple[Evidence, list[int]]:
    """The evidence of endpoints under one name, and without any; and how many connections each had for the name."""
    gate = Gate()
    target = Target(name, Connection("none", address), names=(name,), endpoints=tuple(endpoints))
    began = datetime.now(UTC)
    frames = asyncio.run(collect(target, HostFacts(name, began), gate))
    evidence = Evidence(name, began, datetime.now(UTC), frames=frames)
    facts = wire.build(evidence)
    assert not isinstance(facts, Unknown)
    return evidence, [gate.count(each.endpoint) for each in facts if not isinstance(each, Unknown)]


def _of_host(inventory: Path) -> Evidence:
    """All evidence of the one host of an inventory."""
    (target,) = resolve(None, inventory).targets
    policy = load("notes", [check.id for check in load_checks()])
    evidence = inside.collect(target, inside.Options(), policy)
    facts = inside.build(evidence)
    assert facts.failure is None, facts.failure
    return wire.Engine().extend(evidence, target, facts)


if __name__ == "__main__":
    main()
