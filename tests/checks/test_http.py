"""The redirect on port 80, and HSTS."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.http import _weakness
from tests.checks.cases import CONFORMS, NOT_APPLICABLE, UNKNOWN, VIOLATES, Case, verdict
from tests.checks.edits import declared, endpoints, only_endpoint
from tests.checks.hosts import SITE, sound_endpoint, sound_host
from tlsfleet.facts import NOT_EXAMINED, EndpointFacts, HostFacts, Http, Inapplicable, Unknown
from tlsfleet.verdict import Level

SILENT = Unknown("443", "it fell silent")
REDIRECT, HSTS = "http.redirect", "http.strict-transport-security"
CHECKS = (REDIRECT, HSTS)
POLICY = 15552000


def port_80(status: int, location: str | None = None) -> HostFacts:
    """A host that answers so on port 80."""
    return sound_host(endpoints(redirect=Http(status, location, None)))


def hsts(header: str | None, status: int = 200) -> HostFacts:
    """A host that answers so on port 443."""
    return sound_host(endpoints(http=Http(status, None, header)))


def only(**changes: object) -> HostFacts:
    return sound_host(only_endpoint(sound_endpoint(**changes)))


CASES = [
    *(Case(check, "a sound web server", CONFORMS, sound_host) for check in CHECKS),
    *(Case(check, "no web server", NOT_APPLICABLE, lambda: only(port=465, http=None, alpn=())) for check in CHECKS),
    *(Case(check, "no endpoints", NOT_APPLICABLE, lambda: sound_host(endpoints=())) for check in CHECKS),
    *(Case(check, "the wire is off", NOT_APPLICABLE, lambda: sound_host(declared(wire=False))) for check in CHECKS),
    *(Case(check, "nothing examined", UNKNOWN, lambda: sound_host(endpoints=NOT_EXAMINED)) for check in CHECKS),
    *(
        Case(check, "it may be a web server", UNKNOWN, lambda: only(port=4430, http=None, alpn=SILENT))
        for check in CHECKS
    ),
    *(
        Case(
            check,
            "an endpoint that does not answer",
            UNKNOWN,
            lambda: sound_host(only_endpoint(EndpointFacts(sound_endpoint().endpoint, failure=SILENT))),
        )
        for check in CHECKS
    ),
    *(
        Case(REDIRECT, f"{status} to {location}", CONFORMS, lambda s=status, to=location: port_80(s, to))  # type: ignore[misc]
        for status, location in (
            (301, "https://www.example.org/"),
            (302, "HTTPS://elsewhere.example.net"),
            (308, "https://www.example.org:8443/x"),
        )
    ),
    *(
        Case(REDIRECT, f"{status} to {location}", VIOLATES, lambda s=status, to=location: port_80(s, to), says)  # type: ignore[misc]
        for status, location, says in (
            (200, None, "status 200"),
            (404, None, "status 404"),
            (301, "http://www.example.org/", "301 to http://www.example.org/"),
            (301, "/index.html", "301 to /index.html"),
            (301, "//www.example.org/", "301 to //www"),
            (302, None, "302 to nowhere"),
            (302, "https:///", "302 to https:///"),
            (200, "https://www.example.org/", "status 200"),
        )
    ),
    Case(
        REDIRECT,
        "nothing listens there",
        NOT_APPLICABLE,
        lambda: sound_host(endpoints(redirect=Inapplicable("nothing listens on port 80"))),
    ),
    Case(REDIRECT, "it cannot be told", UNKNOWN, lambda: sound_host(endpoints(redirect=SILENT)), "fell silent"),
    Case(REDIRECT, "another port than 443", NOT_APPLICABLE, lambda: only(port=8443, redirect=None)),
    Case(REDIRECT, "the address alone", VIOLATES, lambda: only(server_name=None, redirect=Http(200, None, None))),
    *(
        Case(HSTS, str(header), CONFORMS, lambda header=header: hsts(header))  # type: ignore[misc]
        for header in (
            "max-age=15552000",
            'Max-Age="31536000"; includeSubDomains; preload',
            "; includesubdomains ;; MAX-AGE = 63072000 ;",
            'x="a;max-age=1\\""; max-age=15552000',
            f"max-age={'9' * 5000}",
        )
    ),
    *(
        Case(HSTS, str(header), VIOLATES, lambda header=header: hsts(header), says)  # type: ignore[misc]
        for header, says in (
            (None, "no Strict-Transport-Security"),
            ("max-age=15551999", "max-age=15551999"),
            ("max-age=000", "max-age=0, which ends the policy"),
            ("", "have to ignore"),
            ("includeSubDomains", "have to ignore"),
            ("max-age", "have to ignore"),
            ("max-age=-1", "have to ignore"),
            ("max-age=٣١٥٣٦٠٠٠", "have to ignore"),
            ("max-age=31536000, max-age=31536000", "have to ignore"),
            ("max-age=31536000; Max-Age=31536000", "have to ignore"),
            ("max-age=31536000; preload; preload", "have to ignore"),
            ('max-age="31536000', "have to ignore"),
        )
    ),
    Case(HSTS, "errors without it", VIOLATES, lambda: hsts(None, 404), "HTTP 404"),
    Case(HSTS, "redirects without it", VIOLATES, lambda: hsts(None, 301), "HTTP 301"),
    Case(HSTS, "an address has none", NOT_APPLICABLE, lambda: only(server_name=None, http=Http(200, None, None))),
    Case(HSTS, "it cannot be told", UNKNOWN, lambda: sound_host(endpoints(http=SILENT)), "fell silent"),
    Case(HSTS, "8443 too", VIOLATES, lambda: only(port=8443, http=Http(200, None, None))),
    Case(
        HSTS, "a year asked for", VIOLATES, lambda: hsts("max-age=15552000"), parameters=(("hsts_seconds", 31536000),)
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case: Case) -> None:
    case.assert_status()


def test_an_endpoint_that_does_not_come_to_starttls_is_no_web_server() -> None:
    mail = sound_endpoint(port=25, starttls="smtp").endpoint
    facts = sound_host(only_endpoint(sound_endpoint(), EndpointFacts(mail, failure=SILENT)))
    assert [verdict(check, facts).status for check in CHECKS] == [CONFORMS, CONFORMS]


def test_what_the_address_answers_on_port_80_does_not_count_beside_names() -> None:
    nameless = sound_endpoint(server_name=None, redirect=Http(404, None, None))
    found = verdict(REDIRECT, sound_host(only_endpoint(sound_endpoint(), nameless)))
    assert found.status is CONFORMS
    assert found.subjects[1].status is NOT_APPLICABLE


@pytest.mark.parametrize("check", CHECKS)
def test_what_only_the_host_itself_reaches_is_recommended(check: str) -> None:
    bad = Http(200, None, None)
    facts = sound_host(only_endpoint(sound_endpoint(endpoint_class="local", http=bad, redirect=bad)))
    assert verdict(check, facts).level is Level.MAY


def test_the_place_is_that_of_the_configuration_of_port_80() -> None:
    (finding, *_) = verdict(REDIRECT, port_80(200)).findings
    assert finding.where == f"{SITE}:1"
    assert "return 301 https://$host$request_uri;" in finding.remedy
    assert finding.reproduce.endswith("http://www.example.org:80/ --resolve www.example.org:80:192.0.2.10")
    (elsewhere, *_) = verdict(REDIRECT, sound_host(endpoints(redirect=Http(200, None, None)), services=())).findings
    assert elsewhere.where == "192.0.2.10:80"


def test_the_remedy_of_hsts_is_nginx_own() -> None:
    (finding, *_) = verdict(HSTS, hsts(None)).findings
    assert 'add_header Strict-Transport-Security "max-age=15552000" always;' in finding.remedy
    assert "CIS NGINX 4.1.8" in finding.tags


@given(st.text())
def test_any_header_is_judged(header: str) -> None:
    assert isinstance(_weakness(header, POLICY), str)


@given(st.integers(min_value=0, max_value=10**30), st.sampled_from(["{}", '"{}"', "{:012}"]))
def test_a_max_age_counts_as_the_number_that_it_is(seconds: int, form: str) -> None:
    written = form.format(seconds)
    assert bool(_weakness(f"max-age={written}", POLICY)) == (seconds < POLICY)
