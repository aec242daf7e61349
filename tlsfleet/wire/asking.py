"""Asking a server, with everything that it answers kept as evidence; or asking the evidence again."""

import json
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from typing import Any, Protocol

from tlsfleet.endpoints import Answered, Endpoint, Inapplicable, Preface
from tlsfleet.evidence import Frame
from tlsfleet.missing import Unknown
from tlsfleet.wire.answer import Alert, Answer, Message, read
from tlsfleet.wire.channel import opened, prefaced
from tlsfleet.wire.faults import Fault, FaultKind
from tlsfleet.wire.flight import Flight
from tlsfleet.wire.gate import Gate
from tlsfleet.wire.hello import Hello
from tlsfleet.wire.starttls import PROTOCOLS
from tlsfleet.wire.starttls.dialogue import Dialogue
from tlsfleet.wire.tls13 import Shares, Ticket

ASKED, MESSAGE = "wire", "wire-message"
LONG = 256  # bytes of a message from which on it is kept once for all that hold it
NOT_ASKED = "it was not asked for when this evidence was gathered"

Json = Any  # what json can write: each observer says what it is
Observe = Callable[[Endpoint, Gate], Awaitable[Json]]


@dataclass(frozen=True, slots=True)
class Manner:
    """What was learnt of how a server takes hellos.

    ``tries`` is how often one is put that is ended without a word; ``takes`` how many suites were in the longest one
    that it answered; ``narrow`` tells that it takes none but short and plain ones.
    """

    tries: int = 2
    takes: int = 0
    narrow: bool = False


class Answering(Protocol):
    """A server that answers hellos, live or by its evidence. Everything raises Fault.

    ``manner`` is what is known of it so far; ``wavered`` tells that it did not answer a hello twice alike. Both change
    between steps that the evidence goes through in the same order. ``nobody`` tells
    whether it said that it does not serve the name, None before it said anything.
    """

    endpoint: Endpoint
    manner: Manner
    wavered: bool
    nobody: bool | None

    async def ask(self, hello: Hello) -> Answer:
        """The answer to a hello, on a connection of its own."""


class Asker(Answering, Protocol):
    """One endpoint, with all that can be asked of it. Everything raises Fault."""

    async def finish(self, hello: Hello) -> tuple[Answer, tuple[int, ...]]:
        """The answer to a hello of TLS 1.3 whose handshake is finished, and how much early data each ticket allows."""

    async def resume(self, hello: Hello) -> Answer:
        """The answer to a hello that brings a ticket of the handshake that was finished."""

    async def preface(self) -> Preface:
        """What is said before TLS, from a connection of its own if none has shown it."""

    async def look(self, name: str, observe: Observe) -> Json:
        """What an observation of another kind came to; its name is all that evidence knows it by."""

    async def answered(self, name: str, observe: Callable[[Endpoint, Gate], Awaitable[Answered]]) -> Answered:
        """An observation that says yes, no, or why neither; a fault says neither."""


class Live:
    """Asks the server itself. ``frames`` is what was seen so far."""

    def __init__(self, endpoint: Endpoint, gate: Gate, shares: Shares) -> None:
        self.endpoint, self.manner = endpoint, Manner()
        self.wavered = False
        self.nobody: bool | None = None
        self._gate, self._shares = gate, shares
        self._rows: dict[str, Json] = {}
        self._messages: dict[str, bytes] = {}
        self._times: Counter[str] = Counter()
        self._tickets: tuple[Ticket, ...] = ()
        self._preface: Preface | None = None

    async def ask(self, hello: Hello) -> Answer:
        return (await self._asked(hello.key, hello))[0]

    async def finish(self, hello: Hello) -> tuple[Answer, tuple[int, ...]]:
        answer, self._tickets = await self._asked(f"finish {hello.key}", hello, finish=True)
        return answer, tuple(ticket.early_data for ticket in self._tickets)

    async def resume(self, hello: Hello) -> Answer:
        ticket = self._tickets[0]
        psk = (ticket.identity, ticket.age_add, ticket.binder_length)  # it is some milliseconds old, said to be none
        return (await self._asked(f"resume {hello.key}", replace(hello, psk=psk), ticket))[0]

    async def _asked(
        self, name: str, hello: Hello, ticket: Ticket | None = None, *, finish: bool = False
    ) -> tuple[Answer, tuple[Ticket, ...]]:
        key = self._key(name)
        tickets: tuple[Ticket, ...] = ()
        try:
            async with opened(self.endpoint, self._gate) as channel:
                self._preface = channel.preface
                flight = Flight(channel, self._shares)
                answer = await flight.ask(hello, ticket)
                if finish and answer.complete:
                    tickets = await flight.tickets()
        except Fault as fault:
            self._rows[key] = {"fault": [fault.kind, fault.text]}
            raise
        self._rows[key] = self._row(answer) | {"tickets": [ticket.early_data for ticket in tickets]}
        return answer, tickets

    async def preface(self) -> Preface:
        async def seen(endpoint: Endpoint, gate: Gate) -> Json:
            further = PROTOCOLS[endpoint.starttls or ""].logins is not Dialogue.logins
            kept = None if further else self._preface
            return asdict(kept or await prefaced(endpoint, gate))

        return _preface(await self.look("preface", seen))

    async def look(self, name: str, observe: Observe) -> Json:
        key = self._key(name)
        try:
            seen = await observe(self.endpoint, self._gate)
        except Fault as fault:
            self._rows[key] = {"fault": [fault.kind, fault.text]}
            raise
        self._rows[key] = {"seen": seen}
        return seen

    async def answered(self, name: str, observe: Callable[[Endpoint, Gate], Awaitable[Answered]]) -> Answered:
        async def packed(endpoint: Endpoint, gate: Gate) -> Json:
            return _packed(await observe(endpoint, gate))

        return await _told(self, name, packed)

    def frames(self) -> Iterable[Frame]:
        """The evidence of all that was asked."""
        for digest, body in self._messages.items():
            yield Frame(MESSAGE, digest, body)
        for key, row in self._rows.items():
            yield Frame(ASKED, f"{self.endpoint.subject} {key}", json.dumps(row).encode())

    def _key(self, key: str) -> str:
        self._times[key] += 1
        return f"{key}#{self._times[key]}"

    def _row(self, answer: Answer) -> Json:
        alert = answer.alert
        return {
            "messages": [[message.kind, self._kept(message.body)] for message in answer.messages],
            "alert": None if alert is None else [alert.level, alert.description],
            "broken": answer.broken,
        }

    def _kept(self, body: bytes) -> str:
        if len(body) < LONG:
            return b64encode(body).decode()
        digest = sha256(body).hexdigest()
        self._messages[digest] = body
        return f"@{digest}"


class Recorded:
    """Asks the evidence: what was not asked for then cannot be told."""

    def __init__(self, endpoint: Endpoint, rows: Mapping[str, Json], messages: Mapping[str, bytes]) -> None:
        self.endpoint, self.manner = endpoint, Manner()
        self.wavered = False
        self.nobody: bool | None = None
        self._rows, self._messages = rows, messages
        self._times: Counter[str] = Counter()

    async def ask(self, hello: Hello) -> Answer:
        return self._answer(self._row(hello.key))

    async def finish(self, hello: Hello) -> tuple[Answer, tuple[int, ...]]:
        row = self._row(f"finish {hello.key}")
        return self._answer(row), tuple(row["tickets"])

    async def resume(self, hello: Hello) -> Answer:
        return self._answer(self._row(f"resume {hello.key}"))

    async def preface(self) -> Preface:
        return _preface(await self.look("preface", _nothing))

    async def look(self, name: str, _observe: Observe) -> Json:
        return self._row(name)["seen"]

    async def answered(self, name: str, _observe: Callable[[Endpoint, Gate], Awaitable[Answered]]) -> Answered:
        return await _told(self, name, _nothing)

    def _row(self, key: str) -> Json:
        self._times[key] += 1
        row = self._rows.get(f"{key}#{self._times[key]}")
        if row is None:
            raise Fault(FaultKind.DIALOGUE, NOT_ASKED)
        if "fault" in row:
            raise Fault(FaultKind(row["fault"][0]), str(row["fault"][1]))
        return row

    def _answer(self, row: Json) -> Answer:
        messages = tuple(Message(kind, self._body(text)) for kind, text in row["messages"])
        return read(messages, Alert(*row["alert"]) if row["alert"] else None, row["broken"])

    def _body(self, text: str) -> bytes:
        return self._messages[text[1:]] if text.startswith("@") else b64decode(text, validate=True)


async def _told(asker: Asker, name: str, observe: Observe) -> Answered:
    try:
        row = await asker.look(name, observe)
    except Fault as fault:
        return Unknown(asker.endpoint.subject, fault.text)
    if isinstance(row, bool):
        return row
    return Inapplicable(row["inapplicable"]) if "inapplicable" in row else Unknown(row["subject"], row["unknown"])


async def _nothing(_endpoint: Endpoint, _gate: Gate) -> Json:
    return None


def _packed(answer: Answered) -> Json:
    if isinstance(answer, Unknown):
        return {"unknown": answer.reason, "subject": answer.subject}
    return {"inapplicable": answer.reason} if isinstance(answer, Inapplicable) else answer


def _preface(row: Json) -> Preface:
    offered, mechanisms = row["offered"], row["mechanisms"]
    return Preface(
        offered if isinstance(offered, bool) else Unknown(**offered),
        row["greeting"],
        tuple(mechanisms) if isinstance(mechanisms, list | tuple) else Unknown(**mechanisms),
    )
