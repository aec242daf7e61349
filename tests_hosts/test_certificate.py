"""Certificates: in date, for the right names, from a sound key and signature."""

from tlsfleet.report.outcome import Judged


def test_certificate(verdict: Judged) -> None:
    verdict.present()
