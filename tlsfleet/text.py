"""Text that came from a host or a server, made fit to be shown: bounded, and without control characters."""

import unicodedata

LIMIT = 2000
# Cc: controls and escape sequences; Cf: direction overrides that show a name as another; the others: no use in names.
HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def clean(text: str, limit: int = LIMIT) -> str:
    """The text with every hidden character but newline and tab as a backslash escape, cut at ``limit`` characters."""
    cut = text if len(text) <= limit else f"{text[: limit - 1]}…"
    return "".join(character if _shown(character) else _escaped(character) for character in cut)


def _shown(character: str) -> bool:
    return character in "\n\t" or unicodedata.category(character) not in HIDDEN


def _escaped(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def path_text(raw: bytes) -> str:
    """A path as text: UTF-8 without controls as it is, else odd bytes percent-encoded, and percent signs with them."""
    text = raw.decode("utf-8", "replace")
    if text.isprintable() and "\ufffd" not in text:
        return text
    return "".join(chr(byte) if 0x20 <= byte < 0x7F and byte != 0x25 else f"%{byte:02X}" for byte in raw)
