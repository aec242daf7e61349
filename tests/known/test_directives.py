"""Remedies and read-only commands of the services' directives."""

import pytest

from tests.checks.hosts import sound_nginx
from tlsfleet.facts import TlsSettings
from tlsfleet.known import directives


def test_a_line_is_edited_where_the_setting_stands() -> None:
    assert directives.mend("nginx", "protocols", "/etc/nginx/nginx.conf:33", "TLSv1.2 TLSv1.3") == (
        "edit /etc/nginx/nginx.conf:33: ssl_protocols TLSv1.2 TLSv1.3;\nnginx -t && systemctl reload nginx"
    )


def test_a_default_is_added_to_its_block() -> None:
    found = directives.mend("nginx", "session_tickets", "/etc/nginx/a:3 (default of nginx 1.22.1)", "off")
    assert found.startswith("add to the block at /etc/nginx/a:3 (default of nginx 1.22.1): ssl_session_tickets off;")


def test_another_service_gets_a_sentence() -> None:
    found = directives.mend("postfix", "protocols", "/etc/postfix/main.cf:1", "TLSv1.2")
    assert found == "at /etc/postfix/main.cf:1 set protocols to TLSv1.2; then systemctl reload postfix"


def test_commands_quote_what_came_from_the_host() -> None:
    assert directives.show("/etc/a b;c:7", 2) == "sed -n 7,8p '/etc/a b;c'"
    assert directives.show("default of nginx") == ""
    assert directives.search(sound_nginx(), "protocols") == "grep -RFn -e ssl_protocols /etc/nginx"


@pytest.mark.parametrize("service", directives.DIRECTIVES)
def test_every_directive_is_of_a_setting(service: str) -> None:
    assert set(directives.DIRECTIVES[service]) <= set(TlsSettings.__dataclass_fields__)
    assert service in directives.RELOADS
