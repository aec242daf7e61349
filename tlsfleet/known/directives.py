"""What a setting is called in each service's configuration, so that a remedy can be typed as it stands."""

import re
from dataclasses import dataclass
from posixpath import dirname
from shlex import quote

from tlsfleet.facts import ServiceConfig

PLACE = re.compile(r"(?P<file>/.*):(?P<line>\d+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Directive:
    """One directive: ``line`` is how it is written, {} the value; ``control`` is its number in a benchmark."""

    name: str
    line: str
    control: str = ""


# CIS NGINX Benchmark 2.1.0; its number 4.1.12 asks for no resumption at all, so session tickets only come near it.
DIRECTIVES: dict[str, dict[str, Directive]] = {
    "nginx": {
        "certificates": Directive("ssl_certificate", "ssl_certificate {};\nssl_certificate_key {};", "CIS NGINX 4.1.2"),
        "protocols": Directive("ssl_protocols", "ssl_protocols {};", "CIS NGINX 4.1.4"),
        "cipher_suites": Directive("ssl_ciphers", "ssl_ciphers {};", "CIS NGINX 4.1.5"),
        "server_preference": Directive("ssl_prefer_server_ciphers", "ssl_prefer_server_ciphers {};"),
        "session_cache": Directive("ssl_session_cache", "ssl_session_cache {};"),
        "session_timeout": Directive("ssl_session_timeout", "ssl_session_timeout {};"),
        "session_tickets": Directive("ssl_session_tickets", "ssl_session_tickets {};"),
        "dh_parameters": Directive("ssl_dhparam", "ssl_dhparam {};", "CIS NGINX 4.1.6"),
        "compression": Directive("ssl_conf_command", "ssl_conf_command Options {};"),
        "redirects_only": Directive("return", "return 301 https://$host$request_uri;", "CIS NGINX 4.1.1"),
        "groups": Directive("ssl_ecdh_curve", "ssl_ecdh_curve {};"),
        "early_data": Directive("ssl_early_data", "ssl_early_data {};"),
        "stapling": Directive("ssl_stapling", "ssl_stapling {};\nssl_stapling_verify on;", "CIS NGINX 4.1.7"),
        "reject_handshake": Directive("ssl_reject_handshake", "ssl_reject_handshake {};"),
        "strict_transport_security": Directive(
            "add_header", 'add_header Strict-Transport-Security "max-age={}" always;', "CIS NGINX 4.1.8"
        ),
    },
    "postfix": {
        "certificates": Directive("smtpd_tls_chain_files", "postconf -e 'smtpd_tls_chain_files = {1}, {0}'"),
        "protocols": Directive(
            "smtpd_tls_protocols", "postconf -e 'smtpd_tls_protocols = {0}' 'smtpd_tls_mandatory_protocols = {0}'"
        ),
        "cipher_suites": Directive(
            "tls_high_cipherlist",
            # Postfix puts OpenSSL at security level 0, at which it signs with SHA-1, unless the string says otherwise.
            "postconf -e 'smtpd_tls_ciphers = high' 'smtpd_tls_mandatory_ciphers = high' "
            "'tls_high_cipherlist = {}:@SECLEVEL=2'",
        ),
        "server_preference": Directive("tls_preempt_cipherlist", "postconf -e 'tls_preempt_cipherlist = yes'"),
        "groups": Directive("tls_eecdh_auto_curves", "postconf -e 'tls_eecdh_auto_curves = {}'"),
        "dh_parameters": Directive("smtpd_tls_dh1024_param_file", "postconf -e 'smtpd_tls_dh1024_param_file = {}'"),
        "compression": Directive("tls_ssl_options", "postconf -e 'tls_ssl_options = NO_COMPRESSION'"),
        "renegotiation": Directive("tls_ssl_options", "postconf -e 'tls_ssl_options = NO_RENEGOTIATION'"),
        "tls_required": Directive("smtpd_tls_security_level", "postconf -e 'smtpd_tls_security_level = {}'"),
        "cleartext_login": Directive("smtpd_tls_auth_only", "postconf -e 'smtpd_tls_auth_only = yes'"),
        "starttls": Directive("smtpd_tls_security_level", "postconf -e 'smtpd_tls_security_level = {}'"),
    },
    "dovecot": {
        "certificates": Directive("ssl_cert", "ssl_cert = <{}\nssl_key = <{}"),
        "protocols": Directive("ssl_min_protocol", "ssl_min_protocol = {}"),
        "cipher_suites": Directive("ssl_cipher_list", "ssl_cipher_list = {}"),
        "server_preference": Directive("ssl_prefer_server_ciphers", "ssl_prefer_server_ciphers = yes"),
        "groups": Directive("ssl_curve_list", "ssl_curve_list = {}"),
        "dh_parameters": Directive("ssl_dh", "ssl_dh = <{}"),
        "compression": Directive("ssl_options", "ssl_options = no_compression"),
        "tls_required": Directive("ssl", "ssl = required"),
        "cleartext_login": Directive("disable_plaintext_auth", "disable_plaintext_auth = yes"),
        "starttls": Directive("ssl", "ssl = required"),
    },
    "prosody": {
        "certificates": Directive("ssl", 'ssl = {{ certificate = "{}", key = "{}" }}'),
        "protocols": Directive("protocol", 'ssl = {{ protocol = "{}" }}'),
        "cipher_suites": Directive("ciphers", 'ssl = {{ ciphers = "{}" }}'),
        "groups": Directive("curveslist", "ssl = {{ curveslist = {{ {} }} }}"),
        "dh_parameters": Directive("dhparam", 'ssl = {{ dhparam = "{}" }}'),
        "renegotiation": Directive("options", 'ssl = {{ options = {{ "no_renegotiation" }} }}'),
        "tls_required": Directive("c2s_require_encryption", "c2s_require_encryption = true"),
        "cleartext_login": Directive("allow_unencrypted_plain_auth", "allow_unencrypted_plain_auth = false"),
        "starttls": Directive("modules_enabled", 'add "tls" to modules_enabled = {{ ... }}'),
    },
}
COMMANDS = {"postfix"}  # whose settings are written by a command, not at a place
RELOADS = {
    "nginx": "nginx -t && systemctl reload nginx",
    "postfix": "postfix reload",
    "dovecot": "doveadm reload",
    "prosody": "prosodyctl check certs && prosodyctl reload",
    "": "reload the service",
}
# Where a service takes no list of versions, the lowest of them stands for all.
LOWEST = {
    "postfix": {"TLSv1.0": ">=TLSv1", "TLSv1.1": ">=TLSv1.1", "TLSv1.2": ">=TLSv1.2", "TLSv1.3": ">=TLSv1.3"},
    "dovecot": {"TLSv1.0": "TLSv1", "TLSv1.1": "TLSv1.1", "TLSv1.2": "TLSv1.2", "TLSv1.3": "TLSv1.3"},
    "prosody": {"TLSv1.0": "tlsv1+", "TLSv1.1": "tlsv1_1+", "TLSv1.2": "tlsv1_2+", "TLSv1.3": "tlsv1_3+"},
}
PROTOCOL_NAMES = {"nginx": {"TLSv1.0": "TLSv1"}}


def mend(service: str, setting: str, where: str, *values: str) -> str:
    """The lines to write at a place, and how to reload; a sentence where the directives are not known here."""
    directive = DIRECTIVES.get(service, {}).get(setting)
    if directive is None:
        return f"at {where} set {setting.replace('_', ' ')} to {' '.join(values)}; then {reload(service)}"
    if service in COMMANDS:
        return f"{directive.line.format(*values)} && {reload(service)}"
    if not where.startswith("/"):
        return f"in the configuration of {service}: {directive.line.format(*values)}\n{reload(service)}"
    verb = "edit" if PLACE.fullmatch(where) else "add to the block at"
    return f"{verb} {where}: {directive.line.format(*values)}\n{reload(service)}"


def reload(service: str) -> str:
    """The command that makes the service read its configuration and certificates again."""
    return RELOADS.get(service) or f"systemctl reload {quote(service)}"


def upgrade(service: str) -> str:
    """How to renew the TLS library that a service runs with."""
    restart = f"systemctl restart {quote(service)}" if service else "restart the service"
    return f"upgrade the TLS library (Debian: apt-get update && apt-get upgrade), then {restart}"


def protocol_names(service: str, protocols: tuple[str, ...]) -> str:
    """Protocol versions as the service's directive takes them."""
    if lowest := [LOWEST[service][name] for name in protocols if name in LOWEST.get(service, {})]:
        return lowest[0]
    names = PROTOCOL_NAMES.get(service, {})
    return " ".join(names.get(protocol, protocol) for protocol in protocols)


def controls(service: str, setting: str) -> tuple[str, ...]:
    """The numbers of the benchmarks' controls that ask for this setting."""
    directive = DIRECTIVES.get(service, {}).get(setting)
    return (directive.control,) if directive and directive.control else ()


def search(service: ServiceConfig, setting: str) -> str:
    """A read-only command that shows a setting wherever it stands in the service's configuration."""
    directive = DIRECTIVES.get(service.service, {}).get(setting)
    return f"grep -RFn -e {quote(directive.name if directive else setting)} {quote(folder(service))}"


def folder(service: ServiceConfig) -> str:
    """Where the service's configuration lies."""
    return dirname(service.config_files[0]) if service.config_files else f"/etc/{service.service}"


def show(where: str, lines: int = 1) -> str:
    """A read-only command that shows the lines at file:line; empty for another place."""
    found = PLACE.fullmatch(where)
    if not found:
        return ""
    first = int(found["line"])
    return f"sed -n {first},{first + lines - 1}p {quote(found['file'])}"
