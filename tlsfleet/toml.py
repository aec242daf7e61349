"""TOML files that people edit: read with the line of each key, so that an error can name it."""

import re
import tomllib
from pathlib import Path
from typing import Any

TABLE = re.compile(r"^\s*(\[\[?)\s*(.+?)\s*\]\]?\s*(?:#.*)?$")
KEY = re.compile(r"""^\s*((?:"[^"]*"|'[^']*'|[A-Za-z0-9_-]+)(?:\s*\.\s*(?:"[^"]*"|'[^']*'|[A-Za-z0-9_-]+))*)\s*=""")
PART = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)'|([^.\s"']+))\s*(?:\.|$)""")
MAX_BYTES = 1_000_000


class TomlError(Exception):
    """One line: file, line where known, what is wrong and how to mend it."""


class Document:
    """A parsed file; ``data`` is its content, ``line`` finds where a key stands."""

    def __init__(self, path: Path) -> None:
        """Raises TomlError for a file that is missing, too large, not UTF-8 or not TOML."""
        self.path = path
        try:
            raw = path.read_bytes()
        except OSError as error:
            raise TomlError(f"{path}: cannot be read: {error.strerror or error}") from None
        if len(raw) > MAX_BYTES:
            raise TomlError(f"{path}: is larger than {MAX_BYTES} bytes")
        try:
            text = raw.decode("utf-8")
            self.data = tomllib.loads(text)
        except UnicodeDecodeError as error:
            raise TomlError(f"{path}:{raw[: error.start].count(10) + 1}: is not UTF-8: save it as UTF-8") from None
        except tomllib.TOMLDecodeError as error:
            raise TomlError(_located(path, str(error), text)) from None
        except RecursionError:
            raise TomlError(f"{path}: is nested too deeply") from None
        self._lines = _key_lines(text, self.data)

    def line(self, *keys: str | int) -> int:
        """The line (from 1) of a key, given its path with the index of each array table; else of the table above it."""
        wanted = tuple(keys)
        while wanted:
            if wanted in self._lines:
                return self._lines[wanted]
            wanted = wanted[:-1]
        return 1

    def error(self, message: str, *keys: str | int) -> TomlError:
        """A TomlError at a key."""
        return TomlError(f"{self.path}:{self.line(*keys)}: {message}")


def _located(path: Path, message: str, text: str) -> str:
    found = re.search(r"\(at line (\d+), column \d+\)", message)
    line = int(found[1]) if found else len(text.splitlines())
    return f"{path}:{line}: is not valid TOML: {re.sub(r' *[(]at .*[)]', '', message)}"


def _key_lines(text: str, data: dict[str, Any]) -> dict[tuple[str | int, ...], int]:
    """The line of each key; what only looks like one, in a text or list of several lines, is not in the data."""
    lines: dict[tuple[str | int, ...], int] = {}
    counts: dict[tuple[str, ...], int] = {}
    table: tuple[str | int, ...] = ()
    for number, row in enumerate(text.splitlines(), 1):
        if (header := TABLE.match(row)) and _is_in(data, _parts(header[2])):
            table = names = _parts(header[2])
            for depth in range(1, len(names) + 1):
                lines.setdefault(names[:depth], number)
            if header[1] == "[[":
                table = (*names, counts.get(names, 0))
                counts[names] = counts.get(names, 0) + 1
            lines.setdefault(table, number)
        elif (key := KEY.match(row)) and _is_in(data, (*table, *_parts(key[1]))):
            lines.setdefault((*table, *_parts(key[1])), number)
    return lines


def _is_in(data: Any, keys: tuple[str | int, ...]) -> bool:
    for key in keys:
        if isinstance(data, list) and isinstance(key, str):
            data = data[-1] if data else None  # a table below the last of a list
        try:
            data = data[key]
        except (KeyError, IndexError, TypeError):
            return False
    return True


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(next(filter(None, part)) for part in PART.findall(dotted) if any(part))
