"""Defects of the dated set of files, and of the requests in it."""

from dataclasses import replace
from typing import Any

from lab import keys
from lab.ca import Request, issue, request
from lab.defects.defect import Change, Defect, also, host
from lab.host import Host, Material, Site
from lab.layout import LOCAL, publish
from lab.services.nginx import SITE


def _csr(**changes: Any) -> Change:
    return lambda before: replace(before, csr=replace(before.csr, **changes))


def _long_lived_previous(before: Host) -> Host:
    assert before.previous is not None
    return replace(before, previous=replace(before.previous, lifetime=200))


def _use_older(site: Site) -> None:
    assert site.older is not None
    older = replace(site, material=site.older)
    publish(older)
    site.files.edit(SITE, site.name, older.name)


def _other_certificate(site: Site) -> None:
    again = issue(site.host.leaf, site.now, site.material.intermediates[0], site.material.key)
    site.files.write(site.certificate, again.pem(), 0o444)


def _other_request(site: Site) -> None:
    stray = request(Request(), site.host.leaf.subject, site.host.names, keys.make("ec-p256", "stray"))
    other: Material = replace(site.material, request=stray)
    site.files.write(f"{site.original}.csr", other.request_pem(), 0o400)


def _sha1_request(before: Host) -> Host:
    key = before.key if before.key.startswith("rsa") else "rsa-4096"
    return replace(before, key=key, csr=replace(before.csr, signature_hash="sha1"))


def _old_stamp(before: Host) -> Host:
    return replace(before, stamp="20200229", previous=None)


FILE_SET = (
    Defect("set-without-cnf", "file-set.complete", plant=lambda site: site.files.remove(f"{site.original}.cnf")),
    Defect("set-without-csr", "file-set.complete", plant=lambda site: site.files.remove(f"{site.original}.csr")),
    Defect("stamp-long-past", "file-set.stamp-is-issue-date", _old_stamp),
    Defect("stamp-no-date", "file-set.stamp-is-issue-date", host(stamp="20269931")),
    Defect(
        "set-world-readable",
        "file-set.permissions",
        plant=lambda site: site.files.permit(f"{site.original}.crt", 0o444),
    ),
    Defect(
        "set-folder-writable",
        "file-set.permissions",
        plant=lambda site: site.files.folder(LOCAL, 0o777),
        also=also("certificate.file-permissions"),
    ),
    Defect(
        "copy-differs", "file-set.copies-identical", plant=_other_certificate, also=also("service.same-certificate")
    ),
    Defect("set-key-2048", "file-set.key-size", host(key="rsa-2048")),
    Defect(
        "superseded-in-use",
        "file-set.superseded-unreferenced",
        _long_lived_previous,
        _use_older,
        also=also("service.certificate-configured", "certificate.renewal-due"),
    ),
    Defect("csr-sha1", "csr.signature-algorithm", _sha1_request),
    Defect("csr-without-san", "csr.has-names", _csr(names=())),
    Defect("csr-of-other-key", "csr.matches-key", plant=_other_request),
    Defect("csr-short-name", "csr.subject", _csr(subject=(("CN", "webserver"),))),
    Defect(
        "csr-subject-incomplete",
        "csr.subject",
        lambda before: replace(before, csr=replace(before.csr, subject=before.leaf.subject[-1:])),
        base="sound-2014",
    ),
)
