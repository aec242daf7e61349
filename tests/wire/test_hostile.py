"""Servers that break the rules: each examination comes to its end, and finds nothing that was not shown."""

import pytest

from tests.wire.examined import examined
from tests.wire.servers import scripted
from tests.wire.servers.hostile import BROKEN, ODD
from tlsfleet.missing import Unknown

READ_SECONDS = 0.3
SHOWS_A_VERSION = {"a session id too long", "a suite not offered", "a retry without end", "a retry of no group"}


@pytest.mark.parametrize("name", sorted(set(BROKEN) - SHOWS_A_VERSION))
def test_a_broken_server_is_unknown(name: str) -> None:
    with scripted.serving(BROKEN[name]) as served:
        (facts,) = examined(served.endpoint(server_name="server.test"), read_seconds=READ_SECONDS)
    assert facts.failure is not None
    assert True not in facts.protocols.values()
    assert isinstance(facts.protocols["TLSv1.3"], Unknown)


@pytest.mark.parametrize("name", sorted(SHOWS_A_VERSION))
def test_what_it_picks_against_the_rules_makes_its_suites_unknown(name: str) -> None:
    with scripted.serving(BROKEN[name]) as served:
        (facts,) = examined(served.endpoint(server_name="server.test"), read_seconds=READ_SECONDS)
    spoken = {version for version, answer in facts.protocols.items() if answer is not False}
    assert spoken
    assert all(isinstance(facts.cipher_suites[version], Unknown) for version in spoken - {"SSLv2"})


@pytest.mark.parametrize("name", sorted(ODD))
def test_an_odd_flight_is_no_crash(name: str) -> None:
    with scripted.serving(ODD[name]) as served:
        (facts,) = examined(served.endpoint(server_name="server.test"), read_seconds=READ_SECONDS)
    assert facts.protocols["TLSv1.3"] is not True
