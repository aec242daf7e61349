"""`make demo`: audit the demo fleet and leave the report; where no lab can run, replay a recorded run of it."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from lab.fleet import demo as fleet
from lab.lab import Lab, clean
from lab.system import LabError, prepare, why_not

ROOT = Path(__file__).parent.parent
RECORDED = Path(__file__).parent / "recorded"
VIOLATED = 1


def demo() -> int:
    """Show what an audit finds: 0 where it ran to its end, whatever it found; else pytest's exit status."""
    if obstacle := why_not():
        print(f"{obstacle}\nReplaying a recorded run of the demo fleet instead.", flush=True)
        return _replay()
    prepare()
    clean()
    lab = Lab.create(f"demo-{os.getpid()}")
    try:
        print("Bringing up the demo fleet: real servers in namespaces of this machine.", flush=True)
        lab.up(fleet())
        return _audit([f"--inventory={lab.inventory()}"], lab.command())
    finally:
        lab.down()


def _replay() -> int:
    runs = sorted(RECORDED.glob("*/results.jsonl"))
    if not runs:
        raise LabError(f"there is no recorded run under {RECORDED.relative_to(ROOT)}")
    return _audit([f"--replay={runs[-1].parent}"], [])


def _audit(arguments: Sequence[str], prefix: Sequence[str]) -> int:
    command = [*prefix, sys.executable, "-m", "pytest", *arguments]
    status = subprocess.run(command, cwd=ROOT, check=False).returncode
    if status not in {0, VIOLATED}:
        return status
    print("The report: reports/latest/report.html", flush=True)
    return 0
