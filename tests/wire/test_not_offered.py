"""Endpoints that never come to TLS, examined: what is said before it is told all the same."""

import asyncio

import pytest

from tests.wire.conversations import PLAIN, SMTP, SMTP_QUIT, START, STREAM, features, stream_error
from tests.wire.examined import examined
from tests.wire.scripted import Step, Talk, leaving, run, scripted
from tlsfleet.endpoints import NOT_TRIED, Endpoint, EndpointFacts, Preface
from tlsfleet.missing import Unknown


def smtp(*steps: Step) -> EndpointFacts:
    """The facts of a mail server for which every conversation goes like this."""

    async def test() -> tuple[EndpointFacts, ...]:
        async with scripted(*SMTP, *steps, leaving) as served:
            return await asyncio.to_thread(examined, served.endpoint("smtp"))

    (facts,) = run(test())
    return facts


def test_a_server_without_starttls_says_how_it_lets_people_log_in() -> None:
    facts = smtp(b"250-x\r\n250 AUTH PLAIN CRAM-MD5\r\n", SMTP_QUIT)
    assert facts.failure == Unknown(facts.subject, "STARTTLS is not offered")
    assert facts.preface == Preface(offered=False, greeting="first\nsecond", mechanisms=("PLAIN", "CRAM-MD5"))


def test_a_server_that_offers_starttls_and_refuses_it_offered_it() -> None:
    facts = smtp(b"250-x\r\n250 STARTTLS\r\n", START, b"454 TLS not available\r\n")
    assert facts.failure is not None
    assert facts.preface is not None
    assert facts.preface.offered is True


@pytest.mark.parametrize("starttls", ["smtp", "postgres", None])
def test_where_nobody_listens_nothing_is_known(starttls: str | None) -> None:
    (facts,) = examined(Endpoint("127.0.0.1", 1, starttls, "server.test"))
    unknown = Unknown(facts.subject, "before TLS: the connection was refused")
    assert facts.preface == (Preface(unknown, mechanisms=unknown, injection=NOT_TRIED) if starttls else None)


def test_a_name_that_is_disowned_is_left_out_where_another_is_answered_without_tls() -> None:
    async def step(talk: Talk) -> None:
        asked = await talk.reader.readuntil(b"'1.0'>")
        known = b'to="server.test"' in asked.split(b"?>")[-1]
        talk.writer.write(features(PLAIN) if known else STREAM + stream_error(b"host-unknown"))

    async def test() -> tuple[EndpointFacts, ...]:
        async with scripted(step, leaving) as served:
            names = ("server.test", "nobody.test")
            return await asyncio.to_thread(examined, *(served.endpoint("xmpp-client", name) for name in names))

    (facts,) = run(test())
    assert facts.preface == Preface(offered=False, mechanisms=("PLAIN",))
