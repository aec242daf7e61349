"""Certificates: who can replace their files."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from shlex import quote

from tlsfleet.access import owner_and_mode
from tlsfleet.check import INSIDE, Outcome, check
from tlsfleet.facts import FileFacts, Folder, HostFacts, Missing, Unknown
from tlsfleet.policy import Policy
from tlsfleet.subjects import leaves
from tlsfleet.verdict import MUST, Violation

STICKY = 0o1000


@dataclass(frozen=True, slots=True)
class Held:
    """The file of a certificate in use."""

    path: str
    file: FileFacts

    @property
    def subject(self) -> str:
        return self.path


def _held(facts: HostFacts, policy: Policy) -> Iterator[Held | Missing]:
    for path, item in {item.subject: item for item in leaves(facts, policy)}.items():
        file = facts.file(path)
        if isinstance(file, FileFacts):
            yield Held(path, file)
        else:
            yield item if isinstance(item, Unknown) else file


@check(
    "certificate.file-permissions",
    level=MUST,
    vantage=INSIDE,
    subjects=_held,
    nothing="no certificate is in use",
    notes=["N21"],
    tags=["CWE-732"],
    parameters=["certificate_permissions", "localcerts_folder"],
)
def file_permissions(item: Held, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """Neither group nor others can write a certificate's file, or a folder above it; or it is as the policy asks.

    Why: A certificate is public, but who can replace it can stop the service, or have it show another's. Who can write
    a folder can replace the files in it. Source: notes N21; CWE-732. Remedy: Take the right to write from group and
    others.
    """
    stat, path, allowed = item.file.target, quote(item.path), _allowed(item, policy)
    show = f"stat -L -c '%a %U:%G' {path}"
    if allowed and owner_and_mode(stat) not in allowed:
        mode, _, owner = allowed[0].partition(" ")
        mend = f"chown {owner} {path} && chmod {mode} {path}"
        yield Violation(owner_and_mode(stat), ", ".join(allowed), item.file.real_path, mend, show)
    elif stat.mode & 0o022:
        wanted = "not writable by group or others"
        yield Violation(owner_and_mode(stat), wanted, item.file.real_path, f"chmod go-w {path}", show)
    for parent in item.file.parents:
        if isinstance(parent, Unknown):
            yield parent
        elif _replaceable(parent):
            yield Violation(
                observed=f"the folder is {owner_and_mode(parent.stat)}",
                expected="a folder not writable by group or others",
                where=parent.path,
                remedy=f"chmod go-w {quote(parent.path)}",
                reproduce=f"namei -l {path}",
            )


def _allowed(item: Held, policy: Policy) -> tuple[str, ...]:
    """The modes and owners asked of the services' copies; a set's own files are file-set.closed's."""
    original = item.path.startswith(f"{policy.text('localcerts_folder')}/")
    return () if original else policy.texts("certificate_permissions")


def _replaceable(folder: Folder) -> bool:
    """Whether group or others can put another file in the place of one (in a sticky folder only its owner can)."""
    stat = folder.stat
    return stat.kind == "directory" and bool(stat.mode & 0o022) and not stat.mode & STICKY
