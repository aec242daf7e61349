"""python -m benchmarks: bring up a lab host, and measure from the auditor's network namespace (as root)."""

import os
import subprocess
import sys
from pathlib import Path

from benchmarks import peers
from lab.fleet import HOSTS
from lab.lab import Lab, clean
from lab.system import LabError, prepare

ROOT = Path(__file__).parent.parent


def main() -> int:
    """Exit status 1 with one line where there can be no lab."""
    try:
        prepare()
        peers.provide()
        clean()
        lab = Lab.create(f"bench-{os.getpid()}")
    except LabError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    try:
        (host,) = lab.up([HOSTS["sound"]])
        inventory, name = str(lab.inventory()), HOSTS["sound"].names[0]
        return max(_run(lab, "inside", inventory), _run(lab, "wire", inventory, name, host.address))
    finally:
        lab.down()


def _run(lab: Lab, what: str, *arguments: str) -> int:
    argv = [*lab.command(), sys.executable, "-m", f"benchmarks.{what}", *arguments]
    return subprocess.run(argv, cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
