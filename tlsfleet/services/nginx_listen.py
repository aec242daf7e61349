"""nginx's listen directives: which address each server block answers on, and which block is an address's default."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tlsfleet.services.nginx_tree import WITHHELD, Statement

MAX_RANGE = 1000
HOST_PORT = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^:\[\]]*)(?::(?P<port>\d{1,5})(?:-(?P<last>\d{1,5}))?)?")


@dataclass(frozen=True, slots=True)
class Listen:
    """One address of a listen directive: address:port, IPv6 in brackets, unix:/path; ``kind`` is tcp, udp or quic."""

    address: str
    kind: str
    ssl: bool
    default: bool
    where: str

    @property
    def socket(self) -> tuple[str, str]:
        return ("udp" if self.kind == "quic" else self.kind, self.address)

    @property
    def port(self) -> str:
        return "" if self.address.startswith("unix:") else self.address.rpartition(":")[2]


def listens(statements: Sequence[Statement], where: str, default_port: str | None) -> Iterator[Listen | Statement]:
    """What a server block listens on; a directive that is not understood comes as itself.

    ``default_port`` is HTTP's for a block without listen, None for stream and mail, which must have one.
    """
    found = [item for item in statements if item.name == "listen"]
    for item in found:
        parsed = _parse(item)
        if parsed is None:
            yield item
        else:
            yield from parsed
    if not found and default_port is not None:
        yield Listen(f"0.0.0.0:{default_port}", "tcp", ssl=False, default=False, where=where)


def _parse(item: Statement) -> list[Listen] | None:
    if not item.args or WITHHELD in item.args:
        return None
    words = set(item.args[1:])
    kind = "quic" if "quic" in words else "udp" if "udp" in words else "tcp"
    ssl, default = "ssl" in words or kind == "quic", bool(words & {"default_server", "default"})
    addresses = _addresses(item.args[0])
    return [Listen(address, kind, ssl, default, item.where) for address in addresses] or None


def _addresses(text: str) -> list[str]:
    if text.startswith("unix:"):
        return [text]
    if re.fullmatch(r"\d{1,5}(-\d{1,5})?", text):
        text = f"*:{text}"
    found = HOST_PORT.fullmatch(text)
    if found is None or not found["host"]:
        return []
    host = "0.0.0.0" if found["host"] == "*" else found["host"].lower()  # noqa: S104 - a host's, not ours
    first = int(found["port"] or 80)
    last = int(found["last"] or first)
    if not 0 < first <= last <= 65535 or last - first > MAX_RANGE:
        return []
    return [f"{host}:{port}" for port in range(first, last + 1)]
