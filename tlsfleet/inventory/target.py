"""What is to be audited: a target, how it is reached, and what the inventory declares of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


class InventoryError(Exception):
    """What was named cannot be audited: one line naming the file, the line where known, and the mend."""


@dataclass(frozen=True, slots=True)
class Connection:
    """How a shell on the target is had. ``kind`` is testinfra's name of the backend, or ``none`` for no shell.

    ``key`` is the path of a private key file, ``common_args`` and ``extra_args`` are further arguments of ssh as one
    writes them in a shell. ``ignored`` names what was given and is not used: passwords, as nothing here asks for one.
    """

    kind: str
    host: str = ""
    port: int | None = None
    user: str | None = None
    key: str | None = None
    common_args: str = ""
    extra_args: str = ""
    become: bool = False
    become_user: str = "root"
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Target:
    """One host of a run.

    ``spec`` is set for a target given as a testinfra spec, without its password. ``variables`` are the ``tls_...``
    variables as JSON-able values, ``places`` says where each stands (``file:line``). ``endpoints`` is None where none
    are declared, and empty for ``none``; its texts are sound for ``parse_endpoint``. ``parameters`` are not yet held
    against a policy.
    """

    name: str
    connection: Connection
    spec: str | None = None
    policy: str | None = None
    names: tuple[str, ...] | None = None
    endpoints: tuple[str, ...] | None = None
    key_readers: tuple[str, ...] | None = None
    trust_anchors: Path | None = None
    parameters: Mapping[str, object] = field(default_factory=dict)
    terminated_by: str | None = None
    variables: Mapping[str, object] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Selection:
    """The targets of a run, and how they stand to the inventory (no names where it was not needed)."""

    targets: tuple[Target, ...]
    whole_inventory: bool
    inventory_names: tuple[str, ...] = ()
