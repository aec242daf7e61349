"""An option and its path may stand apart, also where the path leads out of the clone."""

import subprocess
import sys
from pathlib import Path

import pytest

from tlsfleet.arguments import joined

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (["--inventory", "a.ini", "-q"], ["--inventory=a.ini", "-q"]),
        (["-m", "MUST", "--hosts", "web", "tests_hosts"], ["-m", "MUST", "--hosts=web", "tests_hosts"]),
        (["--inventory=a.ini"], ["--inventory=a.ini"]),
        (["--", "--inventory", "a.ini"], ["--", "--inventory", "a.ini"]),
        (["--hosts"], ["--hosts"]),
    ],
)
def test_an_option_and_its_value_are_joined(given: list[str], wanted: list[str]) -> None:
    assert joined(given) == wanted


def test_an_inventory_outside_the_clone_is_found(tmp_path: Path) -> None:
    inventory = tmp_path / "fleet.ini"
    inventory.write_text("web1 ansible_connection=local\n")
    argv = [sys.executable, "-m", "pytest", "--inventory", str(inventory), "--hosts", "web1", "-q"]
    argv += ["--collect-only", "-W", "error", "tests_hosts/test_private_key.py"]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "[web1-private-key.permissions]" in done.stdout
