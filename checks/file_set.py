"""The dated sets of files, server_YYYYMMDD.*: whole, closed, named by their day."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from shlex import quote

from tlsfleet.access import owner_and_mode, strangers, writers
from tlsfleet.check import INSIDE, Outcome, check
from tlsfleet.facts import Certificate, CertificateFile, FileFacts, Folder, Group, HostFacts, KeyFacts, Missing, Unknown
from tlsfleet.policy import Policy
from tlsfleet.subjects import SUFFIXES, FileSet, current_sets, newest_set, sets
from tlsfleet.verdict import MUST, SHOULD, NotApplicable, Violation

NO_SET = "the host has no set of files named server_YYYYMMDD.*"

# How each file of a set is made, in the notes' order; SET stands for its path without the suffix.
MAKING = {
    "cnf": "cp /usr/lib/ssl/openssl.cnf SET.cnf; then req_extensions = v3_req in [req], subjectAltName in [v3_req]",
    "key": "openssl req -new -newkey rsa:4096 -sha256 -nodes -config SET.cnf -keyout SET.key -out SET.csr",
    "csr": "openssl req -new -sha256 -config SET.cnf -key SET.key -out SET.csr",
    "crt": "save the certificate that the CA issues for SET.csr as SET.crt",
    "combined.crt": "cat SET.crt intermediate.pem > SET.combined.crt",
}


# What is there


def _latest(facts: HostFacts, policy: Policy) -> tuple[FileSet, ...] | Unknown:
    """The set of the newest stamp, whether it has a certificate or not."""
    found = sets(facts, policy)
    return found if isinstance(found, Unknown) else found[-1:]


@check(
    "file-set.complete",
    level=SHOULD,
    vantage=INSIDE,
    subjects=_latest,
    nothing=NO_SET,
    notes=["N01", "N02"],
    parameters=["localcerts_folder"],
)
def complete(found: FileSet, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """The newest set has its configuration, key, request, certificate and combined file.

    Why: The next renewal starts from these files. What is missing must be guessed then, or made anew.
    Source: notes N01, N02. Remedy: Make the missing file in the same folder, under the same stamp.
    """
    path = f"{found.folder}/server_{found.stamp}"
    for suffix in SUFFIXES:
        if suffix not in found.paths:
            yield Violation(
                observed=f"there is no {path}.{suffix}",
                expected=f"{path}.{suffix}",
                where=found.folder,
                remedy=MAKING[suffix].replace("SET", quote(path)),
                reproduce=f"ls -l {quote(found.folder)}",
            )


@dataclass(frozen=True, slots=True)
class Dated:
    """A set with the certificate that was issued for it."""

    files: FileSet
    certificate: Certificate | Missing

    @property
    def subject(self) -> str:
        return self.files.subject


def _dated(facts: HostFacts, policy: Policy) -> Iterator[Dated | Unknown | NotApplicable]:
    newest = newest_set(facts, policy)
    for item in (newest,) if isinstance(newest, Unknown) else newest:
        if isinstance(item, Unknown):
            yield item
        elif item.answered:
            yield Dated(item, _first(facts, item.paths.get("crt") or item.paths["combined.crt"]))
        else:
            yield NotApplicable("it has no certificate yet", item.subject)


def _first(facts: HostFacts, path: str) -> Certificate | Missing:
    file = facts.certificate_file(path)
    if not isinstance(file, CertificateFile):
        return file
    return file.certificates[0] if file.certificates else Unknown(path, "holds no certificate")


@check(
    "file-set.stamp-is-issue-date",
    level=SHOULD,
    vantage=INSIDE,
    subjects=_dated,
    nothing=NO_SET,
    notes=["N03"],
    parameters=["stamp_days"],
)
def stamp_is_issue_date(dated: Dated, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """The stamp of a set is the day on which its certificate was issued, or close to it.

    Why: The stamp is how an administrator tells the sets apart, and finds the one in use. Source: notes N03.
    Remedy: Rename the files of the set to the date of the certificate's notBefore, also where services name them.
    """
    days, date = policy.number("stamp_days"), dated.files.date
    if not isinstance(dated.certificate, Certificate):
        yield dated.certificate
        return
    issued = dated.certificate.not_before
    if date is None or abs((issued.date() - date.date()).days) > days:
        yield Violation(
            observed=f"stamp {dated.files.stamp}" if date else f"stamp {dated.files.stamp}, which is no date",
            expected=f"within {days} days of notBefore {issued:%Y%m%d}",
            where=dated.files.folder,
            reproduce=f"openssl x509 -in {quote(_certificate_path(dated.files))} -noout -startdate",
        )


def _certificate_path(files: FileSet) -> str:
    return files.paths.get("crt") or files.paths["combined.crt"]


# Who may touch it


@dataclass(frozen=True, slots=True)
class SetFile:
    """One file of a set."""

    path: str
    file: FileFacts

    @property
    def subject(self) -> str:
        return self.path


@dataclass(frozen=True, slots=True)
class SetFolder:
    """The folder of the sets, with the groups that tell who may write to it."""

    folder: Folder
    groups: tuple[Group, ...] | Unknown

    @property
    def subject(self) -> str:
        return self.folder.path


def _set_files(facts: HostFacts, policy: Policy) -> Iterator[SetFile | SetFolder | Missing]:
    found = current_sets(facts, policy)
    if isinstance(found, Unknown):
        yield found
        return
    folders: dict[str, Folder] = {}
    for path in (path for item in found for path in item.paths.values()):
        file = facts.file(path)
        if isinstance(file, FileFacts):
            yield SetFile(path, file)
            folders |= {parent.path: parent for parent in file.parents if isinstance(parent, Folder)}
        else:
            yield file
    if found:
        folder = folders.get(found[0].folder)
        yield SetFolder(folder, facts.groups) if folder else Unknown(found[0].folder, "it was not looked at")


@check(
    "file-set.permissions",
    level=MUST,
    vantage=INSIDE,
    subjects=_set_files,
    nothing=NO_SET,
    notes=["N16", "N17"],
    parameters=["set_permissions"],
)
def permissions(item: SetFile | SetFolder, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """The files of a set are root's alone, in a folder that nobody else can write to.

    Why: The originals are for the administrator; services read copies. Who can write to the folder can put another key
    or certificate in the place of the real one. Source: notes N16, N17. Remedy: chmod 400 the files, chown them to
    root:root, and close the folder.
    """
    if isinstance(item, SetFile):
        allowed, seen = policy.texts("set_permissions"), owner_and_mode(item.file.target)
        if seen not in allowed:
            mode, _, owner = allowed[0].partition(" ")
            yield Violation(
                observed=seen,
                expected=", ".join(allowed),
                where=item.file.real_path,
                remedy=f"chown {owner} {quote(item.path)} && chmod {mode} {quote(item.path)}",
                reproduce=f"stat -L -c '%a %U:%G' {quote(item.path)}",
            )
        return
    found = writers(item.folder.stat)
    others = found if isinstance(found, Unknown) else strangers(found, item.groups)
    if isinstance(others, Unknown):
        yield others
    elif others:
        yield Violation(
            observed=f"{owner_and_mode(item.folder.stat)}, writable by {', '.join(others)}",
            expected="writable by root alone",
            where=item.folder.path,
            remedy=f"chown root:root {quote(item.folder.path)} && chmod 700 {quote(item.folder.path)}",
            reproduce=f"getfacl -p {quote(item.folder.path)}",
        )


# What it holds


def _set_keys(facts: HostFacts, policy: Policy) -> Iterator[KeyFacts | Missing]:
    found = current_sets(facts, policy)
    for item in (found,) if isinstance(found, Unknown) else found:
        if isinstance(item, Unknown):
            yield item
        elif "key" in item.paths:
            yield facts.key(item.paths["key"])


@check(
    "file-set.key-size",
    level=SHOULD,
    vantage=INSIDE,
    subjects=_set_keys,
    nothing="no set has a key",
    notes=["N04"],
    parameters=["set_rsa_bits", "set_curves"],
)
def key_size(key: KeyFacts, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """The key of a set is as large as the notes ask for.

    Why: The notes ask for more than the least that is allowed, since a key is often kept longer than was meant.
    Source: notes N04. Remedy: Make the next set's key with -newkey rsa:4096, or on an allowed curve.
    """
    bits, curves = policy.number("set_rsa_bits"), policy.texts("set_curves")
    if isinstance(key.algorithm, Unknown):
        yield key.algorithm
    elif isinstance(key.bits, Unknown):
        yield key.bits
    elif key.bits < bits if key.algorithm == "RSA" else (key.curve or key.algorithm) not in curves:
        yield Violation(
            observed=f"{key.algorithm} {key.curve or f'{key.bits} bits'}",
            expected=", ".join([f"RSA of {bits} bits or more", *curves]),
            where=key.path,
            reproduce=f"openssl pkey -in {quote(key.path)} -noout -text_pub",
        )
