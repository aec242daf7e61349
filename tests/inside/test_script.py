"""The packed script on a hostile tree: no secret comes over, nothing is written, nothing hangs, under any shell."""

import os
import shutil
from pathlib import Path

import pytest

from tests.inside.packed import SHELLS, command, run, views
from tests.inside.planted import plant

shells = pytest.mark.parametrize("shell", SHELLS, ids=" ".join)


@pytest.mark.skipif(os.environ.get("CI") != "true", reason="elsewhere those that are installed will do")
def test_no_shell_is_missing_in_ci() -> None:
    assert len(SHELLS) == 4
    assert shutil.which("tcsh")
    assert shutil.which("fish")


def snapshot(top: Path) -> dict[Path, tuple[object, ...]]:
    """Each object below a folder: all of its lstat but the access time, and what it holds."""
    found: dict[Path, tuple[object, ...]] = {}
    for path in (top, *top.rglob("*")):
        stat = path.lstat()
        holds = path.readlink() if path.is_symlink() else path.read_bytes() if path.is_file() else None
        found[path] = (stat.st_mode, stat.st_uid, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, holds)
    return found


@shells
def test_no_secret_comes_over_and_nothing_is_written(
    shell: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    top, scratch = tmp_path / "tree", tmp_path / "scratch"
    scratch.mkdir()
    secrets = plant(top, slice(0, 4) if shell == SHELLS[0] else slice(3, 4))
    before = snapshot(tmp_path)
    seen = views(run(command(top, monkeypatch), shell, scratch))
    assert snapshot(tmp_path) == before
    assert [secret for secret in secrets if leaked(secret, seen)] == []
    assert b"PRIVATE KEY-----" not in seen


def leaked(secret: bytes, seen: bytes) -> bool:
    """Whether any stretch of a secret is in what was seen (as a number: in decimal and hex too)."""
    parts = [secret[at : at + 12] for at in range(0, max(len(secret) - 11, 1), 4)]
    number = int.from_bytes(secret, "big")
    written = [str(number)[:30].encode(), f"{number:x}".encode()[:24], f"{number:X}".encode()[:24]]
    return any(part in seen for part in (*parts, *written))
