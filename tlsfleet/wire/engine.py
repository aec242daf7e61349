"""The wire engine of a run: one event loop in a thread of its own, which all hosts' collections share."""

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from dataclasses import replace
from typing import TypeVar

from tlsfleet.evidence import Evidence, Frame
from tlsfleet.facts import HostFacts
from tlsfleet.inventory import Target
from tlsfleet.text import clean
from tlsfleet.wire import collecting
from tlsfleet.wire.gate import Gate

Result = TypeVar("Result")


class Engine:
    """Examines endpoints for callers in any thread; limits on connections hold over all of them."""

    def __init__(self, *, cross_check: bool = False) -> None:
        self._gate = Gate()
        self._cross_check = cross_check  # by a full scan of sslyze, too
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None

    def begin(self, target: Target, facts: HostFacts | None = None) -> "Examination":
        """Begin to examine the endpoints of a host: those declared, else those that its facts show."""
        return self._run(collecting.collect(target, facts, self._gate, cross_check=self._cross_check))

    def stop(self) -> None:
        """End all that is under way."""
        with self._lock:
            loop, self._loop = self._loop, None
        if loop is not None:
            loop.call_soon_threadsafe(_cancel_all, loop)

    def _run(self, work: Coroutine[object, object, Result]) -> "Future[Result]":
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=self._loop.run_forever, name="wire", daemon=True).start()
            loop = self._loop
        return asyncio.run_coroutine_threadsafe(work, loop)


Examination = Future[tuple[Frame, ...]]


def extended(evidence: Evidence, examination: Examination) -> Evidence:
    """The evidence with all that the endpoints of its host answered; a fault of ours costs this host's wire."""
    try:
        frames = examination.result()
    except Exception as error:  # noqa: BLE001 - whatever servers answer, no other host pays for it
        reason = clean(f"the examination failed: {type(error).__name__}: {error}")
        frames = (Frame(collecting.ENDPOINTS, collecting.ENDPOINTS, unknown=reason),)
    return replace(evidence, frames=(*evidence.frames, *frames))


def _cancel_all(loop: asyncio.AbstractEventLoop) -> None:
    for task in asyncio.all_tasks(loop):
        task.cancel()
