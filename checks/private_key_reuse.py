"""Private keys: those that live on in a later set, or on another host."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, combinations
from shlex import quote

from tlsfleet import keys
from tlsfleet.check import FLEET, INSIDE, Outcome, check
from tlsfleet.facts import Certificate, CertificateFile, Fleet, HostFacts, KeyFacts, Missing, Unknown
from tlsfleet.names import dns_names
from tlsfleet.policy import Policy
from tlsfleet.subjects import Block, FileSet, KeyInUse, Leaf, keys_in_use, leaves, newest_set, sets, tls_blocks
from tlsfleet.verdict import MAY, SHOULD, NotApplicable, Violation


@dataclass(frozen=True, slots=True)
class Reuse:
    """The newest set's key and that of the set before it."""

    newest: FileSet
    key: KeyFacts | Missing
    previous: KeyFacts | Missing

    @property
    def subject(self) -> str:
        return self.newest.paths["key"]


def _reuses(facts: HostFacts, policy: Policy) -> Iterator[Reuse | Unknown]:
    found, newest = sets(facts, policy), newest_set(facts, policy)
    if isinstance(found, Unknown) or isinstance(newest, Unknown):
        yield found if isinstance(found, Unknown) else Unknown("file sets", "not known")
        return
    for item in newest:
        before = [older for older in found if older.stamp < item.stamp and "key" in older.paths]
        if before and "key" in item.paths:
            yield Reuse(item, facts.key(item.paths["key"]), facts.key(before[-1].paths["key"]))


@check(
    "private-key.not-reused",
    level=MAY,
    vantage=INSIDE,
    subjects=_reuses,
    nothing="there is no older set with a key",
)
def not_reused(reuse: Reuse, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """A new set of files has a new private key.

    Why: A key that lives on through renewals has been in ever more backups and hands; who took it once, keeps it.
    Source: NIST SP 800-57 Part 1, 5.3.6. Remedy: Let openssl req make a new key (-newkey) at each renewal.
    """
    for key in (reuse.key, reuse.previous):
        if not isinstance(key, KeyFacts):
            yield key
        elif isinstance(key.public_key, Unknown):
            yield key.public_key
    if isinstance(reuse.key, KeyFacts) and isinstance(reuse.previous, KeyFacts):
        one, other = reuse.key.public_key, reuse.previous.public_key
        if isinstance(one, bytes) and isinstance(other, bytes) and keys.normal(one) == keys.normal(other):
            both = f"{quote(reuse.key.path)} {quote(reuse.previous.path)}"
            yield Violation(
                observed=f"the same key as {reuse.previous.path}",
                expected="a new key",
                where=reuse.key.path,
                reproduce=f"for key in {both}; do openssl pkey -in $key -pubout; done",
            )


@dataclass(frozen=True, slots=True)
class Holder:
    """A host with the names that it serves, and where it holds a key."""

    host: str
    names: frozenset[str]
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FleetKey:
    """One public key of the fleet with all that hold it; ``weak`` says that it shares a prime with another one."""

    digest: str
    holders: tuple[Holder, ...]
    weak: bool

    @property
    def subject(self) -> str:
        return f"key {self.digest}"


def _fleet_keys(fleet: Fleet, policy: Policy) -> Iterator[FleetKey | Unknown | NotApplicable]:
    hosts = [facts for facts in fleet.hosts if facts.declared.shell]
    if len(hosts) < 2:
        yield NotApplicable("there is no other host to compare with", "keys")
        return
    held: dict[bytes, dict[str, list[str]]] = {}
    for facts in hosts:
        for item in _public_keys(facts, policy):
            if isinstance(item, Unknown):
                yield item
            else:
                held.setdefault(item[1], {}).setdefault(facts.host, []).append(item[0])
    names = {facts.host: _names(facts, policy) for facts in hosts}
    moduli = {spki: keys.modulus(spki) for spki in held}
    weak = keys.factor_sharers(number for number in moduli.values() if number is not None)
    for spki, places in held.items():
        holders = tuple(Holder(host, names[host], tuple(paths)) for host, paths in places.items())
        yield FleetKey(keys.digest(spki), holders, moduli[spki] in weak)


def _public_keys(facts: HostFacts, policy: Policy) -> Iterator[tuple[str, bytes] | Unknown]:
    """The path and public key of each key in use on one host."""
    if facts.failure is not None:
        yield Unknown(facts.host, facts.failure.reason)
        return
    for item in keys_in_use(facts, policy):
        if isinstance(item, Unknown):
            yield Unknown(f"{facts.host}:{item.subject}", item.reason)
        else:
            yield from _told(facts, item)


def _told(facts: HostFacts, item: KeyInUse) -> Iterator[tuple[str, bytes] | Unknown]:
    """The public key of one in use; where its file does not tell, those of the certificates that it is used with."""
    missing = item.key.public_key if isinstance(item.key, KeyFacts) else item.key
    if isinstance(missing, bytes):
        yield item.path, keys.normal(missing)
        return
    paths = dict.fromkeys(pair.pair.certificate for pair in item.pairs if isinstance(pair.pair.certificate, str))
    files = [facts.certificate_file(path) for path in paths]
    first = [file.certificates[0] for file in files if isinstance(file, CertificateFile) and file.certificates]
    found = [keys.spki_of(each, item.path) for each in first if isinstance(each, Certificate)]
    known = [spki for spki in found if isinstance(spki, bytes)]
    yield from ((f"{item.path} (told by its certificate)", spki) for spki in dict.fromkeys(known))
    if not known:
        yield Unknown(f"{facts.host}:{item.path}", missing.reason)


def _names(facts: HostFacts, policy: Policy) -> frozenset[str]:
    """The names that a host serves: declared, configured, and in its certificates."""
    configured = (item.block.server_names for item in tls_blocks(facts, policy) if isinstance(item, Block))
    certified = (dns_names(leaf.certificate) for leaf in leaves(facts, policy) if isinstance(leaf, Leaf))
    known = (names for names in certified if not isinstance(names, Unknown))
    found = chain(facts.declared.names or (), *configured, *known)
    return frozenset(name.lower() for name in found if "." in name and not name.startswith("~"))


@check(
    "private-key.not-shared",
    level=SHOULD,
    vantage=FLEET,
    subjects=_fleet_keys,
    nothing="no host has a private key in use",
)
def not_shared(key: FleetKey, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """No two hosts have the same private key, or two with a common prime, unless they serve a common name.

    Why: A break-in at one host then opens the traffic of the other; copied images and templates spread keys unseen.
    Two keys with one prime in common can be computed by anyone. Source: CWE-321. Remedy: Make a key on each host, and
    have a certificate issued for it.
    """
    where = ", ".join(f"{holder.host}:{path}" for holder in key.holders for path in holder.paths)
    apart = [(one.host, other.host) for one, other in combinations(key.holders, 2) if not one.names & other.names]
    if apart:
        yield Violation(
            observed=f"on hosts without a name in common: {', '.join(dict.fromkeys(chain(*apart)))}",
            expected="on one host, or on hosts of one name",
            where=where,
        )
    if key.weak:
        yield Violation("has a prime in common with another key of the fleet", "primes of its own", where)
