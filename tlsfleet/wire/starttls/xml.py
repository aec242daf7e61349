"""XML as it comes over a stream (RFC 6120 4 and 11.1): elements one by one, without entities, and bounded."""

from dataclasses import dataclass, field
from xml.parsers import expat

from tlsfleet.wire.faults import Fault, FaultKind
from tlsfleet.wire.starttls.dialogue import Dialogue

MAX_DEPTH = 10
MAX_TAGS = 1000


@dataclass(slots=True)
class Element:
    """An element: its name as `namespace name`, its attributes, its text and what is in it."""

    name: str
    attributes: dict[str, str]
    text: str = ""
    children: list["Element"] = field(default_factory=list)


class XmlStream:
    """The elements of a stream, read from a dialogue tag by tag, so that nothing behind a tag is taken."""

    def __init__(self, dialogue: Dialogue) -> None:
        self._dialogue = dialogue
        self._open: list[Element] = []
        self._tags = 0
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.StartDoctypeDeclHandler = parser.CommentHandler = parser.ProcessingInstructionHandler = _restricted
        if hasattr(parser, "SetReparseDeferralEnabled"):  # else a tag may not be seen before the next one comes
            parser.SetReparseDeferralEnabled(False)  # noqa: FBT003 - as expat has it
        self._parser = parser
        self._ended = False

    async def header(self) -> Element:
        """The stream's own start tag."""
        while not self._open:
            await self._feed()
        return self._open[0]

    async def element(self) -> Element:
        """The next element of the stream."""
        stream = await self.header()
        while not stream.children:
            await self._feed()
        return stream.children.pop(0)

    async def _feed(self) -> None:
        self._tags += 1
        if self._tags > MAX_TAGS:
            raise Fault(FaultKind.DIALOGUE, f"it sends more than {MAX_TAGS} tags")
        if self._ended:
            raise Fault(FaultKind.CLOSED, "it closed the stream")
        try:
            self._parser.Parse(await self._dialogue.through(b">"))
        except expat.ExpatError as error:
            raise Fault(FaultKind.DIALOGUE, f"it sends no XML: {error}") from None

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._open) >= MAX_DEPTH:
            raise Fault(FaultKind.DIALOGUE, f"it sends XML deeper than {MAX_DEPTH} elements")
        self._open.append(Element(name, attributes))

    def _end(self, _name: str) -> None:
        done = self._open.pop()
        if self._open:
            self._open[-1].children.append(done)
        self._ended = not self._open

    def _characters(self, text: str) -> None:
        if len(self._open) > 1:
            self._open[-1].text += text


def _restricted(*_: object) -> None:
    raise Fault(FaultKind.DIALOGUE, "it sends XML that XMPP forbids: a DTD, a comment or a processing instruction")
