"""tlslite-ng's server, sound but for the faults that are put in.

Heartbleed CVE-2014-0160; early ChangeCipherSpec CVE-2014-0224; ROBOT (Böck, Somorovsky, Young: "Return Of
Bleichenbacher's Oracle Threat", USENIX Security 2018); Ticketbleed CVE-2016-9244; and what servers from before RFC
5746 and 7507 do not do.
"""

import socket
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import tlslite.tlsconnection
import tlslite.tlsrecordlayer
from tlslite.constants import AlertDescription, CipherSuite, ContentType, ExtensionType
from tlslite.errors import TLSIllegalParameterException
from tlslite.handshakesettings import HandshakeSettings
from tlslite.keyexchange import RSAKeyExchange
from tlslite.messages import ClientHello, Heartbeat, ServerHello
from tlslite.tlsconnection import TLSConnection
from tlslite.utils.cryptomath import bytesToNumber, numberToByteArray
from tlslite.utils.keyfactory import parsePEMKey
from tlslite.x509certchain import X509CertChain

from lab.odd.applications import Talk

HEARTBLEED, EARLY_CCS, TICKETBLEED = "heartbleed", "early-ccs", "ticketbleed"
STATIC_RSA, ROBOT, WEAK_ROBOT = "static-rsa", "robot", "robot-weak"
TLS1_1, TLS1_3, NO_FALLBACK_SCSV = "tls1.1", "tls1.3", "no-fallback-scsv"
NO_RENEGOTIATION_INFO = "no-renegotiation-info"
FAULTS = frozenset(
    {
        *(HEARTBLEED, EARLY_CCS, TICKETBLEED, STATIC_RSA, ROBOT, WEAK_ROBOT),
        *(TLS1_1, TLS1_3, NO_FALLBACK_SCSV, NO_RENEGOTIATION_INFO),
    }
)
MEMORY = b"what else was in the memory of this process "
PADDING, FULL = 16, 32  # bytes: of a heartbeat, of a session id
TICKET_KEY = bytearray(range(32))  # each connection is a process, and all of them take each other's tickets


class Server:
    """A server with one certificate and key (PEM)."""

    def __init__(self, certificate: Path, key: Path, faults: Collection[str]) -> None:
        self._faults = frozenset(faults)
        self._settings = settings(self._faults)
        self._chain = X509CertChain()
        self._chain.parsePemList(certificate.read_text(encoding="ascii"))
        self._key = parsePEMKey(key.read_text(encoding="ascii"), private=True)
        if HEARTBLEED in self._faults:
            tlslite.tlsrecordlayer.Heartbeat = Bleeding
        if {ROBOT, WEAK_ROBOT} & self._faults:
            Oracle.weak = WEAK_ROBOT in self._faults
            tlslite.tlsconnection.RSAKeyExchange = Oracle

    def converse(self, link: socket.socket, talk: Talk) -> None:
        """Shake hands, talk, say goodbye; a client that does otherwise ends it."""
        connection = Connection(link)
        connection.faults, connection.closeSocket = self._faults, False
        with suppress(Exception):  # whatever tlslite makes of what a client sends
            connection.handshakeServer(certChain=self._chain, privateKey=self._key, settings=self._settings)
            talk(lambda: bytes(connection.read(max=4096)), connection.write)
            connection.close()


def settings(faults: Collection[str]) -> HandshakeSettings:
    """TLS 1.2, ephemeral keys, authenticated encryption, tickets; and what the faults need."""
    found = HandshakeSettings()
    found.minVersion = (3, 2) if TLS1_1 in faults else (3, 3)
    found.maxVersion = (3, 4) if TLS1_3 in faults else (3, 3)  # it takes offence at groups that TLS 1.3 does not have
    found.cipherNames = ["aes256gcm", "aes128gcm", "chacha20-poly1305"]
    found.keyExchangeNames = ["ecdhe_ecdsa", "ecdhe_rsa"]
    found.eccCurves = ["x25519", "secp256r1", "secp384r1"]
    found.dhGroups = []
    found.rsaSigHashes = found.ecdsaSigHashes = ["sha256", "sha384", "sha512"]
    found.ticketKeys = [TICKET_KEY]
    found.use_heartbeat_extension = HEARTBLEED in faults
    if TLS1_1 in faults:
        found.cipherNames += ["aes128"]
    if {STATIC_RSA, ROBOT, WEAK_ROBOT} & set(faults):
        found.keyExchangeNames += ["rsa"]
    return found.validate()


class Connection(TLSConnection):  # type: ignore[misc] # tlslite has no types
    """A connection to a server with faults."""

    faults: frozenset[str] = frozenset()
    _session_id = b""

    def _sendMsg(self, message: Any, *arguments: Any, **named: Any) -> Iterator[Any]:  # noqa: N802 - tlslite's name
        if isinstance(message, ServerHello):
            self._deface(message)
        yield from super()._sendMsg(message, *arguments, **named)

    def _getMsg(self, expected: Any, *arguments: Any, **named: Any) -> Iterator[Any]:  # noqa: N802 - tlslite's name
        """The client's next message; ChangeCipherSpec may come whenever it likes, though not what comes after it."""
        early = EARLY_CCS in self.faults and expected == ContentType.handshake and (3, 0) < self.version < (3, 4)
        wanted = (ContentType.handshake, ContentType.change_cipher_spec) if early else expected
        for result in super()._getMsg(wanted, *arguments, **named):
            if isinstance(result, ClientHello):
                self._remember(result)
            elif early and getattr(result, "contentType", None) == ContentType.change_cipher_spec:
                # The next record is deciphered with a key that nobody has agreed on.
                for record in self._getNextRecord():
                    if record not in (0, 1):  # which stand for waiting
                        break
                yield from self._sendError(AlertDescription.bad_record_mac)
            yield result

    def _remember(self, hello: ClientHello) -> None:
        self._session_id = bytes(hello.session_id)
        if NO_FALLBACK_SCSV in self.faults:
            hello.cipher_suites = [suite for suite in hello.cipher_suites if suite != CipherSuite.TLS_FALLBACK_SCSV]

    def _deface(self, hello: ServerHello) -> None:
        if NO_RENEGOTIATION_INFO in self.faults and hello.extensions:
            signal = ExtensionType.renegotiation_info
            hello.extensions = [each for each in hello.extensions if each.extType != signal] or None
        if TICKETBLEED in self.faults and self._session_id and hello.session_id == self._session_id:
            hello.session_id = bytearray((self._session_id + MEMORY)[:FULL])


class Bleeding(Heartbeat):  # type: ignore[misc] # tlslite has no types
    """As OpenSSL 1.0.1f: as many bytes come back as the request says that it has."""

    def parse(self, parser: Any) -> "Bleeding":
        self.message_type, claimed = parser.get(1), parser.get(2)
        has = parser.getFixBytes(parser.getRemainingLength())
        self.payload = bytearray((bytes(has) + MEMORY * (1 + claimed // len(MEMORY)))[:claimed])
        self.padding = bytearray(PADDING)
        return self


class Oracle(RSAKeyExchange):  # type: ignore[misc] # tlslite has no types
    """A strong one tells by an alert whether the padding begins 00 02, a weak one only whether all of it is right."""

    weak = False

    def processClientKeyExchange(self, clientKeyExchange: Any) -> Any:  # noqa: N802, N803 - tlslite's names
        encrypted = bytesToNumber(clientKeyExchange.encryptedPreMasterSecret)
        plain = bytes(numberToByteArray(self.privateKey._rawPrivateKeyOp(encrypted), len(self.privateKey) // 8))  # noqa: SLF001
        begins = plain[:2] == b"\0\2"
        right = begins and plain[-49:-46] == b"\0\3\3"
        if not (right if self.weak else begins):
            raise TLSIllegalParameterException("told")
        return super().processClientKeyExchange(clientKeyExchange)
