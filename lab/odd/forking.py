"""Serves listening sockets, each connection in a process of its own that does not live long."""

import os
import selectors
import signal
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress

SECONDS = 30  # the longest that a connection lives

Converse = Callable[[socket.socket], None]


def serve(listeners: Mapping[socket.socket, Converse]) -> None:
    """Have every connection to a listener conversed with; never returns."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with selectors.DefaultSelector() as selector:
        for listener, converse in listeners.items():
            selector.register(listener, selectors.EVENT_READ, converse)
        while True:
            for key, _ in selector.select():
                assert isinstance(key.fileobj, socket.socket)
                link, _ = key.fileobj.accept()
                if os.fork() == 0:
                    _converse(link, key.data)
                link.close()


def _converse(link: socket.socket, converse: Converse) -> None:
    signal.alarm(SECONDS)
    try:
        with suppress(OSError):  # a client that hangs up ends it
            converse(link)
            _close(link)
    finally:
        os._exit(0)


def _close(link: socket.socket) -> None:
    """End it so that what was said last arrives: to close with something unread would be a reset."""
    link.shutdown(socket.SHUT_WR)
    while link.recv(65536):
        pass
