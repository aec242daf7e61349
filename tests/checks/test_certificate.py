"""Cases of end-entity certificates: dates, names, subject, file."""

from dataclasses import replace
from datetime import datetime, timedelta
from ipaddress import ip_address

import pytest
from cryptography import x509

from tests.checks.cases import CONFORMS, NOT_APPLICABLE, UNKNOWN, VIOLATES, Case
from tests.checks.certificates import NOW, leaf
from tests.checks.edits import (
    block,
    declared,
    folder_stat,
    folder_unknown,
    mail,
    mail_serving,
    only_endpoint,
    stat,
    with_file,
    with_leaf,
    without_set,
    without_shell,
)
from tests.checks.hosts import COMBINED, LOCALCERTS, PUBLIC, SET, Edit, sound_endpoint, sound_host
from tests.checks.public import POLICY, STAMPS, broken, unreadable
from tlsfleet.crypto.host_names import covers
from tlsfleet.facts import Absent, FileFacts, HostFacts, Unknown

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
PERMISSIONS, EXPIRED = "certificate.file-permissions", "certificate.not-expired"
DUE, OVERDUE, LIFETIME = "certificate.renewal-due", "certificate.renewal-overdue", "certificate.lifetime"
NAMES, COMMON, SUBJECT = "certificate.covers-names", "certificate.common-name", "certificate.subject"
LIVE = "/etc/letsencrypt/live/www.example.org/fullchain.pem"
LOCALITY = (("C", "US"), ("ST", "Massachusetts"), ("L", "Cambridge"), ("O", "Example"), ("CN", "www.example.org"))


def with_one(*edits: Edit, **changes: object) -> HostFacts:
    """The sound host with another certificate."""
    return sound_host(with_leaf(leaf(**changes)), *edits)  # type: ignore[arg-type]  # any field may be overridden


def lasting(days: float, left: float) -> HostFacts:
    """A certificate that lasts some days, of which some are left."""
    end = NOW + left * DAY
    return with_one(not_before=end - days * DAY, not_after=end)


def public(start: datetime, length: timedelta, *extensions: x509.ExtensionType) -> HostFacts:
    held = tuple((extension, False) for extension in extensions or (POLICY,))
    return with_one(not_before=start, not_after=start + length, extensions=held)


def asked(*names: str) -> Edit:
    return declared(names=names)


def served(*names: str) -> Edit:
    return block(server_names=names)


def at_mail(**changes: object) -> HostFacts:
    """The sound host whose mail server, of which no config is read, serves another certificate."""
    return sound_host(mail_serving(leaf(**changes)))  # type: ignore[arg-type]  # any field may be overridden


def folder_link(facts: HostFacts) -> HostFacts:
    """A link, whose mode says nothing, on the way to the certificate."""
    file = facts.file(COMBINED)
    assert isinstance(file, FileFacts)
    link = file.parents[-1]
    assert not isinstance(link, Unknown)
    link = replace(link, path="/etc/link", stat=replace(link.stat, kind="link", mode=0o777))
    return with_file(replace(file, parents=(*file.parents, link)))(facts)


NOBODY = asked()
UNNAMED = only_endpoint(sound_endpoint(server_name=None))
DENIED = with_file(Unknown(COMBINED, "permission denied"))
SILENT = Unknown("587", "it fell silent")
SPRING = datetime.fromisoformat("2026-04-01T00:00:00+00:00")
WINTER = datetime.fromisoformat("2026-01-31T00:00:00+00:00")

CASES = [
    Case(PERMISSIONS, "0444", CONFORMS, sound_host),
    Case(PERMISSIONS, "group-writable", VIOLATES, lambda: sound_host(stat(COMBINED, 0o664)), f"chmod go-w {COMBINED}"),
    Case(PERMISSIONS, "a folder writable by all", VIOLATES, lambda: sound_host(folder_stat(PUBLIC, 0o777)), PUBLIC),
    Case(PERMISSIONS, "a sticky folder", CONFORMS, lambda: sound_host(folder_stat(PUBLIC, 0o1777))),
    Case(PERMISSIONS, "a link on the way", CONFORMS, lambda: sound_host(folder_link)),
    Case(PERMISSIONS, "a folder unknown", UNKNOWN, lambda: sound_host(folder_unknown(LOCALCERTS))),
    Case(PERMISSIONS, "unreadable", UNKNOWN, lambda: sound_host(DENIED)),
    Case(PERMISSIONS, "gone", UNKNOWN, lambda: sound_host(with_file(Absent(COMBINED)))),
    Case(PERMISSIONS, "0644", CONFORMS, lambda: sound_host(stat(COMBINED, 0o644))),
    Case(PERMISSIONS, "0644 in 2014", VIOLATES, lambda: sound_host(stat(COMBINED, 0o644)), "0444", "notes-2014"),
    Case(PERMISSIONS, "a set's in 2014", CONFORMS, lambda: sound_host(stat(SET["crt"], 0o400)), policy="notes-2014"),
    Case(PERMISSIONS, "no certificate", NOT_APPLICABLE, lambda: replace(sound_host(without_set), services=())),
    Case(EXPIRED, "in date", CONFORMS, sound_host),
    Case(EXPIRED, "in its last second", CONFORMS, lambda: lasting(90, 0)),
    Case(EXPIRED, "a second late", VIOLATES, lambda: with_one(not_after=NOW - SECOND), "expired on 2026-11-23 11:59"),
    Case(EXPIRED, "to come", VIOLATES, lambda: with_one(not_before=NOW + SECOND), "not valid before"),
    Case(EXPIRED, "certbot's", VIOLATES, lambda: certbots(not_after=NOW - DAY), "--cert-name www.example.org"),
    Case(
        EXPIRED,
        "served",
        VIOLATES,
        lambda: at_mail(not_after=NOW - DAY),
        "openssl s_client -connect 192.0.2.10:587 -starttls smtp -servername www.example.org -showcerts </dev/null "
        "| openssl x509 -noout -dates",
    ),
    Case(EXPIRED, "nobody knows what is served", UNKNOWN, lambda: sound_host(mail(chains=SILENT)), "fell silent"),
    Case(EXPIRED, "damaged", UNKNOWN, lambda: sound_host(broken(COMBINED))),
    Case(DUE, "80 days left", CONFORMS, sound_host),
    Case(DUE, "30 of 365 days left", VIOLATES, lambda: lasting(365, 30), "30 days left"),
    Case(DUE, "31 of 365 days left", CONFORMS, lambda: lasting(365, 31)),
    Case(DUE, "22 of 90 days left", VIOLATES, lambda: lasting(90, 22), "more than 22 days"),
    Case(DUE, "23 of 90 days left", CONFORMS, lambda: lasting(90, 23)),
    Case(DUE, "36 hours of 6 days left", VIOLATES, lambda: lasting(6, 1.5), "36 hours left"),
    Case(DUE, "damaged", UNKNOWN, lambda: sound_host(broken(COMBINED))),
    Case(DUE, "served", VIOLATES, lambda: at_mail(not_after=NOW + 3 * DAY), "3 days left"),
    Case(OVERDUE, "served", VIOLATES, lambda: at_mail(not_after=NOW + DAY), "24 hours left"),
    Case(OVERDUE, "20 of 90 days left", CONFORMS, lambda: lasting(90, 20)),
    Case(OVERDUE, "7 of 90 days left", VIOLATES, lambda: lasting(90, 7), "7 days left"),
    Case(OVERDUE, "2 of 6 days left", CONFORMS, lambda: lasting(6, 2)),
    Case(OVERDUE, "18 hours of 6 days left", VIOLATES, lambda: lasting(6, 0.75), "18 hours left"),
    Case(OVERDUE, "expired", VIOLATES, lambda: lasting(90, -3), "0 hours left"),
    Case(OVERDUE, "damaged", UNKNOWN, lambda: sound_host(broken(COMBINED))),
    Case(LIFETIME, "a private one's 825 days", CONFORMS, lambda: lasting(825, 800)),
    Case(LIFETIME, "a private one's 826 days", VIOLATES, lambda: lasting(826, 800), "826 days, from a private CA"),
    Case(LIFETIME, "a private one's 800 days in 2014", VIOLATES, lambda: lasting(800, 9), "729", "notes-2014"),
    Case(LIFETIME, "200 days to the second", CONFORMS, lambda: public(SPRING, 200 * DAY - SECOND)),
    Case(LIFETIME, "200 days and a second", VIOLATES, lambda: public(SPRING, 200 * DAY), "200 days at most"),
    Case(LIFETIME, "398 days before", CONFORMS, lambda: public(WINTER, 398 * DAY - SECOND)),
    Case(LIFETIME, "399 days before", VIOLATES, lambda: public(WINTER, 399 * DAY), "from a public CA"),
    Case(LIFETIME, "public by its SCTs", VIOLATES, lambda: public(SPRING, 300 * DAY, STAMPS), "from a public CA"),
    Case(LIFETIME, "before any limit", NOT_APPLICABLE, lambda: public(SPRING - 5000 * DAY, 9000 * DAY)),
    Case(LIFETIME, "unreadable extensions", UNKNOWN, lambda: sound_host(with_leaf(unreadable())), "extensions"),
    Case(LIFETIME, "served", VIOLATES, lambda: at_mail(not_before=NOW - 800 * DAY), "880 days"),
    Case(NAMES, "served", VIOLATES, lambda: at_mail(names=("example.org",)), "www.example.org is not covered"),
    Case(
        NAMES,
        "asked for, in no configuration",
        VIOLATES,
        lambda: sound_host(only_endpoint(sound_endpoint(server_name="mail.example.org"))),
        f"-in {COMBINED}",
    ),
    Case(NAMES, "no name asked for", VIOLATES, lambda: sound_host(asked("a.example.org"), UNNAMED, without_shell)),
    Case(
        NAMES, "the name asked for alone", CONFORMS, lambda: sound_host(asked("a.example.org"), mail(), without_shell)
    ),
    Case(NAMES, "all", CONFORMS, sound_host),
    Case(NAMES, "one missing", VIOLATES, lambda: with_one(names=("www.example.org",)), "example.org is not covered"),
    Case(NAMES, "a declared one missing", VIOLATES, lambda: sound_host(asked("a.example.org")), "a.example.org"),
    Case(NAMES, "a served one missing", VIOLATES, lambda: sound_host(served("b.example.org")), "sites-enabled"),
    Case(NAMES, "in other letters", CONFORMS, lambda: sound_host(asked("WWW.Example.ORG."), served())),
    Case(NAMES, "patterns", CONFORMS, lambda: sound_host(served("_", "localhost", "", "*.x.org", "~^a", ".b.org"))),
    Case(NAMES, "a wildcard", CONFORMS, lambda: with_one(NOBODY, served("a.example.org"), names=("*.example.org",))),
    Case(NAMES, "two labels", VIOLATES, lambda: with_one(NOBODY, served("a.b.example.org"), names=("*.example.org",))),
    Case(NAMES, "no SAN", VIOLATES, lambda: with_one(names=()), "no subjectAltName"),
    Case(NAMES, "no names", NOT_APPLICABLE, lambda: sound_host(NOBODY, served(), UNNAMED)),
    Case(NAMES, "unreadable", UNKNOWN, lambda: sound_host(with_leaf(unreadable()))),
    Case(COMMON, "in the SAN", CONFORMS, sound_host),
    Case(COMMON, "none", CONFORMS, lambda: with_one(subject=())),
    Case(COMMON, "elsewhere", VIOLATES, lambda: with_one(subject=(("CN", "a.example.org"),)), "not in the subj"),
    Case(COMMON, "short", VIOLATES, lambda: with_one(subject=(("CN", "www"),), names=("www",)), "CN = www"),
    Case(COMMON, "by a wildcard only", VIOLATES, lambda: with_one(names=("*.example.org",)), "not in the subj"),
    Case(
        COMMON,
        "an address",
        CONFORMS,
        lambda: with_one(subject=(("CN", "192.0.2.1"),), names=(x509.IPAddress(ip_address("192.0.2.1")),)),
    ),
    Case(COMMON, "unreadable", UNKNOWN, lambda: sound_host(with_leaf(unreadable()))),
    Case(COMMON, "served", VIOLATES, lambda: at_mail(subject=(("CN", "www"),)), "CN = www"),
    Case(SUBJECT, "served", VIOLATES, lambda: at_mail(subject=(("OU", "Web"),)), "OU=Web"),
    Case(SUBJECT, "a name alone", CONFORMS, sound_host),
    Case(SUBJECT, "an organisation with its place", CONFORMS, lambda: with_one(subject=LOCALITY)),
    Case(SUBJECT, "a unit", VIOLATES, lambda: with_one(subject=(("OU", "Web"), ("CN", "www.example.org"))), "OU=Web"),
    Case(SUBJECT, "an organisation without place", VIOLATES, lambda: with_one(subject=LOCALITY[3:]), "without country"),
    Case(SUBJECT, "a place without organisation", VIOLATES, lambda: with_one(subject=LOCALITY[:3]), "L=Cambridge"),
    Case(SUBJECT, "the profile of 2014", CONFORMS, lambda: with_one(subject=LOCALITY), policy="notes-2014"),
    Case(SUBJECT, "not that of 2014", VIOLATES, sound_host, "no C", "notes-2014"),
    Case(SUBJECT, "damaged", UNKNOWN, lambda: sound_host(broken(COMBINED))),
]


def certbots(**changes: object) -> HostFacts:
    def edit(facts: HostFacts) -> HostFacts:
        held = facts.certificate_file(LIVE)
        assert not isinstance(held, Absent | Unknown)
        other = replace(held, certificates=(leaf(**changes),))  # type: ignore[arg-type]  # any field may be overridden
        return replace(facts, certificates=(other,))

    return sound_host(without_set, edit)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case: Case) -> None:
    case.assert_status()


@pytest.mark.parametrize(
    ("held", "name", "covered"),
    [
        ("*.example.org", "a.example.org", True),
        ("*.example.org", "example.org", False),
        ("*.example.org", "a.b.example.org", False),
        ("a*.example.org", "ab.example.org", False),
        ("*.*.example.org", "a.b.example.org", False),
        ("*.org", "example.org", False),
        ("*", "example", False),
        ("xn--mnchen-3ya.example.org", "münchen.example.org", True),
        ("xn--strae-oqa.example.org", "straße.example.org", True),
        ("www.example.org.", "www.example.org", True),
        ("192.0.2.1", "192.0.2.1", False),
        ("*.0.2.1", "192.0.2.1", False),
    ],
)
def test_a_dns_name_covers(held: str, name: str, covered: bool) -> None:
    assert covers((held,), (), name) is covered


def test_an_address_covers_itself() -> None:
    assert covers((), (ip_address("2001:db8::1"),), "[2001:DB8:0::1]")
    assert not covers((), (ip_address("192.0.2.1"),), "192.0.2.2")
