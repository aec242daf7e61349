"""What certificates services name: the newest set's where there is one, with their chains, the same for one name."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from tlsfleet.check import INSIDE, Outcome, check
from tlsfleet.facts import (
    Certificate,
    CertificateFile,
    CertificatePair,
    FileFacts,
    HostFacts,
    Malformed,
    Missing,
    Unknown,
)
from tlsfleet.known.directives import controls, mend, search
from tlsfleet.policy import Policy
from tlsfleet.subjects import Block, FileSet, is_host_name, serving_blocks, sets
from tlsfleet.verdict import MUST, SHOULD, NotApplicable, Violation

ARCHIVED = re.compile(r".*/archive/[^/]+/[a-z]+\d+\.pem")


@dataclass(frozen=True, slots=True)
class Configured:
    """A TLS block, what is known of its files, and the newest set that it could use (None: the host has none)."""

    item: Block
    facts: HostFacts
    newest: FileSet | None

    @property
    def subject(self) -> str:
        return self.item.subject


@dataclass(frozen=True, slots=True)
class SharedName:
    """A server name with every block that serves it."""

    name: str
    items: tuple[Block, ...]
    facts: HostFacts

    @property
    def subject(self) -> str:
        return self.name


def configured(facts: HostFacts, policy: Policy) -> Iterator[Configured | Unknown | NotApplicable]:
    """Every TLS block, beside the newest set that has a combined file and a key."""
    found = sets(facts, policy)
    if isinstance(found, Unknown):
        yield found
        return
    usable = [item for item in found if {"key", "combined.crt"} <= set(item.paths)]
    for item in serving_blocks(facts, policy):
        yield Configured(item, facts, usable[-1] if usable else None) if isinstance(item, Block) else item


def shared_names(facts: HostFacts, policy: Policy) -> Iterator[SharedName | Unknown]:
    """Every server name that more than one TLS block serves."""
    names: dict[str, list[Block]] = {}
    for item in serving_blocks(facts, policy):
        if isinstance(item, Unknown):
            yield item
        elif isinstance(item, Block):
            for name in dict.fromkeys(name.lower() for name in item.block.server_names if is_host_name(name)):
                names.setdefault(name, []).append(item)
    yield from (SharedName(name, tuple(items), facts) for name, items in names.items() if len(items) > 1)


@check(
    "service.certificate-configured",
    level=MUST,
    vantage=INSIDE,
    subjects=configured,
    notes=["N29", "N30", "N31", "N32"],
    parameters=["localcerts_folder", "private_folder", "public_folder"],
    nothing="no service speaks TLS",
)
def certificate_configured(item: Configured, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """Every TLS block names a certificate with its chain, and the key: the newest set's where the host has one.

    Why: a service without its chain fails for clients that have not met the intermediate; one that names an older set
    or an archived file goes on with a certificate that nobody renews. Source: notes N29 to N32; RFC 5246 7.4.2; RFC
    8446 4.4.2. Remedy: name the newest set's combined file and key (or the lineage's fullchain.pem and privkey.pem),
    and reload.
    """
    settings = item.item.block.settings
    gaps = [
        value for pair in settings.certificates for value in (pair.certificate, pair.key) if isinstance(value, Unknown)
    ]
    if gaps:
        yield gaps[0]
    elif not settings.certificates:
        reject = settings.reject_handshake
        yield reject if isinstance(reject, Unknown) else _unconfigured(item, policy, "no certificate")
    elif item.newest:
        yield from _newest_named(item, item.newest, policy)
    else:
        for pair in settings.certificates:
            yield from _pair_sound(item, pair, policy)


@check(
    "service.same-certificate",
    level=SHOULD,
    vantage=INSIDE,
    subjects=shared_names,
    notes=["N33"],
    nothing="no name is served by more than one service or block",
)
def same_certificate(item: SharedName, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """Services and blocks that share a name use the same certificate, or one a key type.

    Why: a certificate that was replaced in one place and forgotten in another expires there; clients that remember a
    certificate are alarmed by two. Source: notes N33; RFC 9325 3.9. Remedy: name the same files in every service.
    """
    found: dict[str, dict[str, list[str]]] = {}
    for block in item.items:
        for leaf in _block_leaves(block, item.facts):
            if isinstance(leaf, Certificate):
                where = f"{block.service.service} {block.block.origin('certificates')}"
                found.setdefault(_key_type(leaf), {}).setdefault(leaf.sha256, []).append(where)
            else:
                yield leaf
    for kind, certificates in found.items():
        if len(certificates) > 1:
            yield Violation(
                observed="; ".join(
                    f"{digest[:16]} in {', '.join(dict.fromkeys(where))}" for digest, where in certificates.items()
                ),
                expected=f"one {kind} certificate",
                where=next(iter(certificates.values()))[0].partition(" ")[2],
                reproduce=search(item.items[0].service, "certificates"),
            )


def _newest_named(item: Configured, newest: FileSet, policy: Policy) -> Iterator[Outcome]:
    """The house rule: the newest set's combined file and key, or their copies in the folders for services."""
    certificates, keys = _named(newest, policy, "combined.crt"), _named(newest, policy, "key")
    pairs = item.item.block.settings.certificates
    if any(
        _is_one(pair.certificate, certificates, item.facts) and _is_one(pair.key, keys, item.facts) for pair in pairs
    ):
        return
    observed = "; ".join(f"{pair.certificate or 'no certificate'} with {pair.key or 'no key'}" for pair in pairs)
    yield _unconfigured(item, policy, observed)


def _named(newest: FileSet, policy: Policy, suffix: str) -> tuple[str, str]:
    """The copy for the services, then the original."""
    folder = policy.text("private_folder" if suffix == "key" else "public_folder")
    return f"{folder}/server_{newest.stamp}.{suffix}", newest.paths[suffix]


def _is_one(path: str | Unknown | None, wanted: tuple[str, str], facts: HostFacts) -> bool:
    """Whether a path is, or leads to, one of those wanted."""
    if not isinstance(path, str):
        return False
    file = facts.file(path)
    return path in wanted or (isinstance(file, FileFacts) and file.real_path in wanted)


def _pair_sound(item: Configured, pair: CertificatePair, policy: Policy) -> Iterator[Outcome]:
    """Elsewhere: a certificate and a key are named, current ones, and the certificate comes with its chain."""
    if pair.certificate is None or pair.key is None:
        yield _unconfigured(item, policy, f"{pair.certificate or 'no certificate'} with {pair.key or 'no key'}")
        return
    for path in (str(pair.certificate), str(pair.key)):
        if ARCHIVED.fullmatch(path):
            yield _unconfigured(item, policy, f"{path}, an archived file that no renewal replaces")
    file = item.facts.certificate_file(str(pair.certificate))
    if not isinstance(file, CertificateFile):
        yield file
    elif len(file.certificates) < 2 and (fault := _alone(file, item.facts)):
        yield fault if isinstance(fault, Unknown) else _unconfigured(item, policy, fault)


def _alone(file: CertificateFile, facts: HostFacts) -> str | Unknown:
    """Why one certificate is too few; empty for one that is issued by itself or by a trust anchor of the inventory."""
    first = file.certificates[0] if file.certificates else Malformed(file.path, "holds no certificate")
    if isinstance(first, Malformed):
        return f"{file.path}, which {first.reason}"
    try:
        issuers = [first.x509.subject, *(anchor.x509.subject for anchor in facts.declared.trust_anchors or ())]
        chained = first.x509.issuer in issuers
    except ValueError as error:
        return Unknown(file.path, f"its issuer cannot be read: {error}")
    return "" if chained else f"{file.path}, the certificate without its chain"


def _unconfigured(item: Configured, policy: Policy, observed: str) -> Violation:
    service = item.item.service
    where = item.item.block.origin("certificates")
    if item.newest:
        files = _named(item.newest, policy, "combined.crt")[0], _named(item.newest, policy, "key")[0]
        expected = f"{files[0]} with {files[1]}, or the originals in {item.newest.folder}"
    else:
        files = "FULLCHAIN.pem", "KEY.pem"
        expected = "a file with the certificate and its chain, and its key"
    return Violation(
        observed=observed,
        expected=expected,
        where=where,
        remedy=mend(service.service, "certificates", where, *files),
        reproduce=search(service, "certificates"),
        tags=controls(service.service, "certificates"),
    )


def _block_leaves(item: Block, facts: HostFacts) -> Iterator[Certificate | Missing]:
    for pair in item.block.settings.certificates:
        if isinstance(pair.certificate, str):
            yield _leaf(pair.certificate, facts)
        elif isinstance(pair.certificate, Unknown):
            yield pair.certificate


def _key_type(leaf: Certificate) -> str:
    """RSA, EllipticCurve, Ed25519 ...: what a client chooses between; the OID for a key that cannot be read."""
    try:
        return type(leaf.x509.public_key()).__name__.removesuffix("PublicKey")
    except Exception:  # noqa: BLE001 - cryptography raises several kinds for a key that it cannot read
        return leaf.x509.public_key_algorithm_oid.dotted_string


def _leaf(path: str, facts: HostFacts) -> Certificate | Missing:
    file = facts.certificate_file(path)
    if not isinstance(file, CertificateFile):
        return file
    return file.certificates[0] if file.certificates else Malformed(path, "holds no certificate")
