"""A server's side of a handshake up to TLS 1.2, by hand: what it reads of a hello, and the bytes of its messages."""

import socket
import struct
from dataclasses import dataclass

from tests.wire.servers.identities import identity
from tests.wire.servers.scripted import Script, record
from tests.wire.servers.truth import Truth
from tlsfleet.iana import cipher_suites

CHANGE_CIPHER_SPEC, ALERT, HANDSHAKE, APPLICATION_DATA, HEARTBEAT = 20, 21, 22, 23, 24
CLIENT_HELLO, SERVER_HELLO, CERTIFICATE, SERVER_HELLO_DONE = 1, 2, 11, 14
FATAL, UNEXPECTED_MESSAGE, BAD_RECORD_MAC, HANDSHAKE_FAILURE, DECODE_ERROR = 2, 10, 20, 40, 50
TLS1_2 = 0x0303
AES_128_CBC, AES_256_CBC, AES_128_GCM, TRIPLE_DES, ECDHE_AES_128_GCM = 0x002F, 0x0035, 0x009C, 0x000A, 0xC02F
STATIC = (AES_128_GCM, AES_128_CBC, AES_256_CBC, TRIPLE_DES)


@dataclass(frozen=True, slots=True)
class ClientHello:
    """What a client offers; ``length`` is that of the message in bytes."""

    version: int
    session_id: bytes
    suites: tuple[int, ...]
    extensions: dict[int, bytes]
    length: int


def client_hello(link: socket.socket) -> ClientHello:
    """The client's hello. Raises ConnectionError where it sends something else."""
    kind, data = record(link)
    if kind != HANDSHAKE or data[:1] != bytes([CLIENT_HELLO]):
        raise ConnectionError("no ClientHello")
    while len(data) < 4 + int.from_bytes(data[1:4], "big"):
        data += record(link)[1]
    return parsed(data)


def parsed(data: bytes) -> ClientHello:
    """A ClientHello message (RFC 5246 7.4.1.2)."""
    version, at = int.from_bytes(data[4:6], "big"), 39 + data[38]
    session_id, count = data[39:at], int.from_bytes(data[at : at + 2], "big")
    suites = struct.unpack(f"!{count // 2}H", data[at + 2 : at + 2 + count])
    at += 2 + count
    at += 1 + data[at] + 2
    extensions = {}
    while at + 4 <= len(data):
        number, length = struct.unpack("!HH", data[at : at + 4])
        extensions[number] = data[at + 4 : at + 4 + length]
        at += 4 + length
    return ClientHello(version, session_id, suites, extensions, len(data))


def in_record(body: bytes, kind: int = HANDSHAKE, version: int = TLS1_2) -> bytes:
    """One record."""
    return struct.pack("!BHH", kind, version, len(body)) + body


def message(kind: int, body: bytes) -> bytes:
    """One handshake message."""
    return bytes([kind]) + len(body).to_bytes(3, "big") + body


def alert(description: int, level: int = FATAL) -> bytes:
    """One alert, in a record."""
    return in_record(bytes([level, description]), ALERT)


def extension(number: int, data: bytes = b"") -> bytes:
    """One extension."""
    return struct.pack("!HH", number, len(data)) + data


def server_hello(
    suite: int, version: int = TLS1_2, session_id: bytes = b"", extensions: bytes = b"", compression: int = 0
) -> bytes:
    """A ServerHello; without extensions it has no list of them."""
    listed = struct.pack("!H", len(extensions)) + extensions if extensions else b""
    own = bytes([len(session_id)]) + session_id
    return message(
        SERVER_HELLO,
        struct.pack("!H", version) + bytes(range(32)) + own + struct.pack("!HB", suite, compression) + listed,
    )


def certificate(*listed: bytes) -> bytes:
    """A Certificate message of these, or of the RSA identity's."""
    chain = b"".join(len(der).to_bytes(3, "big") + der for der in listed or (identity("rsa").der,))
    return message(CERTIFICATE, len(chain).to_bytes(3, "big") + chain)


def done() -> bytes:
    """ServerHelloDone."""
    return message(SERVER_HELLO_DONE, b"")


def flight(suite: int = AES_128_CBC, version: int = TLS1_2, extensions: bytes = b"") -> bytes:
    """The whole flight of static RSA, in one record."""
    return in_record(server_hello(suite, version, extensions=extensions) + certificate() + done(), version=version)


def answering(
    suites: tuple[int, ...] = STATIC, lowest: int = 0x0300, highest: int = TLS1_2, extensions: bytes = b""
) -> Script:
    """A server of static RSA that takes the first of its own suites, up to the point where keys would be needed."""

    def script(link: socket.socket) -> None:
        hello = client_hello(link)
        version, common = min(hello.version, highest), [suite for suite in suites if suite in hello.suites]
        if not common or version < lowest:
            link.sendall(alert(HANDSHAKE_FAILURE))
            return
        link.sendall(flight(common[0], version, extensions))
        record(link)
        link.sendall(alert(HANDSHAKE_FAILURE))

    return script


def truth_of(suites: tuple[int, ...] = STATIC, protocols: tuple[str, ...] = ("TLSv1.2",)) -> Truth:
    """The truth of an answering server."""
    names = tuple(cipher_suites()[suite].name for suite in suites)
    return Truth(dict.fromkeys(protocols, names), frozenset(), server_order=True)
