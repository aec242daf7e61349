"""STARTTLS of IMAP (RFC 3501 and 9051, 6.2.1)."""

import re

from tlsfleet.endpoints import Preface
from tlsfleet.missing import Unknown
from tlsfleet.wire.starttls.dialogue import Declined, Dialogue, throttled, wrong

CODE = re.compile(r"\[CAPABILITY ([^\]]*)\]", re.IGNORECASE)
LISTED = re.compile(r"\* CAPABILITY (.*)", re.IGNORECASE)


class Imap(Dialogue):
    """IMAP: tagged answers amid untagged ones."""

    start = b"a2 STARTTLS\r\n"
    goodbye = b"a3 LOGOUT\r\n"
    smuggled = b"a4 NOOP\r\n"

    async def look(self) -> Preface:
        """The greeting, and the capabilities: in the greeting, or asked for."""
        first = await self.line()
        kind, text = _greeting(first)
        if kind == "BYE":
            raise throttled(first)
        if kind == "PREAUTH":
            return Preface(offered=False, greeting=text)
        inline = CODE.match(text)
        found = inline[1].upper().split() if inline else await self._capabilities()
        if not found:
            unknown = Unknown("capabilities", "it does not answer the command CAPABILITY with any")
            return Preface(unknown, text, unknown)
        mechanisms = [word.removeprefix("AUTH=") for word in found if word.startswith("AUTH=")]
        login = [] if "LOGINDISABLED" in found else ["LOGIN"]
        return Preface("STARTTLS" in found, text, tuple(dict.fromkeys(mechanisms + login)))

    async def started(self) -> None:
        *_, answer = await self._until("a2")
        if not answer.upper().startswith("A2 OK"):
            raise Declined(answer)

    async def survived(self) -> bool:
        await self.say(self.goodbye)
        return any(line.lower().startswith("a4 ") for line in await self._until("a3", parting=True))

    async def _capabilities(self) -> list[str]:
        await self.say(b"a1 CAPABILITY\r\n")
        lines = await self._until("a1")
        return [word for line in lines if (found := LISTED.fullmatch(line)) for word in found[1].upper().split()]

    async def _until(self, tag: str, *, parting: bool = False) -> list[str]:
        """All lines up to the one with this tag; to hear BYE is throttling, unless we are parting."""
        lines: list[str] = []
        while not lines or not lines[-1].lower().startswith(f"{tag} "):
            lines.append(await self.line())
            if not lines[-1].lower().startswith(("* ", "a")):
                raise wrong("that is no IMAP response", lines[-1])
            if lines[-1].upper().startswith("* BYE") and not parting:
                raise throttled(lines[-1])
        return lines


def _greeting(line: str) -> tuple[str, str]:
    star, _, rest = line.partition(" ")
    kind, _, text = rest.partition(" ")
    if star != "*" or kind.upper() not in {"OK", "PREAUTH", "BYE"}:
        raise wrong("that is no IMAP server", line)
    return kind.upper(), text
