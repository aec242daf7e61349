"""An end without a plain no, at servers that answer afterwards, and at those that do not."""

import asyncio
from dataclasses import dataclass, field, replace

import pytest

from tlsfleet.endpoints import Endpoint, EndpointFacts, Preface
from tlsfleet.missing import Unknown
from tlsfleet.wire import offers
from tlsfleet.wire.answer import Answer
from tlsfleet.wire.asking import Recorded
from tlsfleet.wire.describing import Seen
from tlsfleet.wire.elimination import Found
from tlsfleet.wire.examination import _sure
from tlsfleet.wire.faults import Fault, FaultKind
from tlsfleet.wire.hello import Hello
from tlsfleet.wire.injection import SENT_AWAY
from tlsfleet.wire.versions import Spoken

ENDPOINT = Endpoint("192.0.2.1", 25, "smtp")
ECDHE = 0xC02F


@dataclass
class Server(Recorded):
    """It answers, or it closes the connection."""

    answers: bool = True
    asked: list[Hello] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(ENDPOINT, {}, {})

    async def ask(self, hello: Hello) -> Answer:
        self.asked.append(hello)
        if not self.answers:
            raise Fault(FaultKind.CLOSED, "it closed the connection")
        return Answer(version=hello.version, suite=ECDHE, complete=True)


def seen(doubt: str | None) -> Seen:
    """TLS 1.2 with one suite, and TLS 1.1 without any."""
    answer = Answer(version="TLSv1.2", suite=ECDHE, complete=True)
    hello = offers.hello(ENDPOINT, "TLSv1.2", (ECDHE,))
    spoken = Spoken("TLSv1.2", Found((ECDHE,), (answer,), doubt), hello=hello)
    return Seen(ENDPOINT, (Spoken("TLSv1.1", Found(doubt=doubt)), spoken), None, ())


def sure(server: Server, doubt: str | None, facts: EndpointFacts) -> EndpointFacts:
    return asyncio.run(_sure(server, seen(doubt), facts))[1]


FACTS = EndpointFacts(ENDPOINT, protocols={"TLSv1.1": False}, groups=("x25519",))
SENT = replace(FACTS, preface=Preface(offered=True, injection=Unknown(ENDPOINT.subject, SENT_AWAY)))


def test_without_a_doubt_nothing_more_is_asked() -> None:
    server = Server()
    assert sure(server, None, FACTS) == FACTS
    assert not server.asked


@pytest.mark.parametrize("shown", [{"unknown_name": "same"}, {"alpn_strict": False}])
def test_an_answer_that_was_seen_later_settles_doubts(shown: dict[str, object]) -> None:
    server = Server()
    facts = replace(FACTS, **shown)  # type: ignore[arg-type]
    assert sure(server, "it closed the connection", facts) == facts
    assert not server.asked


def test_where_none_was_the_server_is_asked_once_more() -> None:
    server = Server()
    assert sure(server, "it closed the connection", FACTS) == FACTS
    assert len(server.asked) == 1


def test_a_server_that_answers_no_more_has_told_nothing_by_closing() -> None:
    found = sure(Server(answers=False), "it closed the connection", FACTS)
    assert isinstance(found.protocols["TLSv1.1"], Unknown)
    assert isinstance(found.cipher_suites["TLSv1.2"], Unknown)
    assert isinstance(found.groups, Unknown)


def test_plaintext_that_ended_the_connection_is_no_find_where_tls_comes_afterwards() -> None:
    found = sure(Server(), None, SENT).preface
    assert found
    assert found.injection is False


def test_and_not_known_where_it_does_not() -> None:
    found = sure(Server(answers=False), None, SENT).preface
    assert found
    assert found.injection == Unknown(ENDPOINT.subject, SENT_AWAY)
