"""IANA's registries as far as TLS needs them: cipher suites, named groups and signature schemes by their numbers."""

from collections.abc import Iterator, Mapping
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
    rows = _rows("cipher_suites.tsv")
    return MappingProxyType({int(number, 16): Registered(name, protocol) for number, name, protocol in rows})


@cache
def named_groups() -> Mapping[int, str]:
    """The name of every named group by its number (IANA, TLS Supported Groups)."""
    return MappingProxyType({int(number, 16): name for number, name in _rows("named_groups.tsv")})


@cache
def signature_schemes() -> Mapping[int, str]:
    """The name of every signature scheme by its number (IANA, TLS SignatureScheme; RFC 5246 7.4.1.4.1)."""
    return MappingProxyType({int(number, 16): name for number, name in _rows("signature_schemes.tsv")})


def _rows(file: str) -> Iterator[list[str]]:
    text = files(__name__).joinpath(file).read_text(encoding="ascii")
    return (line.split("\t") for line in text.splitlines() if not line.startswith("#"))
