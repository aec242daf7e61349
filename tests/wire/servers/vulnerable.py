"""Servers that answer as the vulnerable do, as the sound do, and as the broken do, up to where an attack would begin.

Heartbleed CVE-2014-0160 (RFC 6520); early ChangeCipherSpec CVE-2014-0224 (M. Kikuchi, "How I discovered CCS
Injection", 2014); Ticketbleed CVE-2016-9244 (F. Valsorda, 2017). ROBOT: see faulty.py.
"""

import socket
from collections.abc import Callable

from tests.wire.servers.flights import (
    AES_128_CBC,
    BAD_RECORD_MAC,
    CHANGE_CIPHER_SPEC,
    HANDSHAKE,
    HEARTBEAT,
    UNEXPECTED_MESSAGE,
    ClientHello,
    alert,
    certificate,
    client_hello,
    done,
    extension,
    flight,
    in_record,
    server_hello,
)
from tests.wire.servers.scripted import Script, drain, record, reset

HEARTBEAT_EXTENSION, SESSION_TICKET = 15, 35
REQUEST, RESPONSE = 1, 2
PADDING = 16
SECRET = b"what else was in the memory of this process "
Told = Callable[[socket.socket, bytes], None]


def heartbeat(told: Told) -> Script:
    """A server that has Heartbeat, and does so with a request; all else it refuses."""

    def script(link: socket.socket) -> None:
        client_hello(link)
        link.sendall(flight(extensions=extension(HEARTBEAT_EXTENSION, b"\1")))
        while True:
            kind, body = record(link)
            if kind != HEARTBEAT:
                link.sendall(alert(UNEXPECTED_MESSAGE))
                return
            told(link, body)

    return script


def bleed(link: socket.socket, request: bytes) -> None:
    """As OpenSSL 1.0.1f: as many bytes as the request says that it has."""
    claimed = int.from_bytes(request[1:3], "big")
    leaked = (request[3:] + SECRET * 2000)[:claimed]
    body = bytes([RESPONSE]) + request[1:3] + leaked + bytes(PADDING)
    for start in range(0, len(body), 16384):
        link.sendall(in_record(body[start : start + 16384], HEARTBEAT))


def obey(link: socket.socket, request: bytes) -> None:
    """As RFC 6520 4 has it: a request that claims more than it has is dropped in silence."""
    claimed = int.from_bytes(request[1:3], "big")
    if 3 + claimed + PADDING <= len(request):
        bleed(link, request)


def drop(link: socket.socket, request: bytes) -> None:
    """As RFC 6520 3 has it: every request during a handshake is dropped."""


def hang(link: socket.socket, request: bytes) -> None:
    """Never says another word."""
    drain(link)


def hang_up(link: socket.socket, request: bytes) -> None:
    """Resets the connection, as devices on the way do that know the attack."""
    reset(link)


def refuse(link: socket.socket, request: bytes) -> None:
    """An alert, and the end."""
    link.sendall(alert(UNEXPECTED_MESSAGE))
    link.close()


def early_ccs(of_ccs: bytes | None, of_next: bytes, then: Script = drain) -> Script:
    """A server that says the one to a ChangeCipherSpec after its flight, the other to the record that follows.

    One that says nothing to it (None) goes on at once.
    """

    def script(link: socket.socket) -> None:
        client_hello(link)
        link.sendall(flight())
        kind, _ = record(link)
        link.sendall(of_ccs or b"" if kind == CHANGE_CIPHER_SPEC else alert(UNEXPECTED_MESSAGE))
        if of_ccs == b"":
            record(link)
            link.sendall(of_next)
        then(link)

    return script


TAKES_EARLY_CCS = early_ccs(b"", alert(BAD_RECORD_MAC))  # OpenSSL before 0.9.8za, 1.0.0m, 1.0.1h
REFUSES_EARLY_CCS = early_ccs(alert(UNEXPECTED_MESSAGE), b"")
CLOSES_ON_EARLY_CCS = early_ccs(None, b"", then=socket.socket.close)
CLOSES_LATER = early_ccs(b"", b"", then=socket.socket.close)
RESETS_ON_EARLY_CCS = early_ccs(None, b"", then=reset)
DROPS_EARLY_CCS = early_ccs(b"", alert(UNEXPECTED_MESSAGE))
SILENT_ON_EARLY_CCS = early_ccs(b"", b"")


def resuming(session_id: Callable[[bytes], bytes]) -> Script:
    """A server that takes every ticket, and gives the session the id that is made of the client's."""

    def script(link: socket.socket) -> None:
        hello = client_hello(link)
        if hello.extensions.get(SESSION_TICKET):
            link.sendall(in_record(server_hello(AES_128_CBC, session_id=session_id(hello.session_id))))
            link.sendall(in_record(b"\1", CHANGE_CIPHER_SPEC) + in_record(bytes(64), HANDSHAKE))
        else:
            link.sendall(_anew(hello))
        drain(link)

    return script


def taking_no_ticket(link: socket.socket) -> None:
    """A server that begins a new session whatever ticket it is shown."""
    link.sendall(_anew(client_hello(link)))
    drain(link)


def _anew(_: ClientHello) -> bytes:
    return in_record(server_hello(AES_128_CBC, session_id=bytes(range(100, 132))) + certificate() + done())


def filled_up(session_id: bytes) -> bytes:
    """As F5 BIG-IP did: 32 bytes always, the rest of them from elsewhere."""
    return (session_id + SECRET)[:32]


def echoed(session_id: bytes) -> bytes:
    """RFC 5077 3.4."""
    return session_id
