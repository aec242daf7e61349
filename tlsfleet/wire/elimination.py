"""Elimination: offer everything, strike what the server picks, offer the rest, until it picks no more."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from tlsfleet.missing import Unknown
from tlsfleet.wire.answer import Answer
from tlsfleet.wire.asking import Answering
from tlsfleet.wire.faults import Fault, FaultKind
from tlsfleet.wire.hello import Hello

# Alerts (RFC 8446 6) that may tell of a hello not understood, or of a server in trouble, rather than of a no.
NOT_UNDERSTOOD = {
    10: "unexpected_message",
    20: "bad_record_mac",
    22: "record_overflow",
    47: "illegal_parameter",
    50: "decode_error",
    51: "decrypt_error",
    80: "internal_error",
}
INTERNAL_ERROR, UNRECOGNIZED_NAME = 80, 112
NARROW = 32  # candidates in a hello for servers that do not take a long one
ENDED = {FaultKind.CLOSED, FaultKind.RESET}


@dataclass(frozen=True, slots=True)
class Refused:
    """The server would not go on with a hello, by an alert or without one.

    ``doubt`` is why that may be no answer to what was offered; ``stumbled`` is a flight that the alert broke off.
    """

    alert: int | None = None
    doubt: str | None = None
    stumbled: Answer | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What the server picked, in the order of its picks, with its answers.

    ``doubt`` is set where it ended without a plain no: that counts as one only if the server is seen to be well
    afterwards. ``incomplete`` is why there may be more.
    """

    picks: tuple[int, ...] = ()
    answers: tuple[Answer, ...] = ()
    doubt: str | None = None
    incomplete: Unknown | None = None
    narrow: bool = False  # it answered none but short hellos
    troubled: bool = False  # the doubt is an alert of trouble


@dataclass(frozen=True, slots=True)
class Question:
    """What is eliminated: ``hello`` offers some candidates, ``pick`` reads the answer."""

    hello: Callable[[tuple[int, ...]], Hello]
    pick: Callable[[Answer], int | None]
    common: tuple[int, ...]  # candidates one of which nearly every server takes
    families: tuple[tuple[int, ...], ...] = ()  # parts of the candidates that a server may fail at as a whole


async def put(asker: Answering, hello: Hello) -> Answer | Refused | Unknown:
    """What a server does with a hello. An end without a plain no counts when it comes as often as its manner asks."""
    asked = hello.narrow() if asker.manner.narrow else hello
    outcome = await _once(asker, asked)
    for _ in range(asker.manner.tries - 1):
        if not isinstance(outcome, Refused) or not outcome.doubt:
            break
        outcome = await _once(asker, asked)
        asker.wavered = asker.wavered or isinstance(outcome, Answer)
    return outcome


async def eliminate(asker: Answering, question: Question, candidates: Sequence[int]) -> Found:
    """Every candidate that the server picks.

    One that takes no long hello is asked in short ones. One that ends with an alert of trouble may have picked what it
    cannot do: then the rest is put family by family.
    """
    found = await _strike(asker, question, tuple(candidates), narrow=False)
    if found.troubled and found.picks and question.families:
        return await _by_families(asker, question, tuple(candidates), found)
    if not found.doubt or found.picks or len(question.hello(tuple(candidates)).suites) <= asker.manner.takes:
        return found
    common = tuple(number for number in question.common if number in candidates)
    if isinstance(await put(asker, question.hello(common or tuple(candidates[:1])).narrow()), Answer):
        return await _narrowly(asker, question, tuple(candidates))
    return found


async def _by_families(asker: Answering, question: Question, candidates: tuple[int, ...], found: Found) -> Found:
    """What was found, and what is picked of each family of the rest."""
    for family in question.families:
        left = tuple(number for number in candidates if number in family and number not in found.picks)
        more = await _strike(asker, question, left, narrow=False)
        incomplete = found.incomplete or more.incomplete
        found = replace(
            found, picks=found.picks + more.picks, answers=found.answers + more.answers, incomplete=incomplete
        )
    return found


async def _narrowly(asker: Answering, question: Question, candidates: tuple[int, ...]) -> Found:
    """Every candidate that is picked out of short hellos; all that were are put again, for their order."""
    picks: list[int] = []
    for start in range(0, len(candidates), NARROW):
        found = await _strike(asker, question, candidates[start : start + NARROW], narrow=True)
        picks += found.picks
        if found.incomplete:
            return Found(tuple(picks), found.answers, incomplete=found.incomplete, narrow=True)
    found = await _strike(asker, question, tuple(picks), narrow=True)
    lost = set(picks) - set(found.picks)
    incomplete = Unknown(asker.endpoint.subject, "it does not pick the same twice") if lost else found.incomplete
    return Found(found.picks, found.answers, found.doubt, incomplete, narrow=True)


async def _strike(asker: Answering, question: Question, candidates: tuple[int, ...], *, narrow: bool) -> Found:
    left = list(candidates)
    picks: list[int] = []
    answers: list[Answer] = []
    while left:
        hello = question.hello(tuple(left))
        outcome = await put(asker, hello.narrow() if narrow else hello)
        if isinstance(outcome, Refused):
            stumbled = question.pick(outcome.stumbled) if outcome.stumbled else None
            if stumbled is None or stumbled not in left:
                troubled = outcome.alert == INTERNAL_ERROR
                return Found(tuple(picks), tuple(answers), doubt=outcome.doubt, troubled=troubled)
            left.remove(stumbled)
            continue
        pick = None if isinstance(outcome, Unknown) else question.pick(outcome)
        if isinstance(outcome, Unknown) or pick is None or pick not in left:
            reason = outcome if isinstance(outcome, Unknown) else _odd(asker, pick)
            return Found(tuple(picks), tuple(answers), incomplete=reason)
        left.remove(pick)
        picks.append(pick)
        answers.append(outcome)
    return Found(tuple(picks), tuple(answers))


def _odd(asker: Answering, pick: int | None) -> Unknown:
    named = "nothing that it names" if pick is None else f"{pick:#06x}"
    return Unknown(asker.endpoint.subject, f"it picks {named}, which was not on offer")


async def _once(asker: Answering, hello: Hello) -> Answer | Refused | Unknown:
    try:
        answer = await asker.ask(hello)
    except Fault as fault:
        _disowned(asker, fault.kind is FaultKind.NAME)
        return Refused(doubt=fault.text) if fault.kind in ENDED else Unknown(asker.endpoint.subject, fault.text)
    if answer.version is not None:
        asker.nobody = False
    if answer.version == hello.version:
        broken = answer.alert is not None and not answer.complete and not answer.retry
        return Refused(answer.alert.description, stumbled=answer) if broken and answer.alert else answer
    if answer.version is not None:
        return Refused()  # a lower version: this one it will not have
    number = answer.alert.description if answer.alert else 0
    _disowned(asker, number == UNRECOGNIZED_NAME and hello.server_name == asker.endpoint.server_name)
    if number == 0:
        return Refused(doubt="it closed the connection")
    return Refused(number, f"alert {NOT_UNDERSTOOD[number]}" if number in NOT_UNDERSTOOD else None)


def _disowned(asker: Answering, told: bool) -> None:  # noqa: FBT001 - what was told
    """Take it that the server does not serve the name, once it says so and unless it ever answers for it."""
    if told and asker.nobody is None:
        asker.nobody = True
