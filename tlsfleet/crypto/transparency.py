"""Certificate Transparency: the logs that vouch for a certificate, by the SCTs that come with it (RFC 6962 3.3)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice

from cryptography import x509
from cryptography.x509 import ocsp
from cryptography.x509.certificate_transparency import SignedCertificateTimestamp

from tlsfleet import keys
from tlsfleet.crypto.certificates import extension
from tlsfleet.facts import Certificate, ServedChain, Unknown

SHORT, FEW, MORE = timedelta(days=180), 2, 3
DELIVERED = 2  # SCTs that suffice where they do not come in the certificate, whatever its lifetime
MAX_SCTS = 100
V1, LOG_ID = 0, 32  # RFC 6962 3.2

Logs = frozenset[bytes]


@dataclass(frozen=True, slots=True)
class Vouched:
    """The logs of the SCTs in a certificate (``held``) and beside it (``sent``) so far as they can be told.

    ``wanted`` is how many it has to hold by Chrome's and Apple's policies, ``dark`` why there may be more.
    """

    held: Logs
    sent: Logs
    wanted: int
    dark: Unknown | None

    @property
    def enough(self) -> bool:
        return len(self.held) >= self.wanted or len(self.sent) >= DELIVERED


def vouched(certificate: Certificate, chain: ServedChain) -> Vouched:
    """The logs that vouch for a certificate as it is served."""
    found = (embedded(certificate), in_handshake(chain.scts), stapled(chain.staple))
    held, *sent = (frozenset[bytes]() if isinstance(logs, Unknown) else logs for logs in found)
    wanted = FEW if certificate.not_after - certificate.not_before <= SHORT else MORE
    dark = next((logs for logs in found if isinstance(logs, Unknown)), None)
    return Vouched(held, frozenset[bytes]().union(*sent), wanted, dark)


def embedded(certificate: Certificate) -> Logs | Unknown:
    """The logs of the SCTs in the certificate."""
    found = extension(certificate, x509.PrecertificateSignedCertificateTimestamps)
    return found if isinstance(found, Unknown) else _logs(found or ())


def in_handshake(scts: bytes | Unknown | None) -> Logs | Unknown:
    """The logs of the SCTs in the extension of the TLS handshake."""
    if not isinstance(scts, bytes):
        return scts or frozenset()
    found: set[bytes] = set()
    rest = scts[2:]
    if int.from_bytes(scts[:2]) != len(rest):
        return Unknown("SCTs", "the extension of the handshake is malformed")
    while rest and len(found) < MAX_SCTS:
        size = int.from_bytes(rest[:2])
        sct, rest = rest[2 : 2 + size], rest[2 + size :]
        if len(sct) != size or size <= LOG_ID:
            return Unknown("SCTs", "the extension of the handshake is malformed")
        found |= {sct[1 : 1 + LOG_ID]} if sct[0] == V1 else set()
    return frozenset(found)


def stapled(staple: bytes | Unknown | None) -> Logs | Unknown:
    """The logs of the SCTs in a stapled OCSP response."""
    if not isinstance(staple, bytes):
        return staple or frozenset()
    try:
        extensions = ocsp.load_der_ocsp_response(staple).single_extensions
        return _logs(extensions.get_extension_for_class(x509.SignedCertificateTimestamps).value)
    except x509.ExtensionNotFound:
        return frozenset()
    except keys.UNREADABLE as error:
        return Unknown("SCTs", f"the stapled OCSP response cannot be read: {error}")


def _logs(scts: Iterable[SignedCertificateTimestamp]) -> Logs:
    return frozenset(sct.log_id for sct in islice(scts, MAX_SCTS))
