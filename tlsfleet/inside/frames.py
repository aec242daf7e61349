"""From what a host printed to frames: only whole lines that carry this run's nonce, each bounded."""

import re
from base64 import b64decode
from binascii import Error as Base64Error

from tlsfleet.evidence import Frame
from tlsfleet.text import path_text

FRAME_LIMIT = 4 * 1024 * 1024
MAX_FRAMES = 20_000
DAMAGED = "damaged"  # the kind of a line that bears the nonce and is no whole frame
KIND = re.compile(r"[a-z][a-z-]{0,40}")


def parse(output: bytes, nonce: str) -> tuple[Frame, ...]:
    """All frames in the order in which they came; a banner and other noise is passed over.

    A line that bears the nonce and is no whole frame is one of kind DAMAGED: what it should have said is lost.
    """
    mark = nonce.encode() + b" "
    frames: list[Frame] = []
    for line in output.split(b"\n"):
        if nonce.encode() in line and len(frames) < MAX_FRAMES:
            whole = line.startswith(mark) and line.count(mark) == 1 and line.rstrip(b"\r").endswith(b" .")
            frames.append(_frame(line.rstrip(b"\r").decode("ascii", "replace").split(" ")[1:-1] if whole else []))
    return tuple(frames)


def _frame(parts: list[str]) -> Frame:
    """``KIND SUBJECT DATA`` or ``KIND SUBJECT ! REASON``; a subject ends with one = more, data with a full stop."""
    if not (len(parts) == 3 or (len(parts) == 4 and parts[2] == "!")) or not KIND.fullmatch(parts[0]):
        return Frame(DAMAGED, "", unknown="it came over damaged")
    try:
        subject = path_text(_decoded(_subject(parts[1])))
        if len(parts) == 4:
            reason = _decoded(parts[3]).decode("utf-8", "backslashreplace") or "no reason was given"
            return Frame(parts[0], subject, unknown=reason[:500])
        data = _decoded(parts[2])
    except (Base64Error, ValueError):
        return Frame(DAMAGED, "", unknown=f"{parts[0]} came over damaged")
    if len(data) > FRAME_LIMIT + 1:
        return Frame(parts[0], subject, unknown=f"larger than {FRAME_LIMIT} bytes")
    if not data.endswith(b"."):
        return Frame(parts[0], subject, unknown="the host could not send it")
    return Frame(parts[0], subject, data[:-1])


def _subject(text: str) -> str:
    if not text.endswith("="):
        raise ValueError("a subject was cut")
    return text[:-1]


def _decoded(text: str) -> bytes:
    return b64decode(text, validate=True)
