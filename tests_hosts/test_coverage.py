"""Coverage: every socket was looked at and answered, what was configured was understood, what was waived is there."""

from tlsfleet.report.outcome import Judged


def test_coverage(verdict: Judged) -> None:
    verdict.present()
