"""A command that is slow, endless or hostile does not hang or flood the run."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tlsfleet.inside import running
from tlsfleet.inside.running import MAX_ERRORS, MAX_OUTPUT, run

SHORT = 1
pytestmark = pytest.mark.filterwarnings("error")


def test_output_and_status_come_back() -> None:
    answer = run(b"echo out; echo err >&2; exit 3")
    assert (answer.status, answer.output, answer.errors) == (3, b"out\n", b"err\n")
    assert not answer.cut
    assert not answer.timed_out


@pytest.mark.parametrize(
    "line", [b"sleep 600", b"exec >&- 2>&-; sleep 600", b"trap '' TERM HUP INT; sleep 600; sleep 600"]
)
def test_a_command_without_an_end_is_ended(line: bytes) -> None:
    answer = run(b"echo early; " + line, SHORT)
    assert answer.timed_out
    assert answer.output == b"early\n"


def test_endless_output_is_cut() -> None:
    answer = run(b"yes 0123456789012345678901234567890123456789")
    assert answer.cut
    assert len(answer.output) == MAX_OUTPUT


def test_endless_errors_are_dropped_and_ended() -> None:
    answer = run(b"yes x >&2", SHORT)
    assert answer.timed_out
    assert len(answer.errors) == MAX_ERRORS


def test_many_errors_do_not_stand_in_the_way_of_an_answer() -> None:
    answer = run(b"yes x | head -c 1000000 >&2; echo done")
    assert (answer.status, answer.output, answer.timed_out) == (0, b"done\n", False)


@pytest.fixture
def escapee(tmp_path: Path) -> Iterator[Path]:
    """Where a process that left its session writes its number; it is ended after the test."""
    path = tmp_path / "pid"
    yield path
    os.kill(int(path.read_text()), signal.SIGKILL)


def test_who_left_the_session_and_holds_the_pipes_is_not_waited_for(escapee: Path) -> None:
    line = (
        f"setsid sh -c 'echo $$ >{escapee}; exec sleep 600' & while ! [ -s {escapee} ]; do :; done; echo done; exit 4"
    )
    answer = run(line.encode())
    assert (answer.status, answer.output, answer.timed_out) == (4, b"done\n", False)


def test_who_left_the_session_and_floods_the_pipe_does_not_hold_the_run(escapee: Path) -> None:
    line = f"setsid sh -c 'echo $$ >{escapee}; exec yes' & while ! [ -s {escapee} ]; do :; done; exit 4"
    answer = run(line.encode(), 30)
    assert len(answer.output) <= MAX_OUTPUT
    assert not answer.timed_out


def test_what_stays_in_the_group_is_ended(tmp_path: Path) -> None:
    path = tmp_path / "pid"
    run(f"sleep 600 & echo $! >{path}; echo done".encode())
    pid = int(path.read_text())
    assert _gone(pid)


def test_stop_ends_what_runs() -> None:
    found: list[running.Answer] = []
    thread = threading.Thread(target=lambda: found.append(run(b"echo early; sleep 600")))
    thread.start()
    while not running._running:
        time.sleep(0.01)
    running.stop()
    thread.join(30)
    assert found[0].status == -signal.SIGKILL
    assert not running._running


def test_nothing_of_a_run_is_left() -> None:
    before = _files(), threading.active_count()
    for line in (b"echo", b"exit 255", b"nosuchcommand"):
        run(line)
    run(b"sleep 600", 0.1)
    assert (_files(), threading.active_count()) == before


def _files() -> set[str]:
    return {path.name for path in Path("/proc/self/fd").iterdir()}


def _gone(pid: int) -> bool:
    """Whether a process has ended: its number is free, or it is a zombie of whoever adopted it."""
    for _ in range(500):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state in {"Z", "X"}:
            return True
        time.sleep(0.01)
    return False
