"""The wire: what servers answer to hellos of our own; the only place with sockets."""

from tlsfleet.wire.collecting import build
from tlsfleet.wire.engine import Engine, extended

__all__ = ["Engine", "build", "extended"]
