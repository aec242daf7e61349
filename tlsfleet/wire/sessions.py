"""Sessions below TLS 1.3: renegotiation by the client, and resumption by session id and by ticket."""

from dataclasses import replace
from secrets import token_bytes

from tlsfleet.endpoints import Answered, Endpoint, Inapplicable
from tlsfleet.missing import Unknown
from tlsfleet.wire import offers
from tlsfleet.wire.answer import NEW_SESSION_TICKET, Answer, Message, Reader, read
from tlsfleet.wire.asking import Asker, Json
from tlsfleet.wire.channel import opened
from tlsfleet.wire.exploits import ticketbleed
from tlsfleet.wire.faults import Fault, FaultKind
from tlsfleet.wire.flight import Flight
from tlsfleet.wire.gate import Gate
from tlsfleet.wire.hello import HANDSHAKE, Hello
from tlsfleet.wire.session import NUMBERS, TlsSession, handshake
from tlsfleet.wire.tls13 import Shares
from tlsfleet.wire.versions import Spoken

ID, TICKET, BLEEDS, ORDERED = "id", "ticket", "ticketbleed", "ordered"
NOT_THERE = {"renegotiated": "", ID: "it gives tickets instead", TICKET: "", BLEEDS: "it takes no tickets"}


async def sessions(asker: Asker, spoken: Spoken | None) -> tuple[Answered, dict[str, Answered], bool]:
    """Whether the client may renegotiate (RFC 5246 7.4.1.1); what resumes a session, and whether a ticket bleeds.

    The last tells that the server was seen to keep an order of its own.
    """
    if spoken is None:
        none = Inapplicable("it speaks nothing below TLS 1.3")
        return none, dict.fromkeys((ID, TICKET, BLEEDS), none), False
    version, suites = spoken.version, spoken.suites.picks

    async def observe(endpoint: Endpoint, gate: Gate) -> Json:
        return await _observed(endpoint, gate, version, suites)

    try:
        seen = await asker.look(f"sessions {version}", observe)
    except Fault as fault:
        unknown = Unknown(asker.endpoint.subject, f"a whole session of {version}: {fault.text}")
        return unknown, dict.fromkeys((ID, TICKET, BLEEDS), unknown), False
    told = {name: _told(asker, version, seen[name], without) for name, without in NOT_THERE.items()}
    return told.pop("renegotiated"), told, seen[ORDERED]


def _told(asker: Asker, version: str, value: Json, without: str) -> Answered:
    if value is None:
        return Inapplicable(without)
    return value if isinstance(value, bool) else Unknown(asker.endpoint.subject, f"a session of {version}: {value}")


async def _observed(endpoint: Endpoint, gate: Gate, version: str, suites: tuple[int, ...]) -> Json:
    """Each a yes or no, the reason why neither, or None where it has no sense."""
    if version not in NUMBERS:
        raise Fault(FaultKind.DIALOGUE, "there is no library here that speaks it to its end")
    async with opened(endpoint, gate) as channel:
        session = await handshake(channel, endpoint.server_name, versions=(version, version))
        first, ticket = _sent(session)
        renegotiated = await _renegotiated(session)
    hello = offers.hello(endpoint, version, tuple(suite for suite in suites if suite == first.suite))
    by_ticket, bleeds = await _by_ticket(endpoint, gate, hello, ticket) if ticket else (False, None)
    by_id: bool | str | None = None
    if ticket is None:
        asked = replace(hello, session_id=first.session_id, ticket=None)
        by_id = bool(first.session_id) and await _resumed(endpoint, gate, asked)
    ordered = _ordered(session, suites, first)
    return {"renegotiated": renegotiated, ID: by_id, TICKET: by_ticket, BLEEDS: bleeds, ORDERED: ordered}


def _ordered(session: TlsSession, suites: tuple[int, ...], first: Answer) -> bool:
    """Whether its pick was not the first on offer of the suites that it is known to take."""
    offered = [suite for suite in _offered(bytes(session.sent)) if suite in suites]
    return first.suite in offered[1:]


def _offered(sent: bytes) -> tuple[int, ...]:
    """The suites of our ClientHello, which is the first message (RFC 5246 7.4.1.2)."""
    hello = Reader(_clear(sent)[0].body)
    hello.take(34)
    hello.vector(1)
    listed = Reader(hello.vector(2))
    return tuple(listed.number(2) for _ in range(listed.left // 2))


async def _by_ticket(
    endpoint: Endpoint, gate: Gate, hello: Hello, ticket: bytes
) -> tuple[bool | str, bool | str | None]:
    """Whether a ticket is taken, and if it is, whether memory comes with it (CVE-2016-9244)."""
    resumed = await _resumed(endpoint, gate, replace(hello, session_id=token_bytes(32), ticket=ticket))
    if resumed is not True:
        return resumed, None
    async with opened(endpoint, gate) as channel:
        found = await ticketbleed(channel, hello, ticket, endpoint.subject)
    return True, found if isinstance(found, bool) else found.reason


def _sent(session: TlsSession) -> tuple[Answer, bytes | None]:
    """What the server sent in the clear: its answer, and its ticket if it gave one (RFC 5077 3.3)."""
    messages = _clear(bytes(session.received))
    ticket = next((message.body for message in messages if message.kind == NEW_SESSION_TICKET), None)
    answer = read(tuple(message for message in messages if message.kind != NEW_SESSION_TICKET))
    if ticket is None:
        return answer, None
    reader = Reader(ticket)
    reader.take(4)
    return answer, reader.vector(2)


def _clear(data: bytes) -> list[Message]:
    """The handshake messages before ChangeCipherSpec."""
    records, joined = Reader(data), b""
    while records.left and records.number(1) == HANDSHAKE:
        records.take(2)
        joined += records.vector(2)
    reader, messages = Reader(joined), []
    while reader.left:
        kind = reader.number(1)
        messages.append(Message(kind, reader.vector(3)))
    return messages


async def _renegotiated(session: TlsSession) -> bool | str:
    try:
        return await session.renegotiate()
    except Fault as fault:
        return f"to a renegotiation: {fault.text}"


async def _resumed(endpoint: Endpoint, gate: Gate, hello: Hello) -> bool | str:
    """Whether the server takes a session up: then it echoes the id that it was asked with (RFC 5246 7.4.1.3)."""
    try:
        async with opened(endpoint, gate) as channel:
            answer = await Flight(channel, Shares()).ask(hello)
    except Fault as fault:
        return f"to its own session: {fault.text}"
    if answer.version is None:
        return "it refused the hello that brought its own session"
    return answer.session_id == hello.session_id
