"""python -m benchmarks: bring up a lab host, and measure from the auditor's network namespace (as root)."""

import os
import subprocess
import sys
from pathlib import Path

from lab.fleet import HOSTS
from lab.lab import Lab, clean
from lab.system import LabError, prepare

ROOT = Path(__file__).parent.parent


def main() -> int:
    """Exit status 1 with one line where there can be no lab."""
    try:
        prepare()
        clean()
        lab = Lab.create(f"bench-{os.getpid()}")
    except LabError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    try:
        lab.up([HOSTS["sound"]])
        argv = [*lab.command(), sys.executable, "-m", "benchmarks.inside", str(lab.inventory())]
        return subprocess.run(argv, cwd=ROOT, check=False).returncode
    finally:
        lab.down()


if __name__ == "__main__":
    sys.exit(main())
