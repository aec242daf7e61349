"""Runs a host's odd server, over TLS and as SMTP with STARTTLS: `python -m lab.odd ROOT`.

ROOT is the host's root as this machine sees it. In it CONF has a word and its value a line: `certificate` and `key`,
paths in the host, and any number of `oddity`: faults, or what is ahead of its time.
"""

import os
import socket
import sys
from collections.abc import Collection
from pathlib import Path

from lab.odd import CONF, KEEPS_PLAINTEXT, MAIL_PORT, PID_FILE, WEB_PORT, faulty, modern_openssl, old_openssl
from lab.odd.applications import http, smtp, until_starttls
from lab.odd.forking import serve

Server = faulty.Server | old_openssl.Server | modern_openssl.Server


def main(root: Path) -> None:
    """Serve until killed. Raises ValueError where an oddity is unknown, or does not go with another."""
    words = [line.split() for line in _in(root, CONF).read_text(encoding="utf-8").splitlines()]
    files = {word: _in(root, value) for word, value in words}
    oddities = {value for word, value in words if word == "oddity"}
    server = _server(files["certificate"], files["key"], oddities - {KEEPS_PLAINTEXT})

    def mail(link: socket.socket) -> None:
        behind = until_starttls(link)
        if behind is not None:
            server.converse(link, smtp(behind if KEEPS_PLAINTEXT in oddities else b""))

    listeners = {_listener(WEB_PORT): lambda link: server.converse(link, http), _listener(MAIL_PORT): mail}
    _in(root, PID_FILE).write_text(f"{os.getpid()}\n", encoding="ascii")
    serve(listeners)


def _in(root: Path, path: str) -> Path:
    return root / path.lstrip("/")


def _server(certificate: Path, key: Path, oddities: Collection[str]) -> Server:
    if faulty.FAULTS.issuperset(oddities):
        return faulty.Server(certificate, key, oddities)
    if old_openssl.FAULTS.issuperset(oddities):
        return old_openssl.Server(certificate, key, oddities)
    if {modern_openssl.POST_QUANTUM} == set(oddities):
        return modern_openssl.Server(certificate, key)
    raise ValueError(f"no server has all of {' '.join(sorted(oddities))}")


def _listener(port: int) -> socket.socket:
    return socket.create_server(("", port), family=socket.AF_INET6, dualstack_ipv6=True, backlog=100)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
