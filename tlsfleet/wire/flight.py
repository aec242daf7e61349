"""One handshake on a channel: a hello out, the server's flight in; in TLS 1.3 deciphered, and finished if asked."""

import struct
from typing import Protocol

from tlsfleet.wire.answer import (
    CERTIFICATE,
    CERTIFICATE_REQUEST,
    FINISHED,
    NEW_SESSION_TICKET,
    SERVER_HELLO,
    SERVER_HELLO_DONE,
    Alert,
    Answer,
    Message,
    read,
)
from tlsfleet.wire.faults import Fault, FaultKind
from tlsfleet.wire.hello import HANDSHAKE, KEY_SHARE, PRE_SHARED_KEY, VERSIONS, Hello, in_records
from tlsfleet.wire.tls13 import APPLICATION_DATA, SUITES, VERSION, Direction, Schedule, Shares, Ticket, encode

CHANGE_CIPHER_SPEC, ALERT = 20, 21
CLOSE_NOTIFY, WARNING = 0, 1
MAX_BODY = 16384 + 2048
MAX_FLIGHT = 512 * 1024
MAX_ODDITIES = 32  # warnings, empty records and ChangeCipherSpecs in one flight


class Stream(Protocol):
    """What bytes go over: tlsfleet.wire.channel's Channel."""

    async def send(self, data: bytes) -> None: ...

    async def receive(self) -> bytes: ...


class Records:
    """Records out of a stream, deciphered once there is a key. Everything raises Fault."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._bytes = b""
        self._oddities = self._received = 0
        self.keys: Direction | None = None

    async def next(self) -> tuple[int, bytes]:
        """The kind and the body of the next handshake or alert record."""
        while True:
            kind, body = await self._record()
            if kind == APPLICATION_DATA and self.keys is not None:
                kind, body = self.keys.open(body)
            if kind in {HANDSHAKE, ALERT} and body:
                return kind, body
            self.odd(kind)

    def odd(self, kind: int) -> None:
        """Count what may stand between messages; too much of it is an attack."""
        self._oddities += 1
        if kind not in {HANDSHAKE, ALERT, CHANGE_CIPHER_SPEC, APPLICATION_DATA} or self._oddities > MAX_ODDITIES:
            raise Fault(FaultKind.GARBAGE, "its records make no handshake")

    async def _record(self) -> tuple[int, bytes]:
        head = await self._take(5)
        kind, major, _, length = struct.unpack("!BBBH", head)
        if not CHANGE_CIPHER_SPEC <= kind <= APPLICATION_DATA or major != 3 or length > MAX_BODY:
            raise Fault(FaultKind.GARBAGE, f"its answer is no TLS record but begins with {head!r}")
        return kind, await self._take(length)

    async def _take(self, count: int) -> bytes:
        while len(self._bytes) < count:
            chunk = await self._stream.receive()
            self._received += len(chunk)
            if self._received > MAX_FLIGHT:
                raise Fault(FaultKind.GARBAGE, f"it sends more than {MAX_FLIGHT} bytes for one handshake")
            self._bytes += chunk
        taken, self._bytes = self._bytes[:count], self._bytes[count:]
        return taken


class Flight:
    """A handshake in the making. Everything raises Fault."""

    def __init__(self, stream: Stream, shares: Shares) -> None:
        self._stream, self._shares = stream, shares
        self._records = Records(stream)
        self._bytes = b""
        self._transcript = b""
        self._schedule: Schedule | None = None
        self._messages: list[Message] = []

    async def ask(self, hello: Hello, ticket: Ticket | None = None) -> Answer:
        """Send a hello and read the server's flight to its end, or to the alert or the fault that ends it."""
        sent = hello.encode() if ticket is None else ticket.bound(hello.encode())
        self._transcript = sent
        await self._stream.send(in_records(sent, min(VERSIONS[hello.version], VERSIONS["TLSv1.0"])))
        try:
            while not self._ended(hello, ticket):
                message = await self._next()
                if isinstance(message, Alert):
                    return read(tuple(self._messages), message)
                self._messages.append(message)
        except Fault as fault:
            if not self._messages:
                raise
            return read(tuple(self._messages), broken=fault.text)
        return read(tuple(self._messages))

    async def tickets(self) -> tuple[Ticket, ...]:
        """Finish a TLS 1.3 handshake whose flight came whole, close it, and gather the tickets that come."""
        schedule = self._schedule
        if schedule is None or self._messages[-1].kind != FINISHED:
            return ()
        mine, self._records.keys = schedule.application(self._transcript)
        asked = any(message.kind == CERTIFICATE_REQUEST for message in self._messages)
        sealed = self._sealed(schedule, Message(CERTIFICATE, bytes(4))) if asked else b""
        sealed += self._sealed(schedule, Message(FINISHED, schedule.verify_data(self._transcript)))
        ccs = in_records(b"\1", VERSION, CHANGE_CIPHER_SPEC)
        await self._stream.send(ccs + sealed + mine.seal(ALERT, bytes([WARNING, CLOSE_NOTIFY])))
        found, transcript = [], self._transcript
        try:
            while not isinstance(message := await self._next(), Alert):
                if message.kind == NEW_SESSION_TICKET:
                    found.append(schedule.ticket(transcript, message))
        except Fault as fault:
            if fault.kind not in {FaultKind.CLOSED, FaultKind.RESET, FaultKind.TIMEOUT}:
                raise
        return tuple(found)

    def _sealed(self, schedule: Schedule, message: Message) -> bytes:
        self._transcript += encode(message)
        return schedule.client.seal(HANDSHAKE, encode(message))

    def _ended(self, hello: Hello, ticket: Ticket | None) -> bool:
        """Whether nothing more comes, or can be read, or is wanted."""
        if not self._messages:
            return False
        last = self._messages[-1].kind
        if last == SERVER_HELLO:
            first = read(tuple(self._messages))
            if first.version != "TLSv1.3":
                return bool(hello.session_id) and first.session_id == hello.session_id
            return first.retry or not self._decipher(first, ticket)
        return last in {SERVER_HELLO_DONE, FINISHED} or len(self._messages) > MAX_ODDITIES

    def _decipher(self, answer: Answer, ticket: Ticket | None) -> bool:
        """Set the keys of the server's handshake records; False where this suite is not one that we can decipher."""
        if answer.suite not in SUITES or answer.group is None:
            return False
        used = ticket.key if ticket is not None and PRE_SHARED_KEY in answer.extensions else b""
        shared = self._shares.secret(answer.group, answer.extensions[KEY_SHARE][4:])
        self._schedule = Schedule(answer.suite, shared, self._transcript, used)
        self._records.keys = self._schedule.server
        return True

    async def _next(self) -> Message | Alert:
        """The next handshake message, or an alert that ends the connection."""
        while True:
            if len(self._bytes) >= 4 and len(self._bytes) >= (end := 4 + int.from_bytes(self._bytes[1:4], "big")):
                message = Message(self._bytes[0], self._bytes[4:end])
                self._transcript, self._bytes = self._transcript + self._bytes[:end], self._bytes[end:]
                return message
            kind, body = await self._records.next()
            if kind == HANDSHAKE:
                self._bytes += body
            elif len(body) >= 2 and (body[0] != WARNING or body[1] == CLOSE_NOTIFY):
                return Alert(body[0], body[1])
            else:
                self._records.odd(ALERT)
