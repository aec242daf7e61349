"""Defects of what web servers answer, on port 80 and over TLS."""

from lab.defects.defect import Defect, also, site_conf

HEADER = '    add_header Strict-Transport-Security "max-age=31536000" always;\n'
TO_HTTPS = "return 301 https://$host$request_uri;"

HTTP: tuple[Defect, ...] = (
    Defect(
        "http-elsewhere-first",
        "http.redirect",
        plant=site_conf(TO_HTTPS, "return 301 http://elsewhere.example.net$request_uri;"),
        also=also("service.http-redirects"),
    ),
    Defect(
        "http-refused",
        "http.redirect",
        plant=site_conf(TO_HTTPS, "return 404;"),
        also=also("service.http-redirects"),
    ),
    Defect("hsts-missing", "http.strict-transport-security", plant=site_conf(HEADER, "")),
    Defect("hsts-short", "http.strict-transport-security", plant=site_conf("max-age=31536000", "max-age=86400")),
    Defect(
        "hsts-not-on-errors",
        "http.strict-transport-security",
        plant=site_conf('" always;\n    root /var/www/html', '";\n    root /nowhere'),
    ),
)
