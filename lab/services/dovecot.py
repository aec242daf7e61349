"""Dovecot as the notes want it: IMAP and POP3 that require TLS before anyone logs in."""

from lab.host import Site
from lab.services.modern import CIPHERS

START = "/usr/sbin/dovecot"
STOP = "/usr/bin/doveadm stop"
CONF = "/etc/dovecot/dovecot.conf"

DOVECOT_CONF = """\
protocols = imap pop3
listen = *, ::
log_path = /var/log/dovecot.log
mail_location = maildir:~/Maildir

ssl = required
ssl_cert = <{certificate}
ssl_key = <{key}
ssl_dh = </etc/ssl/dhparam.pem
ssl_min_protocol = {minimum}
ssl_prefer_server_ciphers = yes
{ciphers}
disable_plaintext_auth = yes
auth_mechanisms = plain
passdb {{
  driver = passwd-file
  args = scheme=SHA512-CRYPT /etc/dovecot/users
}}
userdb {{
  driver = passwd
}}
"""
# Dovecot 2.3 knows a lowest version and no highest: the library has to keep to the versions of 2014.
OPENSSL = "/etc/ssl/openssl.cnf"
SYSTEM_WIDE = """\
[openssl_init]
ssl_conf = ssl_sect

[ssl_sect]
system_default = system_default_sect

[system_default_sect]
MaxProtocol = TLSv1.2
"""
SASL = """\
service auth {
  unix_listener /var/spool/postfix/private/auth {
    mode = 0660
    user = postfix
    group = postfix
  }
}
"""


def configure(site: Site) -> None:
    """Write dovecot.conf, with a socket for Postfix where the host has one."""
    old = site.host.policy == "notes-2014"
    text = DOVECOT_CONF.format(
        certificate=site.combined,
        key=site.key,
        minimum="TLSv1" if old else "TLSv1.2",
        ciphers="" if old else f"ssl_cipher_list = {CIPHERS}\n",
    )
    site.files.write(CONF, text + (SASL if "postfix" in site.host.services else ""))
    if old:
        site.files.edit(OPENSSL, "[openssl_init]\n", SYSTEM_WIDE)
    site.files.write("/etc/dovecot/users", "", 0o640, "root", "dovecot")
    site.files.folder("/var/lib/dovecot")
