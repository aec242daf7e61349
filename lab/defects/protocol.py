"""Defects of protocol as it is served on the wire."""

from lab.defects.defect import Defect

PROTOCOL: tuple[Defect, ...] = ()
