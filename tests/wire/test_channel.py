"""Channels end: by an answer or by a fault, whatever the server does."""

import asyncio
import socket

import pytest

from tests.wire.scripted import (
    HOST,
    Step,
    dripping,
    endless,
    hasty,
    hears,
    leaving,
    mirror,
    pause,
    reset,
    run,
    scripted,
    silence,
)
from tlsfleet.endpoints import Endpoint
from tlsfleet.wire.channel import Channel, opened, prefaced
from tlsfleet.wire.faults import Fault, FaultKind

FAULTS: dict[str, tuple[tuple[Step, ...], FaultKind]] = {
    "silent": ((silence,), FaultKind.TIMEOUT),
    "closing": ((leaving,), FaultKind.CLOSED),
    "resetting": ((hears(b"."), reset), FaultKind.RESET),
    "endless": ((endless(b"x"),), FaultKind.GARBAGE),
    "slow": ((dripping(b"x" * 100, 0.05),), FaultKind.TIMEOUT),
}


@pytest.mark.parametrize(("steps", "kind"), FAULTS.values(), ids=FAULTS)
def test_reading_ends_in_a_fault(steps: tuple[Step, ...], kind: FaultKind) -> None:
    async def test() -> None:
        async with scripted(*steps) as served, opened(served.endpoint(), hasty()) as channel:
            await channel.send(b"hello")
            with pytest.raises(Fault) as caught:
                await _drain(channel)
            assert caught.value.kind is kind

    run(test())


async def _drain(channel: Channel) -> None:
    while True:
        assert 0 < len(await channel.receive()) <= 16384


GREETING: dict[str, tuple[tuple[Step, ...], set[FaultKind]]] = {
    "silent": ((silence,), {FaultKind.TIMEOUT}),
    "slow": ((dripping(b"2" * 100, 0.05),), {FaultKind.TIMEOUT, FaultKind.DIALOGUE}),
    "half-open": ((leaving,), {FaultKind.CLOSED}),
    "endless": ((endless(b"220-x\r\n"),), {FaultKind.DIALOGUE}),
    "endless-line": ((endless(b"x"),), {FaultKind.DIALOGUE}),
    "mirror": ((mirror,), {FaultKind.DIALOGUE}),
}


@pytest.mark.parametrize(("steps", "kinds"), GREETING.values(), ids=GREETING)
@pytest.mark.parametrize("protocol", ["smtp", "imap", "xmpp-client", "ldap", "sieve"])
def test_a_dialogue_ends_in_a_fault(protocol: str, steps: tuple[Step, ...], kinds: set[FaultKind]) -> None:
    async def test() -> None:
        async with scripted(*steps) as served:
            with pytest.raises(Fault) as caught:
                await prefaced(served.endpoint(protocol), hasty())
            assert caught.value.kind in kinds

    run(test())


def test_a_greeting_may_take_longer_than_other_answers() -> None:
    async def test() -> None:
        greeting = (b"220-x\r\n", pause(0.3), b"220 x\r\n", hears(rb"EHLO"), b"250-x\r\n250 STARTTLS\r\n")
        async with scripted(*greeting) as served:
            assert (await prefaced(served.endpoint("smtp"), hasty())).offered is True

    run(test())


def test_a_port_where_nobody_listens_refuses() -> None:
    with socket.create_server((HOST, 0)) as listener:
        port = listener.getsockname()[1]
    assert _failing(Endpoint(HOST, port)).kind is FaultKind.REFUSED


def test_a_full_backlog_is_a_timeout() -> None:
    async def test() -> None:
        with socket.socket() as listener:
            listener.bind((HOST, 0))
            listener.listen(0)
            place = listener.getsockname()
            links = [socket.socket() for _ in range(4)]
            for link in links:
                link.setblocking(False)  # noqa: FBT003 - as socket has it
                link.connect_ex(place)
            with pytest.raises(Fault) as caught:
                async with opened(Endpoint(*place), hasty()):
                    pass
            for link in links:
                link.close()
        assert caught.value.kind is FaultKind.TIMEOUT

    run(test())


@pytest.mark.parametrize("address", ["example.org", "", "localhost", "127.0.0.1.5"])
def test_names_are_not_resolved_here(address: str) -> None:
    assert _failing(Endpoint(address, 443)).kind is FaultKind.UNREACHABLE


def test_no_route_is_no_traceback() -> None:
    assert _failing(Endpoint("fe80::1", 443)).kind in {FaultKind.UNREACHABLE, FaultKind.TIMEOUT}


def test_ipv6() -> None:
    async def test() -> None:
        async with scripted(b"hi", host="::1") as served, opened(Endpoint("::1", served.port), hasty()) as channel:
            assert await channel.receive() == b"hi"

    run(test())


def test_what_was_sent_arrives_and_nothing_else_is_sent() -> None:
    async def test() -> None:
        async with scripted() as served:
            async with opened(served.endpoint(), hasty()) as channel:
                assert channel.preface is None
                await channel.send(b"\x16\x03\x01" + bytes(100_000))
            await asyncio.sleep(0.05)
            assert served.talks[0].heard == b"\x16\x03\x01" + bytes(100_000)

    run(test())


def test_a_channel_is_closed_when_its_user_fails() -> None:
    async def test() -> None:
        async with scripted() as served:
            with pytest.raises(ZeroDivisionError):
                async with opened(served.endpoint(), hasty()) as channel:
                    raise ZeroDivisionError
            with pytest.raises(Fault):
                await channel.receive()

    run(test())


def _failing(endpoint: Endpoint) -> Fault:
    async def test() -> Fault:
        with pytest.raises(Fault) as caught:
            async with opened(endpoint, hasty()):
                pass
        return caught.value

    return run(test())
