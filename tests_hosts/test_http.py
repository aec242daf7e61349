"""HTTP: port 80 leads to TLS, and TLS keeps its clients."""

from tlsfleet.report.outcome import Judged


def test_http(verdict: Judged) -> None:
    verdict.present()
