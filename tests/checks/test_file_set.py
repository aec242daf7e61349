"""Cases of the dated sets of files, and of what the services use of them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.checks.cases import CONFORMS, NOT_APPLICABLE, UNKNOWN, VIOLATES, Case, verdict
from tests.checks.certificates import NOW, chain, intermediate, key_facts, leaf
from tests.checks.edits import (
    folder_stat,
    folder_unknown,
    group,
    setting,
    stat,
    with_certificate_file,
    with_certificates,
    with_file,
    with_key,
    with_leaf,
    with_listing,
    without_set,
)
from tests.checks.hosts import COMBINED, CRT, KEY, LOCALCERTS, PRIVATE, PUBLIC, SET, STAMP, Edit, made_file, sound_host
from tlsfleet.facts import Absent, CertificatePair, FolderListing, HostFacts, Malformed, Unknown

COMPLETE = "file-set.complete"
STAMPED = "file-set.stamp-is-issue-date"
PERMISSIONS = "file-set.permissions"
COPIES = "file-set.copies-identical"
SIZE = "file-set.key-size"
SUPERSEDED = "file-set.superseded-unreferenced"

NOT_LISTED = with_listing(Unknown(LOCALCERTS, "permission denied"))
OLD = f"{PUBLIC}/server_20250101.combined.crt"
LINK = "/etc/nginx/site.pem"
DARK_KEY = setting(certificates=(CertificatePair(COMBINED, Unknown("a file", "a variable")),))
WAITING = tuple(f"server_20261120.{suffix}" for suffix in ("cnf", "key", "csr"))
SET_NAMES = tuple(f"server_{STAMP}.{suffix}" for suffix in SET)


def listed(*names: str) -> Edit:
    return with_listing(FolderListing(LOCALCERTS, names))


def without(suffix: str) -> HostFacts:
    return sound_host(listed(*(name for name in SET_NAMES if name != f"server_{STAMP}.{suffix}")))


def issued(days: int) -> HostFacts:
    """The host with a certificate issued some days after (or before) its stamp."""
    start = NOW - timedelta(days=10) + timedelta(days=days)
    return sound_host(with_leaf(leaf(not_before=start)))


def waiting(*edits: Edit) -> HostFacts:
    """The host with a newer set that has no certificate yet."""
    key, *others = (made_file(f"{LOCALCERTS}/{name}", 0o400) for name in WAITING)
    files = (with_file(item) for item in (key, *others))
    return sound_host(listed(*SET_NAMES, *WAITING), with_key(key_facts(f"{LOCALCERTS}/{WAITING[1]}")), *files, *edits)


def stamped(stamp: str) -> HostFacts:
    """The host with a set of another stamp in the place of its own."""
    path = f"{LOCALCERTS}/server_{stamp}.crt"
    return sound_host(listed(f"server_{stamp}.crt"), with_certificates(path, leaf()))


def names(certificate: str) -> Edit:
    return setting(certificates=(CertificatePair(certificate, KEY),))


def linked(real_path: str) -> Edit:
    return with_file(replace(made_file(LINK, 0o444), real_path=real_path))


CASES = [
    Case(COMPLETE, "all five", CONFORMS, sound_host),
    Case(COMPLETE, "without cnf", VIOLATES, lambda: without("cnf"), f"{SET['cnf']}"),
    Case(COMPLETE, "without key", VIOLATES, lambda: without("key"), f"-keyout {SET['key']}"),
    Case(COMPLETE, "without csr", VIOLATES, lambda: without("csr")),
    Case(COMPLETE, "without crt", VIOLATES, lambda: without("crt")),
    Case(COMPLETE, "without combined.crt", VIOLATES, lambda: without("combined.crt"), "cat "),
    Case(COMPLETE, "one that waits for its CA", VIOLATES, waiting, "server_20261120.crt"),
    Case(COMPLETE, "no set", NOT_APPLICABLE, lambda: sound_host(without_set)),
    Case(COMPLETE, "not listed", UNKNOWN, lambda: sound_host(NOT_LISTED), "permission denied"),
    Case(STAMPED, "its day", CONFORMS, sound_host),
    Case(STAMPED, "a week later", CONFORMS, lambda: issued(7)),
    Case(STAMPED, "eight days later", VIOLATES, lambda: issued(8), "within 7 days of notBefore 20261121"),
    Case(STAMPED, "eight days before", VIOLATES, lambda: issued(-8)),
    Case(STAMPED, "no date", VIOLATES, lambda: stamped("20269931"), "which is no date"),
    Case(STAMPED, "a certificate not read", UNKNOWN, lambda: sound_host(with_certificate_file(Absent(SET["crt"])))),
    Case(STAMPED, "an empty file", UNKNOWN, lambda: sound_host(with_certificates(SET["crt"]))),
    Case(STAMPED, "no certificate yet", NOT_APPLICABLE, lambda: sound_host(listed(*WAITING))),
    Case(STAMPED, "not listed", UNKNOWN, lambda: sound_host(NOT_LISTED)),
    Case(PERMISSIONS, "0400 root:root", CONFORMS, sound_host),
    Case(PERMISSIONS, "0444", VIOLATES, lambda: sound_host(stat(SET["crt"], 0o444)), f"chmod 0400 {SET['crt']}"),
    Case(PERMISSIONS, "another group", VIOLATES, lambda: sound_host(stat(SET["cnf"], group="users")), "root:users"),
    Case(PERMISSIONS, "another owner", VIOLATES, lambda: sound_host(stat(SET["csr"], owner="alice"))),
    Case(PERMISSIONS, "a folder for all", VIOLATES, lambda: sound_host(folder_stat(LOCALCERTS, 0o777)), "everyone"),
    Case(PERMISSIONS, "a folder of alice's", VIOLATES, lambda: sound_host(folder_stat(LOCALCERTS, owner="alice"))),
    Case(
        PERMISSIONS,
        "a folder of a group's",
        VIOLATES,
        lambda: sound_host(folder_stat(LOCALCERTS, 0o770, group="users"), group("users", "alice")),
        "group users (alice)",
    ),
    Case(
        PERMISSIONS,
        "a folder of a group not known",
        UNKNOWN,
        lambda: sound_host(folder_stat(LOCALCERTS, 0o770, group="users")),
    ),
    Case(PERMISSIONS, "a folder that all may read", CONFORMS, lambda: sound_host(folder_stat(LOCALCERTS, 0o755))),
    Case(PERMISSIONS, "a folder not seen", UNKNOWN, lambda: sound_host(folder_unknown(LOCALCERTS))),
    Case(PERMISSIONS, "a file not seen", UNKNOWN, lambda: sound_host(with_file(Unknown(SET["key"], "denied")))),
    Case(PERMISSIONS, "a dangling link", UNKNOWN, lambda: sound_host(with_file(Absent(SET["key"], "/gone")))),
    Case(PERMISSIONS, "one that waits", CONFORMS, waiting),
    Case(
        PERMISSIONS,
        "one that waits, open",
        VIOLATES,
        lambda: waiting(stat(f"{LOCALCERTS}/{WAITING[1]}", 0o644)),
        WAITING[1],
    ),
    Case(PERMISSIONS, "not listed", UNKNOWN, lambda: sound_host(NOT_LISTED)),
    Case(PERMISSIONS, "no set", NOT_APPLICABLE, lambda: sound_host(without_set)),
    Case(COPIES, "the same", CONFORMS, sound_host),
    Case(COPIES, "another key", VIOLATES, lambda: sound_host(with_key(key_facts(KEY, "other"))), "another key than"),
    Case(COPIES, "another certificate", VIOLATES, lambda: sound_host(with_certificates(CRT, leaf())), SET["crt"]),
    Case(
        COPIES,
        "one more in the chain",
        VIOLATES,
        lambda: sound_host(with_certificates(COMBINED, *chain(), intermediate().facts)),
    ),
    Case(COPIES, "a copy not read", UNKNOWN, lambda: sound_host(with_key(Unknown(KEY, "permission denied")))),
    Case(
        COPIES,
        "a copy with passphrase",
        UNKNOWN,
        lambda: sound_host(with_key(key_facts(KEY, public_key=Unknown(KEY, "encrypted")))),
    ),
    Case(COPIES, "a copy that is none", UNKNOWN, lambda: sound_host(with_certificates(CRT, Malformed(CRT, "bad")))),
    Case(COPIES, "both empty", UNKNOWN, lambda: sound_host(with_certificates(CRT), with_certificates(SET["crt"]))),
    Case(
        COPIES,
        "none",
        NOT_APPLICABLE,
        lambda: sound_host(with_listing(FolderListing(PRIVATE, ())), with_listing(Absent(PUBLIC))),
    ),
    Case(COPIES, "not listed", UNKNOWN, lambda: sound_host(NOT_LISTED)),
    Case(SIZE, "P-256", CONFORMS, sound_host),
    Case(SIZE, "P-256 in 2014", VIOLATES, sound_host, "RSA of 4096 bits or more", policy="notes-2014"),
    Case(SIZE, "RSA 4096", CONFORMS, lambda: sound_host(with_key(key_facts(SET["key"], kind="rsa-2048", bits=4096)))),
    Case(SIZE, "RSA 2048", VIOLATES, lambda: sound_host(with_key(key_facts(SET["key"], kind="rsa-2048"))), "RSA 2048"),
    Case(SIZE, "P-224", VIOLATES, lambda: sound_host(with_key(key_facts(SET["key"], kind="P-224"))), "P-224"),
    Case(SIZE, "Ed25519", CONFORMS, lambda: sound_host(with_key(key_facts(SET["key"], kind="ed25519")))),
    Case(SIZE, "not read", UNKNOWN, lambda: sound_host(with_key(Unknown(SET["key"], "denied")))),
    Case(
        SIZE,
        "not told",
        UNKNOWN,
        lambda: sound_host(with_key(key_facts(SET["key"], algorithm=Unknown(SET["key"], "encrypted")))),
    ),
    Case(SIZE, "no key", NOT_APPLICABLE, lambda: without("key")),
    Case(SIZE, "not listed", UNKNOWN, lambda: sound_host(NOT_LISTED)),
    Case(SUPERSEDED, "the newest", CONFORMS, sound_host),
    Case(SUPERSEDED, "an older one", VIOLATES, lambda: sound_host(names(OLD)), "of the set 20250101"),
    Case(SUPERSEDED, "by a link", VIOLATES, lambda: sound_host(names(LINK), linked(OLD)), f"{LINK} is of the set"),
    Case(SUPERSEDED, "the newest by a link", CONFORMS, lambda: sound_host(names(LINK), linked(COMBINED))),
    Case(SUPERSEDED, "a name of its own", CONFORMS, lambda: sound_host(names(LINK), linked(LINK))),
    Case(SUPERSEDED, "a link not followed", UNKNOWN, lambda: sound_host(names(LINK))),
    Case(SUPERSEDED, "while one waits", CONFORMS, waiting),
    Case(SUPERSEDED, "a path not told", UNKNOWN, lambda: sound_host(names(LINK), linked(LINK), DARK_KEY)),
    Case(SUPERSEDED, "a service not told", UNKNOWN, lambda: sound_host(services=(Unknown("nginx", "cut off"),))),
    Case(SUPERSEDED, "not listed", UNKNOWN, lambda: sound_host(NOT_LISTED)),
    Case(SUPERSEDED, "no set", NOT_APPLICABLE, lambda: sound_host(without_set)),
    Case(SUPERSEDED, "no service", NOT_APPLICABLE, lambda: sound_host(services=())),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case: Case) -> None:
    case.assert_status()


def test_each_missing_file_is_a_finding() -> None:
    found = verdict(COMPLETE, sound_host(listed(SET_NAMES[1])))
    assert len(found.findings) == 4
    assert len({finding.fingerprint for finding in found.findings}) == 4
