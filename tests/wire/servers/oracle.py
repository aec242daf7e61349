"""A server of static RSA that tells by its alerts what it found in a ClientKeyExchange, or does not: ROBOT.

Böck, Somorovsky, Young: "Return Of Bleichenbacher's Oracle Threat", USENIX Security 2018. tlslite-ng's server, which
does as RFC 5246 7.4.7.1 says, with a fault put in: `python -m tests.wire.servers.oracle KIND CERTIFICATE KEY`,
which vulnerable.oracle runs.
"""

import socket
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import tlslite.tlsconnection
from tlslite.errors import TLSIllegalParameterException
from tlslite.handshakesettings import HandshakeSettings
from tlslite.keyexchange import RSAKeyExchange
from tlslite.tlsconnection import TLSConnection
from tlslite.utils.cryptomath import bytesToNumber, numberToByteArray
from tlslite.utils.keyfactory import parsePEMKey
from tlslite.x509certchain import X509CertChain

from tests.wire.servers.scripted import drain
from tests.wire.servers.truth import HOST
from tests.wire.servers.vulnerable import SOUND, STRONG, WEAK

SECONDS = 20


class Oracle(RSAKeyExchange):  # type: ignore[misc] # tlslite has no types
    """A strong one tells whether the padding begins 00 02, a weak one only whether all of it is right."""

    kind = SOUND

    def processClientKeyExchange(self, clientKeyExchange: Any) -> Any:  # noqa: N802, N803 - tlslite's names
        encrypted = bytesToNumber(clientKeyExchange.encryptedPreMasterSecret)
        plain = bytes(numberToByteArray(self.privateKey._rawPrivateKeyOp(encrypted), len(self.privateKey) // 8))
        begins = plain[:2] == b"\0\2"
        right = begins and plain[-49:-46] == b"\0\3\3"
        if (self.kind == STRONG and not begins) or (self.kind == WEAK and not right):
            raise TLSIllegalParameterException("told")
        return super().processClientKeyExchange(clientKeyExchange)


def _converse(link: socket.socket, chain: X509CertChain, key: Any) -> None:
    settings = HandshakeSettings()
    settings.minVersion = settings.maxVersion = (3, 3)
    settings.keyExchangeNames = ["rsa"]
    settings.cipherNames = ["aes128gcm", "aes128"]
    link.settimeout(SECONDS)
    with link:
        with suppress(Exception):
            connection = TLSConnection(link)
            connection.closeSocket = False
            connection.handshakeServer(certChain=chain, privateKey=key, settings=settings)
            while connection.read(max=1024):
                pass
        # To close with something unread would be a reset, which may overtake the alert.
        with suppress(OSError):
            link.shutdown(socket.SHUT_WR)
            drain(link)


def _main(kind: str, certificate: str, key_file: str) -> None:
    Oracle.kind = kind
    tlslite.tlsconnection.RSAKeyExchange = Oracle
    chain = X509CertChain()
    chain.parsePemList(Path(certificate).read_text(encoding="ascii"))
    key = parsePEMKey(Path(key_file).read_text(encoding="ascii"), private=True)
    with socket.create_server((HOST, 0), backlog=100) as listener:
        print("listening on", listener.getsockname()[1], flush=True)
        while True:
            link, _ = listener.accept()
            threading.Thread(target=_converse, args=(link, chain, key), daemon=True).start()


if __name__ == "__main__":
    _main(*sys.argv[1:])
