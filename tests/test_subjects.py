"""What is in use: sets, keys and certificates, and what cannot be told of them."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.checks.cases import shipped
from tests.checks.edits import (
    declared,
    service,
    setting,
    with_certificate_file,
    with_certificates,
    with_listing,
    without_set,
)
from tests.checks.hosts import COMBINED, CRT, DH, KEY, LOCALCERTS, PRIVATE, PUBLIC, SET, STAMP, sound_host
from tlsfleet import subjects
from tlsfleet.facts import (
    Absent,
    CertificatePair,
    FolderListing,
    HostFacts,
    Malformed,
    ServiceConfig,
    Unknown,
)

NOTES = shipped("notes")
DARK = Unknown("x", "permission denied")
LIVE = "/etc/letsencrypt/live/www.example.org"


def listing(*names: str, folder: str = LOCALCERTS) -> HostFacts:
    return sound_host(with_listing(FolderListing(folder, names)))


def paths(found: Iterable[Any]) -> list[str]:
    return [item.subject for item in found]


def stamps(found: tuple[subjects.FileSet, ...] | Unknown) -> list[str]:
    assert not isinstance(found, Unknown)
    return [item.stamp for item in found]


def set_names(stamp: str, *suffixes: str) -> list[str]:
    return [f"server_{stamp}.{suffix}" for suffix in suffixes or subjects.SUFFIXES]


# Sets


def test_sets_are_told_by_their_stamps_oldest_first() -> None:
    facts = listing(
        *set_names("20260101"), *set_names("20250101", "key", "crt"), "server_2026.key", "other_20260101.key"
    )
    found = subjects.sets(facts, NOTES)
    assert stamps(found) == ["20250101", "20260101"]
    assert not isinstance(found, Unknown)
    assert found[0].paths == {suffix: f"{LOCALCERTS}/server_20250101.{suffix}" for suffix in ("key", "crt")}


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (FolderListing(LOCALCERTS, ()), ()),
        (Absent(LOCALCERTS), ()),
        (Unknown(LOCALCERTS, "permission denied"), Unknown(LOCALCERTS, "permission denied")),
        (Malformed(LOCALCERTS, "not a folder"), Unknown(LOCALCERTS, "not a folder")),
    ],
)
def test_an_empty_folder_is_not_one_that_cannot_be_read(item: Any, expected: object) -> None:
    facts = sound_host(with_listing(item))
    assert subjects.sets(facts, NOTES) == expected
    assert subjects.newest_set(facts, NOTES) == expected
    assert subjects.current_sets(facts, NOTES) == expected


def test_listings_that_were_not_collected_are_unknown() -> None:
    assert isinstance(subjects.sets(sound_host(listings=()), NOTES), Unknown)
    assert isinstance(subjects.sets(sound_host(listings=DARK), NOTES), Unknown)


def test_a_set_without_certificate_waits_and_is_not_the_newest() -> None:
    facts = listing(*set_names("20250101"), *set_names("20260101"), *set_names("20260601", "cnf", "key", "csr"))
    assert stamps(subjects.newest_set(facts, NOTES)) == ["20260101"]
    assert stamps(subjects.current_sets(facts, NOTES)) == ["20260101", "20260601"]


def test_where_none_has_a_certificate_the_newest_is_the_newest() -> None:
    facts = listing(*set_names("20260101", "key"), *set_names("20260601", "cnf", "key", "csr"))
    assert stamps(subjects.newest_set(facts, NOTES)) == ["20260601"]


@pytest.mark.parametrize(
    ("stamp", "date"),
    [("20260228", datetime(2026, 2, 28, tzinfo=UTC)), ("20260230", None), ("00000000", None), ("99999999", None)],
)
def test_a_stamp_may_be_no_date(stamp: str, date: datetime | None) -> None:
    assert subjects.FileSet(stamp, LOCALCERTS, {}).date == date


@given(st.lists(st.text(max_size=30) | st.from_regex(subjects.SET_NAME, fullmatch=True), max_size=8))
def test_no_name_breaks_the_sets(names: list[str]) -> None:
    found = subjects.sets(listing(*names), NOTES)
    assert stamps(found) == sorted(stamps(found))
    assert not isinstance(found, Unknown)
    assert {path for item in found for path in item.paths.values()} <= {f"{LOCALCERTS}/{name}" for name in names}


# Keys and certificates


def test_the_sound_host_uses_its_set_and_the_copies() -> None:
    facts = sound_host()
    assert paths(subjects.keys_in_use(facts, NOTES)) == [KEY, SET["key"]]
    assert paths(subjects.chains(facts, NOTES)) == [COMBINED, SET["combined.crt"]]
    assert paths(subjects.leaves(facts, NOTES)) == [COMBINED, SET["combined.crt"], SET["crt"], CRT]
    assert paths(subjects.csrs(facts, NOTES)) == [SET["csr"]]
    assert paths(subjects.dh_files(facts, NOTES)) == [DH]


def test_the_uses_of_a_key_are_its_blocks() -> None:
    used, original = subjects.keys_in_use(sound_host(), NOTES)
    assert isinstance(used, subjects.KeyInUse)
    assert isinstance(original, subjects.KeyInUse)
    assert [(pair.service.service, pair.block.subject) for pair in used.pairs] == [
        ("nginx", "0.0.0.0:443@www.example.org")
    ]
    assert original.pairs == ()


def test_an_older_set_is_looked_at_only_where_it_is_used() -> None:
    old = f"{PRIVATE}/server_20250101.key"
    facts = sound_host(with_listing(FolderListing(LOCALCERTS, (*set_names("20250101"), *set_names(STAMP)))))
    assert old not in paths(subjects.keys_in_use(facts, NOTES))
    used = setting(certificates=(CertificatePair(COMBINED, old),))(facts)
    assert old in paths(subjects.keys_in_use(used, NOTES))


def test_without_a_set_only_what_services_name_is_in_use() -> None:
    facts = sound_host(without_set)
    assert paths(subjects.keys_in_use(facts, NOTES)) == [f"{LIVE}/privkey.pem"]
    assert paths(subjects.leaves(facts, NOTES)) == [f"{LIVE}/fullchain.pem"]
    assert paths(subjects.csrs(facts, NOTES)) == []


def test_a_copy_in_a_folder_that_cannot_be_listed_is_expected_there() -> None:
    facts = sound_host(with_listing(Unknown(PRIVATE, "permission denied")), services=())
    assert paths(subjects.keys_in_use(facts, NOTES)) == [SET["key"], KEY]


@pytest.mark.parametrize("item", [Absent(PUBLIC), FolderListing(PUBLIC, ())])
def test_a_copy_that_is_not_there_is_not_in_use(item: Any) -> None:
    facts = sound_host(with_listing(item), services=())
    assert paths(subjects.chains(facts, NOTES)) == [SET["combined.crt"]]


@pytest.mark.parametrize("selector", [subjects.keys_in_use, subjects.chains, subjects.leaves, subjects.dh_files])
def test_a_service_that_cannot_be_told_is_unknown_to_every_selector(selector: Any) -> None:
    for broken in (
        replace(sound_host(without_set), services=DARK),
        replace(sound_host(without_set), services=(DARK,)),
        sound_host(without_set, service(blocks=(DARK,))),
    ):
        assert list(selector(broken, NOTES)) == [DARK]


def test_paths_that_cannot_be_told_are_unknown() -> None:
    facts = sound_host(without_set, setting(certificates=(CertificatePair(DARK, DARK),), dh_parameters=DARK))
    for selector in (subjects.keys_in_use, subjects.chains, subjects.leaves, subjects.dh_files):
        assert list(selector(facts, NOTES)) == [DARK]


def test_a_set_that_cannot_be_listed_is_unknown_to_every_selector() -> None:
    facts = sound_host(with_listing(Unknown(LOCALCERTS, "permission denied")), services=())
    for selector in (subjects.keys_in_use, subjects.chains, subjects.leaves, subjects.csrs):
        assert list(selector(facts, NOTES)) == [Unknown(LOCALCERTS, "permission denied")]


@pytest.mark.parametrize("missing", [Absent(COMBINED), Malformed(COMBINED, "not PEM"), Unknown(COMBINED, "denied")])
def test_a_certificate_file_that_is_missing_comes_as_such(missing: Any) -> None:
    facts = sound_host(with_certificate_file(missing))
    assert missing in list(subjects.chains(facts, NOTES))
    assert list(subjects.leaves(facts, NOTES)).count(missing) == 1


def test_a_file_without_a_sound_first_certificate_has_no_leaf() -> None:
    bad = Malformed(f"{COMBINED}#1", "not DER")
    facts = sound_host(with_certificates(COMBINED, bad), with_certificates(CRT))
    first, *_, last = subjects.leaves(facts, NOTES)
    assert (first, last) == (bad, Malformed(CRT, "holds no certificate"))


def test_csrs_are_the_newest_sets_and_those_not_answered() -> None:
    names = (
        *set_names("20240101", "csr", "key"),
        *set_names("20250101"),
        *set_names("20260101"),
        *set_names("20260601", "csr"),
    )
    found = paths(subjects.csrs(listing(*names), NOTES))
    assert found == [f"{LOCALCERTS}/server_{stamp}.csr" for stamp in ("20240101", "20260101", "20260601")]


def test_a_dh_file_that_the_policy_asks_for_is_looked_at_unnamed() -> None:
    facts = sound_host(setting(dh_parameters="auto"))
    assert paths(subjects.dh_files(facts, NOTES)) == []
    assert paths(subjects.dh_files(facts, shipped("notes-2014"))) == [DH]


def test_blocks_are_told_apart_by_transport() -> None:
    facts = sound_host()
    (nginx,) = facts.services if isinstance(facts.services, tuple) else ()
    assert isinstance(nginx, ServiceConfig)
    found = list(subjects.blocks(facts, NOTES, "plain"))
    assert [item.block.transport for item in found if isinstance(item, subjects.Block)] == ["plain"]
    assert len(list(subjects.blocks(facts, NOTES))) == len(nginx.blocks)
    assert len(list(subjects.tls_blocks(facts, NOTES))) == 1


def test_what_the_inventory_declares_changes_nothing_in_use() -> None:
    facts = sound_host()
    other = declared(names=("other.example",))(facts)
    assert list(subjects.keys_in_use(other, NOTES)) == list(subjects.keys_in_use(facts, NOTES))
    assert replace(other, declared=facts.declared) == facts
