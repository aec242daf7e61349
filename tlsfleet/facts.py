"""Frozen facts about one host: what the evidence says, values or the reason why there is none."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Protocol, TypeVar

from cryptography import x509

from tlsfleet.certificates import Certificate, CertificateFile, load_certificate
from tlsfleet.configuration import (
    CertificatePair,
    CipherSuite,
    ConfigCheck,
    NotUnderstood,
    ServiceConfig,
    TlsBlock,
    TlsSettings,
)
from tlsfleet.endpoints import (
    Answered,
    DhGroup,
    Endpoint,
    EndpointFacts,
    Http,
    Inapplicable,
    Preface,
    ServedChain,
)
from tlsfleet.missing import Absent, Malformed, Missing, Unknown

__all__ = [
    "NOT_EXAMINED",
    "Absent",
    "AclEntry",
    "Answered",
    "Certificate",
    "CertificateFile",
    "CertificatePair",
    "CipherSuite",
    "Clock",
    "ConfigCheck",
    "CsrFile",
    "Declared",
    "DhGroup",
    "DhParameters",
    "Endpoint",
    "EndpointFacts",
    "FileFacts",
    "FileStat",
    "Fleet",
    "Folder",
    "FolderListing",
    "Group",
    "HostFacts",
    "Http",
    "Inapplicable",
    "KeyFacts",
    "Listener",
    "LogLine",
    "Malformed",
    "Missing",
    "NotUnderstood",
    "Packages",
    "Preface",
    "ServedChain",
    "ServiceConfig",
    "StaleLibrary",
    "TlsBlock",
    "TlsSettings",
    "Unknown",
    "User",
    "WaiverUse",
    "load_certificate",
]

NOT_COLLECTED = Unknown("host", "not collected")
NOT_EXAMINED = Unknown("endpoints", "the wire was not examined")


class _HasSubject(Protocol):
    @property
    def subject(self) -> str: ...


Part = TypeVar("Part", bound=_HasSubject)


@dataclass(frozen=True, slots=True)
class AclEntry:
    """One POSIX ACL entry; ``permissions`` are the three rwx bits, ``name`` is empty for the owner's own entries."""

    kind: str  # user, group, mask or other
    name: str
    permissions: int


@dataclass(frozen=True, slots=True)
class FileStat:
    """One lstat or stat: ``mode`` holds the 12 permission bits, ``mtime`` is in seconds since the epoch."""

    kind: str  # file, directory, link or other
    mode: int
    uid: int
    gid: int
    owner: str
    group: str
    size: int
    mtime: float
    acl: tuple[AclEntry, ...] | Unknown = ()


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder on the way to a file."""

    path: str
    stat: FileStat


@dataclass(frozen=True, slots=True)
class FileFacts:
    """A file in use: itself (``link``), what it leads to (``target``) and every folder on either way."""

    path: str
    real_path: str
    link: FileStat
    target: FileStat
    parents: tuple[Folder | Unknown, ...]
    holds_private_key: bool | Unknown | None = None  # None: nobody looked, since it is a key file by its use

    @property
    def subject(self) -> str:
        return self.path


@dataclass(frozen=True, slots=True)
class FolderListing:
    """The names in one of the notes' folders that have the form of a set's files (server_YYYYMMDD.*)."""

    path: str
    names: tuple[str, ...]

    @property
    def subject(self) -> str:
        return self.path


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """The public half of a private key file; no field can hold private bytes.

    ``algorithm`` is RSA, EC, Ed25519, Ed448, DSA or another's name; ``curve`` is named as in P-256 for EC, else
    None; ``public_key`` is the DER of the SubjectPublicKeyInfo, Unknown for an encrypted key.
    """

    path: str
    algorithm: str | Unknown
    bits: int | Unknown
    curve: str | None
    encrypted: bool
    public_key: bytes | Unknown = field(repr=False)

    @property
    def subject(self) -> str:
        return self.path

    @property
    def spki_sha256(self) -> str | Unknown:
        return self.public_key if isinstance(self.public_key, Unknown) else sha256(self.public_key).hexdigest()


@dataclass(frozen=True, slots=True)
class CsrFile:
    """One certificate signing request by its DER."""

    path: str
    der: bytes = field(repr=False)

    @property
    def subject(self) -> str:
        return self.path

    @property
    def x509(self) -> x509.CertificateSigningRequest:
        """Raises ValueError for what cryptography cannot read."""
        try:
            return x509.load_der_x509_csr(self.der)
        except x509.InvalidVersion as error:
            raise ValueError(str(error)) from None


@dataclass(frozen=True, slots=True)
class DhParameters:
    """A DH parameters file: the prime, the generator, and the subgroup's order where the file gives it."""

    path: str
    prime: int
    generator: int
    order: int | None = None

    @property
    def subject(self) -> str:
        return self.path

    @property
    def bits(self) -> int:
        return self.prime.bit_length()


@dataclass(frozen=True, slots=True)
class Group:
    """A group with all its members, those by primary group included."""

    name: str
    gid: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class User:
    """A user that a service runs as, with all its groups by name."""

    name: str
    uid: int
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Listener:
    """A listening socket; ``process`` is the program's name, Unknown without the privilege to see it."""

    transport: str  # tcp or udp
    address: str
    port: int
    process: str | Unknown
    pid: int | None


@dataclass(frozen=True, slots=True)
class StaleLibrary:
    """A TLS library that was replaced on disk while a process still maps it."""

    pid: int
    process: str
    library: str


@dataclass(frozen=True, slots=True)
class Packages:
    """The distribution's release (os-release's ID, VERSION_ID) and installed versions of what matters for TLS."""

    distribution: str
    release: str
    manager: str  # dpkg, rpm or apk
    versions: Mapping[str, str]
    openssl: str | Unknown  # the first line of `openssl version`


@dataclass(frozen=True, slots=True)
class LogLine:
    """A failure to load a certificate, key or DH file that a service logged since it started."""

    service: str
    logged_at: datetime | None
    message: str


@dataclass(frozen=True, slots=True)
class Clock:
    """The host's clock against the auditor's: ``offset`` in seconds (positive: ahead), right to ``uncertainty``."""

    offset: float
    uncertainty: float


@dataclass(frozen=True, slots=True)
class Declared:
    """What the inventory says of a host: expectations, no observations. no ``trust_anchors``: the auditor's store."""

    policy: str | None = None
    names: tuple[str, ...] | None = None
    key_readers: tuple[str, ...] | None = None
    trust_anchors: tuple[Certificate, ...] | None = None
    trust_anchors_file: str | None = None
    parameters: Mapping[str, object] = field(default_factory=dict)
    terminated_by: str | None = None
    shell: bool = True
    wire: bool = True


@dataclass(frozen=True, slots=True)
class HostFacts:
    """All that is known of one host at one time. A part that could not be told at all is Unknown as a whole.

    ``failure`` is set when nothing came over (unreachable, refused, cut off); every check of the host is then unknown.
    """

    host: str
    collected_at: datetime
    declared: Declared = field(default_factory=Declared)
    failure: Unknown | None = None
    privileged: bool = True
    files: tuple[FileFacts | Missing, ...] | Unknown = NOT_COLLECTED
    listings: tuple[FolderListing | Missing, ...] | Unknown = NOT_COLLECTED
    certificates: tuple[CertificateFile | Missing, ...] | Unknown = NOT_COLLECTED
    keys: tuple[KeyFacts | Missing, ...] | Unknown = NOT_COLLECTED
    csrs: tuple[CsrFile | Missing, ...] | Unknown = NOT_COLLECTED
    dh_params: tuple[DhParameters | Missing, ...] | Unknown = NOT_COLLECTED
    groups: tuple[Group, ...] | Unknown = NOT_COLLECTED
    users: tuple[User | Unknown, ...] | Unknown = NOT_COLLECTED
    services: tuple[ServiceConfig | Unknown, ...] | Unknown = NOT_COLLECTED
    listeners: tuple[Listener, ...] | Unknown = NOT_COLLECTED
    packages: Packages | Unknown = NOT_COLLECTED
    stale_libraries: tuple[StaleLibrary | Unknown, ...] | Unknown = NOT_COLLECTED
    logs: tuple[LogLine | Unknown, ...] | Unknown = NOT_COLLECTED
    clock: Clock | Unknown = NOT_COLLECTED
    timers: Unknown | tuple[()] = NOT_COLLECTED
    endpoints: tuple[EndpointFacts | Unknown, ...] | Unknown = NOT_EXAMINED

    def file(self, path: str) -> FileFacts | Missing:
        return _find(self.files, path)

    def certificate_file(self, path: str) -> CertificateFile | Missing:
        return _find(self.certificates, path)

    def key(self, path: str) -> KeyFacts | Missing:
        return _find(self.keys, path)

    def csr(self, path: str) -> CsrFile | Missing:
        return _find(self.csrs, path)

    def dh(self, path: str) -> DhParameters | Missing:
        return _find(self.dh_params, path)

    def listing(self, path: str) -> FolderListing | Missing:
        return _find(self.listings, path)


@dataclass(frozen=True, slots=True)
class WaiverUse:
    """A waiver as this run met it; ``matched`` is None where nothing that it could cover was judged."""

    subject: str
    where: str
    until: str
    expired: bool
    matched: bool | None


@dataclass(frozen=True, slots=True)
class Fleet:
    """All hosts of a run, for the fleet checks; ``waivers`` is complete only once all other checks were judged."""

    hosts: tuple[HostFacts, ...]
    waivers: tuple[WaiverUse, ...] = ()
    whole_inventory: bool = True


def _find(part: tuple[Part | Missing, ...] | Unknown, path: str) -> Part | Missing:
    if isinstance(part, Unknown):
        return Unknown(path, part.reason)
    return next((item for item in part if item.subject == path), Unknown(path, "it was not collected"))
