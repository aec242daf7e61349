"""A real sshd on loopback, in a mount namespace of its own, and targets that reach it."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tlsfleet.inside import Options
from tlsfleet.inventory import Connection, Target

OPTIONS = Options(ssh_config=os.devnull)
START = """mount -t tmpfs none /run && mkdir -m 755 /run/sshd && mount --bind "$1/passwd" /etc/passwd &&
exec /usr/sbin/sshd -D -e -f "$1/sshd_config"
"""


@dataclass(frozen=True, slots=True)
class Server:
    """A running sshd: its folder (keys, known_hosts) and port."""

    folder: Path
    port: int

    def target(
        self, arguments: str = "", key: str = "login", port: int | None = None, *, become: bool = False
    ) -> Target:
        """The target that reaches it with a key, and arguments of ssh that name its known_hosts file."""
        common = f"-o UserKnownHostsFile={self.folder}/known_hosts -o GlobalKnownHostsFile=/dev/null {arguments}"
        place = ("127.0.0.1", port or self.port, "root", str(self.folder / key))
        connection = Connection("ssh", *place, common_args=common, become=become)
        return Target("web", connection, trust_anchors=Path(os.devnull))

    def known(self, key: str) -> None:
        """Make known_hosts hold one public key for it, or none."""
        text = (self.folder / f"{key}.pub").read_text() if key else ""
        (self.folder / "known_hosts").write_text(f"[127.0.0.1]:{self.port} {text}" if key else "")


@contextmanager
def serving(folder: Path, shell: str = "/bin/sh", settings: str = "") -> Iterator[Server]:
    """An sshd whose root has a login shell."""
    for name in ("host", "login", "other"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True)
    (folder / "authorized_keys").write_text((folder / "login.pub").read_text())
    rows = Path("/etc/passwd").read_text().splitlines(keepends=True)
    moved = [row if not row.startswith("root:") else f"{row.rpartition(':')[0]}:{shell}\n" for row in rows]
    (folder / "passwd").write_text("".join(moved))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (folder / "sshd_config").write_text(
        f"ListenAddress 127.0.0.1:{port}\nHostKey {folder}/host\nPidFile none\nStrictModes no\nUsePAM no\n"
        f"PermitRootLogin yes\nAuthorizedKeysFile {folder}/authorized_keys\n{settings}"
    )
    process = subprocess.Popen(["unshare", "--mount", "sh", "-c", START, "sh", folder], stderr=subprocess.DEVNULL)
    server = Server(folder, port)
    server.known("host")
    try:
        _answers(port, process)
        yield server
    finally:
        process.terminate()
        process.wait()


def _answers(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(1000):
        assert process.poll() is None, "sshd has ended"
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.01)
    raise AssertionError("sshd does not answer")
