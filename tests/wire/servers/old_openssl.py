"""OpenSSL 1.0.2e as a server: SSL 2, SSL 3, RC4, export suites, DES, compression, Heartbeat.

It runs in a process of its own: `python -m tests.wire.servers.old_openssl JSON`. Each connection is a fork, for this
OpenSSL has no locks by itself.
"""

import json
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass

from lab.odd.forking import serve
from lab.odd.old_openssl_library import WITHOUT, Cipher, Library, options
from tests.wire.servers.identities import identity
from tests.wire.servers.processes import module, one_word, running
from tests.wire.servers.truth import HOST, Served, Starting, Truth, names_groups
from tlsfleet.iana import cipher_suites

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
    chosen = {name: told[name] for name in ("protocols", "server_order", "compression", "tickets")}
    context = library.context(told["ciphers"], options(**chosen), told["curves"], files)
    if not files:
        print("suites", json.dumps(library.ciphers(context)), flush=True)
        return
    with socket.create_server((HOST, 0), backlog=100) as listener:
        print("listening on", listener.getsockname()[1], flush=True)
        serve({listener: lambda link: library.converse(context, link.fileno(), one_word)})


if __name__ == "__main__":
    _main(sys.argv[1])
