"""IANA's registries as far as TLS needs them: cipher suites by their number."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import NamedTuple

PROTOCOLS = ("SSLv2", "SSLv3", "TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3")


class Registered(NamedTuple):
    """A cipher suite as it is registered: its name, and the lowest protocol version that can carry it."""

    name: str
    protocol: str


@cache
def cipher_suites() -> Mapping[int, Registered]:
    """Every cipher suite by its 16-bit number (IANA, TLS Cipher Suites)."""
    text = files(__name__).joinpath("cipher_suites.tsv").read_text(encoding="ascii")
    rows = (line.split("\t") for line in text.splitlines() if not line.startswith("#"))
    return MappingProxyType({int(number, 16): Registered(name, protocol) for number, name, protocol in rows})
