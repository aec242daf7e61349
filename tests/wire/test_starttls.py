"""What servers offer before TLS, protocol by protocol, as the RFCs have it."""

from dataclasses import dataclass

import pytest

from tests.wire.conversations import (
    ASKS_XMPP,
    BARE_LDAP,
    BIND,
    CAPA,
    EHLO,
    EXTENDED,
    LHLO,
    LOGOUT,
    OPENLDAP,
    OPENS,
    OPENS_SERVER,
    PLAIN,
    POP3,
    POP_QUIT,
    PROCEED,
    SEARCH,
    SMTP,
    SMTP_QUIT,
    START,
    STREAM,
    STREAM_END,
    TLS,
    features,
    postgres,
    result,
)
from tests.wire.scripted import Step, Talk, hasty, hears, leaving, run, scripted
from tlsfleet.endpoints import Preface
from tlsfleet.inventory.endpoint import STARTTLS
from tlsfleet.missing import Unknown
from tlsfleet.wire.channel import opened, prefaced
from tlsfleet.wire.faults import Fault, FaultKind
from tlsfleet.wire.starttls import PROTOCOLS


@dataclass(frozen=True)
class Server:
    """What a server says up to where it is known what it offers, then what comes if TLS is asked for, or not."""

    protocol: str
    look: tuple[Step, ...]
    start: tuple[Step, ...]
    leave: tuple[Step, ...]
    mechanisms: tuple[str, ...] | None = ()  # None: unknown
    greeting: str = ""


OFFERING = {
    "smtp": Server(
        "smtp",
        (*SMTP, b"250-x\r\n250-StartTLS\r\n250-AUTH PLAIN login\r\n250-AUTH=LOGIN CRAM-MD5\r\n250 8BITMIME\r\n"),
        (START, b"220 go\r\n"),
        (SMTP_QUIT,),
        ("PLAIN", "LOGIN", "CRAM-MD5"),
        "first\nsecond",
    ),
    "smtp-bare-lines": Server("smtp", (b"220\n", EHLO, b"250-x\n250 STARTTLS\n"), (START, b"220\n"), (SMTP_QUIT,)),
    "lmtp": Server(
        "lmtp", (b"220 x\r\n", LHLO, b"250-x\r\n250 STARTTLS\r\n"), (START, b"220 go\r\n"), (SMTP_QUIT,), (), "x"
    ),
    "imap-greeting": Server(
        "imap",
        (b"* OK [CAPABILITY IMAP4rev1 starttls LOGINDISABLED AUTH=SCRAM-SHA-256] hi\r\n",),
        (hears(rb"a2 STARTTLS\r\n"), b"* OK noise\r\na2 OK go\r\n"),
        (LOGOUT,),
        ("SCRAM-SHA-256",),
        "[CAPABILITY IMAP4rev1 starttls LOGINDISABLED AUTH=SCRAM-SHA-256] hi",
    ),
    "imap-command": Server(
        "imap",
        (
            b"* OK hi\r\n",
            hears(rb"a1 CAPABILITY\r\n"),
            b"* OK noise\r\n* capability imap4rev1 STARTTLS auth=plain\r\nA1 ok done\r\n",
        ),
        (hears(rb"a2 STARTTLS\r\n"), b"A2 OK go\r\n"),
        (LOGOUT,),
        ("PLAIN", "LOGIN"),
        "hi",
    ),
    "pop3": Server(
        "pop3",
        (*POP3, *CAPA, b"USER\r\nSASL plain XOAUTH2\r\n.\r\n"),
        (hears(rb"STLS\r\n"), b"+OK\r\n"),
        (POP_QUIT,),
        ("PLAIN", "XOAUTH2", "USER"),
        "ready <1@x>",
    ),
    "pop3-quiet": Server(
        "pop3", (*POP3, *CAPA, b"SASL\r\n.\r\n"), (hears(rb"STLS\r\n"), b"+OK go\r\n"), (POP_QUIT,), (), "ready <1@x>"
    ),
    "sieve": Server(
        "sieve",
        (b'"IMPLEMENTATION" "A \\"B\\""\r\n"SASL" "plain"\r\n"StartTLS"\r\nOK "hi"\r\n',),
        (START, b"OK\r\n"),
        (hears(rb"LOGOUT\r\n"),),
        ("PLAIN",),
        'A \\"B\\"',
    ),
    "sieve-literals": Server(
        "sieve",
        (b'{14}\r\nIMPLEMENTATION {6}\r\nOK\r\nOK\r\n{4+}\r\nSASL ""\r\n"STARTTLS"\r\nok (TAG {1}\r\nx) "hi"\r\n',),
        (START, b"OK (WARNINGS) {2}\r\ngo\r\n"),
        (hears(rb"LOGOUT\r\n"),),
        (),
        "OK\r\nOK",
    ),
    "xmpp-client": Server(
        "xmpp-client", (OPENS, features(TLS, PLAIN)), (ASKS_XMPP, PROCEED), (STREAM_END,), ("PLAIN",)
    ),
    "xmpp-client-odd": Server(
        "xmpp-client",
        (
            OPENS,
            b"<s:stream xmlns:s='http://etherx.jabber.org/streams' version='1.0' a='>'> <s:features>",
            TLS,
            b"</s:features>",
        ),
        (ASKS_XMPP, b" <t:proceed xmlns:t='urn:ietf:params:xml:ns:xmpp-tls'></t:proceed>"),
        (STREAM_END,),
    ),
    "xmpp-server": Server("xmpp-server", (OPENS_SERVER, features(TLS)), (ASKS_XMPP, PROCEED), (STREAM_END,)),
    "ftp": Server(
        "ftp",
        (
            b"220-hi\r\n  there\r\n220 go\r\n",
            hears(rb"FEAT\r\n"),
            b"211-Features:\r\n MDTM\r\n AUTH TLS-C;SSL;TLS-P;\r\n211 End\r\n",
        ),
        (hears(rb"AUTH TLS\r\n"), b"234 go\r\n"),
        (hears(rb"USER tlsfleet\r\n"), b"331 password\r\n", SMTP_QUIT),
        ("USER",),
        "hi\n  there\ngo",
    ),
    "ldap": Server(
        "ldap",
        (SEARCH, OPENLDAP),
        (EXTENDED, result(3, 0x78, 0)),
        (BIND, result(2, 0x61, 49), hears(rb"0.\x02\x01\x04\x42\0")),
        ("GSSAPI", "DIGEST-MD5", "SIMPLE"),
    ),
}
NAMED = pytest.mark.parametrize("server", OFFERING.values(), ids=OFFERING)


def test_every_protocol_that_can_be_declared_is_spoken() -> None:
    assert set(PROTOCOLS) == set(STARTTLS)


@NAMED
def test_a_server_that_offers_tls_is_brought_to_it(server: Server) -> None:
    async def test() -> None:
        after = b"what comes after"
        async with scripted(*server.look, *server.start[:-1], server.start[-1] + after) as served:  # type: ignore[operator]
            async with opened(served.endpoint(server.protocol), hasty()) as channel:
                assert channel.preface
                assert channel.preface.offered is True
                assert channel.preface.greeting == server.greeting
                assert await channel.receive() == after
            assert [talk.failure for talk in served.talks] == [""]

    run(test())


@NAMED
def test_what_is_offered_before_tls_is_told(server: Server) -> None:
    async def test() -> None:
        async with scripted(*server.look, *server.leave, leaving) as served:
            found = await prefaced(served.endpoint(server.protocol), hasty())
            assert found == Preface(offered=True, greeting=server.greeting, mechanisms=server.mechanisms or ())
            assert [talk.failure for talk in served.talks] == [""]
            assert served.talks[0].unread == b""

    run(test())


NOT_OFFERED: dict[str, tuple[str, tuple[Step, ...], tuple[Step, ...]]] = {
    "smtp": ("smtp", (*SMTP, b"250-x\r\n250 XSTARTTLS\r\n"), (SMTP_QUIT,)),
    "smtp-helo-only": ("smtp", (*SMTP, b"502 what?\r\n"), (SMTP_QUIT,)),
    "imap": ("imap", (b"* OK [CAPABILITY IMAP4rev1 LOGINDISABLED] x\r\n",), (LOGOUT,)),
    "imap-preauth": ("imap", (b"* PREAUTH x\r\n",), (LOGOUT,)),
    "pop3": ("pop3", (*POP3, b"+OK\r\nTOP\r\n.\r\n"), (POP_QUIT,)),
    "sieve": ("sieve", (b'"IMPLEMENTATION" "STARTTLS"\r\nOK\r\n',), (hears(rb"LOGOUT\r\n"),)),
    "xmpp-client": ("xmpp-client", (OPENS, features()), (STREAM_END,)),
    "xmpp-server": ("xmpp-server", (OPENS_SERVER, features(PLAIN)), (STREAM_END,)),
    "xmpp-0.9": ("xmpp-client", (OPENS, STREAM.replace(b" version='1.0'>", b">")), (STREAM_END,)),
    "ftp": ("ftp", (b"220 x\r\n", hears(rb"FEAT\r\n"), b"211-x\r\n AUTHTLS\r\n211 x\r\n"), (SMTP_QUIT,)),
    "ldap": ("ldap", (SEARCH, BARE_LDAP), (hears(rb"0.\x02\x01\x04\x42\0"),)),
}


@pytest.mark.parametrize(("protocol", "look", "leave"), NOT_OFFERED.values(), ids=NOT_OFFERED)
def test_a_server_that_does_not_offer_tls_is_left_politely(
    protocol: str, look: tuple[Step, ...], leave: tuple[Step, ...]
) -> None:
    async def test() -> None:
        async with scripted(*look, *leave, leaving) as served:
            with pytest.raises(Fault, match=r"^STARTTLS is not offered$") as caught:
                async with opened(served.endpoint(protocol), hasty()):
                    pass
            assert caught.value.kind is FaultKind.DIALOGUE
            assert [talk.failure for talk in served.talks] == [""]

    run(test())


LOGINS: dict[str, tuple[str, tuple[Step, ...], bool, object]] = {
    "smtp": ("smtp", (*SMTP, b"250-x\r\n250 AUTH PLAIN\r\n"), False, ("PLAIN",)),
    "imap": ("imap", (b"* OK [CAPABILITY IMAP4rev1] x\r\n",), False, ("LOGIN",)),
    "xmpp": ("xmpp-client", (OPENS, features(PLAIN)), False, ("PLAIN",)),
    "ftp-wants-tls": (
        "ftp",
        (
            b"220 x\r\n",
            hears(rb"FEAT\r\n"),
            b"211 none\r\n",
            hears(rb"USER"),
            b"530 Non-anonymous sessions must use encryption.\r\n",
        ),
        False,
        (),
    ),
    "ftp-hangs-up": (
        "ftp",
        (
            b"220 x\r\n",
            hears(rb"FEAT\r\n"),
            b"211 x\r\n",
            hears(rb"USER"),
            b"421 Cleartext sessions are not accepted\r\n",
        ),
        False,
        (),
    ),
    "ftp-unclear": (
        "ftp",
        (b"220 x\r\n", hears(rb"FEAT\r\n"), b"211 x\r\n", hears(rb"USER"), b"530 no\r\n"),
        False,
        None,
    ),
    "ldap-wants-tls": ("ldap", (SEARCH, BARE_LDAP, BIND, result(2, 0x61, 13)), False, ()),
    "ldap-unclear": ("ldap", (SEARCH, BARE_LDAP, BIND, result(2, 0x61, 53)), False, None),
}


@pytest.mark.parametrize(("protocol", "look", "offered", "mechanisms"), LOGINS.values(), ids=LOGINS)
def test_mechanisms_without_tls_are_told_or_unknown(
    protocol: str, look: tuple[Step, ...], offered: bool, mechanisms: object
) -> None:
    async def test() -> None:
        async with scripted(*look, leaving) as served:
            found = await prefaced(served.endpoint(protocol), hasty())
        assert found.offered is offered
        assert isinstance(found.mechanisms, Unknown) if mechanisms is None else found.mechanisms == mechanisms

    run(test())


def either(**answers: bytes) -> Step:
    """Answer by what the client's next word has in it."""

    async def step(talk: Talk) -> None:
        heard = await talk.reader.read(65536)
        talk.writer.write(next(answer for word, answer in answers.items() if word.encode() in heard))

    return step


ASKED = {"startup": postgres(b"R", b"\0\0\0\x0aSCRAM-SHA-256\0\0"), "user": b"331 password\r\n"}
MUTE: dict[str, tuple[str, tuple[Step, ...], bytes, bytes]] = {
    "imap": ("imap", (b"* OK x\r\n", hears(rb"a1 .*\r\n"), b"a1 BAD\r\n"), b"a2 OK\r\n", b"a2 NO\r\n"),
    "pop3": ("pop3", (b"+OK x\r\n", hears(rb"CAPA\r\n"), b"-ERR\r\n"), b"+OK\r\n", b"-ERR\r\n"),
    "ftp": ("ftp", (b"220 x\r\n", hears(rb"FEAT\r\n"), b"502 what?\r\n"), b"234 go\r\n", b"502 no\r\n"),
    "ldap": ("ldap", (SEARCH, result(1, 0x65, 50)), result(3, 0x78, 0), result(3, 0x78, 2)),
    "postgres": ("postgres", (), b"S", b"N"),
}


@pytest.mark.parametrize("word", [True, False])
@pytest.mark.parametrize(("protocol", "look", "yes", "no"), MUTE.values(), ids=MUTE)
def test_a_server_that_does_not_tell_is_tried(
    protocol: str, look: tuple[Step, ...], yes: bytes, no: bytes, word: bool
) -> None:
    async def test() -> None:
        asked = either(USER=ASKED["user"], tlsfleet=ASKED["startup"], QUIT=b"", LOGOUT=b"", **{"": yes if word else no})
        async with scripted(*look, asked, leaving) as served:
            assert (await prefaced(served.endpoint(protocol), hasty())).offered is word

    run(test())
