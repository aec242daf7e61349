"""CVE-2011-0411: plaintext behind STARTTLS, at servers that keep it, drop it, refuse it, or hang up on it."""

import pytest

from tests.wire import conversations as said
from tests.wire.scripted import (
    Step,
    Talk,
    begins_tls,
    begins_tls_with_all_that_was_said,
    hasty,
    hears,
    leaving,
    reset,
    run,
    scripted,
)
from tlsfleet.endpoints import Endpoint, EndpointFacts, Preface
from tlsfleet.missing import Unknown
from tlsfleet.wire.applications import with_tls_afterwards
from tlsfleet.wire.injection import injected
from tlsfleet.wire.starttls import PROTOCOLS
from tlsfleet.wire.starttls.ldap import ber, message

CAPABILITIES = b'"SASL" "PLAIN"\r\nOK\r\n'
SMTP = (*said.SMTP, b"250-x\r\n250 STARTTLS\r\n", said.START, b"220 go\r\n")


def found(number: int) -> bytes:
    return message(number, ber(0x64, ber(4), ber(0x30))) + said.result(number, 0x65, 0)


# What comes before TLS; the answer to what was smuggled; what is said in TLS before and after the client's last word.
SERVERS: dict[str, tuple[tuple[Step, ...], bytes, bytes, Step, bytes]] = {
    "smtp": (SMTP, b"250 ok\r\n", b"", hears(rb"QUIT\r\n"), b"221 bye\r\n"),
    "smtp-greeting-again": (SMTP, b"500 what?\r\n", b"220 x\r\n", hears(rb"QUIT\r\n"), b"221 bye\r\n"),
    "imap": (
        (b"* OK [CAPABILITY STARTTLS] x\r\n", hears(rb"a2 STARTTLS\r\n"), b"a2 OK\r\n"),
        b"a4 OK done\r\n",
        b"",
        hears(rb"a3 LOGOUT\r\n"),
        b"* BYE bye\r\na3 OK\r\n",
    ),
    "pop3": (
        (*said.POP3, *said.CAPA, b".\r\n", hears(rb"STLS\r\n"), b"+OK\r\n"),
        b"-ERR what?\r\n",
        b"",
        hears(rb"QUIT\r\n"),
        b"+OK bye\r\n",
    ),
    "sieve": (
        (b'"STARTTLS"\r\nOK\r\n', said.START, b"OK\r\n"),
        b'OK (TAG "smuggled") "done"\r\n',
        CAPABILITIES,
        hears(rb"LOGOUT\r\n"),
        b"OK bye\r\n",
    ),
    "sieve-without-noop": (
        (b'"STARTTLS"\r\nOK\r\n', said.START, b"OK\r\n"),
        b"NO\r\n",
        CAPABILITIES,
        hears(rb"LOGOUT\r\n"),
        b"OK bye\r\n",
    ),
    "xmpp-client": (
        (said.OPENS, said.features(said.TLS), said.ASKS_XMPP, said.PROCEED),
        said.STREAM + said.stream_error(b"invalid-namespace"),
        b"",
        said.OPENS,
        said.features(said.PLAIN),
    ),
    "ftp": (
        (b"220 x\r\n", hears(rb"FEAT\r\n"), b"211-x\r\n AUTH TLS\r\n211 x\r\n", hears(rb"AUTH TLS\r\n"), b"234 go\r\n"),
        b"200 ok\r\n",
        b"",
        hears(rb"QUIT\r\n"),
        b"221 bye\r\n",
    ),
    "ldap": (
        (said.SEARCH, said.OPENLDAP, said.EXTENDED, said.result(3, 0x78, 0)),
        found(5),
        b"",
        hears(rb"0.\x02\x01\x06c"),
        found(6),
    ),
    "postgres": (
        (said.SSL_REQUEST, b"S"),
        said.postgres(b"E", b"SFATAL\0C0A000\0Munsupported frontend protocol 9.1\0\0"),
        b"",
        hears(rb"\0\0\0\x08\0\x09\0\x02"),
        said.postgres(b"E", b"SFATAL\0C0A000\0Munsupported frontend protocol 9.2\0\0"),
    ),
}


def asked(name: str, *steps: Step) -> object:
    """What the test comes to."""

    async def test() -> object:
        async with scripted(*steps) as served:
            return await injected(served.endpoint(name), hasty())

    return run(test())


def spoken(name: str) -> str:
    """The protocol of one of SERVERS."""
    return next(known for known in sorted(PROTOCOLS, key=len, reverse=True) if name.startswith(known))


@pytest.mark.parametrize("name", SERVERS)
def test_plaintext_that_is_answered_in_tls_is_found(name: str) -> None:
    before, answer, first, last, end = SERVERS[name]
    answers = answers_smuggled(spoken(name), answer)
    assert asked(spoken(name), *before, begins_tls_with_all_that_was_said, first, answers, last, end, leaving) is True


@pytest.mark.parametrize("name", SERVERS)
def test_plaintext_that_is_dropped_is_no_find(name: str) -> None:
    before, _, first, last, end = SERVERS[name]
    assert asked(spoken(name), *before, begins_tls, first, last, end, ends) is False


@pytest.mark.parametrize("refusal", [b"554 no pipelining\r\n", leaving, reset])
def test_a_server_that_refuses_tls_after_plaintext_is_sound_if_it_has_tls(refusal: Step) -> None:
    found = asked("smtp", *SMTP[:-1], unless_smuggled(refusal))
    assert isinstance(found, Unknown)
    endpoint = Endpoint("192.0.2.1", 25, "smtp")
    facts = EndpointFacts(endpoint, preface=Preface(offered=True, injection=Unknown(endpoint.subject, found.reason)))
    sure = with_tls_afterwards(facts)
    assert sure.preface
    assert sure.preface.injection is False


def test_what_was_not_told_for_another_reason_stays_so() -> None:
    endpoint = Endpoint("192.0.2.1", 25, "smtp")
    facts = EndpointFacts(
        endpoint, preface=Preface(offered=True, injection=Unknown(endpoint.subject, "it said nothing"))
    )
    assert with_tls_afterwards(facts) == facts


def test_postgres_tells_in_tls_that_it_dropped_something() -> None:
    violation = said.postgres(b"E", b"SFATAL\0C08P01\0Mreceived unencrypted data after SSL request\0\0")
    assert asked("postgres", said.SSL_REQUEST, b"S", begins_tls, violation) is False


def answers_smuggled(protocol: str, answer: bytes) -> Step:
    """Answer the smuggled command where it is still to be read, as it is here, before TLS's own data."""

    async def step(talk: Talk) -> None:
        smuggled = PROTOCOLS[protocol].smuggled
        talk.unread = talk.unread or await talk.reader.read(len(smuggled))
        assert talk.unread == smuggled
        talk.unread = b""
        talk.writer.write(answer)

    return step


def unless_smuggled(refusal: Step) -> Step:
    """Refuse where there is more than STARTTLS."""

    async def step(talk: Talk) -> None:
        if talk.unread and isinstance(refusal, bytes):
            talk.writer.write(refusal)
        if talk.unread and not isinstance(refusal, bytes):
            await refusal(talk)
        if talk.unread:
            await leaving(talk)
            raise ConnectionError

    return step


async def ends(talk: Talk) -> None:
    """Close, as TLS has no half-open end here."""
    talk.writer.close()
