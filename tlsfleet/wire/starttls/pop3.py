"""STLS of POP3 (RFC 2595 4), with CAPA (RFC 2449) and SASL (RFC 5034)."""

from tlsfleet.endpoints import Preface
from tlsfleet.missing import Unknown
from tlsfleet.wire.starttls.dialogue import Dialogue, Starttls, throttled, wrong


async def look(dialogue: Dialogue) -> Preface:
    """The greeting, and what CAPA lists."""
    ok, greeting = await _status(dialogue)
    if not ok:
        raise throttled(greeting)
    await dialogue.say(b"CAPA\r\n")
    ok, _ = await _status(dialogue)
    if not ok:
        unknown = Unknown("capabilities", "it does not know the command CAPA")
        return Preface(unknown, greeting, unknown)
    listed = []
    while (line := await dialogue.line()) != ".":
        listed.append(line.upper().split() or [""])
    sasl = [word for words in listed if words[0] == "SASL" for word in words[1:]]
    user = ["USER"] if ["USER"] in listed else []
    return Preface(["STLS"] in listed, greeting, tuple(dict.fromkeys(sasl + user)))


async def started(dialogue: Dialogue) -> None:
    """The answer to STLS."""
    ok, text = await _status(dialogue)
    if not ok:
        raise wrong("STARTTLS was refused", text)


async def _status(dialogue: Dialogue) -> tuple[bool, str]:
    line = await dialogue.line()
    status, _, text = line.partition(" ")
    if status not in {"+OK", "-ERR"}:
        raise wrong("that is no POP3 server", line)
    return status == "+OK", text


POP3 = Starttls(look, b"STLS\r\n", started, b"QUIT\r\n", b"CAPA\r\n")
