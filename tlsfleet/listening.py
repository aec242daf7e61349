"""Which listening sockets speak TLS to others than the host itself, by services' configurations and by port. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import ip_address

from tlsfleet.configuration import ServiceConfig, TlsBlock
from tlsfleet.facts import HostFacts, Listener
from tlsfleet.missing import Unknown

# What is spoken before TLS on the ports that IANA gives to services with TLS.
PORTS: dict[int, str | None] = {
    **dict.fromkeys((443, 465, 636, 853, 990, 993, 995, 5223, 5270, 6697, 8443), None),
    **dict.fromkeys((25, 587), "smtp"),
    21: "ftp",
    24: "lmtp",
    110: "pop3",
    143: "imap",
    389: "ldap",
    4190: "sieve",
    5222: "xmpp-client",
    5269: "xmpp-server",
    5432: "postgres",
}
PLAIN = {22: "SSH", 53: "DNS", 80: "HTTP", 111: "rpcbind"}  # what is spoken without TLS on ports that IANA gives to it
PASSED_ON = "stream"  # a plain block of nginx's stream passes on whatever comes, TLS too
WILDCARDS = {"0.0.0.0", "::", "*", ""}  # noqa: S104 - to recognise, not to bind


@dataclass(frozen=True, slots=True)
class Heard:
    """A TCP socket that others reach; ``tls`` is whether it speaks TLS, None where neither config nor port tells.

    ``starttls`` is what is spoken before TLS, ``names`` are those that the configuration has there.
    """

    listener: Listener
    tls: bool | None
    starttls: str | None = None
    names: tuple[str, ...] = ()

    @property
    def subject(self) -> str:
        address = self.listener.address or "*"
        return f"[{address}]:{self.listener.port}" if ":" in address else f"{address}:{self.listener.port}"


def heard(facts: HostFacts, listeners: Iterable[Listener]) -> Iterator[Heard]:
    """The TCP sockets of some listeners that are not on loopback; the configuration goes before the port."""
    blocks = tuple(_blocks(facts))
    for listener in listeners:
        if listener.transport == "tcp" and not _is_loopback(listener.address):
            yield _heard(listener, [block for block in blocks if _listens(block, listener)])


def address_of(text: str) -> str:
    """An address in the one form in which it can be compared: without zone, IPv4 as such; else as it is."""
    try:
        address = ip_address(text.partition("%")[0].strip("[]"))
    except ValueError:
        return text
    return str(getattr(address, "ipv4_mapped", None) or address)


def _heard(listener: Listener, own: list[TlsBlock]) -> Heard:
    spoken = [block for block in own if block.transport in {"tls", "starttls"}]
    if spoken:
        starttls = None if any(block.transport == "tls" for block in spoken) else PORTS.get(listener.port)
        names = tuple(name for block in spoken for name in block.server_names)
        return Heard(listener, tls=True, starttls=starttls, names=names)
    if listener.port in PLAIN or any(block.protocol != PASSED_ON for block in own):
        return Heard(listener, tls=False)
    return Heard(listener, tls=True if listener.port in PORTS else None, starttls=PORTS.get(listener.port))


def _blocks(facts: HostFacts) -> Iterator[TlsBlock]:
    services = () if isinstance(facts.services, Unknown) else facts.services
    for service in services:
        if isinstance(service, ServiceConfig):
            yield from (block for block in service.blocks if isinstance(block, TlsBlock))


def _listens(block: TlsBlock, listener: Listener) -> bool:
    places = {address.rpartition(":") for address in block.addresses}
    hosts = {host.strip("[]") for host, _, port in places if port == str(listener.port)}
    return bool(hosts) and (listener.address in hosts or bool(hosts & WILDCARDS) or listener.address in WILDCARDS)


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address.partition("%")[0]).is_loopback
    except ValueError:
        return False
