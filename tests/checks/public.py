"""Certificates for cases that a builder does not make: extensions of public CAs, and DER with faults in it."""

from cryptography import x509

from tests.checks.certificates import sound_leaf
from tests.checks.edits import with_certificate_file
from tests.checks.hosts import Edit
from tlsfleet.facts import Certificate, Malformed

SCT_LIST = x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")
POLICY = x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier("2.23.140.1.2.1"), None)])
STAMPS = x509.UnrecognizedExtension(SCT_LIST, bytes.fromhex("04020000"))  # an empty list


def broken(path: str) -> Edit:
    """A file in which no certificate can be parsed."""
    return with_certificate_file(Malformed(path, "certificate 1 cannot be parsed"))


def unreadable() -> Certificate:
    """The sound certificate with a damaged subjectAltName: it parses, its extensions do not."""
    der = sound_leaf().der
    name = b"\x82\x0fwww.example.org"
    assert der.count(name) == 1
    return Certificate(der.replace(name, b"\x82\x1fwww.example.org"))


def odd_issuer() -> Certificate:
    """The sound certificate with an issuer whose name holds a string of no known type."""
    der = sound_leaf().der
    name = b"\x0c\x14Example Intermediate"
    assert der.count(name) == 1
    return Certificate(der.replace(name, b"\x01\x14Example Intermediate"))
