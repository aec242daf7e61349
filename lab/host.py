"""What a host of the lab is: data, from which its files are laid and its services started."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from lab.ca import INTERMEDIATE, Authority, Request, Subject, Template
from lab.files import HostFiles
from lab.keys import Key, pem

DOMAIN = "example.org"


@dataclass(frozen=True, slots=True)
class Host:
    """A host before it runs. `names` are the inventory's `tls_names`, `variables` what else it says of the host."""

    name: str
    leaf: Template
    names: tuple[str, ...]
    services: tuple[str, ...] = ("nginx",)
    policy: str = "notes"
    layout: str = "notes"
    previous: Template | None = None
    authorities: tuple[Template, ...] = (INTERMEDIATE,)
    foreign_root: bool = False
    csr: Request = field(default_factory=Request)
    key: str = "ec-p256"
    key_label: str | None = None
    stamp: dt.date | None = None
    root_in_chain: bool = False
    key_group_members: tuple[str, ...] = ("prosody",)
    variables: Mapping[str, str] = field(default_factory=dict)
    plants: tuple[Callable[["Site"], None], ...] = ()
    plants_running: tuple[Callable[["Site"], None], ...] = ()
    services_may_fail: bool = False


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


def sound(name: str, *, subject: Subject = (), prefixes: tuple[str, ...] = ("", "www")) -> Host:
    """A sound host with nginx under names of its own, with an older set that it has replaced."""
    names = tuple(".".join(filter(None, (prefix, name, DOMAIN))) for prefix in prefixes)
    leaf = Template(subject=(*subject, ("CN", names[0])), names=names)
    return Host(name=name, names=names, leaf=leaf, previous=replace(leaf, age=95))
