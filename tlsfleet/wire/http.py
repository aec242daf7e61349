"""What a web server answers to one plain GET: its status, where it redirects to, and its HSTS policy."""

import re

from tlsfleet.endpoints import Endpoint, Http, Inapplicable
from tlsfleet.missing import Unknown
from tlsfleet.wire.channel import opened
from tlsfleet.wire.faults import Fault, FaultKind
from tlsfleet.wire.gate import Gate
from tlsfleet.wire.session import handshake
from tlsfleet.wire.starttls.dialogue import Stream, wrong

MAX_HEAD = 32 * 1024
MAX_SHOWN = 80
BEGINNING = b"HTTP/1."
EMPTY_LINE = re.compile(rb"\r?\n\r?\n")
STATUS = re.compile(r"HTTP/1\.[01] ([1-9][0-9]{2})(?: .*)?", re.ASCII)
FOLD = re.compile(r"\r?\n[ \t]+")  # RFC 9112 5.2: obsolete, and to be read as a space
HTTP, HTTPS = 80, 443


async def asked(endpoint: Endpoint, gate: Gate) -> Http | Unknown:
    """The answer over TLS, whatever the certificate; Unknown where there is none or it is not HTTP."""
    try:
        async with opened(endpoint, gate) as channel:
            session = await handshake(channel, endpoint.server_name, alpn=[b"http/1.1"])
            answer = await _get(session, _host(endpoint, HTTPS))
            await session.close()
    except Fault as fault:
        return Unknown(endpoint.subject, fault.text)
    return answer


async def redirected(address: str, name: str | None, gate: Gate, port: int = HTTP) -> Http | Unknown | Inapplicable:
    """The answer without TLS, of the same address and name."""
    endpoint = Endpoint(address, port, server_name=name)
    try:
        async with opened(endpoint, gate) as channel:
            return await _get(channel, _host(endpoint, HTTP))
    except Fault as fault:
        if fault.kind is FaultKind.REFUSED:
            return Inapplicable(f"nothing listens on port {port}")
        return Unknown(endpoint.subject, fault.text)


def _host(endpoint: Endpoint, usual: int) -> str:
    host = endpoint.server_name or endpoint.place.rpartition(":")[0]
    return host if endpoint.port == usual else f"{host}:{endpoint.port}"


async def _get(stream: Stream, host: str) -> Http:
    """The final answer, which interim ones may come before (RFC 9110 15.2). Raises Fault."""
    ask = f"GET / HTTP/1.1\r\nHost: {host}\r\nUser-Agent: tlsfleet\r\nAccept: */*\r\nConnection: close\r\n\r\n"
    await stream.send(ask.encode("ascii"))
    received = b""
    while True:
        head, received = await _head(stream, received)
        answer = _read(head)
        if answer.status // 100 != 1:
            return answer


async def _head(stream: Stream, received: bytes) -> tuple[bytes, bytes]:
    """What comes up to the first empty line, and what came behind it; what is no HTTP is not waited for."""
    while not (end := EMPTY_LINE.search(received)):
        if len(received) > MAX_HEAD or not (BEGINNING.startswith(received) or received.startswith(BEGINNING)):
            raise wrong("that is no HTTP server", received[:MAX_SHOWN].decode("latin-1"))
        received += await stream.receive()
    return received[: end.start()], received[end.end() :]


def _read(head: bytes) -> Http:
    """Of several policies the first one counts (RFC 6797 8.1)."""
    first, *lines = FOLD.sub(" ", head.decode("latin-1")).split("\n")
    status = STATUS.fullmatch(first.rstrip("\r"))
    if not status:
        raise wrong("that is no HTTP server", first[:MAX_SHOWN])
    fields: dict[str, str] = {}
    for name, _, value in (line.partition(":") for line in lines):
        fields.setdefault(name.lower(), value.strip())
    return Http(int(status[1]), fields.get("location"), fields.get("strict-transport-security"))
