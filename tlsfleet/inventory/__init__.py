"""What is to be audited: hosts by name, group or Ansible pattern from an inventory, or by spec."""

from pathlib import Path

from tlsfleet.inventory import specs, variables
from tlsfleet.inventory.endpoint import DeclaredEndpoint, parse_endpoint
from tlsfleet.inventory.reader import Inventory
from tlsfleet.inventory.target import Connection, InventoryError, Selection, Target

__all__ = ["Connection", "DeclaredEndpoint", "InventoryError", "Selection", "Target", "parse_endpoint", "resolve"]

RESERVED = "fleet"  # the name under which fleet checks report


def resolve(hosts: str | None, inventory: Path) -> Selection:
    """The targets of ``--hosts``, a list with commas; all of the inventory for None (which may be none).

    The inventory is read only where it is needed. Raises InventoryError.
    """
    parts = None if hosts is None else [part.strip() for part in hosts.split(",") if part.strip()]
    if parts == []:
        raise InventoryError("--hosts: names nothing: give names, groups, patterns or specs, with commas")
    named = [] if parts is None else [part for part in parts if "://" not in part]
    given = [] if parts is None else [specs.target_of(part) for part in parts if "://" in part]
    if parts is not None and not named:
        return Selection(_unique(given), whole_inventory=False)
    read = Inventory(inventory)
    chosen = read.names if parts is None else read.select(named)
    if parts is not None and not chosen:
        raise InventoryError(f"--hosts: {','.join(named)!r} leaves no host of {inventory}")
    if RESERVED in chosen:
        raise InventoryError(
            f"{inventory}: a host cannot be called {RESERVED!r}: the fleet's own checks are; rename it"
        )
    if hidden := [name for name in chosen if not name.isprintable()]:
        raise InventoryError(f"{inventory}: the host name {hidden[0]!r} holds characters that cannot be shown")
    targets = [variables.target_of(read.variables(name)) for name in chosen]
    return Selection(_unique([*targets, *given]), set(chosen) == set(read.names), read.names)


def _unique(targets: list[Target]) -> tuple[Target, ...]:
    return tuple({target.name: target for target in targets}.values())
