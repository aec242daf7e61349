"""Defects of private keys: who can read them, what they are, where else they are."""

from dataclasses import replace

from lab import keys
from lab.ca import issue
from lab.defects.defect import WITHOUT_FLOOR, Defect, also, both, ciphers, host, mail, serving, site_conf
from lab.host import Host, Plant, Site
from lab.services.nginx import SITE, TLS
from lab.services.postfix import FLOOR, MAIN

NOT_FOR_TLS_13 = ("consistency.protocols-as-configured", "protocol.tls13-offered")
SIZE = "file-set.key-size"


def _mode(mode: int, group: str = "ssl-cert", folder: int = 0o710) -> Plant:
    """Mode and group of the key that services name, and the mode of the folder that guards it."""

    def plant(site: Site) -> None:
        site.files.permit("/etc/ssl/private", folder, "root", "ssl-cert")
        site.files.permit(site.key, mode, "root", group)

    return plant


def _readable_by_acl(site: Site) -> None:
    site.files.acl("/etc/ssl/private", "u:backup:x")
    site.files.acl(site.key, "u:backup:r")


def _of_other_group(site: Site) -> None:
    _mode(0o440, "adm", 0o711)(site)
    site.files.join("adm", "backup")


def _in_public_folder(site: Site) -> None:
    site.files.write(f"/etc/ssl/certs/{site.name}.pem", site.material.chain() + site.material.key_pem(), 0o444)


def _worker_cannot_read(site: Site) -> None:
    """A variable in the path makes the worker, not root, open the key: at each handshake."""
    site.files.edit(SITE, f"ssl_certificate_key {site.key};", "ssl_certificate_key /etc/ssl/private/$tls_set.key;")
    site.files.append(TLS, f"map $ssl_server_name $tls_set {{ default {site.name}; }}\n")


def _in_web_root(site: Site) -> None:
    path = "/var/www/html/tls/site.key"
    site.files.folder("/var/www/html/tls", 0o700)
    site.files.write(path, site.material.key_pem(), 0o400)
    site.files.edit(SITE, site.key, path)


def _rewrite(data: bytes) -> Plant:
    return lambda site: site.files.write(site.key, data, 0o440, "root", "ssl-cert")


def _encrypted(site: Site) -> None:
    _rewrite(keys.pem(site.material.key, b"planted"))(site)


def _other_key(site: Site) -> None:
    _rewrite(keys.pem(keys.make("ec-p256", "stray")))(site)


def _weak_mail_key(site: Site) -> None:
    key = keys.make("rsa-1024", "mail")
    first = issue(site.host.leaf, site.now, site.material.intermediates[0], key)
    mail(lambda _: replace(site.material, leaf=first).chain(), lambda _: keys.pem(key))(site)
    site.files.edit(MAIN, FLOOR, ":@SECLEVEL=0")


def weak_ciphers(before: Host) -> Host:
    """OpenSSL loads a certificate this weak at security level 0 alone."""
    return replace(before, plants=(*before.plants, ciphers("@SECLEVEL=0")))


PRIVATE_KEY = (
    Defect("key-group-writable", "private-key.permissions", plant=_mode(0o660)),
    Defect(
        "key-world-readable",
        "private-key.not-exposed",
        plant=_mode(0o444, folder=0o711),
        also=also("private-key.permissions"),
    ),
    Defect(
        "key-other-group",
        "private-key.not-exposed",
        plant=_of_other_group,
        also=also("private-key.permissions", "private-key.readers-expected"),
    ),
    Defect(
        "key-acl",
        "private-key.not-exposed",
        plant=_readable_by_acl,
        also=also("private-key.permissions"),
    ),
    Defect(
        "key-readers-unexpected",
        "private-key.readers-expected",
        plant=lambda site: site.files.join("ssl-cert", "backup"),
    ),
    Defect(
        "key-unreadable-by-worker",
        "private-key.readable-by-service",
        plant=_worker_cannot_read,
        also=also("service.certificate-configured", "coverage.config-understood", "coverage.endpoints-reachable"),
    ),
    Defect(
        "key-rsa-1024",
        "private-key.strength",
        both(host(key="rsa-1024"), weak_ciphers),
        also=also(SIZE) | WITHOUT_FLOOR,
    ),
    Defect(
        "mail-key-rsa-1024",
        "private-key.strength",
        serving("postfix"),
        _weak_mail_key,
        also=WITHOUT_FLOOR,
    ),
    Defect("key-p224", "private-key.strength", host(key="ec-p224"), also=also(SIZE, *NOT_FOR_TLS_13)),
    Defect(
        "key-encrypted",
        "private-key.unencrypted",
        running=_encrypted,
        also=also("private-key.matches-certificate", "file-set.copies-identical", "service.config-loads"),
    ),
    Defect(
        "key-of-other-certificate",
        "private-key.matches-certificate",
        running=_other_key,
        also=also("file-set.copies-identical", "service.config-loads"),
    ),
    Defect(
        "key-in-chain-file",
        "private-key.not-in-public-file",
        plant=lambda site: site.files.append(site.combined, site.material.key_pem()),
    ),
    Defect("key-in-certs-folder", "private-key.not-in-public-file", plant=_in_public_folder),
    Defect(
        "key-in-web-root",
        "private-key.not-in-web-root",
        plant=_in_web_root,
        also=also("service.certificate-configured"),
    ),
    Defect(
        "web-root-over-keys",
        "private-key.not-in-web-root",
        plant=site_conf("root /var/www/html;", "root /var/www/html;\n    location /tls/ { alias /etc/ssl/; }"),
    ),
    Defect("key-close-primes", "private-key.not-known-weak", host(key="close-primes-2048"), also=also(SIZE)),
    Defect("key-shared", "private-key.not-shared", host(shared_key=True)),
    Defect("key-reused", "private-key.not-reused", host(previous_key=True)),
)
