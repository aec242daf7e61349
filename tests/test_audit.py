"""What an audit asks of its hosts."""

from pathlib import Path

import pytest

from tests.judged import NOW, POLICY, check_of
from tlsfleet.audit import audit
from tlsfleet.check import BOTH, FLEET, INSIDE, WIRE, Vantage
from tlsfleet.evidence import Evidence
from tlsfleet.judge import FLEET_HOST
from tlsfleet.plan import Plan

HOST = "web1"


@pytest.mark.parametrize(("vantage", "on_wire"), [(INSIDE, False), (FLEET, False), (WIRE, True), (BOTH, True)])
def test_only_what_looks_at_endpoints_has_them_asked(tmp_path: Path, vantage: Vantage, on_wire: bool) -> None:
    asked = []
    for folder in ("evidence", "facts"):
        (tmp_path / folder).mkdir()

    def collect(host: str, on_wire: bool) -> Evidence:
        asked.append((host, on_wire))
        return Evidence(host, NOW, NOW, failure="refused")

    wanted, other = check_of(vantage=vantage), check_of(check_id="area.other", vantage=WIRE)
    policies = {HOST: POLICY, FLEET_HOST: POLICY}
    plan = Plan(
        (HOST,), policies, (), (wanted, other), "", whole_inventory=True, collect=collect, stop=lambda: None, jobs=1
    )
    audit(plan, {(FLEET_HOST if vantage is FLEET else HOST, wanted.id)}, tmp_path)
    assert asked == [(HOST, on_wire)]
