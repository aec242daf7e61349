"""SSLRequest of PostgreSQL's protocol (Frontend/Backend Protocol, "SSL Session Encryption" and "Message Formats")."""

import struct
from dataclasses import replace

from tlsfleet.endpoints import Preface
from tlsfleet.missing import Unknown
from tlsfleet.wire.faults import Fault, FaultKind
from tlsfleet.wire.starttls.dialogue import Declined, Dialogue, shown, throttled, wrong

SSL_REQUEST = 80877103
# SQLSTATEs, as the appendix on error codes has them:
TOO_MANY = (b"53300", b"57P03")  # too_many_connections, cannot_connect_now
NOT_SO, VIOLATION = b"28000", b"08P01"  # invalid_authorization_specification, protocol_violation
CLEARTEXT, MD5, SASL = 3, 5, 10


def startup(version: int, parameters: bytes = b"") -> bytes:
    """A message without a type: its length, a version or a request's number, and what belongs to it."""
    return struct.pack("!II", 8 + len(parameters), version) + parameters


class Postgres(Dialogue):
    """PostgreSQL: the client speaks first, and asks for TLS or begins without."""

    start = startup(SSL_REQUEST)
    goodbye = b""
    smuggled = startup(9 << 16 | 1)  # there are no such versions: the error names the one that was asked for

    async def look(self) -> Preface:
        """Nothing: only to ask for TLS tells whether there is TLS, and only to log in what would do."""
        unasked = Unknown("postgres", "it was not asked")
        return Preface(unasked, mechanisms=unasked)

    async def logins(self, preface: Preface) -> Preface:
        """How a user would log in without TLS, if at all."""
        await self.say(startup(3 << 16, b"user\0tlsfleet\0database\0postgres\0\0"))
        kind, body = await self._message()
        if kind == b"E":
            unclear = Unknown("startup", f"it answers with {shown(repr(body))}")
            return replace(preface, mechanisms=() if _is(body, NOT_SO) else unclear)
        if kind != b"R" or len(body) < 4:
            raise wrong("that is no PostgreSQL server", repr(kind + body))
        return replace(preface, mechanisms=_mechanisms(int.from_bytes(body[:4], "big"), body[4:]))

    async def started(self) -> None:
        answer = await self.octets(1)
        if answer == b"N":
            raise Declined("N")
        if answer == b"E":
            self.rest = answer + self.rest
            _, body = await self._message()
            raise Declined(repr(body))
        if answer != b"S":
            raise wrong("that is no PostgreSQL server", repr(answer))

    async def survived(self) -> bool:
        """The first error is for the version that was asked for first, or else for having sent it too soon."""
        await self.say(startup(9 << 16 | 2))
        kind, body = await self._message()
        dropped = b"9.2" in body or _is(body, VIOLATION)
        if kind != b"E" or dropped == (b"9.1" in body):
            raise wrong("it has no error for a version that there is not", repr(kind + body))
        return not dropped

    async def _message(self) -> tuple[bytes, bytes]:
        """A message's type and body; an error that tells of too much raises Fault(THROTTLED)."""
        kind = await self.octets(1)
        if kind not in {b"R", b"E", b"v"}:
            raise wrong("that is no PostgreSQL server", repr(kind))
        length = int.from_bytes(await self.octets(4), "big")
        if length < 4:
            raise Fault(FaultKind.DIALOGUE, f"it announces {length} bytes")
        body = await self.octets(length - 4)
        if kind == b"E" and _is(body, *TOO_MANY):
            raise throttled(repr(body))
        return kind, body


def _is(error: bytes, *states: bytes) -> bool:
    """Whether an ErrorResponse has one of these SQLSTATEs, which its field C tells."""
    return any(field[1:] in states for field in error.split(b"\0") if field[:1] == b"C")


def _mechanisms(method: int, rest: bytes) -> tuple[str, ...]:
    if method == SASL:
        return tuple(name.decode("ascii", "backslashreplace").upper() for name in rest.split(b"\0") if name)
    return {CLEARTEXT: ("PASSWORD",), MD5: ("MD5",)}.get(method, (f"METHOD-{method}",) if method else ())
