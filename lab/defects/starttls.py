"""Defects of what mail and XMPP servers say before TLS, and of whether they come to it."""

from lab.defects.defect import Defect, also, edit, serving
from lab.defects.odd import on_odd
from lab.host import Site
from lab.odd import KEEPS_PLAINTEXT
from lab.services.dovecot import CONF as DOVECOT
from lab.services.postfix import MAIN, MASTER
from lab.services.prosody import CONF as PROSODY

LOGIN = "starttls.no-cleartext-login"
WITHOUT_TLS = also("coverage.endpoints-reachable")
SUBMISSION = "  -o syslog_name=postfix/submission\n  -o smtpd_tls_security_level="


def _passwords_in_the_clear(site: Site) -> None:
    site.files.edit(DOVECOT, "ssl = required", "ssl = yes")
    site.files.edit(DOVECOT, "disable_plaintext_auth = yes", "disable_plaintext_auth = no")


def _plain_in_the_clear(site: Site) -> None:
    site.files.edit(PROSODY, "c2s_require_encryption = true", "c2s_require_encryption = false")
    site.files.edit(PROSODY, "plain_auth = false", "plain_auth = true")


def _xmpp_without_tls(site: Site) -> None:
    site.files.edit(PROSODY, '"tls", ', "")
    site.files.edit(PROSODY, "require_encryption = true", "require_encryption = false")


STARTTLS: tuple[Defect, ...] = (
    Defect(
        "starttls-off-mail",
        "starttls.offered",
        serving("postfix"),
        edit(MAIN, "smtpd_tls_security_level = may", "smtpd_tls_security_level = none"),
        also=WITHOUT_TLS,
    ),
    Defect(
        "starttls-off-submission",
        "starttls.offered",
        serving("postfix"),
        edit(MASTER, f"{SUBMISSION}encrypt", f"{SUBMISSION}none"),
        also=WITHOUT_TLS,
    ),
    Defect("starttls-off-xmpp", "starttls.offered", serving("prosody"), _xmpp_without_tls, also=WITHOUT_TLS),
    Defect(
        "login-in-the-clear-mail",
        LOGIN,
        serving("postfix", "dovecot"),
        lambda site: site.files.edit(MAIN, "smtpd_tls_auth_only = yes", "smtpd_tls_auth_only = no"),
    ),
    Defect("login-in-the-clear-mailboxes", LOGIN, serving("dovecot"), _passwords_in_the_clear),
    Defect("login-in-the-clear-xmpp", LOGIN, serving("prosody"), _plain_in_the_clear),
)

STARTTLS_ODD: tuple[Defect, ...] = (on_odd("starttls-injection", "starttls.no-command-injection", KEEPS_PLAINTEXT),)
