"""Defects of nginx's configuration, and of when it was started."""

import datetime as dt
from dataclasses import replace

from lab import keys
from lab.ca import issue
from lab.defects.defect import WITHOUT_FLOOR, Defect, also, ciphers, site_conf, tls
from lab.host import Site
from lab.services.nginx import ERROR_LOG, SITE, TLS

SECOND_SITE = """
server {{
    listen 8443 ssl;
    server_name {name};
    ssl_certificate /etc/nginx/other.pem;
    ssl_certificate_key /etc/nginx/other.key;
    add_header Strict-Transport-Security "max-age=31536000" always;
}}
"""
FAILED = '{when:%Y/%m/%d %H:%M:%S} [emerg] 30#30: cannot load certificate "{path}": BIO_new_file() failed\n'


def _own_copy(site: Site) -> None:
    site.files.write("/etc/nginx/site.pem", site.material.chain(), 0o444)
    site.files.edit(SITE, f"ssl_certificate {site.combined};", "ssl_certificate /etc/nginx/site.pem;")


def _other_certificate(site: Site) -> None:
    key = keys.make("ec-p256", "other")
    other = replace(site.material, key=key, leaf=issue(site.host.leaf, site.now, site.material.intermediates[0], key))
    site.files.write("/etc/nginx/other.pem", other.chain(), 0o444)
    site.files.write("/etc/nginx/other.key", other.key_pem(), 0o400)
    site.files.append(SITE, SECOND_SITE.format(name=site.host.names[0]))


def _changed_later(site: Site) -> None:
    site.files.date(site.combined, dt.datetime.now(dt.UTC) + dt.timedelta(minutes=1))


def _failure_logged(site: Site) -> None:
    later = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=5)
    site.files.append(ERROR_LOG, FAILED.format(when=later, path=site.combined))


def _client_preference(site: Site) -> None:
    tls("server_ciphers on", "server_ciphers off")(site)
    ciphers("HIGH")(site)


SERVICE = (
    Defect(
        "config-broken",
        "service.config-loads",
        running=lambda site: site.files.append(TLS, "ssl_protocols TLSv9;\n"),
        also=also("service.protocols", "coverage.config-understood"),
    ),
    Defect("certificate-own-copy", "service.certificate-configured", plant=_own_copy),
    Defect(
        "protocols-old",
        "service.protocols",
        plant=tls("TLSv1.2 TLSv1.3", "TLSv1 TLSv1.1 TLSv1.2 TLSv1.3"),
        also=also("consistency.protocols-as-configured"),
    ),
    Defect(
        "protocols-new-2014",
        "service.protocols",
        plant=tls("TLSv1.2;", "TLSv1.2 TLSv1.3;"),
        also=also("protocol.only-allowed"),
        base="sound-2014",
    ),
    Defect(
        "ciphers-anonymous",
        "service.cipher-suites",
        plant=ciphers("AECDH-AES256-SHA:@SECLEVEL=0"),
        also=also("cipher-suite.only-allowed", "cipher-suite.aead") | WITHOUT_FLOOR,
    ),
    Defect(
        "ciphers-null",
        "service.cipher-suites",
        plant=ciphers("ECDHE-RSA-NULL-SHA:NULL-SHA256:@SECLEVEL=0"),
        also=WITHOUT_FLOOR,
    ),
    Defect(
        "client-preference",
        "service.server-preference",
        plant=_client_preference,
        also=also("cipher-suite.server-preference", "cipher-suite.aead"),
    ),
    Defect(
        "client-preference-2014",
        "service.server-preference",
        plant=tls("server_ciphers on", "server_ciphers off"),
        also=also("cipher-suite.server-preference"),
        base="sound-2014",
    ),
    Defect("session-cache-small", "service.session-cache", plant=tls("shared:SSL:10m", "shared:SSL:1m")),
    Defect("session-cache-none", "service.session-cache", plant=tls("shared:SSL:10m", "none"), base="sound-2014"),
    Defect("session-timeout-long", "service.session-timeout", plant=tls("timeout 1d", "timeout 2d")),
    Defect(
        "session-timeout-long-2014",
        "service.session-timeout",
        plant=tls("timeout 5m", "timeout 10m"),
        base="sound-2014",
    ),
    Defect("session-tickets", "service.session-tickets", plant=tls("tickets off", "tickets on")),
    Defect(
        "compression-on",
        "service.compression-off",
        plant=lambda site: site.files.append(TLS, "ssl_conf_command Options Compression;\n"),
    ),
    Defect(
        "http-served",
        "service.http-redirects",
        plant=site_conf("return 301 https://$host$request_uri;", "root /var/www/html;"),
        also=also("http.redirect"),
    ),
    Defect(
        "certificates-differ",
        "service.same-certificate",
        plant=_other_certificate,
        also=also("service.certificate-configured", "consistency.same-certificate-everywhere"),
    ),
    Defect("changed-after-start", "service.started-after-change", running=_changed_later),
    Defect("failure-logged", "service.logs-clean", running=_failure_logged),
)
