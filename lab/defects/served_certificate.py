"""Defects of served certificate as it is served on the wire."""

from lab.defects.defect import Defect

SERVED_CERTIFICATE: tuple[Defect, ...] = ()
