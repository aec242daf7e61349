"""results.jsonl, the source of truth: a line a verdict, and last the run; its form is results.schema.json."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from tlsfleet.verdict import Finding, Level, Run, Status, SubjectResult, Verdict

NAME = "results.jsonl"
SCHEMA = 1
SCHEMA_FILE = Path(__file__).with_name("results.schema.json")


class ResultsError(Exception):
    """Results that cannot be used: one line naming file, line and what is wrong."""


def write_verdicts(path: Path, verdicts: Iterable[Verdict]) -> None:
    """Write a line a verdict. Until ``write_run`` appends the line of the run, the file is of a run cut off."""
    with path.open("w", encoding="ascii") as file:
        file.writelines(_line(verdict_row(verdict)) for verdict in verdicts)


def write_run(path: Path, run: Run) -> None:
    """Append the line of a run that came to its end."""
    with path.open("a", encoding="ascii") as file:
        file.write(_line({"schema": SCHEMA, "run": run_row(run)}))


def read(path: Path) -> tuple[tuple[Verdict, ...], Run | None]:
    """The verdicts, and the run, which is None for a run that was cut off, be it within a line. Raises ResultsError."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ResultsError(f"{path}: cannot be read: {error}") from None
    lines = text[: text.rfind("\n") + 1].splitlines()
    verdicts: list[Verdict] = []
    run: Mapping[str, Any] | None = None
    for number, line in enumerate(lines, 1):
        try:
            row = _row(line)
            if run is not None:
                raise ValueError("stands after the line of the run, which is the last")
            if "run" in row:
                run = row["run"]
            else:
                verdicts.append(_verdict(row))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise ResultsError(f"{path}:{number}: is damaged: {type(error).__name__}: {error}") from None
    try:
        return tuple(verdicts), None if run is None else _run(run, tuple(verdicts))
    except (ValueError, KeyError, TypeError) as error:
        raise ResultsError(f"{path}:{len(lines)}: is damaged: {type(error).__name__}: {error}") from None


def verdict_row(verdict: Verdict) -> dict[str, Any]:
    """A verdict as it stands in the file."""
    row = {"schema": SCHEMA, **asdict(verdict)}
    for finding in row["findings"]:
        del finding["check"], finding["host"], finding["at_most"]  # the verdict's
    return {key: row[key] for key in ORDER}


def run_row(run: Run) -> dict[str, Any]:
    """A run as it stands in the file, without its verdicts."""
    return {
        "tool": run.tool,
        "version": run.version,
        "policies": list(run.policies),
        "started_at": run.started_at.isoformat(),
        "finished_at": run.finished_at.isoformat(),
        "hosts": list(run.hosts),
        "selection": run.selection,
    }


ORDER = ("schema", "policy", "host", "check", "level", "status", "subjects", "findings", "reason")


def _line(row: Mapping[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=True) + "\n"


def _row(line: str) -> dict[str, Any]:
    row = json.loads(line)
    if not isinstance(row, dict) or row.get("schema") != SCHEMA:
        raise ValueError(f"is not a line of schema {SCHEMA}")
    return row


def _verdict(row: Mapping[str, Any]) -> Verdict:
    return Verdict(
        row["policy"],
        row["host"],
        row["check"],
        Level(row["level"]),
        Status(row["status"]),
        tuple(SubjectResult(each["subject"], Status(each["status"]), each["reason"]) for each in row["subjects"]),
        tuple(_finding(row, each) for each in row["findings"]),
        row["reason"],
    )


def _finding(row: Mapping[str, Any], finding: Mapping[str, Any]) -> Finding:
    return Finding(check=row["check"], host=row["host"], **{**finding, "tags": tuple(finding["tags"])})


def _run(row: Mapping[str, Any], verdicts: tuple[Verdict, ...]) -> Run:
    return Run(
        row["tool"],
        row["version"],
        tuple(row["policies"]),
        _time(row["started_at"]),
        _time(row["finished_at"]),
        tuple(row["hosts"]),
        row["selection"],
        verdicts,
    )


def _time(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError(f"the time {text} has no zone")
    return time
