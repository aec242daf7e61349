"""Prosody as the notes want it: clients and servers encrypt, with the key that group ssl-cert may read."""

from lab.host import Site
from lab.services.modern import CIPHERS

START = (
    "cd /var/lib/prosody && mkdir -p -m 755 /run/prosody && chown prosody:prosody /run/prosody && "
    "setsid setpriv --reuid=prosody --regid=prosody --init-groups /usr/bin/prosody -F < /dev/null > /dev/null 2>&1 &"
)
STOP = "kill $(cat /run/prosody/prosody.pid)"
CONF = "/etc/prosody/prosody.cfg.lua"

PROSODY_CFG = """\
admins = {{ }}
modules_enabled = {{ "disco", "roster", "saslauth", "tls", "dialback", "ping", "posix" }}
pidfile = "/run/prosody/prosody.pid"
log = {{ info = "/var/log/prosody/prosody.log", error = "/var/log/prosody/prosody.err" }}
authentication = "internal_hashed"
c2s_require_encryption = true
s2s_require_encryption = true
s2s_secure_auth = true
allow_unencrypted_plain_auth = false
c2s_direct_tls_ports = {{ 5223 }}

ssl = {{
    certificate = "{certificate}";
    key = "{key}";
{settings}}}
c2s_direct_tls_ssl = ssl

VirtualHost "{name}"
"""
MODERN = f"""\
    dhparam = "/etc/ssl/dhparam.pem";
    protocol = "tlsv1_2+";
    ciphers = "{CIPHERS}";
"""
NOTES_2014 = """\
    protocol = "tlsv1+";
    options = { "no_tlsv1_3", "cipher_server_preference" };
"""


def configure(site: Site) -> None:
    """Write prosody.cfg.lua and the folders that Debian's package and systemd make."""
    files = site.files
    text = PROSODY_CFG.format(
        name=site.host.names[0],
        certificate=site.combined,
        key=site.key,
        settings=NOTES_2014 if site.host.policy == "notes-2014" else MODERN,
    )
    files.folder("/etc/prosody/certs", 0o750, "root", "prosody")
    files.write(CONF, text, 0o640, "root", "prosody")
    files.folder("/var/lib/prosody", 0o750, "prosody", "prosody")
    files.folder("/var/log/prosody", 0o750, "prosody", "adm")
