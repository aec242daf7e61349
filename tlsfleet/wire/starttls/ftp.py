"""AUTH TLS of FTP (RFC 4217 4), with FEAT (RFC 2389)."""

import re
from dataclasses import replace

from tlsfleet.endpoints import Preface
from tlsfleet.missing import Unknown
from tlsfleet.wire.faults import Fault, FaultKind
from tlsfleet.wire.starttls.dialogue import Declined, Dialogue, shown
from tlsfleet.wire.starttls.replies import greeting, reply

FOR_WANT_OF_TLS = re.compile(r"TLS|SSL|encrypt|secure|cleartext|protect|534", re.IGNORECASE)


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
        """A server that wants TLS first refuses USER already, and says so, or ends the conversation saying so."""
        await self.say(b"USER tlsfleet\r\n")
        try:
            answer = await reply(self)
        except Fault as fault:
            if fault.kind is not FaultKind.THROTTLED:
                raise
            taken, said = False, fault.text
        else:
            taken, said = answer.kind in {2, 3}, str(answer)
        unclear = Unknown("mechanisms", f"it answers to USER: {shown(said)!r}")
        refused: tuple[str, ...] | Unknown = () if FOR_WANT_OF_TLS.search(said) else unclear
        return replace(preface, mechanisms=("USER",) if taken else refused)

    async def started(self) -> None:
        answer = await reply(self)
        if answer.code != 234:
            raise Declined(str(answer))

    async def survived(self) -> bool:
        await self.say(self.goodbye)
        return (await reply(self)).code != 221
