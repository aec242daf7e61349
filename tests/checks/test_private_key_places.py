"""Cases of private keys where none belongs."""

from dataclasses import replace

import pytest

from tests.checks.cases import CONFORMS, NOT_APPLICABLE, UNKNOWN, VIOLATES, Case, verdict
from tests.checks.edits import setting, stat, with_certificate_file, with_file, without_set
from tests.checks.hosts import COMBINED, CRT, DH, KEY, SET, Edit, made_file, sound_host
from tlsfleet.facts import Absent, CertificatePair, FileFacts, HostFacts, Unknown

PUBLIC = "private-key.not-in-public-file"
ROOT = "private-key.not-in-web-root"
EXTRA = "/etc/ssl/certs/site.pem"
BOTH = "/srv/both.pem"


def holding(path: str, held: bool | None) -> Edit:
    """The host with (or without) a private key in one of its files, or with one in which nobody looked."""

    def edit(facts: HostFacts) -> HostFacts:
        item = facts.file(path)
        assert isinstance(item, FileFacts)
        return with_file(replace(item, holds_private_key=held))(facts)

    return edit


def both_in_one(mode: int) -> HostFacts:
    """A service with certificate and key in one file."""
    pair = setting(certificates=(CertificatePair(BOTH, BOTH),))
    return sound_host(pair, with_file(made_file(BOTH, mode)), with_certificate_file(Absent(BOTH)))


def roots(*folders: str | Unknown) -> Edit:
    return setting(document_roots=folders)


def linked(real_path: str) -> Edit:
    return with_file(replace(made_file(KEY, 0o440, "ssl-cert"), real_path=real_path))


CASES = [
    Case(PUBLIC, "none", CONFORMS, sound_host),
    Case(PUBLIC, "in the chain", VIOLATES, lambda: sound_host(holding(COMBINED, held=True)), "a private key, 0444"),
    Case(PUBLIC, "in the certificate's copy", VIOLATES, lambda: sound_host(holding(CRT, held=True)), "everyone"),
    Case(PUBLIC, "in a DH file", VIOLATES, lambda: sound_host(holding(DH, held=True)), DH),
    Case(PUBLIC, "in a file that only root reads", CONFORMS, lambda: sound_host(holding(SET["crt"], held=True))),
    Case(
        PUBLIC,
        "in a file beside",
        VIOLATES,
        lambda: sound_host(with_file(made_file(EXTRA, 0o644, holds_private_key=True))),
        EXTRA,
    ),
    Case(
        PUBLIC,
        "perhaps in a file beside",
        UNKNOWN,
        lambda: sound_host(with_file(made_file(EXTRA, 0o644, holds_private_key=Unknown(EXTRA, "too large")))),
        "too large",
    ),
    Case(PUBLIC, "key and chain in one file", CONFORMS, lambda: both_in_one(0o600)),
    Case(PUBLIC, "key and chain in one open file", VIOLATES, lambda: both_in_one(0o644), BOTH),
    Case(PUBLIC, "nobody looked", UNKNOWN, lambda: sound_host(holding(CRT, held=None)), "nobody looked"),
    Case(PUBLIC, "not seen", UNKNOWN, lambda: sound_host(with_file(Unknown(CRT, "permission denied")))),
    Case(PUBLIC, "files not collected", UNKNOWN, lambda: sound_host(files=Unknown("files", "cut off"))),
    Case(PUBLIC, "a certificate not there", CONFORMS, lambda: sound_host(with_file(Absent(CRT)))),
    Case(PUBLIC, "no file", NOT_APPLICABLE, lambda: replace(sound_host(without_set), services=(), files=())),
    Case(ROOT, "elsewhere", CONFORMS, sound_host),
    Case(ROOT, "under an alias", VIOLATES, lambda: sound_host(roots("/etc/ssl/")), "under /etc/ssl/, which nginx"),
    Case(ROOT, "all is served", VIOLATES, lambda: sound_host(roots("/")), "under /, which"),
    Case(ROOT, "a folder of a like name", CONFORMS, lambda: sound_host(roots("/etc/ssl/priv", "/etc/ssl/private.old"))),
    Case(ROOT, "by dots", VIOLATES, lambda: sound_host(roots("/var/www/../../etc/ssl/private/")), "/var/www/../.."),
    Case(ROOT, "by a link", VIOLATES, lambda: sound_host(linked("/var/www/html/x.key")), "under /var/www/html"),
    Case(ROOT, "a folder not told", UNKNOWN, lambda: sound_host(roots(Unknown("root", "a variable"))), "a variable"),
    Case(
        ROOT,
        "under one, another not told",
        VIOLATES,
        lambda: sound_host(roots("/etc", Unknown("root", "a variable"))),
    ),
    Case(ROOT, "a link not followed", UNKNOWN, lambda: sound_host(with_file(Unknown(KEY, "permission denied")))),
    Case(ROOT, "nothing is served", NOT_APPLICABLE, lambda: sound_host(roots())),
    Case(ROOT, "a service not told", UNKNOWN, lambda: sound_host(services=Unknown("services", "cut off"))),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case: Case) -> None:
    case.assert_status()


def test_the_plain_port_serves_folders_too() -> None:
    facts = sound_host(roots(), setting("plain", document_roots=("/etc/ssl",)))
    assert {finding.subject for finding in verdict(ROOT, facts).findings} == {KEY, SET["key"]}


def test_a_key_file_is_no_public_file() -> None:
    found = verdict(PUBLIC, sound_host(stat(KEY, 0o444), holding(KEY, held=True)))
    assert KEY not in {result.subject for result in found.subjects}
