"""STARTTLS refused, throttled, and gone wrong: a fault with one line for people, never anything else."""

import pytest

from tests.wire.conversations import (
    ASKS_XMPP,
    CAPA,
    EXTENDED,
    OPENLDAP,
    OPENS,
    OPENS_SERVER,
    POP3,
    SEARCH,
    SMTP,
    SSL_REQUEST,
    START,
    STREAM,
    TLS,
    features,
    postgres,
    result,
    stream_error,
)
from tests.wire.scripted import NAME, Step, hasty, hears, run, scripted
from tlsfleet.wire.channel import opened
from tlsfleet.wire.faults import Fault, FaultKind

REFUSED: dict[str, tuple[str, tuple[Step, ...], str]] = {
    "smtp": ("smtp", (*SMTP, b"250-x\r\n250 STARTTLS\r\n", START, b"454 TLS is not available\r\n"), "454 TLS is not"),
    "imap": ("imap", (b"* OK [CAPABILITY STARTTLS] x\r\n", hears(rb"a2 .*\n"), b"a2 NO not now\r\n"), "a2 NO not now"),
    "pop3": ("pop3", (*POP3, *CAPA, b".\r\n", hears(rb"STLS\r\n"), b"-ERR never\r\n"), "never"),
    "sieve": ("sieve", (b'"STARTTLS"\r\nOK\r\n', START, b'NO "never"\r\n'), "never"),
    "xmpp": (
        "xmpp-client",
        (OPENS, features(TLS), ASKS_XMPP, b"<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"),
        "urn:ietf:params:xml:ns:xmpp-tls failure",
    ),
    "ftp": (
        "ftp",
        (b"220 x\r\n", hears(rb"FEAT\r\n"), b"211-x\r\n AUTH TLS\r\n211 x\r\n", hears(rb"AUTH TLS\r\n"), b"534 no\r\n"),
        "534 no",
    ),
    "ldap": ("ldap", (SEARCH, OPENLDAP, EXTENDED, result(3, 0x78, 52)), "resultCode 52"),
    "postgres": ("postgres", (SSL_REQUEST, b"N"), "'N'"),
    "postgres-error": ("postgres", (SSL_REQUEST, postgres(b"E", b"SFATAL\0C08P01\0Mwhat?\0\0")), "Mwhat?"),
}


@pytest.mark.parametrize(("protocol", "steps", "said"), REFUSED.values(), ids=REFUSED)
def test_starttls_that_is_refused_says_how(protocol: str, steps: tuple[Step, ...], said: str) -> None:
    fault = opening(protocol, steps)
    assert fault.kind is FaultKind.DIALOGUE
    assert fault.text.startswith("STARTTLS was refused: ")
    assert said in fault.text


THROTTLED: dict[str, tuple[str, tuple[Step, ...]]] = {
    "smtp-greeting": ("smtp", (b"421 too many\r\n",)),
    "smtp-greeting-450": ("smtp", (b"450 later\r\n",)),
    "smtp-ehlo": ("smtp", (*SMTP, b"421 too many\r\n")),
    "imap": ("imap", (b"* BYE too many\r\n",)),
    "imap-later": ("imap", (b"* OK x\r\n", hears(rb"a1"), b"* BYE too many\r\n")),
    "pop3": ("pop3", (b"-ERR too many\r\n",)),
    "sieve": ("sieve", (b'BYE "too many"\r\n',)),
    "xmpp": ("xmpp-client", (OPENS, STREAM, stream_error(b"policy-violation"))),
    "xmpp-server": ("xmpp-server", (OPENS_SERVER, STREAM, stream_error(b"resource-constraint"))),
    "ftp": ("ftp", (b"421 too many\r\n",)),
    "ldap": ("ldap", (SEARCH, result(1, 0x65, 51))),
    "ldap-notice": ("ldap", (SEARCH, result(0, 0x78, 52))),
    "postgres": ("postgres", (SSL_REQUEST, postgres(b"E", b"SFATAL\0C53300\0M\0\0"))),
}


@pytest.mark.parametrize(("protocol", "steps"), THROTTLED.values(), ids=THROTTLED)
def test_a_server_that_has_had_enough_is_left_in_peace(protocol: str, steps: tuple[Step, ...]) -> None:
    assert opening(protocol, steps).kind is FaultKind.THROTTLED


WRONG: dict[str, tuple[str, tuple[Step, ...], str]] = {
    "other-protocol": ("smtp", (b"SSH-2.0-OpenSSH_9.2p1\r\n",), "SSH-2.0-OpenSSH_9.2p1"),
    "latin-1": ("smtp", (b"gr\xfc\xdf Gott\r\n",), "gr\\\\xfc"),
    "control-characters": ("imap", (b"\x1b]0;title\x07\r\n",), "that is no IMAP server"),
    "refusing": ("smtp", (b"554 no\r\n",), "its greeting is a refusal: '554 no'"),
    "changing-code": ("smtp", (b"220-a\r\n" * 201,), "more than 200 lines"),
    "long-line": ("pop3", (b"+OK " + b"x" * 9000,), "longer than 8192 bytes"),
    "long-line-at-once": ("pop3", (b"+OK " + b"x" * 9000 + b"\r\n",), "longer than 8192 bytes"),
    "imap-tag": ("imap", (b"* OK x\r\n", hears(rb"a1"), b"b1 OK\r\n"), "that is no IMAP response"),
    "sieve": ("sieve", (b"hello\r\n",), "that is no ManageSieve response"),
    "sieve-literal": ("sieve", (b"{9999999}\r\n",), "it announces 9999999 bytes"),
    "sieve-empty": ("sieve", (b"OK\r\n",), "that is no ManageSieve server"),
    "xmpp-error": ("xmpp-client", (OPENS, STREAM, stream_error(b"bad-format")), "it ends the stream: 'bad-format'"),
    "xmpp-no-xml": ("xmpp-client", (b"220 mail>",), "it sends no XML"),
    "xmpp-doctype": ("xmpp-client", (b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>",), "it sends XML that XMPP forbids"),
    "xmpp-comment": ("xmpp-client", (b"<!-- x --><x>",), "it sends XML that XMPP forbids"),
    "xmpp-deep": ("xmpp-client", (STREAM + b"<a>" * 20,), "deeper than 10 elements"),
    "xmpp-many": ("xmpp-client", (STREAM + b"<a><b/>" + b"<b/>" * 2000,), "more than 1000 tags"),
    "xmpp-other": ("xmpp-client", (b"<html><body/>",), "that is no XMPP server: 'html'"),
    "ldap": ("ldap", (b"220 x\r\n",), "that is no LDAP server"),
    "ldap-broken": ("ldap", (b"0\x05\2\1\1\x64\x7f",), "it sends broken BER"),
    "ldap-huge": ("ldap", (b"0\x84\x7f\xff\xff\xff",), "it announces 2147483647 bytes"),
    "ldap-other": ("ldap", (SEARCH, result(9, 0x65, 0)), "that is no answer of LDAP"),
    "postgres": ("postgres", (b"H",), "that is no PostgreSQL server"),
    "postgres-short": ("postgres", (b"E\0\0\0\0",), "it announces 0 bytes"),
}


@pytest.mark.parametrize(("protocol", "steps", "says"), WRONG.values(), ids=WRONG)
def test_a_dialogue_gone_wrong_ends_in_one_printable_line(protocol: str, steps: tuple[Step, ...], says: str) -> None:
    fault = opening(protocol, steps)
    assert fault.kind is FaultKind.DIALOGUE
    assert says in fault.text
    assert fault.text.isprintable()
    assert len(fault.text) < 300


def test_a_name_that_an_xmpp_server_does_not_serve_is_a_fault_of_its_own() -> None:
    assert opening("xmpp-client", (OPENS, STREAM, stream_error(b"host-unknown"))).kind is FaultKind.NAME


def test_an_xmpp_server_is_asked_by_a_name() -> None:
    assert "none is known" in opening("xmpp-client", (), None).text


def opening(protocol: str, steps: tuple[Step, ...], name: str | None = NAME) -> Fault:
    """The fault that to open a channel ends in."""

    async def test() -> Fault:
        async with scripted(*steps) as served:
            with pytest.raises(Fault) as caught:
                async with opened(served.endpoint(protocol, name), hasty()):
                    pass
            assert not any(talk.failure for talk in served.talks)
            return caught.value

    return run(test())
