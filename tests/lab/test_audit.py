"""The audit on real hosts: every fault is found, sound hosts stay silent, nothing is changed or carried off."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from lab.defects import DEFECTS
from lab.fleet import FAULTY, demo, named, variant
from tests.lab.audits import Audit, audit, forms, run
from tests.lab.conftest import SessionLab
from tlsfleet.check import load_checks

SOUND = ("sound", "sound-2014", "sound-ecdsa")
TODAY = {"key-exchange.post-quantum"}  # Debian 12's OpenSSL has none
RECOMMENDED = {  # docs/notes.md says why
    "sound-2014": {
        *("service.session-tickets", "consistency.protocols-as-configured", "cipher-suite.forward-secrecy"),
    },
}
LEFT_BY_CLIENTS = {  # by any connection: lines of logs, and Postfix's cache of sessions
    *(f"/var/log/{name}" for name in ("nginx/access.log", "mail.log", "dovecot.log", "prosody/prosody.log")),
    *(f"/var/lib/postfix/{name}" for name in ("smtpd_scache.db", "prng_exch")),
}
TWIN = "key-shared-twin"
BY_DATA = {"coverage.waivers-live"}  # broken by a waivers file, not by a host


@pytest.fixture(scope="module")
def fleet(lab: SessionLab, tmp_path_factory: pytest.TempPathFactory) -> Audit:
    """One audit of all sound hosts and of one host a defect."""
    words = (*SOUND, "plain", *DEFECTS)
    hosts = [host for word in words for host in named(word)] + [variant("sound", ["key-shared"], TWIN)]
    lab.up(hosts)
    return audit(lab, [host.name for host in hosts], tmp_path_factory.mktemp("fleet"), "--tb=no")


def test_every_check_has_a_defect() -> None:
    assert {check.id for check in load_checks()} - BY_DATA == {defect.check for defect in DEFECTS.values()}


@pytest.mark.parametrize("name", DEFECTS)
def test_a_defect_is_found(fleet: Audit, name: str) -> None:
    defect = DEFECTS[name]
    host = named(name)[-1].name
    violated, binding = fleet.checks(host, "violates"), fleet.binding(host)
    over_fleet = {
        check for (place, check), row in fleet.verdicts.items() if place == "fleet" and host in str(row["findings"])
    }
    assert defect.check in violated | over_fleet
    assert violated & binding <= {defect.check, *defect.also}


def test_every_fault_of_the_demo_is_found(lab: SessionLab, tmp_path: Path) -> None:
    lab.up(demo())
    done = audit(lab, [host.name for host in demo()], tmp_path, "--tb=no")
    planted = {(host, DEFECTS[defect].check) for host, defects in FAULTY.items() for defect in defects}
    over_fleet = {(host, check) for host, check in planted if host in str(done.verdicts.get(("fleet", check)))}
    assert {
        (host, check) for host, check in planted - over_fleet if check not in done.checks(host, "violates")
    } == set()


@pytest.mark.parametrize("name", SOUND)
def test_a_sound_host_has_nothing_to_mend(fleet: Audit, name: str) -> None:
    assert fleet.checks(name, "violates") & fleet.binding(name) == set()
    assert fleet.checks(name, "violates") <= TODAY | RECOMMENDED.get(name, set())
    assert fleet.checks(name, "unknown", "waived") == set()


def test_a_host_without_tls_has_nothing_to_judge(fleet: Audit) -> None:
    assert fleet.checks("plain", "violates", "unknown") == set()


def test_a_sound_host_passes(lab: SessionLab, tmp_path: Path) -> None:
    lab.host("sound")
    done = audit(lab, ["sound"], tmp_path)
    assert done.status == 0, done.output
    assert done.checks("sound", "violates") == TODAY
    assert done.checks("sound", "unknown", "waived") == set()


def test_a_faulty_host_fails_and_its_replay_says_the_same(lab: SessionLab, tmp_path: Path) -> None:
    name = lab.host("sound", ["key-world-readable"]).name
    done = audit(lab, [name], tmp_path)
    assert done.status == 1
    assert "private-key.not-exposed" in done.output
    again = run([], tmp_path / "again", f"--replay={done.folder.resolve()}")
    assert again.status == 1
    assert again.verdicts == done.verdicts
    assert again.rows[-1]["run"]["started_at"] == done.rows[-1]["run"]["started_at"]


def test_an_audit_is_one_ssh_command_and_changes_nothing(lab: SessionLab, tmp_path: Path) -> None:
    host = lab.host("sound")
    host.run("true")
    before, logged = host.snapshot(), host.ssh_log()
    assert audit(lab, ["sound"], tmp_path, "-m", "inside").status == 0
    assert host.snapshot() == before
    news = host.ssh_log().removeprefix(logged)
    assert news.count("Accepted publickey") == 1
    assert news.count("Starting session: command") == 1


def test_on_the_wire_it_leaves_what_any_client_does(lab: SessionLab, tmp_path: Path) -> None:
    host = lab.host("sound")
    for options in ("443", "465", "993", "995", "25 -starttls smtp", "587 -starttls smtp"):
        host.run(f"openssl s_client -connect {host.address}:{options} </dev/null", check=False)
    before, logged = host.snapshot(), host.ssh_log()
    assert audit(lab, ["sound"], tmp_path).status == 0
    after = host.snapshot()
    assert {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)} <= LEFT_BY_CLIENTS
    assert host.ssh_log().removeprefix(logged).count("Starting session: command") == 1


def test_nothing_changes_where_nginx_is_stopped(lab: SessionLab, tmp_path: Path) -> None:
    host = lab.up([variant("sound", [], "stopped")])[0]
    host.stop("nginx")
    before = host.snapshot()
    done = audit(lab, ["stopped"], tmp_path)
    assert host.snapshot() == before
    assert done.checks("stopped", "violates", "unknown") == set(), done.output


def test_no_private_key_leaves_its_host(fleet: Audit, lab: SessionLab) -> None:
    written = fleet.everything()
    seen = written + written.replace(b"\\n", b"").replace(b"\n", b"")
    for name in ("sound", "key-in-chain-file", "key-in-certs-folder", "key-in-web-root", "key-encrypted"):
        stored = (lab.hosts[name].root / "etc/ssl/localcerts").glob("server_*.key")
        for path in stored:
            assert not any(form in seen for form in forms(_private_number(path.read_bytes()))), name
    assert b"PRIVATE KEY-----" not in written


def test_a_dead_host_makes_only_its_own_checks_unknown(lab: SessionLab, tmp_path: Path) -> None:
    lab.host("sound")
    inventory = lab.inventory(["sound"])
    dead = tmp_path / "dead.ini"
    line = inventory.read_text().replace("sound ", "dead ", 1).replace(lab.hosts["sound"].address, "10.97.255.254")
    dead.write_text(inventory.read_text() + line)
    done = run(lab.command(), tmp_path / "reports", f"--inventory={dead}")
    assert done.status == 1
    assert done.checks("sound", "violates", "unknown") == TODAY
    assert done.checks("fleet", "violates", "unknown") == set()
    assert done.checks("dead", "unknown") == {row["check"] for row in done.verdicts.values() if row["host"] == "dead"}


def test_an_unknown_host_key_is_refused_whatever_the_arguments_say(lab: SessionLab, tmp_path: Path) -> None:
    lab.host("sound")
    inventory = tmp_path / "loose.ini"
    text = lab.inventory(["sound"]).read_text()
    known = f"-o UserKnownHostsFile={lab.folder}/known_hosts"
    inventory.write_text(text.replace(known, "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null"))
    done = run(lab.command(), tmp_path / "reports", f"--inventory={inventory}", "-k", "file-set")
    assert done.status == 1
    assert {row["status"] for row in done.verdicts.values()} == {"unknown"}
    assert "host's key is not known" in done.output


def test_the_host_fixture_works_in_a_test_of_the_users(lab: SessionLab, tmp_path: Path) -> None:
    lab.host("sound")
    own = Path(__file__).parents[2] / "tests_hosts" / "test_zz_own.py"
    own.write_text("def test_own(host):\n    assert host.file('/etc/ssl/private').group == 'ssl-cert'\n")
    try:
        done = audit(lab, ["sound"], tmp_path, str(own))
    finally:
        own.unlink()
    assert "1 passed" in done.output, done.output


def test_a_waiver_covers_its_finding_and_a_stale_one_is_told(lab: SessionLab, tmp_path: Path) -> None:
    name = lab.host("sound", ["session-tickets"]).name
    waivers = tmp_path / "waivers.toml"
    row = '[[waiver]]\ncheck = "{}"\nhost = "*"\nsubject = "*"\nreason = "lab"\napproved_by = "me"\nuntil = {}\n'
    stale = row.format("service.session-cache", "2020-01-01")
    waivers.write_text(row.format("service.session-tickets", "2099-01-01") + stale)
    done = audit(lab, [name], tmp_path / "reports", f"--waivers={waivers}")
    assert done.verdicts[name, "service.session-tickets"]["status"] == "waived"
    assert done.verdicts["fleet", "coverage.waivers-live"]["status"] == "violates"


def _private_number(pem: bytes) -> bytes:
    """What makes a key private: the exponent of RSA, the scalar of EC."""
    key = load_pem_private_key(pem, None)
    assert isinstance(key, RSAPrivateKey | EllipticCurvePrivateKey)
    numbers = key.private_numbers()
    number = numbers.d if hasattr(numbers, "d") else numbers.private_value
    return number.to_bytes((number.bit_length() + 7) // 8, "big")
