"""`make demo` where no lab can run: a recorded run of the demo fleet is judged again, and shows every planted fault."""

import subprocess
import sys
from pathlib import Path

import pytest

from lab import demo
from lab.defects import DEFECTS
from lab.fleet import FAULTY
from lab.system import LabError
from tlsfleet.report import results
from tlsfleet.verdict import Status, Verdict

ROOT = Path(__file__).parent.parent
SOUND = {"sound", "sound-2014"}
OLD = ("service.session-tickets", "consistency.protocols-as-configured", "cipher-suite.forward-secrecy")
RECOMMENDED = {  # docs/notes.md says why
    *((host, "key-exchange.post-quantum") for host in SOUND),
    *(("sound-2014", check) for check in OLD),
}


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> tuple[Verdict, ...]:
    """Of a replay of the recorded run."""
    reports = tmp_path_factory.mktemp("reports")
    argv = [sys.executable, "-m", "pytest", f"--replay={demo.recorded()}", f"--reports={reports}", "-q", "--tb=no"]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    found, run = results.read(reports / "latest" / results.NAME)
    assert run is not None
    assert (reports / "latest" / "report.html").exists()
    return found


@pytest.mark.parametrize(("host", "defect"), [(host, each) for host, planted in FAULTY.items() for each in planted])
def test_a_planted_fault_is_found_again(verdicts: tuple[Verdict, ...], host: str, defect: str) -> None:
    check = DEFECTS[defect].check
    violated = [each for each in verdicts if each.check == check and each.status is Status.VIOLATES]
    assert any(each.host == host or host in str(each.findings) for each in violated)


def test_the_sound_hosts_are_still_sound(verdicts: tuple[Verdict, ...]) -> None:
    bad = [each for each in verdicts if each.host in SOUND and each.status in {Status.VIOLATES, Status.UNKNOWN}]
    assert {(each.host, each.check) for each in bad} <= RECOMMENDED


def test_the_recording_holds_no_private_key_and_no_path_of_whoever_made_it() -> None:
    text = "".join(path.read_text() for path in demo.recorded().rglob("*.jsonl"))
    assert "PRIVATE KEY-----" not in text
    assert "/root/" not in text
    assert "/home/" not in text


def test_without_a_lab_it_says_so_and_replays(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def no_lab() -> None:
        raise LabError("the lab needs root")

    def audited(arguments: list[str], prefix: list[str]) -> int:
        called.append([*prefix, *arguments])
        return 0

    called: list[list[str]] = []
    monkeypatch.setattr(demo, "prepare", no_lab)
    monkeypatch.setattr(demo, "_audit", audited)
    assert demo.demo() == 0
    assert called == [[f"--replay={demo.recorded()}"]]
    assert capfd.readouterr().out.splitlines() == [
        "the lab needs root",
        "Replaying a recorded run of the demo fleet instead.",
    ]
