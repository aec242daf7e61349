"""The files of a host: its set of keys and certificates, where the notes put them."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

from lab import keys
from lab.base import OPENSSL_CNF
from lab.ca import ROOT, Authority, Template, issue, request
from lab.files import HostFiles
from lab.host import Host, Material, Site

LOCAL = "/etc/ssl/localcerts"
DH_FILE = "/etc/ssl/dhparam.pem"
DH = Path(__file__).parent / "dh"
DH_CUSTOM = (DH / "custom-2048.pem").read_text()


def prepare(host: Host, files: HostFiles, now: dt.datetime, root: Authority) -> Site:
    """Issue what the host needs, below the lab's root or below one that nobody trusts."""
    anchor = issue(replace(ROOT, subject=(("CN", "nobody's root"),)), now) if host.foreign_root else root
    key = keys.make(host.key, "shared" if host.shared_key else host.name, keep=host.shared_key)
    site = Site(host, files, now, anchor, make_set(host, host.leaf, now, anchor, key))
    if host.stamp:
        site = replace(site, material=replace(site.material, stamp=host.stamp))
    if host.previous is None:
        return site
    older = key if host.previous_key else keys.make(host.key, "previous")
    return replace(site, older=make_set(host, host.previous, now, anchor, older))


def make_set(host: Host, leaf: Template, now: dt.datetime, root: Authority, key: keys.Key) -> Material:
    """The certificate of a key, its chain and the request it came of."""
    issuer = root
    chain: list[Authority] = []
    for template in host.authorities:
        issuer = issue(template, now, issuer)
        chain.insert(0, issuer)
    certificate = issue(leaf, now, issuer, key)
    stamp = now - dt.timedelta(days=leaf.age)
    csr = request(host.csr, leaf.subject, leaf.names, key)
    return Material(f"{stamp:%Y%m%d}", key, certificate, csr, tuple(chain), root)


def lay(site: Site) -> None:
    """Write the files of the host's layout."""
    names = " ".join([*site.host.names, site.host.name])
    site.files.write("/etc/hostname", f"{site.host.name}\n")
    site.files.write("/etc/hosts", f"127.0.0.1 localhost\n127.0.1.1 {names}\n")
    if site.host.key_group_members:
        site.files.join("ssl-cert", *site.host.key_group_members)
    if site.host.layout == "notes":
        _lay_notes(site)


def _lay_notes(site: Site) -> None:
    site.files.folder(LOCAL, 0o700)
    if site.older:
        lay_set(site, site.older)
    lay_set(site, site.material)
    publish(site)
    site.files.write(DH_FILE, DH_CUSTOM, 0o600 if site.host.policy == "notes-2014" else 0o644)


def lay_set(site: Site, material: Material) -> None:
    """Write one set of files as the notes name them, readable by root alone."""
    base = f"{LOCAL}/server_{material.stamp}"
    files: dict[str, str | bytes] = {
        "cnf": configuration(site.host),
        "key": material.key_pem(),
        "csr": material.request_pem(),
        "crt": material.leaf.pem(),
        "combined.crt": material.chain(with_root=site.host.root_in_chain),
    }
    for ending, data in files.items():
        site.files.write(f"{base}.{ending}", data, 0o400)


def publish(site: Site) -> None:
    """Put the copies that services read where the notes put them."""
    site.files.write(site.key, site.material.key_pem(), 0o440, "root", "ssl-cert")
    site.files.write(site.certificate, site.material.leaf.pem(), 0o444)
    site.files.write(site.combined, site.material.chain(with_root=site.host.root_in_chain), 0o444)


def configuration(host: Host) -> str:
    """The request's configuration: openssl.cnf with the names where a request looks for them."""
    names = ",".join(f"DNS:{name}" for name in host.leaf.names)
    wanted = OPENSSL_CNF.replace("# req_extensions", "req_extensions")
    return wanted.replace("[v3_req]\n", f"[v3_req]\nsubjectAltName = {names}\n")
