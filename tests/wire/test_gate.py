"""The gate: few connections at a time, fewer where it is too much, and an end to patience."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest

from tests.wire.scripted import HOST, Step, Talk, hasty, leaving, reset, run, scripted
from tlsfleet.endpoints import Endpoint
from tlsfleet.wire.channel import opened
from tlsfleet.wire.faults import Fault, FaultKind
from tlsfleet.wire.gate import Gate


def in_turn(*turns: tuple[Step, ...]) -> Step:
    """Go by the steps of the first turn in the first conversation, and so on; the last turn lasts."""
    left = list(turns)

    async def step(talk: Talk) -> None:
        for part in left.pop(0) if len(left) > 1 else left[0]:
            await (part(talk) if not isinstance(part, bytes) else _say(talk, part))

    return step


async def _say(talk: Talk, data: bytes) -> None:
    talk.writer.write(data)
    await talk.writer.drain()


@pytest.mark.parametrize(
    ("endpoints", "at_once"),
    [
        ([Endpoint(HOST, 443)], 5),
        ([Endpoint(HOST, 443), Endpoint(HOST, 8443), Endpoint(HOST, 21, "ftp")], 5),
        ([Endpoint(HOST, 465)], 2),
        ([Endpoint(HOST, 25, "smtp"), Endpoint(HOST, 465), Endpoint(HOST, 2525, "lmtp")], 2),
        ([Endpoint(HOST, 143, "imap"), Endpoint(HOST, 995), Endpoint(HOST, 2000, "sieve")], 2),
        ([Endpoint(HOST, 5222, "xmpp-client"), Endpoint(HOST, 5269, "xmpp-server"), Endpoint(HOST, 5223)], 2),
        ([Endpoint(HOST, 25, "smtp"), Endpoint(HOST, 993), Endpoint(HOST, 5222, "xmpp-client")], 6),
        ([Endpoint(HOST, 443), Endpoint(HOST, 465)], 7),
        ([Endpoint(HOST, 465), Endpoint("::1", 465)], 4),
    ],
)
def test_so_many_visits_at_once(endpoints: list[Endpoint], at_once: int) -> None:
    async def test() -> None:
        gate, now, most = Gate(), 0, 0

        async def one(endpoint: Endpoint) -> None:
            nonlocal now, most
            async with gate.visit(endpoint):
                now += 1
                most = max(most, now)
                await asyncio.sleep(0)
                now -= 1

        await asyncio.gather(*(one(endpoint) for endpoint in endpoints * 20))
        assert most == at_once

    run(test())


def test_connections_are_counted_by_endpoint() -> None:
    async def test() -> None:
        gate = hasty()
        async with scripted() as served:
            for _ in range(3):
                async with opened(served.endpoint(), gate):
                    pass
            assert gate.count(served.endpoint()) == 3
            assert gate.count(served.endpoint(name=None)) == 0

    run(test())


async def _heard(talk: Talk) -> None:
    await talk.reader.readline()


BUSY: dict[str, tuple[Step, ...]] = {"421": (b"421 later\r\n", leaving), "reset": (reset,), "closed": (leaving,)}
SOUND: tuple[Step, ...] = (b"220 x\r\n", _heard, b"250-x\r\n250 STARTTLS\r\n", _heard, b"220 go\r\n")


@pytest.mark.parametrize("busy", BUSY.values(), ids=BUSY)
def test_a_server_that_is_busy_for_a_while_is_asked_again(busy: tuple[Step, ...]) -> None:
    async def test() -> None:
        gate = hasty()
        async with scripted(in_turn(SOUND, busy, busy, SOUND)) as served:
            for _ in range(2):
                async with opened(served.endpoint("smtp"), gate) as channel:
                    assert channel.preface
                    assert channel.preface.offered
            assert gate.count(served.endpoint("smtp")) == 4

    run(test())


@pytest.mark.parametrize("busy", BUSY.values(), ids=BUSY)
def test_patience_ends_and_then_nothing_more_is_tried(busy: tuple[Step, ...]) -> None:
    async def test() -> None:
        gate = hasty()
        async with scripted(in_turn(SOUND, busy)) as served:
            endpoint = served.endpoint("smtp")
            async with opened(endpoint, gate):
                pass
            for tried in (4, 4):
                assert (await _fault(endpoint, gate)).kind is FaultKind.THROTTLED
                assert gate.count(endpoint) == tried

    run(test())


def test_a_server_that_never_answered_is_not_asked_again() -> None:
    async def test() -> None:
        gate = hasty()
        async with scripted(reset) as served:
            assert (await _fault(served.endpoint("smtp"), gate)).kind is FaultKind.RESET
            assert gate.count(served.endpoint("smtp")) == 1

    run(test())


def test_a_server_that_throttles_gets_one_connection_at_a_time() -> None:
    async def test() -> None:
        gate, now, most = hasty(), 0, 0

        async def one(endpoint: Endpoint, work: Callable[[], Awaitable[None]]) -> None:
            nonlocal now, most
            with suppress(Fault):
                async with opened(endpoint, gate):
                    now += 1
                    most = max(most, now)
                    await work()
                    now -= 1

        async with scripted(in_turn((b"421 later\r\n", leaving), SOUND)) as served:
            endpoint = served.endpoint("smtp")
            await one(endpoint, lambda: asyncio.sleep(0))
            await asyncio.gather(*(one(endpoint, lambda: asyncio.sleep(0.01)) for _ in range(5)))
        assert most == 1

    run(test())


def test_an_endpoint_has_an_end() -> None:
    async def test() -> None:
        gate = Gate(read_seconds=10, endpoint_seconds=0.3)
        async with scripted() as served:
            kinds = []
            for _ in range(5):
                with pytest.raises(Fault) as caught:
                    async with opened(served.endpoint(), gate) as channel:
                        await channel.receive()
                kinds.append(caught.value.kind)
            assert kinds == [FaultKind.TIMEOUT] * 5
            assert gate.count(served.endpoint()) <= 4
            other = Gate(read_seconds=10, endpoint_seconds=0.3)
            async with opened(served.endpoint(), other) as channel:
                await channel.send(b"an endpoint's end is no other's")

    run(test())


def test_the_names_of_a_place_have_an_end_together() -> None:
    async def test() -> None:
        gate = Gate(read_seconds=10, endpoint_seconds=0.3)
        async with scripted() as served:
            names = [f"www{number}.example.org" for number in range(20)]
            faults = [await _silent(served.endpoint(name=name), gate) for name in names for _ in range(5)]
            assert {fault.kind for fault in faults} == {FaultKind.TIMEOUT}
            assert "its names have taken" in faults[-1].text
            assert gate.count(served.endpoint(name=names[0])) > 0
            assert gate.count(served.endpoint(name=names[-1])) == 0

    run(test())


async def _silent(endpoint: Endpoint, gate: Gate) -> Fault:
    with pytest.raises(Fault) as caught:
        async with opened(endpoint, gate) as channel:
            await channel.receive()
    return caught.value


def test_a_place_is_given_back_when_a_visit_is_cancelled() -> None:
    async def test() -> None:
        gate = hasty()
        async with scripted() as served:
            endpoint = Endpoint(HOST, served.port, "smtp")
            for _ in range(4):
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(0.02), opened(endpoint, gate):
                        pass
            async with gate.visit(endpoint), gate.visit(endpoint):
                pass

    run(test())


async def _fault(endpoint: Endpoint, gate: Gate) -> Fault:
    with pytest.raises(Fault) as caught:
        async with opened(endpoint, gate):
            pass
    return caught.value


def test_who_let_one_connection_pass_is_not_waited_for_again_and_its_address_less() -> None:
    gate = Gate(connect_seconds=4)
    web, mail = Endpoint(HOST, 443), Endpoint(HOST, 25, "smtp")
    assert gate.patience(web) == 4
    gate.silent(web)
    with pytest.raises(Fault, match="came about before"):
        gate.patience(web)
    assert gate.patience(mail) == 1
    gate.reached(mail)
    assert gate.patience(mail) == 4


def test_a_server_that_answered_once_may_be_slow_later() -> None:
    async def test() -> None:
        gate = Gate(connect_seconds=4)
        endpoint = Endpoint(HOST, 443)
        async with gate.visit(endpoint) as visit:
            visit.welcome()
            gate.silent(endpoint)
        assert gate.patience(endpoint) > 0

    asyncio.run(test())
