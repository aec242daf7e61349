"""Servers that cannot bear long or new hellos: what they speak is found all the same."""

import pytest

from tests.wire.examined import examined
from tests.wire.servers import hostile, scripted
from tests.wire.servers.flights import truth_of
from tests.wire.servers.hostile import intolerant, refusing
from tests.wire.servers.scripted import Script, reset

ALPN = 16
INTOLERANCES = {
    "hellos of more than 256 bytes": hostile.longer_than(256),
    "hellos of more than 512 bytes": hostile.longer_than(512),
    "more than 64 suites": hostile.more_suites_than(64),
    "ALPN": hostile.with_extension(ALPN),
    "versions after TLS 1.2": hostile.above(0x0303),
}
REFUSALS = {"an alert": refusing(), "a reset": reset}


@pytest.mark.parametrize("refuse", REFUSALS.values(), ids=REFUSALS)
@pytest.mark.parametrize("name", INTOLERANCES)
def test_what_an_intolerant_server_speaks_is_found(name: str, refuse: Script) -> None:
    with scripted.serving(intolerant(INTOLERANCES[name], refuse)) as served:
        (facts,) = examined(served.endpoint(server_name="server.test"))
    spoken = {protocol for protocol, answer in facts.protocols.items() if answer is True}
    assert spoken == {"SSLv3", "TLSv1.0", "TLSv1.1", "TLSv1.2"}
    assert facts.cipher_suites["TLSv1.2"] == truth_of().suites["TLSv1.2"]


@pytest.mark.parametrize("refuse", REFUSALS.values(), ids=REFUSALS)
def test_one_that_takes_hardly_any_hello_is_unknown(refuse: Script) -> None:
    with scripted.serving(intolerant(hostile.more_suites_than(4), refuse)) as served:
        (facts,) = examined(served.endpoint(server_name="server.test"))
    assert facts.failure is not None
    assert not isinstance(facts.protocols["TLSv1.2"], bool)
