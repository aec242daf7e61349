"""sslyze in a process of its own: its answers, its silences, and its known faults."""

import asyncio
import itertools
import socket
from pathlib import Path

import pytest
from sslyze.plugins.robot._robot_tester import RobotPmsPaddingPayloadEnum as Padding

from lab.odd.faulty import ROBOT, STATIC_RSA, WEAK_ROBOT
from tests.wire.examined import examined
from tests.wire.servers import faulty, gnutls, hostile, old_openssl, scripted, system_openssl
from tests.wire.servers.identities import NAME, identity
from tlsfleet.certificates import Certificate
from tlsfleet.endpoints import Endpoint
from tlsfleet.missing import Unknown
from tlsfleet.wire import second_opinion
from tlsfleet.wire import second_opinion_worker as worker
from tlsfleet.wire.disagreements import differences, disagreements
from tlsfleet.wire.second_opinion import Opinion, robot, scan

X25519_ONLY = gnutls.GnuTls("NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+ECDHE-RSA:-GROUP-ALL:+GROUP-X25519")


@pytest.mark.parametrize(
    ("fault", "expected"),
    [(ROBOT, True), (WEAK_ROBOT, True), (STATIC_RSA, False)],
)
def test_robot(fault: str, expected: bool) -> None:
    with faulty.serving(fault) as served:
        assert asyncio.run(robot(served.endpoint(), "TLSv1.2")) is expected


def test_robot_on_a_real_server_and_one_without_static_rsa() -> None:
    with system_openssl.serving(system_openssl.STATIC_RSA) as served:
        assert asyncio.run(robot(served.endpoint(server_name="server.test"), "TLSv1.2")) is False
    with system_openssl.serving(system_openssl.X25519_ONLY) as served:
        found = asyncio.run(robot(served.endpoint(), "TLSv1.2"))
    assert isinstance(found, Unknown)
    assert "static RSA" in found.reason


@pytest.mark.parametrize("said", [worker.SILENCE, worker.END])
def test_silence_to_every_padding_is_no_answer(said: str) -> None:
    assert "said nothing" in worker.oracle(lambda padding: said)["failure"]


def test_a_server_that_its_client_has_no_suite_for_is_not_sound() -> None:
    with old_openssl.serving(old_openssl.OldOpenSsl(("TLSv1.2",), "EXPORT")) as served:
        found = asyncio.run(robot(served.endpoint(), "TLSv1.2"))
    assert isinstance(found, Unknown)
    assert "does not come as far" in found.reason


def test_silence_to_broken_padding_alone_is_an_answer() -> None:
    said = worker.oracle(lambda padding: "an alert" if padding is Padding.VALID else worker.SILENCE)
    assert said == {"vulnerable": True}


def test_answers_that_change_are_no_answer() -> None:
    alerts = itertools.count()
    assert "contradict" in worker.oracle(lambda padding: f"alert {next(alerts)}")["failure"]


def test_answers_that_are_the_same_are_not_asked_for_again() -> None:
    asked = []

    def answer(padding: Padding) -> str:
        asked.append(padding)
        return "an alert"

    assert worker.oracle(answer) == {"vulnerable": False}
    assert asked == list(Padding)


def test_its_process_is_ended_when_its_time_is_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    note = tmp_path / "pid"
    shell = f"sleep 600 & echo $! > {note}; wait"
    monkeypatch.setattr(second_opinion, "WORKER", ("sh", "-c", shell))
    found = asyncio.run(scan(Endpoint("127.0.0.1", 9), 1))
    assert isinstance(found, Unknown)
    assert "within 1 s" in found.reason
    state = Path(f"/proc/{note.read_text().strip()}/stat")
    assert not state.exists() or state.read_text().split()[2] == "Z"


def banner(link: socket.socket) -> None:
    link.sendall("554 Gesch\u00e4ft geschlossen\r\n".encode("latin-1"))
    scripted.drain(link)


def test_a_banner_that_is_not_utf_8_is_a_failure_and_no_wait_for_ever() -> None:
    with scripted.serving(banner) as served:
        found = asyncio.run(scan(served.endpoint("smtp"), 20))
    assert isinstance(found, Unknown)
    assert "UnicodeDecodeError" in found.reason


@pytest.mark.parametrize("name", ["reset at once", "HTTP in plain"])
def test_a_failed_scan_is_unknown(name: str) -> None:
    with scripted.serving(hostile.BROKEN[name]) as served:
        assert isinstance(asyncio.run(scan(served.endpoint(), 30)), Unknown)


def test_an_exit_code_of_0_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second_opinion, "WORKER", ("true",))
    found = asyncio.run(scan(Endpoint("127.0.0.1", 9)))
    assert isinstance(found, Unknown)


def test_what_sslyze_cannot_begin_is_unknown() -> None:
    assert isinstance(asyncio.run(scan(Endpoint("127.0.0.1", 9, "lmtp"))), Unknown)


def test_it_looks_up_no_name() -> None:
    with faulty.serving(STATIC_RSA) as served:
        assert asyncio.run(robot(served.endpoint(server_name="no-such-name.invalid"), "TLSv1.2")) is False


def test_a_scan_of_a_server_that_its_old_client_can_see_agrees_with_ours() -> None:
    with old_openssl.serving(old_openssl.RC4_AND_3DES) as served:
        (ours,) = examined(served.endpoint(server_name=NAME))
        found = asyncio.run(scan(served.endpoint(server_name=NAME)))
    assert isinstance(found, Opinion)
    assert {protocol: names for protocol, names in found.suites.items() if names} == {
        protocol: frozenset(names) for protocol, names in served.truth.suites.items()
    }
    assert found.groups == served.truth.groups
    digest = Certificate(identity("rsa").der).sha256
    assert found.chains == frozenset({(digest,)})
    assert found.features["compression"] is False
    assert not found.failed
    assert differences(ours, found) == ()


def test_a_scan_of_an_x25519_only_server_misses_suites_and_is_excused() -> None:
    with gnutls.serving(X25519_ONLY) as served:
        (ours,) = examined(served.endpoint(server_name=NAME))
        found = asyncio.run(scan(served.endpoint(server_name=NAME)))
    assert isinstance(found, Opinion)
    assert found.suites["TLSv1.2"] < set(served.truth.suites["TLSv1.2"])
    assert "compression" in " ".join(found.failed)
    assert disagreements(ours, found) == ()
    assert differences(ours, found) != ()
