"""Which service a listening process belongs to, by the name of its program."""

from tlsfleet.missing import Unknown

PROGRAMS = {
    "nginx": "nginx",
    "master": "postfix",
    "smtpd": "postfix",
    "dovecot": "dovecot",
    "imap-login": "dovecot",
    "pop3-login": "dovecot",
    "managesieve-login": "dovecot",
    "prosody": "prosody",
    "lua5.4": "prosody",
    "apache2": "apache2",
    "httpd": "httpd",
    "haproxy": "haproxy",
    "exim4": "exim4",
}


def service_of(program: str | Unknown) -> str:
    """The service's name, as systemd has it; empty for a program that is not known here."""
    return "" if isinstance(program, Unknown) else PROGRAMS.get(program, "")
