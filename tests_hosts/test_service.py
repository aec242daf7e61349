"""Services: which protocols, cipher suites, certificates and sessions they are set to."""

from tlsfleet.report.outcome import Judged


def test_service(verdict: Judged) -> None:
    verdict.present()
