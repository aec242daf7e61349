"""results.jsonl: its schema, and that what is read is what was written."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.report.made import HOSTILE, run, verdict
from tlsfleet.report import results
from tlsfleet.report.results import ResultsError
from tlsfleet.verdict import Finding, Level, Run, Status, SubjectResult, Verdict

VALIDATOR = jsonschema.Draft202012Validator(json.loads(results.SCHEMA_FILE.read_text(encoding="utf-8")))

TEXT = st.text(max_size=30)
FINDINGS = st.builds(
    Finding,
    check=st.just("area.state"),
    host=st.just("web1"),
    subject=TEXT,
    observed=TEXT,
    expected=TEXT,
    where=TEXT,
    remedy=TEXT,
    reproduce=TEXT,
    clause=TEXT,
    tags=st.lists(TEXT, max_size=2).map(tuple),
    fingerprint=st.from_regex(r"[0-9a-f]{32}", fullmatch=True),
    waiver=st.none() | TEXT,
)
VERDICTS = st.builds(
    Verdict,
    policy=TEXT,
    host=st.just("web1"),
    check=st.just("area.state"),
    level=st.sampled_from(Level),
    status=st.sampled_from(Status),
    subjects=st.lists(st.builds(SubjectResult, TEXT, st.sampled_from(Status), st.none() | TEXT), max_size=3).map(tuple),
    findings=st.lists(FINDINGS, max_size=3).map(tuple),
    reason=st.none() | TEXT,
)


def written(path: Path, made: Run, *, whole: bool = True) -> Path:
    results.write_verdicts(path, made.verdicts)
    if whole:
        results.write_run(path, made)
    return path


@given(st.lists(VERDICTS, max_size=4))
def test_what_is_read_is_what_was_written(tmp_path_factory: pytest.TempPathFactory, verdicts: list[Verdict]) -> None:
    made = run(*verdicts)
    path = written(tmp_path_factory.mktemp("results") / "results.jsonl", made)
    assert results.read(path) == (tuple(verdicts), made)
    for line in path.read_text(encoding="ascii").splitlines():
        VALIDATOR.validate(json.loads(line))


def test_the_form_is_the_one_that_others_rely_on(tmp_path: Path) -> None:
    lines = written(tmp_path / "r", run(verdict())).read_text(encoding="ascii").splitlines()
    first, last = map(json.loads, lines)
    assert list(first) == "schema policy host check level status subjects findings reason".split()
    assert list(first["findings"][0]) == (
        "subject observed expected where remedy reproduce clause tags fingerprint waiver".split()
    )
    assert first["subjects"] == [{"subject": "0644", "status": "violates", "reason": None}]
    assert list(last["run"]) == "tool version policies started_at finished_at hosts selection".split()


def test_without_its_last_line_a_run_was_cut_off(tmp_path: Path) -> None:
    made = run(verdict())
    assert results.read(written(tmp_path / "r", made, whole=False)) == (made.verdicts, None)


@pytest.mark.parametrize(
    "change",
    [
        lambda row: row | {"schema": 2},
        lambda row: row | {"status": "passed"},
        lambda row: row | {"level": "must"},
        lambda row: row | {"findings": [{}]},
        lambda row: {key: value for key, value in row.items() if key != "subjects"},
        lambda row: [row],
    ],
    ids=["schema", "status", "level", "finding", "subjects", "list"],
)
def test_damage_names_file_and_line(tmp_path: Path, change: Callable[[Any], Any]) -> None:
    path = written(tmp_path / "r", run(verdict()))
    first, last = path.read_text(encoding="ascii").splitlines()
    path.write_text("\n".join([first, json.dumps(change(json.loads(first))), last]), encoding="ascii")
    with pytest.raises(ResultsError, match=r"r:2: is damaged"):
        results.read(path)
    if not isinstance(change(json.loads(first)), list):
        assert not VALIDATOR.is_valid(change(json.loads(first)))


def test_a_run_that_was_cut_off_within_a_line_has_its_whole_lines(tmp_path: Path) -> None:
    path = written(tmp_path / "r", run(verdict()))
    whole = path.read_bytes()
    first = len(whole.splitlines(keepends=True)[0])
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        assert results.read(path) == ((verdict(),) * (size >= first), None)


def test_a_time_without_a_zone_and_a_line_after_the_last_are_damage(tmp_path: Path) -> None:
    path = written(tmp_path / "r", run(verdict()))
    path.write_text(path.read_text(encoding="ascii").replace("+00:00", ""), encoding="ascii")
    with pytest.raises(ResultsError, match="no zone"):
        results.read(path)
    path = written(tmp_path / "s", run(verdict()))
    path.write_text(path.read_text(encoding="ascii") * 2, encoding="ascii")
    with pytest.raises(ResultsError, match=r"s:3: .*after the line of the run"):
        results.read(path)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_on_its_line(tmp_path: Path, text: str) -> None:
    path = written(tmp_path / "r", run(verdict(text=text)))
    assert len(path.read_bytes().splitlines()) == 2
