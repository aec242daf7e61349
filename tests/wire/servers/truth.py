"""What a test server truly supports, told by the one who configured it, never by the engine under test."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from tlsfleet.endpoints import Endpoint

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Truth:
    """Names are IANA's. What a test has no use of is left at None.

    ``suites`` has for each protocol served what it serves, in its order where ``server_order``; ``groups`` has those
    that it names in a handshake.
    """

    suites: Mapping[str, tuple[str, ...]]
    groups: frozenset[str] | None = None
    server_order: bool | None = None
    chains: Mapping[str, tuple[bytes, ...]] = field(default_factory=dict)  # key type -> DER, as it is sent

    @property
    def protocols(self) -> frozenset[str]:
        return frozenset(self.suites)


def names_groups(suites: Mapping[str, tuple[str, ...]], protocol: str) -> bool:
    """Whether handshakes of a protocol name groups: those of TLS 1.3, and with ECDHE."""
    names = suites.get(protocol, ())
    return bool(names) and (protocol == "TLSv1.3" or any("_ECDHE_" in name or "_ECDH_anon_" in name for name in names))


@dataclass(frozen=True, slots=True)
class Served:
    """A server that runs, on the loopback address."""

    port: int
    truth: Truth

    def endpoint(self, starttls: str | None = None, server_name: str | None = None) -> Endpoint:
        return Endpoint(HOST, self.port, starttls, server_name)


Serving = AbstractContextManager[Served]
Starting = Iterator[Served]
