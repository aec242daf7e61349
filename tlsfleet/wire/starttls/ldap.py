"""StartTLS of LDAP (RFC 4511 4.14), with what the root DSE tells (RFC 4512 5.1)."""

from collections.abc import Iterator
from dataclasses import replace

from tlsfleet.endpoints import Preface
from tlsfleet.missing import Unknown
from tlsfleet.wire.faults import Fault, FaultKind
from tlsfleet.wire.starttls.dialogue import Declined, Dialogue, Stream, throttled, wrong

START_TLS = b"1.3.6.1.4.1.1466.20037"
INTEGER, OCTETS, ENUMERATED, SEQUENCE = 0x02, 0x04, 0x0A, 0x30
BIND, BOUND, UNBIND, SEARCH, ENTRY, DONE, EXTENDED, EXTENDED_ANSWER = 0x60, 0x61, 0x42, 0x63, 0x64, 0x65, 0x77, 0x78
PRESENT, SIMPLE, REQUEST_NAME = 0x87, 0x80, 0x80
BUSY, UNAVAILABLE = 51, 52
NOT_SO = {7, 8, 13}  # authMethodNotSupported, strongerAuthRequired, confidentialityRequired
NO_SUCH_USER = {32, 49}  # noSuchObject, invalidCredentials
WANTED = (b"supportedExtension", b"supportedSASLMechanisms", b"namingContexts")


def ber(tag: int, *parts: bytes) -> bytes:
    """An element of BER (X.690) under 64 KiB."""
    value = b"".join(parts)
    size = bytes([len(value)]) if len(value) < 128 else b"\x82" + len(value).to_bytes(2, "big")
    return bytes([tag]) + size + value


def message(number: int, operation: bytes) -> bytes:
    """An LDAPMessage (RFC 4511 4.1.1)."""
    return ber(SEQUENCE, ber(INTEGER, bytes([number])), operation)


def root_dse(number: int) -> bytes:
    """A search for what the server says of itself."""
    wanted = ber(SEQUENCE, *(ber(OCTETS, name) for name in WANTED))
    limits = ber(ENUMERATED, b"\0") + ber(ENUMERATED, b"\0") + ber(INTEGER, b"\0") + ber(INTEGER, b"\0")
    return message(number, ber(SEARCH, ber(OCTETS), limits, ber(1, b"\0"), ber(PRESENT, b"objectClass"), wanted))


class Ldap(Dialogue):
    """LDAP version 3: numbered messages in BER."""

    start = message(3, ber(EXTENDED, ber(REQUEST_NAME, START_TLS)))
    goodbye = message(4, ber(UNBIND))
    smuggled = root_dse(5)

    def __init__(self, stream: Stream, name: str | None) -> None:
        super().__init__(stream, name)
        self._suffix: bytes | None = None

    async def look(self) -> Preface:
        """The extensions and SASL mechanisms of the root DSE, which a server may hide."""
        await self.say(root_dse(1))
        found: dict[bytes, list[bytes]] = {}
        while (operation := await self._answer(1))[0] == ENTRY:
            found |= dict(_attributes(operation[1]))
        extensions, mechanisms, suffixes = (found.get(name.lower(), []) for name in WANTED)
        self._suffix = next(iter(suffixes), None)
        hidden = Unknown("rootDSE", "it does not show its root DSE")
        names = tuple(name.decode("ascii", "backslashreplace").upper() for name in mechanisms)
        return Preface(START_TLS in extensions if extensions else hidden, mechanisms=names if found else hidden)

    async def logins(self, preface: Preface) -> Preface:
        """Whether a simple bind, which sends the password, is refused for want of TLS (RFC 4513 5.1.3).

        OpenLDAP asks for TLS only after it has found a database for the name, so that it has to be a name in one.
        """
        if isinstance(preface.mechanisms, Unknown) or self._suffix is None:
            return replace(preface, mechanisms=Unknown("bind", "it shows no naming context to bind in"))
        user = ber(OCTETS, b"cn=tlsfleet," + self._suffix)
        await self.say(message(2, ber(BIND, ber(INTEGER, b"\3"), user, ber(SIMPLE, b"tlsfleet"))))
        kind, body = await self._answer(2)
        if kind != BOUND:
            raise wrong("that is no answer to a bind", hex(kind))
        if (result := _result(body)) in NO_SUCH_USER:
            return replace(preface, mechanisms=(*preface.mechanisms, "SIMPLE"))
        unclear = Unknown("bind", f"it answers a simple bind with resultCode {result}")
        return preface if result in NOT_SO else replace(preface, mechanisms=unclear)

    async def started(self) -> None:
        kind, body = await self._answer(3)
        if kind != EXTENDED_ANSWER or _result(body):
            raise Declined(f"resultCode {_result(body)}")

    async def survived(self) -> bool:
        """The answers come in any order, but those to another number are no answers to ours."""
        await self.say(root_dse(6))
        while True:
            number, kind, _ = await self._message()
            if number == 5 or kind == DONE:
                return number == 5

    async def _answer(self, number: int) -> tuple[int, bytes]:
        """Tag and value of the next operation, which must be an answer to the message of this number."""
        found, kind, body = await self._message()
        if found == 0 and kind == EXTENDED_ANSWER and _result(body) in {BUSY, UNAVAILABLE}:
            raise throttled(f"notice of disconnection, resultCode {_result(body)}")
        if found != number:
            raise wrong("that is no answer of LDAP", f"message {found}")
        if kind != ENTRY and _result(body) == BUSY:
            raise throttled("resultCode busy")
        return kind, body

    async def _message(self) -> tuple[int, int, bytes]:
        head = await self.octets(2)
        if head[0] != SEQUENCE:
            raise wrong("that is no LDAP server", repr(head))
        size, more = head[1], head[1] & 0x7F
        if size & 0x80:
            if not 1 <= more <= 4:
                raise wrong("that is no LDAP server", repr(head))
            size = int.from_bytes(await self.octets(more), "big")
        parts = list(_elements(await self.octets(size)))
        if len(parts) < 2 or parts[0][0] != INTEGER:
            raise wrong("that is no LDAP message", repr(head))
        return int.from_bytes(parts[0][1], "big"), *parts[1]


def _elements(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Tag and value of each element. Raises Fault."""
    while data:
        start = 2 + (data[1] & 0x7F if len(data) > 1 and data[1] & 0x80 else 0)
        size = int.from_bytes(data[2:start], "big") if start > 2 else int.from_bytes(data[1:2], "big")
        if len(data) < start + size:
            raise Fault(FaultKind.DIALOGUE, "it sends broken BER")
        yield data[0], data[start : start + size]
        data = data[start + size :]


def _result(body: bytes) -> int:
    """The resultCode of an LDAPResult (RFC 4511 4.1.9)."""
    tag, value = next(_elements(body), (0, b""))
    if tag != ENUMERATED:
        raise Fault(FaultKind.DIALOGUE, "it sends an LDAP result without a code")
    return int.from_bytes(value, "big")


def _attributes(entry: bytes) -> Iterator[tuple[bytes, list[bytes]]]:
    """Name, in lower case, and values of each attribute of a SearchResultEntry."""
    _, attributes = [*_elements(entry), (0, b""), (0, b"")][:2]
    for _, attribute in _elements(attributes[1]):
        name, values = [*_elements(attribute), (0, b""), (0, b"")][:2]
        yield name[1].lower(), [value for _, value in _elements(values[1])]
