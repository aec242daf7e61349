"""How a fault is planted that only the lab's odd server has: on TLS and behind STARTTLS, beside a sound nginx."""

from lab.defects.defect import WITHOUT_FLOOR, Change, Defect, also, both, host, leaf, serving
from lab.services.odd import oddities

ODD = serving("odd")
# Suites without ephemeral keys need RSA; more bits make servers in Python slow.
ODD_WITH_RSA = both(ODD, host(key="rsa-2048"), leaf(key_usage=frozenset({"digital_signature", "key_encipherment"})))
WITHOUT_13, SHORT_KEY = also("protocol.tls13-offered"), also("file-set.key-size")
OF_OLD = (
    WITHOUT_13
    | SHORT_KEY
    | WITHOUT_FLOOR
    | also("handshake.extended-master-secret", "handshake.no-client-renegotiation")
)


def on_odd(name: str, check: str, *wanted: str, change: Change = ODD, also: frozenset[str] = frozenset()) -> Defect:
    """A defect of a server that is sound otherwise, but speaks no TLS 1.3."""
    return Defect(name, check, change, oddities(*wanted), also=also | WITHOUT_13)


def on_old_openssl(name: str, check: str, fault: str, also: frozenset[str] = frozenset()) -> Defect:
    """A defect of OpenSSL 1.0.2, with an RSA key, and with what nobody can switch off in it."""
    return Defect(name, check, ODD_WITH_RSA, oddities(fault), also=also | OF_OLD)
