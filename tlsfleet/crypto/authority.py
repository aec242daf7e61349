"""What keeps a CA's certificate from issuing what is below it."""

from collections.abc import Iterator
from datetime import datetime

from cryptography import x509

from tlsfleet import keys
from tlsfleet.crypto.certificates import extension
from tlsfleet.facts import Certificate, Unknown


def faults(authority: Certificate, below: int, now: datetime) -> Iterator[tuple[str, str] | Unknown]:
    """Each fault as what was seen and what is expected; ``below`` intermediates are between it and the end-entity."""
    yield from _dates(authority, now)
    constraints = extension(authority, x509.BasicConstraints)
    usage = extension(authority, x509.KeyUsage)
    if isinstance(constraints, Unknown) or isinstance(usage, Unknown):
        yield constraints if isinstance(constraints, Unknown) else Unknown("keyUsage", str(usage))
        return
    if constraints is None or not constraints.ca:
        yield "no CA's certificate (CA:FALSE)", "CA:TRUE"
    elif constraints.path_length is not None and constraints.path_length < below:
        yield f"pathlen:{constraints.path_length}, with {below} intermediates below it", f"pathlen:{below} or none"
    if usage is not None and not usage.key_cert_sign:
        yield "its keyUsage lacks keyCertSign", "keyUsage with keyCertSign"


def _dates(authority: Certificate, now: datetime) -> Iterator[tuple[str, str] | Unknown]:
    try:
        start, end = authority.not_before, authority.not_after
    except keys.UNREADABLE as error:
        yield Unknown("validity", f"its dates cannot be read: {error}")
        return
    if now < start:
        yield f"not valid before {start:%Y-%m-%d %H:%M}", "valid now"
    if now > end:
        yield f"expired on {end:%Y-%m-%d %H:%M}", "valid now"
