"""`make demo`: audit the demo fleet and leave the report; where no lab can run, replay a recorded run of it."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from lab.fleet import demo as fleet
from lab.lab import Lab, clean
from lab.system import LabError, prepare

ROOT = Path(__file__).parent.parent
RECORDED = Path(__file__).parent / "recorded"
VIOLATED = 1


def demo() -> int:
    """Show what an audit finds: 0 where it ran to its end, whatever it found; else pytest's exit status."""
    try:
        prepare()
    except LabError as obstacle:
        print(f"{obstacle}\nReplaying a recorded run of the demo fleet instead.", flush=True)
        return _audit([f"--replay={recorded()}"], [])
    clean()
    lab = Lab.create(f"demo-{os.getpid()}")
    try:
        print("Bringing up the demo fleet: real servers in namespaces of this machine.", flush=True)
        lab.up(fleet())
        return _audit([f"--inventory={lab.inventory()}"], lab.command())
    finally:
        lab.down()


def recorded() -> Path:
    """The newest recorded run: `evidence` and `results.jsonl` of a `reports/latest` that `make demo` has left."""
    runs = sorted(RECORDED.glob("*/evidence"))
    if not runs:
        raise LabError(f"there is no recorded run under {RECORDED.relative_to(ROOT)}")
    return runs[-1].parent


def _audit(arguments: Sequence[str], prefix: Sequence[str]) -> int:
    command = [*prefix, sys.executable, "-m", "pytest", "--tb=no", "-rN", *arguments]  # the report has the details
    status = subprocess.run(command, cwd=ROOT, check=False).returncode
    if status not in {0, VIOLATED}:
        return status
    print("The report: reports/latest/report.html", flush=True)
    return 0
