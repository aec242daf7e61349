"""Inventory variables: how a host is reached, and what it is held to."""

from pathlib import Path
from typing import Any

import pytest

from tlsfleet.inventory.target import Connection, InventoryError
from tlsfleet.inventory.variables import HostVariables, connection_of, target_of


def host(
    values: dict[str, Any], inventory: Path = Path("inventory.ini"), passwords: tuple[str, ...] = ()
) -> HostVariables:
    return HostVariables("web1", inventory, values, dict.fromkeys(values, "inventory.ini:7"), passwords)


@pytest.mark.parametrize(
    ("values", "connection"),
    [
        ({}, Connection("ssh", "web1")),
        ({"ansible_connection": "smart"}, Connection("ssh", "web1")),
        ({"ansible_connection": "ansible.builtin.ssh"}, Connection("ssh", "web1")),
        ({"ansible_connection": "community.docker.docker", "ansible_host": "c1"}, Connection("docker", "c1")),
        ({"ansible_connection": "none"}, Connection("none", "web1")),
        ({"ansible_host": "192.0.2.1", "ansible_port": "2222"}, Connection("ssh", "192.0.2.1", 2222)),
        ({"ansible_ssh_host": "h", "ansible_ssh_port": 22, "ansible_ssh_user": "u"}, Connection("ssh", "h", 22, "u")),
        ({"ansible_host": "new", "ansible_ssh_host": "old"}, Connection("ssh", "new")),
        ({"ansible_ssh_private_key_file": "/k"}, Connection("ssh", "web1", key="/k")),
        ({"ansible_private_key_file": "~/k"}, Connection("ssh", "web1", key=str(Path.home() / "k"))),
        (
            {"ansible_ssh_args": "-C", "ansible_ssh_common_args": "-J 'a b'", "ansible_ssh_extra_args": "-v"},
            Connection("ssh", "web1", common_args="-C -J 'a b'", extra_args="-v"),
        ),
        (
            {"ansible_become": True, "ansible_become_user": "audit"},
            Connection("ssh", "web1", become=True, become_user="audit"),
        ),
        ({"ansible_become": False, "ansible_become_method": "su"}, Connection("ssh", "web1")),
        (
            {"ansible_become": True, "ansible_become_method": "ansible.builtin.sudo"},
            Connection("ssh", "web1", become=True),
        ),
    ],
)
def test_the_connection(values: dict[str, Any], connection: Connection) -> None:
    assert connection_of(host(values)) == connection


@pytest.mark.parametrize("text", [True, "true", "True", "yes", "YES", "on", "1", 1, " true "], ids=repr)
def test_become_spelled_true(text: object) -> None:
    assert connection_of(host({"ansible_become": text})).become


@pytest.mark.parametrize("text", [False, "false", "False", "no", "off", "0", 0, ""], ids=repr)
def test_become_spelled_false(text: object) -> None:
    assert not connection_of(host({"ansible_become": text})).become


def test_passwords_are_named_as_ignored() -> None:
    assert connection_of(host({}, passwords=("ansible_password",))).ignored == ("ansible_password",)


def test_what_is_declared(tmp_path: Path) -> None:
    (tmp_path / "roots.pem").write_text("")
    values = {
        "tls_policy": "notes-2014",
        "tls_names": "WWW.example.org, *.example.org",
        "tls_endpoints": "443, 25/smtp,443",
        "tls_key_readers": ["prosody"],
        "tls_trust_anchors": "roots.pem",
        "tls_parameters": '{"renewal_days": 14}',
        "tls_terminated_by": "cdn",
    }
    target = target_of(host(values, tmp_path / "inventory.ini"))
    assert target.policy == "notes-2014"
    assert target.names == ("www.example.org", "*.example.org")
    assert target.endpoints == ("443", "25/smtp")
    assert target.key_readers == ("prosody",)
    assert target.trust_anchors == tmp_path / "roots.pem"
    assert target.parameters == {"renewal_days": 14}
    assert target.terminated_by == "cdn"
    assert target.variables == values
    assert target.places["tls_policy"] == "inventory.ini:7"


def test_what_is_not_declared_is_none() -> None:
    target = target_of(host({"ansible_user": "u"}))
    assert (target.policy, target.names, target.endpoints, target.key_readers) == (None, None, None, None)
    assert (target.trust_anchors, target.terminated_by, target.parameters, target.variables) == (None, None, {}, {})


@pytest.mark.parametrize(
    ("value", "endpoints"),
    [
        (443, ("443",)),
        ([443, 8443], ("443", "8443")),
        ([443, "25/smtp"], ("443", "25/smtp")),
        ("none", ()),
        (["none"], ()),
        ("[::1]:443", ("[::1]:443",)),
    ],
)
def test_endpoints_as_ansible_reads_them(value: object, endpoints: tuple[str, ...]) -> None:
    assert target_of(host({"tls_endpoints": value})).endpoints == endpoints


def test_nobody_may_be_expected_to_read_keys() -> None:
    assert target_of(host({"tls_key_readers": ""})).key_readers == ()


def test_parameters_may_be_a_table() -> None:
    assert target_of(host({"tls_parameters": {"renewal_days": 7}})).parameters == {"renewal_days": 7}


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("tls_name", "x", "unknown variable; did you mean 'tls_names'?"),
        ("tls_" + "z" * 30, "x", "unknown variable; known are tls_endpoints"),
        ("tls_policy", ["notes"], "a text is needed"),
        ("tls_policy", True, "a text is needed"),
        ("tls_names", "a b", "'a b' is no host name"),
        ("tls_names", "192.0.2.1", "is no host name"),
        ("tls_names", "bücher.example", "xn--"),
        ("tls_names", {"a": 1}, "a list with commas is needed"),
        ("tls_names", None, "a list with commas is needed"),
        ("tls_endpoints", "443,https", "'https' is not of the form"),
        ("tls_endpoints", "443,none", "'none' is not of the form"),
        ("tls_endpoints", "", "write none"),
        ("tls_endpoints", [], "write none"),
        ("tls_endpoints", True, "a list with commas is needed"),
        ("tls_endpoints", 70000, "from 1 to 65535"),
        ("tls_endpoints", 4.43, "a list with commas is needed"),
        ("tls_trust_anchors", "none.pem", "there is no file none.pem"),
        ("tls_parameters", "{renewal_days: 14}", "is not JSON"),
        ("tls_parameters", "[1]", "a JSON object is needed"),
        ("tls_parameters", 14, "a JSON object is needed"),
        ("tls_parameters", "[" * 100_000, "is not JSON"),
        ("ansible_connection", "paramiko_ssh", "paramiko checks no host keys: write ssh"),
        ("ansible_connection", "shh", "did you mean 'ssh'?"),
        ("ansible_connection", "winrm", "unknown connection"),
        ("ansible_become", "maybe", "write true or false, not 'maybe'"),
        ("ansible_port", "ssh", "a port from 1 to 65535"),
        ("ansible_port", 0, "a port from 1 to 65535"),
        ("ansible_port", True, "a port from 1 to 65535"),
        ("ansible_port", "9" * 5000, "a port from 1 to 65535"),
        ("ansible_host", "-oProxyCommand=x", "is no host or user name"),
        ("ansible_user", "a b", "is no host or user name"),
        ("ansible_ssh_common_args", "-o 'x", "cannot be split into arguments: no closing quotation"),
    ],
)
def test_a_mistake_names_place_host_and_variable(name: str, value: object, says: str) -> None:
    with pytest.raises(InventoryError) as caught:
        target_of(host({name: value}))
    message = str(caught.value)
    assert message.startswith(f"inventory.ini:7: web1: {name}: ")
    assert says in message
    assert "\n" not in message


def test_only_sudo_is_had() -> None:
    with pytest.raises(InventoryError, match="only sudo is supported, not 'su'"):
        connection_of(host({"ansible_become": "yes", "ansible_become_method": "su"}))
