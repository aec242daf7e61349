"""The lab's odd servers: each fault of theirs shows on TLS and behind STARTTLS, and nothing else does."""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from lab.defects import DEFECTS
from lab.fleet import FAULTY, named, variant
from lab.namespaces import listening
from lab.odd import MAIL_PORT, PID_FILE, WEB_PORT
from lab.odd.modern_openssl import POST_QUANTUM
from lab.services.odd import oddities
from tests.lab.audits import Audit, audit
from tests.lab.conftest import SessionLab

FAULTLESS, AHEAD = "faultless", "post-quantum"
AREAS = "protocol or cipher-suite or key-exchange or handshake or vulnerability or starttls or chain or certificate"
HOSTS = ("relic", "leaky")
ONLY_BEHIND_STARTTLS = {"starttls.no-command-injection"}


@pytest.fixture(scope="module")
def done(lab: SessionLab, tmp_path_factory: pytest.TempPathFactory) -> Audit:
    """One audit of both hosts, of one whose odd server has no fault, and of one whose has ML-KEM."""
    faultless = replace(variant("sound", [], FAULTLESS), services=("nginx", "odd"))
    ahead = replace(faultless, name=AHEAD, plants=(oddities(POST_QUANTUM),))
    hosts = [*(host for name in HOSTS for host in named(name)), faultless, ahead]
    lab.up(hosts)
    return audit(lab, [host.name for host in hosts], tmp_path_factory.mktemp("odd"), "--tb=no", "-k", AREAS)


@pytest.mark.parametrize(("host", "defect"), [(host, defect) for host in HOSTS for defect in FAULTY[host]])
def test_a_fault_shows_on_tls_and_behind_starttls(done: Audit, host: str, defect: str) -> None:
    check = DEFECTS[defect].check
    places = {finding["subject"].partition("@")[0] for finding in done.verdicts[host, check]["findings"]}
    ports = {place.rpartition(":")[2] for place in places}
    wanted = {f"{MAIL_PORT}/smtp"} | (set() if check in ONLY_BEHIND_STARTTLS else {f"{WEB_PORT}"})
    assert wanted <= ports


def test_without_a_fault_it_is_sound(done: Audit) -> None:
    assert done.checks(FAULTLESS, "violates") & done.binding(FAULTLESS) == {"protocol.tls13-offered"}
    assert done.checks(FAULTLESS, "unknown") == set()


def test_ml_kem_is_found_on_tls_and_behind_starttls(done: Audit) -> None:
    assert done.checks(AHEAD, "violates") & done.binding(AHEAD) == set()
    assert done.checks(AHEAD, "unknown") == set()
    told = json.loads((done.folder / "facts" / f"{AHEAD}.json").read_text())
    groups = {endpoint["port"]: set(endpoint["groups"]) for endpoint in told["endpoints"]}
    assert {port for port in groups if "X25519MLKEM768" in groups[port]} == {WEB_PORT, MAIL_PORT}
    lacking = done.verdicts[AHEAD, "key-exchange.post-quantum"]["findings"]
    assert {finding["subject"].partition("@")[0].rpartition(":")[2] for finding in lacking} == {"443"}


def test_it_stops_and_starts_and_ends_with_its_host(lab: SessionLab) -> None:
    (host,) = lab.up(named("ticketbleed"))
    host.stop("odd")
    assert not {WEB_PORT, MAIL_PORT} & listening(host.init)
    host.start("odd")
    number = host.run(f"cat {PID_FILE}").stdout.strip()
    assert "lab.odd" in host.run(f"tr '\\0' ' ' < /proc/{number}/cmdline").stdout
    argument = str(host.root).encode()
    assert any(argument in command for command in _commands())
    lab.remove(host.name)
    assert not any(argument in command for command in _commands())


def _commands() -> Iterator[bytes]:
    """The command lines of this machine's processes."""
    for line in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # it ended while we looked
            yield line.read_bytes()
