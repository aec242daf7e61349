"""Where files are: the frames of the script's walk made into FileFacts, links resolved as the host resolved them."""

import re
from collections.abc import Mapping
from functools import cached_property

from tlsfleet.evidence import Evidence
from tlsfleet.facts import Absent, AclEntry, FileFacts, FileStat, Folder, FolderListing, Missing, Unknown
from tlsfleet.text import path_text

PURPOSES = ("certificate", "key", "csr", "dh", "scan", "file")
KINDS = {0o100000: "file", 0o040000: "directory", 0o120000: "link"}
MAX_HOPS = 40
BASE = {"user", "group", "other"}  # entries that every ACL has
NOT_SENT = "what is there did not come over"
NO_ACL = "its ACL was not brought"
DENIED = "permission denied on the way to it"

Labels = Mapping[str, tuple[int, int, int, int]]  # certificates, private keys, encrypted keys, blocks


class Tree:
    """All objects that the script met, by path."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence

    @cached_property
    def stats(self) -> Mapping[str, FileStat]:
        """What lstat said of each path."""
        frame = self._evidence.of("stat")
        rows = frame[0].data.split(b"\n") if frame else []
        acls, why = self._acls, next((each.unknown for each in self._evidence.of("acl") if each.unknown), NO_ACL)
        return {path: stat for row in rows for path, stat in _stat(row, acls, why)}

    @cached_property
    def _acls(self) -> Mapping[str, tuple[AclEntry, ...] | Unknown]:
        found: dict[str, tuple[AclEntry, ...] | Unknown] = {}
        for frame in self._evidence.of("acl"):
            found.update(_acl_blocks(frame.data))
        return found

    def empty(self, path: str) -> bool:
        """Whether a path leads to a regular file of no bytes."""
        real = self.resolve(path)
        stat = self.stats.get(real) if isinstance(real, str) else None
        return stat is not None and stat.kind == "file" and stat.size == 0

    @cached_property
    def links(self) -> Mapping[str, str]:
        """What each link holds."""
        rows = self._lines("links")
        return dict(zip(rows[::2], rows[1::2], strict=False))

    @cached_property
    def _absent(self) -> frozenset[str]:
        return frozenset(self._lines("absent"))

    @cached_property
    def _hidden(self) -> frozenset[str]:
        return frozenset(self._lines("hidden"))

    def _lines(self, kind: str) -> list[str]:
        frame = self._evidence.of(kind)
        return [path_text(row) for row in frame[0].data.split(b"\n")[:-1]] if frame else []

    @cached_property
    def used(self) -> Mapping[str, tuple[str, ...]]:
        """The paths in use, by purpose."""
        found: dict[str, dict[str, None]] = {}
        for frame in self._evidence.of("uses"):
            for row in frame.data.split(b"\n"):
                use, _, path = row.partition(b" ")
                found.setdefault(use.decode("ascii", "replace"), {})[path_text(path)] = None
        for purpose in PURPOSES:
            for frame in self._evidence.of(purpose):
                found.setdefault(purpose, {})[frame.subject] = None
        return {purpose: tuple(filter(None, paths)) for purpose, paths in found.items()}

    def files(self, labels: Labels) -> tuple[FileFacts | Missing, ...] | Unknown:
        """Every file in use."""
        if not self._evidence.of("stat"):
            return Unknown("files", "the host's files could not be looked at")
        paths = dict.fromkeys(path for purpose in PURPOSES for path in self.used.get(purpose, ()))
        return tuple(self._file(path, labels) for path in paths)

    def missing(self, path: str) -> Missing | None:
        """Why there is nothing at a path; None where there is something."""
        found = self.resolve(path)
        return None if isinstance(found, str) else found

    def listings(self) -> tuple[FolderListing | Missing, ...] | Unknown:
        """The notes' folders."""
        names = {frame.subject: frame for frame in self._evidence.of("listing")}
        found: list[FolderListing | Missing] = []
        for path in self.used.get("file", ()):
            frame = names.get(path)
            if frame is not None and frame.unknown is not None:
                found.append(Unknown(path, frame.unknown))
            elif frame is not None:
                found.append(FolderListing(path, tuple(filter(None, frame.text.split("\n")))))
            elif (gone := self.missing(path)) is not None:
                found.append(gone)
        return tuple(found)

    def resolve(self, path: str) -> str | Missing:
        """The real path that a path leads to."""
        real, _ = self._walk(path)
        return real

    def _walk(self, path: str) -> tuple[str | Missing, tuple[str, ...]]:
        """Where a path leads, and every object on the way, from the root on, in order."""
        rest, at, met, hops = path.strip("/").split("/"), "", ["/"], 0
        first_link: str | None = None
        if "/" not in self.stats:
            return Unknown(path, NOT_SENT), ()
        while rest:
            part = rest.pop(0)
            if part in {"", "."}:
                continue
            if part == "..":
                at = at.rpartition("/")[0]
                continue
            at = f"{at}/{part}"
            if at in self._absent:
                return Absent(path, at if first_link else None), tuple(met)
            stat = self.stats.get(at)
            if stat is None:
                return Unknown(path, DENIED if at in self._hidden else NOT_SENT), tuple(met)
            met.append(at)
            if stat.kind == "link":
                hops += 1
                target = self.links.get(at)
                if target is None or hops > MAX_HOPS:
                    return Unknown(path, f"the link {at} cannot be followed"), tuple(met)
                first_link = first_link or at
                at = "" if target.startswith("/") else at.rpartition("/")[0]
                rest = [*target.strip("/").split("/"), *rest]
        return at or "/", tuple(met)

    def _file(self, path: str, labels: Labels) -> FileFacts | Missing:
        real, met = self._walk(path)
        if not isinstance(real, str):
            return real
        parents = tuple(
            Folder(each, self.stats[each]) for each in dict.fromkeys(met) if each in self._folders(met, real)
        )
        holds = self._holds_key(path, labels)
        link = self.stats.get("/" + path.strip("/"), self.stats[real])
        return FileFacts(path, real, link, self.stats[real], parents, holds)

    def _folders(self, met: tuple[str, ...], real: str) -> set[str]:
        return {each for each in met if each != real and self.stats.get(each) and self.stats[each].kind == "directory"}

    def _holds_key(self, path: str, labels: Labels) -> bool | Unknown | None:
        for purpose in ("scan", "certificate", "csr", "dh"):
            for frame in self._evidence.of(purpose):
                if frame.subject == path and frame.unknown is not None:
                    return Unknown(path, frame.unknown)
                if frame.subject == path and purpose == "scan":
                    return True
        if path in labels:
            return labels[path][1] > 0
        return False if self.empty(path) else None


def _stat(row: bytes, acls: Mapping[str, tuple[AclEntry, ...] | Unknown], why: str) -> list[tuple[str, FileStat]]:
    parts = row.split(b":", 7)
    if len(parts) != 8 or not re.fullmatch(rb"[0-9a-f]{1,8}", parts[0]) or not all(map(_is_number, parts[1:5])):
        return []
    mode, path = int(parts[0], 16), path_text(parts[7])
    uid, gid, size, mtime = map(int, parts[1:5])
    owner, group = (path_text(part) for part in parts[5:7])
    kind = KINDS.get(mode & 0o170000, "other")
    names = (str(uid) if owner == "UNKNOWN" else owner, str(gid) if group == "UNKNOWN" else group)
    acl = () if kind == "link" else acls.get(path, Unknown(path, why))  # a link has none of its own
    return [(path, FileStat(kind, mode & 0o7777, uid, gid, *names, size, float(mtime), acl))]


def _is_number(text: bytes) -> bool:
    return bool(re.fullmatch(rb"-?\d{1,19}", text))


def _acl_blocks(data: bytes) -> dict[str, tuple[AclEntry, ...] | Unknown]:
    """getfacl's blocks: ``# file: PATH``, then entries ``KIND:NAME:rwx``; odd bytes as octal, backslashes doubled."""
    found: dict[str, tuple[AclEntry, ...] | Unknown] = {}
    for block in data.split(b"\n\n"):
        head = re.search(rb"^# file: (.*)$", block, re.MULTILINE)
        if head is None:
            continue
        path = path_text(_unquoted(head[1]))
        lines = block.decode("utf-8", "backslashreplace").split("\n")
        entries = [_acl_entry(line) for line in lines if line and not line.startswith(("#", "default:"))]
        known = tuple(entry for entry in entries if entry is not None)
        whole = len(known) == len(entries) and {entry.kind for entry in known if not entry.name} >= BASE
        extended = len(known) > len(BASE)  # else it says what the mode says
        found[path] = (known if extended else ()) if whole else Unknown(path, "its ACL could not be read")
    return found


def _unquoted(text: bytes) -> bytes:
    return re.sub(
        rb"\\(\\|[0-7]{3})", lambda quoted: b"\\" if quoted[1] == b"\\" else bytes([int(quoted[1], 8) & 255]), text
    )


def _acl_entry(line: str) -> AclEntry | None:
    found = re.fullmatch(r"(user|group|mask|other):(.*):([r-])([w-])([x-])(?:\s+#effective:.*)?", line)
    if found is None:
        return None
    bits = sum(value for value, flag in zip((4, 2, 1), found.groups()[2:], strict=True) if flag != "-")
    return AclEntry(found[1], re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), found[2]), bits)
