"""Who can read a file in effect: mode, ACL and every folder on the way (POSIX.1-2017 4.5, acl(5))."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from posixpath import dirname

from tlsfleet.facts import AclEntry, FileFacts, FileStat, Folder, Group, Unknown, User

READ, WRITE, SEARCH = 4, 2, 1
ROOT = frozenset({"root"})


@dataclass(frozen=True, slots=True)
class Principals:
    """A set of accounts beside root: everyone, or some users and the members of some groups, by name."""

    everyone: bool = False
    users: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return self.everyone or bool(self.users or self.groups)


def owner_and_mode(item: FileStat) -> str:
    """A file's mode, owner and group as policies write them: ``0440 root:ssl-cert``."""
    return f"{item.mode:04o} {item.owner}:{item.group}"


def readers(file: FileFacts, groups: tuple[Group, ...] | Unknown) -> Principals | Unknown:
    """Everyone beside root who can read a file; too many rather than too few where memberships are not known.

    Only the folders above the file itself count: who cannot pass those above a link to it takes the other way. An
    owner counts whatever the mode, since he may change it. Unknown when a folder or an ACL on the way could not be
    read, unless what is known already lets nobody pass.
    """
    allowed, unknown = Principals(everyone=True), None
    for item, wanted in ((file.target, READ), *((_stat(parent), SEARCH) for parent in _above(file))):
        hidden = item if isinstance(item, Unknown) else _hidden_acl(item, wanted)
        if isinstance(item, Unknown) or hidden:
            unknown = hidden
        else:
            allowed = _both(allowed, _granted(item, wanted), groups)
    return unknown if unknown and allowed else allowed


def writers(item: FileStat) -> Principals | Unknown:
    """Everyone beside root who may write to a file or folder (its owner always), whatever lies above it."""
    return _hidden_acl(item, WRITE) or _granted(item, WRITE)


def strangers(
    found: Principals,
    groups: tuple[Group, ...] | Unknown,
    users: frozenset[str] = frozenset(),
    trusted: frozenset[str] = frozenset(),
) -> tuple[str, ...] | Unknown:
    """Those of some accounts who are neither in ``users`` nor in a group of ``trusted``, as words for a finding.

    Root never is one. A group is one by its members. Unknown where nobody is one, but a group's members are not known.
    """
    if found.everyone:
        return ("everyone",)
    members = _members_of(groups)
    known = users | ROOT | {name for group in trusted for name in members.get(group, ())}
    named = [f"user {name}" for name in sorted(found.users - known)]
    judged = sorted(found.groups - trusted)
    for group in judged:
        others = sorted(members.get(group, frozenset()) - known)
        named += [f"group {group} ({', '.join(others)})"] if others else []
    if not named and (dark := [group for group in judged if group not in members]):
        return Unknown(dark[0], f"the members of group {dark[0]} are not known")
    return tuple(named)


def exposed(
    file: FileFacts,
    groups: tuple[Group, ...] | Unknown,
    users: Iterable[str | Unknown],
    trusted: Iterable[str],
) -> tuple[str, ...] | Unknown:
    """Who can read a file beside root, some users (if they can be told) and members of trusted groups, in words."""
    found = readers(file, groups)
    if isinstance(found, Unknown):
        return found
    known = frozenset(user for user in users if isinstance(user, str))
    others = strangers(found, groups, known, frozenset(trusted))
    unknown = next((user for user in users if isinstance(user, Unknown)), None)
    return unknown if unknown and others and not found.everyone else others


def can_pass(user: User, folder: FileStat) -> bool | Unknown:
    """Whether one user can pass a folder, if he comes that far. Root can."""
    return user.uid == 0 or _passes(user, folder, SEARCH)


def can_read(user: User, file: FileFacts) -> bool | Unknown:
    """Whether one user can read a file by its path, links and all. Root can."""
    if user.uid == 0:
        return True
    unknown: Unknown | None = None
    for item, wanted in ((file.target, READ), *((_stat(parent), SEARCH) for parent in file.parents)):
        passes = item if isinstance(item, Unknown) else _passes(user, item, wanted)
        if passes is False:
            return False
        unknown = passes if isinstance(passes, Unknown) else unknown
    return unknown or True


def _above(file: FileFacts) -> Iterator[Folder | Unknown]:
    """The folders above the file that the path leads to; one that was not brought restricts nobody."""
    above, path = set(), file.real_path
    while path not in {"", dirname(path)}:
        path = dirname(path)
        above.add(path)
    for parent in file.parents:
        if (parent.subject if isinstance(parent, Unknown) else parent.path) in above:
            yield parent


def _stat(parent: Folder | Unknown) -> FileStat | Unknown:
    return parent if isinstance(parent, Unknown) else parent.stat


def _hidden_acl(item: FileStat, wanted: int) -> Unknown | None:
    """The ACL's Unknown where it could matter: the mode's middle bits are its mask, and what all may do needs none."""
    matters = item.mode >> 3 & wanted and not item.mode & wanted
    return item.acl if isinstance(item.acl, Unknown) and matters else None


def _entries(item: FileStat) -> tuple[AclEntry, ...]:
    """The ACL, as far as Linux heeds it: with a mask of none (the mode's middle bits) it goes by the mode alone."""
    return item.acl if not isinstance(item.acl, Unknown) and item.mode >> 3 & 7 else ()


def _passes(user: User, item: FileStat, wanted: int) -> bool | Unknown:
    if user.uid == item.uid:
        return bool(item.mode >> 6 & wanted)
    if isinstance(item.acl, Unknown) and item.mode >> 3 & 7:
        return item.acl if (item.mode >> 3 | item.mode) & wanted else False
    for entry in _entries(item):
        if entry.kind == "user" and entry.name == user.name:
            return bool(entry.permissions & _mask(item) & wanted)
    owning = [_owning_group(item)] if item.group in user.groups else []
    grants = owning + [
        entry.permissions for entry in _entries(item) if entry.kind == "group" and entry.name in user.groups
    ]
    if grants:
        return any(grant & _mask(item) & wanted for grant in grants)
    return bool(item.mode & wanted)


def _granted(item: FileStat, wanted: int) -> Principals:
    """All that one object's mode and ACL let pass."""
    if item.mode & wanted:
        return Principals(everyone=True)
    effective = [entry for entry in _entries(item) if entry.permissions & _mask(item) & wanted and entry.name]
    users = {entry.name for entry in effective if entry.kind == "user"}
    groups = {entry.name for entry in effective if entry.kind == "group"}
    if item.uid != 0:
        users |= {item.owner}
    if _owning_group(item) & _mask(item) & wanted:
        groups |= {item.group}
    return Principals(users=frozenset(users) - ROOT, groups=frozenset(groups))


def _mask(item: FileStat) -> int:
    """The ACL's mask; all bits where there is none."""
    return next((entry.permissions for entry in _entries(item) if entry.kind == "mask"), 7)


def _owning_group(item: FileStat) -> int:
    """The owning group's own entry: with an ACL the mode's middle bits are the mask, not the group's rights."""
    own = (entry.permissions for entry in _entries(item) if entry.kind == "group" and not entry.name)
    return next(own, item.mode >> 3 & 7)


def _both(left: Principals, right: Principals, groups: tuple[Group, ...] | Unknown) -> Principals:
    """Those in both sets, told by membership; a group whose members are not known counts as overlapping any."""
    if right.everyone:
        return left
    if left.everyone:
        return right
    members = _members_of(groups)
    users = {name for name in left.users if _may_be_in(name, right, members)}
    users |= {name for name in right.users if _may_be_in(name, left, members)}
    common = left.groups & right.groups
    for group in left.groups - common:
        for other in right.groups - common:
            if group in members and other in members:
                users |= members[group] & members[other]
            else:
                common |= {group}
    return Principals(users=frozenset(users) - ROOT, groups=common)


def _may_be_in(user: str, found: Principals, members: dict[str, frozenset[str]]) -> bool:
    return user in found.users or any(user in members.get(group, {user}) for group in found.groups)


def _members_of(groups: tuple[Group, ...] | Unknown) -> dict[str, frozenset[str]]:
    """Members by group, of the groups that are known."""
    return {} if isinstance(groups, Unknown) else {group.name: frozenset(group.members) for group in groups}
