"""Which protocol versions a server speaks, with which suites and groups, each found by elimination."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tlsfleet.missing import Unknown
from tlsfleet.wire import offers
from tlsfleet.wire.answer import Answer
from tlsfleet.wire.asking import Answering, Asker
from tlsfleet.wire.elimination import Found, Question, Refused, eliminate, put
from tlsfleet.wire.faults import Fault, FaultKind
from tlsfleet.wire.hello import Hello
from tlsfleet.wire.tls13 import Shares

PROTOCOL_VERSION = 70  # the alert
NOTHING = Found()


@dataclass(frozen=True, slots=True)
class Spoken:
    """One version: its suites, and in TLS 1.3 its groups; ``hello`` is one that the server answered."""

    version: str
    suites: Found
    groups: Found = NOTHING
    hello: Hello | None = None

    @property
    def answers(self) -> tuple[Answer, ...]:
        return self.suites.answers + self.groups.answers


@dataclass(frozen=True, slots=True)
class Whole:
    """A handshake of TLS 1.3 that came to its end, its hello, and how much early data each of its tickets allows."""

    hello: Hello
    answer: Answer
    early_data: tuple[int, ...]


async def older(asker: Answering, version: str) -> Spoken:
    """A version up to TLS 1.2."""

    def hello(left: tuple[int, ...]) -> Hello:
        return offers.hello(asker.endpoint, version, left)

    question = Question(hello, lambda answer: answer.suite, offers.common_suites(version), offers.families(version))
    found = await eliminate(asker, question, offers.suites(version))
    return Spoken(version, found, hello=hello(found.picks) if found.picks else None)


async def newest(asker: Asker, shares: Shares) -> tuple[Spoken, Whole | None]:
    """TLS 1.3, and one handshake of it that came whole."""
    hello = replace(offers.hello(asker.endpoint, "TLSv1.3"), shares=shares.public)
    try:
        whole = await _whole(asker, hello, shares)
    except Fault as fault:
        silent = Found(incomplete=Unknown(asker.endpoint.subject, fault.text))
        return Spoken("TLSv1.3", silent, silent), None
    suites, groups = await _pairs(asker, replace(hello, shares=()), whole)
    if whole is not None and len(suites.picks) == 1 and suites.doubt:
        suites, groups = await _by_shares(asker, whole.hello)
    return Spoken("TLSv1.3", suites, groups, whole.hello if whole else None), whole


async def _whole(asker: Asker, hello: Hello, shares: Shares) -> Whole | None:
    """A handshake that is finished: with the group that the server asks for, without ALPN or in short if it must be.

    A group that there is no arithmetic for here (ML-KEM's, which OpenSSL 3.5 asks for first) is left out of it.

    Raises Fault where a hello of TLS 1.3 is met by silence, which more of them would not end.
    """
    tries = [replace(hello, alpn=offers.alpn(asker.endpoint)), hello, hello.narrow()]
    while tries:
        tried = tries.pop(0)
        try:
            answer, early_data = await asker.finish(tried)
        except Fault as fault:
            if fault.kind is FaultKind.TIMEOUT:
                raise
            continue
        if answer.retry and answer.group in set(tried.groups) - {group for group, _ in tried.shares}:
            own, others = shares.of(answer.group), tuple(group for group in tried.groups if group != answer.group)
            tries = [replace(tried, shares=own) if own else replace(tried, groups=others)]
        elif answer.version is not None:
            plain = replace(tried, alpn=())
            return Whole(plain, answer, early_data) if answer.version == "TLSv1.3" and answer.complete else None
        elif answer.alert and answer.alert.description == PROTOCOL_VERSION:
            return None
        tries = [each for each in tries if each != tried]
    return None


class _Axis:
    """One of the two things that a HelloRetryRequest names: what is left to offer of it, until nothing is picked."""

    def __init__(self, every: Sequence[int]) -> None:
        self._every, self._left = tuple(every), list(every)
        self.picks: list[int] = []
        self.open = True
        self.doubt: str | None = None

    @property
    def offer(self) -> tuple[int, ...]:
        return tuple(self._left) if self.open else self._every

    def take(self, pick: int | None) -> bool:
        """Whether a pick was on offer; if this is still open, it is struck."""
        if pick is None or pick not in self.offer:
            return False
        if self.open:
            self._left.remove(pick)
            self.picks.append(pick)
            self.open = bool(self._left)
        return True

    def close(self, doubt: str | None) -> None:
        self.open, self.doubt = False, doubt

    def found(self, incomplete: Unknown | None) -> Found:
        return Found(tuple(self.picks), doubt=self.doubt, incomplete=incomplete)


async def _pairs(asker: Asker, hello: Hello, whole: Whole | None) -> tuple[Found, Found]:
    """Suites and groups at once: without a key share the server names both in a HelloRetryRequest (RFC 8446 4.1.4)."""
    suites, groups = _Axis(hello.suites), _Axis(hello.groups)
    if whole is not None:
        suites.take(whole.answer.suite)
        groups.take(whole.answer.group)
    incomplete = None
    while incomplete is None and (suites.open or groups.open):
        outcome = await put(asker, replace(hello, suites=suites.offer, groups=groups.offer))
        if isinstance(outcome, Refused) and suites.open and groups.open and suites.picks:
            # One of them is exhausted. With every suite on offer again, it was the suites, or it is the groups.
            doubt = outcome.doubt
            outcome = await put(asker, replace(hello, groups=groups.offer))
            if isinstance(outcome, Answer):
                suites.close(doubt)
        if isinstance(outcome, Refused):
            for axis in (groups,) if suites.open and suites.picks and groups.open else (suites, groups):
                if axis.open:
                    axis.close(outcome.doubt)
        elif isinstance(outcome, Unknown):
            incomplete = outcome
        elif not (outcome.retry and suites.take(outcome.suite) and groups.take(outcome.group)):
            incomplete = Unknown(asker.endpoint.subject, "it picks what was not on offer")
    return suites.found(incomplete), groups.found(incomplete)


async def _by_shares(asker: Asker, hello: Hello) -> tuple[Found, Found]:
    """Suites and groups of a server that answers no hello without a key share: groups as far as shares go."""

    def suites(left: tuple[int, ...]) -> Hello:
        return replace(hello, suites=left)

    def groups(left: tuple[int, ...]) -> Hello:
        return replace(hello, groups=left, shares=tuple(share for share in hello.shares if share[0] in left))

    found = await eliminate(asker, Question(suites, lambda answer: answer.suite, hello.suites[:5]), hello.suites)
    shared = tuple(group for group, _ in hello.shares)
    able = await eliminate(asker, Question(groups, lambda answer: answer.group, shared), shared)
    more = Unknown(asker.endpoint.subject, "it names no group of its own (no HelloRetryRequest)")
    return found, replace(able, incomplete=able.incomplete or more)
