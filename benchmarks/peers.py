"""The scanners that the wire engine is held against, as commands; Debian's are installed by the bench itself."""

import shutil
import sys
from collections.abc import Sequence

from lab.system import LabError, install

PACKAGES = {"sslscan": "sslscan", "testssl": "testssl.sh"}


def provide() -> None:
    """Install those of Debian's that are missing; where that fails, the bench goes on without."""
    missing = [package for program, package in PACKAGES.items() if not shutil.which(program)]
    if missing:
        try:
            install(missing)
        except LabError as error:
            print(f"bench: without {' and '.join(missing)}: {error}", file=sys.stderr)


def ours(name: str, address: str, endpoints: Sequence[str]) -> list[str]:
    """tlsfleet's wire engine; endpoints are PORT[/STARTTLS]."""
    return [sys.executable, "-m", "benchmarks.examining", name, address, *endpoints]


def sslyze(name: str, address: str, endpoints: Sequence[str]) -> list[str]:
    """sslyze's full scan."""
    return [sys.executable, "-W", "ignore", "-m", "benchmarks.scanning", name, address, *endpoints]


def sslscan(name: str, address: str, port: int) -> list[str] | None:
    """sslscan's default scan, its words alone; None where it is not installed."""
    found = ["sslscan", "--no-colour", f"--sni-name={name}", f"{address}:{port}"]
    return found if shutil.which(found[0]) else None


def testssl(name: str, address: str, port: int) -> list[str] | None:
    """testssl.sh's default run, which looks up nothing; None where it is not installed."""
    quiet = ["--quiet", "--color", "0", "--warnings", "off", "--nodns", "none"]
    found = ["testssl", *quiet, "--ip", address, f"{name}:{port}"]
    return found if shutil.which(found[0]) else None
