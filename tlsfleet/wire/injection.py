"""Whether plaintext sent behind STARTTLS survives into TLS (CVE-2011-0411; NO STARTTLS, USENIX Security 2021)."""

from tlsfleet.endpoints import Answered, Endpoint
from tlsfleet.missing import Unknown
from tlsfleet.wire.channel import smuggling
from tlsfleet.wire.faults import Fault, FaultKind
from tlsfleet.wire.gate import Gate
from tlsfleet.wire.session import handshake
from tlsfleet.wire.starttls import PROTOCOLS
from tlsfleet.wire.starttls.dialogue import Declined

ENDED = frozenset({FaultKind.CLOSED, FaultKind.RESET, FaultKind.GARBAGE})
SENT_AWAY = "plaintext behind STARTTLS ended the connection, and no other came to TLS afterwards"


async def injected(endpoint: Endpoint, gate: Gate) -> Answered:
    """True where a command that was sent before TLS is answered in it.

    A server may also refuse TLS, or end the connection, when it meets with such a command: that is Unknown for the
    reason SENT_AWAY, until it comes to TLS without one. Raises Fault where it cannot be asked.
    """
    protocol = PROTOCOLS[endpoint.starttls or ""]
    try:
        async with smuggling(endpoint, gate) as channel:
            session = await handshake(channel, endpoint.server_name)
            return await protocol(session, endpoint.server_name).survived()
    except Declined:
        pass
    except Fault as fault:
        if fault.kind not in ENDED:
            raise
    return Unknown(endpoint.subject, SENT_AWAY)
