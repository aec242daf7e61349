"""What a server says over TLS, as HTTP or SMTP, and before it, up to STARTTLS."""

import socket
from collections.abc import Callable

Read = Callable[[], bytes]  # nothing at the end
Write = Callable[[bytes], None]
Talk = Callable[[Read, Write], None]

HTTP = (
    b"HTTP/1.1 404 Not Found\r\nStrict-Transport-Security: max-age=31536000\r\n"
    b"Content-Length: 0\r\nConnection: close\r\n\r\n"
)
READY, LISTED, DONE, BYE = b"220 ready\r\n", b"250-odd\r\n250 %s\r\n", b"250 done\r\n", b"221 bye\r\n"


class Lines:
    """The lines that a client sends; `rest` is what came behind the last one."""

    def __init__(self, read: Read, first: bytes = b"") -> None:
        self._read, self.rest = read, first

    def next(self) -> bytes | None:
        """The next line in capitals, None at the end."""
        while b"\n" not in self.rest:
            chunk = self._read()
            if not chunk:
                return None
            self.rest += chunk
        line, _, self.rest = self.rest.partition(b"\n")
        return line.strip().upper()


def http(read: Read, write: Write) -> None:
    """One request, of which nothing is there."""
    lines = Lines(read)
    while line := lines.next():
        pass
    if line is not None:
        write(HTTP)


def smtp(first: bytes = b"") -> Talk:
    """SMTP within TLS, as if the client had begun with what it said `first`."""

    def talk(read: Read, write: Write) -> None:
        lines = Lines(read, first)
        while (line := lines.next()) is not None:
            if line == b"QUIT":
                write(BYE)
                return
            write(LISTED % b"HELP" if line.startswith(b"EHLO") else DONE)

    return talk


def until_starttls(link: socket.socket) -> bytes | None:
    """SMTP until the client wants TLS (RFC 3207), and what it sent behind that; None where it leaves before."""
    lines = Lines(lambda: link.recv(4096))
    link.sendall(READY)
    while (line := lines.next()) is not None:
        if line == b"STARTTLS":
            link.sendall(READY)
            return lines.rest
        if line == b"QUIT":
            link.sendall(BYE)
            return None
        link.sendall(LISTED % b"STARTTLS" if line.startswith(b"EHLO") else DONE)
    return None
