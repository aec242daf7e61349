"""Targets that a user names by spec, without an inventory: testinfra's ``ssh://...``, and ``tls://NAME:PORT[/STARTTLS]``."""

import re
from urllib.parse import parse_qs, unquote, urlsplit

from tlsfleet.inventory.endpoint import parse_endpoint
from tlsfleet.inventory.target import Connection, InventoryError, Target
from tlsfleet.spelling import hint

KINDS = ("local", "ssh", "safe-ssh", "docker", "podman", "lxc", "kubectl", "openshift", "chroot")
REFUSED = {
    "paramiko": "paramiko checks no host keys: write ssh:// instead",
    "winrm": "Windows hosts cannot be audited",
    "ansible": "name the inventory's host alone, without ansible://",
    "salt": "salt is not supported: write ssh:// instead",
}


def target_of(spec: str) -> Target:
    """The target that a spec names. Raises InventoryError."""
    scheme, _, rest = spec.partition("://")
    if scheme == "tls":
        return _wire_only(spec, rest)
    if scheme in REFUSED:
        raise InventoryError(f"--hosts: {_shown(spec)}: {REFUSED[scheme]}")
    if scheme not in KINDS:
        raise InventoryError(f"--hosts: {_shown(spec)}: unknown connection {scheme!r}; {hint(scheme, (*KINDS, 'tls'))}")
    bare = _shown(spec)
    try:
        return Target(bare, _connection(bare, scheme, () if bare == spec else ("password",)), bare)
    except ValueError as error:
        raise InventoryError(f"--hosts: {bare}: {error}") from None


def _connection(spec: str, scheme: str, ignored: tuple[str, ...]) -> Connection:
    url = urlsplit(spec)
    query = parse_qs(url.query)
    user, _, place = url.netloc.rpartition("@")
    host, port = _place(place) if scheme in {"ssh", "safe-ssh"} else (place, None)
    if not host and scheme != "local":
        raise ValueError("names no host")
    host, user = unquote(host), unquote(user)
    if host.startswith("-") or user.startswith("-"):
        raise ValueError("a host or user cannot begin with -")
    return Connection(
        scheme,
        host,
        port,
        user or None,
        key=query.get("ssh_identity_file", [None])[0],
        become=query.get("sudo", ["false"])[0].lower() == "true",
        become_user=query.get("sudo_user", ["root"])[0],
        ignored=ignored,
    )


def _place(place: str) -> tuple[str, int | None]:
    """Host and port of ``host``, ``host:22``, ``[::1]`` or ``[::1]:22``."""
    url = urlsplit(f"//{place}")
    if place.count(":") > 1 and not place.startswith("["):
        raise ValueError("an IPv6 address is written in brackets")
    host = place.partition("]")[0].removeprefix("[") if place.startswith("[") else place.partition(":")[0]
    return host, url.port


def _shown(spec: str) -> str:
    """The spec without its password."""
    return re.sub(r"(?<=://)([^/?@:]*):[^/?]*@", r"\1@", spec)


def _wire_only(spec: str, rest: str) -> Target:
    try:
        found = parse_endpoint(rest)
        if found.address is None or found.server_name or found.endpoint_class:
            raise ValueError(f"{rest!r} is not of the form NAME:PORT[/STARTTLS]")
    except ValueError as error:
        raise InventoryError(f"--hosts: {spec}: {error}") from None
    return Target(spec, Connection("none", found.address), endpoints=(str(found),))
