"""Defects of what is served beside what is configured: not read again, refused, or not alike everywhere."""

from dataclasses import replace

from lab import keys
from lab.ca import issue
from lab.defects.defect import Defect, also, both, ciphers, mail, serving, tls, variables
from lab.host import Site
from lab.services.modern import CIPHERS
from lab.services.nginx import SITE
from lab.services.postfix import FLOOR, MASTER

FILE, EVERYWHERE = "consistency.served-certificate-is-file", "consistency.same-certificate-everywhere"
PROTOCOLS, SUITES = "consistency.protocols-as-configured", "consistency.cipher-suites-as-configured"
FAMILIES = "consistency.address-families-agree"
FIRST = CIPHERS.partition(":")[0]
LISTEN6 = "    listen [::]:443 ssl;\n"
SERVER6 = """
server {{
    listen [::]:443 ssl;
    server_name {names};
    ssl_certificate {certificate};
    ssl_certificate_key {key};
    ssl_ciphers {ciphers};
    add_header Strict-Transport-Security "max-age=31536000" always;
    root /var/www/html;
}}
"""
SUBMISSION = "submission inet  n - n - -     smtpd\n"


def _renewed(site: Site) -> None:
    """A new certificate for the same key in all files of the set, as old as the ones before."""
    leaf = issue(site.host.leaf, site.now, site.material.intermediates[0], site.material.key)
    renewed = replace(site.material, leaf=leaf)
    for path, mode in {site.original: 0o400, f"/etc/ssl/certs/{site.name}": 0o444}.items():
        site.files.write(f"{path}.crt", leaf.pem(), mode)
        site.files.write(f"{path}.combined.crt", renewed.chain(), mode)


def _left_behind(site: Site) -> None:
    """Postfix with a certificate of its own for the same names, and a key of the same type."""
    key = keys.make("ec-p256" if site.host.key.startswith("ec") else "rsa-2048", "left-behind")
    other = replace(site.material, key=key, leaf=issue(site.host.leaf, site.now, site.material.intermediates[0], key))
    mail(lambda _: other.chain(), lambda _: other.key_pem())(site)


def _other_over_ipv6(site: Site) -> None:
    names = " ".join(site.host.names)
    site.files.edit(SITE, LISTEN6, "")
    site.files.append(SITE, SERVER6.format(names=names, certificate=site.combined, key=site.key, ciphers=FIRST))


def _other_mail_over_ipv6(site: Site) -> None:
    options = site.files.read(MASTER).decode().partition(SUBMISSION)[2].partition("smtps")[0]
    four, six = (f"{address}:{SUBMISSION}{options}" for address in ("0.0.0.0", "[::]"))
    site.files.edit(
        MASTER,
        SUBMISSION + options,
        f"{four}{six}  -o tls_high_cipherlist={FIRST}:{FIRST.replace('ECDSA', 'RSA')}{FLOOR}\n",
    )


CONSISTENCY: tuple[Defect, ...] = (
    Defect("certificate-not-reloaded", FILE, running=_renewed),
    Defect("protocols-not-reloaded", PROTOCOLS, running=tls("TLSv1.2 TLSv1.3", "TLSv1.3")),
    Defect(
        "protocols-refused",
        PROTOCOLS,
        plant=tls("TLSv1.2 TLSv1.3", "TLSv1.1 TLSv1.2 TLSv1.3"),
        also=also("service.protocols"),
    ),
    Defect("ciphers-not-reloaded", SUITES, running=tls(f"{FIRST}:", "")),
    Defect("ciphers-added-later", SUITES, running=ciphers("ECDHE-ECDSA-AES128-CCM:ECDHE-ARIA128-GCM-SHA256")),
    Defect("certificate-left-behind", EVERYWHERE, serving("postfix"), _left_behind),
    Defect("other-over-ipv6", FAMILIES, variables(tls_endpoints="443,[{ipv6}]:443"), _other_over_ipv6),
    Defect(
        "other-over-ipv6-mail",
        FAMILIES,
        both(serving("postfix"), variables(tls_endpoints="443,25/smtp,465,587/smtp,[{ipv6}]:587/smtp")),
        _other_mail_over_ipv6,
    ),
)
