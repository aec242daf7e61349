"""STARTTLS of SMTP (RFC 5321, RFC 3207) and LMTP (RFC 2033)."""

from typing import ClassVar

from tlsfleet.endpoints import Preface
from tlsfleet.wire.starttls.dialogue import Declined, Dialogue, throttled
from tlsfleet.wire.starttls.replies import greeting, reply


class Smtp(Dialogue):
    """SMTP as a client that names itself by an address literal, as it has no name of its own."""

    hello: ClassVar = b"EHLO [127.0.0.1]\r\n"
    start = b"STARTTLS\r\n"
    goodbye = b"QUIT\r\n"
    smuggled = b"NOOP\r\n"

    async def look(self) -> Preface:
        """The greeting, and what EHLO lists. A server that refuses EHLO has no extensions (RFC 5321 4.1.1.1)."""
        first = await greeting(self)
        await self.say(self.hello)
        listed = await reply(self)
        if listed.kind == 4:
            raise throttled(str(listed))
        if listed.kind != 2:
            return Preface(offered=False, greeting=first.text)
        words = [line.upper().replace("AUTH=", "AUTH ").split() for line in listed.lines[1:]]
        mechanisms = dict.fromkeys(word for line in words if line[:1] == ["AUTH"] for word in line[1:])
        return Preface(["STARTTLS"] in words, first.text, tuple(mechanisms))

    async def started(self) -> None:
        answer = await reply(self)
        if answer.code != 220:
            raise Declined(str(answer))

    async def survived(self) -> bool:
        """A second greeting is odd, but no answer."""
        await self.say(self.goodbye)
        answer = await reply(self)
        while answer.code == 220:
            answer = await reply(self)
        return answer.code != 221


class Lmtp(Smtp):
    """LMTP, which says hello in another way."""

    hello = b"LHLO [127.0.0.1]\r\n"
