"""Private keys: files and folders where none belongs."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from posixpath import normpath
from shlex import quote

from tlsfleet.access import exposed, owner_and_mode
from tlsfleet.check import INSIDE, Outcome, check
from tlsfleet.facts import Absent, FileFacts, Group, HostFacts, Missing, Unknown
from tlsfleet.policy import Policy
from tlsfleet.subjects import Use, blocks, certificate_uses, csrs, dh_files, key_uses, leaves, users_of
from tlsfleet.verdict import MUST, NotApplicable, Violation


@dataclass(frozen=True, slots=True)
class PublicFile:
    """A file in which others look for certificates, CSRs or DH parameters; ``users`` are its services' own."""

    path: str
    file: FileFacts
    holds_key: bool | Unknown | None
    users: tuple[str | Unknown, ...]
    groups: tuple[Group, ...] | Unknown

    @property
    def subject(self) -> str:
        return self.path


def _public_files(facts: HostFacts, policy: Policy) -> Iterator[PublicFile | Missing]:
    """Every certificate, CSR and DH file in use, and any other file at which a private key was met."""
    keys = {use.path for use in key_uses(facts, policy) if isinstance(use, Use)}
    uses = {use.path: use.pairs for use in certificate_uses(facts, policy) if isinstance(use, Use)}
    found = {item.subject: item for item in chain(leaves(facts, policy), csrs(facts, policy), dh_files(facts, policy))}
    if isinstance(facts.files, Unknown):
        yield facts.files
        return
    met = [item.path for item in facts.files if isinstance(item, FileFacts) and item.holds_private_key]
    for path in dict.fromkeys((*found, *(path for path in met if path not in keys))):
        file = facts.file(path)
        if isinstance(file, FileFacts):
            holds = True if path in keys else file.holds_private_key
            yield PublicFile(path, file, holds, users_of(uses.get(path, ())), facts.groups)
        elif not isinstance(file, Absent):
            item = found.get(path)
            yield item if isinstance(item, Unknown) else file


@check(
    "private-key.not-in-public-file",
    level=MUST,
    vantage=INSIDE,
    subjects=_public_files,
    nothing="no certificate file is in use",
    notes=["N22"],
    tags=["CWE-732"],
    parameters=["key_groups"],
)
def not_in_public_file(item: PublicFile, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """No file that others can read holds a private key.

    Why: Chain files and the folder of certificates are open to all. A key that was appended to one, or left beside it,
    is as good as published. Source: notes N22; CWE-732. Remedy: Take the key out of the file, make a new key, and have
    the certificate of the old one revoked.
    """
    if item.holds_key is None or isinstance(item.holds_key, Unknown):
        reason = "nobody looked whether it holds a private key" if item.holds_key is None else item.holds_key.reason
        yield Unknown(item.path, reason)
    elif item.holds_key:
        others = exposed(item.file, item.groups, item.users, policy.texts("key_groups"))
        if isinstance(others, Unknown):
            yield others
        elif others:
            yield Violation(
                observed=f"a private key, {owner_and_mode(item.file.target)}, readable by {', '.join(others)}",
                expected="no private key in it",
                where=item.file.real_path,
                remedy=f"chmod go= {quote(item.path)}, take the key out of it, and make a new key: this one is known",
                reproduce=f"grep -c 'PRIVATE KEY' {quote(item.path)}",
            )


@dataclass(frozen=True, slots=True)
class Served:
    """A key file against all folders that web servers serve: (folder, service, file:line)."""

    path: str
    file: FileFacts | Missing
    roots: tuple[tuple[str | Unknown, str, str], ...]

    @property
    def subject(self) -> str:
        return self.path


def _keys_and_roots(facts: HostFacts, policy: Policy) -> Iterator[Served | Unknown | NotApplicable]:
    roots = []
    for item in blocks(facts, policy):
        if isinstance(item, Unknown):
            yield item
            continue
        where = item.block.origin("document_roots")
        roots += [(root, item.service.service, where) for root in item.block.settings.document_roots]
    if not roots:
        yield NotApplicable("no web server serves a folder", "document roots")
        return
    for use in key_uses(facts, policy):
        yield Served(use.path, facts.file(use.path), tuple(dict.fromkeys(roots))) if isinstance(use, Use) else use


@check(
    "private-key.not-in-web-root",
    level=MUST,
    vantage=INSIDE,
    subjects=_keys_and_roots,
    nothing="no private key is in use",
)
def not_in_web_root(key: Served, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """No private key in use lies under a folder that a web server serves.

    Why: One request for the right path then fetches the key, as soon as a mode, a link or the server's user changes.
    Source: CWE-219; CWE-552. Remedy: Move the key to /etc/ssl/private, correct the configuration, and make a new key.
    """
    real = key.file.real_path if isinstance(key.file, FileFacts) else key.path
    under = [root for root in key.roots if isinstance(root[0], str) and (_in(key.path, root[0]) or _in(real, root[0]))]
    for folder, service, where in under:
        yield Violation(
            observed=f"under {folder}, which {service} serves",
            expected="in no folder that is served",
            where=where,
            reproduce=f"readlink -f {quote(key.path)}",
            tags=("CWE-219", "CWE-552"),
        )
    if not under:
        yield from (root for root, _, _ in key.roots if isinstance(root, Unknown))
        if not isinstance(key.file, FileFacts):
            yield key.file


def _in(path: str, folder: str) -> bool:
    """Whether a path is in a folder, by name."""
    return normpath(path).startswith(f"{normpath(folder).rstrip('/')}/")
