"""OpenSSL 1.0.2e as a server: as sound as it can be, but for what is switched on that nothing has any more."""

import socket
from collections.abc import Collection
from pathlib import Path

from lab.odd.applications import Talk
from lab.odd.old_openssl_library import Library, options

SSL2, SSL3, EXPORT, RC4, COMPRESSION = "ssl2", "ssl3", "export", "rc4", "compression"
PROTOCOLS = {SSL2: "SSLv2", SSL3: "SSLv3"}
CIPHERS = {SSL2: "SSLv2", SSL3: "ECDHE+AES+SHA1", EXPORT: "EXP+SHA1+kRSA", RC4: "ECDHE+RC4+SHA1"}
FAULTS = frozenset({SSL2, SSL3, EXPORT, RC4, COMPRESSION})


class Server:
    """A server with one certificate and key (PEM)."""

    def __init__(self, certificate: Path, key: Path, faults: Collection[str]) -> None:
        protocols = {"TLSv1.2", *(PROTOCOLS[fault] for fault in faults if fault in PROTOCOLS)}
        ciphers = ["ECDHE+AESGCM", *(CIPHERS[fault] for fault in FAULTS if fault in faults and fault in CIPHERS)]
        chosen = options(protocols, compression=COMPRESSION in faults)
        self._library = Library()
        self._context = self._library.context(":".join(ciphers), chosen, ["P-256"], [[str(certificate), str(key)]])

    def converse(self, link: socket.socket, talk: Talk) -> None:
        """Shake hands, talk, say goodbye."""
        self._library.converse(self._context, link.fileno(), talk)
