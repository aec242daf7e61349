"""AUTH TLS of FTP (RFC 4217 4), with FEAT (RFC 2389)."""

from dataclasses import replace

from tlsfleet.endpoints import Preface
from tlsfleet.missing import Unknown
from tlsfleet.wire.faults import Fault, FaultKind
from tlsfleet.wire.starttls.dialogue import Declined, Dialogue
from tlsfleet.wire.starttls.replies import greeting, reply


class Ftp(Dialogue):
    """FTP's control connection."""

    start = b"AUTH TLS\r\n"
    goodbye = b"QUIT\r\n"
    smuggled = b"NOOP\r\n"

    async def look(self) -> Preface:
        """The greeting, and what FEAT lists (RFC 4217 6: AUTH with the types, parted by semicolons)."""
        first = await greeting(self)
        unasked = Unknown("mechanisms", "whether it takes USER without TLS was not asked")
        await self.say(b"FEAT\r\n")
        features = await reply(self)
        if features.kind != 2:
            return Preface(Unknown("features", "it does not know the command FEAT"), first.text, unasked)
        lines = [line.upper().replace(";", " ").split() for line in features.lines]
        offered = any(words[:1] == ["AUTH"] and {"TLS", "TLS-C"} & set(words) for words in lines)
        return Preface(offered, first.text, unasked)

    async def logins(self, preface: Preface) -> Preface:
        """A server that wants TLS refuses USER already, or ends the conversation."""
        await self.say(b"USER tlsfleet\r\n")
        try:
            taken = (await reply(self)).kind in {2, 3}
        except Fault as fault:
            if fault.kind not in {FaultKind.THROTTLED, FaultKind.CLOSED, FaultKind.RESET}:
                raise
            taken = False
        return replace(preface, mechanisms=("USER",) if taken else ())

    async def started(self) -> None:
        answer = await reply(self)
        if answer.code != 234:
            raise Declined(str(answer))

    async def survived(self) -> bool:
        await self.say(self.goodbye)
        return (await reply(self)).code != 221
