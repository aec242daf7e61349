"""OpenSSL 3.5, which cryptography's wheel has inside: the one server here that is ahead of Debian 12's, with ML-KEM."""

import socket
from contextlib import suppress
from pathlib import Path

from OpenSSL import SSL

from lab.odd.applications import Talk

POST_QUANTUM = "post-quantum"
SUITES = b"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256"
NO_RENEGOTIATION = 1 << 30  # ssl.h: SSL_OP_NO_RENEGOTIATION
CHUNK = 4096


class Server:
    """A server of TLS 1.2 and 1.3 with one certificate and key (PEM), and OpenSSL's own choice of groups."""

    def __init__(self, certificate: Path, key: Path) -> None:
        self._context = SSL.Context(SSL.TLS_SERVER_METHOD)
        self._context.set_min_proto_version(SSL.TLS1_2_VERSION)
        self._context.set_cipher_list(SUITES)
        self._context.set_options(SSL.OP_CIPHER_SERVER_PREFERENCE | NO_RENEGOTIATION)
        self._context.use_certificate_chain_file(str(certificate))
        self._context.use_privatekey_file(str(key))

    def converse(self, link: socket.socket, talk: Talk) -> None:
        """Shake hands, talk, say goodbye."""
        connection = SSL.Connection(self._context, link)
        connection.set_accept_state()

        def read() -> bytes:
            try:
                return connection.recv(CHUNK)
            except SSL.ZeroReturnError:
                return b""

        def write(data: bytes) -> None:
            connection.sendall(data)

        with suppress(SSL.Error):  # whatever a client does otherwise ends it
            connection.do_handshake()
            talk(read, write)
            connection.shutdown()
