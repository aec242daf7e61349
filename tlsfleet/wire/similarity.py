"""A further server name on a place already examined: the same server behind it, or one to be examined for itself."""

from dataclasses import replace

from tlsfleet.wire import offers
from tlsfleet.wire.answer import Answer
from tlsfleet.wire.asking import Asker
from tlsfleet.wire.describing import Seen
from tlsfleet.wire.elimination import Refused, put
from tlsfleet.wire.hello import VERSIONS
from tlsfleet.wire.keys import same_keys


async def alike(asker: Asker, seen: Seen) -> bool:
    """Whether a name is answered as the one examined was: in what it is sent first, and in nothing more.

    A few hellos tell: the newest one must bring the same chain, suite and group, and so must one for each other type of
    key; one for yet another type, one with every suite that was not taken in the newest version below TLS 1.3, and one
    of the version below the lowest one spoken must be refused.
    """
    if seen.best is None:
        return False
    first = await put(asker, replace(seen.best, server_name=asker.endpoint.server_name))
    if not isinstance(first, Answer) or not any(_same(first, answer) for answer in seen.answers):
        return False
    if not await same_keys(asker, seen, first):
        return False
    classic = seen.highest_classic
    if classic is None:
        return await _refused(asker, "TLSv1.2")
    others = tuple(number for number in offers.suites(classic.version) if number not in classic.suites.picks)
    lowest = min((each.version for each in seen.of(*offers.OLDER)), key=VERSIONS.__getitem__)
    below = offers.OLDER[: offers.OLDER.index(lowest)]
    return await _refused(asker, classic.version, others) and (not below or await _refused(asker, below[-1]))


def _same(one: Answer, other: Answer) -> bool:
    seen = (one.certificates, one.suite, one.group) == (other.certificates, other.suite, other.group)
    return seen and bool(one.certificates)


async def _refused(asker: Asker, version: str, suites: tuple[int, ...] | None = None) -> bool:
    return isinstance(await put(asker, offers.hello(asker.endpoint, version, suites)), Refused)
