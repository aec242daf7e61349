"""An audit of lab hosts as a user runs it, and what it left."""

import base64
import json
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.lab import Lab

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Audit:
    """A finished run: pytest's exit status and output, and the folder that it left."""

    status: int
    output: str
    folder: Path

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The lines of results.jsonl."""
        return [json.loads(line) for line in (self.folder / "results.jsonl").read_text().splitlines()]

    @property
    def verdicts(self) -> Mapping[tuple[str, str], dict[str, Any]]:
        """Each verdict by host and check."""
        return {(row["host"], row["check"]): row for row in self.rows if "check" in row}

    def checks(self, host: str, *statuses: str) -> set[str]:
        """The checks that have one of these statuses on a host."""
        return {check for (name, check), row in self.verdicts.items() if name == host and row["status"] in statuses}

    def binding(self, host: str) -> set[str]:
        """The checks that are a MUST or SHOULD on a host."""
        return {check for (name, check), row in self.verdicts.items() if name == host and row["level"] != "MAY"}

    def everything(self) -> bytes:
        """All that the run wrote."""
        return b"".join(path.read_bytes() for path in sorted(self.folder.rglob("*")) if path.is_file())


def audit(lab: Lab, hosts: Iterable[str] | None, reports: Path, *arguments: str) -> Audit:
    """Audit hosts of the lab from its auditor's namespace."""
    inventory = lab.inventory(hosts)
    return run(lab.command(), reports, f"--inventory={inventory}", *arguments)


def run(prefix: list[str], reports: Path, *arguments: str) -> Audit:
    """Run pytest on the audits, after a prefix."""
    argv = [*prefix, sys.executable, "-m", "pytest", f"--reports={reports}", "-q", "-p", "no:cacheprovider", *arguments]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)
    return Audit(done.returncode, done.stdout + done.stderr, reports / "latest")


def forms(secret: bytes) -> list[bytes]:
    """How a secret could be written: raw, hex, and base64 at each alignment."""
    aligned = [base64.b64encode(secret[start : start + 24]) for start in (0, 1, 2)]
    return [secret[:24], secret[:24].hex().encode(), *aligned]
