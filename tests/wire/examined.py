"""An endpoint examined to the end, live, and its facts from the evidence alone."""

import asyncio
from collections.abc import Sequence

from tlsfleet.endpoints import Endpoint, EndpointFacts
from tlsfleet.evidence import Frame
from tlsfleet.wire.asking import ASKED, MESSAGE, Live, Recorded
from tlsfleet.wire.examination import examine_all
from tlsfleet.wire.gate import Gate
from tlsfleet.wire.tls13 import Shares


def examined(*endpoints: Endpoint, read_seconds: float = 2.0) -> tuple[EndpointFacts, ...]:
    """The facts of the endpoints of one place; those from the evidence alone must be the same."""
    return asyncio.run(_both(endpoints, read_seconds))


async def _both(endpoints: Sequence[Endpoint], read_seconds: float) -> tuple[EndpointFacts, ...]:
    gate, shares = Gate(read_seconds=read_seconds), Shares()
    live = [Live(endpoint, gate, shares) for endpoint in endpoints]
    facts = await examine_all(live, shares)
    again = await examine_all([_recorded(asker) for asker in live], Shares())
    assert again == facts
    return facts


def _recorded(asker: Live) -> Recorded:
    import json

    frames: list[Frame] = list(asker.frames())
    messages = {frame.subject: frame.data for frame in frames if frame.kind == MESSAGE}
    rows = {frame.subject.partition(" ")[2]: json.loads(frame.text) for frame in frames if frame.kind == ASKED}
    return Recorded(asker.endpoint, rows, messages)
