"""ClientHellos of our own: what is offered, as data, and its bytes (RFC 8446 4.1.2, RFC 5246 7.4.1.2, RFC 6101)."""

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from secrets import token_bytes

VERSIONS: Mapping[str, int] = {
    "SSLv3": 0x0300,
    "TLSv1.0": 0x0301,
    "TLSv1.1": 0x0302,
    "TLSv1.2": 0x0303,
    "TLSv1.3": 0x0304,
}
BY_NUMBER = {number: name for name, number in VERSIONS.items()}
HANDSHAKE, CLIENT_HELLO = 22, 1
MAX_RECORD = 16384
EMPTY_RENEGOTIATION_INFO, FALLBACK = 0x00FF, 0x5600  # RFC 5746 3.3, RFC 7507

SERVER_NAME, STATUS_REQUEST, SUPPORTED_GROUPS, EC_POINT_FORMATS, SIGNATURE_ALGORITHMS = 0, 5, 10, 11, 13
HEARTBEAT, ALPN, SCT, EXTENDED_MASTER_SECRET, SESSION_TICKET = 15, 16, 18, 23, 35
PRE_SHARED_KEY, EARLY_DATA, SUPPORTED_VERSIONS, PSK_MODES, KEY_SHARE = 41, 42, 43, 45, 51
CERTIFICATE_SIGNATURES, RENEGOTIATION_INFO = 50, 0xFF01
COMMON_GROUPS = {23, 24, 25, 29}
COMMON_SCHEMES = {0x0201, 0x0203, 0x0401, 0x0403, 0x0501, 0x0503, 0x0601, 0x0603, 0x0804, 0x0805, 0x0806, 0x0807}


@dataclass(frozen=True, slots=True)
class Hello:
    """What one ClientHello offers, numbers as IANA has them.

    ``version`` is the highest one; TLSv1.3 is offered alone, for what a server picks must be what was asked.
    ``shares`` are the public keys sent with groups of TLS 1.3; without any the server names its group in a
    HelloRetryRequest. ``session_id`` and ``ticket`` (None: the extension is not sent) ask for a session again.
    """

    version: str
    suites: tuple[int, ...]
    groups: tuple[int, ...] = ()
    schemes: tuple[int, ...] = ()
    certificate_schemes: tuple[int, ...] = ()  # for the signatures in the chain (RFC 8446 4.2.3); none: as schemes
    server_name: str | None = None
    alpn: tuple[str, ...] = ()
    shares: tuple[tuple[int, bytes], ...] = field(default=(), repr=False)
    session_id: bytes = b""
    ticket: bytes | None = None
    compression: bool = False
    heartbeat: bool = False
    staple: bool = False
    extensions: bool = True
    psk: tuple[bytes, int, int] | None = field(
        default=None, repr=False
    )  # identity, its obfuscated age, binder's length

    def narrow(self) -> "Hello":
        """What is left of it for a server that does not take long or unknown things."""
        common = COMMON_GROUPS.union(dict(self.shares))
        groups = tuple(group for group in self.groups if group in common)
        schemes = tuple(scheme for scheme in self.schemes if scheme in COMMON_SCHEMES)
        plain = {"alpn": (), "ticket": None, "compression": False, "heartbeat": False, "staple": False}
        return replace(self, groups=groups, schemes=schemes, **plain)  # type: ignore[arg-type]

    def encode(self) -> bytes:
        """The handshake message."""
        name = min(VERSIONS[self.version], VERSIONS["TLSv1.2"])
        suites = self.suites if self.version == "TLSv1.3" else (*self.suites, EMPTY_RENEGOTIATION_INFO)
        session = self.session_id or (token_bytes(32) if self.version == "TLSv1.3" else b"")
        body = struct.pack("!H", name) + token_bytes(32) + _bytes(1, session) + _numbers(2, 2, suites)
        body += _bytes(1, b"\1\0" if self.compression else b"\0")
        if self.extensions and self.version != "SSLv3":
            body += _bytes(2, b"".join(self._extensions()))
        return bytes([CLIENT_HELLO]) + _bytes(3, body)

    def records(self) -> bytes:
        """The message in records."""
        return in_records(self.encode(), min(VERSIONS[self.version], VERSIONS["TLSv1.0"]))

    @property
    def key(self) -> str:
        """The same for hellos that ask the same, whatever their random bytes."""
        asked = (
            *(self.version, self.suites, self.groups, self.schemes, self.server_name, self.alpn),
            *(tuple(group for group, _ in self.shares), self.compression, self.heartbeat, self.staple, self.extensions),
            *(len(self.session_id), None if self.ticket is None else len(self.ticket) > 0, self.psk is not None),
        )
        return sha256(repr(asked).encode()).hexdigest()[:24]

    def _extensions(self) -> Iterable[bytes]:
        if self.server_name:
            yield extension(SERVER_NAME, _bytes(2, b"\0" + _bytes(2, self.server_name.encode("ascii"))))
        if self.groups:
            yield extension(SUPPORTED_GROUPS, _numbers(2, 2, self.groups))
        if self.schemes and self.version in {"TLSv1.2", "TLSv1.3"}:
            yield extension(SIGNATURE_ALGORITHMS, _numbers(2, 2, self.schemes))
        # OpenSSL looks at the chain's own signatures only where this is sent, and knows none by MD5.
        if self.certificate_schemes and self.version in {"TLSv1.2", "TLSv1.3"}:
            yield extension(CERTIFICATE_SIGNATURES, _numbers(2, 2, self.certificate_schemes))
        if self.alpn:
            yield extension(ALPN, _bytes(2, b"".join(_bytes(1, name.encode("ascii")) for name in self.alpn)))
        if self.staple:
            yield extension(STATUS_REQUEST, b"\1\0\0\0\0")
            yield extension(SCT, b"")
        yield from self._of_1_3() if self.version == "TLSv1.3" else self._of_older()

    def _of_older(self) -> Iterable[bytes]:
        yield extension(EC_POINT_FORMATS, b"\1\0")
        yield extension(EXTENDED_MASTER_SECRET, b"")
        if self.heartbeat:
            yield extension(HEARTBEAT, b"\1")
        if self.ticket is not None:
            yield extension(SESSION_TICKET, self.ticket)

    def _of_1_3(self) -> Iterable[bytes]:
        yield extension(SUPPORTED_VERSIONS, _numbers(1, 2, [VERSIONS["TLSv1.3"]]))
        yield extension(PSK_MODES, b"\1\1")
        keys = dict(self.shares)
        ordered = [(group, keys[group]) for group in self.groups if group in keys]  # in this order (RFC 8446 4.2.8)
        shares = b"".join(struct.pack("!H", group) + _bytes(2, key) for group, key in ordered)
        yield extension(KEY_SHARE, _bytes(2, shares))
        if self.psk:
            identity, age, length = self.psk
            offered = _bytes(2, _bytes(2, identity) + struct.pack("!I", age))
            yield extension(PRE_SHARED_KEY, offered + _bytes(2, _bytes(1, bytes(length))))


def extension(number: int, data: bytes) -> bytes:
    """One extension: its number, its length, its data."""
    return struct.pack("!H", number) + _bytes(2, data)


def in_records(message: bytes, version: int, kind: int = HANDSHAKE) -> bytes:
    """A message in as many records as it needs."""
    parts = [message[start : start + MAX_RECORD] for start in range(0, len(message), MAX_RECORD)]
    return b"".join(struct.pack("!BHH", kind, version, len(part)) + part for part in parts)


def ssl2(suites: Iterable[int]) -> bytes:
    """The ClientHello of SSL 2, its record included; the suites are numbers of 24 bits."""
    kinds = b"".join(suite.to_bytes(3, "big") for suite in suites)
    body = struct.pack("!BHHHH", CLIENT_HELLO, 0x0002, len(kinds), 0, 16) + kinds + token_bytes(16)
    return struct.pack("!H", 0x8000 | len(body)) + body


def _bytes(width: int, data: bytes) -> bytes:
    return len(data).to_bytes(width, "big") + data


def _numbers(length: int, width: int, numbers: Iterable[int]) -> bytes:
    return _bytes(length, b"".join(number.to_bytes(width, "big") for number in numbers))
