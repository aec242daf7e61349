"""What a service's configuration comes to: the same types and setting names for every service."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from tlsfleet.missing import Unknown


@dataclass(frozen=True, slots=True)
class CertificatePair:
    """A certificate (chain) file and the key file it is configured with, as paths; None where not configured."""

    certificate: str | Unknown | None
    key: str | Unknown | None


@dataclass(frozen=True, slots=True)
class CipherSuite:
    """A cipher suite as a host's own OpenSSL lists it: IANA's name, and the lowest protocol version that carries it."""

    name: str
    protocol: str


@dataclass(frozen=True, slots=True)
class TlsSettings:
    """Effective values of one block, defaults by version included; the same names for every service.

    Protocol versions are SSLv2, SSLv3, TLSv1.0 ... TLSv1.3. Times are in seconds. A setting that the service has not
    got is None; one that could not be told is Unknown.
    """

    certificates: tuple[CertificatePair, ...] = ()
    protocols: tuple[str, ...] | Unknown = ()
    cipher_string: str | Unknown | None = None
    cipher_suites: tuple[CipherSuite, ...] | Unknown = ()
    server_preference: bool | Unknown | None = None
    session_cache: str | Unknown | None = None  # off, none, builtin:1000, shared:SSL:10m ...
    session_timeout: int | Unknown | None = None
    session_tickets: bool | Unknown | None = None
    session_ticket_keys: tuple[str, ...] = ()
    dh_parameters: str | Unknown | None = None  # a path, auto, or None: no DHE
    groups: tuple[str, ...] | Unknown | None = None  # None: the library's own choice
    compression: bool | Unknown | None = None
    early_data: bool | Unknown | None = None
    password_files: tuple[str, ...] = ()
    client_ca_files: tuple[str, ...] = ()
    stapling: bool | Unknown | None = None
    tls_required: bool | Unknown | None = None
    reject_handshake: bool | Unknown | None = None
    redirects_only: bool | Unknown | None = None  # plain HTTP: nothing but redirects and ACME challenges
    strict_transport_security: str | Unknown | None = None
    document_roots: tuple[str | Unknown, ...] = ()


@dataclass(frozen=True, slots=True)
class TlsBlock:
    """One listener and name set of a service: a server block of nginx on the addresses where its settings are the same.

    ``addresses`` are address:port, IPv6 in brackets, ``unix:/path`` for a local socket; ``transport`` is tls, starttls
    or plain; ``origins`` maps a setting's name to file:line, or to ``default`` with the version.
    """

    protocol: str  # http, stream, smtp, imap ...
    transport: str
    addresses: tuple[str, ...]
    server_names: tuple[str, ...]
    settings: TlsSettings
    origins: Mapping[str, str]
    where: str  # file:line of the block itself
    default_for: tuple[str, ...] = ()

    @property
    def subject(self) -> str:
        name = f"@{self.server_names[0]}" if self.server_names and self.server_names[0] else ""
        return f"{self.addresses[0] if self.addresses else '(no address)'}{name}"

    def origin(self, setting: str) -> str:
        return self.origins.get(setting, self.where)


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """A directive that was met and not understood; ``affects`` names the settings that it could change, if any."""

    where: str
    directive: str
    reason: str
    affects: tuple[str, ...] = ()

    @property
    def subject(self) -> str:
        return f"{self.where} {self.directive}"


@dataclass(frozen=True, slots=True)
class ConfigCheck:
    """What the service's own checker said, or why it was not run; ``accepted`` is None when it was not run."""

    accepted: bool | None
    messages: tuple[str, ...]
    command: str


@dataclass(frozen=True, slots=True)
class ServiceConfig:
    """One service's effective configuration. ``started_at``, ``reloaded_at``: None where it is not running."""

    service: str
    version: str
    running: bool
    started_at: datetime | Unknown | None
    reloaded_at: datetime | Unknown | None
    user: str | Unknown | None  # the unprivileged user it runs as
    library: str | Unknown  # the TLS library it runs with, as in OpenSSL 3.0.19
    blocks: tuple[TlsBlock | Unknown, ...]
    config_files: tuple[str, ...]
    config_changed_at: datetime | Unknown
    config_check: ConfigCheck | Unknown
    problems: tuple[str, ...] = ()  # what makes the config fail to load, seen by reading it (file:line first)
    not_understood: tuple[NotUnderstood, ...] = ()

    @property
    def subject(self) -> str:
        return self.service
