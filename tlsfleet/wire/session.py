"""A whole TLS session over a channel, by OpenSSL: to speak an application's protocol, or to renegotiate."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TypeVar

from OpenSSL import SSL

from tlsfleet.wire.channel import CHUNK, Channel
from tlsfleet.wire.faults import Fault, FaultKind

NUMBERS = {"TLSv1.0": 0x0301, "TLSv1.1": 0x0302, "TLSv1.2": 0x0303, "TLSv1.3": 0x0304}
LEGACY_SERVER_CONNECT = 0x4  # SSL_OP_LEGACY_SERVER_CONNECT: also where RFC 5746 is unknown
LEGACY_RENEGOTIATION = 0x40000  # SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION
NO_MORE = frozenset({FaultKind.CLOSED, FaultKind.RESET})

T = TypeVar("T")


class TlsSession:
    """Application data to and from a server. ``sent`` and ``received`` are TLS's own bytes, from the ClientHello on."""

    def __init__(self, channel: Channel, connection: SSL.Connection) -> None:
        self._channel, self._connection = channel, connection
        self.sent = bytearray()
        self.received = bytearray()

    @property
    def version(self) -> str:
        """The protocol version (TLSv1.2 ...), named as tlsfleet.iana does."""
        return next(name for name, number in NUMBERS.items() if number == self._connection.get_protocol_version())

    @property
    def alpn(self) -> bytes:
        """The protocol that was agreed on, b"" for none."""
        return self._connection.get_alpn_proto_negotiated()

    async def send(self, data: bytes) -> None:
        """Send all of it. Raises Fault."""
        await self._done(lambda: self._connection.sendall(data))

    async def receive(self) -> bytes:
        """What comes next, at most 16 KiB. Raises Fault: CLOSED where the server ends the session, and as a channel."""
        return await self._done(lambda: self._connection.recv(CHUNK))

    async def renegotiate(self) -> bool:
        """Whether the server takes part in a second handshake that we begin (TLS 1.2 and below). Raises Fault: TIMEOUT.

        To refuse it a server sends an alert or closes the connection; one that is silent has not answered. The session
        is of no more use where it is refused.
        """
        self._connection.renegotiate()
        try:
            await self._done(self._read_on)
        except Fault as fault:
            if fault.kind not in NO_MORE:
                raise
            return False
        return True

    async def close(self) -> None:
        """Send close_notify; raises nothing."""
        with suppress(SSL.Error, Fault):
            self._connection.shutdown()
            await self._flush()

    async def handshake(self) -> None:
        """Raises Fault: CLOSED where the server refuses it by an alert, GARBAGE where it speaks no TLS."""
        await self._done(self._connection.do_handshake)

    def _read_on(self) -> None:
        """To read carries a handshake on, and takes what the server was about to say; a handshake alone does not."""
        try:
            while self._connection.renegotiate_pending():
                self._connection.recv(CHUNK)
        except SSL.WantReadError:
            if self._connection.renegotiate_pending():
                raise

    async def _done(self, step: Callable[[], T]) -> T:
        """A step of OpenSSL's, done as soon as enough has come for it."""
        while True:
            try:
                result = step()
            except SSL.WantReadError:
                await self._flush()
                await self._feed()
            except SSL.Error as error:  # an alert of ours stays unsent: to close is quieter in the server's log
                raise _fault(error) from None
            else:
                await self._flush()
                return result

    async def _feed(self) -> None:
        data = await self._channel.receive()
        self.received += data
        self._connection.bio_write(data)

    async def _flush(self) -> None:
        with suppress(SSL.WantReadError):
            while data := self._connection.bio_read(CHUNK):
                self.sent += data
                await self._channel.send(data)


async def handshake(
    channel: Channel,
    server_name: str | None,
    *,
    versions: tuple[str, str] = ("TLSv1.0", "TLSv1.3"),
    alpn: Sequence[bytes] = (),
) -> TlsSession:
    """A session of a version from the first to the second, whatever certificate it is with. Raises Fault."""
    context = SSL.Context(SSL.TLS_METHOD)
    context.set_min_proto_version(NUMBERS[versions[0]])
    context.set_max_proto_version(NUMBERS[versions[1]])
    context.set_cipher_list(b"ALL:@SECLEVEL=0")
    context.set_options(LEGACY_SERVER_CONNECT | LEGACY_RENEGOTIATION)
    context.set_verify(SSL.VERIFY_NONE)
    if alpn:
        context.set_alpn_protos(list(alpn))
    connection = SSL.Connection(context)
    connection.set_connect_state()
    if server_name:
        connection.set_tlsext_host_name(server_name.encode("ascii"))
    session = TlsSession(channel, connection)
    await session.handshake()
    return session


def _fault(error: SSL.Error) -> Fault:
    if isinstance(error, SSL.ZeroReturnError):
        return Fault(FaultKind.CLOSED, "it ended the TLS session")
    reasons = [str(entry[-1]) for entry in error.args[0]] if error.args and isinstance(error.args[0], list) else []
    said = "; ".join(reasons) or "nothing that OpenSSL tells"
    if any("alert" in reason or "no renegotiation" in reason for reason in reasons):
        return Fault(FaultKind.CLOSED, f"it refused by an alert: {said}")
    return Fault(FaultKind.GARBAGE, f"TLS came to no end with it: {said}")
