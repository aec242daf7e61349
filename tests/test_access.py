"""Who can read what: hand-made cases of POSIX.1-2017 4.5 and acl(5), and properties over all modes and ACLs."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.checks.edits import acl
from tests.checks.hosts import OWNERS, made_stat
from tlsfleet.access import Principals, can_read, owner_and_mode, readers, strangers, writers
from tlsfleet.facts import AclEntry, FileFacts, FileStat, Folder, Group, Unknown, User

EVERYONE = Principals(everyone=True)
NOBODY = Principals()
GROUPS = (Group("ssl-cert", 110, ("prosody",)), Group("users", 100, ("alice", "prosody")), Group("root", 0, ("root",)))
ALICE = User("alice", 1000, ("users",))
PROSODY = User("prosody", 111, ("prosody", "ssl-cert", "users"))
HIDDEN = Unknown("/k/key", "getfacl is not there")
OPEN = made_stat(0o755, kind="directory")


def in_folder(item: FileStat, folder: FileStat = OPEN) -> FileFacts:
    return FileFacts("/k/key", "/k/key", item, item, (Folder("/", OPEN), Folder("/k", folder)))


def ssl_cert_folder(mode: int = 0o710) -> FileStat:
    return made_stat(mode, "root", "ssl-cert", "directory")


def users(*names: str) -> Principals:
    return Principals(users=frozenset(names))


def groups(*names: str) -> Principals:
    return Principals(groups=frozenset(names))


@pytest.mark.parametrize(
    ("item", "folder", "expected"),
    [
        (made_stat(0o400), OPEN, NOBODY),
        (made_stat(0o444), OPEN, EVERYONE),
        (made_stat(0o444), ssl_cert_folder(0o700), NOBODY),
        (made_stat(0o444), ssl_cert_folder(), groups("ssl-cert")),
        (made_stat(0o604, "root", "ssl-cert"), OPEN, EVERYONE),
        (made_stat(0o440, "root", "ssl-cert"), ssl_cert_folder(), groups("ssl-cert")),
        (made_stat(0o440, "root", "users"), ssl_cert_folder(), users("prosody")),
        (made_stat(0o400, "alice"), OPEN, users("alice")),
        (made_stat(0o400, "alice"), ssl_cert_folder(), NOBODY),
        (made_stat(0o400, "prosody"), ssl_cert_folder(), users("prosody")),
        (made_stat(0o000, "alice"), OPEN, users("alice")),  # the owner may change the mode
        (made_stat(0o444), made_stat(0o600, "alice", kind="directory"), users("alice")),
        (made_stat(0o440, acl=acl("user:alice:r--", "group::---", "mask::r--")), OPEN, users("alice")),
        (made_stat(0o400, acl=acl("user:alice:r--", "group::r--", "mask::---")), OPEN, NOBODY),
        (made_stat(0o440, acl=acl("group:users:r--", "group::r--", "mask::r--")), OPEN, groups("users", "root")),
        (made_stat(0o440, acl=acl("user:root:r--", "group::---", "mask::r--")), OPEN, NOBODY),
        (
            made_stat(0o444),
            made_stat(0o750, kind="directory", acl=acl("user:alice:--x", "group::---", "mask::--x")),
            users("alice"),
        ),
        (made_stat(0o400, acl=HIDDEN), OPEN, NOBODY),
        (made_stat(0o444, acl=HIDDEN), OPEN, EVERYONE),
        (made_stat(0o440, acl=HIDDEN), OPEN, HIDDEN),
        (made_stat(0o440, acl=HIDDEN), ssl_cert_folder(0o700), NOBODY),
        (made_stat(0o444), made_stat(0o750, kind="directory", acl=HIDDEN), HIDDEN),
        (made_stat(0o400), made_stat(0o750, kind="directory", acl=HIDDEN), NOBODY),
    ],
)
def test_readers(item: FileStat, folder: FileStat, expected: Principals | Unknown) -> None:
    assert readers(in_folder(item, folder), GROUPS) == expected


def test_memberships_that_are_not_known_count_as_overlapping() -> None:
    file = in_folder(made_stat(0o440, "root", "users"), ssl_cert_folder())
    assert readers(file, Unknown("groups", "no getent")) == groups("users")
    assert readers(file, ()) == groups("users")


def test_a_closed_folder_above_a_link_protects_nothing() -> None:
    item = made_stat(0o644)
    closed = Folder("/root", made_stat(0o700, kind="directory"))
    file = FileFacts(
        "/root/key", "/srv/key", made_stat(0o777, kind="link"), item, (Folder("/", OPEN), closed, Folder("/srv", OPEN))
    )
    assert readers(file, GROUPS) == EVERYONE
    assert can_read(ALICE, file) is False  # by the name that the service uses


def test_a_folder_that_was_not_seen_leaves_open_who_passes() -> None:
    dark = Unknown("/k", "permission denied")
    file = replace(in_folder(made_stat(0o444)), parents=(Folder("/", OPEN), dark))
    assert readers(file, GROUPS) == dark
    assert can_read(ALICE, file) == dark
    assert readers(replace(file, target=made_stat(0o400)), GROUPS) == NOBODY
    assert can_read(ALICE, replace(file, target=made_stat(0o400))) is False


@pytest.mark.parametrize(
    ("user", "item", "folder", "expected"),
    [
        (User("root", 0, ("root",)), made_stat(0o000), ssl_cert_folder(0o000), True),
        (ALICE, made_stat(0o444), OPEN, True),
        (ALICE, made_stat(0o444), ssl_cert_folder(), False),
        (PROSODY, made_stat(0o440, "root", "ssl-cert"), ssl_cert_folder(), True),
        (ALICE, made_stat(0o044, "alice", "users"), OPEN, False),  # the owner's bits alone decide for the owner
        (ALICE, made_stat(0o404, "root", "users"), OPEN, False),  # so do the group's
        (ALICE, made_stat(0o444, acl=acl("user:alice:---", "group::r--", "mask::r--")), OPEN, False),
        (ALICE, made_stat(0o440, acl=acl("user:alice:rw-", "group::---", "mask::r--")), OPEN, True),
        (ALICE, made_stat(0o400, acl=acl("user:alice:rw-", "group::---", "mask::---")), OPEN, False),
        (
            PROSODY,
            made_stat(0o440, acl=acl("group:users:---", "group:ssl-cert:r--", "group::---", "mask::r--")),
            OPEN,
            True,
        ),
        (PROSODY, made_stat(0o444, acl=acl("group:users:---", "group::r--", "mask::r--")), OPEN, False),
        # Linux asks no ACL whose mask (the mode's middle bits) is none: acl_permission_check in fs/namei.c.
        (ALICE, made_stat(0o404, acl=acl("user:alice:---", "group::r--", "mask::---")), OPEN, True),
        (ALICE, made_stat(0o404, acl=HIDDEN), OPEN, True),
        (ALICE, made_stat(0o440, acl=HIDDEN), OPEN, HIDDEN),
        (ALICE, made_stat(0o444, acl=HIDDEN), OPEN, HIDDEN),  # a named entry may refuse alice
        (ALICE, made_stat(0o400, acl=HIDDEN), OPEN, False),
        (ALICE, made_stat(0o400, "alice", acl=HIDDEN), OPEN, True),
    ],
)
def test_can_read(user: User, item: FileStat, folder: FileStat, expected: bool | Unknown) -> None:
    assert can_read(user, in_folder(item, folder)) == expected


@pytest.mark.parametrize(
    ("found", "users_known", "trusted", "expected"),
    [
        (EVERYONE, (), (), ("everyone",)),
        (NOBODY, (), (), ()),
        (users("alice"), (), (), ("user alice",)),
        (users("alice"), ("alice",), (), ()),
        (users("prosody"), (), ("ssl-cert",), ()),
        (groups("ssl-cert"), (), (), ("group ssl-cert (prosody)",)),
        (groups("ssl-cert"), (), ("ssl-cert",), ()),
        (groups("ssl-cert"), ("prosody",), (), ()),
        (groups("users"), (), ("ssl-cert",), ("group users (alice)",)),
        (groups("root"), (), (), ()),
        (groups("staff"), (), (), Unknown("staff", "the members of group staff are not known")),
        (groups("staff"), (), ("staff",), ()),
        (Principals(users=frozenset({"alice"}), groups=frozenset({"staff"})), (), (), ("user alice",)),
    ],
)
def test_strangers(
    found: Principals, users_known: tuple[str, ...], trusted: tuple[str, ...], expected: tuple[str, ...] | Unknown
) -> None:
    assert strangers(found, GROUPS, frozenset(users_known), frozenset(trusted)) == expected


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (made_stat(0o755), NOBODY),
        (made_stat(0o775, "root", "users"), groups("users")),
        (made_stat(0o1777), EVERYONE),
        (made_stat(0o555, "alice"), users("alice")),
        (made_stat(0o770, acl=HIDDEN), HIDDEN),
        (made_stat(0o755, acl=HIDDEN), NOBODY),
    ],
)
def test_writers(item: FileStat, expected: Principals | Unknown) -> None:
    assert writers(item) == expected


def test_modes_are_written_as_policies_write_them() -> None:
    assert owner_and_mode(made_stat(0o440, "root", "ssl-cert")) == "0440 root:ssl-cert"


entries = st.builds(AclEntry, st.just("user"), st.sampled_from(["alice", "prosody"]), st.integers(0, 7)) | st.builds(
    AclEntry, st.just("group"), st.sampled_from(["ssl-cert", "users"]), st.integers(0, 7)
)


@st.composite
def stats(draw: st.DrawFn) -> FileStat:
    """A stat of any mode, with an ACL that a kernel could hold: one entry a name, and a mask where there is a name."""
    mode = draw(st.integers(0, 0o777))
    named = draw(st.lists(entries, max_size=3, unique_by=lambda entry: (entry.kind, entry.name)))
    own = AclEntry("group", "", draw(st.integers(0, 7)))
    held = (*named, own, AclEntry("mask", "", mode >> 3 & 7)) if named else ()
    owner, group = draw(st.sampled_from(["root", "alice"])), draw(st.sampled_from(["root", "ssl-cert", "users"]))
    return FileStat("file", mode, OWNERS[owner], OWNERS[group], owner, group, 0, 0.0, held)


@given(stats(), stats(), st.booleans())
def test_whoever_can_read_is_among_the_readers(item: FileStat, folder: FileStat, known: bool) -> None:
    file = in_folder(item, folder)
    found = readers(file, GROUPS if known else Unknown("groups", "no getent"))
    assert isinstance(found, Principals)
    for user in (ALICE, PROSODY):
        if can_read(user, file) is True:
            assert found.everyone or user.name in found.users or found.groups & set(user.groups)


@given(stats(), stats())
def test_without_group_or_other_rights_nobody_but_the_owner_reads(item: FileStat, folder: FileStat) -> None:
    private = replace(item, mode=item.mode & 0o700, acl=())
    found = readers(in_folder(private, folder), GROUPS)
    assert isinstance(found, Principals)
    assert not found.everyone
    assert not found.groups
    assert found.users <= {item.owner} - {"root"}


@given(stats(), stats())
def test_what_is_not_known_of_an_acl_is_never_read_as_nobody(item: FileStat, folder: FileStat) -> None:
    known = readers(in_folder(item, folder), GROUPS)
    hidden = readers(in_folder(replace(item, acl=HIDDEN), replace(folder, acl=HIDDEN)), GROUPS)
    assert isinstance(known, Principals)
    assert isinstance(hidden, Unknown) or not known or hidden.everyone or known.users <= hidden.users
