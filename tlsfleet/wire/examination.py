"""One endpoint, examined: what is asked of it, in which order; tlsfleet.wire.describing makes facts of the answers."""

from asyncio import gather
from collections.abc import Sequence
from dataclasses import replace

from tlsfleet.endpoints import Answered, EndpointFacts, Inapplicable
from tlsfleet.missing import Unknown
from tlsfleet.wire import behaviour, describing, offers, ssl2, versions
from tlsfleet.wire.answer import Answer
from tlsfleet.wire.applications import sent_away, with_http, with_preface, with_tls_afterwards
from tlsfleet.wire.asking import Asker, Manner
from tlsfleet.wire.describing import Seen
from tlsfleet.wire.elimination import Found, put
from tlsfleet.wire.keys import NO_CHAIN, other_keys
from tlsfleet.wire.sessions import sessions
from tlsfleet.wire.similarity import alike
from tlsfleet.wire.tls13 import Shares
from tlsfleet.wire.versions import Spoken
from tlsfleet.wire.vulnerabilities import vulnerabilities

WAVERING = 4  # tries for a server that did not always answer alike
SILENT = "it did not answer to the end as it had at first"
EVERY = (*offers.OLDER, "TLSv1.3")


async def examine_all(askers: Sequence[Asker], shares: Shares) -> tuple[EndpointFacts, ...]:
    """All endpoints of one place: the first name in full, the others so far as they are not alike.

    Where a client that sends no name is refused, or the server says that it does not serve a name, there is nothing to
    tell of it, and no facts are returned. The first is a name that is served, if there is one; else one that is not.
    """
    first, *others = askers
    seen, facts = await _examined(first, shares)
    if first.nobody and any(other.endpoint.server_name for other in others):
        return await examine_all(others, shares)
    rest = await gather(*(_further(asker, shares, first.manner, seen, facts) for asker in others))
    served = (each for each in rest if each is not None)
    return (facts, *(each for each in served if each.endpoint.server_name or not each.refused))


async def _further(
    asker: Asker, shares: Shares, manner: Manner, seen: Seen, first: EndpointFacts
) -> EndpointFacts | None:
    asker.manner = manner
    same = await alike(asker, seen)
    if asker.nobody:
        return None
    if not same:
        asker.manner = Manner()
        own, found = await _examined(asker, shares)
        return None if _disowned(asker, first) or await _nameless(asker, own, seen) else found
    facts = replace(first, endpoint=asker.endpoint, http=None, redirect=None)
    if asker.endpoint.server_name is None:
        return replace(facts, unknown_name=Inapplicable("no name was asked for"))
    return await with_http(asker, facts)


def _disowned(asker: Asker, first: EndpointFacts) -> bool:
    """Whether the server does not serve a name, and answered for another one before TLS, though it came to none."""
    answered = first.preface is not None and isinstance(first.preface.offered, bool)
    return answered and bool(asker.nobody)


async def _nameless(asker: Asker, own: Seen, seen: Seen) -> bool:
    """Whether a client that sends no name is sent away without a word, by a server that still answers for a name.

    What passes connections on by their names has nowhere to go with such a one.
    """
    ended = all(each.suites.doubt or not (each.suites.picks or each.suites.incomplete) for each in own.spoken)
    if asker.endpoint.server_name or own.best or not ended or seen.best is None:
        return False
    return isinstance(await put(asker, seen.best), Answer)


async def _examined(asker: Asker, shares: Shares) -> tuple[Seen, EndpointFacts]:
    """All that there is to tell of an endpoint, and what the versions came to."""
    seen = await _versions(asker, shares)
    if seen.best is not None:
        seen, found = await _searched(asker, seen)
        found = await with_preface(asker, found)
        seen, facts = await _sure(asker, seen, await _behaving(asker, seen, found))
        return seen, await with_http(asker, facts)
    protocols = describing.protocols(seen.settled())
    failure = None if seen.ssl2 and not isinstance(seen.ssl2, Unknown) else describing.failure(seen)
    facts = EndpointFacts(asker.endpoint, failure, describing.refused(seen), protocols, describing.cipher_suites(seen))
    return seen, await with_preface(asker, facts)


async def _searched(asker: Asker, seen: Seen) -> tuple[Seen, EndpointFacts]:
    """What is found by elimination, and what the answers to that tell."""
    twelve = next(iter(seen.of("TLSv1.2")), None)
    groups, weak, other = await gather(
        _groups(asker, seen),
        behaviour.weak_signatures(asker, twelve) if twelve else _nothing(),
        other_keys(asker, seen, describing.key_types(seen.answers)),
    )
    seen = replace(seen, others=(*(weak.answers if weak else ()), *other.answers))
    answers = seen.answers
    return seen, EndpointFacts(
        asker.endpoint,
        protocols=describing.protocols(seen),
        cipher_suites=describing.cipher_suites(seen),
        groups=describing.groups(groups),
        dh=describing.dh(answers),
        signature_schemes=describing.schemes(answers, weak),
        chains=describing.chains(seen, other.incomplete),
        secure_renegotiation=describing.secure_renegotiation(seen),
        extended_master_secret=describing.extended_master_secret(seen),
        compression=describing.compression(seen),
        alpn=tuple(dict.fromkeys(answer.alpn for answer in answers if answer.alpn)),
    )


async def _behaving(asker: Asker, seen: Seen, facts: EndpointFacts) -> EndpointFacts:
    """What it does with old sessions, with fallbacks, and with what it does not know."""
    hello = seen.best
    assert hello is not None  # noqa: S101 - it was seen to answer one
    fallback, psk, (renegotiation, resumption, ordered), (name, alpn), found = await gather(
        behaviour.fallback_refused(asker, seen.spoken),
        _psk(asker, seen),
        sessions(asker, seen.highest_classic),
        behaviour.strangers(asker, hello, seen.answers),
        vulnerabilities(asker, seen),
    )
    return replace(
        facts,
        server_order=await _orders(asker, seen, seen.highest_classic if ordered else None),
        fallback_scsv=fallback,
        vulnerabilities={**found, "ticketbleed": resumption.pop("ticketbleed")},
        client_renegotiation=renegotiation,
        resumption={**resumption, "psk": psk},
        early_data=any(seen.whole.early_data) if seen.whole else _not_13(seen, "early data"),
        unknown_name=name,
        alpn_strict=alpn,
    )


async def _orders(asker: Asker, seen: Seen, shown: Spoken | None) -> dict[str, Answered]:
    """Of each version, one of which may have been seen already, whether the server has an order of its own there."""
    spoken = seen.of(*EVERY)
    orders = await gather(*(behaviour.own_order(asker, each, shown=each is shown) for each in spoken))
    return {each.version: order for each, order in zip(spoken, orders, strict=True)}


async def _sure(asker: Asker, seen: Seen, facts: EndpointFacts) -> tuple[Seen, EndpointFacts]:
    """What was seen, and its facts, with no doubt left: it is true, or it is not known.

    An end without a plain no counts as one if the server answers afterwards as it has answered before.
    """
    if not seen.doubtful and not sent_away(facts):
        return seen, facts
    answered = facts.unknown_name in ("same", "other") or facts.alpn_strict is False
    if answered or (seen.best and isinstance(await put(asker, seen.best), Answer)):
        return seen, with_tls_afterwards(facts)
    settled, silent = seen.settled(), Unknown(asker.endpoint.subject, SILENT)
    found = describing.protocols(settled), describing.cipher_suites(settled)
    return settled, replace(facts, protocols=found[0], cipher_suites=found[1], groups=silent)


async def _groups(asker: Asker, seen: Seen) -> tuple[Found, ...]:
    """TLS 1.3's groups, and what the newest version below takes beside them."""
    newest, classic = seen.spoken[-1], seen.highest_classic
    found = (newest.groups,) if newest.suites.picks else ()
    if classic is None:
        return found
    return (*found, await behaviour.more_groups(asker, classic, tuple(pick for each in found for pick in each.picks)))


async def _psk(asker: Asker, seen: Seen) -> Answered:
    hello = seen.spoken[-1].hello
    if seen.whole is None or hello is None:
        return _not_13(seen, "tickets")
    return await behaviour.resumed_by_psk(asker, hello, seen.whole)


def _not_13(seen: Seen, what: str) -> Answered:
    if seen.of("TLSv1.3"):
        return Unknown(seen.endpoint.subject, f"{what}: {NO_CHAIN}")
    return Inapplicable("it does not speak TLS 1.3")


def _manner(asker: Asker, spoken: Sequence[Spoken]) -> Manner:
    """How it takes hellos, once it has answered some: a no that always came in one way need not be put twice."""
    answered = [each for each in spoken if each.hello]
    narrow = any(each.suites.narrow for each in answered)
    doubts = any(found.doubt for each in answered for found in (each.suites, each.groups))
    tries = WAVERING if asker.wavered else 1 if doubts else 2
    takes = 0 if narrow else max((len(offers.suites(each.version)) for each in answered), default=0)
    return Manner(tries, takes, narrow)


async def _nothing() -> None:
    """Nothing to ask."""


async def _versions(asker: Asker, shares: Shares) -> Seen:
    latest = await versions.older(asker, offers.OLDER[-1])
    asker.manner = _manner(asker, (latest,))
    newest, whole = await versions.newest(asker, shares)
    asker.manner = _manner(asker, (latest, newest))
    old, older = await gather(
        ssl2.suites(asker), gather(*(versions.older(asker, version) for version in offers.OLDER[:-1]))
    )
    seen = Seen(asker.endpoint, (*older, latest, newest), whole, old)
    return seen if seen.best is not None else seen.settled()
