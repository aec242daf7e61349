"""docs/checks.md, made of the registry and the policies: python -m tlsfleet.catalogue [--check]."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path

from tlsfleet import policy
from tlsfleet.check import Check, load_checks
from tlsfleet.policy import Policy

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
    facts += [f"parameters {', '.join(f'`{name}`' for name in check.parameters)}"] if check.parameters else []
    facts += [", ".join(check.tags)] if check.tags else []
    sections = [f"- {heading}: {text}" for heading in ("Why", "Source", "Remedy") if (text := check.section(heading))]
    return "\n".join([f"### {check.id}\n", f"{check.title}\n", f"- {'; '.join(facts)}", *sections])


def _levels(check: Check, policies: Sequence[Policy]) -> Iterator[str]:
    yield check.level
    for each in policies:
        level = each.level(check.id, check.level)
        if level != check.level:
            yield f"{level or 'off'} in {each.id}"


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
