"""The wire on the lab's sound host: all its endpoints, few connections, and nothing in the logs to worry at."""

import json
import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from tests.lab.audits import audit
from tests.lab.conftest import SessionLab

PORTS = {443, 25, 587, 465, 143, 993, 110, 995, 5222, 5269}
LOGS = ("mail.log", "dovecot.log", "nginx/error.log", "prosody/prosody.log", "prosody/prosody.err")
WORRYING = re.compile(r"warning|warn\b|error|crit|alert|fatal|panic", re.IGNORECASE)
# What servers log of any client that comes with versions, suites or groups that they do not take, and is refused.
REFUSED = re.compile(
    r"TLS library problem: error:[0-9A-F]+:SSL routines::"
    r"(no shared cipher|unsupported protocol|version too low|unknown protocol|no suitable key share"
    r"|no suitable signature algorithm|unexpected message|unexpected eof while reading|sslv3 alert .*|tlsv1 alert .*"
    r"|inappropriate fallback|no application protocol|bad .*|unknown group)"
    r"|SSL_accept\(\)|SSL_accept error from|SSL handshake error|Client disconnected: "
)


@pytest.fixture(scope="module")
def sound(lab: SessionLab, tmp_path_factory: pytest.TempPathFactory) -> tuple[list[dict[str, Any]], list[str]]:
    """The facts of the sound host's endpoints, and the lines that its servers logged meanwhile."""
    host = lab.host("sound")
    before = {name: _lines(host.root / "var/log" / name) for name in LOGS}
    done = audit(lab, ["sound"], tmp_path_factory.mktemp("sound"), "-m", "wire")
    endpoints = json.loads((done.folder / "facts" / "sound.json").read_text())["endpoints"]
    news = [line for name in LOGS for line in _lines(host.root / "var/log" / name)[len(before[name]) :]]
    return endpoints, news


def _lines(path: Path) -> list[str]:
    return path.read_text(errors="replace").splitlines() if path.exists() else []


def test_every_endpoint_is_found_and_answers(sound: tuple[list[dict[str, Any]], list[str]]) -> None:
    endpoints, _ = sound
    assert {each["port"] for each in endpoints} >= PORTS
    assert {each["port"]: each["failure"] for each in endpoints if each["failure"]} == {}


def test_thirty_connections_tell_all_of_an_endpoint(sound: tuple[list[dict[str, Any]], list[str]]) -> None:
    endpoints, _ = sound
    costs: dict[int, list[int]] = defaultdict(list)
    for each in endpoints:
        costs[each["port"]].append(each["connections"])
    assert {port: counts for port, counts in costs.items() if not 0 < max(counts) <= 30} == {}
    assert {port: counts for port, counts in costs.items() if sum(counts) - max(counts) > 5 * (len(counts) - 1)} == {}


def test_the_servers_log_no_more_than_of_a_client_that_they_refuse(
    sound: tuple[list[dict[str, Any]], list[str]],
) -> None:
    _, news = sound
    assert news
    assert [line for line in news if WORRYING.search(line) and not REFUSED.search(line)] == []
