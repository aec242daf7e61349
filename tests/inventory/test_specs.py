"""Targets given as specs."""

import pytest

from tlsfleet.inventory.specs import target_of
from tlsfleet.inventory.target import Connection, InventoryError


@pytest.mark.parametrize(
    ("spec", "connection"),
    [
        ("local://", Connection("local")),
        ("local://?sudo=true", Connection("local", become=True)),
        ("ssh://web1", Connection("ssh", "web1")),
        ("ssh://root@web1:2222", Connection("ssh", "web1", 2222, "root")),
        ("ssh://[::1]:22", Connection("ssh", "::1", 22)),
        ("ssh://[::1]", Connection("ssh", "::1")),
        ("ssh://a%40b@web1", Connection("ssh", "web1", user="a@b")),
        ("ssh://web1?sudo=true&sudo_user=audit", Connection("ssh", "web1", become=True, become_user="audit")),
        ("ssh://web1?ssh_identity_file=/k", Connection("ssh", "web1", key="/k")),
        ("docker://nginx", Connection("docker", "nginx")),
        ("podman://user@nginx", Connection("podman", "nginx", user="user")),
        ("kubectl://pod?container=nginx&namespace=web", Connection("kubectl", "pod")),
    ],
)
def test_a_testinfra_spec_passes_through(spec: str, connection: Connection) -> None:
    target = target_of(spec)
    assert (target.name, target.spec, target.connection) == (spec, spec, connection)
    assert target.endpoints is None


@pytest.mark.parametrize("password", ["secret", "s:e@c", "", "a%2Fb"])
def test_a_password_is_dropped_and_said_to_be(password: str) -> None:
    target = target_of(f"ssh://root:{password}@web1:22?sudo=true")
    assert target.name == target.spec == "ssh://root@web1:22?sudo=true"
    assert target.connection == Connection("ssh", "web1", 22, "root", become=True, ignored=("password",))


def test_a_wire_only_target_has_its_endpoint_and_no_shell() -> None:
    target = target_of("tls://mail.example.org:25/smtp")
    assert (target.name, target.spec) == ("tls://mail.example.org:25/smtp", None)
    assert target.connection == Connection("none", "mail.example.org")
    assert target.endpoints == ("mail.example.org:25/smtp",)


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("paramiko://root:secret@web1", "paramiko://root@web1: paramiko checks no host keys: write ssh://"),
        ("ansible://web1", "name the inventory's host alone"),
        ("winrm://web1", "Windows"),
        ("salt://web1", "write ssh://"),
        ("shh://root:secret@web1", "shh://root@web1: unknown connection 'shh'; did you mean 'ssh'?"),
        ("://web1", "unknown connection ''"),
        ("ssh://", "names no host"),
        ("docker://", "names no host"),
        ("ssh://-oProxyCommand=x", "cannot begin with -"),
        ("ssh://-l@web1", "cannot begin with -"),
        ("ssh://%2DoProxyCommand=x", "cannot begin with -"),
        ("ssh://web1:ssh", "Port"),
        ("ssh://web1:99999", "Port"),
        ("ssh://fe80::1", "in brackets"),
        ("ssh://[::1", "ssh://[::1"),
        ("tls://web1", "is not of the form"),
        ("tls://443", "is not of the form NAME:PORT"),
        ("tls://web1:443@name", "is not of the form NAME:PORT"),
        ("tls://web1:25/smpt", "did you mean 'smtp'?"),
    ],
)
def test_what_cannot_be_audited_is_one_line(spec: str, says: str) -> None:
    with pytest.raises(InventoryError) as caught:
        target_of(spec)
    assert says in str(caught.value)
    assert str(caught.value).startswith("--hosts: ")
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)
