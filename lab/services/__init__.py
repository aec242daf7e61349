"""The servers of a host: what each is configured with, how it is started, and where it listens."""

from collections.abc import Callable
from dataclasses import dataclass

from lab.host import Site
from lab.odd import MAIL_PORT, WEB_PORT
from lab.services import dovecot, nginx, odd, postfix, prosody, ssh


@dataclass(frozen=True, slots=True)
class Service:
    """A server: `configure` lays its files; `start` and `stop` are shell commands; it is up when its ports listen.

    One that `is_ours` is started in this machine's own files, with the host's root as $HOST_ROOT.
    """

    configure: Callable[[Site], None]
    start: str
    stop: str
    ports: frozenset[int]
    is_ours: bool = False


SERVICES = {
    "ssh": Service(ssh.configure, ssh.START, ssh.STOP, frozenset({22})),
    "nginx": Service(nginx.configure, nginx.START, nginx.STOP, frozenset({80, 443})),
    "postfix": Service(postfix.configure, postfix.START, postfix.STOP, frozenset({25, 465, 587})),
    "dovecot": Service(dovecot.configure, dovecot.START, dovecot.STOP, frozenset({110, 143, 993, 995})),
    "prosody": Service(prosody.configure, prosody.START, prosody.STOP, frozenset({5222, 5269})),
    "odd": Service(odd.configure, odd.START, odd.STOP, frozenset({WEB_PORT, MAIL_PORT}), is_ours=True),
}
