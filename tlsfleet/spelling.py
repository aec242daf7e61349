"""What a user may have meant by a name that is not known."""

import difflib
from collections.abc import Collection

SHOWN = 12


def hint(name: str, known: Collection[str]) -> str:
    """The known name closest to ``name`` as a question; else the first dozen of those known."""
    close = difflib.get_close_matches(name, list(known), 1, 0.5)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"known are {', '.join(sorted(known)[:SHOWN])}{' ...' if len(known) > SHOWN else ''}"
