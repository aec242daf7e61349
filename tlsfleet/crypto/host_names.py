"""Whether a certificate's names cover a host's (RFC 9525 6.3)."""

import unicodedata
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from cryptography import x509

from tlsfleet.facts import Certificate, Unknown
from tlsfleet.names import alternative_names

Address = IPv4Address | IPv6Address


def addresses_of(certificate: Certificate) -> tuple[Address, ...] | Unknown:
    """The IP addresses of the subjectAltName, none without one."""
    found = alternative_names(certificate)
    if isinstance(found, Unknown):
        return found
    values = (name.value for name in found if isinstance(name, x509.IPAddress))
    return tuple(value for value in values if not isinstance(value, IPv4Network | IPv6Network))


def covers(dns: Iterable[str], addresses: Iterable[Address], name: str) -> bool:
    """Whether a host name is among DNS names, a wildcard for one whole left-most label; or an IP among those."""
    address = address_in(name)
    if address is not None:
        return address in addresses
    wanted = ascii_name(name)
    parent = wanted.partition(".")[2]
    held = {ascii_name(item) for item in dns}
    return wanted in held or ("." in parent and f"*.{parent}" in held)


def same(left: str, right: str) -> bool:
    """Whether two host names are one: case and a dot at the end do not count."""
    return ascii_name(left) == ascii_name(right)


def address_in(name: str) -> Address | None:
    """The IP address that a name is, brackets or not; None for a host name."""
    try:
        return ip_address(name.removeprefix("[").removesuffix("]"))
    except ValueError:
        return None


def ascii_name(name: str) -> str:
    """A host name in lower case, without the dot at its end, its labels as A-labels (RFC 5890)."""
    return ".".join(map(_ascii_label, name.lower().rstrip(".").split(".")))


def _ascii_label(label: str) -> str:
    if label.isascii():
        return label
    return f"xn--{unicodedata.normalize('NFC', label).encode('punycode').decode('ascii')}"
