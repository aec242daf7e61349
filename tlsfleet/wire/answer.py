"""What a server answers to a hello, read from its messages: bounded, strict, and without a key."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from tlsfleet.iana import cipher_suites
from tlsfleet.known.cipher_suites import suite
from tlsfleet.wire.faults import Fault, FaultKind
from tlsfleet.wire.hello import ALPN, BY_NUMBER, KEY_SHARE, SCT, STATUS_REQUEST, SUPPORTED_VERSIONS

SERVER_HELLO, NEW_SESSION_TICKET, ENCRYPTED_EXTENSIONS, CERTIFICATE, SERVER_KEY_EXCHANGE = 2, 4, 8, 11, 12
CERTIFICATE_REQUEST, SERVER_HELLO_DONE, CERTIFICATE_VERIFY, FINISHED, CERTIFICATE_STATUS = 13, 14, 15, 20, 22
# RFC 8446 4.1.3: the random of a ServerHello that is a HelloRetryRequest
RETRY = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
MAX_CERTIFICATES = 100
NAMED_CURVE = 3


@dataclass(frozen=True, slots=True)
class Message:
    """One handshake message as it came (in TLS 1.3: as it was deciphered)."""

    kind: int
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert: warning (1) or fatal (2), and its description (IANA, TLS Alerts)."""

    level: int
    description: int


@dataclass(frozen=True, slots=True)
class Answer:
    """A server's first flight, or the alert that it refused with; what did not come is None.

    ``retry`` tells a HelloRetryRequest, whose ``group`` is the one asked for. ``complete`` tells that the flight came
    to its end (ServerHelloDone, or in TLS 1.3 Finished).
    """

    alert: Alert | None = None
    version: str | None = None
    suite: int | None = None
    retry: bool = False
    group: int | None = None
    random: bytes = b""
    session_id: bytes = b""
    compression: int = 0
    extensions: dict[int, bytes] = field(default_factory=dict)
    certificates: tuple[bytes, ...] = field(default=(), repr=False)
    staple: bytes | None = field(default=None, repr=False)
    scts: bytes | None = field(default=None, repr=False)
    dh: tuple[int, int] | None = None
    scheme: int | None = None
    messages: tuple[Message, ...] = field(default=(), repr=False)
    complete: bool = False
    broken: str | None = None  # why the flight ended before its end

    @property
    def refused(self) -> bool:
        """Whether the server answered, and would not go on with this hello."""
        return self.version is None and self.alert is not None

    @property
    def alpn(self) -> str | None:
        """The protocol that the server took."""
        data = self.extensions.get(ALPN)
        return data[3:].decode("ascii", "backslashreplace") if data is not None else None


class Reader:
    """Reads big-endian fields out of bytes; raises Fault(GARBAGE) where they end too soon."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def take(self, count: int) -> bytes:
        if self._at + count > len(self._data):
            raise Fault(FaultKind.GARBAGE, "a message of the server's is cut short")
        self._at += count
        return self._data[self._at - count : self._at]

    def number(self, width: int) -> int:
        return int.from_bytes(self.take(width), "big")

    def vector(self, width: int) -> bytes:
        return self.take(self.number(width))

    @property
    def left(self) -> int:
        return len(self._data) - self._at


def read(messages: tuple[Message, ...], alert: Alert | None = None, broken: str | None = None) -> Answer:
    """The answer that messages make, and the alert or the fault after them. Raises Fault(GARBAGE)."""
    if not messages:
        return Answer(alert=alert)
    if messages[0].kind != SERVER_HELLO:
        raise Fault(FaultKind.GARBAGE, f"its first message is no ServerHello but of type {messages[0].kind}")
    found = _server_hello(Reader(messages[0].body))
    for message in messages[1:]:
        found = _with(found, message)
    return replace(found, alert=alert, messages=messages, broken=broken)


def _server_hello(reader: Reader) -> Answer:
    number, random = reader.number(2), reader.take(32)
    session_id, suite, compression = reader.vector(1), reader.number(2), reader.number(1)
    extensions = dict(extensions_of(Reader(reader.vector(2)))) if reader.left else {}
    number = int.from_bytes(extensions.get(SUPPORTED_VERSIONS, number.to_bytes(2, "big")), "big")
    if number not in BY_NUMBER:
        raise Fault(FaultKind.GARBAGE, f"it answers with a version that there is not: {number:#06x}")
    share = extensions.get(KEY_SHARE)
    return Answer(
        version=BY_NUMBER[number],
        suite=suite,
        retry=random == RETRY,
        group=int.from_bytes(share[:2], "big") if share else None,
        random=random,
        session_id=session_id,
        compression=compression,
        extensions=extensions,
    )


def extensions_of(reader: Reader) -> Iterator[tuple[int, bytes]]:
    """The extensions of a list, by number."""
    while reader.left:
        yield reader.number(2), reader.vector(2)


def _with(found: Answer, message: Message) -> Answer:
    """The answer with what one more message tells."""
    reader = Reader(message.body)
    if message.kind == CERTIFICATE:
        return _certificates(found, reader)
    if message.kind == ENCRYPTED_EXTENSIONS:
        return replace(found, extensions=found.extensions | dict(extensions_of(Reader(reader.vector(2)))))
    if message.kind == CERTIFICATE_STATUS:
        return replace(found, staple=_status(reader))
    if message.kind == SERVER_KEY_EXCHANGE:
        return _key_exchange(found, reader)
    if message.kind == CERTIFICATE_VERIFY:
        return replace(found, scheme=reader.number(2))
    last = FINISHED if found.version == "TLSv1.3" else SERVER_HELLO_DONE
    return replace(found, complete=True) if message.kind == last else found


def _certificates(found: Answer, reader: Reader) -> Answer:
    modern = found.version == "TLSv1.3"
    if modern:
        reader.vector(1)
    listed, certificates, own = Reader(reader.vector(3)), [], []
    while listed.left:
        certificates.append(listed.vector(3))
        own.append(dict(extensions_of(Reader(listed.vector(2)))) if modern else {})
        if len(certificates) > MAX_CERTIFICATES:
            raise Fault(FaultKind.GARBAGE, f"it sends more than {MAX_CERTIFICATES} certificates")
    first = own[0] if own else {}
    staple = _status(Reader(first[STATUS_REQUEST])) if STATUS_REQUEST in first else found.staple
    scts = first.get(SCT, found.extensions.get(SCT))
    return replace(found, certificates=tuple(certificates), staple=staple, scts=scts)


def _status(reader: Reader) -> bytes:
    """The OCSP response of a CertificateStatus (RFC 6066 8)."""
    reader.number(1)
    return reader.vector(3)


def _key_exchange(found: Answer, reader: Reader) -> Answer:
    """Group or DH parameters, and the signature's scheme (RFC 5246 7.4.3, RFC 8422 5.4, RFC 4279 3)."""
    registered = cipher_suites().get(found.suite or 0)
    known = suite(registered.name) if registered else None
    exchange = known.exchange if known else ""
    if "PSK" in exchange:
        reader.vector(2)
    if exchange.startswith(("ECDHE", "ECDH_anon")):
        if reader.number(1) != NAMED_CURVE:
            return found
        found = replace(found, group=reader.number(2))
        reader.vector(1)
    elif exchange.startswith(("DHE", "DH_anon")):
        prime, generator = reader.vector(2), reader.vector(2)
        found = replace(found, dh=(int.from_bytes(prime, "big"), int.from_bytes(generator, "big")))
        reader.vector(2)
    else:
        return found
    signed = found.version == "TLSv1.2" and "anon" not in exchange and "PSK" not in exchange
    return replace(found, scheme=reader.number(2)) if signed else found
