"""The effective TLS settings of one server block of nginx: inherited, set, by default, and by OpenSSL's commands."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tlsfleet.facts import CertificatePair, CipherSuite, TlsSettings, Unknown
from tlsfleet.iana import PROTOCOLS
from tlsfleet.services import nginx_defaults as defaults
from tlsfleet.services.nginx_defaults import Build
from tlsfleet.services.nginx_tree import HELD, INLINE, WITHHELD, Statement

Expansion = tuple[CipherSuite, ...] | Unknown
SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800, "M": 2592000, "y": 31536000}


@dataclass(frozen=True, slots=True)
class Level:
    """The statements of one block by name; ``clouds`` maps a setting to why it cannot be told from here."""

    statements: Mapping[str, tuple[Statement, ...]]
    clouds: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Host:
    """What settings depend on beside the configuration: the build, the folders, and OpenSSL's expansions."""

    build: Build
    folder: str  # of the main configuration file
    prefix: str
    ciphers: Mapping[str, Expansion]
    suites: Mapping[str, Expansion]

    def expand(self, cipher_string: str) -> Expansion:
        """A cipher string's suites, where the host's `openssl` speaks for nginx."""
        if not self.build.same_openssl:
            return Unknown("cipher suites", "nginx runs with another TLS library than the host's openssl")
        return self.ciphers.get(cipher_string, Unknown("cipher suites", "the cipher string was not expanded"))


@dataclass(frozen=True, slots=True)
class Effective:
    """A block's settings, and where each was set."""

    settings: TlsSettings
    origins: Mapping[str, str]


class Scope:
    """A server block and what is around it, innermost first."""

    def __init__(self, levels: Sequence[Level], host: Host) -> None:
        self.levels = levels
        self.host = host
        self.origins: dict[str, str] = {}
        self.tls13: Expansion | None = None  # what ssl_conf_command Ciphersuites gives

    def find(self, setting: str, name: str) -> tuple[Statement, ...] | Unknown:
        """The directives of the nearest level that has any; Unknown where something nearer could change the setting."""
        for level in self.levels:
            if setting in level.clouds:
                return Unknown(name, level.clouds[setting])
            if name in level.statements:
                found = level.statements[name]
                if setting:
                    self.origins.setdefault(setting, found[0].where)
                return found
        return ()

    def value(self, setting: str, name: str, default: Any, read: Callable[[str], Any] = str) -> Any:
        """The one argument of a directive, read; the default where it is not given; Unknown where it cannot be read."""
        found = self.find(setting, name)
        if isinstance(found, Unknown):
            return found
        if not found:
            if setting:
                self.origins.setdefault(setting, self.host.build.label)
            return default
        args = found[-1].args
        if not args or args[0] in {WITHHELD, INLINE, HELD}:
            return Unknown(name, f"its value at {found[-1].where} was not sent")
        return read(" ".join(args))

    def path(self, value: str) -> str | Unknown:
        """A file's path as nginx resolves it."""
        reasons = {
            INLINE: "it is in the configuration itself",
            HELD: "an engine or a store holds it",
            WITHHELD: "not sent",
        }
        if value in reasons:
            return Unknown("a file", reasons[value])
        if "$" in value:
            return Unknown(value, "its path holds a variable")
        return value if value.startswith("/") else f"{self.host.folder}/{value}"

    def paths(self, setting: str, name: str) -> tuple[str, ...]:
        """The paths of a directive that may be given more than once; those that cannot be told are left out."""
        found = self.find(setting, name)
        values = () if isinstance(found, Unknown) else (self.path(item.args[0]) for item in found if item.args)
        return tuple(value for value in values if isinstance(value, str))

    def suites(self, settings: TlsSettings) -> Expansion:
        """The cipher string as the host's OpenSSL expands it, held to the protocols."""
        for value in (settings.cipher_string, settings.protocols, self.tls13):
            if isinstance(value, Unknown):
                return value
        listed = self.host.expand(str(settings.cipher_string))
        if isinstance(listed, Unknown) or isinstance(settings.protocols, Unknown):
            return listed
        own = self.tls13
        if own is not None and not isinstance(own, Unknown):
            listed = (*own, *(suite for suite in listed if suite.protocol != "TLSv1.3"))
        return tuple(suite for suite in listed if can_carry(settings.protocols, suite))


def flag(text: str) -> bool | Unknown:
    """Whether it is on or off; nginx takes either case."""
    return {"on": True, "off": False}.get(text.lower(), Unknown(text, "neither on nor off"))


def seconds(text: str) -> int | Unknown:
    """A time of nginx's, as 1d, 5m or 1h 30m, in seconds (milliseconds are not taken here)."""
    parts = re.findall(r"(\d{1,12})([smhdwMy]?) *", text)
    if not parts or "".join(re.split(r" +", text)) != "".join(number + unit for number, unit in parts):
        return Unknown(text, "not a time")
    return sum(int(number) * SECONDS[unit] for number, unit in parts)


def effective(scope: Scope) -> Effective:
    """All TLS settings of a scope on its own, as if it were the default server."""
    build = scope.host.build
    settings = TlsSettings(
        certificates=_certificates(scope),
        protocols=_protocols(scope),
        cipher_string=scope.value("cipher_string", "ssl_ciphers", defaults.CIPHERS),
        server_preference=scope.value("server_preference", "ssl_prefer_server_ciphers", default=False, read=flag),
        session_cache=scope.value("session_cache", "ssl_session_cache", defaults.SESSION_CACHE),
        session_timeout=scope.value("session_timeout", "ssl_session_timeout", defaults.SESSION_TIMEOUT, seconds),
        session_tickets=scope.value("session_tickets", "ssl_session_tickets", default=True, read=flag),
        session_ticket_keys=scope.paths("session_ticket_keys", "ssl_session_ticket_key"),
        dh_parameters=scope.value("dh_parameters", "ssl_dhparam", _default_dh(build), scope.path),
        groups=scope.value("groups", "ssl_ecdh_curve", _default_groups(build), _groups),
        compression=_clouded(scope, "compression", value=False),
        early_data=scope.value("early_data", "ssl_early_data", default=False, read=flag),
        password_files=scope.paths("password_files", "ssl_password_file"),
        client_ca_files=scope.paths("client_ca_files", "ssl_client_certificate"),
        stapling=scope.value("stapling", "ssl_stapling", default=False, read=flag),
        reject_handshake=scope.value("reject_handshake", "ssl_reject_handshake", default=False, read=flag),
    )
    settings = _commands(scope, settings)
    scope.origins.setdefault("cipher_suites", scope.origins.get("cipher_string", build.label))
    return Effective(replace(settings, cipher_suites=scope.suites(settings)), dict(scope.origins))


def _clouded(scope: Scope, setting: str, *, value: bool) -> bool | Unknown:
    reason = next((level.clouds[setting] for level in scope.levels if setting in level.clouds), None)
    return value if reason is None else Unknown(setting, reason)


def _default_dh(build: Build) -> Unknown | None:
    if build.since(defaults.MODERN_GROUPS):
        return None
    return Unknown("ssl_dhparam", "nginx before 1.11.0 has DH parameters of its own, of 1024 bits")


def _default_groups(build: Build) -> tuple[str, ...] | None:
    return None if build.since(defaults.MODERN_GROUPS) else ("secp256r1",)


def _certificates(scope: Scope) -> tuple[CertificatePair, ...]:
    found = scope.find("certificates", "ssl_certificate")
    keys = scope.find("certificates", "ssl_certificate_key")
    if isinstance(found, Unknown) or isinstance(keys, Unknown):
        gap = found if isinstance(found, Unknown) else keys
        return (CertificatePair(gap, gap),) if isinstance(gap, Unknown) else ()
    pairs = []
    for number in range(max(len(found), len(keys))):
        certificate, key = (
            scope.path(item.args[0]) if (item := _nth(items, number)) and item.args else None for items in (found, keys)
        )
        pairs.append(CertificatePair(certificate, key))
    return tuple(pairs) if found else ()


def _nth(items: Sequence[Statement], number: int) -> Statement | None:
    return items[number] if number < len(items) else None


def _protocols(scope: Scope) -> tuple[str, ...] | Unknown:
    """The union of all ssl_protocols at the nearest level: nginx adds them up."""
    found = scope.find("protocols", "ssl_protocols")
    if isinstance(found, Unknown):
        return found
    if not found:
        scope.origins["protocols"] = scope.host.build.label
        known = defaults.default_protocols(scope.host.build.version)
        return _served(scope, known) if known else Unknown("ssl_protocols", "the default of this version is not known")
    words = [word for item in found for word in item.args]
    names = {defaults.PROTOCOL_NAMES.get(word) for word in words}
    if None in names or not names:
        return Unknown("ssl_protocols", f"its value at {found[0].where} is not understood")
    return _served(scope, [name for name in PROTOCOLS if name in names])


def _served(scope: Scope, declared: Iterable[str]) -> tuple[str, ...]:
    """Without what nginx leaves out for its library's sake: SSLv2 is gone since OpenSSL 1.1.0, TLS 1.3 needs 1.1.1."""
    openssl = scope.host.build.openssl_version
    gone = {"SSLv2"} if openssl >= (1, 1, 0) else {"TLSv1.3"} if openssl else set()
    if (1, 1, 0) <= openssl < (1, 1, 1):
        gone = {"SSLv2", "TLSv1.3"}
    return tuple(name for name in declared if name not in gone)


def _groups(text: str) -> tuple[str, ...] | Unknown | None:
    if text == "auto":
        return None
    names = text.split(":")
    if not all(re.fullmatch(r"[A-Za-z0-9_-]+", name) for name in names) or "DEFAULT" in names:
        return Unknown(text, "a list of groups that is not understood")
    return tuple(defaults.GROUP_NAMES.get(name.lower(), name.lower()) for name in names)


def can_carry(protocols: Sequence[str], suite: CipherSuite) -> bool:
    """Whether one of the protocol versions can carry the suite: 1.3 and its suites go together only."""
    if suite.protocol == "TLSv1.3":
        return "TLSv1.3" in protocols
    lowest = PROTOCOLS.index(suite.protocol)
    return any(lowest <= PROTOCOLS.index(protocol) < PROTOCOLS.index("TLSv1.3") for protocol in protocols)


def _commands(scope: Scope, settings: TlsSettings) -> TlsSettings:
    """Apply ssl_conf_command, which comes after all else; not understood ones cloud their level (see nginx_audit)."""
    found = scope.find("", "ssl_conf_command")
    for item in found if not isinstance(found, Unknown) else ():
        if len(item.args) != 2 or WITHHELD in item.args:
            continue
        command, value = item.args
        if command == "Ciphersuites":
            scope.tls13 = scope.host.suites.get(value, Unknown("ciphersuites", "the list was not expanded"))
            scope.origins["cipher_suites"] = item.where
        else:
            settings = _command(scope, settings, command, value, item.where)
    return settings


def _command(scope: Scope, settings: TlsSettings, command: str, value: str, where: str) -> TlsSettings:
    changes: dict[str, Any] = {}
    if command in {"MinProtocol", "MaxProtocol"}:
        changes["protocols"] = _bounded(settings.protocols, command, value)
    elif command == "CipherString":
        changes["cipher_string"] = value
    elif command in {"Curves", "Groups"}:
        changes["groups"] = _groups(value)
    elif command == "DHParameters":
        changes["dh_parameters"] = scope.path(value)
    elif command == "Options":
        changes = _options(value)
    scope.origins.update(dict.fromkeys(changes, where))
    kept = {name: change for name, change in changes.items() if not isinstance(getattr(settings, name), Unknown)}
    return replace(settings, **kept)


def _bounded(protocols: tuple[str, ...] | Unknown, command: str, value: str) -> tuple[str, ...] | Unknown:
    if isinstance(protocols, Unknown) or value == "None":
        return protocols
    if value not in defaults.PROTOCOL_NAMES:
        return Unknown("ssl_conf_command", f"{command} {value} is not understood")
    bound = PROTOCOLS.index(defaults.PROTOCOL_NAMES[value])
    kept = PROTOCOLS[bound:] if command == "MinProtocol" else PROTOCOLS[: bound + 1]
    return tuple(name for name in protocols if name in kept)


def _options(value: str) -> dict[str, Any]:
    names = {"ServerPreference": "server_preference", "SessionTicket": "session_tickets", "Compression": "compression"}
    words = [word.strip() for word in value.split(",")]
    return {names[word.lstrip("+-")]: not word.startswith("-") for word in words if word.lstrip("+-") in names}
