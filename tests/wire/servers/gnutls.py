"""The system's GnuTLS as a server: Camellia, CCM, x448, ffdhe groups in TLS 1.2, and a strictness of its own.

gnutls-serv listens on every address of the machine, so the library is called itself, by ctypes, in a process of its
own: `python -m tests.wire.servers.gnutls PRIORITY IDENTITY...`. Each connection is a fork.
"""

import json
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from lab.odd.forking import serve
from tests.wire.servers.gnutls_library import Library, Listed
from tests.wire.servers.identities import identity
from tests.wire.servers.processes import module
from tests.wire.servers.truth import HOST, Served, Starting, Truth
from tlsfleet.iana import cipher_suites

VERSIONS = {"SSL3.0": "SSLv3", "TLS1.0": "TLSv1.0", "TLS1.1": "TLSv1.1", "TLS1.2": "TLSv1.2", "TLS1.3": "TLSv1.3"}
ORDER = tuple(VERSIONS.values())
GROUPS = {
    "SECP192R1": "secp192r1",
    "SECP224R1": "secp224r1",
    "SECP256R1": "secp256r1",
    "SECP384R1": "secp384r1",
    "SECP521R1": "secp521r1",
    "X25519": "x25519",
    "X448": "x448",
    **{f"FFDHE{bits}": f"ffdhe{bits}" for bits in (2048, 3072, 4096, 6144, 8192)},
}
KEYS = {"RSA": "RSA", "DHE-RSA": "RSA", "ECDHE-RSA": "RSA", "ECDHE-ECDSA": "ECDSA"}  # key exchange -> key type
FINITE_FIELD = ("DHE-RSA", "ANON-DH")


@dataclass(frozen=True, slots=True)
class GnuTls:
    """A priority string, and the identities served."""

    priority: str
    identities: tuple[str, ...] = ("rsa",)


EVERYTHING = GnuTls(
    "NORMAL:+VERS-ALL:+CIPHER-ALL:+ARCFOUR-128:+3DES-CBC:+NULL:+MAC-ALL:+MD5:+ANON-DH:+ANON-ECDH:+SIGN-ALL:"
    "+GROUP-ALL:%SERVER_PRECEDENCE",
    ("rsa", "p256"),
)
FFDHE_ONLY = GnuTls("NORMAL:-VERS-ALL:+VERS-TLS1.2:+VERS-TLS1.3:-KX-ALL:+DHE-RSA:-GROUP-ALL:+GROUP-FFDHE2048")
X448_ONLY = GnuTls("NORMAL:-GROUP-ALL:+GROUP-X448")


@contextmanager
def serving(told: GnuTls) -> Starting:
    """Runs GnuTLS as told."""
    own = [identity(kind) for kind in told.identities]
    files = [[str(one.certificate_file), str(one.key_file)] for one in own]
    with module(__name__, told.priority, json.dumps(files)) as port:
        yield Served(port, truth(told))


def truth(told: GnuTls) -> Truth:
    """What a server so told serves, as the library lists its priority string."""
    listed = Library().listed(told.priority)
    own = [identity(kind) for kind in told.identities]
    types = frozenset(one.key_type for one in own)
    protocols = sorted((VERSIONS[name] for name in listed.protocols if name in VERSIONS), key=ORDER.index)
    suites = {protocol: tuple(_suites(listed, protocol, types)) for protocol in protocols}
    shown = {name for name in listed.groups if not name.startswith("FFDHE") or "TLSv1.3" in protocols}
    return Truth(
        suites,
        frozenset(GROUPS[name] for name in shown if name in GROUPS),
        "%SERVER_PRECEDENCE" in told.priority,
        {one.key_type: (one.der,) for one in own},
    )


def _suites(listed: Listed, protocol: str, types: frozenset[str]) -> Iterator[str]:
    for one in listed.suites:
        lowest = ORDER.index(VERSIONS[one.lowest])
        modern = one.lowest == "TLS1.3"
        if lowest > ORDER.index(protocol) or modern != (protocol == "TLSv1.3"):
            continue
        if one.exchange in FINITE_FIELD and not any(name.startswith("FFDHE") for name in listed.groups):
            continue  # it fails at these, whatever its credentials have
        if modern or one.exchange.startswith("ANON") or KEYS.get(one.exchange) in types:
            yield cipher_suites()[one.number].name


def _main(priority: str, files: list[list[str]]) -> None:
    library = Library()
    credentials = library.credentials(files)
    with socket.create_server((HOST, 0), backlog=100) as listener:
        print("listening on", listener.getsockname()[1], flush=True)
        serve({listener: lambda link: library.converse(priority, credentials, link.fileno())})


if __name__ == "__main__":
    _main(sys.argv[1], json.loads(sys.argv[2]))
