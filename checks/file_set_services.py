"""The dated sets of files against what the services use: their copies, and the paths that they name."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from posixpath import basename
from shlex import quote

from tlsfleet import keys
from tlsfleet.check import INSIDE, Outcome, check
from tlsfleet.facts import Certificate, CertificateFile, FileFacts, HostFacts, KeyFacts, Missing, Unknown
from tlsfleet.policy import Policy
from tlsfleet.subjects import SET_NAME, FileSet, Pair, copy_of, newest_set, pairs
from tlsfleet.verdict import MUST, Violation


@dataclass(frozen=True, slots=True)
class Copy:
    """A file of a set and its copy for the services."""

    path: str
    original_path: str
    copy: KeyFacts | CertificateFile | Missing
    original: KeyFacts | CertificateFile | Missing

    @property
    def subject(self) -> str:
        return self.path


def _copies(facts: HostFacts, policy: Policy) -> Iterator[Copy | Unknown]:
    newest = newest_set(facts, policy)
    if isinstance(newest, Unknown):
        yield newest
        return
    for item in newest:
        for suffix in ("key", "crt", "combined.crt"):
            copy, original = copy_of(facts, policy, item, suffix), item.paths.get(suffix)
            if copy and original:
                look = facts.key if suffix == "key" else facts.certificate_file
                yield Copy(copy, original, look(copy), look(original))


@check(
    "file-set.copies-identical",
    level=MUST,
    vantage=INSIDE,
    subjects=_copies,
    nothing="there is no copy of a set's file for the services",
    notes=["N20", "N27"],
    parameters=["private_folder", "public_folder"],
)
def copies_identical(item: Copy, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """The services' copies hold the same key and certificates as the originals.

    Why: A copy that was forgotten at a renewal serves the old certificate until it expires, while the original looks
    right. Source: notes N20, N27. Remedy: Copy the original again, with the mode and group of the old copy.
    """
    copy, original = _content(item.copy), _content(item.original)
    missing = [held for held in (copy, original) if not isinstance(held, tuple)]
    if missing:
        yield from missing
    elif copy != original:
        what = "key" if isinstance(item.copy, KeyFacts) else "certificate"
        yield Violation(
            observed=f"holds another {what} than {item.original_path}",
            expected=f"the same as {item.original_path}",
            where=item.path,
            remedy=f"cat {quote(item.original_path)} > {quote(item.path)}, then reload the services that use it",
            reproduce=f"cmp {quote(item.original_path)} {quote(item.path)}",
        )


def _content(held: KeyFacts | CertificateFile | Missing) -> tuple[bytes, ...] | Missing:
    """What two copies must have in common; the Missing where it cannot be told."""
    if isinstance(held, KeyFacts):
        return held.public_key if isinstance(held.public_key, Unknown) else (keys.normal(held.public_key),)
    if not isinstance(held, CertificateFile):
        return held
    for certificate in held.certificates:
        if not isinstance(certificate, Certificate):
            return certificate
    found = tuple(certificate.der for certificate in held.certificates if isinstance(certificate, Certificate))
    return found or Unknown(held.path, "holds no certificate")


@dataclass(frozen=True, slots=True)
class Named:
    """A certificate or key file as a service names it, and where its links lead."""

    path: str
    real_path: str | Unknown
    where: str
    newest: FileSet

    @property
    def subject(self) -> str:
        return self.path


def _named(facts: HostFacts, policy: Policy) -> Iterator[Named | Unknown]:
    newest = newest_set(facts, policy)
    if isinstance(newest, Unknown):
        yield newest
        return
    found: dict[str, str] = {}
    for item in pairs(facts, policy) if newest else ():
        if isinstance(item, Pair):
            for path in (item.pair.certificate, item.pair.key):
                if isinstance(path, Unknown):
                    yield path
                elif path is not None:
                    found.setdefault(path, item.where)
        else:
            yield item
    for path, where in found.items():
        file = facts.file(path)
        real = file.real_path if isinstance(file, FileFacts) else Unknown(path, file.reason)
        yield Named(path, real, where, newest[0])


@check(
    "file-set.superseded-unreferenced",
    level=MUST,
    vantage=INSIDE,
    subjects=_named,
    nothing="the host has no set of files, or no service names a certificate",
    notes=["N37"],
)
def superseded_unreferenced(named: Named, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """No service names a file of an older set while there is a newer one.

    Why: A service that was left out at a renewal goes on with the old certificate until it expires. Source: notes N37.
    Remedy: Name the newest set in the service's configuration, and reload it.
    """
    paths = [path for path in (named.path, named.real_path) if isinstance(path, str)]
    stamps = [match[1] for path in paths if (match := SET_NAME.fullmatch(basename(path)))]
    if any(stamp < named.newest.stamp for stamp in stamps):
        yield Violation(
            observed=f"{named.path} is of the set {min(stamps)}",
            expected=f"the newest set, {named.newest.stamp}",
            where=named.where,
            reproduce=f"readlink -f {quote(named.path)}; ls {quote(named.newest.folder)}",
        )
    elif isinstance(named.real_path, Unknown) and not stamps:
        yield named.real_path
