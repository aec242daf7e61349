"""STARTTLS of SMTP (RFC 5321, RFC 3207) and LMTP (RFC 2033)."""

from functools import partial

from tlsfleet.endpoints import Preface
from tlsfleet.wire.starttls.dialogue import Dialogue, Starttls, throttled, wrong
from tlsfleet.wire.starttls.replies import Reply, reply


async def look(hello: bytes, dialogue: Dialogue) -> Preface:
    """The greeting, and what EHLO lists. A server that refuses EHLO has no extensions (RFC 5321 4.1.1.1)."""
    greeting = await _reply(dialogue)
    if greeting.code // 100 != 2:
        raise (
            throttled(greeting.text) if greeting.code // 100 == 4 else wrong("its greeting is a refusal", str(greeting))
        )
    await dialogue.say(hello + b" [127.0.0.1]\r\n")
    extensions = await _reply(dialogue)
    if extensions.code // 100 != 2:
        return Preface(offered=False, greeting=greeting.text)
    words = [line.upper().replace("AUTH=", "AUTH ").split() or [""] for line in extensions.lines[1:]]
    mechanisms = dict.fromkeys(word for line in words if line[0] == "AUTH" for word in line[1:])
    return Preface(["STARTTLS"] in words, greeting.text, tuple(mechanisms))


async def started(dialogue: Dialogue) -> None:
    """The answer to STARTTLS."""
    answer = await _reply(dialogue)
    if answer.code != 220:
        raise wrong("STARTTLS was refused", str(answer))


async def _reply(dialogue: Dialogue) -> Reply:
    answer = await reply(dialogue, "SMTP")
    if answer.code == 421:
        raise throttled(str(answer))
    return answer


SMTP, LMTP = (
    Starttls(partial(look, hello), b"STARTTLS\r\n", started, b"QUIT\r\n", b"NOOP\r\n") for hello in (b"EHLO", b"LHLO")
)
