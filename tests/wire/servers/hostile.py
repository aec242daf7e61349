"""Broken, slow and hostile servers: none of them may hang, crash or fool who asks them."""

import socket
import time
from collections.abc import Callable, Mapping
from itertools import repeat
from random import Random

from tests.wire.servers.flights import (
    AES_128_CBC,
    ALERT,
    APPLICATION_DATA,
    CERTIFICATE,
    DECODE_ERROR,
    HANDSHAKE,
    SERVER_HELLO,
    TLS1_2,
    UNEXPECTED_MESSAGE,
    ClientHello,
    alert,
    answering,
    certificate,
    client_hello,
    done,
    extension,
    flight,
    in_record,
    message,
    parsed,
    server_hello,
)
from tests.wire.servers.scripted import Script, drain, record, reset

RETRY = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
SUPPORTED_VERSIONS, KEY_SHARE, UNKNOWN_EXTENSION = 43, 51, 0x7A7A
X25519, UNKNOWN_GROUP = 29, 0x01F0
WARNING, UNRECOGNIZED_NAME = 1, 112
SOUND = answering()


def saying(*parts: bytes, then: Script = drain) -> Script:
    """Reads a hello, says this whatever was asked, and goes on so."""

    def script(link: socket.socket) -> None:
        link.recv(65536)
        for part in parts:
            link.sendall(part)
        then(link)

    return script


def _for_ever(data: bytes) -> Script:
    def script(link: socket.socket) -> None:
        link.recv(65536)
        for part in repeat(data):
            link.sendall(part)

    return script


def _slowly(link: socket.socket) -> None:
    link.recv(65536)
    for byte in flight():
        link.sendall(bytes([byte]))
        time.sleep(1)


def _mirror(link: socket.socket) -> None:
    while data := link.recv(65536):
        link.sendall(data)


def _half_open(link: socket.socket) -> None:
    link.shutdown(socket.SHUT_WR)
    drain(link)


def _retrying(link: socket.socket) -> None:
    hello = client_hello(link)
    while True:
        link.sendall(in_record(_retry(X25519, hello)))
        while record(link)[0] != 22:
            pass


def _retry(group: int, hello: ClientHello, random: bytes = RETRY) -> bytes:
    extensions = extension(SUPPORTED_VERSIONS, b"\3\4") + extension(KEY_SHARE, group.to_bytes(2, "big"))
    head = b"\3\3" + random + bytes([len(hello.session_id)]) + hello.session_id + b"\x13\1\0"
    return message(SERVER_HELLO, head + len(extensions).to_bytes(2, "big") + extensions)


def _of_hello(answer: Callable[[ClientHello], bytes]) -> Script:
    def script(link: socket.socket) -> None:
        link.sendall(answer(client_hello(link)))
        drain(link)

    return script


def _not_offered(hello: ClientHello) -> bytes:
    other = next(
        number for number in (0x0005, 0x0004, 0x0041, 0x0084, 0x00FF) if number not in hello.suites or number == 0x00FF
    )
    return flight(other, min(hello.version, TLS1_2))


_HELLO = server_hello(AES_128_CBC)
_TWICE = extension(UNKNOWN_EXTENSION, b"a") + extension(UNKNOWN_EXTENSION, b"b")
_NOISE = Random(1).randbytes(4096)

# By name; each ends in a Fault, an Unknown or a refusal, never in a finding.
BROKEN: Mapping[str, Script] = {
    "silent": drain,
    "reset at once": reset,
    "reset after the hello": saying(then=reset),
    "closed at once": socket.socket.close,
    "closed after the hello": saying(then=socket.socket.close),
    "half open": _half_open,
    "a byte a second": _slowly,
    "endless records": _for_ever(in_record(bytes(16384), APPLICATION_DATA)),
    "endless bytes": _for_ever(bytes(65536)),
    "an endless message": saying(
        in_record(message(SERVER_HELLO, b"")[:1] + b"\xff\xff\xff"), then=_for_ever(in_record(bytes(16384)))
    ),
    "a mirror": _mirror,
    "noise": saying(_NOISE),
    "HTTP in plain": saying(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n", then=socket.socket.close),
    "a flood of alerts": _for_ever(alert(UNRECOGNIZED_NAME, WARNING) * 100),
    "a flood of empty records": _for_ever(in_record(b"") * 100),
    "an alert cut short": saying(in_record(b"\2", ALERT), then=socket.socket.close),
    "a record too long": saying(b"\x16\3\3\xff\xff" + bytes(0xFFFF)),
    "a record shorter than it says": saying(b"\x16\3\3\x10\0" + bytes(100), then=socket.socket.close),
    "a version of records that there is not": saying(in_record(_HELLO, version=0x0909)),
    "a ServerHello cut short": saying(in_record(_HELLO)[:30], then=socket.socket.close),
    "a ServerHello too short": saying(in_record(message(SERVER_HELLO, b"\3\3" + bytes(20))), then=socket.socket.close),
    "no ServerHello first": saying(in_record(certificate() + done())),
    "a version that there is not": saying(in_record(server_hello(AES_128_CBC, 0x0399))),
    "a session id too long": saying(in_record(server_hello(AES_128_CBC, session_id=bytes(33)))),
    "extensions cut short": saying(in_record(server_hello(AES_128_CBC, extensions=b"\0\1\0\xff"))),
    "a suite not offered": _of_hello(_not_offered),
    "a retry without end": _retrying,
    "a retry of no group": _of_hello(lambda hello: in_record(_retry(UNKNOWN_GROUP, hello))),
    "a share of no group": _of_hello(lambda hello: in_record(_retry(UNKNOWN_GROUP, hello, bytes(32)))),
}

# By name; odd, yet their flights have an end, and tell what they tell.
ODD: Mapping[str, Script] = {
    "a record a message": saying(b"".join(map(in_record, (_HELLO, certificate(), done())))),
    "a record a byte": saying(b"".join(in_record(bytes([byte])) for byte in _HELLO + certificate() + done())),
    "a segment a byte": saying(*(bytes([byte]) for byte in flight())),
    "a warning first": saying(alert(UNRECOGNIZED_NAME, WARNING), flight()),
    "an unknown extension": saying(flight(extensions=extension(UNKNOWN_EXTENSION))),
    "an extension twice": saying(flight(extensions=_TWICE)),
    "no certificate in the list": saying(in_record(_HELLO + message(CERTIFICATE, bytes(3)) + done())),
    "a certificate that is none": saying(in_record(_HELLO + certificate(b"no DER at all") + done())),
    "an alert after the ServerHello": saying(in_record(_HELLO), alert(UNEXPECTED_MESSAGE)),
    "the end after the ServerHello": saying(in_record(_HELLO), then=socket.socket.close),
}


def intolerant(of: Callable[[ClientHello], bool], refuse: Script, otherwise: Script = SOUND) -> Script:
    """A server that cannot bear some hellos; to others it answers well."""

    def script(link: socket.socket) -> None:
        data = link.recv(65536, socket.MSG_PEEK)
        if data[:1] != bytes([HANDSHAKE]):
            return  # a hello of SSL 2
        while len(data) < 5 or len(data) < 5 + int.from_bytes(data[3:5], "big"):
            time.sleep(0.01)
            data = link.recv(65536, socket.MSG_PEEK)
        if of(parsed(data[5:])):
            refuse(link)
        else:
            otherwise(link)

    return script


def refusing(description: int = DECODE_ERROR) -> Script:
    """An alert, once the hello is read."""

    def script(link: socket.socket) -> None:
        client_hello(link)
        link.sendall(alert(description))

    return script


def longer_than(limit: int) -> Callable[[ClientHello], bool]:
    """Hellos of more bytes."""
    return lambda hello: hello.length > limit


def more_suites_than(limit: int) -> Callable[[ClientHello], bool]:
    """Hellos with more suites."""
    return lambda hello: len(hello.suites) > limit


def with_extension(number: int) -> Callable[[ClientHello], bool]:
    """Hellos with an extension."""
    return lambda hello: number in hello.extensions


def with_any_extension(hello: ClientHello) -> bool:
    """Hellos with extensions at all."""
    return bool(hello.extensions)


def above(version: int) -> Callable[[ClientHello], bool]:
    """Hellos of a higher version."""
    return lambda hello: hello.version > version or SUPPORTED_VERSIONS in hello.extensions
