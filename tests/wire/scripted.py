"""Servers in the test's own event loop that follow a list of steps, one conversation a connection."""

import asyncio
import re
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

from tests.wire.servers.identities import identity
from tlsfleet.endpoints import Endpoint
from tlsfleet.wire.gate import Gate

HOST, NAME = "127.0.0.1", "server.test"
HANG = 30  # seconds after which a test has hung
Step = bytes | Callable[["Talk"], Awaitable[None]]
T = TypeVar("T")


@dataclass(slots=True)
class Talk:
    """One conversation: what was heard of the client, and what went otherwise than scripted."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    heard: bytes = b""
    unread: bytes = b""
    failure: str = ""


@dataclass(slots=True)
class Scripted:
    """A server that runs, and the conversations that it had."""

    port: int
    talks: list[Talk] = field(default_factory=list)

    def endpoint(self, starttls: str | None = None, name: str | None = NAME) -> Endpoint:
        return Endpoint(HOST, self.port, starttls, name)


def hears(pattern: bytes) -> Step:
    """Wait for the client to say this next."""

    async def step(talk: Talk) -> None:
        while not (found := re.match(pattern, talk.unread, re.DOTALL)):
            chunk = await talk.reader.read(65536)
            if not chunk:
                talk.failure = f"the client left instead of saying {pattern!r}; it said {talk.unread!r}"
                raise ConnectionError(talk.failure)
            talk.heard += chunk
            talk.unread += chunk
        talk.unread = talk.unread[found.end() :]

    return step


async def silence(talk: Talk) -> None:
    """Say nothing until the client leaves."""
    while chunk := await talk.reader.read(65536):
        talk.heard += chunk


async def leaving(talk: Talk) -> None:
    """Send FIN and read on."""
    talk.writer.write_eof()
    await silence(talk)


async def reset(talk: Talk) -> None:
    """End the connection by RST."""
    link: socket.socket = talk.writer.get_extra_info("socket")
    link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    talk.writer.transport.abort()


def endless(data: bytes) -> Step:
    """Say the same again and again, as fast as the client takes it."""

    async def step(talk: Talk) -> None:
        while True:
            talk.writer.write(data * (65536 // len(data)))
            await talk.writer.drain()
            await asyncio.sleep(0)

    return step


def pause(seconds: float) -> Step:
    """Let the client wait."""
    return lambda _: asyncio.sleep(seconds)


async def mirror(talk: Talk) -> None:
    """Greet, and say what is said."""
    talk.writer.write(b"220 x\r\n")
    while chunk := await talk.reader.read(65536):
        talk.writer.write(chunk)


def dripping(data: bytes, seconds: float) -> Step:
    """Say it octet by octet."""

    async def step(talk: Talk) -> None:
        for octet in data:
            talk.writer.write(bytes([octet]))
            await asyncio.sleep(seconds)

    return step


async def begins_tls(talk: Talk) -> None:
    """Begin TLS, and forget what was said before."""
    talk.unread = b""
    await talk.writer.start_tls(server_context())


async def begins_tls_with_all_that_was_said(talk: Talk) -> None:
    """Begin TLS as servers with CVE-2011-0411 do: what was said behind STARTTLS is still to be read."""
    await talk.writer.start_tls(server_context())


def server_context() -> ssl.SSLContext:
    """A TLS server's, with a certificate for NAME."""
    own = identity("p256", NAME)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own.certificate_file, own.key_file)
    return context


@asynccontextmanager
async def scripted(*steps: Step, tls: bool = False, host: str = HOST) -> AsyncIterator[Scripted]:
    """A server on a port of loopback for which every conversation goes by these steps, and then waits for the end."""
    tasks: set[asyncio.Task[None]] = set()

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        tasks.add(task)
        talk = Talk(reader, writer)
        served.talks.append(talk)
        with suppress(OSError, ssl.SSLError, asyncio.CancelledError):
            for step in steps:
                await _take(step, talk)
            await silence(talk)
        writer.close()

    server = await asyncio.start_server(converse, host, 0, ssl=server_context() if tls else None)
    served = Scripted(server.sockets[0].getsockname()[1])
    async with AsyncExitStack() as stack:
        stack.push_async_callback(_ended, server, tasks)
        yield served


async def _take(step: Step, talk: Talk) -> None:
    if isinstance(step, bytes):
        talk.writer.write(step)
        await talk.writer.drain()
    else:
        await step(talk)


async def _ended(server: asyncio.Server, tasks: set["asyncio.Task[None]"]) -> None:
    server.close()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def run(test: Coroutine[Any, Any, T]) -> T:
    """Run a test's coroutine; what hangs fails."""
    return asyncio.run(asyncio.wait_for(test, HANG))


def hasty() -> Gate:
    """A gate without patience, for servers that are slow."""
    return Gate(connect_seconds=1.0, read_seconds=0.2, endpoint_seconds=1.5, pauses=(0.0, 0.0))
