"""Which exploit probes concern an endpoint, by what it was seen to speak, and what they found."""

from asyncio import gather
from collections.abc import Awaitable, Callable

from tlsfleet.endpoints import Answered, Endpoint, Inapplicable
from tlsfleet.wire import describing, exploits, offers, second_opinion
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
    ccs, heartbleed, robot = await gather(
        asker.answered("ccs-injection", _on(exploits.ccs_injection, hello)),
        bleeding or _none(NO_HEARTBEAT),
        _robot(asker, seen),
    )
    return {"ccs-injection": ccs, "heartbleed": heartbleed, "robot": robot}


async def _robot(asker: Asker, seen: Seen) -> Answered:
    """By sslyze, in the newest version with suites of static RSA, where there is one."""
    able = [
        each.version for each in seen.of(*offers.OLDER) if set(each.suites.picks) & set(offers.static_rsa(each.version))
    ]
    if not able:
        return NO_STATIC_RSA

    async def probed(endpoint: Endpoint, _gate: Gate) -> Answered:
        return await second_opinion.robot(endpoint, able[-1])

    return await asker.answered("robot", probed)


def _on(probe: Probe, hello: Hello) -> Callable[[Endpoint, Gate], Awaitable[Answered]]:
    async def probed(endpoint: Endpoint, gate: Gate) -> Answered:
        async with opened(endpoint, gate) as channel:
            return await probe(channel, hello, endpoint.subject)

    return probed


async def _none(why: Inapplicable) -> Answered:
    return why
