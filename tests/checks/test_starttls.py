"""What is said and done before TLS."""

from dataclasses import replace
from typing import Any

import pytest

from tests.checks.cases import CONFORMS, NOT_APPLICABLE, UNKNOWN, VIOLATES, Case, verdict
from tests.checks.edits import declared, only_endpoint
from tests.checks.hosts import sound_endpoint, sound_host
from tlsfleet.facts import EndpointFacts, HostFacts, Inapplicable, Listener, Preface, Unknown
from tlsfleet.verdict import Level

SILENT = Unknown("25", "it fell silent")
NOT_OFFERED = Unknown("25", "STARTTLS is not offered")
SOUND = Preface(offered=True, mechanisms=(), injection=False)


def mail(port: int = 587, starttls: str = "smtp", endpoint_class: str = "mandatory", **said: Any) -> EndpointFacts:
    """A mail server that came to TLS, and what it said before."""
    preface = replace(SOUND, **said)
    return sound_endpoint(port=port, starttls=starttls, endpoint_class=endpoint_class, preface=preface)


def bare(port: int = 25, endpoint_class: str = "opportunistic", **said: Any) -> EndpointFacts:
    """A mail server that offers no STARTTLS."""
    endpoint = mail(port, endpoint_class=endpoint_class).endpoint
    return EndpointFacts(endpoint, failure=NOT_OFFERED, preface=replace(Preface(offered=False), **said))


def on(*found: EndpointFacts | Unknown, **parts: Any) -> HostFacts:
    return sound_host(only_endpoint(*found), **parts)


CHECKS = ("starttls.offered", "starttls.no-cleartext-login", "starttls.no-command-injection")
OFFERED, LOGIN, INJECTION = CHECKS
CASES = [
    *(Case(check, "a sound mail server", CONFORMS, lambda: on(mail())) for check in CHECKS),
    *(Case(check, "TLS at once", NOT_APPLICABLE, lambda: on(sound_endpoint())) for check in CHECKS),
    *(Case(check, "no endpoints", NOT_APPLICABLE, lambda: sound_host(endpoints=())) for check in CHECKS),
    *(Case(check, "the wire is off", NOT_APPLICABLE, lambda: sound_host(declared(wire=False))) for check in CHECKS),
    *(Case(check, "no address", UNKNOWN, lambda: on(Unknown("mail:25", "not known")), "not known") for check in CHECKS),
    *(
        Case(
            check,
            "nobody looked before TLS",
            UNKNOWN,
            lambda: on(EndpointFacts(mail().endpoint, failure=SILENT)),
            "fell silent",
        )
        for check in CHECKS
    ),
    *(
        Case(
            check,
            "nothing was said",
            UNKNOWN,
            lambda: on(replace(bare(), preface=Preface(SILENT, mechanisms=SILENT), failure=SILENT)),
            "fell silent",
        )
        for check in CHECKS
    ),
    *(Case(check, "no preface", UNKNOWN, lambda: on(replace(mail(), preface=None)), "not looked") for check in CHECKS),
    Case(OFFERED, "25 without", VIOLATES, lambda: on(bare()), "openssl s_client -connect 192.0.2.10:25 -starttls smtp"),
    Case(OFFERED, "587 without", VIOLATES, lambda: on(bare(587, "mandatory")), "smtpd_tls_security_level = encrypt"),
    Case(OFFERED, "one of two without", VIOLATES, lambda: on(mail(), bare())),
    Case(
        OFFERED,
        "offered, then refused",
        UNKNOWN,
        lambda: on(replace(mail(), failure=Unknown("587", "STARTTLS was refused: '454 no'"))),
        "454 no",
    ),
    Case(LOGIN, "none that sends it", CONFORMS, lambda: on(mail(mechanisms=("SCRAM-SHA-256", "MD5", "EXTERNAL")))),
    *(
        Case(LOGIN, f"{name} before TLS", VIOLATES, lambda name=name: on(mail(mechanisms=("GSSAPI", name))), name)  # type: ignore[misc]
        for name in ("PLAIN", "LOGIN", "USER", "SIMPLE", "PASSWORD")
    ),
    Case(LOGIN, "on 25 too", VIOLATES, lambda: on(mail(25, endpoint_class="opportunistic", mechanisms=("PLAIN",)))),
    Case(LOGIN, "without any TLS", VIOLATES, lambda: on(bare(mechanisms=("LOGIN",))), "offers LOGIN"),
    Case(LOGIN, "on loopback", NOT_APPLICABLE, lambda: on(mail(endpoint_class="local", mechanisms=("PLAIN",)))),
    Case(LOGIN, "they cannot be told", UNKNOWN, lambda: on(mail(mechanisms=SILENT)), "fell silent"),
    Case(INJECTION, "a command survives", VIOLATES, lambda: on(mail(injection=True)), "CVE-2011-0411"),
    Case(INJECTION, "it cannot be told", UNKNOWN, lambda: on(mail(injection=SILENT)), "fell silent"),
    Case(INJECTION, "it has no sense", NOT_APPLICABLE, lambda: on(mail(injection=Inapplicable("so")))),
    Case(INJECTION, "no STARTTLS", NOT_APPLICABLE, lambda: on(bare())),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case: Case) -> None:
    case.assert_status()


def test_mail_between_servers_without_tls_is_no_recommendation() -> None:
    assert verdict(OFFERED, on(bare())).level is Level.MUST


def test_what_only_the_host_itself_reaches_is_recommended() -> None:
    assert verdict(OFFERED, on(bare(endpoint_class="local"))).level is Level.MAY
    assert verdict(INJECTION, on(mail(endpoint_class="local", injection=True))).level is Level.MAY


def test_names_that_are_answered_alike_are_judged_once() -> None:
    names = ("a.example.org", "b.example.org", None)
    found = [sound_endpoint(port=25, starttls="smtp", server_name=name, preface=SOUND) for name in names]
    assert len(verdict(OFFERED, on(*found)).subjects) == 1
    other = sound_endpoint(port=25, starttls="smtp", server_name="c.example.org", preface=Preface(offered=False))
    assert len(verdict(OFFERED, on(*found, other)).subjects) == 2


PROGRAMS = {
    ("smtp", 25, "master"): "postconf -e 'smtpd_tls_auth_only = yes' && postfix reload",
    ("imap", 143, "dovecot"): "disable_plaintext_auth = yes",
    ("xmpp-client", 5222, "lua5.4"): "allow_unencrypted_plain_auth = false",
    ("ldap", 389, "slapd"): "set cleartext login to none before TLS",
}


@pytest.mark.parametrize(("place", "remedy"), PROGRAMS.items(), ids=str)
def test_the_remedy_is_the_services_own(place: tuple[str, int, str], remedy: str) -> None:
    starttls, port, program = place
    listeners = (Listener("tcp", "0.0.0.0", port, program, 1),)
    (finding,) = verdict(LOGIN, on(mail(port, starttls, mechanisms=("PLAIN",)), listeners=listeners)).findings
    assert remedy in finding.remedy


SHOWN = {
    "smtp": r"printf 'EHLO [127.0.0.1]\r\n'; sleep 2) | nc 192.0.2.10 587",
    "imap": r"printf 'a1 CAPABILITY\r\n'",
    "xmpp-client": 'to="www.example.org" xmlns="jabber:client"',
    "ldap": "ldapsearch -x -D cn=tlsfleet -w none -H ldap://192.0.2.10:587",
    "postgres": "psql 'host=192.0.2.10 port=587 sslmode=disable",
}


@pytest.mark.parametrize(("starttls", "command"), SHOWN.items(), ids=str)
def test_a_command_shows_what_is_offered(starttls: str, command: str) -> None:
    (finding,) = verdict(LOGIN, on(mail(starttls=starttls, mechanisms=("PLAIN",)))).findings
    assert command in finding.reproduce
