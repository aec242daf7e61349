"""Defects of end-entity certificates."""

from dataclasses import replace
from typing import Any

from cryptography.x509.oid import ExtendedKeyUsageOID

from lab.ca import issue
from lab.defects.defect import WITHOUT_FLOOR, Change, Defect, also, both, intermediate, leaf, mail, serving
from lab.defects.private_key import weak_ciphers
from lab.host import Host, Plant, Site

SIGNATURE = "certificate.signature-algorithm"
EVERYWHERE = "consistency.same-certificate-everywhere"
TRUST = also("chain.trusted", "certificate.well-formed")
WEAKLY_SIGNED = TRUST | WITHOUT_FLOOR


def _first_name_only(before: Host) -> Host:
    return replace(before, leaf=replace(before.leaf, names=before.names[:1]))


def _named(**changes: str) -> Change:
    """A change of attributes of the subject, which come before its common name."""

    def change(before: Host) -> Host:
        subject = dict(before.leaf.subject) | changes
        return leaf(subject=tuple(subject.items()))(before)

    return change


def _signed_with(weak: str) -> Change:
    return both(intermediate(key="rsa-2048"), leaf(signature_hash=weak), weak_ciphers)


def _mail_with(**changes: Any) -> Plant:
    """Postfix with a certificate for the same key that differs in some things."""

    def chain(site: Site) -> bytes:
        first = issue(replace(site.host.leaf, **changes), site.now, site.material.intermediates[0], site.material.key)
        return replace(site.material, leaf=first).chain()

    return mail(chain)


CERTIFICATE = (
    Defect(
        "certificate-writable",
        "certificate.file-permissions",
        plant=lambda site: site.files.permit(site.combined, 0o664, "root", "ssl-cert"),
    ),
    Defect(
        "certificate-folder-writable",
        "certificate.file-permissions",
        plant=lambda site: site.files.folder("/etc/ssl/certs", 0o777),
    ),
    Defect(
        "certificate-mode-2014",
        "certificate.file-permissions",
        plant=lambda site: site.files.permit(site.combined, 0o644),
        base="sound-2014",
    ),
    Defect(
        "certificate-expired",
        "certificate.not-expired",
        leaf(age=95),
        also=also("certificate.renewal-due", "certificate.renewal-overdue", "chain.trusted"),
    ),
    Defect(
        "mail-certificate-expired",
        "certificate.not-expired",
        serving("postfix"),
        _mail_with(age=95),
        also=also("certificate.renewal-due", "certificate.renewal-overdue", "chain.trusted", EVERYWHERE),
    ),
    Defect("certificate-not-yet-valid", "certificate.not-expired", leaf(age=-2), also=also("chain.trusted")),
    Defect("certificate-renewal-due", "certificate.renewal-due", leaf(age=70)),
    Defect(
        "certificate-renewal-overdue", "certificate.renewal-overdue", leaf(age=85), also=also("certificate.renewal-due")
    ),
    Defect("certificate-long-lived", "certificate.lifetime", leaf(lifetime=900)),
    Defect("certificate-sha1", SIGNATURE, _signed_with("sha1"), also=WEAKLY_SIGNED),
    Defect("certificate-md5", SIGNATURE, _signed_with("md5"), also=WEAKLY_SIGNED),
    Defect("certificate-name-missing", "certificate.covers-names", _first_name_only),
    Defect(
        "mail-name-missing",
        "certificate.covers-names",
        serving("postfix"),
        _mail_with(names=("mail.example.org",)),
        also=also("certificate.common-name"),
    ),
    Defect(
        "certificate-without-san",
        "certificate.covers-names",
        leaf(names=()),
        also=also("csr.has-names", "certificate.common-name"),
    ),
    Defect("common-name-elsewhere", "certificate.common-name", _named(CN="elsewhere.example.org")),
    Defect("subject-with-unit", "certificate.subject", _named(OU="Web"), also=also("csr.subject")),
    Defect("subject-elsewhere", "certificate.subject", _named(L="Boston"), also=also("csr.subject"), base="sound-2014"),
    Defect(
        "certificate-for-clients",
        "certificate.server-auth",
        leaf(extended_key_usage=(ExtendedKeyUsageOID.CLIENT_AUTH,)),
        also=also("chain.trusted"),
    ),
    Defect("certificate-is-ca", "certificate.server-auth", leaf(ca=True), also=TRUST),
    Defect(
        "certificate-key-usage",
        "certificate.server-auth",
        leaf(key_usage=frozenset({"crl_sign"})),
        also=TRUST | also("consistency.protocols-as-configured"),
    ),
    Defect("certificate-without-authority-key", "certificate.well-formed", leaf(without=frozenset({"authority_key"}))),
    Defect(
        "certificate-staging",
        "certificate.placeholder",
        intermediate(subject=(("O", "(STAGING) Let's Encrypt"), ("CN", "(STAGING) Ersatz Edamame E1"))),
    ),
    Defect(
        "certificate-localhost",
        "certificate.placeholder",
        leaf(subject=(("CN", "localhost"),), names=("localhost",)),
        also=also("certificate.covers-names", "certificate.common-name", "certificate.well-formed", "csr.subject"),
    ),
)
