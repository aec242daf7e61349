"""What a name's ports and addresses answer, held against each other."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from tests.checks import certificates
from tests.checks.cases import CONFORMS, NOT_APPLICABLE, UNKNOWN, VIOLATES, Case, verdict
from tests.checks.certificates import NAMES, NOW
from tests.checks.edits import declared, only_endpoint, setting
from tests.checks.hosts import COMBINED, KEY, sound_endpoint, sound_host
from tlsfleet.facts import Certificate, EndpointFacts, HostFacts, Malformed, ServedChain, Unknown
from tlsfleet.verdict import Level

SAME, FAMILIES = "consistency.same-certificate-everywhere", "consistency.address-families-agree"
SILENT = Unknown("443", "it fell silent")
SIX = "2001:db8::10"
OTHER, ELSEWHERE = certificates.leaf(), certificates.leaf(names=("mail.example.net",))
RSA = certificates.leaf(key=("rsa", "rsa-2048"))
BAD = Malformed("certificate", "it does not parse")
SOUND, SOUND_LEAF = sound_endpoint(), certificates.sound_leaf()


def chains(*firsts: Certificate | Malformed) -> tuple[ServedChain, ...]:
    rest = certificates.chain()[1:]
    return tuple(ServedChain("ECDSA", (first, *rest)) for first in firsts)


def mail(*firsts: Certificate | Malformed, **changes: Any) -> EndpointFacts:
    """The mail server's endpoint with these certificates."""
    served = {"chains": chains(*firsts)} if firsts else {}
    return sound_endpoint(**{"port": 587, "starttls": "smtp", **served, **changes})


def beside(*others: EndpointFacts | Unknown) -> HostFacts:
    """The web server, and other endpoints."""
    return sound_host(only_endpoint(SOUND, *others))


def six(**changes: Any) -> HostFacts:
    """The web server over IPv4, and over IPv6 with changes."""
    return beside(sound_endpoint(address=SIX, **changes))


def silent(**changes: Any) -> EndpointFacts:
    return EndpointFacts(sound_endpoint(**changes).endpoint, failure=SILENT)


def refusing(**changes: Any) -> EndpointFacts:
    own = sound_endpoint(**changes)
    return EndpointFacts(own.endpoint, SILENT, refused=True, protocols=dict.fromkeys(own.protocols, False))


UNTOLD: dict[str, dict[str, Any]] = {
    "a version": {"protocols": {**SOUND.protocols, "SSLv3": SILENT}},
    "a version's suites": {"cipher_suites": {**SOUND.cipher_suites, "TLSv1.2": SILENT}},
    "the groups": {"groups": SILENT},
    "the chains": {"chains": SILENT},
}
CASES = [
    Case(SAME, "one certificate", CONFORMS, sound_host),
    Case(SAME, "one for each type of key", CONFORMS, lambda: beside(mail(RSA))),
    Case(SAME, "both types at one port", CONFORMS, lambda: beside(mail(certificates.sound_leaf(), RSA))),
    Case(
        SAME,
        "another certificate",
        VIOLATES,
        lambda: beside(mail(OTHER)),
        f"postconf -e 'smtpd_tls_chain_files = {KEY}, {COMBINED}' && postfix reload; see: openssl s_client -connect "
        "192.0.2.10:587 -starttls smtp",
    ),
    Case(
        SAME,
        "another one, nobody knows of what service",
        VIOLATES,
        lambda: sound_host(declared(shell=False), only_endpoint(SOUND, mail(OTHER))),
        "mend: reload the service; if it stays, name the files there that 192.0.2.10:443 has",
    ),
    Case(SAME, "two at one port, and one of them elsewhere", VIOLATES, lambda: beside(mail(OTHER, SOUND_LEAF))),
    Case(SAME, "over IPv6 another", VIOLATES, lambda: six(chains=chains(OTHER)), "[2001:db8::10]:443"),
    Case(
        SAME,
        "a certificate for other names beside",
        CONFORMS,
        lambda: beside(mail(), mail(ELSEWHERE, port=25)),
        "beside those whose certificate is for other names: 192.0.2.10:25/smtp@www.example.org",
    ),
    Case(SAME, "certificates for other names alone", NOT_APPLICABLE, lambda: beside(mail(ELSEWHERE)), "no two"),
    Case(SAME, "one port", NOT_APPLICABLE, beside),
    Case(SAME, "no name", NOT_APPLICABLE, lambda: sound_host(only_endpoint(sound_endpoint(server_name=None)))),
    Case(SAME, "a chain cannot be told", UNKNOWN, lambda: beside(mail(chains=SILENT)), "fell silent"),
    Case(SAME, "a certificate that does not parse", UNKNOWN, lambda: beside(mail(BAD)), "does not parse"),
    Case(SAME, "no certificate", UNKNOWN, lambda: beside(mail(chains=(ServedChain("ECDSA", ()),))), "no certificate"),
    Case(
        SAME,
        "not every certificate may have been seen",
        UNKNOWN,
        lambda: beside(mail(cipher_suites={"TLSv1.2": SILENT, "TLSv1.3": ()})),
        "TLSv1.2",
    ),
    Case(SAME, "a port that does not answer", UNKNOWN, lambda: beside(mail(), silent(port=465))),
    Case(SAME, "an address that is not known", UNKNOWN, lambda: beside(mail(), SILENT)),
    Case(
        SAME,
        "one does not answer, another differs",
        VIOLATES,
        lambda: beside(mail(OTHER), silent(port=465)),
        "fell silent",
    ),
    Case(FAMILIES, "alike", CONFORMS, six),
    Case(FAMILIES, "one family", NOT_APPLICABLE, sound_host, "it was examined over IPv4 alone"),
    Case(FAMILIES, "no name", NOT_APPLICABLE, lambda: sound_host(only_endpoint(sound_endpoint(server_name=None)))),
    Case(FAMILIES, "other ports", NOT_APPLICABLE, lambda: six(port=8443)),
    Case(
        FAMILIES,
        "TLS 1.0 over IPv6",
        VIOLATES,
        lambda: six(protocols={**SOUND.protocols, "TLSv1.0": True}),
        "-connect '[2001:db8::10]:443' -servername www.example.org -tls1 -cipher ALL:@SECLEVEL=0 </dev/null",
    ),
    Case(
        FAMILIES,
        "a suite over IPv6",
        VIOLATES,
        lambda: six(cipher_suites={**SOUND.cipher_suites, "TLSv1.2": ("TLS_RSA_WITH_AES_128_CBC_SHA",)}),
        '-connect 192.0.2.10:443 -servername www.example.org -tls1_2 -cipher "$(openssl ciphers -stdname',
    ),
    Case(FAMILIES, "a group", VIOLATES, lambda: six(groups=("x25519",)), "x448 over IPv4 alone"),
    Case(FAMILIES, "a certificate", VIOLATES, lambda: six(chains=chains(OTHER)), "certificates: www.example.org until"),
    Case(
        FAMILIES,
        "another chain of the same certificate",
        VIOLATES,
        lambda: six(chains=(ServedChain("ECDSA", certificates.chain()[:1]),)),
    ),
    Case(
        FAMILIES,
        "of two addresses one",
        VIOLATES,
        lambda: beside(
            sound_endpoint(address="192.0.2.11", groups=("x25519",)), sound_endpoint(address=SIX, groups=("x25519",))
        ),
    ),
    Case(
        FAMILIES,
        "each alone has what the others have together",
        VIOLATES,
        lambda: sound_host(
            only_endpoint(
                sound_endpoint(groups=("x25519",)),
                sound_endpoint(address="192.0.2.11", groups=("x448",)),
                sound_endpoint(address=SIX, groups=("x25519", "x448")),
            )
        ),
        "groups: not alike on all addresses",
    ),
    Case(
        FAMILIES,
        "two addresses of each differ alike",
        CONFORMS,
        lambda: beside(
            *(sound_endpoint(address=at, groups=("x25519",)) for at in ("192.0.2.11", "2001:db8::11")),
            sound_endpoint(address=SIX),
        ),
    ),
    Case(FAMILIES, "refused over IPv6", VIOLATES, lambda: beside(refusing(address=SIX)), "TLSv1.2: spoken over IPv4"),
    Case(FAMILIES, "nothing over IPv6", UNKNOWN, lambda: beside(silent(address=SIX)), "fell silent"),
    Case(FAMILIES, "an address that is not known", UNKNOWN, lambda: beside(SILENT)),
    *(
        Case(FAMILIES, f"{name} cannot be told", UNKNOWN, partial(six, **changes), "fell silent")
        for name, changes in UNTOLD.items()
    ),
    Case(FAMILIES, "a chain does not parse", UNKNOWN, lambda: six(chains=chains(BAD)), "does not parse"),
    Case(FAMILIES, "nothing was tried", UNKNOWN, lambda: six(protocols={}), "not tried"),
    Case(
        FAMILIES,
        "one cannot be told, another differs",
        VIOLATES,
        lambda: six(groups=SILENT, protocols={**SOUND.protocols, "TLSv1.0": True}),
        "groups: it fell silent",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case: Case) -> None:
    case.assert_status()


def test_the_newest_is_what_is_expected_else_what_most_serve() -> None:
    old = certificates.leaf(not_before=NOW - timedelta(days=60))
    for odd, others in ((SOUND_LEAF, OTHER), (old, SOUND_LEAF)):
        ends = sound_endpoint(chains=chains(odd)), mail(others), mail(others, port=465)
        (finding,) = verdict(SAME, sound_host(only_endpoint(*ends))).findings
        assert finding.observed.endswith("at 192.0.2.10:443@www.example.org")
    ends = sound_endpoint(), mail(old), mail(old, port=465)
    (finding,) = verdict(SAME, sound_host(only_endpoint(*ends))).findings
    assert finding.observed.endswith("192.0.2.10:587/smtp@www.example.org, 192.0.2.10:465/smtp@www.example.org")


@pytest.mark.parametrize(
    ("web", "other", "level"), [("local", "mandatory", "MAY"), ("mandatory", "local", "MAY"), ("local", "local", "MAY")]
)
def test_what_others_do_not_reach_is_recommended(web: str, other: str, level: str) -> None:
    ends = sound_endpoint(endpoint_class=web), mail(OTHER, endpoint_class=other)
    assert verdict(SAME, sound_host(only_endpoint(*ends))).level is Level(level)


def test_local_addresses_are_held_against_each_other() -> None:
    local = [
        sound_endpoint(address=at, endpoint_class="local", groups=groups)
        for at, groups in (("127.0.0.1", ("x25519",)), ("::1", ()))
    ]
    found = verdict(FAMILIES, beside(sound_endpoint(address=SIX), *local))
    assert [(item.subject, found.level) for item in found.findings] == [("443@www.example.org!local", Level.MAY)]


def test_names_that_are_answered_alike_are_told_once() -> None:
    ends = [sound_endpoint(address=at, server_name=name) for name in NAMES for at in ("192.0.2.10", SIX)]
    found = verdict(FAMILIES, sound_host(only_endpoint(*ends)))
    assert [each.subject for each in found.subjects] == [f"443@{NAMES[0]}"]
    ends[-1] = sound_endpoint(address=SIX, server_name=NAMES[1], groups=())
    found = verdict(FAMILIES, sound_host(only_endpoint(*ends)))
    assert [item.subject for item in found.findings] == [f"443@{NAMES[1]}"]


def test_a_name_that_no_certificate_is_for_does_not_hide_another() -> None:
    ends = [each(server_name=name) for name in ("mail.example.org", NAMES[0]) for each in (_web, _mail)]
    found = verdict(SAME, sound_host(only_endpoint(*ends)))
    assert [item.subject for item in found.findings] == [NAMES[0]]


def _web(**changes: Any) -> EndpointFacts:
    return sound_endpoint(**changes)


def _mail(**changes: Any) -> EndpointFacts:
    return mail(OTHER, **changes)


def test_the_places_are_those_of_the_configuration() -> None:
    found = verdict(SAME, beside(mail(), mail(port=465), mail(port=25)))
    assert found.status is CONFORMS
    odd = sound_host(only_endpoint(sound_endpoint(chains=chains(OTHER)), mail(), mail(port=465)), setting())
    (finding,) = verdict(SAME, odd).findings
    assert finding.where == "/etc/nginx/sites-enabled/example:10"
