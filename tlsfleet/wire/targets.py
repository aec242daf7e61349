"""Which endpoints of a host are examined: those declared, else those that its listeners and configs show. Pure."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_address

from tlsfleet.endpoints import LOCAL, MANDATORY, OPPORTUNISTIC, Endpoint
from tlsfleet.facts import HostFacts, Listener
from tlsfleet.inventory import Target
from tlsfleet.inventory.endpoint import is_host_name, parse_endpoint
from tlsfleet.listening import WILDCARDS, heard
from tlsfleet.missing import Unknown
from tlsfleet.subjects import is_host_name as is_served_name

MAX_NAMES = 256
MAX_ADDRESSES = 8
SELECT = "name those that matter in tls_endpoints (ADDRESS:PORT@NAME)"
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

    def left_out(self, addresses: Collection[str]) -> Iterator[Unknown]:
        """What of it is not examined, since there is too much of it: addresses, and names."""
        subject = f"{self.host}:{self.port}"
        for most, found, what in ((MAX_ADDRESSES, addresses, "addresses"), (MAX_NAMES, self.names, "names")):
            if len(found) > most:
                yield Unknown(subject, f"{len(found) - most} of its {len(found)} {what} were not asked; {SELECT}")


def classified(address: str, port: int, starttls: str | None) -> str:
    """The class of an endpoint that nobody declared one for."""
    return LOCAL if ip_address(address).is_loopback else _for_others(port, starttls)


def _for_others(port: int, starttls: str | None) -> str:
    """The class of what others reach (RFC 7435, RFC 3207 4: mail between servers)."""
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
    """What listens for others and speaks TLS; over whichever address it is asked, it is not the host's own alone."""
    for each in heard(facts, listeners):
        if each.tls:
            listener = each.listener
            host = target.connection.host if listener.address in WILDCARDS else listener.address
            served = [name for name in each.names if is_served_name(name)]
            chosen = _for_others(listener.port, each.starttls)
            yield Wanted(host, listener.port, each.starttls, _names(target, served), chosen)
