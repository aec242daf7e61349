"""Audits from outside alone, and the second opinion, on a host of the lab."""

import json
from pathlib import Path

from tests.lab.audits import run
from tests.lab.conftest import SessionLab


def test_an_endpoint_is_audited_without_an_inventory(lab: SessionLab, tmp_path: Path) -> None:
    address = lab.host("sound").address
    targets = f"tls://{address}:993,tls://{address}:25/smtp,tls://{address}:5222/xmpp-client"
    done = run(lab.command(), tmp_path, f"--hosts={targets}", "--inventory=/nowhere", "--tb=no")
    mail = f"tls://{address}:993"
    assert done.checks(mail, "violates") >= {"chain.trusted"}  # the lab's CA is in no store
    assert done.verdicts[mail, "protocol.only-allowed"]["status"] == "conforms"
    assert done.verdicts[mail, "file-set.complete"]["status"] == "not-applicable"
    assert done.verdicts[f"tls://{address}:25/smtp", "starttls.offered"]["status"] == "conforms"
    assert done.checks(mail, "unknown") == set()


def test_a_dead_endpoint_is_red_and_soon_told(lab: SessionLab, tmp_path: Path) -> None:
    lab.host("sound")
    done = run(lab.command(), tmp_path, "--hosts=tls://10.97.255.254:443", "-k", "protocol or coverage", "--tb=no")
    assert done.status == 1
    assert done.verdicts["tls://10.97.255.254:443", "protocol.only-allowed"]["status"] == "unknown"


def test_a_second_opinion_is_kept_and_says_nothing_else_of_a_sound_server(lab: SessionLab, tmp_path: Path) -> None:
    address = lab.host("sound").address
    arguments = (f"--hosts=tls://{address}:993", "--cross-check", "-k", "protocol")
    done = run(lab.command(), tmp_path, *arguments)
    (facts,) = (json.loads(path.read_text()) for path in (done.folder / "facts").iterdir())
    assert facts["endpoints"][0]["disagreements"] == [], done.output
    assert "says otherwise" not in done.output
    again = run([], tmp_path / "again", f"--replay={done.folder.resolve()}", "-k", "protocol")
    (replayed,) = (json.loads(path.read_text()) for path in (again.folder / "facts").iterdir())
    assert replayed["endpoints"] == facts["endpoints"]
