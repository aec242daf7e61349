"""The inside against the wire: what is configured is what is served, everywhere alike."""

from tlsfleet.report.outcome import Judged


def test_consistency(verdict: Judged) -> None:
    verdict.present()
