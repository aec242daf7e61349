"""Replies of three digits over one or more lines, as SMTP (RFC 5321 4.2.1) and FTP (RFC 959 4.2) have them."""

import re
from dataclasses import dataclass

from tlsfleet.wire.starttls.dialogue import Dialogue, wrong

CODED = re.compile(r"([2-5][0-9][0-9])([ -]|\Z)(.*)", re.ASCII | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply's code and its lines without the code."""

    code: int
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def __str__(self) -> str:
        return f"{self.code} {self.text}"


async def reply(dialogue: Dialogue, protocol: str) -> Reply:
    """The next reply. FTP's may have lines without a code between the first and the last."""
    line = await dialogue.line()
    first = CODED.fullmatch(line)
    if not first:
        raise wrong(f"that is no {protocol} server", line)
    lines, last = [first[3]], first[2] != "-"
    while not last:
        line = await dialogue.line()
        found = CODED.fullmatch(line)
        ours = found is not None and found[1] == first[1]
        if not ours and protocol == "SMTP":
            raise wrong(f"that is no {protocol} reply", line)
        last = found is not None and ours and found[2] != "-"
        lines.append(found[3] if found and ours else line)
    return Reply(int(first[1]), tuple(lines))
