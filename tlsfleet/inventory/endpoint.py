"""The endpoints that a user declares: ``[ADDRESS:]PORT[/STARTTLS][@NAME][!CLASS]``."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address

from tlsfleet.spelling import hint

STARTTLS = ("smtp", "lmtp", "imap", "pop3", "sieve", "xmpp-client", "xmpp-server", "ftp", "ldap", "postgres")
CLASSES = ("mandatory", "opportunistic", "local")
FORM = "[ADDRESS:]PORT[/STARTTLS][@NAME][!CLASS]"
LABEL = r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)"
HOST_NAME = re.compile(rf"(?=.{{1,253}}\Z){LABEL}(?:\.{LABEL})*")
ENDPOINT = re.compile(
    r"""(?: (?: \[(?P<six>[^\[\]]*)\] | (?P<address>[^\[\]:/@!]*) ) : )?
        (?P<port>[0-9]+) (?:/(?P<starttls>[^/@!]*))? (?:@(?P<name>[^/@!]*))? (?:!(?P<class>[^/@!]*))?""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class DeclaredEndpoint:
    """One endpoint as declared; None is what the audit is to find out itself."""

    port: int
    address: str | None = None
    starttls: str | None = None
    server_name: str | None = None
    endpoint_class: str | None = None

    def __str__(self) -> str:
        address = f"[{self.address}]" if self.address and ":" in self.address else self.address
        head = f"{address}:{self.port}" if address else str(self.port)
        rest = (("/", self.starttls), ("@", self.server_name), ("!", self.endpoint_class))
        return head + "".join(mark + text for mark, text in rest if text)


def parse_endpoint(text: str) -> DeclaredEndpoint:
    """The endpoint that a text declares. Raises ValueError in words for the user."""
    found = ENDPOINT.fullmatch(text)
    if not found:
        raise ValueError(f"{text!r} is not of the form {FORM}, with IPv6 addresses in brackets")
    port = int(found["port"][:6])
    if not 1 <= port <= 65535:
        raise ValueError(f"{text!r}: a port is from 1 to 65535")
    return DeclaredEndpoint(
        port,
        _address(text, found["six"], found["address"]),
        _one_of(text, "STARTTLS protocol", found["starttls"], STARTTLS),
        _name(text, found["name"]),
        _one_of(text, "class", found["class"], CLASSES),
    )


def is_host_name(text: str) -> bool:
    """Whether it is a DNS host name (RFC 1123), in A-labels, without a final dot; an IPv4 address is none."""
    return bool(HOST_NAME.fullmatch(text)) and not text.rpartition(".")[2].isdecimal()


def _address(text: str, six: str | None, address: str | None) -> str | None:
    try:
        if six is not None:
            return str(IPv6Address(six))
        if address is None or is_host_name(address):
            return address
        return str(IPv4Address(address))
    except AddressValueError:
        raise ValueError(f"{text!r}: {six or address or ''!r} is neither an address nor a host name") from None


def _name(text: str, name: str | None) -> str | None:
    if name is not None and not is_host_name(name):
        raise ValueError(f"{text!r}: {name!r} is no host name")
    return name


def _one_of(text: str, what: str, word: str | None, known: Collection[str]) -> str | None:
    if word is not None and word not in known:
        raise ValueError(f"{text!r}: unknown {what} {word!r}; {hint(word, known)}")
    return word
