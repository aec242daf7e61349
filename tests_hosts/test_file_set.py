"""File sets: the notes' dated files, whole, named rightly, closed to others."""

from tlsfleet.report.outcome import Judged


def test_file_set(verdict: Judged) -> None:
    verdict.present()
