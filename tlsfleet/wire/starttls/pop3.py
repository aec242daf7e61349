"""STLS of POP3 (RFC 2595 4), with CAPA (RFC 2449) and SASL (RFC 5034)."""

from tlsfleet.endpoints import Preface
from tlsfleet.missing import Unknown
from tlsfleet.wire.starttls.dialogue import Declined, Dialogue, throttled, wrong


class Pop3(Dialogue):
    """POP3: status lines, and lists that end with a dot."""

    start = b"STLS\r\n"
    goodbye = b"QUIT\r\n"
    smuggled = b"NOOP\r\n"

    async def look(self) -> Preface:
        """The greeting, and what CAPA lists."""
        ok, greeting = await self._status()
        if not ok:
            raise throttled(greeting)
        await self.say(b"CAPA\r\n")
        ok, _ = await self._status()
        if not ok:
            unknown = Unknown("capabilities", "it does not know the command CAPA")
            return Preface(unknown, greeting, unknown)
        listed = []
        while (line := await self.line()) != ".":
            listed.append(line.upper().split())
        sasl = [word for words in listed if words[:1] == ["SASL"] for word in words[1:]]
        user = ["USER"] if ["USER"] in listed else []
        return Preface(["STLS"] in listed, greeting, tuple(dict.fromkeys(sasl + user)))

    async def started(self) -> None:
        ok, text = await self._status()
        if not ok:
            raise Declined(text)

    async def survived(self) -> bool:
        """One answer is to QUIT, more are not."""
        await self.say(self.goodbye)
        await self._status()
        return await self.more()

    async def _status(self) -> tuple[bool, str]:
        line = await self.line()
        status, _, text = line.partition(" ")
        if status not in {"+OK", "-ERR"}:
            raise wrong("that is no POP3 server", line)
        return status == "+OK", text
