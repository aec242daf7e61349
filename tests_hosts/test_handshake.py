"""Software: the TLS library is patched, and the one in use."""

from tlsfleet.report.outcome import Judged


def test_handshake(verdict: Judged) -> None:
    verdict.present()
