"""Replies of three digits over one or more lines, as SMTP (RFC 5321 4.2.1) and FTP (RFC 959 4.2) have them."""

import re
from dataclasses import dataclass

from tlsfleet.wire.starttls.dialogue import Dialogue, throttled, wrong

CODED = re.compile(r"([1-5][0-9][0-9])([ -]|\Z)(.*)", re.ASCII | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply's code and its lines without the code."""

    code: int
    lines: tuple[str, ...]

    @property
    def kind(self) -> int:
        """The first digit: 2 done, 3 more is wanted, 4 not now, 5 no."""
        return self.code // 100

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def __str__(self) -> str:
        return f"{self.code} {self.text}"


async def greeting(dialogue: Dialogue) -> Reply:
    """The reply that a server begins with."""
    found = await reply(dialogue)
    if found.kind != 2:
        raise throttled(str(found)) if found.kind == 4 else wrong("its greeting is a refusal", str(found))
    return found


async def reply(dialogue: Dialogue) -> Reply:
    """The next reply; FTP's may have lines without a code between the first and the last."""
    line = await dialogue.line()
    first = CODED.fullmatch(line)
    if not first:
        raise wrong("that is no reply with a code", line)
    lines, last = [first[3]], first[2] != "-"
    while not last:
        line = await dialogue.line()
        found = CODED.fullmatch(line)
        ours = found if found and found[1] == first[1] else None
        last = ours is not None and ours[2] != "-"
        lines.append(ours[3] if ours else line)
    whole = Reply(int(first[1]), tuple(lines))
    if whole.code == 421:
        raise throttled(str(whole))
    return whole
