"""The auditor's own trust store: the CA certificates that this machine's OpenSSL, or its distribution, trusts."""

import re
import ssl
from base64 import b64decode
from functools import lru_cache
from pathlib import Path

from tlsfleet.facts import Certificate, load_certificate

# Where distributions keep the bundle: Debian and Arch, Red Hat, SUSE, Alpine and FreeBSD.
USUAL = (
    *("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem"),
    *("/etc/pki/tls/certs/ca-bundle.crt", "/var/lib/ca-certificates/ca-bundle.pem", "/etc/ssl/cert.pem"),
)
BLOCK = re.compile(rb"-----BEGIN CERTIFICATE-----([^-]+)-----END")
MAX_BYTES = 8_000_000
MAX_ANCHORS = 2_000


@lru_cache(maxsize=1)
def system_anchors() -> tuple[tuple[Certificate, ...], str]:
    """The anchors, and whose they are in words; none, with the paths that were tried, where there is no bundle."""
    paths = ssl.get_default_verify_paths()
    tried = [path for path in dict.fromkeys((paths.cafile, *USUAL)) if path]
    for path in tried:
        if found := _read(Path(path)):
            return found, f"the auditor's own store, {path}"
    return (), f"the auditor's own store, which was not found ({', '.join(tried)})"


def _read(path: Path) -> tuple[Certificate, ...]:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES)
    except OSError:
        return ()
    blocks = BLOCK.findall(data)[:MAX_ANCHORS]
    return tuple(Certificate(der) for der in map(_der, blocks) if der)


def _der(block: bytes) -> bytes | None:
    """The DER of a PEM block's base64; None where it is no certificate."""
    try:
        der = b64decode(block)
        load_certificate(der)
    except ValueError:
        return None
    return der
