"""Defects of the chain file."""

from dataclasses import replace

from lab.ca import authority, issue
from lab.defects.defect import Defect, also, both, combined, host, intermediate, mail, serving
from lab.host import Host, Site

FIRST = authority("tlsfleet lab first intermediate", age=300, lifetime=3000, path_length=1)
UNTRUSTED = also("chain.trusted")
STARTCOM = (("C", "IL"), ("O", "StartCom Ltd."), ("CN", "StartCom Class 1 DV Server CA"))


def _two_intermediates(before: Host) -> Host:
    return replace(before, authorities=(FIRST, *before.authorities))


def _first_without_path(before: Host) -> Host:
    first, *rest = before.authorities
    return replace(before, authorities=(replace(first, path_length=0), *rest))


def _swapped(site: Site) -> bytes:
    lower, upper = site.material.intermediates
    return site.material.leaf.pem() + upper.pem() + lower.pem()


def _without(site: Site) -> bytes:
    return site.material.leaf.pem()


def _twice(site: Site) -> bytes:
    return site.material.chain() * 2


def _with_stranger(site: Site) -> bytes:
    return site.material.chain() + issue(authority("somebody else"), site.now).pem()


def _reissued(site: Site) -> bytes:
    material = site.material
    again = issue(site.host.leaf, site.now, material.intermediates[0], material.key)
    return replace(material, leaf=again).chain()


CHAIN = (
    Defect("chain-swapped", "chain.order", _two_intermediates, combined(_swapped), also=also("chain.complete")),
    Defect("chain-leaf-only", "chain.complete", plant=combined(_without), also=UNTRUSTED),
    Defect(
        "chain-one-missing",
        "chain.complete",
        _two_intermediates,
        combined(lambda site: site.material.leaf.pem() + site.material.intermediates[0].pem()),
        also=UNTRUSTED,
    ),
    Defect("mail-chain-leaf-only", "chain.complete", serving("postfix"), mail(_without), also=UNTRUSTED),
    Defect("chain-with-root", "chain.root", host(root_in_chain=True)),
    Defect("chain-without-root", "chain.root", host(root_in_chain=False), base="sound-2014"),
    Defect("chain-twice", "chain.no-duplicates", plant=combined(_twice), also=also("chain.order", "chain.root")),
    Defect("chain-with-stranger", "chain.no-strangers", plant=combined(_with_stranger), also=also("chain.order")),
    Defect(
        "intermediate-expired",
        "chain.intermediates-valid",
        intermediate(age=400, lifetime=395),
        also=UNTRUSTED,
    ),
    Defect(
        "intermediate-no-ca",
        "chain.intermediates-valid",
        intermediate(ca=False, path_length=None, key_usage=frozenset({"digital_signature"})),
        also=UNTRUSTED | also("chain.order"),
    ),
    Defect(
        "intermediate-path-length",
        "chain.intermediates-valid",
        both(_two_intermediates, _first_without_path),
        also=UNTRUSTED,
    ),
    Defect("chain-untrusted-root", "chain.trusted", host(foreign_root=True), also=also("chain.complete")),
    Defect(
        "chain-distrusted",
        "chain.issuer-not-distrusted",
        intermediate(subject=STARTCOM),
    ),
    Defect(
        "chain-of-other-leaf",
        "chain.leaf-equals-certificate-file",
        plant=combined(_reissued),
        also=also("file-set.copies-identical"),
    ),
)
