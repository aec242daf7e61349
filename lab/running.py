"""A host that runs: what a test or the CLI does with it."""

import hashlib
import json
import os
import stat
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from lab.namespaces import Process, inside, listening
from lab.services import SERVICES, Service
from lab.services.ssh import LOG
from lab.system import LabError

DEADLINE = 30.0
ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin", "HOME": "/root", "LC_ALL": "C.UTF-8"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a host's upper layer: what `ls -l` and its content tell (mtime in ns, digest or link target)."""

    kind: str
    mode: int
    uid: int
    gid: int
    size: int
    mtime: int
    content: str


@dataclass(frozen=True, slots=True)
class RunningHost:
    """A host in its namespaces; `variables` are its inventory variables."""

    name: str
    address: str
    folder: Path
    init: Process
    services: tuple[str, ...]
    variables: Mapping[str, str]

    @classmethod
    def recorded(cls, folder: Path) -> "RunningHost":
        """The host that an earlier run recorded in its folder."""
        record = json.loads((folder / "host.json").read_text())
        init = Process(*record["init"])
        services = tuple(record["services"])
        return cls(record["name"], record["address"], folder, init, services, record["variables"])

    def record(self) -> None:
        """Write down what `recorded` reads."""
        init = (self.init.pid, self.init.started)
        parts = {"name": self.name, "address": self.address, "services": self.services}
        record = {**parts, "init": init, "variables": dict(self.variables)}
        (self.folder / "host.json").write_text(json.dumps(record, indent=1))

    @property
    def root(self) -> Path:
        """The host's root as this machine sees it; absolute links in it lead out of it."""
        return Path(f"/proc/{self.init.pid}/root")

    def run(self, command: str, *, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a shell command in the host, as root, not over SSH."""
        argv = [*inside(self.init), "sh", "-c", command]
        result = subprocess.run(
            argv,
            capture_output=True,
            check=False,
            encoding="utf-8",
            errors="replace",
            env=ENVIRONMENT,
            umask=0o022,
            cwd="/",
        )
        if check and result.returncode:
            raise LabError(f"{self.name}: {command}: {result.stderr.strip() or result.stdout.strip()}")
        return result

    def start(self, *services: str) -> None:
        """Start services that are not running and wait until each of their ports listens."""
        for service in services:
            self._start(SERVICES[service])
        wanted = frozenset().union(*(SERVICES[service].ports for service in services))
        self._await(lambda: wanted <= listening(self.init), f"ports {sorted(wanted)} to listen")

    def stop(self, *services: str) -> None:
        """Stop services and wait until none of their ports listens."""
        for service in services:
            self.run(SERVICES[service].stop)
        gone = frozenset().union(*(SERVICES[service].ports for service in services))
        self._await(lambda: not gone & listening(self.init), f"ports {sorted(gone)} to close")

    def ssh_log(self) -> str:
        """What sshd has logged since the host came up."""
        return (self.folder / "upper" / LOG.lstrip("/")).read_text()

    def snapshot(self) -> dict[str, Entry]:
        """All that differs from this machine's root, by path, sshd's own log aside."""
        upper = self.folder / "upper"
        found = {}
        for folder, folders, files in os.walk(upper):
            for name in (*folders, *files):
                place = Path(folder, name)
                found["/" + str(place.relative_to(upper))] = entry(place)
        found.pop(LOG, None)
        return found

    def _start(self, service: Service) -> None:
        """Run a command that leaves a server behind, which may keep what the command's output goes to open."""
        kinds = ("uts", "ipc", "net", "pid") if service.is_ours else ()
        with tempfile.TemporaryFile() as said:
            argv = [*inside(self.init, *kinds), "sh", "-c", service.start]
            process = subprocess.run(
                argv,
                check=False,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                env={**ENVIRONMENT, "HOST_ROOT": str(self.root)},
                umask=0o022,
                cwd="/",
            )
            if process.returncode:
                said.seek(0)
                raise LabError(f"{self.name}: {service.start}: {said.read().decode(errors='replace').strip()}")

    def _await(self, condition: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + DEADLINE
        while not condition():
            if time.monotonic() > deadline or not self.init.alive():
                raise LabError(f"{self.name}: waited in vain for {what}")
            time.sleep(0.02)


def entry(place: Path) -> Entry:
    """What a snapshot tells of one file."""
    found = place.lstat()
    content = ""
    if stat.S_ISLNK(found.st_mode):
        content = str(place.readlink())
    elif stat.S_ISREG(found.st_mode):
        content = hashlib.sha256(place.read_bytes()).hexdigest()
    kind = stat.filemode(found.st_mode)[0]
    mode, size = stat.S_IMODE(found.st_mode), found.st_size
    return Entry(kind, mode, found.st_uid, found.st_gid, size, found.st_mtime_ns, content)
