"""The lab's server with faults, on loopback: `python -m tests.wire.servers.faulty FAULT CERTIFICATE KEY`."""

import socket
import sys
from contextlib import contextmanager
from pathlib import Path

from lab.odd.faulty import Server
from lab.odd.forking import serve
from tests.wire.servers.identities import identity
from tests.wire.servers.processes import module, one_word
from tests.wire.servers.truth import HOST, Served, Starting, Truth


@contextmanager
def serving(fault: str) -> Starting:
    """Runs it with an RSA key."""
    own = identity("rsa")
    with module(__name__, fault, str(own.certificate_file), str(own.key_file)) as port:
        yield Served(port, Truth({}))


def _main(fault: str, certificate: str, key: str) -> None:
    server = Server(Path(certificate), Path(key), [fault])
    with socket.create_server((HOST, 0), backlog=100) as listener:
        print("listening on", listener.getsockname()[1], flush=True)
        serve({listener: lambda link: server.converse(link, one_word)})


if __name__ == "__main__":
    _main(*sys.argv[1:])
