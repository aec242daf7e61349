"""Certificates for cases that a builder does not make: extensions of public CAs, and DER with faults in it."""

from cryptography import x509

from tests.checks.certificates import sound_leaf
from tests.checks.edits import with_certificate_file
from tests.checks.hosts import Edit
from tlsfleet.facts import Certificate, Malformed

SCT_LIST = x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")
POLICY = x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier("2.23.140.1.2.1"), None)])
SEQUENCE, OCTETS, OID = 0x30, 0x04, 0x06  # DER's tags
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


def der(tag: int, *parts: bytes) -> bytes:
    """An element of DER under 64 KiB."""
    value = b"".join(parts)
    size = len(value)
    length = bytes([size]) if size < 128 else b"\x81" + bytes([size]) if size < 256 else b"\x82" + size.to_bytes(2)
    return bytes([tag]) + length + value


def sct_list(*logs: int) -> bytes:
    """SCTs of some logs, each known by a number (RFC 6962 3.3); their signatures are made up."""
    each = [bytes([0]) + bytes([log]) * 32 + bytes(8) + b"\0\0" + b"\4\3\0\2\x30\0" for log in logs]
    data = b"".join(len(sct).to_bytes(2) + sct for sct in each)
    return len(data).to_bytes(2) + data


def embedded(*logs: int) -> x509.UnrecognizedExtension:
    """SCTs of some logs as a certificate holds them."""
    return x509.UnrecognizedExtension(SCT_LIST, der(OCTETS, sct_list(*logs)))


def stapled_scts(*logs: int) -> bytes:
    """An OCSP response with SCTs of some logs, which cryptography has no builder for; all else of it is made up."""
    sha1, ecdsa = (der(SEQUENCE, der(OID, bytes.fromhex(oid))) for oid in ("2b0e03021a", "2a8648ce3d040302"))
    time = der(0x18, b"20261123000000Z")
    identifier = der(SEQUENCE, sha1, der(OCTETS, bytes(20)), der(OCTETS, bytes(20)), der(2, b"\1"))
    scts = der(SEQUENCE, der(OID, bytes.fromhex("2b06010401d679020405")), der(OCTETS, der(OCTETS, sct_list(*logs))))
    single = der(SEQUENCE, identifier, b"\x80\0", time, der(0xA1, der(SEQUENCE, scts)))
    signed = der(SEQUENCE, der(0xA2, der(OCTETS, bytes(20))), time, der(SEQUENCE, single))
    basic = der(SEQUENCE, signed, ecdsa, der(3, b"\0\0"))
    kind = der(OID, bytes.fromhex("2b0601050507300101"))
    return der(SEQUENCE, b"\x0a\1\0", der(0xA0, der(SEQUENCE, kind, der(OCTETS, basic))))
