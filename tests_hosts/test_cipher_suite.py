"""Cipher suites on the wire: strong ones, in the server's order where that matters."""

from tlsfleet.report.outcome import Judged


def test_cipher_suite(verdict: Judged) -> None:
    verdict.present()
