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
    }
}
RELOADS = {"nginx": "nginx -t && systemctl reload nginx"}
PROTOCOL_NAMES = {"nginx": {"TLSv1.0": "TLSv1"}}


def mend(service: str, setting: str, where: str, *values: str) -> str:
    """The lines to write at a place, and how to reload; a sentence where the directives are not known here."""
    directive = DIRECTIVES.get(service, {}).get(setting)
    if directive is None:
        return f"at {where} set {setting.replace('_', ' ')} to {' '.join(values)}; then {reload(service)}"
    verb = "edit" if PLACE.fullmatch(where) else "add to the block at"
    return f"{verb} {where}: {directive.line.format(*values)}\n{reload(service)}"


def reload(service: str) -> str:
    """The command that makes the service read its configuration and certificates again."""
    return RELOADS.get(service, f"systemctl reload {quote(service)}")


def protocol_names(service: str, protocols: tuple[str, ...]) -> str:
    """Protocol versions as the service's directive takes them."""
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
