"""Coverage: what was configured was understood, and what was waived is still there."""

from tlsfleet.report.outcome import Judged


def test_coverage(verdict: Judged) -> None:
    verdict.present()
