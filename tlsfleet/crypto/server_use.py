"""What keeps a certificate from being a TLS server's."""

from collections.abc import Iterator

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from tlsfleet.crypto.certificates import extension, key_of
from tlsfleet.facts import Certificate, Unknown


def server_faults(certificate: Certificate) -> Iterator[tuple[str, str] | Unknown]:
    """Each fault as what was seen and what is expected."""
    constraints = extension(certificate, x509.BasicConstraints)
    usage = extension(certificate, x509.KeyUsage)
    purposes = extension(certificate, x509.ExtendedKeyUsage)
    for found in (constraints, usage, purposes):
        if isinstance(found, Unknown):
            yield found
            return
    if isinstance(constraints, x509.BasicConstraints) and constraints.ca:
        yield "a CA's certificate (CA:TRUE)", "CA:FALSE"
    if not isinstance(purposes, x509.ExtendedKeyUsage):
        yield "no extendedKeyUsage", "extendedKeyUsage with serverAuth"
    elif ExtendedKeyUsageOID.SERVER_AUTH not in purposes:
        held = ", ".join(purpose.dotted_string for purpose in purposes)[:200]
        yield f"extendedKeyUsage {held}, without serverAuth", "extendedKeyUsage with serverAuth"
    if isinstance(usage, x509.KeyUsage):
        yield from _usage_faults(certificate, usage)


def _usage_faults(certificate: Certificate, usage: x509.KeyUsage) -> Iterator[tuple[str, str] | Unknown]:
    """Handshakes with forward secrecy are signed (RFC 8446 4.4.2.2); only RSA keys encipher others (RFC 8813)."""
    key = key_of(certificate)
    if isinstance(key, Unknown):
        yield key
    elif usage.key_encipherment and key[0] != "RSA":
        yield f"keyUsage keyEncipherment with a key of {key[0]}", "keyUsage digitalSignature"
    if not usage.digital_signature:
        yield "keyUsage without digitalSignature", "keyUsage digitalSignature"
