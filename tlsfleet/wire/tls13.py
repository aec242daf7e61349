"""TLS 1.3 as far as a client needs it that reads what the server sends under its handshake keys (RFC 8446 7)."""

import hmac
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import new
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDH,
    SECP256R1,
    SECP384R1,
    SECP521R1,
    BrainpoolP256R1,
    BrainpoolP384R1,
    BrainpoolP512R1,
    EllipticCurve,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.x448 import X448PrivateKey, X448PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESCCM, AESGCM, ChaCha20Poly1305
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tlsfleet.wire.answer import Message, Reader, extensions_of
from tlsfleet.wire.faults import Fault, FaultKind
from tlsfleet.wire.hello import EARLY_DATA

X25519, X448, P256 = 29, 30, 23
APPLICATION_DATA = 23
VERSION = 0x0303  # what records of TLS 1.3 say


class Aead(Protocol):
    """A cipher as cryptography has them."""

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes: ...
    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Suite:
    """The hash, the key's length in bytes and the cipher of a suite (RFC 8446 B.4)."""

    hash: str
    key_length: int

    def aead(self, number: int, key: bytes) -> Aead:
        if number == 0x1303:
            return ChaCha20Poly1305(key)
        return AESCCM(key, 8 if number == 0x1305 else 16) if number in {0x1304, 0x1305} else AESGCM(key)


SUITES = {
    0x1301: Suite("sha256", 16),
    0x1302: Suite("sha384", 32),
    0x1303: Suite("sha256", 32),
    0x1304: Suite("sha256", 16),
    0x1305: Suite("sha256", 16),
}


CURVES: Mapping[int, EllipticCurve] = {
    P256: SECP256R1(),
    24: SECP384R1(),
    25: SECP521R1(),
    31: BrainpoolP256R1(),
    32: BrainpoolP384R1(),
    33: BrainpoolP512R1(),
}


class Shares:
    """Key pairs to offer: x25519 and P-256, which nearly every server takes, others where a server asks for them."""

    def __init__(self) -> None:
        self._keys: dict[int, X25519PrivateKey | X448PrivateKey | EllipticCurvePrivateKey] = {}

    @property
    def public(self) -> tuple[tuple[int, bytes], ...]:
        """The numbers of x25519 and P-256 with the public keys as a key_share has them."""
        return (X25519, self._public(X25519)), (P256, self._public(P256))

    def of(self, group: int | None) -> tuple[tuple[int, bytes], ...]:
        """The same of another group; empty for one that there is no arithmetic for here."""
        return ((group, self._public(group)),) if group in {X25519, X448, *CURVES} and group is not None else ()

    def secret(self, group: int, theirs: bytes) -> bytes:
        """The shared secret. Raises Fault(GARBAGE) for a group not offered, or no point on it."""
        key = self._keys.get(group)
        try:
            if isinstance(key, X25519PrivateKey):
                return key.exchange(X25519PublicKey.from_public_bytes(theirs))
            if isinstance(key, X448PrivateKey):
                return key.exchange(X448PublicKey.from_public_bytes(theirs))
            if key is not None:
                return key.exchange(ECDH(), EllipticCurvePublicKey.from_encoded_point(key.curve, theirs))
        except ValueError as error:
            raise Fault(FaultKind.GARBAGE, f"its key share is none: {error}") from None
        raise Fault(FaultKind.GARBAGE, f"it answers with a key share of group {group:#06x}, which was not offered")

    def _public(self, group: int) -> bytes:
        if group not in self._keys:
            self._keys[group] = _generated(group)
        public = self._keys[group].public_key()
        if isinstance(public, EllipticCurvePublicKey):
            return public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return public.public_bytes_raw()


def _generated(group: int) -> X25519PrivateKey | X448PrivateKey | EllipticCurvePrivateKey:
    if group in CURVES:
        return generate_private_key(CURVES[group])
    return X25519PrivateKey.generate() if group == X25519 else X448PrivateKey.generate()


@dataclass(slots=True)
class Direction:
    """One direction of protected records."""

    suite: int
    secret: bytes = field(repr=False)
    sequence: int = 0

    def seal(self, kind: int, data: bytes) -> bytes:
        """A record of a kind."""
        inner = data + bytes([kind])
        head = struct.pack("!BHH", APPLICATION_DATA, VERSION, len(inner) + self._overhead)
        return head + self._cipher().encrypt(self._nonce(), inner, head)

    def open(self, body: bytes) -> tuple[int, bytes]:
        """The kind and the data of a record. Raises Fault(GARBAGE)."""
        head = struct.pack("!BHH", APPLICATION_DATA, VERSION, len(body))
        try:
            inner = self._cipher().decrypt(self._nonce(), body, head).rstrip(b"\0")
        except (InvalidTag, ValueError):
            raise Fault(FaultKind.GARBAGE, "a record of its cannot be deciphered") from None
        if not inner:
            raise Fault(FaultKind.GARBAGE, "a record of its is empty")
        return inner[-1], inner[:-1]

    @property
    def _overhead(self) -> int:
        return 8 if self.suite == 0x1305 else 16

    def _cipher(self) -> Aead:
        used = SUITES[self.suite]
        return used.aead(self.suite, expand(used.hash, self.secret, b"key", b"", used.key_length))

    def _nonce(self) -> bytes:
        base = expand(SUITES[self.suite].hash, self.secret, b"iv", b"", 12)
        number, self.sequence = self.sequence, self.sequence + 1
        return bytes(a ^ b for a, b in zip(base, number.to_bytes(12, "big"), strict=True))


class Schedule:
    """The key schedule of one handshake; each step is given the transcript so far (RFC 8446 4.4.1, 7.1)."""

    def __init__(self, suite: int, shared: bytes, transcript: bytes, psk: bytes = b"") -> None:
        self.suite, self._hash = suite, SUITES[suite].hash
        self._zero = bytes(new(self._hash).digest_size)
        early = extract(self._hash, b"", psk or self._zero)
        self._secret = extract(self._hash, self._derived(early), shared)
        self.client = self._direction(b"c hs traffic", transcript)
        self.server = self._direction(b"s hs traffic", transcript)

    def verify_data(self, transcript: bytes) -> bytes:
        """What the client's Finished says."""
        key = expand(self._hash, self.client.secret, b"finished", b"", len(self._zero))
        return hmac.digest(key, new(self._hash, transcript).digest(), self._hash)

    def application(self, transcript: bytes) -> tuple[Direction, Direction]:
        """After the server's Finished: the client's and the server's direction of application data."""
        self._secret = extract(self._hash, self._derived(self._secret), self._zero)
        return self._direction(b"c ap traffic", transcript), self._direction(b"s ap traffic", transcript)

    def ticket(self, transcript: bytes, message: Message) -> "Ticket":
        """The ticket of a NewSessionTicket; the transcript ends with the client's Finished."""
        reader = Reader(message.body)
        reader.number(4)
        age_add, nonce, identity = reader.number(4), reader.vector(1), reader.vector(2)
        extensions = dict(extensions_of(Reader(reader.vector(2))))
        main = expand(self._hash, self._secret, b"res master", new(self._hash, transcript).digest(), len(self._zero))
        key = expand(self._hash, main, b"resumption", nonce, len(self._zero))
        return Ticket(self.suite, identity, key, age_add, int.from_bytes(extensions.get(EARLY_DATA, b""), "big"))

    def _direction(self, label: bytes, transcript: bytes) -> Direction:
        digest = new(self._hash, transcript).digest()
        return Direction(self.suite, expand(self._hash, self._secret, label, digest, len(self._zero)))

    def _derived(self, secret: bytes) -> bytes:
        return expand(self._hash, secret, b"derived", new(self._hash).digest(), len(self._zero))


@dataclass(frozen=True, slots=True)
class Ticket:
    """A NewSessionTicket with its key; ``early_data`` is the most bytes of early data it allows (RFC 8446 4.6.1)."""

    suite: int
    identity: bytes = field(repr=False)
    key: bytes = field(repr=False)
    age_add: int
    early_data: int

    @property
    def binder_length(self) -> int:
        """In bytes."""
        return new(SUITES[self.suite].hash).digest_size

    def bound(self, hello: bytes) -> bytes:
        """A ClientHello that ends with an empty binder, with this ticket's in its place (RFC 8446 4.2.11.2)."""
        used, length = SUITES[self.suite].hash, self.binder_length
        early = extract(used, b"", self.key)
        secret = expand(used, early, b"res binder", new(used).digest(), length)
        signing = expand(used, secret, b"finished", b"", length)
        return hello[:-length] + hmac.digest(signing, new(used, hello[: -length - 3]).digest(), used)


def encode(message: Message) -> bytes:
    """A message as the transcript has it."""
    return bytes([message.kind]) + len(message.body).to_bytes(3, "big") + message.body


def extract(used: str, salt: bytes, secret: bytes) -> bytes:
    """HKDF-Extract (RFC 5869 2.2)."""
    return hmac.digest(salt or bytes(new(used).digest_size), secret, used)


def expand(used: str, secret: bytes, label: bytes, context: bytes, length: int) -> bytes:
    """HKDF-Expand-Label (RFC 8446 7.1)."""
    name = b"tls13 " + label
    info = struct.pack("!HB", length, len(name)) + name + bytes([len(context)]) + context
    out, block, number = b"", b"", 1
    while len(out) < length:
        block = hmac.digest(secret, block + info + bytes([number]), used)
        out, number = out + block, number + 1
    return out[:length]
