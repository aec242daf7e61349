"""Diffie-Hellman parameters: there, large enough, safe, and named by the services that need them."""

from tlsfleet.report.outcome import Judged


def test_dh_parameters(verdict: Judged) -> None:
    verdict.present()
