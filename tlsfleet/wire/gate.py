"""Who may connect to what, and when: few connections at a time, and fewer, later, to a server that has had enough."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tlsfleet.endpoints import Endpoint
from tlsfleet.wire.faults import Fault, FaultKind

# Mail and XMPP: which server of a host's it is that serves a protocol, and the ports where TLS may begin at once.
GENTLE = {
    **dict.fromkeys(("smtp", "lmtp"), "smtp"),
    **dict.fromkeys(("imap", "pop3", "sieve"), "imap"),
    **dict.fromkeys(("xmpp-client", "xmpp-server"), "xmpp"),
}
GENTLE_PORTS = {
    **dict.fromkeys((24, 25, 465, 587), "smtp"),
    **dict.fromkeys((110, 143, 993, 995, 4190), "imap"),
    **dict.fromkeys((5222, 5223, 5269, 5270), "xmpp"),
}
GENTLY, OTHERWISE = 2, 5
PAUSES = (0.5, 1.0, 2.0, 4.0)
CONNECTION_SHARE = 1 / 3  # of an endpoint's time that one connection may take
FURTHER_SHARE = 1 / 30  # of it that each further name adds for all names of a place together
SCANS = 2  # of sslyze's at a time, over all hosts
HASTE = 1 / 4  # of the time for a connection, once nobody answered at the address
ENOUGH = frozenset({FaultKind.REFUSED, FaultKind.RESET, FaultKind.CLOSED, FaultKind.TIMEOUT})


@dataclass(slots=True)
class Server:
    """What serves mail, mailboxes, XMPP, or all else at an address: how many connections it may have, and has."""

    limit: int
    busy: int = 0
    freed: asyncio.Condition = field(default_factory=asyncio.Condition)


@dataclass(slots=True)
class Listener:
    """One address and port: whether it once let us come to where TLS begins, and whether it will not any more.

    All ``names`` that it is asked for have an end together: who is silent to one is to the others.
    """

    names: set[Endpoint] = field(default_factory=set)
    seconds: float = 0.0
    answered: bool = False
    given_up: bool = False
    silent: bool = False  # no connection came about within the time for one


@dataclass(slots=True)
class Spent:
    """What one endpoint has cost so far."""

    connections: int = 0
    seconds: float = 0.0


class Gate:
    """One an audit run. Seconds: for a TCP connection, for each read, and for all connections of one endpoint.

    An endpoint's time runs while one of its connections is open or waits out a pause, not while others hold it up.
    """

    def __init__(
        self,
        connect_seconds: float = 5.0,
        read_seconds: float = 5.0,
        endpoint_seconds: float = 60.0,
        pauses: Sequence[float] = PAUSES,
    ) -> None:
        self.connect_seconds, self.read_seconds = connect_seconds, read_seconds
        self._endpoint_seconds, self._pauses = endpoint_seconds, tuple(pauses)
        self._servers: dict[tuple[str, str | None], Server] = {}
        self._listeners: defaultdict[str, Listener] = defaultdict(Listener)
        self._spent: defaultdict[Endpoint, Spent] = defaultdict(Spent)
        self.scans = asyncio.Semaphore(SCANS)
        self._reached: dict[str, bool] = {}  # addresses: whether a connection, of any port, came about

    def patience(self, endpoint: Endpoint) -> float:
        """Seconds that a connection may take to come about: fewer where the address answered nobody yet.

        So a dead host costs little more than one such time. Raises Fault for an address and port that let it pass.
        """
        if self._listeners[endpoint.place].silent:
            raise Fault(FaultKind.TIMEOUT, "no connection came about before")
        return self.connect_seconds * (1.0 if self._reached.get(endpoint.address, True) else HASTE)

    def reached(self, endpoint: Endpoint) -> None:
        """A connection came about, or was refused: there is somebody."""
        self._reached[endpoint.address] = True

    def silent(self, endpoint: Endpoint) -> None:
        """No connection came about in time."""
        self._reached.setdefault(endpoint.address, False)
        self._listeners[endpoint.place].silent |= not self._listeners[endpoint.place].answered

    def count(self, endpoint: Endpoint) -> int:
        """How many connections to it were tried."""
        return self._spent[endpoint].connections

    @asynccontextmanager
    async def visit(self, endpoint: Endpoint) -> AsyncIterator["Visit"]:
        """A place among the connections to this endpoint's server. Raises Fault where its time or our patience is up.

        Not to be nested: a server that throttles has one place.
        """
        server, spent, listener = self._server(endpoint), self._spent[endpoint], self._listeners[endpoint.place]
        listener.names.add(endpoint)
        async with server.freed:
            await server.freed.wait_for(lambda: server.busy < server.limit)
            server.busy += 1
        began = _now()
        try:
            yield self._admitted(listener, server, spent)
        finally:
            spent.seconds += _now() - began
            listener.seconds += _now() - began
            server.busy -= 1
            async with server.freed:
                server.freed.notify_all()

    def _server(self, endpoint: Endpoint) -> Server:
        gentle = GENTLE.get(endpoint.starttls or "") or GENTLE_PORTS.get(endpoint.port)
        return self._servers.setdefault((endpoint.address, gentle), Server(GENTLY if gentle else OTHERWISE))

    def _admitted(self, listener: Listener, server: Server, spent: Spent) -> "Visit":
        if listener.given_up:
            raise Fault(FaultKind.THROTTLED, "it has had too many connections of us, and took none after a pause")
        left = self._endpoint_seconds - spent.seconds
        if left <= 0:
            raise Fault(FaultKind.TIMEOUT, f"it has taken {self._endpoint_seconds:g} s, which is all an endpoint gets")
        together = self._endpoint_seconds * (1 + FURTHER_SHARE * (len(listener.names) - 1))
        if listener.seconds >= together:
            raise Fault(FaultKind.TIMEOUT, f"its names have taken {together:g} s together, which is all they get")
        share = self._endpoint_seconds * CONNECTION_SHARE
        return Visit(server, listener, spent, _now() + left, share, list(self._pauses))


@dataclass(frozen=True, slots=True)
class Visit:
    """A place that was given to connect to an endpoint, more than once where it throttles."""

    server: Server
    listener: Listener
    spent: Spent
    ends: float  # by the event loop's clock
    share: float  # seconds for one connection
    pauses: list[float]  # that are left

    def deadline(self) -> float:
        """When the connection that is begun now, and counted, has to end, by the event loop's clock."""
        self.spent.connections += 1
        return min(self.ends, _now() + self.share)

    def welcome(self) -> None:
        """The server let us come to where TLS begins."""
        self.listener.answered = True

    async def pause(self, fault: Fault) -> None:
        """Wait where the fault tells that it was too much, and raise it, or Fault(THROTTLED) after the last pause."""
        if fault.kind is not FaultKind.THROTTLED and not (self.listener.answered and fault.kind in ENOUGH):
            raise fault
        self.server.limit = 1
        if not self.pauses or _now() + self.pauses[0] > self.ends:
            self.listener.given_up = True
            raise Fault(FaultKind.THROTTLED, f"it takes no more connections of us: {fault.text}")
        await asyncio.sleep(self.pauses.pop(0))


def _now() -> float:
    return asyncio.get_running_loop().time()
