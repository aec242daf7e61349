"""A process that collects the one host of an inventory, inside and on the wire: `python -m benchmarks.whole INVENTORY`.

It prints how many endpoints there were.
"""

import sys
from pathlib import Path

from benchmarks.examining import examined
from tlsfleet import inside, wire
from tlsfleet.check import load_checks
from tlsfleet.inventory import resolve
from tlsfleet.policy import load


def main() -> None:
    """Collect it, evidence to facts."""
    (target,) = resolve(None, Path(sys.argv[1])).targets
    policy = load("notes", [check.id for check in load_checks()])
    evidence = inside.collect(target, inside.Options(), policy)
    facts = inside.build(evidence)
    assert facts.failure is None, facts.failure
    endpoints = examined(wire.build(wire.extended(evidence, wire.Engine().begin(target, facts))))
    print(len({each.endpoint.place for each in endpoints}))


if __name__ == "__main__":
    main()
