"""Private keys: who can read them, whether they are strong, and fit their certificates."""

from tlsfleet.report.outcome import Judged


def test_private_key(verdict: Judged) -> None:
    verdict.present()
