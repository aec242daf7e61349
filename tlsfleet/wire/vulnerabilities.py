"""Which exploit probes concern an endpoint, by what it was seen to speak, and what they found."""

from asyncio import gather
from collections.abc import Awaitable, Callable

from tlsfleet.endpoints import Answered, Endpoint, Inapplicable
from tlsfleet.wire import describing, exploits, offers
from tlsfleet.wire.asking import Asker
from tlsfleet.wire.channel import opened
from tlsfleet.wire.describing import NOT_BELOW_13, Seen
from tlsfleet.wire.flight import Stream
from tlsfleet.wire.gate import Gate
from tlsfleet.wire.hello import Hello

NO_HEARTBEAT = Inapplicable("it does not have the heartbeat extension")
NO_STATIC_RSA = Inapplicable("it offers no static RSA")

Probe = Callable[[Stream, Hello, str], Awaitable[Answered]]


async def vulnerabilities(asker: Asker, seen: Seen) -> dict[str, Answered]:
    """By the id that the check has: heartbleed, ccs-injection, robot; each on the newest version below TLS 1.3."""
    classic = seen.highest_classic
    if classic is None or classic.hello is None:
        return dict.fromkeys(("heartbleed", "ccs-injection", "robot"), NOT_BELOW_13)
    hello = offers.hello(asker.endpoint, classic.version, classic.suites.picks)
    bleeding = asker.answered("heartbleed", _on(exploits.heartbleed, hello)) if describing.heartbeat(seen) else None
    ccs, heartbleed = await gather(
        asker.answered("ccs-injection", _on(exploits.ccs_injection, hello)), bleeding or _none()
    )
    return {"ccs-injection": ccs, "heartbleed": heartbleed}


def _on(probe: Probe, hello: Hello) -> Callable[[Endpoint, Gate], Awaitable[Answered]]:
    async def probed(endpoint: Endpoint, gate: Gate) -> Answered:
        async with opened(endpoint, gate) as channel:
            return await probe(channel, hello, endpoint.subject)

    return probed


async def _none() -> Answered:
    return NO_HEARTBEAT
