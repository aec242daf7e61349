"""Namespaces: processes that hold them, the bridge between them, and the way into them.

Every mount and interface of a host lives in namespaces that one process holds: when that process ends, the kernel takes
everything back. Nothing is added to this machine's own network or mount namespace but the lab's tmpfs.
"""

import os
import select
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lab.system import LabError, run

NETWORK = "10.97"
AUDITOR = f"{NETWORK}.255.254"

_RECORD = """
read -r stat < /proc/self/stat; set -- $stat; me="$1 ${22}"
echo "$me" > "$folder/init"
"""

_AUDITOR = (
    """set -e
folder=$1 address=$2
"""
    + _RECORD
    + """
ip link set lo up
ip link add lab type bridge
ip addr add $address/16 dev lab
ip addr add fd97::ffff/64 dev lab nodad
ip link set lab up
echo "$me"
exec sleep infinity < /dev/null > /dev/null 2>&1
"""
)

_HOST = (
    """set -e
folder=$1 base=$2 name=$3
"""
    + _RECORD
    + """
mount -t overlay -o "lowerdir=$base:/,upperdir=$folder/upper,workdir=$folder/work,index=off,metacopy=off" \
    overlay "$folder/root"
cd "$folder/root"
mount -t proc -o nosuid,nodev,noexec proc proc
mount -t sysfs -o ro,nosuid,nodev,noexec sysfs sys
mount -t tmpfs -o mode=755,nosuid dev dev
mknod -m 666 dev/null c 1 3
mknod -m 666 dev/zero c 1 5
mknod -m 666 dev/full c 1 7
mknod -m 666 dev/random c 1 8
mknod -m 666 dev/urandom c 1 9
mknod -m 666 dev/tty c 5 0
mkdir -m 755 dev/pts
mkdir -m 1777 dev/shm
mount -t devpts -o newinstance,mode=620,ptmxmode=666,gid=5 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
ln -s /proc/self/fd/0 dev/stdin
ln -s /proc/self/fd/1 dev/stdout
ln -s /proc/self/fd/2 dev/stderr
hostname "$name"
ip link set lo up
pivot_root . .
umount -l .
cd /
echo "$me"
exec < /dev/null > /dev/null 2>&1
while :; do sleep infinity & wait; done
"""
)


@dataclass(frozen=True, slots=True)
class Process:
    """A process by its id and start time (clock ticks since boot), so that a reused id is never taken for it."""

    pid: int
    started: int

    @classmethod
    def of(cls, pid: int) -> "Process | None":
        """The process that has this id now."""
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return None
        return None if fields[0] in "ZX" else cls(pid, int(fields[19]))

    @classmethod
    def recorded(cls, file: Path) -> "Process | None":
        """The process that a holder recorded of itself, whether it lives or not."""
        try:
            pid, started = file.read_text().split()
        except (OSError, ValueError):
            return None
        return cls(int(pid), int(started))

    def alive(self) -> bool:
        """Whether it still runs."""
        return Process.of(self.pid) == self

    def kill(self) -> None:
        """End it and wait until the kernel has taken it away (at most ten seconds)."""
        try:
            handle = os.pidfd_open(self.pid)
        except ProcessLookupError:
            return
        try:
            if self.alive():
                signal.pidfd_send_signal(handle, signal.SIGKILL)
                select.select([handle], [], [], 10)
        finally:
            os.close(handle)


def hold_auditor(folder: Path) -> Process:
    """A process that holds the auditor's network namespace, with the bridge in it."""
    return _hold(["--net"], _AUDITOR, str(folder), AUDITOR)


def hold_host(folder: Path, base: Path, name: str) -> Process:
    """PID 1 of a host whose root is an overlay: `folder`/upper on `base` on this machine's root."""
    for part in ("upper", "work", "root"):
        (folder / part).mkdir()
        (folder / part).chmod(0o755)
    kinds = ["--mount", "--pid", "--uts", "--ipc", "--net", "--fork"]
    return _hold(kinds, _HOST, str(folder), str(base), name)


def _hold(kinds: Sequence[str], script: str, *arguments: str) -> Process:
    argv = ["setsid", "--fork", "unshare", *kinds, "sh", "-c", script, "sh", *arguments]
    with tempfile.TemporaryFile() as errors:
        # Not to end of file: unshare itself stays and keeps the pipe open.
        with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors) as starter:
            assert starter.stdout is not None
            said = starter.stdout.readline().split()
        if len(said) != 2:
            errors.seek(0)
            raise LabError(f"cannot make the lab's namespaces: {errors.read().decode(errors='replace').strip()}")
    return Process(int(said[0]), int(said[1]))


def connect(auditor: Process, host: Process, index: int) -> str:
    """Join a host to the auditor's bridge and return its IPv4 address; it has no route to anything else."""
    address = f"{NETWORK}.{index // 250}.{index % 250 + 1}"
    run(
        *inside(auditor, "net"),
        *("ip", "-batch", "-"),
        text=f"link add h{index} type veth peer name eth0 netns {host.pid}\nlink set h{index} master lab up\n",
    )
    run(
        *inside(host, "net"),
        *("ip", "-batch", "-"),
        text=f"addr add {address}/16 dev eth0\naddr add {ipv6(index)}/64 dev eth0 nodad\nlink set eth0 up\n",
    )
    return address


def ipv6(index: int) -> str:
    """The IPv6 address of a host."""
    return f"fd97::{index + 1:x}"


def inside(holder: Process, *kinds: str) -> list[str]:
    """The words that run the command after them in a holder's namespaces (all of a host's where none is named)."""
    names = kinds or ("mount", "uts", "ipc", "net", "pid")
    return ["nsenter", "--target", str(holder.pid), *(f"--{kind}" for kind in names), "--"]


def listening(host: Process) -> set[int]:
    """The TCP ports on which a host listens, on whatever address."""
    ports = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{host.pid}/net/{table}").read_text().splitlines()[1:]:
            local, state = line.split()[1], line.split()[3]
            if state == "0A":
                ports.add(int(local.rpartition(":")[2], 16))
    return ports
