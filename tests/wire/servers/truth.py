"""What a test server truly supports, told by the one who configured it, never by the engine under test."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from tlsfleet.endpoints import Endpoint

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Truth:
    """Names are IANA's. What a test has no use of is left at None.

    ``suites`` has for each protocol served what it serves, in its order where ``server_order``.
    """

    suites: Mapping[str, tuple[str, ...]]
    groups: frozenset[str] | None = None
    server_order: bool | None = None
    chains: Mapping[str, tuple[bytes, ...]] = field(default_factory=dict)  # key type -> DER, as it is sent

    @property
    def protocols(self) -> frozenset[str]:
        return frozenset(self.suites)


@dataclass(frozen=True, slots=True)
class Served:
    """A server that runs, on the loopback address."""

    port: int
    truth: Truth

    def endpoint(self, starttls: str | None = None, server_name: str | None = None) -> Endpoint:
        return Endpoint(HOST, self.port, starttls, server_name)


Serving = AbstractContextManager[Served]
Starting = Iterator[Served]
