"""Defects of cipher suite as it is served on the wire."""

from lab.defects.defect import Defect

CIPHER_SUITE: tuple[Defect, ...] = ()
