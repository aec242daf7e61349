"""STARTTLS of IMAP (RFC 3501 and 9051, 6.2.1)."""

import re

from tlsfleet.endpoints import Preface
from tlsfleet.missing import Unknown
from tlsfleet.wire.starttls.dialogue import Dialogue, Starttls, throttled, wrong

CODE = re.compile(r"\[CAPABILITY ([^\]]*)\]", re.IGNORECASE)
LISTED = re.compile(r"\* CAPABILITY (.*)", re.IGNORECASE)


async def look(dialogue: Dialogue) -> Preface:
    """The greeting, and the capabilities: in the greeting, or asked for."""
    greeting = await dialogue.line()
    star, _, rest = greeting.partition(" ")
    kind, _, text = rest.partition(" ")
    if star != "*" or kind.upper() not in {"OK", "PREAUTH", "BYE"}:
        raise wrong("that is no IMAP server", greeting)
    if kind.upper() == "BYE":
        raise throttled(text)
    if kind.upper() == "PREAUTH":
        return Preface(offered=False, greeting=text)
    inline = CODE.match(text)
    found = inline[1].upper().split() if inline else await _capabilities(dialogue)
    if found is None:
        unknown = Unknown("capabilities", "it refuses the command CAPABILITY")
        return Preface(unknown, text, unknown)
    mechanisms = [word.removeprefix("AUTH=") for word in found if word.startswith("AUTH=")]
    login = [] if "LOGINDISABLED" in found else ["LOGIN"]
    return Preface("STARTTLS" in found, text, tuple(dict.fromkeys(mechanisms + login)))


async def _capabilities(dialogue: Dialogue) -> list[str] | None:
    await dialogue.say(b"a1 CAPABILITY\r\n")
    found: list[str] = []
    while True:
        line = await dialogue.line()
        if listed := LISTED.fullmatch(line):
            found += listed[1].upper().split()
        if line.startswith("a1 "):
            return found if line.upper().startswith("A1 OK") and found else None
        _untagged(line)


async def started(dialogue: Dialogue) -> None:
    """The tagged answer to STARTTLS, after whatever is untagged."""
    while not (line := await dialogue.line()).startswith("a2 "):
        _untagged(line)
    if not line.upper().startswith("A2 OK"):
        raise wrong("STARTTLS was refused", line)


def _untagged(line: str) -> None:
    if line.upper().startswith("* BYE"):
        raise throttled(line)
    if not line.startswith(("* ", "a1 ")):
        raise wrong("that is no IMAP response", line)


IMAP = Starttls(look, b"a2 STARTTLS\r\n", started, b"a3 LOGOUT\r\n", b"a4 NOOP\r\n")
