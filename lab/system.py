"""What the lab asks of this machine: root, Linux's namespaces and overlay, Debian's packages."""

import contextlib
import os
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

PACKAGES = (
    "openssh-server",
    "openssh-client",
    "nginx",
    "postfix",
    "dovecot-imapd",
    "dovecot-pop3d",
    "prosody",
    "ssl-cert",
    "openssl",
    "acl",
    "iproute2",
    "util-linux",
)
UNITS = {
    "openssh-server": "ssh",
    "nginx": "nginx",
    "postfix": "postfix",
    "dovecot-imapd": "dovecot",
    "prosody": "prosody",
}
POLICY = Path("/usr/sbin/policy-rc.d")
START_NOTHING = "#!/bin/sh\n# tlsfleet's lab installs packages: they start nothing.\nexit 101\n"


class LabError(Exception):
    """The lab cannot do what was asked; the message is one line for the user."""


def run(*argv: str, text: str | None = None, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run a command and capture what it says; LabError with its last line where it fails and `check` is set."""
    result = subprocess.run(argv, input=text, capture_output=True, check=False, encoding="utf-8", errors="replace")
    if check and result.returncode:
        said = (result.stderr or result.stdout).strip().splitlines() or [f"exit {result.returncode}"]
        raise LabError(f"{' '.join(argv[:6])}: {said[-1]}")
    return result


def prepare() -> None:
    """Make sure that a lab can run here; LabError says in one line what is missing. Installs missing packages."""
    if obstacle := why_not():
        raise LabError(obstacle)
    put_back()
    if missing := missing_packages():
        install(missing)
    if "\toverlay" not in Path("/proc/filesystems").read_text():
        run("modprobe", "overlay", check=False)
    probe = run("unshare", "--mount", "--pid", "--uts", "--ipc", "--net", "--fork", "true", check=False)
    if probe.returncode:
        raise LabError(f"the lab needs mount, PID, UTS, IPC and network namespaces: {probe.stderr.strip()}")
    if "\toverlay" not in Path("/proc/filesystems").read_text():
        raise LabError("the lab needs the kernel's overlay file system (modprobe overlay)")


def why_not() -> str | None:
    """What no installation can mend: not root, not Debian, /usr on a file system of its own."""
    if os.geteuid() != 0:
        return "the lab needs root: it makes namespaces and mounts (audits do not); try: sudo make demo"
    if not Path("/etc/debian_version").exists():
        return "the lab needs Debian: its hosts are made of Debian's packages"
    if apart := [
        top for top in ("/usr", "/etc", "/var/lib/dpkg") if Path(top).stat().st_dev != Path("/").stat().st_dev
    ]:
        return f"the lab needs {', '.join(apart)} on the root file system: its hosts are overlays of it"
    return None


def missing_packages() -> list[str]:
    """The lab's packages that are not installed here."""
    shown = run("dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\\n", *PACKAGES, check=False).stdout
    installed = {line.split()[0] for line in shown.splitlines() if line.endswith(" installed")}
    return [package for package in PACKAGES if package not in installed]


def install(packages: Sequence[str]) -> None:
    """Install Debian packages without starting a service, now or at the next boot."""
    print(f"installing {' '.join(packages)} (nothing is started)", flush=True)
    with nothing_started():
        environment = ("env", "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C.UTF-8")
        install = (*environment, "apt-get", "-qq", "install", "--no-install-recommends", "-y", *packages)
        if run(*install, check=False).returncode:
            try:
                run(*environment, "apt-get", "-qq", "update")
                run(*install)
            except LabError as error:
                raise LabError(f"cannot install {' '.join(packages)}: {error}") from None
    units = [UNITS[package] for package in packages if package in UNITS]
    if units:
        run("systemctl", "disable", "--quiet", *units, check=False)


@contextlib.contextmanager
def nothing_started() -> Iterator[None]:
    """Put a policy-rc.d that starts nothing in place, and put back what was there."""
    put_back()
    if POLICY.exists():
        POLICY.rename(kept())
    POLICY.write_text(START_NOTHING)
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        put_back()


def put_back() -> None:
    """Undo `nothing_started`, also one that a run which died has left."""
    if POLICY.exists() and POLICY.read_text(errors="replace") == START_NOTHING:
        POLICY.unlink()
        if kept().exists():
            kept().rename(POLICY)


def kept() -> Path:
    """Where this machine's own policy-rc.d is while the lab's is in place."""
    return POLICY.with_name(f"{POLICY.name}.tlsfleet-lab")
