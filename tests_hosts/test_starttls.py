"""STARTTLS: on offer, no password before it, nothing smuggled behind it."""

from tlsfleet.report.outcome import Judged


def test_starttls(verdict: Judged) -> None:
    verdict.present()
