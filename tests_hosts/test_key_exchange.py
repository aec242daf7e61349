"""Key exchange on the wire: named groups, and what it is signed with."""

from tlsfleet.report.outcome import Judged


def test_key_exchange(verdict: Judged) -> None:
    verdict.present()
