"""The inside of a host: one read-only script over one connection, its frames as evidence, their facts."""

from tlsfleet.inside.building import build
from tlsfleet.inside.collecting import collect
from tlsfleet.inside.connecting import Options, testinfra_host
from tlsfleet.inside.running import stop

__all__ = ["Options", "build", "collect", "stop", "testinfra_host"]
