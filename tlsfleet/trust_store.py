"""The auditor's own trust store: the CAs that this machine's programs trust, for hosts whose inventory names none."""

import ssl
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tlsfleet.facts import Certificate

BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
MAX_BYTES = 8 * 1024 * 1024


@cache
def system_anchors() -> tuple[tuple[Certificate, ...] | None, str | None]:
    """The anchors and the file that they are of; None and None where there is no such store."""
    paths = ssl.get_default_verify_paths()
    for name in filter(None, (paths.cafile, *BUNDLES)):
        path = Path(name)
        if path.is_file() and path.stat().st_size <= MAX_BYTES and (found := _certificates(path.read_bytes())):
            return found, str(path)
    return None, None


def _certificates(pem: bytes) -> tuple[Certificate, ...]:
    try:
        return tuple(Certificate(each.public_bytes(Encoding.DER)) for each in x509.load_pem_x509_certificates(pem))
    except ValueError:
        return ()
