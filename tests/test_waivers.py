"""Waivers: what they cover, until when, and every way in which a file can be wrong."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlsfleet.waivers import Waiver, WaiverError, load

Writer = Callable[[str], Path]
CHECKS = ("certificate.lifetime", "private-key.permissions", "private-key.strength")
GOOD = """\
# Accepted for now.

[[waiver]]
check = "private-key.permissions"
host = "web*"
subject = "/etc/ssl/private/*.key"
reason = "until the next release"
approved_by = "Ada"
until = 2027-01-31
"""


@pytest.fixture
def write(tmp_path: Path) -> Writer:
    def _write(text: str) -> Path:
        path = tmp_path / "waivers.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return _write


def waiver(host: str = "web1", subject: str = "/x", until: date = date(2027, 1, 31)) -> Waiver:
    return Waiver("private-key.strength", host, subject, "why", "Ada", until)


def test_a_whole_waiver_is_read(write: Writer) -> None:
    path = write(GOOD + 'ticket = "OPS-1"\n')
    (found,) = load(path, CHECKS)
    assert found == Waiver(
        "private-key.permissions",
        "web*",
        "/etc/ssl/private/*.key",
        "until the next release",
        "Ada",
        date(2027, 1, 31),
        "OPS-1",
        str(path),
        3,
    )
    assert found.where == f"{path}:3"


@pytest.mark.parametrize("text", ["", "# nothing is waived\n", "waiver = []\n"])
def test_no_waivers(write: Writer, text: str) -> None:
    assert load(write(text), CHECKS) == ()


def test_the_shipped_file_waives_nothing_and_its_example_is_sound(write: Writer) -> None:
    shipped = Path(__file__).parent.parent / "waivers.toml"
    assert load(shipped, CHECKS) == ()
    lines = shipped.read_text(encoding="utf-8").splitlines()
    example = "\n".join(line.removeprefix("# ") for line in lines[lines.index("# [[waiver]]") :])
    assert len(load(write(example), CHECKS)) == 1


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("2027-01-31", '"2027-01-31"', 9, "a date without quotes is needed: until = 2027-01-31"),
        ("2027-01-31", '"next year"', 9, "a date without quotes is needed: until = 2027-01-31"),
        ("2027-01-31", "2027-01-31T10:00:00Z", 9, "a date alone is needed"),
        ("2027-01-31", "20270131", 9, "a date without quotes is needed"),
        ("2027-01-31", "10:00:00", 9, "a date without quotes is needed"),
        ("2027-01-31", "2027-02-31", 9, "is not valid TOML"),
        ("private-key.permissions", "private-key.permission", 4, "did you mean 'private-key.permissions'?"),
        ("private-key.permissions", "*", 4, "unknown check '*'; known are certificate.lifetime"),
        ('"web*"', "7", 5, "host: a text in quotes is needed, not 7"),
        ('"web*"', '["a"]', 5, "host: a text in quotes is needed"),
        ('"Ada"', '" "', 8, "approved_by: a text in quotes is needed"),
        ("approved_by", "approvedby", 8, "unknown key 'approvedby'; did you mean 'approved_by'?"),
        ('approved_by = "Ada"\n', "", 3, "lacks approved_by"),
        ("[[waiver]]", "[waiver]", 3, "with two brackets"),
        ("[[waiver]]", "[[waivers]]", 3, "unknown key 'waivers'"),
        ("# Accepted for now.", 'owner = "Ada"', 1, "unknown key 'owner'"),
        ("reason", "reason reason", 7, "is not valid TOML"),
    ],
)
def test_a_mistake_names_file_line_and_mend(write: Writer, old: str, new: str, line: int, says: str) -> None:
    path = write(GOOD.replace(old, new))
    with pytest.raises(WaiverError) as caught:
        load(path, CHECKS)
    message = str(caught.value)
    assert message.startswith(f"{path}:{line}: ")
    assert says in message
    assert "\n" not in message


def test_the_second_table_is_the_one_named(write: Writer) -> None:
    path = write(GOOD + GOOD.replace("web*", "db1").replace("2027-01-31", '"soon"'))
    with pytest.raises(WaiverError, match=r":18: until"):
        load(path, CHECKS)


@pytest.mark.parametrize("second", [GOOD, GOOD.replace("2027", "2028")])
def test_a_waiver_given_twice_is_refused(write: Writer, second: str) -> None:
    path = write(GOOD + second)
    with pytest.raises(WaiverError, match=r":12: line 3 waives the same"):
        load(path, CHECKS)


def test_a_waiver_given_twice_on_one_line_is_refused(write: Writer) -> None:
    table = '{check="private-key.strength", host="a", subject="b", reason="r", approved_by="A", until=2027-01-01}'
    with pytest.raises(WaiverError, match="waives the same"):
        load(write(f"waiver = [{table}, {table}]"), CHECKS)


def test_a_missing_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(WaiverError, match=r"none\.toml: cannot be read: No such file"):
        load(tmp_path / "none.toml", CHECKS)


def test_a_file_that_is_not_utf8_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "waivers.toml"
    path.write_bytes(b"# ok\n\xff\n")
    with pytest.raises(WaiverError, match=r":2: is not UTF-8"):
        load(path, CHECKS)


def test_it_holds_through_the_end_of_its_day_in_utc() -> None:
    found = waiver()
    assert not found.expired(datetime(2027, 1, 31, 23, 59, 59, tzinfo=UTC))
    assert found.expired(datetime(2027, 2, 1, tzinfo=UTC))
    east = timezone(timedelta(hours=9))
    assert not found.expired(datetime(2027, 2, 1, 8, 59, tzinfo=east))
    assert found.expired(datetime(2027, 2, 1, 9, 0, tzinfo=east))


@pytest.mark.parametrize(
    ("pattern", "subject", "matches"),
    [
        ("/etc/ssl/private/*.key", "/etc/ssl/private/server_20260101.key", True),
        ("/etc/ssl/private/*.key", "/etc/ssl/private/server_20260101.KEY", False),
        ("[[]::1]:443", "[::1]:443", True),
        ("[::1]:443*", "[::1]:443/smtp", False),
        ("/a", "/a/b", False),
        ("*", "anything\nat all", True),
    ],
)
def test_subject_patterns(pattern: str, subject: str, matches: bool) -> None:
    assert waiver(subject=pattern).matches("private-key.strength", "web1", subject) is matches


def test_another_check_or_host_is_not_covered() -> None:
    found = waiver(host="web[12]", subject="*")
    assert found.matches("private-key.strength", "web2", "/x")
    assert not found.matches("private-key.strength", "web3", "/x")
    assert not found.matches("private-key.permissions", "web2", "/x")
    assert (found.covers_host("web1"), found.covers_host("web3")) == (True, False)


@given(st.text(min_size=1), st.text(min_size=1))
def test_any_subject_can_be_waived_as_it_is_written(host: str, subject: str) -> None:
    assert waiver(host=host, subject=subject).matches("private-key.strength", host, subject)
