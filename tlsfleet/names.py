"""Names in certificates and requests: subject attributes, alternative names, and what a fully qualified name is."""

import re

from cryptography import x509
from cryptography.x509.oid import NameOID

from tlsfleet.facts import Certificate, CsrFile, Unknown
from tlsfleet.keys import UNREADABLE

LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)", re.ASCII | re.IGNORECASE)
MAX_LENGTH = 253
ATTRIBUTES = {
    "C": NameOID.COUNTRY_NAME,
    "ST": NameOID.STATE_OR_PROVINCE_NAME,
    "L": NameOID.LOCALITY_NAME,
    "O": NameOID.ORGANIZATION_NAME,
    "OU": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "CN": NameOID.COMMON_NAME,
    "emailAddress": NameOID.EMAIL_ADDRESS,
}


def is_fqdn(name: str) -> bool:
    """Whether it is a fully qualified host name (RFC 1123 2.1), with a wildcard as its first label or not."""
    labels = name.removeprefix("*.").split(".")
    numeric = labels[-1].isdigit()  # an IPv4 address
    return len(name) <= MAX_LENGTH and len(labels) > 1 and not numeric and all(map(LABEL.fullmatch, labels))


def subject_values(holder: Certificate | CsrFile, attribute: str) -> tuple[str, ...] | Unknown:
    """The values of one attribute of the subject (C, ST, L, O, OU, CN, emailAddress), in their order."""
    try:
        found = holder.x509.subject.get_attributes_for_oid(ATTRIBUTES[attribute])
        return tuple(str(item.value) for item in found)
    except UNREADABLE as error:
        return Unknown(attribute, f"its subject cannot be read: {error}")


def alternative_names(holder: Certificate | CsrFile) -> tuple[x509.GeneralName, ...] | Unknown:
    """All entries of the subjectAltName, none without one."""
    try:
        return tuple(holder.x509.extensions.get_extension_for_class(x509.SubjectAlternativeName).value)
    except x509.ExtensionNotFound:
        return ()
    except UNREADABLE as error:
        return Unknown("subjectAltName", f"its extensions cannot be read: {error}")


def dns_names(holder: Certificate | CsrFile) -> tuple[str, ...] | Unknown:
    """The DNS names of the subjectAltName, none without one."""
    found = alternative_names(holder)
    if isinstance(found, Unknown):
        return found
    return tuple(name.value for name in found if isinstance(name, x509.DNSName))
