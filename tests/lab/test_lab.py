"""The lab itself: its hosts come up sound and apart from this machine, and nothing of it is left behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from lab.defects import DEFECTS
from lab.fleet import FAULTY, HOSTS, named
from lab.lab import LABS, Lab, clean
from lab.namespaces import Process, listening
from lab.services import SERVICES
from lab.system import LabError
from tests.lab.conftest import SessionLab

ROOT = Path(__file__).parents[2]


def test_all_servers_of_the_sound_host_listen(lab: SessionLab) -> None:
    host = lab.host("sound")
    wanted = frozenset().union(*(SERVICES[service].ports for service in ("ssh", *HOSTS["sound"].services)))
    assert wanted <= listening(host.init)


ROBOT = "decryption failed or bad record mac"  # logged of its probe, where static RSA is offered


@pytest.mark.parametrize("name", ["sound", "sound-2014", "sound-ecdsa"])
def test_sound_hosts_serve_a_chain_that_clients_trust(lab: SessionLab, name: str) -> None:
    host = lab.host(name)
    server_name = HOSTS[name].names[0]
    anchors = host.variables["tls_trust_anchors"]
    argv = ["openssl", "s_client", "-connect", f"{host.address}:443", "-servername", server_name, "-CAfile", anchors]
    shown = lab.run([*argv, "-verify_hostname", server_name], input="", capture_output=True, text=True)
    assert "Verify return code: 0 (ok)" in shown.stdout
    logged = host.run("cat /var/log/nginx/error.log").stdout.splitlines()
    assert [line for line in logged if not (name == "sound-2014" and ROBOT in line)] == []


def test_ssh_checks_host_keys(lab: SessionLab) -> None:
    host = lab.host("plain")
    assert subprocess.run(lab.ssh("plain", "hostname"), capture_output=True, text=True, check=True).stdout == "plain\n"
    host.run("ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/other")
    host.run("sed -i s/ssh_host_ed25519_key/other/ /etc/ssh/sshd_config")
    host.stop("ssh")
    host.start("ssh")
    refused = subprocess.run(lab.ssh("plain", "hostname"), capture_output=True, text=True, check=False)
    assert refused.returncode == 255
    assert "verification failed" in refused.stderr
    lab.remove("plain")


def test_ssh_log_tells_connections_and_commands(lab: SessionLab) -> None:
    host = lab.host("sound", ["set-without-cnf"])
    before = host.ssh_log()
    subprocess.run(lab.ssh(host.name, "true"), check=True)
    said = host.ssh_log().removeprefix(before)
    assert said.count("Accepted publickey") == 1
    assert said.count("Starting session: command") == 1


def test_inventory_names_hosts_and_their_variables(lab: SessionLab) -> None:
    lab.host("sound")
    lab.host("sound-2014")
    shown = lab.inventory(["sound", "sound-2014"]).read_text()
    assert "\n[lab]\nsound ansible_host=10.97." in shown
    assert "tls_names=sound.example.org,www.sound.example.org" in shown
    assert "tls_policy=notes-2014" in shown
    inventory = lab.inventory(["sound"])
    argv = [str(Path(sys.executable).with_name("ansible-inventory")), "-i", str(inventory), "--host", "sound"]
    found = subprocess.run(argv, capture_output=True, text=True, check=True)
    assert f"UserKnownHostsFile={lab.folder}/known_hosts" in found.stdout


def test_nothing_of_this_machine_is_seen_in_a_host(lab: SessionLab) -> None:
    host = lab.host("sound")
    assert host.run("ls -A /root /home /mnt /srv /opt").stdout.split() == [
        *("/home:", "/mnt:", "/opt:", "/root:", ".ssh", "/srv:"),
    ]
    assert host.run("ls -A /etc/ssh").stdout.split() == [
        *("ssh_host_ed25519_key", "ssh_host_ed25519_key.pub", "sshd_config"),
    ]
    assert set(host.run("find /etc/ssl/private -type f -printf '%f\\n'").stdout.split()) <= {
        f"server_{stamp}.key" for stamp in host.run("ls /etc/ssl/localcerts | grep -o '[0-9]\\{8\\}'").stdout.split()
    }
    assert host.run(f"test -e {ROOT}", check=False).returncode == 1
    assert host.run("grep -v ':[*]:' /etc/shadow", check=False).stdout == ""
    assert "/run/tlsfleet-lab" not in host.run("ls -A /run").stdout


def test_this_machine_sees_nothing_of_a_host(lab: SessionLab) -> None:
    host = lab.host("sound")
    assert host.run("ls /run/nginx.pid /var/spool/postfix/pid/master.pid /run/prosody/prosody.pid").returncode == 0
    links = subprocess.run(["ip", "-o", "link"], capture_output=True, text=True, check=True).stdout
    assert not [line for line in links.splitlines() if "veth" in line or "lab" in line.split(":")[1]]
    mounts = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
    assert [mount for mount in mounts if mount.startswith(str(lab.folder))] == [str(lab.folder)]


def test_there_is_no_way_out(lab: SessionLab) -> None:
    host = lab.host("sound")
    for where in ("192.0.2.1", "2001:db8::1"):
        assert "unreachable" in host.run(f"ip route get {where} 2>&1", check=False).stdout
        assert "unreachable" in lab.run(["ip", "route", "get", where], capture_output=True, text=True).stderr
    assert host.run("ip route show default; ip -6 route show default").stdout == ""


def test_snapshot_shows_each_kind_of_change(lab: SessionLab) -> None:
    host = lab.host("sound", ["set-without-csr"])
    before = host.snapshot()
    subprocess.run(lab.ssh(host.name, "cat /etc/ssl/dhparam.pem"), check=True, capture_output=True)
    assert host.snapshot() == before
    host.run("chmod 600 /etc/ssl/dhparam.pem; touch /etc/hosts; touch /tmp/new; chown 1 /root; rm /usr/bin/awk")
    after = host.snapshot()
    changed = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    assert {"/etc/ssl/dhparam.pem", "/etc/hosts", "/tmp/new", "/root", "/usr/bin/awk"} <= changed


def test_services_stop_and_start(lab: SessionLab) -> None:
    host = lab.host("sound", ["session-tickets"])
    host.stop("nginx")
    assert listening(host.init) == {22}
    host.start("nginx")
    assert listening(host.init) == {22, 80, 443}


@pytest.mark.parametrize("name", sorted(DEFECTS))
def test_each_defect_can_be_planted(lab: SessionLab, name: str) -> None:
    (host,) = lab.up(named(name))
    assert {22, 443} <= listening(host.init)
    lab.remove(host.name)


def test_the_demo_fleet_has_every_check_that_a_defect_is_known_for() -> None:
    shown = {DEFECTS[name].check for names in FAULTY.values() for name in names}
    assert shown == {defect.check for defect in DEFECTS.values()}


def test_an_unknown_host_is_one_line() -> None:
    with pytest.raises(LabError, match=r"^no host or defect 'sond'; hosts: sound, "):
        named("sond")


def test_a_host_that_cannot_start_is_one_line_and_leaves_nothing(lab: SessionLab) -> None:
    (broken,) = named("config-broken")
    with pytest.raises(LabError, match='invalid value "TLSv9"'):
        lab.up([replace(broken, plants=broken.plants_running, plants_running=())])
    assert not (lab.folder / "hosts" / broken.name).exists()


@pytest.fixture
def other() -> Iterator[str]:
    """The name of a lab beside the session's, taken down whatever happens."""
    name = f"pytest-{os.getpid()}-other"
    yield name
    Lab(name).down()


def test_two_labs_stand_side_by_side_and_down_leaves_nothing(lab: SessionLab, other: str) -> None:
    lab.host("sound")
    second = Lab.create(other)
    (host,) = second.up(named("plain"))
    auditor = second.auditor
    second.down()
    assert _left(other) == []
    assert not auditor.alive()
    assert not host.init.alive()
    assert lab.host("sound").run("true").returncode == 0


CREATE = "import sys, time; from lab.lab import Lab; from lab.fleet import named; lab = Lab.create(sys.argv[1]); "


def test_what_a_killed_run_left_is_cleaned(lab: SessionLab, other: str) -> None:
    script = f"{CREATE} lab.up(named('plain')); print('up', flush=True); time.sleep(600)"
    with subprocess.Popen([sys.executable, "-c", script, other], stdout=subprocess.PIPE, cwd=ROOT) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == b"up\n"
        clean()
        assert len(_left(other)) > 2, "a living run's lab is left alone"
        run.kill()
    clean()
    assert _left(other) == []
    assert lab.auditor.alive()


def test_ctrl_c_takes_down_what_was_started(lab: SessionLab, other: str) -> None:
    script = "import sys; from lab import __main__ as cli; cli.NAME = sys.argv[1]; sys.exit(cli.main(['up', 'demo']))"
    with subprocess.Popen([sys.executable, "-c", script, other], cwd=ROOT) as run:
        while not list((LABS / other).glob("hosts/*/init")):
            assert run.poll() is None
            time.sleep(0.01)
        run.send_signal(signal.SIGINT)
    assert run.returncode == 130
    assert _left(other) == []


def test_the_command_line_brings_up_lists_enters_and_takes_down(lab: SessionLab, other: str) -> None:
    def cli(*arguments: str) -> "subprocess.CompletedProcess[str]":
        script = "import sys; from lab import __main__ as cli; cli.NAME = sys.argv[1]; sys.exit(cli.main(sys.argv[2:]))"
        argv = [sys.executable, "-c", script, other, *arguments]
        return subprocess.run(argv, capture_output=True, text=True, check=False, cwd=ROOT)

    assert cli("list").stderr == "lab: no lab is up; start one: python -m lab up sound\n"
    assert Path(cli("up", "plain").stdout.strip()).read_text().startswith("# Written by the lab.\n[lab]\nplain ")
    assert cli("up", "csr-of-other-key").returncode == 0
    assert [line.split()[0] for line in cli("list").stdout.splitlines()] == ["csr-of-other-key", "plain"]
    assert cli("ssh", "plain", "hostname").stdout == "plain\n"
    assert cli("ssh", "sound", "hostname").stderr.startswith("lab: no host 'sound' is up; ")
    assert " lab " in cli("exec", "--", "ip", "-o", "link").stdout.replace(":", " ")
    assert cli("down").returncode == 0
    assert _left(other) == []


def test_a_process_whose_id_was_used_again_is_not_killed() -> None:
    with subprocess.Popen(["sleep", "60"]) as sleeper:
        real = Process.of(sleeper.pid)
        assert real is not None
        Process(real.pid, real.started - 1).kill()
        assert sleeper.poll() is None
        real.kill()
        assert sleeper.wait(10) == -signal.SIGKILL


def _left(name: str) -> list[str]:
    """The mounts and processes of a lab."""
    folder = f"{LABS / name}"
    mounts = [line for line in Path("/proc/mounts").read_text().splitlines() if folder in line]
    processes = []
    for info in Path("/proc").glob("[0-9]*/mountinfo"):
        try:
            if f"upperdir={folder}/" in info.read_text():
                processes.append(str(info.parent))
        except OSError:  # it ended while we looked
            continue
    return [*mounts, *processes, *map(str, Path(folder).glob("*"))]
