"""The system's OpenSSL as a server: each protocol, suite, group, key type and feature that `openssl s_server` has."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.wire.servers.identities import Identity, identity, staple
from tests.wire.servers.processes import running
from tests.wire.servers.truth import HOST, Served, Starting, Truth, names_groups

DH = Path(__file__).parents[3] / "lab" / "dh"
VERSIONS = {"TLSv1.0": "tls1", "TLSv1.1": "tls1_1", "TLSv1.2": "tls1_2", "TLSv1.3": "tls1_3"}
EVERY_SUITE = "ALL:COMPLEMENTOFALL"
MODERN_SUITES = ("TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_GCM_SHA256")
EVERY_MODERN_SUITE = (*MODERN_SUITES, "TLS_AES_128_CCM_SHA256", "TLS_AES_128_CCM_8_SHA256")
GROUPS = {
    "X25519": "x25519",
    "X448": "x448",
    "P-256": "secp256r1",
    "P-384": "secp384r1",
    "P-521": "secp521r1",
    "ffdhe2048": "ffdhe2048",
    "ffdhe3072": "ffdhe3072",
    "secp256k1": "secp256k1",
    "brainpoolP256r1": "brainpoolP256r1",
}
AUTHENTICATION = {"RSA": "RSA", "ECDSA": "ECDSA", "DSS": "DSA"}  # openssl ciphers' word -> a key type
# The machine's own file sets a floor of protocol and security level; this one sets none.
CONFIGURATION = """openssl_conf = all
[all]
ssl_conf = ssl
[ssl]
system_default = nothing
[nothing]
MinProtocol = None
CipherString = ALL:COMPLEMENTOFALL:@SECLEVEL=0
"""


@dataclass(frozen=True, slots=True)
class OpenSsl:
    """What one s_server is told. Suites are in OpenSSL's names and syntax, groups in those of GROUPS."""

    protocols: tuple[str, ...] = tuple(VERSIONS)
    ciphers: str = EVERY_SUITE
    modern: tuple[str, ...] = MODERN_SUITES
    groups: tuple[str, ...] = ("X25519", "P-256", "P-384", "P-521")
    identities: tuple[str, ...] = ("rsa",)
    server_order: bool = False
    psk: bool = False
    arguments: tuple[str, ...] = ("-www",)


SOUND = OpenSsl(("TLSv1.2", "TLSv1.3"), "ECDHE+AESGCM:ECDHE+CHACHA20", groups=("X25519", "P-256"), server_order=True)
NULL_AND_ANONYMOUS = OpenSsl(("TLSv1.0", "TLSv1.1", "TLSv1.2"), "NULL:aNULL")
X25519_ONLY = OpenSsl(("TLSv1.2",), "ECDHE+AESGCM:ECDHE+CHACHA20", groups=("X25519",))
EDWARDS = OpenSsl(("TLSv1.2", "TLSv1.3"), identities=("ed25519",))
TWO_KEYS = OpenSsl(("TLSv1.2", "TLSv1.3"), identities=("rsa", "p256"))
DSA_AND_RSA = OpenSsl(("TLSv1.0", "TLSv1.1", "TLSv1.2"), identities=("rsa", "dsa"))
SMALL_DH = OpenSsl(("TLSv1.2",), "DHE+AESGCM", arguments=("-www", "-dhparam", str(DH / "oakley-1024.pem")))
STATIC_RSA = OpenSsl(("TLSv1.2",), "kRSA+AES", server_order=True)
PSK = OpenSsl(("TLSv1.2",), "PSK+AES", psk=True)
MODERN_ONLY = OpenSsl(("TLSv1.3",), modern=EVERY_MODERN_SUITE, groups=tuple(GROUPS)[:7])
NO_TICKETS = OpenSsl(("TLSv1.2", "TLSv1.3"), arguments=("-www", "-no_ticket", "-num_tickets", "0"))
NO_RESUMPTION = OpenSsl(("TLSv1.2",), arguments=("-www", "-no_ticket", "-no_cache"))
EARLY_DATA = OpenSsl(("TLSv1.3",), arguments=("-early_data", "-max_early_data", "16384", "-no_anti_replay"))
ALPN = OpenSsl(("TLSv1.2", "TLSv1.3"), arguments=("-www", "-alpn", "h2,http/1.1"))
RENEGOTIATING = OpenSsl(("TLSv1.2",), arguments=("-client_renegotiation", "-legacy_renegotiation"))


def stapling() -> OpenSsl:
    """A server that staples an OCSP response."""
    return OpenSsl(("TLSv1.2", "TLSv1.3"), arguments=("-www", "-status", "-status_file", str(staple())))


def two_names(second: str = "second.test", *, strict: bool = False) -> OpenSsl:
    """A server with another certificate for a second name; a strict one refuses names that it does not know."""
    other = identity("rsa", second)
    files = ("-servername", second, "-cert2", str(other.certificate_file), "-key2", str(other.key_file))
    return OpenSsl(("TLSv1.2", "TLSv1.3"), arguments=("-www", *files, *(["-servername_fatal"] if strict else [])))


@contextmanager
def serving(told: OpenSsl) -> Starting:
    """Runs `openssl s_server` as told."""
    with running(_command(told), r"ACCEPT .*:(\d+)$", {"OPENSSL_CONF": str(configuration())}) as (found, _):
        yield Served(int(found[1]), truth(told))


def truth(told: OpenSsl) -> Truth:
    """What a server so told serves, as `openssl ciphers` and its documentation have it."""
    own = [identity(kind) for kind in told.identities]
    suites = {protocol: tuple(_suites(told, protocol, own)) for protocol in told.protocols}
    return Truth(
        suites,
        frozenset(GROUPS[group] for group in told.groups if any(names_groups(suites, each) for each in suites)),
        told.server_order,
        {one.key_type: (one.der,) for one in own},
    )


@cache
def configuration() -> Path:
    """The file of settings for OpenSSL, which floors nothing."""
    file = identity().key_file.with_name("openssl.cnf")
    file.write_text(CONFIGURATION, encoding="ascii")
    return file


def _command(told: OpenSsl) -> list[str]:
    files = []
    for flag, kind in zip(("", "d"), told.identities, strict=False):
        one = identity(kind)
        files += [f"-{flag}cert", str(one.certificate_file), f"-{flag}key", str(one.key_file)]
    without = [f"-no_{flag}" for protocol, flag in VERSIONS.items() if protocol not in told.protocols]
    suites = ["-cipher", f"{told.ciphers}:@SECLEVEL=0", "-ciphersuites", ":".join(told.modern)]
    order = ["-serverpref"] if told.server_order else []
    psk = ["-psk", "0123456789abcdef"] if told.psk else []
    groups = ["-groups", ":".join(told.groups)]
    place = ["openssl", "s_server", "-accept", f"{HOST}:0"]
    return [*place, *files, *without, *suites, *groups, *order, *psk, *told.arguments]


def _suites(told: OpenSsl, protocol: str, own: list[Identity]) -> Iterator[str]:
    if protocol == "TLSv1.3":
        yield from told.modern
        return
    for line in _listed(f"{told.ciphers}:@SECLEVEL=0", VERSIONS[protocol], told.psk).splitlines():
        name, _, _, _, exchange, authentication, *_ = line.split()
        if _has(own, authentication.removeprefix("Au="), exchange, protocol):
            yield name


@cache
def _listed(ciphers: str, version: str, psk: bool) -> str:
    command = ["openssl", "ciphers", "-s", "-v", "-stdname", f"-{version}", *(["-psk"] if psk else []), ciphers]
    environment = {"OPENSSL_CONF": str(configuration()), "PATH": "/usr/bin:/bin"}
    return subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout


def _has(own: list[Identity], authentication: str, exchange: str, protocol: str) -> bool:
    if authentication in {"None", "PSK"} or "SRP" in exchange:
        return "SRP" not in exchange
    types = {one.key_type for one in own}
    edwards = "EdDSA" in types and protocol == "TLSv1.2" and authentication == "ECDSA"  # RFC 8422 5.10
    return edwards or AUTHENTICATION.get(authentication) in types
