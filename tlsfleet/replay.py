"""A saved run, to be judged again: its evidence and its times, without a network."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import Path

from tlsfleet import evidence
from tlsfleet.evidence import Evidence, EvidenceError
from tlsfleet.plan import PlanError
from tlsfleet.report import results
from tlsfleet.report.results import ResultsError
from tlsfleet.spelling import hint
from tlsfleet.verdict import Run


@dataclass(frozen=True, slots=True)
class Saved:
    """The hosts of a run that were chosen, what came of each, the times of the run and how it had been narrowed.

    ``whole`` when these are all hosts of a run that had not been narrowed.
    """

    evidence: Mapping[str, Evidence]
    times: tuple[datetime, datetime]
    selection: str
    whole: bool


def load(folder: Path, hosts: str | None) -> Saved:
    """Read a run, or the hosts of it that names and patterns (with commas) choose. Raises PlanError."""
    files = sorted((folder / "evidence").glob("*.jsonl"))
    if not files:
        raise PlanError(f"--replay: {folder} holds no run: there is no {folder / 'evidence'}/*.jsonl")
    try:
        read = [evidence.read(path) for path in files]
        path = folder / results.NAME
        run = results.read(path)[1] if path.exists() else None
    except (EvidenceError, ResultsError) as error:
        raise PlanError(f"--replay: {error}") from None
    if len({each.host for each in read}) < len(read):
        raise PlanError(f"--replay: {folder / 'evidence'}: two files are of one host")
    by_host = _in_order(read, run)
    chosen = _chosen(list(by_host), hosts, folder)
    whole = run is not None and not run.selection and len(chosen) == len(by_host)
    return Saved({name: by_host[name] for name in chosen}, _times(read, run), run.selection if run else "", whole)


def _in_order(read: list[Evidence], run: Run | None) -> dict[str, Evidence]:
    places = {name: place for place, name in enumerate(run.hosts if run else ())}
    return {each.host: each for each in sorted(read, key=lambda each: places.get(each.host, len(places)))}


def _times(read: list[Evidence], run: Run | None) -> tuple[datetime, datetime]:
    """The run's times; of one that was cut off, those of what came over."""
    if run is None:
        return min(each.sent_at for each in read), max(each.received_at for each in read)
    return run.started_at, run.finished_at


def _chosen(names: list[str], hosts: str | None, folder: Path) -> list[str]:
    if hosts is None:
        return names
    chosen: dict[str, None] = {}
    for pattern in filter(None, (part.strip() for part in hosts.split(","))):
        found = [name for name in names if name == pattern or fnmatchcase(name, pattern)]
        if not found:
            raise PlanError(f"--hosts: no host {pattern!r} in the run {folder}; {hint(pattern, names)}")
        chosen.update(dict.fromkeys(found))
    return [name for name in names if name in chosen]
