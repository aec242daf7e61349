"""OpenSSL 1.0.2e as a server: SSL 2, SSL 3, RC4, export suites, DES, compression, Heartbeat.

nassl's wheel has that whole library in one file, for its client; the server's half is in there too, only not exported.
So its functions are called at the addresses that the file's symbol table has, in a process of their own:
`python -m tests.wire.servers.old_openssl JSON`. Each connection is a fork, for this OpenSSL has no locks by itself.
"""

import json
import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass

from tests.wire.servers.identities import identity
from tests.wire.servers.old_openssl_library import Cipher, Library
from tests.wire.servers.processes import module, running
from tests.wire.servers.truth import HOST, Served, Starting, Truth, names_groups
from tlsfleet.iana import cipher_suites

# The options of OpenSSL 1.0.2's ssl.h
WITHOUT = {"SSLv2": 1 << 24, "SSLv3": 1 << 25, "TLSv1.0": 1 << 26, "TLSv1.1": 1 << 28, "TLSv1.2": 1 << 27}
SERVER_PREFERENCE, NO_COMPRESSION, NO_TICKET = 1 << 22, 1 << 17, 1 << 14
SSL2_NAMES = {
    0x010080: "SSL_CK_RC4_128_WITH_MD5",
    0x020080: "SSL_CK_RC4_128_EXPORT40_WITH_MD5",
    0x030080: "SSL_CK_RC2_128_CBC_WITH_MD5",
    0x040080: "SSL_CK_RC2_128_CBC_EXPORT40_WITH_MD5",
    0x050080: "SSL_CK_IDEA_128_CBC_WITH_MD5",
    0x060040: "SSL_CK_DES_64_CBC_WITH_MD5",
    0x0700C0: "SSL_CK_DES_192_EDE3_CBC_WITH_MD5",
    0x080080: "SSL_CK_RC4_64_WITH_MD5",
}
CURVES = {"P-256": "secp256r1", "P-384": "secp384r1", "P-521": "secp521r1"}
SECONDS = 30  # the longest that a connection lives


@dataclass(frozen=True, slots=True)
class OldOpenSsl:
    """What one server is told."""

    protocols: tuple[str, ...] = tuple(WITHOUT)
    ciphers: str = "ALL:COMPLEMENTOFALL"
    curves: tuple[str, ...] = tuple(CURVES)
    identities: tuple[str, ...] = ("rsa",)
    server_order: bool = False
    compression: bool = True
    tickets: bool = True


EVERYTHING = OldOpenSsl(identities=("rsa", "p256"))
SSL3_ONLY = OldOpenSsl(("SSLv3",), server_order=True)
EXPORT_AND_DES = OldOpenSsl(("SSLv3", "TLSv1.0"), "EXPORT:LOW", compression=False)
RC4_AND_3DES = OldOpenSsl(("TLSv1.0", "TLSv1.1", "TLSv1.2"), "RC4:3DES", compression=False, server_order=True)


@contextmanager
def serving(told: OldOpenSsl) -> Starting:
    """Runs OpenSSL 1.0.2e as told."""
    files = [[str(one.certificate_file), str(one.key_file)] for one in map(identity, told.identities)]
    with module(__name__, json.dumps([asdict(told), files])) as port:
        yield Served(port, truth(told))


def truth(told: OldOpenSsl) -> Truth:
    """What a server so told serves, after its own list of suites."""
    command = [sys.executable, "-m", __name__, json.dumps([asdict(told), []])]
    with running(command, r"suites (.*)") as (found, _):
        ciphers = [Cipher(*one) for one in json.loads(found[1])]
    own = [identity(kind) for kind in told.identities]
    types = frozenset(one.key_type for one in own)
    suites = {protocol: tuple(_suites(ciphers, protocol, types)) for protocol in told.protocols}
    # A hello of SSL 3 has no extension to name curves in: the server takes its first.
    shown = {curve for each in suites if names_groups(suites, each) for curve in told.curves[: _asked(each)]}
    return Truth(
        suites,
        frozenset(CURVES[curve] for curve in shown),
        told.server_order,
        {one.key_type: (one.der,) for one in own},
    )


def _asked(protocol: str) -> int | None:
    return 1 if protocol == "SSLv3" else None


def _suites(ciphers: list[Cipher], protocol: str, types: frozenset[str]) -> Iterator[str]:
    for one in ciphers:
        if one.served(protocol, types):
            yield (
                SSL2_NAMES[one.number & 0xFFFFFF] if protocol == "SSLv2" else cipher_suites()[one.number & 0xFFFF].name
            )


def _main(text: str) -> None:
    told, files = json.loads(text)
    library = Library()
    context = library.context(told["ciphers"], _options(told), told["curves"], files)
    if not files:
        print("suites", json.dumps(library.ciphers(context)), flush=True)
        return
    with socket.create_server((HOST, 0), backlog=100) as listener:
        print("listening on", listener.getsockname()[1], flush=True)
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        while True:
            link, _ = listener.accept()
            if os.fork() == 0:
                signal.alarm(SECONDS)
                library.converse(context, link.fileno())
                os._exit(0)
            link.close()


def _options(told: dict[str, object]) -> int:
    protocols = told["protocols"]
    assert isinstance(protocols, list)
    return (
        sum(bit for name, bit in WITHOUT.items() if name not in protocols)
        | (SERVER_PREFERENCE if told["server_order"] else 0)
        | (0 if told["compression"] else NO_COMPRESSION)
        | (0 if told["tickets"] else NO_TICKET)
    )


if __name__ == "__main__":
    _main(sys.argv[1])
