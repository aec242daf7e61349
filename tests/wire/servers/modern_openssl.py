"""OpenSSL 3.5 as a server, in a process of its own, with its own choice of groups: ML-KEM first.

`python -m tests.wire.servers.modern_openssl CERTIFICATE KEY`.
"""

import socket
import sys
from contextlib import contextmanager
from pathlib import Path

from lab.odd.forking import serve
from lab.odd.modern_openssl import Server
from tests.wire.servers.identities import identity
from tests.wire.servers.processes import module, one_word
from tests.wire.servers.truth import HOST, Served, Starting, Truth

# SSL_CTX_set1_groups(3) of OpenSSL 3.5, "NOTES": its own list
GROUPS = "X25519MLKEM768 x25519 secp256r1 x448 secp384r1 secp521r1 ffdhe2048 ffdhe3072".split()
SUITES = {
    "TLSv1.2": ("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",),
    "TLSv1.3": ("TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_GCM_SHA256"),
}


@contextmanager
def serving() -> Starting:
    """Runs it with an RSA key."""
    own = identity("rsa")
    with module(__name__, str(own.certificate_file), str(own.key_file)) as port:
        yield Served(port, Truth(SUITES, frozenset(GROUPS), server_order=True, chains={own.key_type: (own.der,)}))


def _main(certificate: str, key: str) -> None:
    server = Server(Path(certificate), Path(key))
    with socket.create_server((HOST, 0), backlog=100) as listener:
        print("listening on", listener.getsockname()[1], flush=True)
        serve({listener: lambda link: server.converse(link, one_word)})


if __name__ == "__main__":
    _main(*sys.argv[1:])
