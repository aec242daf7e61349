"""Elimination against servers of any taste: what they have is found, in their order, and nothing else."""

import asyncio
from dataclasses import dataclass, field, replace

from hypothesis import given
from hypothesis import strategies as st

from tlsfleet.endpoints import Endpoint
from tlsfleet.missing import Unknown
from tlsfleet.wire import offers
from tlsfleet.wire.answer import Alert, Answer
from tlsfleet.wire.asking import Manner
from tlsfleet.wire.behaviour import own_order
from tlsfleet.wire.faults import Fault, FaultKind
from tlsfleet.wire.hello import Hello
from tlsfleet.wire.versions import older

HANDSHAKE_FAILURE = 40
EVERY = offers.suites("TLSv1.2")


@dataclass
class Server:
    """A server of TLS 1.2 by its taste; as an asker it answers without a network."""

    has: tuple[int, ...]
    own_order: bool = True
    closes: bool = False  # where others send an alert
    longest: int = 10_000  # suites of a hello that it bears; it closes the connection upon longer ones
    endpoint: Endpoint = field(default_factory=lambda: Endpoint("192.0.2.1", 443))
    manner: Manner = field(default_factory=Manner)
    wavered: bool = False
    nobody: bool | None = None
    asked: list[Hello] = field(default_factory=list)

    async def ask(self, hello: Hello) -> Answer:
        self.asked.append(hello)
        offered = [suite for suite in hello.suites if suite in self.has]
        if len(hello.suites) > self.longest or (self.closes and not offered):
            raise Fault(FaultKind.CLOSED, "it closed the connection")
        if not offered:
            return Answer(alert=Alert(2, HANDSHAKE_FAILURE))
        picked = min(offered, key=self.has.index) if self.own_order else offered[0]
        return Answer(version=hello.version, suite=picked, complete=True)


some = st.lists(st.sampled_from(EVERY), min_size=1, max_size=30, unique=True).map(tuple)


@given(some, st.booleans(), st.booleans())
def test_all_that_a_server_has_is_found(has: tuple[int, ...], own_order: bool, closes: bool) -> None:
    server = Server(has, own_order, closes)
    found = asyncio.run(older(server, "TLSv1.2")).suites
    assert set(found.picks) == set(has)
    assert found.incomplete is None
    assert not own_order or found.picks == has


@given(some, st.integers(40, 200))
def test_a_server_that_bears_no_long_hello_is_asked_in_short_ones(has: tuple[int, ...], longest: int) -> None:
    common = offers.common_suites("TLSv1.2")
    has = (common[0], *(suite for suite in has if suite != common[0]))
    found = asyncio.run(older(Server(has, longest=longest), "TLSv1.2")).suites
    assert found.picks == has
    assert found.narrow


@given(some.filter(lambda has: len(has) > 1), st.booleans())
def test_whose_order_it_is(has: tuple[int, ...], own: bool) -> None:
    server = Server(has, own)

    async def both() -> object:
        return await own_order(server, await older(server, "TLSv1.2"))

    assert asyncio.run(both()) is own


def test_nothing_is_found_of_a_server_that_only_closes() -> None:
    found = asyncio.run(older(Server((), closes=True), "TLSv1.2")).suites
    assert found.picks == ()
    assert found.doubt


def test_a_pick_that_was_not_on_offer_makes_the_rest_unknown() -> None:
    class Stubborn(Server):
        async def ask(self, hello: Hello) -> Answer:
            return Answer(version=hello.version, suite=0x0005, complete=True)

    found = asyncio.run(older(Stubborn(()), "TLSv1.2")).suites
    assert found.picks == (0x0005,)
    assert isinstance(found.incomplete, Unknown)


def test_silence_is_unknown() -> None:
    class Silent(Server):
        async def ask(self, hello: Hello) -> Answer:
            raise Fault(FaultKind.TIMEOUT, "it said nothing")

    found = asyncio.run(older(Silent(()), "TLSv1.2")).suites
    assert found.incomplete == Unknown(Silent(()).endpoint.subject, "it said nothing")


def test_an_end_that_comes_once_is_no_answer() -> None:
    class Moody(Server):
        async def ask(self, hello: Hello) -> Answer:
            if len(self.asked) % 2 == 0:
                self.asked.append(hello)
                raise Fault(FaultKind.RESET, "it reset the connection")
            return await super().ask(hello)

    server = Moody(EVERY[:3])
    assert set(asyncio.run(older(server, "TLSv1.2")).suites.picks) == set(EVERY[:3])
    assert server.wavered


def test_a_flight_that_an_alert_breaks_off_is_no_pick() -> None:
    class Stumbling(Server):
        async def ask(self, hello: Hello) -> Answer:
            answer = await super().ask(hello)
            return replace(answer, alert=Alert(2, 80), complete=False) if answer.suite == self.has[0] else answer

    found = asyncio.run(older(Stumbling(EVERY[:3]), "TLSv1.2")).suites
    assert found.picks == EVERY[1:3]
