"""Waivers: accepted violations, by whom, why and until when; read from TOML and checked to the last key."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from tlsfleet.spelling import hint
from tlsfleet.toml import Document, TomlError

REQUIRED = ("check", "host", "subject", "reason", "approved_by", "until")
OPTIONAL = ("ticket",)
EXAMPLE = "until = 2027-01-31"


class WaiverError(Exception):
    """A waiver file that cannot be used: one line naming file, line and mend."""


@dataclass(frozen=True, slots=True)
class Waiver:
    """One ``[[waiver]]`` table. ``host`` and ``subject`` are exact or fnmatch patterns, ``check`` is an id.

    It holds through the end of the day ``until``, UTC. ``path`` and ``line`` say where it is written.
    """

    check: str
    host: str
    subject: str
    reason: str
    approved_by: str
    until: date
    ticket: str | None = None
    path: str = ""
    line: int = 0

    @property
    def where(self) -> str:
        """File and line of the table."""
        return f"{self.path}:{self.line}"

    @property
    def is_pattern(self) -> bool:
        """Whether it may be of several hosts."""
        return bool(set(self.host) & set("*?["))

    def covers_host(self, host: str) -> bool:
        """Whether its host pattern is of this host."""
        return _matches(self.host, host)

    def matches(self, check: str, host: str, subject: str) -> bool:
        """Whether it is of this check, host and subject, whatever the date."""
        return self.check == check and self.covers_host(host) and _matches(self.subject, subject)

    def expired(self, now: datetime) -> bool:
        """Whether ``until`` is over at ``now``, an aware time."""
        return now.astimezone(UTC).date() > self.until


def load(path: Path, known_checks: Collection[str]) -> tuple[Waiver, ...]:
    """The waivers of a file, in its order. Raises WaiverError."""
    try:
        document = Document(path)
        tables = _tables(document)
        waivers = tuple(_waiver(document, index, table, known_checks) for index, table in enumerate(tables))
        _refuse_duplicates(document, waivers)
    except TomlError as error:
        raise WaiverError(str(error)) from None
    return waivers


def _tables(document: Document) -> list[Mapping[str, Any]]:
    for key in document.data:
        if key != "waiver":
            raise document.error(f"unknown key {key!r}; write each waiver as a table under [[waiver]]", key)
    tables = document.data.get("waiver", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise document.error("waiver: write each waiver as a table under [[waiver]], with two brackets", "waiver")
    return tables


def _waiver(document: Document, index: int, table: Mapping[str, Any], known_checks: Collection[str]) -> Waiver:
    place = ("waiver", index)
    for key in table:
        if key not in (*REQUIRED, *OPTIONAL):
            raise document.error(f"unknown key {key!r}; {hint(key, (*REQUIRED, *OPTIONAL))}", *place, key)
    if missing := [key for key in REQUIRED if key not in table]:
        raise document.error(f"the waiver lacks {', '.join(missing)}: add what is missing", *place)
    texts = {key: _text(document, place, table, key) for key in table if key != "until"}
    check = texts["check"]
    if check not in known_checks:
        raise document.error(f"unknown check {check!r}; {hint(check, known_checks)}", *place, "check")
    until = _until(document, place, table["until"])
    return Waiver(**texts, until=until, path=str(document.path), line=document.line(*place))


def _text(document: Document, place: tuple[str, int], table: Mapping[str, Any], key: str) -> str:
    value = table[key]
    if not isinstance(value, str) or not value.strip():
        raise document.error(f"{key}: a text in quotes is needed, not {value!r}"[:300], *place, key)
    return value


def _until(document: Document, place: tuple[str, int], value: object) -> date:
    if isinstance(value, datetime):
        raise document.error(f"until: a date alone is needed, without a time: {EXAMPLE}", *place, "until")
    if isinstance(value, date):
        return value
    mend = f"until = {value}" if isinstance(value, str) and _is_date(value) else EXAMPLE
    raise document.error(f"until: a date without quotes is needed: {mend}", *place, "until")


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _refuse_duplicates(document: Document, waivers: tuple[Waiver, ...]) -> None:
    first: dict[tuple[str, str, str], Waiver] = {}
    for index, waiver in enumerate(waivers):
        earlier = first.setdefault((waiver.check, waiver.host, waiver.subject), waiver)
        if earlier is not waiver:
            message = f"line {earlier.line} waives the same check, host and subject: keep one of the two"
            raise document.error(message, "waiver", index)


def _matches(pattern: str, text: str) -> bool:
    # Real subjects hold brackets ([::1]:443), which a pattern would read as a set of characters.
    return pattern == text or fnmatchcase(text, pattern)
