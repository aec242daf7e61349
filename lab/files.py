"""Writing the files of a host, through its merged root, with owners, modes and times as given."""

import datetime as dt
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from lab.system import LabError, run


@dataclass(frozen=True, slots=True)
class HostFiles:
    """The file tree of a host; what is written gets the modification time `when`, long before its services start."""

    root: Path
    when: dt.datetime

    def path(self, path: str) -> Path:
        """Where a host's absolute path is found from here; a link on the way would lead out of the host: LabError."""
        place = self.root
        for part in path.strip("/").split("/")[:-1]:
            place = place / part
            if place.is_symlink() and place.readlink().is_absolute():
                raise LabError(f"{path}: {part} is an absolute link; name the folder itself")
        return self.root / path.lstrip("/")

    def read(self, path: str) -> bytes:
        """What a file holds."""
        return self.path(path).read_bytes()

    def write(self, path: str, data: str | bytes, mode: int = 0o644, owner: str = "root", group: str = "root") -> None:
        """Write a file, making the folders above it (0755 root:root) where they are missing."""
        place = self.path(path)
        if place.is_symlink():
            raise LabError(f"{path} is a link; remove it first")
        self._parents(place)
        place.write_bytes(data.encode() if isinstance(data, str) else data)
        self.permit(path, mode, owner, group)

    def append(self, path: str, data: str | bytes) -> None:
        """Add to the end of a file, keeping its mode and owner."""
        with self.path(path).open("ab") as stream:
            stream.write(data.encode() if isinstance(data, str) else data)
        self.date(path)

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace a text that must be there, wherever it is in the file; LabError otherwise."""
        text = self.read(path).decode()
        if old not in text:
            raise LabError(f"{path} has no {old!r} to replace")
        self.path(path).write_text(text.replace(old, new))
        self.date(path)

    def folder(self, path: str, mode: int = 0o755, owner: str = "root", group: str = "root") -> None:
        """Make a folder, or give an existing one this mode and owner."""
        place = self.path(path)
        self._parents(place)
        place.mkdir(exist_ok=True)
        self.permit(path, mode, owner, group)

    def link(self, path: str, target: str) -> None:
        """Make a symbolic link."""
        place = self.path(path)
        self._parents(place)
        place.symlink_to(target)
        os.utime(place, (self.when.timestamp(), self.when.timestamp()), follow_symlinks=False)

    def permit(self, path: str, mode: int, owner: str = "root", group: str = "root") -> None:
        """Set mode, owner and group."""
        place = self.path(path)
        os.chown(place, self._id(owner, "passwd"), self._id(group, "group"))
        place.chmod(mode)
        self.date(path)

    def date(self, path: str, when: dt.datetime | None = None) -> None:
        """Set the modification time."""
        seconds = (when or self.when).timestamp()
        os.utime(self.path(path), (seconds, seconds))

    def remove(self, path: str) -> None:
        """Remove a file, a link or a whole folder."""
        place = self.path(path)
        if place.is_dir() and not place.is_symlink():
            shutil.rmtree(place)
        else:
            place.unlink()

    def copy(self, path: str, to: str) -> None:
        """Copy a file with its mode, owner and times."""
        source, target = self.path(path), self.path(to)
        self._parents(target)
        shutil.copy2(source, target)
        os.chown(target, source.stat().st_uid, source.stat().st_gid)

    def acl(self, path: str, entry: str) -> None:
        """Add an entry to a file's access control list, as setfacl spells it."""
        run("setfacl", "--modify", entry, str(self.path(path)))
        self.date(path)

    def join(self, group: str, *members: str) -> None:
        """Add users to a group."""
        lines = self.read("/etc/group").decode().splitlines()
        for number, line in enumerate(lines):
            name, _, present = line.partition(":")[0], *line.rpartition(":")[1:]
            if name == group:
                lines[number] = line.rpartition(":")[0] + ":" + ",".join([*filter(None, present.split(",")), *members])
        self.write("/etc/group", "".join(f"{line}\n" for line in lines))

    def _parents(self, place: Path) -> None:
        if not place.parent.exists():
            self._parents(place.parent)
            place.parent.mkdir()
            place.parent.chmod(0o755)
            os.utime(place.parent, (self.when.timestamp(), self.when.timestamp()))

    def _id(self, name: str, table: str) -> int:
        for line in self.read(f"/etc/{table}").decode().splitlines():
            fields = line.split(":")
            if fields[0] == name:
                return int(fields[2])
        raise LabError(f"the host's /etc/{table} has no {name}")
