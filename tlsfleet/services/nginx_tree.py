"""nginx's configuration as one tree of statements, includes spliced in place, from what nginx.awk sent."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from tlsfleet.facts import Unknown
from tlsfleet.text import path_text

WITHHELD = "\0withheld"  # a value that was not sent
INLINE = "\0inline"  # data: the certificate or key is in the configuration itself
HELD = "\0held"  # a key that an engine or a store holds
MARKERS = {"\\w": WITHHELD, "\\d": INLINE, "\\k": HELD, "\\e": ""}

MAX_STATEMENTS = 300_000
MAX_DEPTH = 64
UNREAD = {
    "m": "no such file",
    "r": "permission denied",
    "x": "its folder cannot be looked into",
    "d": "it is not a regular file",
    "b": "it is too big",
    "z": "it holds NUL bytes",
}
REFUSED = {
    "too_long_parameter": "a parameter or comment is too long",
    "unexpected_semicolon": 'unexpected ";"',
    "unexpected_brace": 'unexpected "{"',
    "unexpected_closing_brace": 'unexpected "}"',
    "unexpected_after_quote": "unexpected text after a quoted parameter",
    "unexpected_end_of_file": "the file ends within a directive",
    "missing_closing_brace": 'a "}" is missing',
}
GIVEN_UP = {
    "too_many_files": "there are too many files",
    "too_much_configuration": "there is too much of it",
    "cannot_be_read": "it cannot be read",
}


class DamagedError(Exception):
    """What came over is not what nginx.awk writes."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One directive; ``block`` is None where it opens none. ``unread`` is set for an include that was not read."""

    name: str
    args: tuple[str, ...]
    where: str
    block: tuple["Statement", ...] | None = None
    unread: str | None = None


@dataclass(frozen=True, slots=True)
class Tree:
    """The whole configuration; ``problems`` are what nginx refuses, ``gaps`` what could not be read of it."""

    statements: tuple[Statement, ...]
    problems: tuple[str, ...]
    gaps: tuple[Unknown, ...]
    files: tuple[str, ...]


@dataclass(slots=True)
class _Row:
    """A statement of one file, its includes not yet spliced: kind is S, B, I, N or P."""

    kind: str
    line: int
    words: list[str]
    block: list["_Row"] = field(default_factory=list)


def parse(text: str) -> Tree:
    """The tree of what nginx.awk wrote. Raises DamagedError."""
    files = _files(text)
    splicer = _Splicer(files)
    statements = tuple(splicer.splice("-g", 0) if "-g" in files else ()) + tuple(splicer.splice("/", 0))
    return Tree(
        statements,
        tuple(splicer.problems),
        tuple(splicer.gaps),
        tuple(path for path in files if path not in {"-g", "/"}),
    )


def _files(text: str) -> dict[str, list[_Row]]:
    """Each file's rows, nested by its blocks."""
    lines = text.split("\n")
    if lines[-2:] != ["Z", ""]:
        raise DamagedError("it is cut off")
    files: dict[str, list[_Row]] = {}
    stack: list[list[_Row]] = [[]]
    path, ended = "", True
    for line in lines[:-2]:
        kind, _, rest = line.partition(" ")
        words = rest.split(" ")
        if kind == "F":
            path, stack = _decode(rest), [[]]
            if not ended or path in files:
                raise DamagedError("a file was not read to its end")
            files[path], ended = stack[0], path == "/"
        elif kind == "E" and len(stack) == 1 and _decode(rest) == path and not ended:
            ended = True
        elif kind in {"S", "B", "I", "N", "P", "X"} and words[0].isdecimal() and len(words[0]) < 9 and path in files:
            _add(_Row(kind, int(words[0]), [_decode(word) for word in words[1:]]), stack)
            ended = ended or kind == "P"
        else:
            raise DamagedError("it holds a line that cannot be")
    if not ended:
        raise DamagedError("a file was not read to its end")
    return files


def _add(row: _Row, stack: list[list[_Row]]) -> None:
    least = {"S": 1, "B": 1, "N": 2, "P": 1}.get(row.kind, 0)
    if len(row.words) < least or (row.kind == "X" and len(stack) == 1):
        raise DamagedError("it holds a line that cannot be")
    if row.kind == "X":
        stack.pop()
        return
    # Where nginx stops within a block, whatever would follow in the blocks around it is unread too.
    for rows in stack if row.kind == "P" else stack[-1:]:
        rows.append(row)
    if row.kind == "B":
        stack.append(row.block)


def _decode(word: str) -> str:
    if word in MARKERS:
        return MARKERS[word]
    data = re.sub(r"\\0([0-3][0-7]{2})", lambda match: chr(int(match[1], 8)), word)
    if not word or "\0" in data or re.search(r"\\(?!0[0-3][0-7]{2})", word):
        raise DamagedError("it holds a value that cannot be")
    return path_text(data.encode("latin-1", "replace"))


class _Splicer:
    """Puts every include's files in its place, as nginx reads them."""

    def __init__(self, files: dict[str, list[_Row]]) -> None:
        self.files = files
        self.problems: dict[str, None] = {}
        self.gaps: dict[Unknown, None] = {}
        self.count = 0
        self.open: list[str] = []

    def splice(self, path: str, depth: int) -> Iterator[Statement]:
        if path in self.open:
            self.problems[f"{path}: includes itself"] = None
            yield self.gap(path, "it includes itself")
            return
        self.open.append(path)
        yield from self.rows(self.files.get(path), path, depth)
        self.open.pop()

    def rows(self, rows: list[_Row] | None, path: str, depth: int) -> Iterator[Statement]:
        if rows is None or depth > MAX_DEPTH:
            yield self.gap(
                path, "it did not come over" if rows is None else "its blocks or includes are nested too deep"
            )
            return
        for row in rows:
            self.count += 1
            if self.count > MAX_STATEMENTS:
                raise DamagedError("it is larger than any configuration")
            yield from self.row(row, path, depth)

    def row(self, row: _Row, path: str, depth: int) -> Iterator[Statement]:
        where = f"{path}:{row.line}"
        if row.kind == "I":
            for included in row.words:
                yield from self.splice(included, depth + 1)
        elif row.kind == "N":
            yield self.not_read(row, where if path != "/" else row.words[0])
        elif row.kind == "P":
            yield self.broken(row.words[0], where)
        else:
            block = tuple(self.rows(row.block, path, depth + 1)) if row.kind == "B" else None
            yield Statement(row.words[0], tuple(row.words[1:]), where, block)

    def not_read(self, row: _Row, where: str) -> Statement:
        reason = f"{row.words[0]}: {UNREAD.get(row.words[1], 'it was not read')}"
        if row.words[1] == "m":
            self.problems[f"{where}: include {reason}"] = None
        return self.gap(where, reason)

    def broken(self, word: str, where: str) -> Statement:
        if word in REFUSED:
            self.problems[f"{where}: {REFUSED[word]}"] = None
        return self.gap(where, REFUSED.get(word) or GIVEN_UP.get(word, "it was not read"))

    def gap(self, where: str, reason: str) -> Statement:
        self.gaps[Unknown(where, f"what follows here was not read: {reason}")] = None
        return Statement("include", (), where, unread=reason)
