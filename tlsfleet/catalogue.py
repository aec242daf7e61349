"""docs/checks.md, made of the registry and the policies: python -m tlsfleet.catalogue [--check]."""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path

from tlsfleet import policy
from tlsfleet.check import Check, load_checks
from tlsfleet.parameters import PARAMETERS
from tlsfleet.policy import Policy

DEFAULT = "notes"
PAGE = Path(__file__).resolve().parent.parent / "docs" / "checks.md"
HEAD = """\
# Checks

<!-- Made by `make docs` of the checks and policies: edit those. -->

A check is named `area.required-state`. Its level is MUST, SHOULD or MAY (RFC 2119), unless a policy says otherwise;
its vantage is inside (files and services, over SSH), wire (the endpoints), both, or fleet (all hosts of a run).
"""


def page(checks: Iterable[Check], policies: Sequence[Policy]) -> str:
    """The page, in Markdown: areas and checks in the order of their ids."""
    ordered = sorted(checks, key=lambda check: check.id)
    areas = [(area, list(found)) for area, found in groupby(ordered, key=lambda check: check.area)]
    links = ", ".join(f"[{area}](#{area}) ({len(found)})" for area, found in areas)
    sections = (line for area, found in areas for line in (f"## {area}", *(_check(check, policies) for check in found)))
    return "\n\n".join([HEAD + f"\n{len(ordered)} checks: {links}.", *sections]) + "\n"


def _check(check: Check, policies: Sequence[Policy]) -> str:
    facts = [", ".join(_levels(check, policies)), check.vantage]
    facts += [f"notes {' '.join(check.notes)}"] if check.notes else []
    facts += [", ".join(check.tags)] if check.tags else []
    sections = [f"- {heading}: {text}" for heading in ("Why", "Source", "Remedy") if (text := check.section(heading))]
    values = [f"- `{name}`: {', '.join(_values(name, policies))}" for name in check.parameters]
    return "\n".join([f"### {check.id}\n", f"{check.title}\n", f"- {'; '.join(facts)}", *sections, *values])


def _levels(check: Check, policies: Sequence[Policy]) -> Iterator[str]:
    yield check.level
    for each in policies:
        level = each.level(check.id, check.level)
        if level != check.level:
            yield f"{level or 'off'} in {each.id}"


def _values(name: str, policies: Sequence[Policy]) -> Iterator[str]:
    """A parameter's meaning, and its value where a policy gives one of its own; ``notes`` gives each its first."""
    yield PARAMETERS[name][1]
    held = [(each.id, each.parameters[name].value) for each in policies if name in each.parameters]
    usual = dict(held).get(DEFAULT)
    for policy_id, value in sorted(held, key=lambda pair: pair[0] != DEFAULT):
        if policy_id == DEFAULT or value != usual:
            yield f"`{json.dumps(value)}` in {policy_id}"


def main(arguments: Sequence[str]) -> int:
    """Write the page; with ``--check`` compare it instead: 1 where it is not as it would be made."""
    checks = load_checks()
    ids = [check.id for check in checks]
    made = page(checks, [policy.load(name, ids) for name in policy.names()])
    if "--check" not in arguments:
        PAGE.write_text(made, encoding="utf-8")
    elif not PAGE.exists() or PAGE.read_text(encoding="utf-8") != made:
        sys.stderr.write(f"{PAGE.name} is not what the checks say: run make docs\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
