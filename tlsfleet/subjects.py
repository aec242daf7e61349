"""Selectors: what of a host's facts is in use, for the checks to look at; what could not be told comes as Unknown."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from tlsfleet.facts import (
    Absent,
    Certificate,
    CertificateFile,
    CertificatePair,
    CsrFile,
    DhParameters,
    FileFacts,
    FolderListing,
    HostFacts,
    KeyFacts,
    Malformed,
    Missing,
    ServiceConfig,
    TlsBlock,
    Unknown,
)
from tlsfleet.policy import Policy
from tlsfleet.verdict import NotApplicable

SET_NAME = re.compile(r"server_(\d{8})\.(cnf|key|csr|crt|combined\.crt)")
SUFFIXES = ("cnf", "key", "csr", "crt", "combined.crt")


@dataclass(frozen=True, slots=True)
class Block:
    """One block of one service."""

    service: ServiceConfig
    block: TlsBlock

    @property
    def subject(self) -> str:
        return self.block.subject

    def place(self, setting: str) -> str:
        """The file:line of a setting; for a default that of the block, and whose default it is."""
        origin = self.block.origin(setting)
        return origin if origin.startswith("/") else f"{self.block.where} ({origin})"


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate and key file as one block is configured with them."""

    service: ServiceConfig
    block: TlsBlock
    pair: CertificatePair

    @property
    def where(self) -> str:
        return self.block.origin("certificates")


@dataclass(frozen=True, slots=True)
class FileSet:
    """One dated set of the notes; ``paths`` gives the path of each suffix that is there."""

    stamp: str
    folder: str
    paths: dict[str, str]

    @property
    def subject(self) -> str:
        return f"{self.folder}/server_{self.stamp}.*"

    @property
    def date(self) -> datetime | None:
        """Midnight of the stamp (UTC); None where it is no date."""
        try:
            return datetime.strptime(self.stamp, "%Y%m%d").replace(tzinfo=UTC)
        except ValueError:
            return None

    @property
    def answered(self) -> bool:
        """Whether the CA's certificate is there."""
        return "crt" in self.paths or "combined.crt" in self.paths


@dataclass(frozen=True, slots=True)
class Use:
    """A path that services name (``pairs`` are its uses) or that belongs to the newest set."""

    path: str
    pairs: tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class KeyInUse:
    """A private key file that services name or that belongs to the newest set; ``pairs`` are its uses."""

    path: str
    key: KeyFacts | Missing
    file: FileFacts | Missing
    pairs: tuple[Pair, ...]

    @property
    def subject(self) -> str:
        return self.path


@dataclass(frozen=True, slots=True)
class ChainInUse:
    """A certificate file that services name or that is the newest set's combined one (``pairs`` are its uses)."""

    path: str
    file: CertificateFile
    pairs: tuple[Pair, ...]

    @property
    def subject(self) -> str:
        return self.path

    @property
    def certificates(self) -> tuple[Certificate | Malformed, ...]:
        return self.file.certificates


@dataclass(frozen=True, slots=True)
class Leaf:
    """The end-entity certificate at the head of a file in use."""

    path: str
    certificate: Certificate
    chain: tuple[Certificate | Malformed, ...]
    pairs: tuple[Pair, ...]

    @property
    def subject(self) -> str:
        return self.path


def services(facts: HostFacts, _policy: Policy | None = None) -> Iterable[ServiceConfig | Unknown]:
    """Every service recognised on the host."""
    return (facts.services,) if isinstance(facts.services, Unknown) else facts.services


def blocks(facts: HostFacts, policy: Policy | None = None, *transports: str) -> Iterator[Block | Unknown]:
    """Every block of every service, of some transports (tls, starttls, plain) or all."""
    for service in services(facts, policy):
        if isinstance(service, Unknown):
            yield service
            continue
        for block in service.blocks:
            if isinstance(block, Unknown):
                yield block
            elif not transports or block.transport in transports:
                yield Block(service, block)


def tls_blocks(facts: HostFacts, policy: Policy | None = None) -> Iterator[Block | Unknown]:
    """Every block that speaks TLS."""
    return blocks(facts, policy, "tls", "starttls")


def serving_blocks(facts: HostFacts, policy: Policy | None = None) -> Iterator[Block | Unknown | NotApplicable]:
    """Every block that speaks TLS, those that reject every handshake as not applicable."""
    for item in tls_blocks(facts, policy):
        if isinstance(item, Block) and item.block.settings.reject_handshake is True:
            yield NotApplicable("it rejects every handshake", item.subject)
        else:
            yield item


def is_host_name(name: str) -> bool:
    """Whether a server name is the name of a host: no catch-all, pattern or variable."""
    return bool(name) and name not in {"_", "localhost"} and name[0] not in ".~" and not set("*$") & set(name)


def unused(facts: HostFacts, policy: Policy) -> NotApplicable | None:
    """The reason why nothing on the host is looked at: no service speaks TLS, and no dated set lies there."""
    found = sets(facts, policy)
    return (
        NotApplicable("no service that speaks TLS and no set was found")
        if facts.services == () and found == ()
        else None
    )


def pairs(facts: HostFacts, policy: Policy | None = None) -> Iterator[Pair | Unknown]:
    """Every certificate and key that a TLS block is configured with."""
    for item in tls_blocks(facts, policy):
        if isinstance(item, Unknown):
            yield item
        else:
            yield from (Pair(item.service, item.block, pair) for pair in item.block.settings.certificates)


def sets(facts: HostFacts, policy: Policy) -> tuple[FileSet, ...] | Unknown:
    """All dated sets in the notes' folder, oldest first; empty where there is no such folder or set."""
    folder = policy.text("localcerts_folder")
    listing = facts.listing(folder)
    if isinstance(listing, Absent):
        return ()
    if isinstance(listing, Unknown | Malformed):
        return Unknown(folder, listing.reason)
    found: dict[str, dict[str, str]] = {}
    for name in listing.names:
        if match := SET_NAME.fullmatch(name):
            found.setdefault(match[1], {})[match[2]] = f"{folder}/{name}"
    return tuple(FileSet(stamp, folder, found[stamp]) for stamp in sorted(found))


def newest_set(facts: HostFacts, policy: Policy) -> tuple[FileSet, ...] | Unknown:
    """The newest set that has a certificate (none or one); without any, the newest: a later one waits for its CA."""
    found = sets(facts, policy)
    if isinstance(found, Unknown):
        return found
    return (tuple(item for item in found if item.answered) or found)[-1:]


def current_sets(facts: HostFacts, policy: Policy) -> tuple[FileSet, ...] | Unknown:
    """The newest set, and those that wait for their certificate after it."""
    found, newest = sets(facts, policy), newest_set(facts, policy)
    if isinstance(found, Unknown) or isinstance(newest, Unknown):
        return found if isinstance(found, Unknown) else newest
    return tuple(item for item in found if item.stamp >= newest[0].stamp) if newest else ()


def users_of(uses: Iterable[Pair]) -> tuple[str | Unknown, ...]:
    """The users that the services of some uses run as."""
    return tuple(dict.fromkeys(pair.service.user for pair in uses if pair.service.user is not None))


def key_uses(facts: HostFacts, policy: Policy) -> Iterator[Use | Unknown]:
    """The path of every key file that a service names, and of the newest set's with its copy in the private folder."""
    yield from _uses(facts, policy, lambda pair: pair.key, "key")


def certificate_uses(facts: HostFacts, policy: Policy) -> Iterator[Use | Unknown]:
    """The path of every certificate file that a service names, and of the newest set's combined file with its copy."""
    yield from _uses(facts, policy, lambda pair: pair.certificate, "combined.crt")


def keys_in_use(facts: HostFacts, policy: Policy) -> Iterator[KeyInUse | Unknown]:
    """Every key file that a service names, and the newest set's with its copy in the private folder."""
    for use in key_uses(facts, policy):
        if isinstance(use, Unknown):
            yield use
        else:
            yield KeyInUse(use.path, facts.key(use.path), facts.file(use.path), use.pairs)


def chains(facts: HostFacts, policy: Policy) -> Iterator[ChainInUse | Missing]:
    """Every certificate file that a service names, and the newest set's combined file with its copy."""
    for use in certificate_uses(facts, policy):
        if isinstance(use, Unknown):
            yield use
        else:
            file = facts.certificate_file(use.path)
            yield ChainInUse(use.path, file, use.pairs) if isinstance(file, CertificateFile) else file


def leaves(facts: HostFacts, policy: Policy) -> Iterator[Leaf | Missing]:
    """The first certificate of every file in use, and the newest set's .crt."""
    seen = set()
    for chain in chains(facts, policy):
        seen.add(chain.subject)
        yield _leaf(chain.file, chain.pairs) if isinstance(chain, ChainInUse) else chain
    newest = newest_set(facts, policy)
    for path in () if isinstance(newest, Unknown) else _set_paths(facts, policy, newest, "crt"):
        if path not in seen:
            file = facts.certificate_file(path)
            yield _leaf(file, ()) if isinstance(file, CertificateFile) else file


def dh_files(facts: HostFacts, policy: Policy) -> Iterator[DhParameters | Missing]:
    """Every DH parameters file that a service names, and the one that the policy asks for."""
    paths: dict[str, None] = {}
    for item in tls_blocks(facts, policy):
        if isinstance(item, Unknown):
            yield item
        elif isinstance(item.block.settings.dh_parameters, Unknown):
            yield item.block.settings.dh_parameters
        elif item.block.settings.dh_parameters not in {None, "auto"}:
            paths[str(item.block.settings.dh_parameters)] = None
    if wanted := policy.text("dh_file"):
        paths[wanted] = None
    yield from (facts.dh(path) for path in paths)


def csrs(facts: HostFacts, policy: Policy) -> Iterator[CsrFile | Missing]:
    """The newest set's CSR, and any of a set that has no certificate yet."""
    found, newest = sets(facts, policy), newest_set(facts, policy)
    if isinstance(found, Unknown) or isinstance(newest, Unknown):
        yield Unknown(policy.text("localcerts_folder"), found.reason if isinstance(found, Unknown) else "not known")
        return
    wanted = [item for item in found if "csr" in item.paths and (item in newest or not item.answered)]
    yield from (facts.csr(item.paths["csr"]) for item in wanted)


def _leaf(file: CertificateFile, uses: tuple[Pair, ...]) -> Leaf | Missing:
    if not file.certificates:
        return Malformed(file.path, "holds no certificate")
    first = file.certificates[0]
    return first if isinstance(first, Malformed) else Leaf(file.path, first, file.certificates, uses)


def _uses(
    facts: HostFacts, policy: Policy, path_of: Callable[[CertificatePair], str | Unknown | None], suffix: str
) -> Iterator[Use | Unknown]:
    found: dict[str, list[Pair]] = {}
    for pair in pairs(facts, policy):
        path = pair if isinstance(pair, Unknown) else path_of(pair.pair)
        if isinstance(path, Unknown):
            yield path
        elif path is not None and isinstance(pair, Pair):
            found.setdefault(path, []).append(pair)
    newest = newest_set(facts, policy)
    if isinstance(newest, Unknown):
        yield newest
    else:
        for path in _set_paths(facts, policy, newest, suffix):
            found.setdefault(path, [])
    yield from (Use(path, tuple(uses)) for path, uses in found.items())


def _set_paths(facts: HostFacts, policy: Policy, newest: tuple[FileSet, ...], suffix: str) -> Iterator[str]:
    """The newest set's file of a suffix, and its copy."""
    for item in newest:
        if suffix in item.paths:
            yield item.paths[suffix]
        if copy := copy_of(facts, policy, item, suffix):
            yield copy


def copy_of(facts: HostFacts, policy: Policy, item: FileSet, suffix: str) -> str | None:
    """Where the services' copy of a set's file is, or where nobody can tell; None where there is none."""
    folder = policy.text("private_folder" if suffix == "key" else "public_folder")
    listing, name = facts.listing(folder), f"server_{item.stamp}.{suffix}"
    there = name in listing.names if isinstance(listing, FolderListing) else not isinstance(listing, Absent)
    return f"{folder}/{name}" if there and folder != item.folder else None
