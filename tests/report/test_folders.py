"""Folders of runs: never shared, never overwritten, and file names that hold any host's name."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tlsfleet.report.folders import file_name, find_run, new_run, refusal

NOW = datetime(2026, 11, 23, 23, 59, 59, tzinfo=UTC)


def test_a_run_is_named_by_its_time_in_utc(tmp_path: Path) -> None:
    folder = new_run(tmp_path / "a" / "b", NOW.astimezone(timezone(timedelta(hours=5))))
    assert folder == tmp_path / "a" / "b" / "20261123T235959Z"
    assert (folder.parent / "latest").readlink() == Path("20261123T235959Z")


def test_runs_of_one_second_take_the_next(tmp_path: Path) -> None:
    names = [new_run(tmp_path, NOW).name for _ in range(3)]
    assert names == ["20261123T235959Z", "20261124T000000Z", "20261124T000001Z"]
    assert (tmp_path / "latest").readlink() == Path(names[-1])


def test_a_dangling_link_is_led_anew_and_a_folder_left_alone(tmp_path: Path) -> None:
    (tmp_path / "latest").symlink_to("gone")
    assert (tmp_path / "latest").resolve() != new_run(tmp_path, NOW)
    assert (tmp_path / "latest").exists()
    (tmp_path / "other" / "latest").mkdir(parents=True)
    new_run(tmp_path / "other", NOW)
    assert not (tmp_path / "other" / "latest").is_symlink()


def test_a_run_is_found_by_name_and_by_path(tmp_path: Path) -> None:
    folder = new_run(tmp_path / "reports", NOW)
    for text in ("latest", folder.name, f"reports/{folder.name}", str(folder)):
        assert find_run(text, tmp_path / "reports", tmp_path).resolve() == folder


@given(st.text(min_size=1, max_size=300), st.text(min_size=1, max_size=300))
def test_a_file_name_is_one_hosts_alone_and_any_file_systems(host: str, other: str) -> None:
    name = file_name(host)
    assert name.isascii()
    assert len(name) <= 200
    assert "/" not in name
    assert not name.startswith(".")
    assume(host != other)
    assert name != file_name(other)


@pytest.mark.parametrize("host", ["..", ".", ".hidden", "a/../../b", "-rf", "\x00", "x" * 5000])
def test_odd_hosts_stay_in_their_folder(tmp_path: Path, host: str) -> None:
    path = tmp_path / f"{file_name(host)}.json"
    path.write_text("x", encoding="ascii")
    assert path.resolve().parent == tmp_path


def test_a_place_that_is_no_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="ascii")
    assert refusal(tmp_path / "new" / "deep") is None
    assert "not a folder" in str(refusal(tmp_path / "file"))
    assert "not a folder" in str(refusal(tmp_path / "file" / "below"))
    assert not (tmp_path / "new").exists()
