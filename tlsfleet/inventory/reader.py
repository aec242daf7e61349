"""An inventory as ansible-core reads it: in process, quietly, and with an error where Ansible would warn and go on."""

import importlib
import io
import os
import re
import tempfile
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

from tlsfleet.inventory.target import InventoryError
from tlsfleet.inventory.variables import CONNECTION, PASSWORDS, HostVariables
from tlsfleet.spelling import hint
from tlsfleet.text import clean

# Some are read as ansible-core is imported, some later. Its temporary folder would be in $HOME, which a job may lack.
SETTINGS = {
    "ANSIBLE_DUPLICATE_YAML_DICT_KEY": "error",
    "ANSIBLE_LOCAL_TEMP": tempfile.gettempdir(),
    "ANSIBLE_DEVEL_WARNING": "0",
}
YAML = {".yml", ".yaml", ".json"}


class Inventory:
    """A parsed inventory: its hosts, its patterns, its variables."""

    def __init__(self, path: Path) -> None:
        """Raises InventoryError for a file that is missing or malformed."""
        if not path.exists():
            raise InventoryError(f"{path}: there is no such inventory: name one with --inventory FILE")
        if not os.access(path, os.R_OK):
            raise InventoryError(f"{path}: cannot be read: permission denied")
        self.path = path
        with _ansible(str(path)):
            self._parse()

    @property
    def names(self) -> tuple[str, ...]:
        """All hosts, in the inventory's order."""
        return tuple(map(str, self._manager.hosts))

    def select(self, parts: list[str]) -> tuple[str, ...]:
        """The hosts that Ansible patterns name together. Raises InventoryError where one of them matches nothing."""
        with _ansible("--hosts"):
            atoms = [atom for part in parts for atom in _atoms(part)]
            for atom in atoms:
                self._refuse_unmatched(atom.lstrip("!&"))
            return tuple(host.name for host in self._manager.get_hosts(atoms))

    def variables(self, name: str) -> HostVariables:
        """The variables of a host, templates resolved. Raises InventoryError."""
        with _ansible(str(self.path)):
            from ansible.template import Templar

            given = self._variables_of(host=self._manager.get_host(name))
            templar = Templar(loader=self._loader, variables=given)
            used = [key for key in given if key.startswith("tls_") or key in CONNECTION]
            places = {str(key): place for key in used if (place := _place(key, given[key]))}
            values = {}
            for key in used:
                with _ansible(f"{places.get(key, self.path)}: {name}: {key}"):
                    values[str(key)] = _plain(templar.template(given[key]))
            return HostVariables(name, self.path, values, places, tuple(key for key in PASSWORDS if key in given))

    def _parse(self) -> None:
        from ansible.parsing.dataloader import DataLoader
        from ansible.vars.manager import VariableManager

        self._loader = DataLoader()
        self._loader.set_vault_secrets(_vault_secrets(self._loader))
        self._manager = _manager(self.path, self._loader)
        self._variables_of = VariableManager(loader=self._loader, inventory=self._manager).get_vars

    def _refuse_unmatched(self, pattern: str) -> None:
        if any(host.name in self._manager.hosts for host in self._manager.get_hosts(pattern)):
            return
        if pattern in self._manager.groups:
            raise InventoryError(f"--hosts: the group {pattern!r} of {self.path} has no hosts")
        if any(character in pattern for character in "*?[~"):
            raise InventoryError(f"--hosts: the pattern {pattern!r} matches no host of {self.path}")
        known = [*self._manager.hosts, *(group for group in self._manager.groups if group not in {"all", "ungrouped"})]
        advice = f"{hint(pattern, known)} " if known else ""
        raise InventoryError(
            f"--hosts: no host or group {pattern!r} in {self.path}; {advice}(one that it lacks is written ssh://{pattern})"
        )


@contextmanager
def _ansible(place: str) -> Iterator[None]:
    """Let ansible-core do something: it prints nothing, follows our settings, and its errors become one line."""
    kept = {name: os.environ.get(name) for name in SETTINGS}
    os.environ.update(SETTINGS)
    try:
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            from ansible.errors import AnsibleError

            try:
                yield
            except (AnsibleError, OSError) as error:
                raise InventoryError(f"{place}: {_reason(error)}") from None
    finally:
        os.environ.update({name: value for name, value in kept.items() if value is not None})
        for name in (name for name, value in kept.items() if value is None):
            del os.environ[name]


def _atoms(part: str) -> list[str]:
    """The patterns in one part of a list, without what Ansible would drop from a malformed one."""
    atoms: list[str] = importlib.import_module("ansible.inventory.manager").split_host_pattern(part)
    if re.sub(r"[\s:]", "", "".join(atoms)) != re.sub(r"[\s:]", "", part):
        raise InventoryError(f"--hosts: the pattern {part!r} is malformed: look at its brackets")
    return atoms


def _manager(path: Path, loader: Any) -> Any:
    """Ansible's manager of a parsed inventory; where no plugin can read it, the error of the one that should."""
    from ansible import constants
    from ansible.errors import AnsibleError
    from ansible.inventory.manager import InventoryManager
    from ansible.utils.display import Display

    constants.INVENTORY_ANY_UNPARSED_IS_FAILED = True  # in a folder, too, one broken file is an error

    class Manager(InventoryManager):
        """As Ansible's, but a broken YAML file or script is never read as INI, where its lines would be hosts."""

        def _fetch_inventory_plugins(self) -> list[Any]:
            unfit = _unfit(Path(self._inventory.current_source))
            return [plugin for plugin in super()._fetch_inventory_plugins() if plugin.NAME not in unfit]

    failures: list[BaseException] = []
    display = Display()
    display.error_as_warning = lambda msg=None, exception=None, **kwargs: failures.append(exception)
    try:
        return Manager(loader=loader, sources=[str(path.absolute())])
    except AnsibleError as error:
        raise _parse_error(path, failures) from error
    finally:
        del display.error_as_warning


def _unfit(source: Path) -> set[str]:
    """The plugins that are not to read a file."""
    with source.open("rb") as file:
        if file.read(2) == b"#!":
            return {"ini", "yaml"}
    return {"ini"} if source.suffix in YAML else set()


def _parse_error(path: Path, failures: list[BaseException]) -> InventoryError:
    """One line of what the plugins said in turn: the last is the one whose format it is, an earlier may know a line."""
    if not failures:
        return InventoryError(f"{path}: no inventory could be read from it (a script must be executable)")
    places = [place for error in failures if (place := _failed_at(error))]
    return InventoryError(f"{places[-1] if places else path}: cannot be read as an inventory: {_reason(failures[-1])}")


def _failed_at(error: BaseException) -> str | None:
    """File and line of a parse error; Ansible's INI reader keeps the line in its own frame only."""
    origin = getattr(error, "obj", None)
    file, line = getattr(origin, "path", None), getattr(origin, "line_num", None)
    inner: BaseException | None = error
    while inner and not line:
        for frame, _ in traceback.walk_tb(inner.__traceback__):
            seen = frame.f_locals
            if frame.f_code.co_name == "_parse" and {"lines", "line"} <= seen.keys():
                rows = [row.strip() for row in seen["lines"]]
                line = seen["decl"]["line"] if "decl" in seen else rows.index(seen["line"]) + 1
        inner = inner.__cause__
    return f"{_shown(file)}:{line}" if file and line else None


def _vault_secrets(loader: Any) -> list[tuple[str, Any]]:
    """The password of Ansible's vault, where its own settings name a file of it."""
    from ansible import constants
    from ansible.parsing.vault import get_file_vault_secret

    file = constants.DEFAULT_VAULT_PASSWORD_FILE
    if not file:
        return []
    secret = get_file_vault_secret(filename=file, vault_id="default", loader=loader)
    secret.load()
    return [("default", secret)]


def _place(key: object, value: object) -> str | None:
    """Where a variable was written (``file:line``); None for what Ansible itself adds."""
    from ansible._internal._datatag._tags import Origin

    origin = Origin.get_tag(value) or Origin.get_tag(key)
    if origin is None:
        return None
    return f"{_shown(origin.path)}:{origin.line_num}" if origin.path and origin.line_num else str(origin.description)


def _shown(path: str) -> str:
    """The path as a user would write it: relative to the working folder where it lies below."""
    absolute = Path(path)
    return str(absolute.relative_to(Path.cwd()) if absolute.is_relative_to(Path.cwd()) else absolute)


def _reason(error: BaseException) -> str:
    """What Ansible says, in one line, without the contents of the line at fault: that may hold a password."""
    text = str(error)
    cause = error.__cause__
    if cause is not None and str(cause) not in text:
        text = f"{text.rstrip('.')}: {cause}"
    text = re.sub(r"(?s), got: .*|(?<=host definition) '.*'(?=: )|, found \"<class.*", "", text)
    if "values to unpack" in text:
        return "a line is neither [section], host nor variable"
    if "no vault secrets" in text:
        return "is encrypted: name the file of the vault's password in ANSIBLE_VAULT_PASSWORD_FILE"
    return _line(text.removeprefix("Failed to parse inventory: "))


def _line(text: str) -> str:
    return clean(" ".join(text.split()), 300)


def _plain(value: Any) -> Any:
    """A value of Ansible's tagged types as the plain, JSON-able one."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, bool):
        return value
    kind = next((kind for kind in (int, float) if isinstance(value, kind)), str)
    return kind(value)
