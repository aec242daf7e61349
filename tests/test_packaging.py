"""The requirements are pinned by hash, agree with one another, and name no place."""

import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent.parent / "requirements"
PINNED = sorted(FOLDER.glob("*.txt"))
PIN = re.compile(r"^([a-z0-9.-]+)==([^ ]+) \\$", re.MULTILINE)


def pins(path: Path) -> dict[str, str]:
    return dict(PIN.findall(path.read_text(encoding="utf-8")))


def test_there_are_pins_to_run_and_to_develop() -> None:
    assert {"build.txt", "dev.txt", "run.txt"} <= {path.name for path in PINNED}


@pytest.mark.parametrize("path", PINNED, ids=lambda path: path.name)
def test_each_pin_has_its_hashes_and_nothing_names_a_place(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    stanzas = re.findall(r"^[^ #\n].*(?:\n .*)*", text, re.MULTILINE)
    assert stanzas
    assert [stanza for stanza in stanzas if not PIN.match(stanza) or "--hash=sha256:" not in stanza] == []
    assert re.findall(r"https?:|--(?:index|extra|find|trusted)\S*|(?:^|\s)/\S+|@ ", text) == []


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.in")), ids=lambda path: path.name)
def test_what_is_asked_for_is_pinned(path: Path) -> None:
    asked = re.findall(r"^([a-z][a-z0-9-]*)", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert asked
    assert set(asked) - set(pins(path.with_suffix(".txt"))) == set()


def test_developers_run_what_users_run() -> None:
    run, dev = pins(FOLDER / "run.txt"), pins(FOLDER / "dev.txt")
    assert {name: version for name, version in run.items() if dev.get(name) != version} == {}
