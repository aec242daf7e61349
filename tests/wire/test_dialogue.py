"""Whatever a server says before TLS, in whatever pieces: a dialogue ends, and in nothing but an answer or a fault."""

import re
from collections.abc import Coroutine, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.scripted import NAME, run
from tlsfleet.endpoints import Preface
from tlsfleet.wire.channel import MAX_RECEIVED
from tlsfleet.wire.faults import Fault, FaultKind
from tlsfleet.wire.starttls import PROTOCOLS
from tlsfleet.wire.starttls.xml import XmlStream

WORDS = st.sampled_from(
    [
        *(b"220 ", b"220-", b"250 ", b"250-", b"421 ", b"500 ", b"211-", b"STARTTLS", b"AUTH PLAIN", b"\r\n", b"\n"),
        *(b"+OK", b"-ERR", b".\r\n", b"STLS", b"* OK ", b"* BYE", b"[CAPABILITY ", b"] ", b"a1 ", b"a2 OK\r\n", b"OK"),
        *(
            b'"SASL" "PLAIN"',
            b"{5}\r\n",
            b"{9999999}\r\n",
            b'"',
            b"<",
            b">",
            b"&a;",
            b"\xff\xfe",
            b"\0",
            b"S",
            b"N",
            b"E",
        ),
        b"<stream:stream xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>",
        *(b"<stream:features>", b"</stream:features>", b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"),
        *(b"\x30\x0c\x02\x01\x01", b"\x65\x07\x0a\x01\x00\x04\x00\x04\x00", b"\x64", b"R\0\0\0\x08\0\0\0\x03"),
    ]
)
CHUNK = st.lists(WORDS | st.binary(max_size=12), min_size=1, max_size=6).map(b"".join).filter(bool)
CHUNKS = st.lists(CHUNK, max_size=30)


class Said:
    """A stream whose server says this, whatever it is told, and then closes the connection."""

    def __init__(self, chunks: list[bytes]) -> None:
        self._chunks: Iterator[bytes] = iter(chunks)

    async def send(self, data: bytes) -> None:
        assert isinstance(data, bytes)

    async def receive(self) -> bytes:
        chunk = next(self._chunks, b"")
        if not chunk:
            raise Fault(FaultKind.CLOSED, "it closed the connection")
        return chunk


def ending(conversation: Coroutine[Any, Any, object]) -> str:
    """How it ends: with an answer, or with a fault's text."""
    try:
        return f"answered {run(conversation)}"
    except Fault as fault:
        return fault.text


@given(st.sampled_from(sorted(PROTOCOLS)), CHUNKS)
def test_arbitrary_dialogues_end_in_an_answer_or_a_fault(protocol: str, chunks: list[bytes]) -> None:
    async def test() -> None:
        dialogue = PROTOCOLS[protocol](Said(chunks), NAME)
        preface = await dialogue.look()
        assert isinstance(preface, Preface)
        preface = await dialogue.logins(preface)
        assert isinstance(preface.mechanisms, tuple) or preface.mechanisms.reason
        await dialogue.started()

    assert ending(test()).isprintable()


@given(st.sampled_from(sorted(PROTOCOLS)), CHUNKS)
def test_what_comes_inside_tls_is_no_less_bounded(protocol: str, chunks: list[bytes]) -> None:
    assert ending(PROTOCOLS[protocol](Said(chunks), NAME).survived()).isprintable()


@given(st.sampled_from(sorted(PROTOCOLS)), WORDS | st.binary(min_size=1, max_size=12))
def test_the_same_without_end_is_too_much(protocol: str, words: bytes) -> None:
    async def test() -> None:
        dialogue = PROTOCOLS[protocol](Said([words * 500] * (MAX_RECEIVED // len(words) // 500)), NAME)
        await dialogue.started()
        for _ in range(50):
            await dialogue.look()

    assert ending(test()).isprintable()


@given(st.integers(1, 5), st.sampled_from(["", " a='>'", " a='<' b=\"'>\""]))
def test_xml_is_read_tag_by_tag_in_any_pieces(size: int, attribute: str) -> None:
    text = (
        f"<?xml version='1.0'?>\n<s xmlns='n'><a{attribute.replace('<', '&lt;')}><b>x&amp;y</b></a> <c/>rest".encode()
    )
    chunks = [text[at : at + size] for at in range(0, len(text), size)]

    async def test() -> None:
        dialogue = PROTOCOLS["xmpp-client"](Said(chunks), NAME)
        stream = XmlStream(dialogue)
        assert (await stream.header()).name == "n s"
        first, second = await stream.element(), await stream.element()
        assert (first.name, first.children[0].text, second.name) == ("n a", "x&y", "n c")
        assert b"rest".startswith(dialogue.rest)

    run(test())


@pytest.mark.parametrize("protocol", sorted(PROTOCOLS))
def test_every_line_that_is_sent_ends(protocol: str) -> None:
    kind = PROTOCOLS[protocol]
    if protocol not in {"xmpp-client", "xmpp-server", "ldap", "postgres"}:
        assert all(re.fullmatch(rb"[ -~]+\r\n", line) for line in (kind.start, kind.goodbye, kind.smuggled))
    assert kind.start
    assert kind.smuggled
