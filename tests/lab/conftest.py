"""The lab for tests: one a session, its hosts brought up when a test first asks for them."""

import os
from collections.abc import Iterator, Sequence
from typing import NoReturn

import pytest

from lab.fleet import HOSTS, variant
from lab.lab import Lab, clean
from lab.running import RunningHost
from lab.system import LabError, prepare


class SessionLab(Lab):
    """A lab that knows its hosts by name and defects."""

    def host(self, name: str, defects: Sequence[str] = ()) -> RunningHost:
        """A named host, or one of its kind (nginx alone) with defects; it is up when this returns."""
        return self.up([variant(name, defects) if defects else HOSTS[name]])[0]


@pytest.fixture(scope="session")
def lab() -> Iterator[SessionLab]:
    """The session's lab; without root or off Debian its tests are skipped, in CI they fail."""
    try:
        prepare()
        clean()
        lab = SessionLab.create(f"pytest-{os.getpid()}")
    except LabError as error:
        _unavailable(str(error))
    try:
        yield lab
    finally:
        lab.down()


def _unavailable(reason: str) -> NoReturn:
    if os.environ.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
