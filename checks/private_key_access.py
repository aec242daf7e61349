"""Private keys: who can read them, and who must."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from posixpath import dirname
from shlex import quote

from tlsfleet.access import can_pass, can_read, exposed, owner_and_mode
from tlsfleet.check import INSIDE, Outcome, check
from tlsfleet.facts import Absent, FileFacts, FileStat, Folder, Group, HostFacts, Missing, ServiceConfig, Unknown, User
from tlsfleet.policy import Policy
from tlsfleet.subjects import KeyInUse, Pair, keys_in_use, pairs, users_of
from tlsfleet.verdict import MUST, SHOULD, NotApplicable, Violation

NO_KEY = "no private key is in use"
KEY_GROUP = "KEYGROUP"  # stands for any of key_groups in private_key_permissions
OPEN_AS_THEMSELVES = {"prosody"}  # all others open their keys as root, before they drop it


# Modes and owners


def _allowed(policy: Policy, path: str) -> tuple[str, ...]:
    """The modes and owners for key files of a folder, the longest that the policy names; empty for the general rule."""
    rules = policy.table("private_key_permissions")
    above = [folder for folder in rules if path.startswith(f"{folder.rstrip('/')}/")]
    entries = rules[max(above, key=len)] if above else ()
    groups = policy.texts("key_groups")
    return tuple(
        entry.replace(KEY_GROUP, group) for entry in entries for group in (groups if KEY_GROUP in entry else ("",))
    )


def _mend(policy: Policy, file: FileFacts) -> str:
    """The commands that give a key file the mode and owner which the policy names first for its folder."""
    path, allowed = quote(file.path), _allowed(policy, file.real_path)
    clear = "" if isinstance(file.target.acl, Unknown) or not file.target.acl else f"setfacl -b {path} && "
    if not allowed:
        return f"{clear}chown root {path} && chmod go= {path}"
    mode, _, owner = allowed[0].partition(" ")
    return f"{clear}chown {owner} {path} && chmod {mode} {path}"


@check(
    "private-key.permissions",
    level=MUST,
    vantage=INSIDE,
    subjects=keys_in_use,
    nothing=NO_KEY,
    notes=["N18"],
    parameters=["private_key_permissions", "key_groups"],
)
def permissions(key: KeyInUse, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """A private key has the mode, owner and group that are meant for its folder.

    Why: One mode for all keys of a folder makes a wrong one stand out. A key that its group may write can be replaced
    by any member of it. Source: notes N18. Remedy: Give the file the mode and owner that the policy names for its
    folder.
    """
    if not isinstance(key.file, FileFacts):
        yield key.file
        return
    stat, allowed = key.file.target, _allowed(policy, key.file.real_path)
    if stat.kind != "file":
        yield Unknown(key.path, f"is no regular file ({stat.kind})")
    elif owner_and_mode(stat) not in allowed if allowed else stat.mode & 0o027:
        yield Violation(
            observed=owner_and_mode(stat),
            expected=", ".join(allowed) or "not writable by the group, no rights for others",
            where=key.file.real_path,
            remedy=_mend(policy, key.file),
            reproduce=f"stat -L -c '%a %U:%G' {quote(key.path)}",
        )


# Readers


@dataclass(frozen=True, slots=True)
class KeyFile:
    """A key file with what tells who can read it; ``users`` are those of the services that use it."""

    path: str
    file: FileFacts
    users: tuple[str | Unknown, ...]
    groups: tuple[Group, ...] | Unknown

    @property
    def subject(self) -> str:
        return self.path


def _key_files(facts: HostFacts, policy: Policy) -> Iterator[KeyFile | Missing]:
    for key in keys_in_use(facts, policy):
        if isinstance(key, Unknown):
            yield key
        elif isinstance(key.file, FileFacts):
            yield KeyFile(key.path, key.file, users_of(key.pairs), facts.groups)
        else:
            yield key.file


@check(
    "private-key.not-exposed",
    level=MUST,
    vantage=INSIDE,
    subjects=_key_files,
    nothing=NO_KEY,
    notes=["N18"],
    tags=["CWE-732"],
    parameters=["key_groups"],
)
def not_exposed(key: KeyFile, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """Only root, the members of the key groups and the service itself can read a private key.

    Why: Who reads the key can pose as the server, and decrypt recorded connections that had no forward secrecy. Mode,
    ACL, links and every folder above are counted together. Source: notes N18; CWE-732. Remedy: Close the file; where
    somebody else may have read it, make a new key, and have the old certificate revoked.
    """
    others = exposed(key.file, key.groups, key.users, policy.texts("key_groups"))
    if isinstance(others, Unknown):
        yield others
    elif others:
        yield Violation(
            observed=f"{owner_and_mode(key.file.target)}, readable by {', '.join(others)}",
            expected=f"readable by {', '.join(_meant(key.users, policy))} alone",
            where=key.file.real_path,
            remedy=_mend(policy, key.file),
            reproduce=f"getfacl -p {quote(key.file.real_path)}; namei -l {quote(key.file.real_path)}",
        )


def _meant(users: Iterable[str | Unknown], policy: Policy) -> list[str]:
    """Who may read a key, in words."""
    named = [f"user {user}" for user in users if isinstance(user, str) and user != "root"]
    return ["root", *(f"group {group}" for group in policy.texts("key_groups")), *named]


@dataclass(frozen=True, slots=True)
class KeyGroup:
    """The group of a key file with its members (root aside), and those whom the inventory names."""

    path: str
    stat: FileStat
    members: frozenset[str] | Unknown
    expected: frozenset[str]

    @property
    def subject(self) -> str:
        return self.path


def _key_groups(facts: HostFacts, policy: Policy) -> Iterator[KeyGroup | Missing | NotApplicable]:
    if facts.declared.key_readers is None:
        yield NotApplicable("the inventory has no tls_key_readers", "key readers")
        return
    expected = frozenset(facts.declared.key_readers) - {"root"}
    for key in _key_files(facts, policy):
        if isinstance(key, KeyFile):
            stat = key.file.target
            yield KeyGroup(key.path, stat, _members(facts, stat.group), expected)
        else:
            yield key


def _members(facts: HostFacts, name: str) -> frozenset[str] | Unknown:
    if isinstance(facts.groups, Unknown):
        return facts.groups
    found = [frozenset(group.members) - {"root"} for group in facts.groups if group.name == name]
    return found[0] if found else Unknown(name, f"the members of group {name} are not known")


@check(
    "private-key.readers-expected",
    level=SHOULD,
    vantage=INSIDE,
    subjects=_key_groups,
    nothing=NO_KEY,
    notes=["N19"],
)
def readers_expected(group: KeyGroup, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """The members of a key's group are those whom the inventory names in tls_key_readers.

    Why: Each member of the group can read every key in its folder; one added for a service years ago still can.
    Source: notes N19. Remedy: Take who does not belong there out of the group, or name them in tls_key_readers.
    """
    name, members = group.stat.group, group.members
    if not group.stat.mode & 0o040:
        yield NotApplicable("its group cannot read it")
    elif isinstance(members, Unknown):
        yield members
    elif members != group.expected:
        changes = [("-d", member) for member in sorted(members - group.expected)]
        changes += [("-a", member) for member in sorted(group.expected - members)]
        yield Violation(
            observed=f"group {name}: {', '.join(sorted(members)) or 'nobody'}",
            expected=", ".join(sorted(group.expected)) or "nobody",
            where=group.path,
            remedy="; ".join(f"gpasswd {option} {quote(member)} {quote(name)}" for option, member in changes),
            reproduce=f"getent group {quote(name)}",
        )


# The service itself


@dataclass(frozen=True, slots=True)
class Opening:
    """A key path as one service opens it; ``user`` is the account's name, ``file`` what is there."""

    path: str
    file: FileFacts | Missing
    service: str
    user: str
    reads: bool | Unknown
    where: str

    @property
    def subject(self) -> str:
        return self.path


def _openings(facts: HostFacts, policy: Policy) -> Iterator[Opening | Unknown]:
    seen = set()
    for item in pairs(facts, policy):
        if isinstance(item, Unknown):
            yield item
        elif item.pair.key is not None and (item.pair.key, item.service.service) not in seen:
            seen.add((item.pair.key, item.service.service))
            yield _opening(facts, item, item.pair.key)


def _opening(facts: HostFacts, pair: Pair, key: str | Unknown) -> Opening | Unknown:
    service = pair.service
    if isinstance(key, str):
        user = _user(facts, service) if service.service in OPEN_AS_THEMSELVES else User("root", 0, ())
        file, reads = facts.file(key), _reads(user, facts.file(key))
    elif key.subject.startswith("/") and "$" in key.subject:  # nginx's workers open it, at each handshake
        user, file = _user(facts, service), key
        reads = _reads_beyond(user, _folder(facts, dirname(key.subject.partition("$")[0])), key)
    else:
        return key
    name = user.name if isinstance(user, User) else service.service
    return Opening(key if isinstance(key, str) else key.subject, file, service.service, name, reads, pair.where)


def _reads(user: User | Unknown, file: FileFacts | Missing) -> bool | Unknown:
    if isinstance(file, Absent):
        return False
    if not isinstance(file, FileFacts):
        return Unknown(file.subject, file.reason)
    return user if isinstance(user, Unknown) else can_read(user, file)


def _reads_beyond(user: User | Unknown, folder: Folder | Unknown, key: Unknown) -> bool | Unknown:
    """Whether a user can read a file of which only the folder is known: no, or not known."""
    if isinstance(user, Unknown) or isinstance(folder, Unknown):
        return key
    return False if can_pass(user, folder.stat) is False else key


def _user(facts: HostFacts, service: ServiceConfig) -> User | Unknown:
    if not isinstance(service.user, str):
        return service.user or Unknown(service.service, "which user it runs as is not known")
    if isinstance(facts.users, Unknown):
        return facts.users
    found = (user for user in facts.users if (user.name if isinstance(user, User) else user.subject) == service.user)
    return next(found, Unknown(service.user, f"the groups of user {service.user} are not known"))


def _folder(facts: HostFacts, path: str) -> Folder | Unknown:
    files = () if isinstance(facts.files, Unknown) else facts.files
    folders = (parent for file in files if isinstance(file, FileFacts) for parent in file.parents)
    found = (folder for folder in folders if isinstance(folder, Folder) and folder.path == path)
    return next(found, Unknown(path, "it was not looked at"))


@check(
    "private-key.readable-by-service",
    level=MUST,
    vantage=INSIDE,
    subjects=_openings,
    nothing="no service names a private key",
    notes=["N30"],
)
def readable_by_service(opening: Opening, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """The account that opens a private key for a service can read it.

    Why: A service that cannot read its key fails at its next start or at each handshake; one that holds the old key in
    memory shows nothing until then. Source: notes N30. Remedy: Make the account a member of the key's group, or correct
    the path in the service's configuration.
    """
    if isinstance(opening.reads, Unknown):
        yield opening.reads
    elif not opening.reads:
        absent = opening.file.reason if isinstance(opening.file, Absent) else None
        yield Violation(
            observed=absent or f"user {opening.user} cannot read it",
            expected=f"{opening.service} can read it as {opening.user}",
            where=opening.where,
            reproduce=f"namei -l {quote(opening.path)}",
        )
