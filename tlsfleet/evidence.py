"""Evidence: what came over from a host, raw and bounded; a replay starts here."""

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

SCHEMA = 1
MAX_BYTES = 64 * 1024 * 1024


class EvidenceError(Exception):
    """An evidence file that cannot be used: one line naming file, line and what is wrong."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One piece of evidence: ``kind`` and ``subject`` say what it is of; ``unknown`` is why there is no data."""

    kind: str
    subject: str
    data: bytes = b""
    unknown: str | None = None

    @property
    def text(self) -> str:
        """The data as text; what is not UTF-8 is written as backslash escapes."""
        return self.data.decode("utf-8", "backslashreplace")


@dataclass(frozen=True, slots=True)
class Evidence:
    """All frames of one host. ``failure`` is the reason when the host could not be examined at all.

    ``declared`` holds what the inventory said of the host (JSON-able), ``sent_at`` and ``received_at`` are the
    auditor's clock around the collection.
    """

    host: str
    sent_at: datetime
    received_at: datetime
    frames: tuple[Frame, ...] = ()
    failure: str | None = None
    declared: Mapping[str, Any] = field(default_factory=dict)

    def of(self, kind: str) -> tuple[Frame, ...]:
        """All frames of a kind, in their order."""
        return tuple(frame for frame in self.frames if frame.kind == kind)


def write(evidence: Evidence, path: Path) -> None:
    """Write one JSON line for the host, then one a frame."""
    head = {
        "schema": SCHEMA,
        "host": evidence.host,
        "sent_at": evidence.sent_at.isoformat(),
        "received_at": evidence.received_at.isoformat(),
        "failure": evidence.failure,
        "declared": dict(evidence.declared),
    }
    with path.open("w", encoding="utf-8") as file:
        for row in (head, *map(_row, evidence.frames)):
            file.write(json.dumps(row, ensure_ascii=True) + "\n")


def read(path: Path) -> Evidence:
    """Read what ``write`` wrote. Raises EvidenceError."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise EvidenceError(f"{path}: is larger than {MAX_BYTES} bytes")
        rows = list(_rows(path, path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError) as error:
        raise EvidenceError(f"{path}: cannot be read: {error}") from None
    if not rows:
        raise EvidenceError(f"{path}: is empty")
    head = rows[0]
    if head.get("schema") != SCHEMA:
        raise EvidenceError(
            f"{path}:1: schema {head.get('schema')!r} is not {SCHEMA}: it was written by another version"
        )
    try:
        return _evidence(head, rows[1:])
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise EvidenceError(f"{path}: is damaged: {type(error).__name__}: {error}"[:300]) from None


def _evidence(head: Mapping[str, Any], rows: list[dict[str, Any]]) -> Evidence:
    failure = head["failure"]
    return Evidence(
        _text(head["host"]),
        _time(head["sent_at"]),
        _time(head["received_at"]),
        tuple(map(_frame, rows)),
        None if failure is None else _text(failure),
        dict(head["declared"]),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _time(value: str) -> datetime:
    time = datetime.fromisoformat(value)
    if time.tzinfo is None:
        raise ValueError(f"{value} has no time zone")
    return time


def _rows(path: Path, text: str) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(text.splitlines(), 1):
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            raise EvidenceError(f"{path}:{number}: is not a JSON line: the file is damaged") from None
        if not isinstance(row, dict):
            raise EvidenceError(f"{path}:{number}: is not a JSON object")
        yield row


def _row(frame: Frame) -> dict[str, str]:
    row = {"frame": frame.kind, "subject": frame.subject}
    if frame.unknown is not None:
        return {**row, "unknown": frame.unknown}
    try:
        return {**row, "text": frame.data.decode("utf-8")}
    except UnicodeDecodeError:
        return {**row, "base64": base64.b64encode(frame.data).decode("ascii")}


def _frame(row: Mapping[str, Any]) -> Frame:
    kind, subject = _text(row["frame"]), _text(row["subject"])
    if "unknown" in row:
        return Frame(kind, subject, unknown=_text(row["unknown"]))
    if "text" in row:
        return Frame(kind, subject, row["text"].encode("utf-8"))
    return Frame(kind, subject, base64.b64decode(_text(row["base64"]), validate=True))
