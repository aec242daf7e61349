"""A connection to an endpoint, brought to where TLS may begin; every wait on it ends."""

import asyncio
import errno
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from ipaddress import ip_address

from tlsfleet.endpoints import Endpoint, Preface
from tlsfleet.missing import Unknown
from tlsfleet.wire.faults import Fault, FaultKind
from tlsfleet.wire.gate import Gate, Visit
from tlsfleet.wire.starttls import PROTOCOLS
from tlsfleet.wire.starttls.dialogue import Declined, Dialogue

CHUNK = 16 * 1024
MAX_RECEIVED = 1024 * 1024
GREETED_LATE = 2  # times what another answer may take: Postfix's postscreen makes strangers wait for 6 s
FAREWELL = 1.0  # seconds for a server to answer a goodbye


class Channel:
    """Bytes to and from a server. ``preface`` is what it said before TLS, None where TLS begins at once."""

    def __init__(self, link: socket.socket, read_seconds: float, deadline: float) -> None:
        self.preface: Preface | None = None
        self.read_seconds = read_seconds
        self._link, self._deadline = link, deadline
        self._loop = asyncio.get_running_loop()
        self._pending = b""
        self._received = 0

    async def send(self, data: bytes) -> None:
        """Send all of it. Raises Fault: RESET, TIMEOUT."""
        try:
            async with asyncio.timeout_at(self._patience()):
                await self._loop.sock_sendall(self._link, data)
        except TimeoutError:
            raise Fault(FaultKind.TIMEOUT, f"it took nothing for {self.read_seconds:g} s") from None
        except OSError as error:
            raise _broken(error) from None

    async def receive(self) -> bytes:
        """What comes next, at most 16 KiB. Raises Fault: CLOSED, RESET, TIMEOUT, GARBAGE where it is without end."""
        if self._pending:
            pending, self._pending = self._pending[:CHUNK], self._pending[CHUNK:]
            return pending
        try:
            async with asyncio.timeout_at(self._patience()):
                chunk = await self._loop.sock_recv(self._link, CHUNK)
        except TimeoutError:
            raise Fault(FaultKind.TIMEOUT, f"it said nothing for {self.read_seconds:g} s, or not enough") from None
        except OSError as error:
            raise _broken(error) from None
        self._received += len(chunk)
        if not chunk:
            raise Fault(FaultKind.CLOSED, "it closed the connection")
        if self._received > MAX_RECEIVED:
            raise Fault(FaultKind.GARBAGE, f"endless: it sends more than {MAX_RECEIVED} bytes")
        return chunk

    def put_back(self, data: bytes) -> None:
        """Have it received again."""
        self._pending = data + self._pending

    def close(self) -> None:
        self._link.close()

    async def leave(self, goodbye: bytes) -> None:
        """Say goodbye, if there is one, and wait a moment for the server to close, without a word in its log."""
        self._deadline = min(self._deadline, self._loop.time() + FAREWELL)
        with suppress(Fault):
            await self.send(goodbye)
            while goodbye:
                await self.receive()

    def _patience(self) -> float:
        return min(self._deadline, self._loop.time() + self.read_seconds)


@asynccontextmanager
async def opened(endpoint: Endpoint, gate: Gate) -> AsyncIterator[Channel]:
    """A channel on which the ClientHello may be sent. Raises Fault where there is none; closing it raises nothing."""
    async with _begun(endpoint, gate, _started) as (channel, _):
        yield channel


@asynccontextmanager
async def smuggling(endpoint: Endpoint, gate: Gate) -> AsyncIterator[Channel]:
    """Like `opened`, but a plaintext command goes in one segment with the one that begins TLS. Raises Fault."""
    async with _begun(endpoint, gate, _offered) as (channel, dialogue):
        if dialogue:
            await _start(channel, dialogue, dialogue.start + dialogue.smuggled)
        yield channel


async def prefaced(endpoint: Endpoint, gate: Gate) -> Preface:
    """What an endpoint with STARTTLS offers before TLS; the conversation is ended without it. Raises Fault.

    Where a protocol or a server does not tell whether it offers STARTTLS, it is tried.
    """
    async with _begun(endpoint, gate, _looked) as (channel, dialogue):
        if dialogue is None or channel.preface is None:
            raise Fault(FaultKind.DIALOGUE, "TLS begins at once")
        preface = channel.preface
        await channel.leave(dialogue.goodbye)
    if isinstance(preface.offered, Unknown):
        with suppress(Declined):
            async with opened(endpoint, gate):
                return replace(preface, offered=True)
        return replace(preface, offered=False)
    return preface


Begin = Callable[[Channel, Endpoint], Awaitable[Dialogue | None]]


async def _greeted(channel: Channel, endpoint: Endpoint) -> Dialogue | None:
    """The dialogue, with what the server offers known; None where TLS begins at once."""
    if endpoint.starttls is None:
        return None
    dialogue = PROTOCOLS[endpoint.starttls](channel, endpoint.server_name)
    channel.read_seconds *= GREETED_LATE
    channel.preface = dialogue.preface = await dialogue.look()
    channel.read_seconds /= GREETED_LATE
    return dialogue


async def _looked(channel: Channel, endpoint: Endpoint) -> Dialogue | None:
    """With the mechanisms too; what goes wrong in asking for them leaves what was told before."""
    if dialogue := await _greeted(channel, endpoint):
        try:
            channel.preface = await dialogue.logins(dialogue.preface)
        except Fault as fault:
            if fault.kind is FaultKind.THROTTLED:
                raise
            channel.preface = replace(dialogue.preface, mechanisms=Unknown("mechanisms", fault.text))
    return dialogue


async def _offered(channel: Channel, endpoint: Endpoint) -> Dialogue | None:
    dialogue = await _greeted(channel, endpoint)
    if dialogue and dialogue.preface.offered is False:
        await channel.leave(dialogue.goodbye)
        raise Fault(FaultKind.DIALOGUE, "STARTTLS is not offered")
    return dialogue


async def _started(channel: Channel, endpoint: Endpoint) -> Dialogue | None:
    if dialogue := await _offered(channel, endpoint):
        await _start(channel, dialogue, dialogue.start)
    return dialogue


async def _start(channel: Channel, dialogue: Dialogue, command: bytes) -> None:
    await dialogue.say(command)
    await dialogue.started()
    channel.preface = replace(dialogue.preface, offered=True)
    channel.put_back(dialogue.rest)


@asynccontextmanager
async def _begun(endpoint: Endpoint, gate: Gate, begin: Begin) -> AsyncIterator[tuple[Channel, Dialogue | None]]:
    """A channel on which what comes before TLS is done, at the first attempt or after pauses."""
    async with gate.visit(endpoint) as visit:
        channel, dialogue = await _patiently(endpoint, gate, visit, begin)
        visit.welcome()
        try:
            yield channel, dialogue
        finally:
            channel.close()


async def _patiently(endpoint: Endpoint, gate: Gate, visit: Visit, begin: Begin) -> tuple[Channel, Dialogue | None]:
    while True:
        try:
            channel = await _connected(endpoint, gate, visit)
            try:
                return channel, await begin(channel, endpoint)
            except BaseException:
                channel.close()
                raise
        except Fault as fault:
            await visit.pause(fault)


async def _connected(endpoint: Endpoint, gate: Gate, visit: Visit) -> Channel:
    patience, deadline = gate.patience(endpoint), visit.deadline()
    loop = asyncio.get_running_loop()
    link = _socket(endpoint.address)
    try:
        async with asyncio.timeout_at(min(deadline, loop.time() + patience)):
            await loop.sock_connect(link, (endpoint.address, endpoint.port))
    except TimeoutError:
        link.close()
        gate.silent(endpoint)
        raise Fault(FaultKind.TIMEOUT, f"no connection within {patience:g} s") from None
    except OSError as error:
        link.close()
        if isinstance(error, ConnectionRefusedError):
            gate.reached(endpoint)
        raise _broken(error) from None
    except BaseException:
        link.close()
        raise
    gate.reached(endpoint)
    return Channel(link, gate.read_seconds, deadline)


def _socket(address: str) -> socket.socket:
    try:
        family = socket.AF_INET if ip_address(address).version == 4 else socket.AF_INET6
        link = socket.socket(family, socket.SOCK_STREAM)
    except ValueError:
        raise Fault(FaultKind.UNREACHABLE, f"{address!r} is no IP address") from None
    except OSError as error:
        raise _broken(error) from None
    link.setblocking(False)  # noqa: FBT003 - as socket has it
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return link


def _broken(error: OSError) -> Fault:
    if isinstance(error, ConnectionRefusedError):
        return Fault(FaultKind.REFUSED, "the connection was refused")
    if isinstance(error, ConnectionResetError | BrokenPipeError | ConnectionAbortedError):
        return Fault(FaultKind.RESET, "it reset the connection")
    if error.errno == errno.ETIMEDOUT:
        return Fault(FaultKind.TIMEOUT, "the connection timed out")
    return Fault(FaultKind.UNREACHABLE, f"it cannot be reached: {error.strerror or error}")
