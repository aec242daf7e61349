"""The host's clock."""

import pytest

from tests.checks.cases import CONFORMS, NOT_APPLICABLE, UNKNOWN, VIOLATES, Case
from tests.checks.edits import with_listing, without_shell
from tests.checks.hosts import LOCALCERTS, sound_host
from tlsfleet.facts import Absent, Clock, HostFacts, Unknown


def off(offset: float, uncertainty: float = 0.1) -> HostFacts:
    return sound_host(clock=Clock(offset, uncertainty))


CASES = [
    Case("host.clock-correct", "right", CONFORMS, sound_host),
    Case("host.clock-correct", "a minute ahead, nearly", CONFORMS, lambda: off(59.5)),
    Case("host.clock-correct", "an hour ahead", VIOLATES, lambda: off(3600), "3600 s ahead"),
    Case("host.clock-correct", "an hour behind", VIOLATES, lambda: off(-3600), "3600 s behind"),
    Case("host.clock-correct", "a slow answer", UNKNOWN, lambda: off(50, 30)),
    Case("host.clock-correct", "a slow answer, far off", VIOLATES, lambda: off(-100, 30)),
    Case("host.clock-correct", "no number", UNKNOWN, lambda: off(float("nan"))),
    Case("host.clock-correct", "not told", UNKNOWN, lambda: sound_host(clock=Unknown("clock", "no date"))),
    Case("host.clock-correct", "no shell", NOT_APPLICABLE, lambda: sound_host(without_shell), "do not tell its clock"),
    Case(
        "host.clock-correct",
        "nothing to audit",
        NOT_APPLICABLE,
        lambda: sound_host(with_listing(Absent(LOCALCERTS)), services=()),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case: Case) -> None:
    case.assert_status()
