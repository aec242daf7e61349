"""Policies: what is allowed, as data with clauses, read from TOML and checked to the last key."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from tlsfleet.parameters import PARAMETERS, checked
from tlsfleet.spelling import hint
from tlsfleet.toml import Document, TomlError
from tlsfleet.verdict import Level

FOLDER = Path(__file__).resolve().parent.parent / "policies"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A figure and the clause it comes from."""

    value: Any
    clause: str


@dataclass(frozen=True, slots=True)
class Override:
    """Another level for a check, or None for off, and why."""

    level: Level | None
    clause: str


@dataclass(frozen=True, slots=True)
class Policy:
    """A named, dated set of parameters and of levels that differ from the checks' own."""

    id: str
    version: str
    date: date
    source: str
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    checks: Mapping[str, Override] = field(default_factory=dict)

    def value(self, name: str) -> Any:
        """A parameter's value. Raises KeyError for a name that the policy lacks."""
        return self.parameters[name].value

    def number(self, name: str) -> int:
        return int(self.value(name))

    def text(self, name: str) -> str:
        return str(self.value(name))

    def texts(self, name: str) -> tuple[str, ...]:
        return tuple(self.value(name))

    def table(self, name: str) -> Mapping[str, Any]:
        return dict(self.value(name))

    def level(self, check_id: str, default: Level) -> Level | None:
        """The level of a check under this policy; None when it is switched off."""
        return self.checks[check_id].level if check_id in self.checks else default

    def clause(self, check_id: str, parameters: Collection[str]) -> str:
        """The clause behind a check: its override's, else those of the parameters that it reads; empty where none."""
        if check_id in self.checks:
            return self.checks[check_id].clause
        return "; ".join(dict.fromkeys(self.parameters[name].clause for name in parameters if name in self.parameters))

    def overridden(self, parameters: Mapping[str, object], source: str) -> "Policy":
        """This policy with parameters of one host (``tls_parameters``). Raises ValueError naming what is wrong."""
        changed = {name: Parameter(checked(name, value), source) for name, value in parameters.items()}
        return replace(self, parameters={**self.parameters, **changed})


def load(name_or_file: str, known_checks: Collection[str], folder: Path = FOLDER) -> Policy:
    """A policy by its name (``notes``) or file. Raises TomlError with file, line and mend."""
    path = Path(name_or_file) if name_or_file.endswith(".toml") else folder / f"{name_or_file}.toml"
    policy = _load(path, known_checks, folder, ())
    if missing := [parameter for parameter in PARAMETERS if parameter not in policy.parameters]:
        raise TomlError(f'{path}:1: lacks {", ".join(missing)}: give each a value, or write extends = "notes"')
    return policy


def names(folder: Path = FOLDER) -> tuple[str, ...]:
    """The policies that ship with the suite."""
    return tuple(sorted(path.stem for path in folder.glob("*.toml")))


def _load(path: Path, known_checks: Collection[str], folder: Path, above: tuple[Path, ...]) -> Policy:
    document = Document(path)
    data = document.data
    _only(document, (), data, ("id", "version", "date", "source", "extends", "parameters", "checks"))
    base = _base(document, known_checks, folder, (*above, path.resolve()))
    issued = data.get("date")
    if not isinstance(issued, date) or isinstance(issued, datetime):
        raise document.error("date: a date such as 2026-01-31, without quotes, is needed", "date")
    texts = {key: _text(document, data, key) for key in ("id", "version", "source")}
    return Policy(
        texts["id"],
        texts["version"],
        issued,
        texts["source"],
        {**base.parameters, **_parameters(document)} if base else _parameters(document),
        {**base.checks, **_overrides(document, known_checks)} if base else _overrides(document, known_checks),
    )


def _base(document: Document, known_checks: Collection[str], folder: Path, above: tuple[Path, ...]) -> Policy | None:
    if "extends" not in document.data:
        return None
    parent = folder / f"{_text(document, document.data, 'extends')}.toml"
    beside = document.path.parent / parent.name
    parent = beside if beside.exists() else parent
    if parent.resolve() in above:
        raise document.error("extends: leads back to this policy", "extends")
    if not parent.exists():
        raise document.error(
            f"extends: there is no policy {parent.stem!r}; {hint(parent.stem, names(folder))}", "extends"
        )
    return _load(parent, known_checks, folder, above)


def _parameters(document: Document) -> dict[str, Parameter]:
    found = {}
    for name, entry in _tables(document, "parameters"):
        _known(document, ("parameters", name), name, PARAMETERS, "parameter")
        _only(document, ("parameters", name), entry, ("value", "clause"))
        if "value" not in entry:
            raise document.error(f"parameters.{name}: has no value", "parameters", name)
        try:
            value = checked(name, entry["value"])
        except ValueError as error:
            raise document.error(str(error), "parameters", name, "value") from None
        found[name] = Parameter(value, _text(document, entry, "clause", "parameters", name))
    return found


def _overrides(document: Document, known_checks: Collection[str]) -> dict[str, Override]:
    found = {}
    for check_id, entry in _tables(document, "checks"):
        if check_id not in known_checks and any(isinstance(value, dict) for value in entry.values()):
            raise document.error(
                f'write the id in quotes: [checks."{check_id}.{next(iter(entry))}"]', "checks", check_id
            )
        _known(document, ("checks", check_id), check_id, known_checks, "check")
        _only(document, ("checks", check_id), entry, ("level", "clause"))
        level = entry.get("level", "")
        if level not in (*Level, "off"):
            raise document.error(f"level: {level!r} is none of MUST, SHOULD, MAY, off", "checks", check_id, "level")
        clause = _text(document, entry, "clause", "checks", check_id)
        found[check_id] = Override(None if level == "off" else Level(level), clause)
    return found


def _tables(document: Document, section: str) -> list[tuple[str, dict[str, Any]]]:
    entries = document.data.get(section, {})
    if not isinstance(entries, dict):
        raise document.error(f"{section}: write [{section}.NAME] tables", section)
    for name, entry in entries.items():
        if not isinstance(entry, dict):
            raise document.error(f"{section}.{name}: write it as a table [{section}.{name}]", section, name)
    return list(entries.items())


def _only(document: Document, table: tuple[str, ...], entry: Mapping[str, Any], allowed: Collection[str]) -> None:
    for key in entry:
        _known(document, (*table, key), key, allowed, "key")


def _known(document: Document, place: tuple[str, ...], name: str, allowed: Collection[str], what: str) -> None:
    if name not in allowed:
        raise document.error(f"unknown {what} {name!r}; {hint(name, allowed)}", *place)


def _text(document: Document, entry: Mapping[str, Any], key: str, *place: str) -> str:
    value = entry.get(key)
    if not isinstance(value, str) or not value.strip():
        raise document.error(f"{key}: a text is needed", *place, key)
    return value
