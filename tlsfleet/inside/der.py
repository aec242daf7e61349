"""The little DER that is read by hand: DH parameters, since cryptography refuses weak ones, which are to be shown."""

from base64 import b64decode
from binascii import Error as Base64Error

MAX_BYTES = 64 * 1024


def integers(base64_body: str) -> tuple[int, ...] | None:
    """The leading INTEGERs of a SEQUENCE (p, g and so on); None for anything else."""
    data = _decoded(base64_body)
    outer = _element(data, 0) if data else None
    if data is None or outer is None or outer[0] != 0x30:
        return None
    found, at = [], outer[1]
    while at < outer[2] and (inner := _element(data, at)) is not None and inner[0] == 0x02 and inner[2] > inner[1]:
        found.append(int.from_bytes(data[inner[1] : inner[2]], "big", signed=True))
        at = inner[2]
    return tuple(found) if found and all(number > 0 for number in found) else None


def pem_body(pem: str) -> bytes | None:
    """What stands between the first BEGIN and END lines; None for no base64."""
    return _decoded("".join(line for line in pem.splitlines() if line and not line.startswith("-----")))


def _decoded(text: str) -> bytes | None:
    try:
        data = b64decode("".join(text.split()), validate=True)
    except (Base64Error, ValueError):
        return None
    return data if len(data) <= MAX_BYTES else None


def _element(data: bytes, at: int) -> tuple[int, int, int] | None:
    """Tag, start and end of the value of the element at a place."""
    if at + 2 > len(data):
        return None
    tag, size, start = data[at], data[at + 1], at + 2
    if size & 0x80:
        count = size & 0x7F
        if not 1 <= count <= 4 or start + count > len(data):
            return None
        size, start = int.from_bytes(data[start : start + count], "big"), start + count
    return (tag, start, start + size) if start + size <= len(data) else None
