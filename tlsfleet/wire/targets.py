"""Which endpoints of a host are examined: those declared, else those that its listeners and configs show. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_address

from tlsfleet.endpoints import LOCAL, MANDATORY, OPPORTUNISTIC, Endpoint
from tlsfleet.facts import HostFacts, Listener, ServiceConfig, TlsBlock
from tlsfleet.inventory import Target
from tlsfleet.inventory.endpoint import is_host_name, parse_endpoint
from tlsfleet.missing import Unknown
from tlsfleet.subjects import is_host_name as is_served_name

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
WILDCARDS = {"0.0.0.0", "::", "*", ""}  # noqa: S104 - to recognise, not to bind
MAX_NAMES = 64
NO_ENDPOINTS = "no endpoint is declared (tls_endpoints), and no shell tells which there are"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A place to examine; ``host`` is an address, or a name to be resolved; ``names`` are what to ask for by SNI."""

    host: str
    port: int
    starttls: str | None
    names: tuple[str, ...]
    endpoint_class: str | None = None

    def at(self, address: str) -> tuple[Endpoint, ...]:
        """The endpoints of it on one of its addresses: each name, and once without any."""
        chosen = self.endpoint_class or classified(address, self.port, self.starttls)
        named = (*self.names[:MAX_NAMES], None)
        return tuple(Endpoint(address, self.port, self.starttls, name, chosen) for name in named)


def classified(address: str, port: int, starttls: str | None) -> str:
    """The class of an endpoint that nobody declared one for (RFC 7435, RFC 3207 4: mail between servers)."""
    if ip_address(address).is_loopback:
        return LOCAL
    return OPPORTUNISTIC if starttls == "smtp" and port == 25 else MANDATORY


def wanted(target: Target, facts: HostFacts | None) -> tuple[Wanted, ...] | Unknown:
    """The places to examine: those declared, for which no facts are needed; Unknown where nothing tells which."""
    if target.endpoints is not None:
        return tuple(_declared(target, text) for text in target.endpoints)
    if facts is None:
        return Unknown(target.name, NO_ENDPOINTS)
    if facts.failure is not None:
        return Unknown(target.name, f"{NO_ENDPOINTS}: {facts.failure.reason}")
    if not facts.declared.shell:
        return Unknown(target.name, NO_ENDPOINTS)
    if isinstance(facts.listeners, Unknown):
        return Unknown(target.name, f"{NO_ENDPOINTS}: {facts.listeners.reason}")
    return tuple(dict.fromkeys(_shown(target, facts, facts.listeners)))


def _declared(target: Target, text: str) -> Wanted:
    found = parse_endpoint(text)
    names = (found.server_name,) if found.server_name else _names(target, ())
    return Wanted(found.address or target.connection.host, found.port, found.starttls, names, found.endpoint_class)


def _names(target: Target, served: Iterable[str]) -> tuple[str, ...]:
    """The names to ask for: those declared, else those of a listener's config, else the host's own if it is one."""
    asked = [*(target.names or ()), *served]
    own = [name for name in (target.name, target.connection.host) if "." in name and is_host_name(name)]
    known = [name for name in asked if is_host_name(name)] or own[:1]
    return tuple(dict.fromkeys(name.lower() for name in known))


def _shown(target: Target, facts: HostFacts, listeners: Sequence[Listener]) -> Iterator[Wanted]:
    """What listens for others and speaks TLS: by a service's config, or by its port."""
    blocks = tuple(_blocks(facts))
    for listener in listeners:
        if listener.transport != "tcp" or _is_loopback(listener.address):
            continue
        own = [block for block in blocks if _listens(block, listener)]
        spoken = [block for block in own if block.transport in {"tls", "starttls"}]
        if spoken or (not own and listener.port in PORTS):
            host = target.connection.host if listener.address in WILDCARDS else listener.address
            served = [name for block in spoken for name in block.server_names if is_served_name(name)]
            starttls = PORTS.get(listener.port) if not any(block.transport == "tls" for block in spoken) else None
            yield Wanted(host, listener.port, starttls, _names(target, served))


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
