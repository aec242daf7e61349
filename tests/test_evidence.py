"""Evidence files: what is written is read again; what is damaged is refused in one line."""

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlsfleet import evidence
from tlsfleet.evidence import Evidence, EvidenceError, Frame, read, write

SENT = datetime(2026, 11, 23, 12, tzinfo=UTC)
HEAD: dict[str, Any] = {
    "schema": 1,
    "host": "web1",
    "sent_at": SENT.isoformat(),
    "received_at": SENT.isoformat(),
    "failure": None,
    "declared": {},
}

texts = st.text(max_size=40)
frames = st.builds(Frame, texts, texts, st.binary(max_size=60)) | st.builds(
    Frame, texts, texts, st.just(b""), st.text(min_size=1, max_size=40)
)
times = st.datetimes(timezones=st.just(UTC) | st.just(timezone(timedelta(hours=9))))
declared = st.dictionaries(texts, texts | st.integers() | st.none() | st.lists(texts, max_size=2), max_size=3)


def as_file(tmp_path: Path, *rows: object) -> Path:
    path = tmp_path / "web1.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return path


@given(
    found=st.builds(Evidence, texts, times, times, st.lists(frames, max_size=4).map(tuple), st.none() | texts, declared)
)
def test_what_is_written_is_read_again(tmp_path_factory: pytest.TempPathFactory, found: Evidence) -> None:
    path = tmp_path_factory.mktemp("evidence") / "host.jsonl"
    write(found, path)
    assert read(path) == found
    assert len(path.read_text(encoding="ascii").splitlines()) == 1 + len(found.frames)


def test_frames_are_found_by_kind_in_their_order() -> None:
    one, two, other = Frame("stat", "/a"), Frame("stat", "/b"), Frame("clock", "")
    assert Evidence("web1", SENT, SENT, (one, other, two)).of("stat") == (one, two)


@pytest.mark.parametrize(("data", "text"), [(b"caf\xc3\xa9", "café"), (b"a\xff\x00b", "a\\xff\x00b"), (b"", "")])
def test_data_that_is_not_text_is_escaped(data: bytes, text: str) -> None:
    assert Frame("file", "/x", data).text == text


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"schema": 2}, ":1: schema 2 is not 1"),
        ({"schema": None}, "schema None"),
        ({"host": 7}, "7 is no text"),
        ({"sent_at": "yesterday"}, "damaged: ValueError"),
        ({"sent_at": "2026-11-23T12:00:00"}, "has no time zone"),
        ({"received_at": 5}, "damaged: TypeError"),
        ({"failure": 5}, "5 is no text"),
        ({"declared": 5}, "damaged: TypeError"),
    ],
)
def test_a_damaged_head_is_refused(tmp_path: Path, change: dict[str, Any], says: str) -> None:
    refused(as_file(tmp_path, {**HEAD, **change}), says)


@pytest.mark.parametrize("key", sorted(HEAD))
def test_a_head_that_lacks_something_is_refused(tmp_path: Path, key: str) -> None:
    refused(as_file(tmp_path, {name: value for name, value in HEAD.items() if name != key}), "")


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({"subject": "/x", "text": "a"}, "KeyError"),
        ({"frame": "file", "text": "a"}, "KeyError"),
        ({"frame": "file", "subject": "/x"}, "KeyError"),
        ({"frame": 5, "subject": "/x", "text": "a"}, "no text"),
        ({"frame": "file", "subject": "/x", "text": 5}, "AttributeError"),
        ({"frame": "file", "subject": "/x", "base64": "***"}, "damaged"),
        ({"frame": "file", "subject": "/x", "base64": 5}, "no text"),
        ({"frame": "file", "subject": "/x", "unknown": None}, "no text"),
        ({"frame": "file", "subject": "/x", "text": "\ud800"}, "UnicodeEncodeError"),
        ([], ":2: is not a JSON object"),
        ("frame", ":2: is not a JSON object"),
    ],
)
def test_a_damaged_frame_is_refused(tmp_path: Path, row: object, says: str) -> None:
    refused(as_file(tmp_path, HEAD, row), says)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "is empty"),
        (b"\xff\n", "cannot be read"),
        (b"{", ":1: is not a JSON line"),
        (json.dumps(HEAD).encode() + b"\n{\n", ":2: is not a JSON line"),
        (b"[" * 100_000, ":1: is not a JSON line"),
        (b"9" * 5000, ":1: is not a JSON line"),
    ],
)
def test_what_is_no_evidence_is_refused(tmp_path: Path, data: bytes, says: str) -> None:
    path = tmp_path / "web1.jsonl"
    path.write_bytes(data)
    refused(path, says)


def test_a_file_that_is_too_large_is_refused_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence, "MAX_BYTES", 10)
    refused(as_file(tmp_path, HEAD), "is larger than 10 bytes")


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    refused(tmp_path / "none.jsonl", "cannot be read")


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("evidence") / "any.jsonl"
    path.write_bytes(json.dumps(HEAD).encode() + b"\n" + data)
    try:
        assert isinstance(read(path), Evidence)
    except EvidenceError as error:
        assert "\n" not in str(error)  # noqa: PT017 - either is right, but no other error


def refused(path: Path, says: str) -> None:
    with pytest.raises(EvidenceError) as caught:
        read(path)
    message = str(caught.value)
    assert message.startswith(str(path))
    assert says in message
    assert "\n" not in message
