"""Cases of who can read private keys, and who must."""

from dataclasses import replace

import pytest

from tests.checks.cases import CONFORMS, NOT_APPLICABLE, UNKNOWN, VIOLATES, Case, verdict
from tests.checks.edits import (
    acl,
    declared,
    folder_stat,
    folder_unknown,
    group,
    service,
    setting,
    stat,
    with_file,
    without_set,
)
from tests.checks.hosts import COMBINED, KEY, PRIVATE, SET, Edit, made_file, made_stat, sound_host
from tlsfleet.facts import Absent, CertificatePair, FileFacts, Unknown, User

OPEN_FOLDER = folder_stat(PRIVATE, mode=0o755)
ELSEWHERE = "/srv/keys/site.key"
LIVE = "/etc/letsencrypt/live/www.example.org/privkey.pem"
DENIED = Unknown(KEY, "permission denied")
VARIABLE = Unknown("/etc/ssl/private/$ssl_server_name.key", "its path holds a variable")
PROSODY = User("prosody", 111, ("prosody", "ssl-cert"))


def elsewhere(mode: int, owner: str = "root", group_name: str = "root") -> FileFacts:
    item = made_stat(mode, owner, group_name)
    return made_file(ELSEWHERE, mode, link=item, target=item)


def uses(key: str | Unknown) -> Edit:
    return setting(certificates=(CertificatePair(COMBINED, key),))


def linked(mode: int) -> FileFacts:
    """The key of the sound host as a link out of a closed folder into an open one."""
    target = made_stat(mode)
    parents = (*made_file(KEY, 0).parents, *made_file("/srv/real.key", 0).parents)
    return FileFacts(KEY, "/srv/real.key", made_stat(0o777, kind="link"), target, parents)


PERMISSIONS = "private-key.permissions"
EXPOSED = "private-key.not-exposed"
READERS = "private-key.readers-expected"
READABLE = "private-key.readable-by-service"

CASES = [
    Case(PERMISSIONS, "as the notes say", CONFORMS, sound_host),
    Case(PERMISSIONS, "root's alone", CONFORMS, lambda: sound_host(stat(KEY, 0o400, "root", "root"))),
    Case(PERMISSIONS, "group root", VIOLATES, lambda: sound_host(stat(KEY, group="root")), "0440 root:root"),
    Case(PERMISSIONS, "world-readable", VIOLATES, lambda: sound_host(stat(KEY, 0o444)), f"chmod 0440 {KEY}"),
    Case(PERMISSIONS, "setgid", VIOLATES, lambda: sound_host(stat(KEY, 0o2440)), "2440 root:ssl-cert"),
    Case(PERMISSIONS, "0640", CONFORMS, lambda: sound_host(stat(KEY, 0o640))),
    Case(PERMISSIONS, "0640 in 2014", VIOLATES, lambda: sound_host(stat(KEY, 0o640)), policy="notes-2014"),
    Case(PERMISSIONS, "an original", VIOLATES, lambda: sound_host(stat(SET["key"], 0o440)), "0440 root:root"),
    Case(PERMISSIONS, "certbot's", CONFORMS, lambda: sound_host(without_set)),
    Case(
        PERMISSIONS,
        "certbot's with a key group",
        CONFORMS,
        lambda: sound_host(without_set, stat(LIVE, 0o640, group="ssl-cert")),
    ),
    Case(
        PERMISSIONS,
        "certbot's with another group",
        VIOLATES,
        lambda: sound_host(without_set, stat(LIVE, 0o640, group="users")),
        "0640 root:ssl-cert",
    ),
    Case(
        PERMISSIONS,
        "another folder",
        CONFORMS,
        lambda: sound_host(uses(ELSEWHERE), with_file(elsewhere(0o640, "root", "users"))),
    ),
    Case(
        PERMISSIONS,
        "another folder, group may write",
        VIOLATES,
        lambda: sound_host(uses(ELSEWHERE), with_file(elsewhere(0o660))),
        "not writable by the group",
    ),
    Case(
        PERMISSIONS,
        "another folder, others read",
        VIOLATES,
        lambda: sound_host(uses(ELSEWHERE), with_file(elsewhere(0o604))),
        f"chmod go= {ELSEWHERE}",
    ),
    Case(
        PERMISSIONS, "a link is judged where it leads", VIOLATES, lambda: sound_host(with_file(linked(0o644))), "0644"
    ),
    Case(PERMISSIONS, "not seen", UNKNOWN, lambda: sound_host(with_file(DENIED)), "permission denied"),
    Case(PERMISSIONS, "not there", UNKNOWN, lambda: sound_host(with_file(Absent(KEY))), "no such file"),
    Case(PERMISSIONS, "files not collected", UNKNOWN, lambda: sound_host(files=Unknown("files", "cut off"))),
    Case(PERMISSIONS, "a folder", UNKNOWN, lambda: sound_host(stat(KEY, kind="directory")), "no regular file"),
    Case(PERMISSIONS, "no key", NOT_APPLICABLE, lambda: replace(sound_host(without_set), services=())),
    Case(EXPOSED, "as the notes say", CONFORMS, sound_host),
    Case(EXPOSED, "a closed folder above", CONFORMS, lambda: sound_host(stat(KEY, 0o444))),
    Case(EXPOSED, "everyone", VIOLATES, lambda: sound_host(stat(KEY, 0o444), OPEN_FOLDER), "readable by everyone"),
    Case(EXPOSED, "its group", CONFORMS, lambda: sound_host(OPEN_FOLDER)),
    Case(
        EXPOSED,
        "another group",
        VIOLATES,
        lambda: sound_host(OPEN_FOLDER, stat(KEY, group="users"), group("users", "alice")),
        "group users (alice)",
    ),
    Case(
        EXPOSED, "an empty group", CONFORMS, lambda: sound_host(OPEN_FOLDER, stat(KEY, group="users"), group("users"))
    ),
    Case(EXPOSED, "a group not known", UNKNOWN, lambda: sound_host(OPEN_FOLDER, stat(KEY, group="users"))),
    Case(EXPOSED, "an owner", VIOLATES, lambda: sound_host(OPEN_FOLDER, stat(KEY, 0o400, "alice")), "user alice"),
    Case(EXPOSED, "the service's user", CONFORMS, lambda: sound_host(OPEN_FOLDER, stat(KEY, 0o400, "www-data"))),
    Case(
        EXPOSED,
        "perhaps the service's user",
        UNKNOWN,
        lambda: sound_host(OPEN_FOLDER, stat(KEY, 0o400, "www-data"), service(user=Unknown("nginx", "two users"))),
    ),
    Case(
        EXPOSED,
        "an ACL entry",
        VIOLATES,
        lambda: sound_host(OPEN_FOLDER, stat(KEY, acl=acl("user:alice:r--", "group::r--", "mask::r--"))),
        f"setfacl -b {KEY}",
    ),
    Case(EXPOSED, "a hidden ACL", UNKNOWN, lambda: sound_host(OPEN_FOLDER, stat(KEY, acl=Unknown(KEY, "no getfacl")))),
    Case(EXPOSED, "a folder not seen", CONFORMS, lambda: sound_host(folder_unknown(PRIVATE), stat(KEY, 0o400))),
    Case(EXPOSED, "open, a folder not seen", UNKNOWN, lambda: sound_host(folder_unknown(PRIVATE), stat(KEY, 0o444))),
    Case(EXPOSED, "a link into the open", VIOLATES, lambda: sound_host(with_file(linked(0o644))), "everyone"),
    Case(EXPOSED, "not seen", UNKNOWN, lambda: sound_host(with_file(DENIED))),
    Case(EXPOSED, "no key", NOT_APPLICABLE, lambda: replace(sound_host(without_set), services=())),
    Case(READERS, "not declared", NOT_APPLICABLE, sound_host, "tls_key_readers"),
    Case(READERS, "nobody, as declared", CONFORMS, lambda: sound_host(declared(key_readers=()))),
    Case(
        READERS,
        "as declared",
        CONFORMS,
        lambda: sound_host(declared(key_readers=("prosody",)), group("ssl-cert", "prosody", "root")),
    ),
    Case(
        READERS,
        "one too many",
        VIOLATES,
        lambda: sound_host(declared(key_readers=()), group("ssl-cert", "prosody")),
        "gpasswd -d prosody ssl-cert",
    ),
    Case(
        READERS,
        "one too few",
        VIOLATES,
        lambda: sound_host(declared(key_readers=("prosody",))),
        "gpasswd -a prosody ssl-cert",
    ),
    Case(
        READERS,
        "members not known",
        UNKNOWN,
        lambda: sound_host(declared(key_readers=()), groups=Unknown("groups", "no getent")),
    ),
    Case(READERS, "group not known", UNKNOWN, lambda: sound_host(declared(key_readers=()), groups=())),
    Case(
        READERS,
        "a group without rights",
        NOT_APPLICABLE,
        lambda: sound_host(declared(key_readers=()), stat(KEY, 0o400)),
        "cannot read it",
    ),
    Case(READABLE, "root opens it", CONFORMS, sound_host),
    Case(READABLE, "not there", VIOLATES, lambda: sound_host(with_file(Absent(KEY))), "no such file"),
    Case(READABLE, "a dangling link", VIOLATES, lambda: sound_host(with_file(Absent(KEY, "/gone"))), "a link to /gone"),
    Case(READABLE, "not seen", UNKNOWN, lambda: sound_host(with_file(DENIED))),
    Case(READABLE, "no service", NOT_APPLICABLE, lambda: sound_host(services=())),
    Case(READABLE, "a service not told", UNKNOWN, lambda: sound_host(services=(Unknown("nginx", "cut off"),))),
    Case(
        READABLE,
        "prosody in the group",
        CONFORMS,
        lambda: sound_host(service(service="prosody", user="prosody"), users=(PROSODY,)),
    ),
    Case(
        READABLE,
        "prosody not in the group",
        VIOLATES,
        lambda: sound_host(service(service="prosody", user="prosody"), users=(User("prosody", 111, ("prosody",)),)),
        "user prosody cannot read it",
    ),
    Case(
        READABLE,
        "prosody's groups not known",
        UNKNOWN,
        lambda: sound_host(service(service="prosody", user="prosody")),
        "the groups of user prosody",
    ),
    Case(READABLE, "prosody's user not known", UNKNOWN, lambda: sound_host(service(service="prosody", user=None))),
    Case(READABLE, "a worker opens it", VIOLATES, lambda: sound_host(uses(VARIABLE)), "user www-data cannot read it"),
    Case(READABLE, "a worker may open it", UNKNOWN, lambda: sound_host(uses(VARIABLE), OPEN_FOLDER), "a variable"),
    Case(READABLE, "a path not told", UNKNOWN, lambda: sound_host(uses(Unknown("a file", "data: in its place")))),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case: Case) -> None:
    case.assert_status()


def test_a_key_used_in_two_blocks_is_one_subject() -> None:
    found = verdict(EXPOSED, sound_host(stat(KEY, 0o444), OPEN_FOLDER))
    assert [(finding.subject, finding.where) for finding in found.findings] == [(KEY, KEY)]
    assert found.findings[0].tags == ("CWE-732",)


def test_odd_paths_are_quoted_in_commands() -> None:
    odd = "/srv/keys/it's $(mine).key"
    item = replace(elsewhere(0o644), path=odd, real_path=odd)
    (finding,) = verdict(PERMISSIONS, sound_host(uses(odd), with_file(item))).findings
    assert """'/srv/keys/it'"'"'s $(mine).key'""" in finding.remedy
