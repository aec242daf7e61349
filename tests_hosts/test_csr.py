"""Certificate signing requests: what the next certificate is asked for with."""

from tlsfleet.report.outcome import Judged


def test_csr(verdict: Judged) -> None:
    verdict.present()
