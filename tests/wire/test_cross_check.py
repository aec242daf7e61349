"""A second opinion on request: asked once, kept as evidence, and shown where it says otherwise."""

import asyncio
import json
from typing import Any

import pytest

from tests.wire.servers import gnutls
from tests.wire.test_second_opinion import X25519_ONLY
from tlsfleet.endpoints import Endpoint, EndpointFacts
from tlsfleet.missing import Unknown
from tlsfleet.wire import second_opinion
from tlsfleet.wire.asking import ASKED, MESSAGE, Live, Recorded
from tlsfleet.wire.cross_check import with_second_opinion
from tlsfleet.wire.examination import examine_all
from tlsfleet.wire.gate import Gate
from tlsfleet.wire.tls13 import Shares


def seen(endpoint: Endpoint) -> tuple[Live, EndpointFacts]:
    """The endpoint examined with a second opinion, and who asked."""

    async def both() -> tuple[Live, EndpointFacts]:
        shares = Shares()
        live = Live(endpoint, Gate(), shares)
        (facts,) = await examine_all([live], shares)
        return live, await with_second_opinion(live, facts)

    return asyncio.run(both())


def _again(live: Live, change: dict[str, Any]) -> EndpointFacts:
    """The facts by the evidence, in which sslyze's word is changed."""
    frames = list(live.frames())
    rows = {frame.subject.partition(" ")[2]: json.loads(frame.text) for frame in frames if frame.kind == ASKED}
    rows["second-opinion#1"]["seen"].update(change)
    messages = {frame.subject: frame.data for frame in frames if frame.kind == MESSAGE}
    recorded = Recorded(live.endpoint, rows, messages)

    async def told() -> EndpointFacts:
        (facts,) = await examine_all([recorded], Shares())
        return await with_second_opinion(recorded, facts)

    return asyncio.run(told())


def test_it_agrees_on_a_plain_server_and_a_replay_tells_what_it_said() -> None:
    with gnutls.serving(X25519_ONLY) as served:
        live, facts = seen(served.endpoint(server_name="server.test"))
    assert facts.disagreements == ()
    assert _again(live, {}) == facts
    otherwise = _again(live, {"features": {"compression": True}})
    assert otherwise.disagreements == ("compression: sslyze says yes, we say no",)


def test_nobody_is_asked_about_what_was_not_reached() -> None:
    with gnutls.serving(X25519_ONLY) as served:
        endpoint = served.endpoint()
    _, facts = seen(endpoint)
    assert facts.failure is not None
    assert facts.disagreements is None


def test_no_answer_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second_opinion, "WORKER", ("true",))
    with gnutls.serving(X25519_ONLY) as served:
        live, facts = seen(served.endpoint(server_name="server.test"))
    assert isinstance(facts.disagreements, Unknown)
    assert "sslyze gave no answer" in facts.disagreements.reason
    assert _again(live, {}) == facts
