"""A sound host that looks quite different: RSA and ECDSA pairs of its own, several sites, snippets and includes."""

from dataclasses import replace

from lab import keys
from lab.ca import issue
from lab.host import Host, Site, sound
from lab.services.nginx import DEFAULT, SITE

FOLDER = "/etc/nginx/tls"
SNIPPET = "/etc/nginx/snippets/tls-pair.conf"
PAIR = """\
ssl_certificate     tls/site.ecdsa.pem;
ssl_certificate_key tls/site.ecdsa.key;
ssl_certificate     "/etc/nginx/tls/site.rsa.pem";
ssl_certificate_key '/etc/nginx/tls/site.rsa.key';
add_header          Strict-Transport-Security "max-age=31536000" always;
"""
DEFAULT_CONF = """\
# Who asks for no name of ours gets no certificate.
server {
    listen 80 default_server;
    listen [::]:80 default_server;
    server_name _;
    return 301 https://$host$request_uri;
}

server {
    listen 443 ssl default_server;
    listen [::]:443 ssl default_server;
    listen 8443 ssl default_server;
    server_name _;
    ssl_reject_handshake on;
}
"""
SITES_CONF = """\
map $host $backend {{
    default      "one";
    ~^shop\\.    "two";  # a brace in a comment: {{
}}

server {{
    listen 443 ssl http2; listen [::]:443 ssl http2;
    server_name {first} {second};
    include snippets/tls-pair.conf;
    location / {{ return 200 "$backend\\n"; }}
}}

server {{
    listen 443 ssl;
    listen [::]:443 ssl;
    listen 8443 ssl;
    server_name {third};
    include /etc/nginx/snippets/*-pair.conf;
    ssl_session_timeout 10m;
    ssl_protocols TLSv1.3;
    location ~ "^/[a-z]{{2}}$" {{ return 404; }}
    return 200;
}}
"""


def host(name: str) -> Host:
    """The host, of which the second and third name are sites of their own."""
    plain = sound(name)
    names = (*plain.names, f"shop.{name}.example.org")
    leaf = replace(plain.leaf, names=names)
    return replace(plain, names=names, leaf=leaf, layout="pair", previous=None, key_group_members=(), plants=(lay,))


def lay(site: Site) -> None:
    """Lay both pairs, readable by root alone, and the sites that use them."""
    files = site.files
    rsa_key = keys.make("rsa-2048", site.host.name)
    usage = frozenset({"digital_signature", "key_encipherment"})
    rsa = issue(replace(site.host.leaf, key_usage=usage), site.now, site.material.intermediates[0], rsa_key)
    files.folder(FOLDER, 0o700)
    for kind, material in {"ecdsa": site.material, "rsa": replace(site.material, key=rsa_key, leaf=rsa)}.items():
        files.write(f"{FOLDER}/site.{kind}.key", material.key_pem(), 0o600)
        files.write(f"{FOLDER}/site.{kind}.pem", material.chain(), 0o644)
    files.write(SNIPPET, PAIR)
    files.write(DEFAULT, DEFAULT_CONF)
    first, second, third = site.host.names
    files.write(SITE, SITES_CONF.format(first=first, second=second, third=third))
    files.edit("/etc/nginx/conf.d/tls.conf", "ssl_dhparam /etc/ssl/dhparam.pem;\n", "")
