"""SSL 2: one hello in its own form, and the suites that the answer lists (the SSL 2.0 specification; DROWN)."""

from tlsfleet.endpoints import Endpoint
from tlsfleet.missing import Unknown
from tlsfleet.wire.answer import Reader
from tlsfleet.wire.asking import Asker, Json
from tlsfleet.wire.channel import opened
from tlsfleet.wire.faults import Fault, FaultKind
from tlsfleet.wire.gate import Gate
from tlsfleet.wire.hello import ssl2

SUITES = {
    0x000000: "SSL_CK_NULL_WITH_MD5",
    0x010080: "SSL_CK_RC4_128_WITH_MD5",
    0x020080: "SSL_CK_RC4_128_EXPORT40_WITH_MD5",
    0x030080: "SSL_CK_RC2_128_CBC_WITH_MD5",
    0x040080: "SSL_CK_RC2_128_CBC_EXPORT40_WITH_MD5",
    0x050080: "SSL_CK_IDEA_128_CBC_WITH_MD5",
    0x060040: "SSL_CK_DES_64_CBC_WITH_MD5",
    0x060140: "SSL_CK_DES_64_CBC_WITH_SHA",
    0x0700C0: "SSL_CK_DES_192_EDE3_CBC_WITH_MD5",
    0x0701C0: "SSL_CK_DES_192_EDE3_CBC_WITH_SHA",
    0x080080: "SSL_CK_RC4_64_WITH_MD5",
    0xFF0800: "SSL_CK_DES_64_CFB64_WITH_MD5_1",
    0xFF0810: "SSL_CK_NULL",
}
SERVER_HELLO, VERSION = 4, 2
MAX_ANSWER = 32767
LEAST = 3  # bytes that tell whether an answer is one of SSL 2


async def suites(asker: Asker) -> tuple[str, ...] | Unknown:
    """The suites of SSL 2 that a server has; none where it ends the connection or answers in TLS.

    A server that has no SSL 2 cannot say so in SSL 2: an alert, the end of the connection, or an answer that is no
    SSL 2 is its no. Silence is none.
    """
    try:
        found = await asker.look("SSLv2", _look)
    except Fault as fault:
        if fault.kind in {FaultKind.CLOSED, FaultKind.RESET, FaultKind.GARBAGE}:
            return ()
        return Unknown(asker.endpoint.subject, f"to a hello of SSL 2: {fault.text}")
    return tuple(found)


async def _look(endpoint: Endpoint, gate: Gate) -> Json:
    async with opened(endpoint, gate) as channel:
        await channel.send(ssl2(SUITES))
        data = await channel.receive()
        while len(data) < LEAST or (data[0] & 0x80 and len(data) < _length(data)):
            data += await channel.receive()
    return _listed(data)


def _length(data: bytes) -> int:
    return 2 + (int.from_bytes(data[:2], "big") & MAX_ANSWER)


def _listed(data: bytes) -> list[str]:
    """The suites of a ServerHello; none if the answer is no such thing."""
    if not data[0] & 0x80 or data[2] != SERVER_HELLO:
        return []
    reader = Reader(data[3 : _length(data)])
    reader.take(2)
    version, certificate, specs = reader.number(2), reader.number(2), reader.number(2)
    if version != VERSION:
        return []
    reader.take(2 + certificate)
    kinds = reader.take(specs - specs % 3)
    numbers = [int.from_bytes(kinds[at : at + 3], "big") for at in range(0, len(kinds), 3)]
    return [SUITES.get(number, f"SSL_CK_{number:06X}") for number in numbers]
