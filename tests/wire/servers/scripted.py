"""Servers that follow a script: a function that is given each connection, in a thread of its own."""

import socket
import struct
import threading
from collections.abc import Callable
from contextlib import contextmanager, suppress

from tests.wire.servers.truth import HOST, Served, Starting, Truth

Script = Callable[[socket.socket], None]
SECONDS = 20  # a script's patience with a client
NOTHING = Truth({})


@contextmanager
def serving(script: Script, truth: Truth = NOTHING) -> Starting:
    """Runs a script for every connection; at the end all of them are closed."""
    links: list[socket.socket] = []
    with socket.create_server((HOST, 0), backlog=100) as listener:
        threading.Thread(target=_accept, args=(listener, script, links), daemon=True).start()
        try:
            yield Served(listener.getsockname()[1], truth)
        finally:
            # accept() in a thread is woken by this alone.
            listener.shutdown(socket.SHUT_RDWR)
            for link in links:
                with suppress(OSError):
                    link.shutdown(socket.SHUT_RDWR)
                link.close()


def _accept(listener: socket.socket, script: Script, links: list[socket.socket]) -> None:
    with suppress(OSError):
        while True:
            link, _ = listener.accept()
            link.settimeout(SECONDS)
            links.append(link)
            threading.Thread(target=_follow, args=(script, link), daemon=True).start()


def _follow(script: Script, link: socket.socket) -> None:
    # A client that hangs up ends the script.
    with suppress(OSError), link:
        script(link)


def exactly(link: socket.socket, count: int) -> bytes:
    """So many bytes. Raises ConnectionError where they end too soon."""
    data = b""
    while len(data) < count:
        chunk = link.recv(count - len(data))
        if not chunk:
            raise ConnectionError("the client is gone")
        data += chunk
    return data


def record(link: socket.socket) -> tuple[int, bytes]:
    """The kind and the body of the client's next record."""
    head = exactly(link, 5)
    return head[0], exactly(link, int.from_bytes(head[3:], "big"))


def reset(link: socket.socket) -> None:
    """End the connection by RST."""
    link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    link.close()


def drain(link: socket.socket) -> None:
    """Read until the client ends it."""
    while link.recv(65536):
        pass
