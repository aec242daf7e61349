"""Remedies and read-only commands of the services' directives."""

import pytest

from tests.checks.hosts import sound_nginx
from tlsfleet.facts import TlsSettings
from tlsfleet.known import directives

SEEN_ON_THE_WIRE = {"renegotiation", "cleartext_login", "starttls"}  # settings that no configuration is read for


def test_a_line_is_edited_where_the_setting_stands() -> None:
    assert directives.mend("nginx", "protocols", "/etc/nginx/nginx.conf:33", "TLSv1.2 TLSv1.3") == (
        "edit /etc/nginx/nginx.conf:33: ssl_protocols TLSv1.2 TLSv1.3;\nnginx -t && systemctl reload nginx"
    )


def test_a_default_is_added_to_its_block() -> None:
    found = directives.mend("nginx", "session_tickets", "/etc/nginx/a:3 (default of nginx 1.22.1)", "off")
    assert found.startswith("add to the block at /etc/nginx/a:3 (default of nginx 1.22.1): ssl_session_tickets off;")


def test_another_service_gets_a_sentence() -> None:
    found = directives.mend("exim4", "protocols", "/etc/exim4/a:1", "TLSv1.2")
    assert found == "at /etc/exim4/a:1 set protocols to TLSv1.2; then systemctl reload exim4"


def test_postfix_is_set_by_a_command() -> None:
    found = directives.mend("postfix", "cipher_suites", "192.0.2.1:25", "HIGH")
    assert found.startswith("postconf -e 'smtpd_tls_ciphers = high'")
    assert found.endswith("'tls_high_cipherlist = HIGH:@SECLEVEL=2' && postfix reload")


def test_a_service_whose_configuration_was_not_read_is_named() -> None:
    found = directives.mend("dovecot", "protocols", "192.0.2.1:993", "TLSv1.2")
    assert found == "in the configuration of dovecot: ssl_min_protocol = TLSv1.2\ndoveadm reload"


def test_versions_are_named_as_the_service_does() -> None:
    assert directives.protocol_names("nginx", ("TLSv1.0", "TLSv1.2")) == "TLSv1 TLSv1.2"
    assert directives.protocol_names("postfix", ("TLSv1.2", "TLSv1.3")) == ">=TLSv1.2"


def test_commands_quote_what_came_from_the_host() -> None:
    assert directives.show("/etc/a b;c:7", 2) == "sed -n 7,8p '/etc/a b;c'"
    assert directives.show("default of nginx") == ""
    assert directives.search(sound_nginx(), "protocols") == "grep -RFn -e ssl_protocols /etc/nginx"


@pytest.mark.parametrize("service", directives.DIRECTIVES)
def test_every_directive_is_of_a_setting(service: str) -> None:
    assert set(directives.DIRECTIVES[service]) <= set(TlsSettings.__dataclass_fields__) | SEEN_ON_THE_WIRE
    assert service in directives.RELOADS
