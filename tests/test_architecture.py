"""docs/architecture.md names every part of the engine, and nothing that is not there."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
PARTS = [path for path in (ROOT / "tlsfleet").iterdir() if not path.name.startswith("__")]


def test_every_part_of_the_engine_is_named() -> None:
    named = set(re.findall(r"[\w/]+\.py|tlsfleet/\w+/", PAGE))
    wanted = {path.name if path.is_file() else f"tlsfleet/{path.name}/" for path in PARTS}
    assert {name for name in wanted if name not in named and f"tlsfleet/{name}" not in named} == set()


def test_every_path_that_is_named_is_there() -> None:
    paths = re.findall(r"`((?:tlsfleet|checks|lab|tests|tests_hosts|policies|benchmarks)/[\w/.]*)`", PAGE)
    assert len(paths) > 20
    assert [path for path in paths if not (ROOT / path).exists()] == []
