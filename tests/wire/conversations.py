"""Parts of conversations before TLS, as servers have them."""

from tests.wire.scripted import hears
from tlsfleet.wire.starttls.ldap import START_TLS, ber, message

EHLO, LHLO, START = (
    hears(rb"%b\r\n" % word) for word in (rb"EHLO \[127\.0\.0\.1\]", rb"LHLO \[127\.0\.0\.1\]", rb"STARTTLS")
)
SMTP_QUIT, POP_QUIT, LOGOUT = hears(rb"QUIT\r\n"), hears(rb"QUIT\r\n"), hears(rb"a3 LOGOUT\r\n")
STREAM = (
    b"<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'"
    b" from='server.test' id='1' version='1.0'>"
)
TLS = b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls>"
PROCEED = b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
PLAIN = b"<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms>"
OPENS = hears(rb"<\?xml version='1.0'\?><stream:stream to=\"server\.test\" xmlns='jabber:client' [^>]*version='1\.0'>")
OPENS_SERVER = hears(
    rb"<\?xml [^>]*><stream:stream to=\"server\.test\" from=\"tlsfleet\.invalid\" xmlns='jabber:server'[^>]*>"
)
ASKS_XMPP = hears(rb"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
STREAM_END = hears(rb"</stream:stream>")
SSL_REQUEST, STARTUP = hears(rb"\0\0\0\x08\x04\xd2\x16\x2f"), hears(rb"\0\0\0.\0\3\0\0user\0.*\0\0")
SEARCH, BIND, EXTENDED = (
    hears(rb"0.\x02\x01\x01c.*"),
    hears(rb"0.\x02\x01\x02\x60.*"),
    hears(rb"0\x1d\x02\x01\x03\x77\x18\x80\x16" + START_TLS),
)


def features(*inner: bytes) -> bytes:
    return STREAM + b"<stream:features>" + b"".join(inner) + b"</stream:features>"


def result(number: int, tag: int, code: int) -> bytes:
    return message(number, ber(tag, ber(0x0A, bytes([code])), ber(4), ber(4)))


def root_dse(**attributes: list[bytes]) -> bytes:
    listed = [
        ber(0x30, ber(4, name.encode()), ber(0x31, *(ber(4, value) for value in values)))
        for name, values in attributes.items()
    ]
    return message(1, ber(0x64, ber(4), ber(0x30, *listed))) + result(1, 0x65, 0)


def postgres(kind: bytes, body: bytes) -> bytes:
    return kind + (len(body) + 4).to_bytes(4, "big") + body


def stream_error(condition: bytes) -> bytes:
    return b"<stream:error><%b xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>" % condition


OPENLDAP = root_dse(
    supportedExtension=[b"1.3.6.1.1.8", START_TLS],
    supportedSASLMechanisms=[b"GSSAPI", b"digest-md5"],
    namingContexts=[b"dc=test"],
)
BARE_LDAP = root_dse(supportedExtension=[b"1.3.6.1.1.8"], namingContexts=[b"dc=test"])

SMTP = (b"220-first\r\n220 second\r\n", EHLO)
POP3, CAPA = (b"+OK ready <1@x>\r\n", hears(rb"CAPA\r\n")), (b"+OK\r\n", b"stls\r\n")
