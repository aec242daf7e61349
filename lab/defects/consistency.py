"""Defects of consistency as it is served on the wire."""

from lab.defects.defect import Defect

CONSISTENCY: tuple[Defect, ...] = ()
