"""Defects of handshake as it is served on the wire."""

from lab.defects.defect import Defect

HANDSHAKE: tuple[Defect, ...] = ()
