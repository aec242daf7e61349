"""nginx's server blocks with their effective settings, per address and name."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from tlsfleet.facts import NotUnderstood, TlsBlock, TlsSettings, Unknown
from tlsfleet.services import nginx_defaults as defaults
from tlsfleet.services.nginx_audit import clouds, not_understood
from tlsfleet.services.nginx_http import document_roots, redirects_only, strict_transport_security
from tlsfleet.services.nginx_listen import Listen, listens
from tlsfleet.services.nginx_settings import Effective, Host, Level, Scope, can_carry, effective
from tlsfleet.services.nginx_tree import WITHHELD, Statement

# What the address's default server decides for every name: OpenSSL copies it before it learns the name.
OF_DEFAULT = ("groups", "early_data", "session_cache", "session_timeout", "session_ticket_keys")
MAIL_PORTS = {"110": "pop3", "995": "pop3", "143": "imap", "993": "imap", "25": "smtp", "465": "smtp", "587": "smtp"}


@dataclass(frozen=True, slots=True)
class Server:
    """A server block: its statements, the scope of its settings, its addresses and names."""

    context: str  # http, stream or mail
    statements: tuple[Statement, ...]
    scope: Scope
    listens: tuple[Listen, ...]
    names: tuple[str, ...]
    where: str
    tls: Effective
    ssl: bool  # the old directive ssl on

    @property
    def has_certificate(self) -> bool:
        return bool(self.tls.settings.certificates)


@dataclass(frozen=True, slots=True)
class Result:
    """All blocks, and what nginx would refuse or we did not understand on the way."""

    blocks: tuple[TlsBlock | Unknown, ...]
    problems: tuple[str, ...]
    not_understood: tuple[NotUnderstood, ...]


def blocks(statements: Sequence[Statement], host: Host, *, privileged: bool) -> Result:
    """Every server block of http, stream and mail."""
    builder = _Builder(host, "80" if privileged else "8000")
    for item in statements:
        if item.name in {"http", "stream", "mail"} and item.block is not None:
            builder.context(item.name, item.block)
    builder.not_understood.extend(not_understood(statements))
    return Result(tuple(builder.blocks), tuple(builder.problems), tuple(dict.fromkeys(builder.not_understood)))


class _Builder:
    def __init__(self, host: Host, default_port: str) -> None:
        self.host = host
        self.default_port = default_port
        self.blocks: list[TlsBlock | Unknown] = []
        self.problems: list[str] = []
        self.not_understood: list[NotUnderstood] = []

    def context(self, name: str, statements: Sequence[Statement]) -> None:
        outer = level(statements)
        servers = [
            self.server(name, item, outer) for item in statements if item.name == "server" and item.block is not None
        ]
        sockets: dict[tuple[str, str], list[tuple[Server, Listen]]] = defaultdict(list)
        for server in servers:
            for listen in server.listens:
                if any(other is server for other, _ in sockets[listen.socket]):
                    self.problems.append(f"{listen.where}: a duplicate listen {listen.address}")
                else:
                    sockets[listen.socket].append((server, listen))
        parts: dict[int, list[tuple[tuple[str, str], TlsBlock]]] = defaultdict(list)
        for key, members in sockets.items():
            for server, block in self.socket(key[1], members):
                parts[id(server)].append((key, block))
        for server in servers:
            self.blocks.extend(_merged(block for _, block in parts[id(server)]))

    def server(self, context: str, item: Statement, outer: Level) -> Server:
        statements = item.block or ()
        scope = Scope((level(statements), outer), self.host)
        found = list(listens(statements, item.where, self.default_port if context == "http" else None))
        for listen in found:
            if isinstance(listen, Statement):
                self.blocks.append(Unknown(listen.where, "a listen directive that is not understood"))
        names = [name.lower() for part in statements if part.name == "server_name" for name in part.args]
        if WITHHELD in names:
            self.not_understood.append(NotUnderstood(item.where, "server_name", "a name was not sent"))
        return Server(
            context,
            statements,
            scope,
            tuple(listen for listen in found if isinstance(listen, Listen)),
            tuple(dict.fromkeys(name for name in names or ("",) if name != WITHHELD)),
            item.where,
            effective(scope),
            scope.value("", "ssl", "off") == "on" and not self.host.build.since(defaults.NO_SSL_DIRECTIVE),
        )

    def socket(self, address: str, members: Sequence[tuple[Server, Listen]]) -> Iterator[tuple[Server, TlsBlock]]:
        """The blocks of one listening socket: any ssl binds it for all, its default server decides for all."""
        marked = [server for server, listen in members if listen.default]
        if len(marked) > 1:
            self.problems.append(f"{marked[1].where}: a duplicate default server for {address}")
        default = marked[0] if marked else members[0][0]
        ssl = any(listen.ssl for _, listen in members) or default.ssl
        taken: dict[str, Server] = {}
        for server, listen in members:
            names = self.names(server, address, taken)
            transport = "tls" if ssl else _transport(server)
            if transport != "plain":
                self.certificates(server, default, address)
            if names or server is default or not server.names:
                yield server, self.block(server, default, listen, transport, names)

    def names(self, server: Server, address: str, taken: dict[str, Server]) -> tuple[str, ...]:
        """The names that nginx finds this server by: an earlier server with the same name on the address wins."""
        free = []
        for name in server.names:
            if taken.setdefault(name, server) is server:
                free.append(name)
            elif name:
                reason = f"nginx ignores {name} here: {taken[name].where} has it on {address} already"
                self.not_understood.append(NotUnderstood(server.where, "server_name", reason))
        return tuple(free)

    def certificates(self, server: Server, default: Server, address: str) -> None:
        for pair in server.tls.settings.certificates:
            if pair.key is None and isinstance(pair.certificate, str):
                problem = (
                    f"{server.tls.origins['certificates']}: no key is configured for certificate {pair.certificate}"
                )
                self.problems.append(problem)
        needed = server is default or not default.has_certificate
        if needed and not server.has_certificate and server.tls.settings.reject_handshake is False:
            self.problems.append(f"{server.where}: no certificate is configured for the TLS address {address}")

    def block(
        self, server: Server, default: Server, listen: Listen, transport: str, names: tuple[str, ...]
    ) -> TlsBlock:
        settings, origins = TlsSettings(), dict[str, str]()
        if transport != "plain":
            settings, origins = _at(server, default, self.host)
        if listen.kind == "quic":
            settings = _quic(settings)
        if server.context == "http":
            settings = self.served(server, settings, transport)
        if server.context == "mail":
            settings = replace(settings, tls_required=_required(server, transport))
        later = ("document_roots", "strict_transport_security", "tls_required")
        origins.update({name: where for name in later if (where := server.scope.origins.get(name))})
        return TlsBlock(
            _protocol(server, listen),
            transport,
            (listen.address,),
            names,
            settings,
            origins,
            server.where,
            (listen.address,) if server is default else (),
        )

    def served(self, server: Server, settings: TlsSettings, transport: str) -> TlsSettings:
        ports = frozenset(listen.port for listen in server.listens)
        return replace(
            settings,
            document_roots=document_roots(server.scope, server.statements),
            strict_transport_security=strict_transport_security(server.scope, server.statements),
            redirects_only=redirects_only(server.statements, ports) if transport == "plain" else None,
        )


def level(statements: Sequence[Statement]) -> Level:
    """One block's own statements by name, and what in it makes settings unknown."""
    named: dict[str, list[Statement]] = defaultdict(list)
    for item in statements:
        if item.block is None:
            named[item.name].append(item)
    return Level({name: tuple(items) for name, items in named.items()}, clouds(statements))


def _at(server: Server, default: Server, host: Host) -> tuple[TlsSettings, dict[str, str]]:
    """A server's settings on an address: the default server's where nginx or OpenSSL never look at the name's own.

    Before 1.29.2 that is ssl_protocols too; and everything, for a server that has no certificate.
    """
    rejects = server.tls.settings.reject_handshake is not False
    own = server if server.has_certificate or rejects else default
    if own is default:
        return default.tls.settings, dict(default.tls.origins)
    per_name = host.build.since(defaults.VHOST_PROTOCOLS) and host.build.openssl_version >= (1, 1, 1)
    taken = OF_DEFAULT if per_name else (*OF_DEFAULT, "protocols")
    base, origins = default.tls.settings, dict(own.tls.origins)
    changes = {name: getattr(base, name) for name in taken}
    if host.build.version is None and base.protocols != own.tls.settings.protocols:
        changes["protocols"] = Unknown("ssl_protocols", "whether this version of nginx looks at the name is not known")
    origins.update({name: default.tls.origins[name] for name in taken if name in default.tls.origins})
    settings = replace(own.tls.settings, **changes)
    if base.session_tickets is not True:
        settings = replace(settings, session_tickets=base.session_tickets)
    return _held_to_protocols(settings, own), origins


def _held_to_protocols(settings: TlsSettings, own: Server) -> TlsSettings:
    """Cipher suites again, since the protocols are the default server's."""
    if settings.protocols == own.tls.settings.protocols:
        return settings
    if isinstance(settings.protocols, Unknown):
        return replace(settings, cipher_suites=settings.protocols)
    return replace(settings, cipher_suites=own.scope.suites(settings))


def _quic(settings: TlsSettings) -> TlsSettings:
    """QUIC has TLS 1.3 alone (RFC 9001, section 4.2)."""
    protocols, suites = settings.protocols, settings.cipher_suites
    if not isinstance(protocols, Unknown):
        protocols = tuple(name for name in protocols if name == "TLSv1.3")
    if not isinstance(suites, Unknown):
        suites = tuple(suite for suite in suites if can_carry(("TLSv1.3",), suite))
    return replace(settings, protocols=protocols, cipher_suites=suites)


def _transport(server: Server) -> str:
    return "starttls" if server.context == "mail" and _starttls(server) in {"on", "only"} else "plain"


def _starttls(server: Server) -> str:
    found = server.scope.value("tls_required", "starttls", "off")
    return found if isinstance(found, str) else "on"


def _required(server: Server, transport: str) -> bool | Unknown:
    found = server.scope.value("tls_required", "starttls", "off")
    return found if isinstance(found, Unknown) and transport != "tls" else transport == "tls" or found == "only"


def _protocol(server: Server, listen: Listen) -> str:
    if server.context != "mail":
        return "http3" if listen.kind == "quic" else server.context
    named = server.scope.value("", "protocol", MAIL_PORTS.get(listen.port, "mail"))
    return named if isinstance(named, str) else "mail"


def _merged(found: Iterator[TlsBlock]) -> Iterator[TlsBlock]:
    """One block for all addresses where nothing else differs."""
    groups: dict[object, TlsBlock] = {}
    for block in found:
        key = (
            block.protocol,
            block.transport,
            block.server_names,
            block.settings,
            tuple(sorted(block.origins.items())),
        )
        first = groups.setdefault(key, block)
        if first is not block:
            addresses, default_for = first.addresses + block.addresses, first.default_for + block.default_for
            groups[key] = replace(first, addresses=addresses, default_for=default_for)
    yield from groups.values()
