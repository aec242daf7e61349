"""Defects of starttls as it is served on the wire."""

from lab.defects.defect import Defect

STARTTLS: tuple[Defect, ...] = ()
