"""What of nginx's configuration is not understood, which settings that makes unknown, and what nginx would refuse."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from tlsfleet.facts import NotUnderstood
from tlsfleet.services import nginx_defaults as defaults
from tlsfleet.services.nginx_defaults import CORE, EVERYTHING, HANDSHAKE, RESUMPTION
from tlsfleet.services.nginx_tree import WITHHELD, Statement

LIKE_TLS = re.compile(r"ssl|tls|quic|http3|cert|cipher|ocsp|hsts|openssl")
UNDERSTOOD = defaults.words(
    """ssl ssl_certificate ssl_certificate_key ssl_protocols ssl_ciphers ssl_prefer_server_ciphers ssl_session_cache
    ssl_session_timeout ssl_session_tickets ssl_session_ticket_key ssl_dhparam ssl_ecdh_curve ssl_early_data
    ssl_stapling ssl_client_certificate ssl_password_file ssl_reject_handshake ssl_conf_command starttls"""
)
CONTEXTS = frozenset({"http", "stream", "mail", "server"})
# What code of the administrator's own, run at a stage of the handshake, can change.
BY_STAGE = {
    "ssl_certificate_by_lua": ("certificates",),
    "ssl_client_hello_by_lua": (*CORE, *RESUMPTION),
    "ssl_session_fetch_by_lua": RESUMPTION,
    "ssl_session_store_by_lua": RESUMPTION,
}
# How SSL_CONF_cmd's names reach our settings; the values that we do follow are in nginx_settings.
FOLLOWED = frozenset({"CipherString", "Ciphersuites", "Curves", "Groups", "DHParameters", "MinProtocol", "MaxProtocol"})
BY_COMMAND = {
    "Protocol": ("protocols", "cipher_suites"),
    "Certificate": ("certificates",),
    "PrivateKey": ("certificates",),
}
FOLLOWED_OPTIONS = frozenset({"ServerPreference", "SessionTicket", "Compression"})


def not_understood(statements: Sequence[Statement], *, in_context: bool = True) -> Iterator[NotUnderstood]:
    """Every statement that has to do with TLS and is not known, in every block."""
    for item in statements:
        found = one_not_understood(item)
        if found is not None:
            inner = in_context or item.unread
            yield found if inner else NotUnderstood(found.where, found.directive, found.reason)
        if item.block is not None:
            yield from not_understood(item.block, in_context=in_context and item.name in CONTEXTS)


def one_not_understood(item: Statement) -> NotUnderstood | None:
    """What is not understood of one statement, by itself."""
    if item.unread:
        return NotUnderstood(item.where, "include", item.unread, EVERYTHING)
    if item.name == "ssl_conf_command":
        return _command(item)
    if not LIKE_TLS.search(item.name) or item.name in defaults.HARMLESS:
        return None
    if item.name in UNDERSTOOD:
        if WITHHELD in item.args:
            return NotUnderstood(item.where, item.name, "its value was not sent", _settings_of(item.name))
        return None
    if defaults.CLIENT_SIDE.match(item.name):
        return None
    stage = re.sub(r"_(block|file)$", "", item.name)
    return NotUnderstood(item.where, item.name, "a directive that is not known", BY_STAGE.get(stage, HANDSHAKE))


def _settings_of(name: str) -> tuple[str, ...]:
    """Which settings a directive that we know gives."""
    named = {
        "ssl_certificate_key": "certificates",
        "ssl_certificate": "certificates",
        "ssl_ciphers": "cipher_string",
        "ssl_prefer_server_ciphers": "server_preference",
        "ssl_session_ticket_key": "session_ticket_keys",
        "ssl_dhparam": "dh_parameters",
        "ssl_ecdh_curve": "groups",
        "ssl_client_certificate": "client_ca_files",
        "ssl_password_file": "password_files",
        "starttls": "tls_required",
    }
    setting = named.get(name, name.removeprefix("ssl_"))
    return (setting, "cipher_suites") if setting in {"protocols", "cipher_string"} else (setting,)


def _command(item: Statement) -> NotUnderstood | None:
    if len(item.args) != 2 or WITHHELD in item.args:
        return NotUnderstood(item.where, item.name, "its value was not sent", HANDSHAKE)
    command, value = item.args
    if command == "Options":
        words = {word.strip().lstrip("+-") for word in value.split(",")}
        unknown = words - FOLLOWED_OPTIONS - defaults.HARMLESS_OPTIONS
        return NotUnderstood(item.where, item.name, "an option that is not known", CORE) if unknown else None
    if command in FOLLOWED or command in defaults.HARMLESS_COMMANDS:
        return None
    return NotUnderstood(
        item.where, f"{item.name} {command}", "a command that is not followed", BY_COMMAND.get(command, CORE)
    )


def clouds(statements: Sequence[Statement]) -> dict[str, str]:
    """The settings that what is not understood directly in a block makes unknown there, with the reason."""
    found: dict[str, str] = {}
    for item in statements:
        if item.block is not None and item.name in {*CONTEXTS, "location"}:
            continue
        problem = one_not_understood(item)
        if problem is None:
            continue
        for setting in problem.affects:
            found.setdefault(setting, f"{item.where}: {problem.directive}: {problem.reason}")
    return found


def problems(statements: Sequence[Statement], *, old_ssl: bool) -> Iterator[str]:
    """What nginx refuses to load: duplicates, numbers of arguments, forgotten semicolons and braces."""
    counts = Counter(item.name for item in statements if item.block is None)
    for item in statements:
        if item.block is not None and (item.name in UNDERSTOOD or item.name in defaults.ONE_ARGUMENT):
            yield f'{item.where}: directive "{item.name}" is not terminated by ";"'
        elif item.block is None and item.name in defaults.BLOCKS and item.name != "if":
            yield f'{item.where}: directive "{item.name}" has no opening "{{"'
        elif item.name in defaults.ONE_ARGUMENT and len(item.args) != 1 and not item.unread:
            yield f'{item.where}: invalid number of arguments in "{item.name}" directive'
        elif item.name in defaults.SINGLE and counts[item.name] > 1:
            counts[item.name] = 0
            yield f'{item.where}: "{item.name}" directive is duplicate'
        elif item.name == "ssl" and not old_ssl:
            yield f'{item.where}: unknown directive "ssl": nginx has not had it since 1.25.1'
        yield from problems(item.block or (), old_ssl=old_ssl)
