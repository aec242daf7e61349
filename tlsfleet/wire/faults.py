"""How an exchange with a server can end other than by an answer."""

from enum import StrEnum


class FaultKind(StrEnum):
    """What became of a connection, as far as the network tells."""

    REFUSED = "refused"  # nobody listens
    UNREACHABLE = "unreachable"  # no route, no such name
    TIMEOUT = "timeout"  # no answer within the deadline
    CLOSED = "closed"  # the server ended the connection
    RESET = "reset"  # the connection was reset
    THROTTLED = "throttled"  # the server said that it has had too many of us
    DIALOGUE = "dialogue"  # what is said before TLS went another way (no STARTTLS, no banner ...)
    NAME = "name"  # the server says before TLS that it does not serve the name, or cannot be asked without one
    GARBAGE = "garbage"  # the answer is no TLS


class Fault(Exception):  # noqa: N818 - a server's fault is a value here, not an error of ours
    """An exchange that ended without an answer; the text is one line for people."""

    def __init__(self, kind: FaultKind, text: str) -> None:
        super().__init__(text)
        self.kind = kind
        self.text = text
