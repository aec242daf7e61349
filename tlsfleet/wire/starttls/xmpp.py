"""STARTTLS of XMPP, for clients and for servers (RFC 6120 4, 5)."""

from typing import ClassVar
from xml.sax.saxutils import quoteattr

from tlsfleet.endpoints import Preface
from tlsfleet.missing import Unknown
from tlsfleet.wire.faults import Fault, FaultKind
from tlsfleet.wire.starttls.dialogue import Declined, Dialogue, Stream, throttled, wrong
from tlsfleet.wire.starttls.xml import Element, XmlStream

STREAMS, ERRORS = "http://etherx.jabber.org/streams", "urn:ietf:params:xml:ns:xmpp-streams"
TLS, SASL = "urn:ietf:params:xml:ns:xmpp-tls", "urn:ietf:params:xml:ns:xmpp-sasl"
SASL2 = "urn:xmpp:sasl:2"
TOO_MUCH = {f"{ERRORS} {condition}" for condition in ("policy-violation", "resource-constraint")}
SENDER = "tlsfleet.invalid"  # RFC 2606: never a server's name


class XmppClient(Dialogue):
    """A client's stream to a server."""

    namespace: ClassVar = "jabber:client"
    sender: ClassVar = ""
    start = f"<starttls xmlns='{TLS}'/>".encode()
    goodbye = b"</stream:stream>"
    smuggled = b"<iq type='get' id='smuggled'><ping xmlns='urn:xmpp:ping'/></iq>"

    def __init__(self, stream: Stream, name: str | None) -> None:
        super().__init__(stream, name)
        self._stanzas = XmlStream(self)

    async def look(self) -> Preface:
        """The features of a stream, which only a server that is asked by its name has."""
        features = await self._features()
        if features is None:
            return Preface(offered=False, mechanisms=Unknown("features", "it speaks an XMPP without features"))
        inner = {child.name: child for child in features.children}
        lists = [inner[name] for name in (f"{SASL} mechanisms", f"{SASL2} authentication") if name in inner]
        names = [entry.text.strip().upper() for found in lists for entry in found.children]
        return Preface(f"{TLS} starttls" in inner, mechanisms=tuple(dict.fromkeys(name for name in names if name)))

    async def started(self) -> None:
        answer = await self._stanza()
        if answer.name != f"{TLS} proceed":
            raise Declined(answer.name)

    async def survived(self) -> bool:
        """A sound server opens the new stream that was asked for; another one meets with what it got before."""
        await self.say(self._opening())
        sound = (await self._stanzas.element()).name == f"{STREAMS} features"
        await self.say(self.goodbye)
        return not sound

    async def _features(self) -> Element | None:
        """Raises Fault, as where no name is known; a server before XMPP 1.0 has no features."""
        await self.say(self._opening())
        header = await self._stanzas.header()
        if header.name != f"{STREAMS} stream":
            raise wrong("that is no XMPP server", header.name)
        if "version" not in header.attributes:
            return None
        features = await self._stanza()
        if features.name != f"{STREAMS} features":
            raise wrong("that is no XMPP server", features.name)
        return features

    def _opening(self) -> bytes:
        if self.name is None:
            raise Fault(FaultKind.NAME, "an XMPP server is to be asked by a name, and none is known")
        sender = f" from={quoteattr(self.sender)}" if self.sender else ""
        spaces = f"xmlns='{self.namespace}' xmlns:stream='{STREAMS}'"
        opening = f"<?xml version='1.0'?><stream:stream to={quoteattr(self.name)}{sender} {spaces} version='1.0'>"
        return opening.encode()

    async def _stanza(self) -> Element:
        """The next element; a stream error (RFC 6120 4.9) raises Fault."""
        found = await self._stanzas.element()
        if found.name == f"{STREAMS} error":
            conditions = [child.name for child in found.children]
            if TOO_MUCH & set(conditions):
                raise throttled(" ".join(conditions))
            if any(name.endswith(" host-unknown") for name in conditions):
                raise Fault(FaultKind.NAME, "it serves no such name (host-unknown)")
            raise wrong("it ends the stream", " ".join(name.rpartition(" ")[2] for name in conditions))
        return found


class XmppServer(XmppClient):
    """A server's stream to a server."""

    namespace = "jabber:server"
    sender = SENDER
