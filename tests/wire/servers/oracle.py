"""A server of static RSA that tells what it found in a ClientKeyExchange, or does not: ROBOT.

`python -m tests.wire.servers.oracle KIND CERTIFICATE KEY`, which vulnerable.oracle runs.
"""

import socket
import sys
from pathlib import Path

from lab.odd.faulty import ROBOT, STATIC_RSA, WEAK_ROBOT, Server
from lab.odd.forking import serve
from tests.wire.servers.processes import one_word
from tests.wire.servers.truth import HOST
from tests.wire.servers.vulnerable import SOUND, STRONG, WEAK

FAULTS = {STRONG: ROBOT, WEAK: WEAK_ROBOT, SOUND: STATIC_RSA}


def _main(kind: str, certificate: str, key: str) -> None:
    server = Server(Path(certificate), Path(key), [FAULTS[kind]])
    with socket.create_server((HOST, 0), backlog=100) as listener:
        print("listening on", listener.getsockname()[1], flush=True)
        serve({listener: lambda link: server.converse(link, one_word)})


if __name__ == "__main__":
    _main(*sys.argv[1:])
