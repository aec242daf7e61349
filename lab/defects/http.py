"""Defects of http as it is served on the wire."""

from lab.defects.defect import Defect

HTTP: tuple[Defect, ...] = ()
