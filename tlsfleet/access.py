"""Who can read a file in effect: mode, ACL and every folder on the way (POSIX.1-2017 4.5, acl(5))."""

from collections.abc import Iterable
from dataclasses import dataclass

from tlsfleet.facts import AclEntry, FileFacts, FileStat, Folder, Group, Unknown, User

READ, WRITE, SEARCH = 4, 2, 1


@dataclass(frozen=True, slots=True)
class Principals:
    """A set of accounts beside root: everyone, or some users and the members of some groups, by name."""

    everyone: bool = False
    users: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return self.everyone or bool(self.users or self.groups)


def readers(file: FileFacts, groups: tuple[Group, ...] | Unknown) -> Principals | Unknown:
    """Everyone beside root who can read a file; too many rather than too few where memberships are not known.

    Unknown when a folder or an ACL on the way could not be read, unless what is known already lets nobody pass.
    """
    allowed = _granted(file.target, READ)
    unknown = file.target.acl if isinstance(file.target.acl, Unknown) else None
    for parent in file.parents:
        if isinstance(parent, Unknown):
            unknown = parent
            continue
        if isinstance(parent.stat.acl, Unknown):
            unknown = parent.stat.acl
            continue
        allowed = _both(allowed, _granted(parent.stat, SEARCH), groups)
    return unknown if unknown and allowed else allowed


def writers(item: FileStat) -> Principals | Unknown:
    """Everyone beside root who may write to a file or folder, whatever lies above it."""
    return item.acl if isinstance(item.acl, Unknown) else _granted(item, WRITE)


def can_read(user: User, file: FileFacts) -> bool | Unknown:
    """Whether one user can read a file. Root can."""
    if user.uid == 0:
        return True
    unknown: Unknown | None = None
    for item, wanted in ((file.target, READ), *((_stat(parent), SEARCH) for parent in file.parents)):
        passes = item if isinstance(item, Unknown) else _passes(user, item, wanted)
        if passes is False:
            return False
        unknown = passes if isinstance(passes, Unknown) else unknown
    return unknown or True


def _stat(parent: Folder | Unknown) -> FileStat | Unknown:
    return parent if isinstance(parent, Unknown) else parent.stat


def _passes(user: User, item: FileStat, wanted: int) -> bool | Unknown:
    if isinstance(item.acl, Unknown):
        return item.acl
    if user.uid == item.uid:
        return bool(item.mode >> 6 & wanted)
    named = [entry for entry in item.acl if entry.kind == "user" and entry.name == user.name]
    if named:
        return bool(named[0].permissions & _mask(item) & wanted)
    owning = [_owning_group(item)] if item.group in user.groups else []
    grants = owning + [entry.permissions for entry in item.acl if entry.kind == "group" and entry.name in user.groups]
    if grants:
        return any(grant & _mask(item) & wanted for grant in grants)
    return bool(item.mode & wanted)


def _granted(item: FileStat, wanted: int) -> Principals:
    """All that one object's mode and ACL let pass."""
    if item.mode & wanted:
        return Principals(everyone=True)
    entries = item.acl if not isinstance(item.acl, Unknown) else ()
    effective = [entry for entry in entries if entry.permissions & _mask(item) & wanted and entry.name]
    users = _names(effective, "user")
    groups = _names(effective, "group")
    if item.uid != 0 and item.mode >> 6 & wanted:
        users |= {item.owner}
    if _owning_group(item) & _mask(item) & wanted:
        groups |= {item.group}
    return Principals(users=frozenset(users), groups=frozenset(groups))


def _names(entries: Iterable[AclEntry], kind: str) -> set[str]:
    return {entry.name for entry in entries if entry.kind == kind}


def _mask(item: FileStat) -> int:
    """The ACL's mask; all bits where there is none."""
    entries = item.acl if not isinstance(item.acl, Unknown) else ()
    return next((entry.permissions for entry in entries if entry.kind == "mask"), 7)


def _owning_group(item: FileStat) -> int:
    """The owning group's own entry: with an ACL the mode's middle bits are the mask, not the group's rights."""
    entries = item.acl if not isinstance(item.acl, Unknown) else ()
    return next((entry.permissions for entry in entries if entry.kind == "group" and not entry.name), item.mode >> 3 & 7)


def _both(left: Principals, right: Principals, groups: tuple[Group, ...] | Unknown) -> Principals:
    """Those in both sets, told by membership; a group whose members are not known counts as overlapping any."""
    if right.everyone:
        return left
    if left.everyone:
        return right
    members = None if isinstance(groups, Unknown) else {group.name: set(group.members) for group in groups}
    users = (left.users & right.users) | _members(left.users, right.groups, members) | _members(right.users, left.groups, members)
    common = left.groups & right.groups
    for group in left.groups - common:
        for other in right.groups - common:
            if members is None or group not in members or other not in members:
                common |= {group}
            else:
                users |= members[group] & members[other]
    return Principals(users=frozenset(users - {"root"}), groups=frozenset(common))


def _members(users: frozenset[str], groups: frozenset[str], members: dict[str, set[str]] | None) -> frozenset[str]:
    """The users that are in one of the groups."""
    return frozenset(
        user for user in users for group in groups if members is None or group not in members or user in members[group]
    )
