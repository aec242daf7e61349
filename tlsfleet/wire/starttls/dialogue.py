"""What is said before TLS, in lines or octets: bounded, whatever the server sends."""

from abc import ABC, abstractmethod
from typing import ClassVar, Protocol

from tlsfleet.endpoints import Preface
from tlsfleet.missing import Unknown
from tlsfleet.text import clean
from tlsfleet.wire.faults import Fault, FaultKind

MAX_LINE = 8 * 1024
MAX_LINES = 200
SHOWN = 200


class Stream(Protocol):
    """What bytes go over: tlsfleet.wire.channel's Channel, or a TLS session on one."""

    async def send(self, data: bytes) -> None: ...

    async def receive(self) -> bytes: ...


class Declined(Fault):
    """STARTTLS was asked for and refused."""

    def __init__(self, said: str) -> None:
        super().__init__(FaultKind.DIALOGUE, f"STARTTLS was refused: {shown(said)!r}")


class Dialogue(ABC):
    """A conversation with a server over a stream; its protocols are its subclasses. Everything raises Fault.

    ``name`` is the server name asked for, ``rest`` what came and was not read yet, ``preface`` what a look has shown.
    ``start`` asks for TLS, ``goodbye`` ends the conversation without. ``smuggled`` is a harmless command that no
    server may answer once TLS has begun.
    """

    start: ClassVar[bytes]
    goodbye: ClassVar[bytes]
    smuggled: ClassVar[bytes]

    def __init__(self, stream: Stream, name: str | None) -> None:
        self._stream, self.name = stream, name
        self.rest = b""
        self.preface = Preface(Unknown("preface", "it was not asked"))
        self._lines = 0

    @abstractmethod
    async def look(self) -> Preface:
        """The greeting and what the server says that it can do."""

    async def logins(self, preface: Preface) -> Preface:
        """What only asking further tells of mechanisms; done once an endpoint, for a user that does not exist."""
        return preface

    @abstractmethod
    async def started(self) -> None:
        """Read the answer to ``start``; TLS may begin after it. Raises Declined."""

    @abstractmethod
    async def survived(self) -> bool:
        """Inside TLS: whether ``smuggled``, sent before TLS, is answered; ends the conversation."""

    async def say(self, data: bytes) -> None:
        await self._stream.send(data)

    async def line(self) -> str:
        """The next line, without its end; octets that are no UTF-8 become escapes, for they are only for show."""
        self._lines += 1
        if self._lines > MAX_LINES:
            raise Fault(FaultKind.DIALOGUE, f"it sends more than {MAX_LINES} lines")
        line = (await self.through(b"\n")).removesuffix(b"\n").removesuffix(b"\r")
        return line.decode("utf-8", "backslashreplace")

    async def through(self, end: bytes) -> bytes:
        """What comes next, up to and with an octet; at most MAX_LINE of it."""
        while (found := self.rest.find(end)) < 0 and len(self.rest) <= MAX_LINE:
            self.rest += await self._stream.receive()
        if not 0 <= found <= MAX_LINE:
            raise Fault(FaultKind.DIALOGUE, f"it sends a line longer than {MAX_LINE} bytes")
        return await self.octets(found + 1)

    async def octets(self, count: int) -> bytes:
        """The next octets, exactly so many; little more than MAX_LINE of them."""
        if count > MAX_LINE + 1:
            raise Fault(FaultKind.DIALOGUE, f"it announces {count} bytes")
        while len(self.rest) < count:
            self.rest += await self._stream.receive()
        octets, self.rest = self.rest[:count], self.rest[count:]
        return octets

    async def more(self) -> bool:
        """Whether anything comes before the server closes the connection."""
        try:
            self.rest = self.rest or await self._stream.receive()
        except Fault as fault:
            if fault.kind not in {FaultKind.CLOSED, FaultKind.RESET}:
                raise
        return bool(self.rest)


def shown(text: str) -> str:
    """What a server said, fit for one line of a fault."""
    return clean(" ".join(text.split()), SHOWN)


def wrong(what: str, said: str) -> Fault:
    """A dialogue that went another way."""
    return Fault(FaultKind.DIALOGUE, f"{what}: {shown(said)!r}")


def throttled(said: str) -> Fault:
    """A server that tells that it is too much."""
    return Fault(FaultKind.THROTTLED, f"it takes no connection now: {shown(said)!r}")
