"""From a host's inventory variables to a target: each checked, with its file and line where it is wrong."""

import json
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tlsfleet.inventory.endpoint import is_host_name, parse_endpoint
from tlsfleet.inventory.target import Connection, InventoryError, Target
from tlsfleet.spelling import hint

TRUE = {"1", "true", "yes", "on", "y", "t"}
FALSE = {"0", "false", "no", "off", "n", "f", ""}
KINDS = {
    **{name: name for name in ("ssh", "local", "docker", "podman", "lxc", "kubectl", "none")},
    "smart": "ssh",
    "oc": "openshift",
    "docker_api": "docker",
}
PASSWORDS = tuple(
    f"ansible_{name}" for name in ("password", "ssh_pass", "ssh_password", "become_password", "become_pass")
)
CONNECTION = (
    *("ansible_connection", "ansible_host", "ansible_ssh_host", "ansible_port", "ansible_ssh_port"),
    *("ansible_user", "ansible_ssh_user", "ansible_private_key_file", "ansible_ssh_private_key_file"),
    *("ansible_ssh_args", "ansible_ssh_common_args", "ansible_ssh_extra_args"),
    *("ansible_become", "ansible_become_user", "ansible_become_method"),
)
TLS = ("policy", "names", "endpoints", "key_readers", "trust_anchors", "parameters", "terminated_by")


@dataclass(frozen=True, slots=True)
class HostVariables:
    """A host's variables as the inventory resolved them, those alone that are used here; ``places`` are ``file:line``.

    ``passwords`` are the names of variables that hold one; their values are not read.
    """

    host: str
    inventory: Path
    values: Mapping[str, Any]
    places: Mapping[str, str]
    passwords: tuple[str, ...] = ()

    def error(self, name: str, message: str) -> InventoryError:
        """The error of one variable."""
        return InventoryError(f"{self.places.get(name, self.inventory)}: {self.host}: {name}: {message}")


def target_of(host: HostVariables) -> Target:
    """The target that a host's variables make. Raises InventoryError."""
    for name in sorted(host.values):
        if name.startswith("tls_") and name.removeprefix("tls_") not in TLS:
            raise host.error(name, f"unknown variable; {hint(name, [f'tls_{known}' for known in TLS])}")
    declared = {name: value for name, value in host.values.items() if name.startswith("tls_")}
    return Target(
        host.host,
        connection_of(host),
        policy=_text(host, "tls_policy"),
        names=_list(host, "tls_names", _host_name),
        endpoints=_endpoints(host),
        key_readers=_list(host, "tls_key_readers", str),
        trust_anchors=_file(host, "tls_trust_anchors"),
        parameters=_parameters(host),
        terminated_by=_text(host, "tls_terminated_by"),
        variables=declared,
        places={name: place for name, place in host.places.items() if name in declared},
    )


def connection_of(host: HostVariables) -> Connection:
    """How the inventory says that the host is reached (Ansible's connection variables). Raises InventoryError."""
    become = _flag(host, "ansible_become")
    if become and (method := _text(host, "ansible_become_method") or "sudo").rpartition(".")[2] != "sudo":
        raise host.error("ansible_become_method", f"only sudo is supported, not {method!r}")
    common = (_arguments(host, name) for name in ("ansible_ssh_args", "ansible_ssh_common_args"))
    key = _first(host, "ansible_ssh_private_key_file", "ansible_private_key_file")
    return Connection(
        _kind(host),
        _word(host, "ansible_host", "ansible_ssh_host") or host.host,
        _port(host),
        _word(host, "ansible_user", "ansible_ssh_user"),
        str(Path(key).expanduser()) if key else None,
        " ".join(filter(None, common)),
        _arguments(host, "ansible_ssh_extra_args"),
        become,
        _first(host, "ansible_become_user") or "root",
        host.passwords,
    )


def _kind(host: HostVariables) -> str:
    given = _text(host, "ansible_connection") or "ssh"
    name = given.rpartition(".")[2]  # community.docker.docker
    if name.startswith("paramiko"):
        raise host.error("ansible_connection", "paramiko checks no host keys: write ssh")
    if name not in KINDS:
        raise host.error("ansible_connection", f"unknown connection {given!r}; {hint(name, KINDS)}")
    return KINDS[name]


def _port(host: HostVariables) -> int | None:
    name = "ansible_port" if "ansible_port" in host.values else "ansible_ssh_port"
    value = host.values.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not str(value).isdecimal() or not 1 <= int(str(value)[:6]) <= 65535:
        raise host.error(name, f"a port from 1 to 65535 is needed, not {value!r}")
    return int(value)


def _flag(host: HostVariables, name: str) -> bool:
    text = str(host.values.get(name, False)).strip().lower()
    if text not in TRUE | FALSE:
        raise host.error(name, f"write true or false, not {text!r}")
    return text in TRUE


def _word(host: HostVariables, *names: str) -> str | None:
    """A host or user: a text that ssh cannot take for an option."""
    for name in names:
        text = _text(host, name)
        if text and (text.startswith("-") or not text.isprintable() or " " in text):
            raise host.error(name, f"{text!r} is no host or user name")
    return _first(host, *names)


def _arguments(host: HostVariables, name: str) -> str:
    text = _text(host, name) or ""
    try:
        shlex.split(text)
    except ValueError as error:
        raise host.error(name, f"cannot be split into arguments: {str(error).lower()}") from None
    return text


def _first(host: HostVariables, *names: str) -> str | None:
    return next((text for name in names if (text := _text(host, name))), None)


def _text(host: HostVariables, name: str) -> str | None:
    value = host.values.get(name)
    if value is None:
        return None
    if isinstance(value, bool | list | dict):
        raise host.error(name, f"a text is needed, not {value!r}"[:300])
    return str(value).strip()


def _items(host: HostVariables, name: str) -> list[str] | None:
    """The items of a list, or of a text with commas; Ansible reads ``443`` as a number and ``443,8443`` as a list."""
    if name not in host.values:
        return None
    value = host.values[name]
    items = value.split(",") if isinstance(value, str) else value if isinstance(value, list) else [value]
    if not all(isinstance(item, str | int) and not isinstance(item, bool) for item in items):
        raise host.error(name, f"a list with commas is needed, not {value!r}"[:300])
    return list(dict.fromkeys(str(item).strip() for item in items if str(item).strip()))


def _list(host: HostVariables, name: str, checked: Callable[[str], str]) -> tuple[str, ...] | None:
    items = _items(host, name)
    if items is None:
        return None
    try:
        return tuple(map(checked, items))
    except ValueError as error:
        raise host.error(name, str(error)) from None


def _host_name(text: str) -> str:
    if not is_host_name(text.removeprefix("*.")):
        raise ValueError(f"{text!r} is no host name (write international names as xn--...)")
    return text.lower()


def _endpoints(host: HostVariables) -> tuple[str, ...] | None:
    name = "tls_endpoints"
    if _items(host, name) == ["none"]:
        return ()
    found = _list(host, name, lambda text: str(parse_endpoint(text)))
    if found == ():
        raise host.error(name, "is empty: write none for no audit of the wire, or leave the variable out")
    return found


def _file(host: HostVariables, name: str) -> Path | None:
    """A file of the auditor's; a relative path starts at the inventory's folder."""
    text = _text(host, name)
    if text is None:
        return None
    folder = host.inventory if host.inventory.is_dir() else host.inventory.parent
    path = folder / Path(text).expanduser()
    if not path.is_file():
        raise host.error(name, f"there is no file {path}")
    return path


def _parameters(host: HostVariables) -> Mapping[str, object]:
    name = "tls_parameters"
    value = host.values.get(name, {})
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError) as error:
            raise host.error(name, f"is not JSON: {error}") from None
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise host.error(name, """a JSON object is needed, such as '{"renewal_days": 14}'""")
    return value
