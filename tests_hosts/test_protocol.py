"""Protocol versions on the wire: those that the policy allows, and no others."""

from tlsfleet.report.outcome import Judged


def test_protocol(verdict: Judged) -> None:
    verdict.present()
