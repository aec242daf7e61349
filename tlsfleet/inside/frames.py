"""From what a host printed to frames: only whole lines that carry this run's nonce, each bounded."""

import re
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Iterator

from tlsfleet.evidence import Frame
from tlsfleet.text import path_text

FRAME_LIMIT = 4 * 1024 * 1024
MAX_FRAMES = 20_000
KIND = re.compile(r"[a-z][a-z-]{0,40}")


def parse(output: bytes, nonce: str) -> tuple[Frame, ...]:
    """All frames in the order in which they came; a banner, a half line or noise is passed over."""
    mark = nonce.encode() + b" "
    frames: list[Frame] = []
    for line in output.split(b"\n"):
        if line.startswith(mark) and line.rstrip(b"\r").endswith(b" .") and len(frames) < MAX_FRAMES:
            frames.extend(_frame(line.rstrip(b"\r").decode("ascii", "replace").split(" ")[1:-1]))
    return tuple(frames)


def _frame(parts: list[str]) -> Iterator[Frame]:
    """``KIND SUBJECT DATA`` or ``KIND SUBJECT ! REASON``; a subject has one = more than its base64."""
    if len(parts) not in {3, 4} or not KIND.fullmatch(parts[0]):
        return
    try:
        subject = path_text(_decoded(parts[1].removesuffix("=") if parts[1] == "=" else parts[1][:-1]))
        if len(parts) == 4:
            reason = _decoded(parts[3]).decode("utf-8", "backslashreplace") or "no reason was given"
            yield Frame(parts[0], subject, unknown=reason[:500])
            return
        data = _decoded(parts[2])
    except (Base64Error, ValueError):
        yield Frame(parts[0], "", unknown="it came over damaged")
        return
    if len(data) > FRAME_LIMIT:
        yield Frame(parts[0], subject, unknown=f"larger than {FRAME_LIMIT} bytes")
    else:
        yield Frame(parts[0], subject, data)


def _decoded(text: str) -> bytes:
    return b64decode(text, validate=True)
