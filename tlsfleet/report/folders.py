"""The folder of a run: named by its UTC time, never an existing one; ``latest`` leads to the newest."""

import os
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

LATEST = "latest"
NAME = "%Y%m%dT%H%M%SZ"
NAME_BYTES = 200  # of a file system's 255, for what is appended


def new_run(reports: Path, now: datetime) -> Path:
    """Make the folder of a run with its parts, and lead ``latest`` to it. A second run in one second takes the next.

    Raises OSError.
    """
    reports.mkdir(parents=True, exist_ok=True)
    folder = _made(reports, now.astimezone(UTC))
    for part in ("evidence", "facts"):
        (folder / part).mkdir()
    _lead_latest(reports, folder.name)
    return folder


def find_run(text: str, reports: Path, root: Path) -> Path:
    """The run that a user names: ``latest``, a name below the reports, or a path (a relative one starts at root)."""
    named = reports / text
    return named if Path(text).name == text and named.is_dir() else root / Path(text).expanduser()


def file_name(host: str) -> str:
    """A host's name as a file name: percent-encoded, never hidden, at most 200 bytes; two hosts never share one."""
    raw = host.encode("utf-8", "surrogatepass")
    name = quote(raw, safe="@")
    name = f"%2E{name[1:]}" if name.startswith(".") else name
    return name if len(name) <= NAME_BYTES else f"{name[: NAME_BYTES - 33]}~{sha256(raw).hexdigest()[:32]}"


def refusal(reports: Path) -> str | None:
    """Why no run could be left there, without making anything; None when one could."""
    place = next(path for path in (reports, *reports.parents) if os.path.lexists(path))
    if not place.is_dir():
        return f"{place} is not a folder"
    return None if os.access(place, os.W_OK | os.X_OK) else f"{place} cannot be written to"


def _made(reports: Path, time: datetime) -> Path:
    while True:
        folder = reports / time.strftime(NAME)
        try:
            folder.mkdir()
        except FileExistsError:
            time += timedelta(seconds=1)
        else:
            return folder


def _lead_latest(reports: Path, name: str) -> None:
    """Swap the link in one step; what is no link of ours is left alone."""
    latest = reports / LATEST
    if latest.exists() and not latest.is_symlink():
        return
    fresh = reports / f".{LATEST}-{os.getpid()}"
    fresh.symlink_to(name, target_is_directory=True)
    fresh.replace(latest)
