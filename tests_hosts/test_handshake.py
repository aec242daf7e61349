"""Handshakes on the wire: renegotiation, compression, resumption, and what the server does not know."""

from tlsfleet.report.outcome import Judged


def test_handshake(verdict: Judged) -> None:
    verdict.present()
