"""What there is to offer: every registered suite, group and scheme; weak suites first, to show a server's order."""

from functools import cache

from tlsfleet import iana
from tlsfleet.endpoints import Endpoint
from tlsfleet.known.cipher_suites import SCSV, suite
from tlsfleet.wire.hello import Hello

OLDER = ("SSLv3", "TLSv1.0", "TLSv1.1", "TLSv1.2")  # those with one handshake, in the clear
# RFC 7301's protocols by what is spoken there
HTTP = ("h2", "http/1.1")
ALPN = {
    "imap": ("imap",),
    "pop3": ("pop3",),
    "sieve": ("managesieve",),
    "ftp": ("ftp",),
    "postgres": ("postgresql",),
    "xmpp-client": ("xmpp-client",),
    "xmpp-server": ("xmpp-server",),
}
WEB_PORTS = {443, 8443}
NO_ALPN: tuple[str, ...] = ()
ALPN_OF_PORT = {
    **dict.fromkeys((465, 636, 853, 990, 6697), NO_ALPN),
    993: ("imap",),
    995: ("pop3",),
    5223: ("xmpp-client",),
    5270: ("xmpp-server",),
}


@cache
def suites(version: str) -> tuple[int, ...]:
    """Every suite that a version can carry, the worst first (SSL 3 carries what TLS 1.0 does, in practice)."""
    known = iana.cipher_suites().items()
    if version == "TLSv1.3":
        return tuple(number for number, each in known if each.protocol == version)
    lower = OLDER[: max(OLDER.index(version), 1) + 1]
    able = [(number, each.name) for number, each in known if each.protocol in lower and each.name not in SCSV]
    return tuple(number for number, name in sorted(able, key=lambda pair: _worth(pair[1])))


def _worth(name: str) -> tuple[int, bool, int, bool]:
    found = suite(name)
    if found is None:
        return (1, False, 0, False)
    return (-len(found.kinds - {"static", "DHE"}), found.strong, found.bits, found.forward_secrecy)


@cache
def named(version: str, *exchanges: str) -> tuple[int, ...]:
    """The suites of a version whose key exchange begins with one of some words."""
    known = iana.cipher_suites()
    return tuple(
        number
        for number in suites(version)
        if (found := suite(known[number].name)) and found.exchange.startswith(exchanges)
    )


@cache
def static_rsa(version: str) -> tuple[int, ...]:
    """The suites of a version in which the client enciphers the secret with the server's RSA key."""
    known = iana.cipher_suites()
    return tuple(number for number in suites(version) if (each := suite(known[number].name)) and each.exchange == "RSA")


@cache
def families(version: str) -> tuple[tuple[int, ...], ...]:
    """The suites of a version by how keys are exchanged: on curves, in finite fields, by RSA or otherwise."""
    curves, fields = named(version, "ECDHE", "ECDH_"), named(version, "DHE", "DH_")
    return curves, fields, tuple(number for number in suites(version) if number not in (*curves, *fields))


@cache
def groups() -> tuple[int, ...]:
    """Every named group."""
    return tuple(iana.named_groups())


@cache
def without_ffdhe() -> tuple[int, ...]:
    """Every named group but those of finite fields: who offers one of these gets no DHE in another (RFC 7919 4)."""
    return tuple(number for number, name in iana.named_groups().items() if not name.startswith("ffdhe"))


@cache
def schemes() -> tuple[int, ...]:
    """Every signature scheme."""
    return tuple(iana.signature_schemes())


@cache
def weak_schemes() -> tuple[int, ...]:
    """Those that sign a digest of MD5 or SHA-1."""
    return tuple(number for number, name in iana.signature_schemes().items() if name.endswith(("md5", "sha1")))


@cache
def common_suites(version: str) -> tuple[int, ...]:
    """Suites one of which nearly every server of a version takes."""
    known = iana.cipher_suites()
    wanted = (
        "AES_128_GCM",
        "AES_256_GCM",
        "CHACHA20",
        "AES_128_CBC_SHA",
        "AES_256_CBC_SHA",
        "3DES_EDE_CBC_SHA",
        "RC4_128",
    )
    exchanges = ("RSA", "ECDHE_RSA", "ECDHE_ECDSA", "DHE_RSA", "TLS13")
    return tuple(
        number
        for number in suites(version)
        if (found := suite(known[number].name))
        and found.exchange in exchanges
        and found.name.partition("_WITH_")[2].startswith(wanted)
    ) or suites(version)


def alpn(endpoint: Endpoint) -> tuple[str, ...]:
    """The protocols that clients of an endpoint ask for; those of the web on ports that are nobody's."""
    if endpoint.starttls:
        return ALPN.get(endpoint.starttls, NO_ALPN)
    return ALPN_OF_PORT.get(endpoint.port, HTTP)


def hello(endpoint: Endpoint, version: str, offered: tuple[int, ...] | None = None) -> Hello:
    """A hello that offers some suites of a version (all, if none are given) and everything else there is."""
    return Hello(
        version,
        suites(version) if offered is None else offered,
        groups() if version == "TLSv1.3" else without_ffdhe(),
        schemes(),
        server_name=endpoint.server_name,
        ticket=None if version == "TLSv1.3" else b"",
        compression=version != "TLSv1.3",
        heartbeat=version != "TLSv1.3",
        staple=True,
    )
