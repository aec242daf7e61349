"""What a host of the lab is: data, from which its files are laid and its services started."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from lab.ca import INTERMEDIATE, REQUEST, Authority, Request, Subject, Template
from lab.files import HostFiles
from lab.keys import Key, pem

DOMAIN = "example.org"


Plant = Callable[["Site"], None]


@dataclass(frozen=True, slots=True)
class Host:
    """A host before it runs, sound unless told otherwise.

    `names` are the inventory's `tls_names`, `variables` what else it says of the host (`{ipv6}` in them is its
    address). `previous` is an older set, with the same key where `previous_key` says so; a shared key is that of all
    hosts that share. `stamp` is the date in the set's file names where it is not the day of issue. Plants change the
    files that were laid, before the services start or once they run.
    """

    name: str
    leaf: Template
    names: tuple[str, ...]
    services: tuple[str, ...] = ("nginx",)
    policy: str = "notes"
    layout: str = "notes"
    previous: Template | None = None
    previous_key: bool = False
    authorities: tuple[Template, ...] = (INTERMEDIATE,)
    foreign_root: bool = False
    csr: Request = REQUEST
    key: str = "ec-p256"
    shared_key: bool = False
    stamp: str | None = None
    root_in_chain: bool = False
    key_group_members: tuple[str, ...] = ("prosody",)
    variables: tuple[tuple[str, str], ...] = ()
    plants: tuple[Plant, ...] = ()
    plants_running: tuple[Plant, ...] = ()


@dataclass(frozen=True, slots=True)
class Material:
    """The keys and certificates made for a host: one set of the notes."""

    stamp: str
    key: Key
    leaf: Authority
    request: x509.CertificateSigningRequest
    intermediates: tuple[Authority, ...]
    root: Authority

    def key_pem(self) -> bytes:
        """The private key, unencrypted."""
        return pem(self.key)

    def request_pem(self) -> bytes:
        """The certificate signing request."""
        return self.request.public_bytes(Encoding.PEM)

    def chain(self, *, with_root: bool = False) -> bytes:
        """The end-entity certificate and what it was issued by, in order."""
        last = (self.root,) if with_root else ()
        return b"".join(authority.pem() for authority in (self.leaf, *self.intermediates, *last))


@dataclass(frozen=True, slots=True)
class Site:
    """A host whose files are being laid: what a service's configuration and a defect work on."""

    host: Host
    files: HostFiles
    now: dt.datetime
    root: Authority
    material: Material
    older: Material | None = None

    @property
    def name(self) -> str:
        """The base of the file names of the set in use: server_YYYYMMDD."""
        return f"server_{self.material.stamp}"

    @property
    def original(self) -> str:
        """The set's files without their ending, where they were made."""
        return f"/etc/ssl/localcerts/{self.name}"

    @property
    def key(self) -> str:
        """The key that services name."""
        return f"/etc/ssl/private/{self.name}.key"

    @property
    def certificate(self) -> str:
        """The end-entity certificate alone, as published."""
        return f"/etc/ssl/certs/{self.name}.crt"

    @property
    def combined(self) -> str:
        """The chain that services name."""
        return f"/etc/ssl/certs/{self.name}.combined.crt"


def sound(
    name: str,
    *,
    key: str = "ec-p256",
    services: tuple[str, ...] = ("nginx",),
    subject: Subject = (),
    lifetime: float = 90,
) -> Host:
    """A sound host under names of its own, with an expired set that it has replaced."""
    names = (f"{name}.{DOMAIN}", f"www.{name}.{DOMAIN}")
    usage = {"digital_signature", "key_encipherment"} if key.startswith(("rsa", "close")) else {"digital_signature"}
    leaf = Template((*subject, ("CN", names[0])), lifetime=lifetime, names=names, key_usage=frozenset(usage))
    previous = replace(leaf, age=lifetime + 5)
    return Host(name=name, names=names, leaf=leaf, services=services, previous=previous, key=key)
