"""A running lab: its hosts, its auditor, its inventory, and the taking down of all of it."""

import contextlib
import datetime as dt
import fcntl
import os
import shlex
import shutil
import subprocess
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from lab import base, layout
from lab.ca import ROOT, Authority, issue
from lab.files import HostFiles
from lab.host import Host, Site
from lab.keys import pem
from lab.namespaces import Process, connect, hold_auditor, hold_host, inside, ipv6
from lab.running import RunningHost
from lab.services import SERVICES
from lab.system import LabError, run

LABS = Path("/run/tlsfleet-lab")
WORKERS = 4


class Lab:
    """A lab by name. Its state is in a tmpfs of its own, `/run/tlsfleet-lab/NAME`; `hosts` are those that are up."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.folder = LABS / name
        self.hosts: dict[str, RunningHost] = {}
        self._lock = threading.Lock()

    @classmethod
    def create(cls, name: str) -> Self:
        """A new, empty lab, which is taken for dead when this process ends without `keep` or `down`."""
        lab = cls(name)
        try:
            with locked():
                lab.folder.mkdir(parents=True)
                run("mount", "-t", "tmpfs", "-o", "mode=700", f"tlsfleet-lab-{name}", str(lab.folder))
                owner = Process.of(os.getpid())
                assert owner is not None
                (lab.folder / "owner").write_text(f"{owner.pid} {owner.started}")
            lab._furnish()
        except FileExistsError:
            raise LabError(f"the lab {name!r} is up already; take it down: python -m lab down") from None
        except BaseException:
            lab.down()
            raise
        return lab

    @classmethod
    def open(cls, name: str) -> "Lab":
        """The lab of this name, with the hosts that are up; LabError where there is none."""
        lab = cls(name)
        auditor = Process.recorded(lab.folder / "init")
        if not auditor or not auditor.alive():
            raise LabError("no lab is up; start one: python -m lab up sound")
        for record in sorted(lab.folder.glob("hosts/*/host.json")):
            host = RunningHost.recorded(record.parent)
            if host.init.alive():
                lab.hosts[host.name] = host
        return lab

    def _furnish(self) -> None:
        for part in ("hosts", "base"):
            (self.folder / part).mkdir()
        base.make(self.folder / "base")
        root = issue(ROOT, dt.datetime.now(dt.UTC))
        (self.folder / "root.pem").write_bytes(root.pem())
        _private(self.folder / "root.key", pem(root.key))
        user = ed25519.Ed25519PrivateKey.generate()
        _private(self.folder / "id_ed25519", _openssh_private(user))
        (self.folder / "id_ed25519.pub").write_text(f"{_openssh_public(user)} auditor\n")
        (self.folder / "known_hosts").touch()
        hold_auditor(self.folder)

    def keep(self) -> None:
        """Let the lab live on when this process ends."""
        (self.folder / "owner").unlink(missing_ok=True)

    def dead(self) -> bool:
        """Whether the run that made it ended without taking it down, or its processes are gone."""
        if owner := Process.recorded(self.folder / "owner"):
            return not owner.alive()
        auditor = Process.recorded(self.folder / "init")
        return auditor is None or not auditor.alive()

    @property
    def auditor(self) -> Process:
        """The process that holds the auditor's network namespace."""
        auditor = Process.recorded(self.folder / "init")
        if auditor is None or not auditor.alive():
            raise LabError(f"the lab {self.name!r} is not up")
        return auditor

    def run(self, argv: Sequence[str], **options: object) -> subprocess.CompletedProcess[str]:
        """Run a command of this machine in the auditor's network namespace; `options` as `subprocess.run` has them."""
        return subprocess.run([*self.command(), *argv], check=False, **options)  # type: ignore[call-overload,no-any-return]  # as subprocess.run has them

    def command(self) -> list[str]:
        """The words that run the command after them in the auditor's network namespace."""
        return inside(self.auditor, "net")

    def ssh(self, name: str, *command: str) -> list[str]:
        """The words that open an SSH session on a host, its key checked, from anywhere on this machine."""
        if name not in self.hosts:
            raise LabError(f"no host {name!r} is up; these are: {', '.join(self.hosts) or 'none'}")
        options = ["-F", "none", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes"]
        options += ["-o", f"UserKnownHostsFile={self.folder}/known_hosts", "-i", f"{self.folder}/id_ed25519"]
        return [*self.command(), "ssh", *options, f"root@{self.hosts[name].address}", *command]

    def up(self, hosts: Iterable[Host]) -> list[RunningHost]:
        """Bring hosts up concurrently, those that are not up yet; where one fails, take down what this call started."""
        wanted = list(hosts)
        missing = list({host.name: host for host in wanted if host.name not in self.hosts}.values())
        with ThreadPoolExecutor(WORKERS) as pool:
            started = [pool.submit(self._boot, host) for host in missing]
            try:
                for future in started:
                    running = future.result()
                    self.hosts[running.name] = running
            except BaseException:
                for future in started:
                    future.cancel()
                pool.shutdown()
                for host in missing:
                    self.remove(host.name)
                raise
        return [self.hosts[host.name] for host in wanted]

    def remove(self, name: str) -> None:
        """Take one host down."""
        self.hosts.pop(name, None)
        folder = self.folder / "hosts" / name
        if init := Process.recorded(folder / "init"):
            init.kill()
        shutil.rmtree(folder, ignore_errors=True)

    def inventory(self, names: Iterable[str] | None = None) -> Path:
        """Write an inventory (INI) of hosts that are up, all of them unless named, and return its path."""
        chosen = sorted(self.hosts) if names is None else list(names)
        lines = [f"{name} {_assignments(self.hosts[name].variables)}" for name in chosen]
        with self._lock:
            number = len(list(self.folder.glob("inventory*.ini")))
            file = self.folder / ("inventory.ini" if names is None else f"inventory-{number}.ini")
            file.write_text("\n".join(["# Written by the lab.", "[lab]", *lines, ""]))
        return file

    def down(self) -> None:
        """Take everything down, also what a run that died has left. Ends only what the lab recorded as its own."""
        for record in [*self.folder.glob("hosts/*/init"), self.folder / "init"]:
            if process := Process.recorded(record):
                process.kill()
        self.hosts.clear()
        if os.path.ismount(self.folder) and run("umount", str(self.folder), check=False).returncode:
            run("umount", "--lazy", str(self.folder))
        with contextlib.suppress(OSError):
            self.folder.rmdir()
            LABS.rmdir()

    def _boot(self, host: Host) -> RunningHost:
        folder = self.folder / "hosts" / host.name
        folder.mkdir()
        init = hold_host(folder, self.folder / "base", host.name)
        index = self._index()
        address = connect(self.auditor, init, index)
        now = dt.datetime.now(dt.UTC)
        laid = now - dt.timedelta(days=max(host.leaf.age, 1), hours=-1)
        site = layout.prepare(host, HostFiles(Path(f"/proc/{init.pid}/root"), laid), now, self._root())
        services = ("ssh", *host.services)
        layout.lay(site)
        for service in services:
            SERVICES[service].configure(site)
        self._identify(site, address)
        for plant in host.plants:
            plant(site)
        running = RunningHost(host.name, address, folder, init, services, self._variables(host, address, ipv6(index)))
        running.record()
        running.start(*services)
        for plant in host.plants_running:
            plant(site)
        return running

    def _identify(self, site: Site, address: str) -> None:
        """Give a host a key of its own that the auditor knows, and let the auditor in."""
        key = ed25519.Ed25519PrivateKey.generate()
        site.files.write("/etc/ssh/ssh_host_ed25519_key", _openssh_private(key), 0o600)
        site.files.write("/etc/ssh/ssh_host_ed25519_key.pub", f"{_openssh_public(key)}\n")
        site.files.folder("/root/.ssh", 0o700)
        site.files.write("/root/.ssh/authorized_keys", (self.folder / "id_ed25519.pub").read_text(), 0o600)
        with self._lock, (self.folder / "known_hosts").open("a") as known:
            known.write(f"{address} {_openssh_public(key)}\n")

    def _variables(self, host: Host, address: str, address6: str) -> dict[str, str]:
        variables = {
            "ansible_host": address,
            "ansible_user": "root",
            "ansible_ssh_private_key_file": f"{self.folder}/id_ed25519",
            "ansible_ssh_common_args": f"-o UserKnownHostsFile={self.folder}/known_hosts",
            "tls_policy": host.policy,
            "tls_trust_anchors": f"{self.folder}/root.pem",
        }
        if host.names:
            variables["tls_names"] = ",".join(host.names)
        if host.key_group_members:
            variables["tls_key_readers"] = ",".join(host.key_group_members)
        return variables | {name: value.replace("{ipv6}", address6) for name, value in host.variables}

    def _root(self) -> Authority:
        key = serialization.load_pem_private_key((self.folder / "root.key").read_bytes(), None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        return Authority(x509.load_pem_x509_certificate((self.folder / "root.pem").read_bytes()), key)

    def _index(self) -> int:
        with self._lock, locked():
            file = self.folder / "addresses"
            index = int(file.read_text()) + 1 if file.exists() else 10
            file.write_text(str(index))
        return index


@contextlib.contextmanager
def locked() -> Iterator[None]:
    """Hold the lock that labs of several processes share."""
    LABS.mkdir(exist_ok=True)
    handle = os.open(LABS, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def clean() -> None:
    """Take down what labs of dead runs have left."""
    with locked():
        dead = [lab for lab in (Lab(folder.name) for folder in LABS.iterdir()) if lab.dead()]
    for lab in dead:
        lab.down()


def _assignments(variables: Mapping[str, str]) -> str:
    return " ".join(f"{key}={shlex.quote(value)}" for key, value in variables.items())


def _private(file: Path, data: bytes) -> None:
    file.touch(0o600)
    file.write_bytes(data)


def _openssh_private(key: ed25519.Ed25519PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
    )


def _openssh_public(key: ed25519.Ed25519PrivateKey) -> str:
    encoded = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    return encoded.decode()
