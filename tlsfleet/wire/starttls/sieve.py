"""STARTTLS of ManageSieve (RFC 5804 2.2)."""

import re

from tlsfleet.endpoints import Preface
from tlsfleet.wire.starttls.dialogue import Declined, Dialogue, throttled, wrong

LITERAL = re.compile(r"\{([0-9]{1,7})\+?\}\Z", re.ASCII)
QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
RESPONSE = re.compile(r"(OK|NO|BYE)(?![^ (])", re.IGNORECASE)


class Sieve(Dialogue):
    """ManageSieve: lines of strings, quoted or literal, that end with OK, NO or BYE."""

    start = b"STARTTLS\r\n"
    goodbye = b"LOGOUT\r\n"
    smuggled = b'NOOP "smuggled"\r\n'

    async def look(self) -> Preface:
        """The capabilities, with which a server begins."""
        capabilities, answer, said = await self._response()
        if answer == "BYE":
            raise throttled(said)
        if answer == "NO" or not capabilities:
            raise wrong("that is no ManageSieve server", said)
        named = {words[0].upper(): " ".join(words[1:]) for words in capabilities}
        mechanisms = tuple(dict.fromkeys(named.get("SASL", "").upper().split()))
        return Preface("STARTTLS" in named, named.get("IMPLEMENTATION", ""), mechanisms)

    async def started(self) -> None:
        _, answer, said = await self._response()
        if answer == "BYE":
            raise throttled(said)
        if answer != "OK":
            raise Declined(said)

    async def survived(self) -> bool:
        """In TLS a server tells its capabilities again, unasked (RFC 5804 2.2); one more answer is to LOGOUT."""
        await self.say(self.goodbye)
        capabilities, _, said = await self._response()
        while capabilities:
            capabilities, _, said = await self._response()
        return "smuggled" in said or await self.more()

    async def _response(self) -> tuple[list[list[str]], str, str]:
        """The lines of strings, then the answer that ends them, and how it was said."""
        found: list[list[str]] = []
        while True:
            line, strings = await self._strings()
            if ending := RESPONSE.match(line):
                return found, ending[1].upper(), line
            if not strings:
                raise wrong("that is no ManageSieve response", line)
            found.append(strings)

    async def _strings(self) -> tuple[str, list[str]]:
        line = await self.line()
        said, strings = line, QUOTED.findall(line)
        while literal := LITERAL.search(line):
            strings.append((await self.octets(int(literal[1]))).decode("utf-8", "backslashreplace"))
            line = await self.line()
            said = f"{said} {strings[-1]} {line}"
            strings += QUOTED.findall(line)
        return said, strings
