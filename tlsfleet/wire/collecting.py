"""All endpoints of a host examined, their answers as evidence; and the facts that the evidence holds."""

import asyncio
import json
import socket
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace

from tlsfleet.endpoints import Endpoint, EndpointFacts
from tlsfleet.evidence import Evidence, Frame
from tlsfleet.facts import NOT_EXAMINED, HostFacts
from tlsfleet.inventory import Target
from tlsfleet.missing import Unknown
from tlsfleet.wire import targets
from tlsfleet.wire.asking import ASKED, MESSAGE, Asker, Json, Live, Recorded
from tlsfleet.wire.cross_check import with_second_opinion
from tlsfleet.wire.examination import examine_all
from tlsfleet.wire.gate import Gate
from tlsfleet.wire.targets import Wanted
from tlsfleet.wire.tls13 import Shares

ENDPOINTS = "endpoints"


async def collect(
    target: Target, facts: HostFacts | None, gate: Gate, *, cross_check: bool = False
) -> tuple[Frame, ...]:
    """Examine the endpoints of a host: those declared, else those that its facts show.

    The frames say which they are, and all that they answered. With ``cross_check`` sslyze scans each of them, too, once
    all were examined.
    """
    wanted = targets.wanted(target, facts)
    if isinstance(wanted, Unknown):
        return (_listed([wanted], gate),)
    resolved = await asyncio.gather(*map(_places, wanted))
    places = list(dict.fromkeys(place for each in resolved for place in each))
    shares = Shares()
    askers = [[Live(endpoint, gate, shares) for endpoint in place] for place in places if isinstance(place, tuple)]
    found = await asyncio.gather(*(examine_all(group, shares) for group in askers))
    if cross_check:
        await asyncio.gather(*(_second(*pair) for pair in zip(askers, found, strict=True)))
    listed: list[Endpoint | Unknown] = []
    for place in places:
        listed += [place] if isinstance(place, Unknown) else place
    frames = [frame for group in askers for asker in group for frame in asker.frames()]
    return (_listed(listed, gate), *dict.fromkeys(frames))


def build(evidence: Evidence) -> tuple[EndpointFacts | Unknown, ...] | Unknown:
    """The facts of the endpoints that the evidence has answers of: asked again, it says the same.

    Raises ValueError, KeyError or TypeError for evidence that was damaged.
    """
    head = next(iter(evidence.of(ENDPOINTS)), None)
    if head is None:
        return NOT_EXAMINED
    if head.unknown is not None:
        return Unknown(ENDPOINTS, head.unknown)
    heads = json.loads(head.text)
    counts = [int(row.pop("connections", 0)) for row in heads]
    listed = [_endpoint(row) for row in heads]
    messages = {frame.subject: frame.data for frame in evidence.of(MESSAGE)}
    rows: dict[str, dict[str, Json]] = {}
    for frame in evidence.of(ASKED):
        subject, _, key = frame.subject.partition(" ")
        rows.setdefault(subject, {})[key] = json.loads(frame.text)
    found = asyncio.run(_again(listed, rows, messages))
    spent = {each: count for each, count in zip(listed, counts, strict=True) if isinstance(each, Endpoint)}
    return tuple(
        each if isinstance(each, Unknown) else replace(each, connections=spent[each.endpoint]) for each in found
    )


async def _again(
    listed: Sequence[Endpoint | Unknown], rows: dict[str, dict[str, Json]], messages: dict[str, bytes]
) -> tuple[EndpointFacts | Unknown, ...]:
    shares = Shares()
    groups: dict[tuple[str, str | None], list[Asker]] = {}
    for endpoint in listed:
        if isinstance(endpoint, Endpoint):
            asker = Recorded(endpoint, rows.get(endpoint.subject, {}), messages)
            groups.setdefault((endpoint.place, endpoint.starttls), []).append(asker)
    facts = {
        each.endpoint: each
        for group in groups.values()
        for each in await _second(group, await examine_all(group, shares))
    }
    found = (endpoint if isinstance(endpoint, Unknown) else facts.get(endpoint) for endpoint in listed)
    return tuple(each for each in found if each is not None)


async def _second(askers: Sequence[Asker], found: Sequence[EndpointFacts]) -> tuple[EndpointFacts, ...]:
    """The facts of a place, the first ones with what sslyze says otherwise."""
    by_endpoint = {asker.endpoint: asker for asker in askers}
    return (await with_second_opinion(by_endpoint[found[0].endpoint], found[0]), *found[1:])


async def _places(wanted: Wanted) -> list[tuple[Endpoint, ...] | Unknown]:
    """The endpoints of a place on each of its addresses."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(wanted.host, wanted.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        return [Unknown(f"{wanted.host}:{wanted.port}", f"its address is not known: {error}")]
    addresses = list(dict.fromkeys(str(row[4][0]) for row in found))
    return [*(wanted.at(address) for address in addresses[: targets.MAX_ADDRESSES]), *wanted.left_out(addresses)]


def _listed(found: Iterable[Endpoint | Unknown], gate: Gate) -> Frame:
    """Which endpoints they are, each with how many connections it has cost."""
    rows = [asdict(each) | ({} if isinstance(each, Unknown) else {"connections": gate.count(each)}) for each in found]
    return Frame(ENDPOINTS, ENDPOINTS, json.dumps(rows).encode())


def _endpoint(row: Json) -> Endpoint | Unknown:
    return Unknown(row["subject"], row["reason"]) if "reason" in row else Endpoint(**row)
