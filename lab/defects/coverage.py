"""Defects of coverage as it is served on the wire."""

from lab.defects.defect import Defect

COVERAGE: tuple[Defect, ...] = ()
