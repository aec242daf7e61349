"""Hosts: a clock that certificates can be judged by."""

from tlsfleet.report.outcome import Judged


def test_host(verdict: Judged) -> None:
    verdict.present()
