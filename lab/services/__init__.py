"""The servers of a host: what each is configured with, how it is started, and where it listens."""

from collections.abc import Callable
from dataclasses import dataclass

from lab.host import Site
from lab.services import nginx, ssh


@dataclass(frozen=True, slots=True)
class Service:
    """A server: `configure` lays its files, `start` and `stop` are shell commands run in the host."""

    configure: Callable[[Site], None]
    start: str
    stop: str
    ports: frozenset[int]


SERVICES = {
    "ssh": Service(ssh.configure, ssh.START, ssh.STOP, frozenset({22})),
    "nginx": Service(nginx.configure, nginx.START, nginx.STOP, frozenset({80, 443})),
}
