"""Postfix as the notes want it: STARTTLS on 25, encryption required on 587 and 465, AUTH under TLS alone."""

from lab.host import Site
from lab.services.modern import CIPHERS

START = "/usr/sbin/postfix start"
STOP = "/usr/sbin/postfix stop"
MAIN = "/etc/postfix/main.cf"
MASTER = "/etc/postfix/master.cf"

MAIN_CF = """\
compatibility_level = 3.6
myhostname = {name}
mydestination = $myhostname, localhost
mynetworks = 127.0.0.0/8 [::1]/128
inet_interfaces = all
inet_protocols = all
biff = no
smtpd_banner = $myhostname ESMTP
maillog_file = /var/log/mail.log
alias_maps =
alias_database =

smtpd_tls_cert_file = {certificate}
smtpd_tls_key_file = {key}
smtpd_tls_security_level = may
smtpd_tls_auth_only = yes
smtpd_tls_protocols = {protocols}
smtpd_tls_mandatory_protocols = {protocols}
smtpd_tls_ciphers = high
smtpd_tls_mandatory_ciphers = high
tls_high_cipherlist = {ciphers}
tls_preempt_cipherlist = yes
tls_ssl_options = NO_COMPRESSION, NO_RENEGOTIATION
smtpd_tls_session_cache_database = btree:${{data_directory}}/smtpd_scache
smtpd_tls_loglevel = 1
smtp_tls_security_level = may
smtp_tls_CApath = /etc/ssl/certs
"""
SASL = """\
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = private/auth
"""
MASTER_CF = """\
smtp       inet  n - n - -     smtpd
submission inet  n - n - -     smtpd
  -o syslog_name=postfix/submission
  -o smtpd_tls_security_level=encrypt
  -o smtpd_relay_restrictions=permit_sasl_authenticated,reject
smtps      inet  n - n - -     smtpd
  -o syslog_name=postfix/smtps
  -o smtpd_tls_wrappermode=yes
  -o smtpd_tls_security_level=encrypt
  -o smtpd_relay_restrictions=permit_sasl_authenticated,reject
pickup     unix  n - n 60 1    pickup
cleanup    unix  n - n - 0     cleanup
qmgr       unix  n - n 300 1   qmgr
tlsmgr     unix  - - n 1000? 1 tlsmgr
rewrite    unix  - - n - -     trivial-rewrite
bounce     unix  - - n - 0     bounce
defer      unix  - - n - 0     bounce
trace      unix  - - n - 0     bounce
verify     unix  - - n - 1     verify
flush      unix  n - n 1000? 0 flush
proxymap   unix  - - n - -     proxymap
proxywrite unix  - - n - 1     proxymap
smtp       unix  - - n - -     smtp
relay      unix  - - n - -     smtp
showq      unix  n - n - -     showq
error      unix  - - n - -     error
retry      unix  - - n - -     error
discard    unix  - - n - -     discard
local      unix  - n n - -     local
virtual    unix  - n n - -     virtual
lmtp       unix  - - n - -     lmtp
anvil      unix  - - n - 1     anvil
scache     unix  - - n - 1     scache
postlog    unix-dgram n - n - 1 postlogd
"""
MODERN = ">=TLSv1.2"
FLOOR = ":@SECLEVEL=2"  # Postfix has none of its own, and without one OpenSSL signs with SHA-1
NOTES_2014 = ">=TLSv1, <=TLSv1.2"
HIGH = "HIGH:!aNULL:@STRENGTH"


def configure(site: Site) -> None:
    """Write main.cf and master.cf, none of its servers in a chroot, and the folders it needs."""
    files, old = site.files, site.host.policy == "notes-2014"
    main = MAIN_CF.format(
        name=site.host.names[0],
        certificate=site.combined,
        key=site.key,
        protocols=NOTES_2014 if old else MODERN,
        ciphers=(HIGH if old else CIPHERS) + FLOOR,
    )
    files.write(MAIN, main + (SASL if "dovecot" in site.host.services else ""))
    files.write(MASTER, MASTER_CF)
    files.folder("/var/lib/postfix", 0o755, "postfix", "postfix")
    files.folder("/var/spool/postfix")
    files.folder("/var/spool/postfix/private", 0o700, "postfix")
