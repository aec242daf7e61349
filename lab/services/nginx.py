"""nginx as the notes want it: one site over TLS, port 80 that only redirects to it, and no answer for other names."""

from lab.host import Site
from lab.services.modern import CIPHERS

START = "/usr/sbin/nginx"
STOP = "/usr/sbin/nginx -s quit"
ERROR_LOG = "/var/log/nginx/error.log"
MAIN = "/etc/nginx/nginx.conf"
TLS = "/etc/nginx/conf.d/tls.conf"
SITE = "/etc/nginx/sites-available/site.conf"
DEFAULT = "/etc/nginx/sites-available/default"

NGINX_CONF = """\
user www-data;
worker_processes 1;
pid /run/nginx.pid;
error_log /var/log/nginx/error.log;
include /etc/nginx/modules-enabled/*.conf;

events {
    worker_connections 256;
}

http {
    include /etc/nginx/mime.types;
    default_type application/octet-stream;
    server_tokens off;
    server_names_hash_bucket_size 128;
    access_log /var/log/nginx/access.log;
    include /etc/nginx/conf.d/*.conf;
    include /etc/nginx/sites-enabled/*;
}
"""
MODERN = f"""\
ssl_protocols TLSv1.2 TLSv1.3;
ssl_ciphers {CIPHERS};
ssl_prefer_server_ciphers on;
ssl_session_cache shared:SSL:10m;
ssl_session_timeout 1d;
ssl_session_tickets off;
ssl_dhparam /etc/ssl/dhparam.pem;
"""
NOTES_2014 = """\
ssl_protocols  TLSv1 TLSv1.1 TLSv1.2; # don't use SSLv3 ref: POODLE
ssl_prefer_server_ciphers on;
ssl_session_cache shared:SSL:10m;
ssl_session_timeout 5m;
ssl_dhparam /etc/ssl/dhparam.pem;
"""
SITE_CONF = """\
server {{
    listen 80;
    listen [::]:80;
    server_name {names};
    return 301 https://$host$request_uri;
}}

server {{
    listen 443 ssl;
    listen [::]:443 ssl;
    server_name {names};
    ssl_certificate {certificate};
    ssl_certificate_key {key};
    add_header Strict-Transport-Security "max-age=31536000" always;
    root /var/www/html;
}}
"""
DEFAULT_CONF = """\
server {
    listen 443 ssl default_server;
    listen [::]:443 ssl default_server;
    ssl_reject_handshake on;
}
"""


def configure(site: Site) -> None:
    """Write Debian's layout of files: nginx.conf, conf.d, sites-available with a link in sites-enabled."""
    files = site.files
    files.write(MAIN, NGINX_CONF)
    files.folder("/etc/nginx/modules-enabled")
    files.write(TLS, NOTES_2014 if site.host.policy == "notes-2014" else MODERN)
    names = " ".join(site.host.names)
    files.write(SITE, SITE_CONF.format(names=names, certificate=site.combined, key=site.key))
    files.write(DEFAULT, DEFAULT_CONF)
    for name in ("site.conf", "default"):
        files.link(f"/etc/nginx/sites-enabled/{name}", f"../sites-available/{name}")
    files.write("/var/www/html/index.html", f"<!doctype html><title>{site.host.name}</title>\n")
    files.folder("/var/log/nginx", 0o755, "root", "adm")
    files.folder("/var/lib/nginx")
