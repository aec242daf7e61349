"""Flights of any bytes are read to an answer or a fault, and nothing else."""

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.servers.flights import certificate, done, flight, server_hello
from tlsfleet.wire.answer import Alert, Answer, Message, read
from tlsfleet.wire.faults import Fault, FaultKind
from tlsfleet.wire.flight import Flight
from tlsfleet.wire.hello import Hello
from tlsfleet.wire.tls13 import Shares

HELLO = Hello("TLSv1.2", (0x002F,), groups=(29,), schemes=(0x0804,))


class Said:
    """A stream that says what it was given, and closes."""

    def __init__(self, chunks: Sequence[bytes]) -> None:
        self.chunks, self.sent = list(chunks), b""

    async def send(self, data: bytes) -> None:
        self.sent += data

    async def receive(self) -> bytes:
        if not self.chunks:
            raise Fault(FaultKind.CLOSED, "it closed the connection")
        return self.chunks.pop(0)


def asked(*chunks: bytes, hello: Hello = HELLO) -> Answer:
    return asyncio.run(Flight(Said(chunks), Shares()).ask(hello))


@given(st.lists(st.builds(Message, st.integers(0, 255), st.binary(max_size=200)), max_size=6))
def test_any_messages(messages: list[Message]) -> None:
    try:
        found = read(tuple(messages))
    except Fault:
        return
    assert found.messages == tuple(messages)


@given(st.lists(st.binary(min_size=1, max_size=300), max_size=5))
def test_any_bytes(chunks: list[bytes]) -> None:
    try:
        found = asked(*chunks)
    except Fault:
        return
    assert found.version is not None or found.alert is not None


@given(st.data())
def test_a_flight_with_a_byte_changed_or_cut(data: st.DataObject) -> None:
    whole = bytearray(flight())
    place = data.draw(st.integers(0, len(whole) - 1))
    whole[place] ^= data.draw(st.integers(1, 255))
    cut = data.draw(st.integers(0, len(whole)))
    try:
        asked(bytes(whole[:cut]) or b"\0")
    except Fault:
        return


@given(st.integers(1, 40))
def test_chunks_of_any_size_say_the_same(size: int) -> None:
    data = flight()
    assert asked(*(data[at : at + size] for at in range(0, len(data), size))) == asked(data)


def test_a_flight() -> None:
    found = asked(flight(0x002F))
    assert (found.version, found.suite, found.complete, found.alert) == ("TLSv1.2", 0x002F, True, None)
    assert len(found.certificates) == 1


def test_an_alert() -> None:
    found = asked(b"\x15\3\3\0\2\2\x28")
    assert found == Answer(alert=Alert(2, 40))
    assert found.refused


def test_what_was_read_before_the_end_is_told() -> None:
    found = asked(b"\x16\3\3" + len(server_hello(0x002F)).to_bytes(2, "big") + server_hello(0x002F))
    assert (found.suite, found.complete, found.broken) == (0x002F, False, "it closed the connection")


@pytest.mark.parametrize("messages", [certificate() + done(), b"\2\0\0\0"])
def test_no_server_hello_is_garbage(messages: bytes) -> None:
    with pytest.raises(Fault) as raised:
        asked(b"\x16\3\3" + len(messages).to_bytes(2, "big") + messages)
    assert raised.value.kind is FaultKind.GARBAGE
