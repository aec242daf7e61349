"""Defects of key exchange as it is served on the wire."""

from lab.defects.defect import Defect

KEY_EXCHANGE: tuple[Defect, ...] = ()
