"""The fake fleet as a fixture."""

from collections.abc import Mapping

import pytest

from tests.plugin.fleet import FakeFleet, MakeFleet, build, checks
from tlsfleet.inventory import resolve


@pytest.fixture(scope="session")
def ansible(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Import ansible-core once: pytester forgets what an inner run imported, and ansible-core cannot come twice."""
    inventory = tmp_path_factory.mktemp("ansible") / "inventory.ini"
    inventory.write_text("web1\n", encoding="utf-8")
    resolve(None, inventory)


@pytest.fixture
def fleet(ansible: None, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> MakeFleet:
    """A fleet of hosts: ``fleet(web1={"csr.subject": "violates"}, web2="no route to it")``."""

    def made(hosts: Mapping[str, Mapping[str, str] | str] | None = None, **more: Mapping[str, str] | str) -> FakeFleet:
        fake = FakeFleet(pytester, {**(hosts or {}), **more})
        fake.lay()
        monkeypatch.setattr("tlsfleet.plugin.load_checks", checks)
        monkeypatch.setattr("tlsfleet.inside.collect", fake.collect)
        monkeypatch.setattr("tlsfleet.inside.build", build)
        monkeypatch.setattr("tlsfleet.wire.Engine.begin", lambda *_: None)
        monkeypatch.setattr("tlsfleet.wire.extended", lambda evidence, _: evidence)
        return fake

    return made
