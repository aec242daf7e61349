"""Chains: in order, whole, and leading to an anchor that clients trust."""

from tlsfleet.report.outcome import Judged


def test_chain(verdict: Judged) -> None:
    verdict.present()
