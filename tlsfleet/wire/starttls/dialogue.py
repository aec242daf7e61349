"""What is said before TLS, in lines or octets: bounded, whatever the server sends."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from tlsfleet.endpoints import Preface
from tlsfleet.text import clean
from tlsfleet.wire.faults import Fault, FaultKind

MAX_LINE = 8 * 1024
MAX_LINES = 200
SHOWN = 200


class Stream(Protocol):
    """What bytes go over: tlsfleet.wire.channel's Channel."""

    async def send(self, data: bytes) -> None: ...

    async def receive(self) -> bytes: ...


class Dialogue:
    """A conversation over a stream with a server that is to serve `name`. Everything raises Fault."""

    def __init__(self, stream: Stream, name: str | None) -> None:
        self._stream = stream
        self.name = name
        self.rest = b""  # what came and was not read
        self._lines = 0

    async def say(self, data: bytes) -> None:
        await self._stream.send(data)

    async def line(self) -> str:
        """The next line, without its end; octets that are no UTF-8 are shown as such, for they are only for show."""
        while b"\n" not in self.rest:
            if len(self.rest) > MAX_LINE:
                raise Fault(FaultKind.DIALOGUE, f"it sends a line longer than {MAX_LINE} bytes")
            self.rest += await self._stream.receive()
        line, _, self.rest = self.rest.partition(b"\n")
        self._lines += 1
        if len(line) > MAX_LINE or self._lines > MAX_LINES:
            raise Fault(FaultKind.DIALOGUE, f"it sends a line longer than {MAX_LINE} bytes, or over {MAX_LINES} lines")
        return line.removesuffix(b"\r").decode("utf-8", "backslashreplace")

    async def octets(self, count: int) -> bytes:
        """The next octets, exactly so many; at most MAX_LINE of them."""
        if count > MAX_LINE:
            raise Fault(FaultKind.DIALOGUE, f"it announces {count} bytes")
        while len(self.rest) < count:
            self.rest += await self._stream.receive()
        octets, self.rest = self.rest[:count], self.rest[count:]
        return octets


@dataclass(frozen=True, slots=True)
class Starttls:
    """A protocol's way to TLS. Its functions raise Fault: THROTTLED where it is too much for the server, else DIALOGUE.

    ``look`` goes as far as the capabilities, ``logins`` asks further which mechanisms are on offer without TLS (once
    an endpoint, as it may try a user that does not exist), ``started`` reads the answer to ``start``.
    ``smuggled`` is a harmless command that a server may not answer once TLS has begun (CVE-2011-0411).
    """

    look: Callable[[Dialogue], Awaitable[Preface]]
    start: bytes
    started: Callable[[Dialogue], Awaitable[None]]
    goodbye: bytes
    smuggled: bytes
    logins: Callable[[Dialogue, Preface], Awaitable[Preface]] | None = None


def shown(text: str) -> str:
    """What a server said, fit for one line of a fault."""
    return clean(" ".join(text.split()), SHOWN)


def wrong(what: str, said: str) -> Fault:
    """A dialogue that went another way."""
    return Fault(FaultKind.DIALOGUE, f"{what}: {shown(said)!r}")


def throttled(said: str) -> Fault:
    """A server that tells that it is too much."""
    return Fault(FaultKind.THROTTLED, f"it takes no connection now: {shown(said)!r}")
