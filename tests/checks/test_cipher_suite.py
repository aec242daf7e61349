"""Cipher suites on the wire."""

from dataclasses import replace

import pytest

from tests.checks.cases import CONFORMS, NOT_APPLICABLE, UNKNOWN, VIOLATES, Case, shown, verdict
from tests.checks.edits import endpoints, only_endpoint, setting
from tests.checks.hosts import sound_endpoint, sound_host
from tlsfleet.facts import EndpointFacts, HostFacts, Inapplicable, Unknown
from tlsfleet.verdict import Level, Status

SILENT = Unknown("443", "it fell silent")
SOUND = sound_endpoint()
GCM = "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"
CBC = "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"
RC4, TRIPLE, NULL = "TLS_RSA_WITH_RC4_128_SHA", "TLS_RSA_WITH_3DES_EDE_CBC_SHA", "TLS_RSA_WITH_NULL_SHA256"
STATIC, ANONYMOUS = "TLS_RSA_WITH_AES_128_GCM_SHA256", "TLS_ECDH_anon_WITH_AES_128_CBC_SHA"
EXPORT, ANONYMOUS_RC4 = "TLS_RSA_EXPORT_WITH_RC4_40_MD5", "TLS_DH_anon_WITH_RC4_128_MD5"
PSK = "TLS_PSK_WITH_AES_128_GCM_SHA256"
NEW = "TLS_NOBODY_KNOWS_IT"
NO_CHOICE = Inapplicable("it has no two suites of this version to choose from")


def offering(*names: str, order: bool | Unknown = True) -> EndpointFacts:
    """443 with these suites of TLS 1.2 beside its own."""
    mine = SOUND.cipher_suites["TLSv1.2"]
    assert isinstance(mine, tuple)
    suites = {**SOUND.cipher_suites, "TLSv1.2": (*mine, *names)}
    return sound_endpoint(cipher_suites=suites, server_order={"TLSv1.2": order, "TLSv1.3": order})


def host(facts: EndpointFacts) -> HostFacts:
    return sound_host(only_endpoint(facts))


def mail(facts: EndpointFacts) -> HostFacts:
    """The same on port 25, where a peer that cannot do better would fall back to plaintext."""
    endpoint = replace(facts.endpoint, port=25, starttls="smtp", endpoint_class="opportunistic")
    return host(replace(facts, endpoint=endpoint))


def untold_suites() -> HostFacts:
    return sound_host(endpoints(cipher_suites={**SOUND.cipher_suites, "TLSv1.2": SILENT}))


def untold_version() -> HostFacts:
    return sound_host(endpoints(protocols={**SOUND.protocols, "TLSv1.0": SILENT}))


def alone(*names: str) -> HostFacts:
    """TLS 1.2 alone, with these suites."""
    protocols = {name: name == "TLSv1.2" for name in SOUND.protocols}
    return sound_host(endpoints(protocols=protocols, cipher_suites={"TLSv1.2": names}))


def ids(check: str) -> list[Case]:
    """The cases that all checks of suites share."""
    return [
        Case(check, "modern suites", CONFORMS, sound_host),
        Case(check, "no endpoint", NOT_APPLICABLE, lambda: sound_host(endpoints=())),
    ]


CASES = [
    *(
        case
        for name in ("only-allowed", "server-preference", "forward-secrecy", "aead")
        for case in ids(f"cipher-suite.{name}")
    ),
    *(
        Case(f"cipher-suite.{check}", f"{name} cannot be told", UNKNOWN, facts, "fell silent")
        for check in ("only-allowed", "server-preference", "forward-secrecy")
        for name, facts in (("suites", untold_suites), ("a version", untold_version))
    ),
    Case("cipher-suite.aead", "suites cannot be told", UNKNOWN, untold_suites, "fell silent"),
    Case("cipher-suite.aead", "CBC below TLS 1.2 is no matter", CONFORMS, lambda: host(older(CBC))),
    Case("cipher-suite.only-allowed", "CBC is allowed in notes", CONFORMS, lambda: host(offering(CBC))),
    Case("cipher-suite.only-allowed", "RC4", VIOLATES, lambda: host(offering(RC4)), "RC4 CVE-2013-2566"),
    Case("cipher-suite.only-allowed", "3DES", VIOLATES, lambda: host(offering(TRIPLE)), "SWEET32"),
    Case("cipher-suite.only-allowed", "NULL", VIOLATES, lambda: host(offering(NULL)), "sslscan --sni-name="),
    Case("cipher-suite.only-allowed", "export", VIOLATES, lambda: host(offering(EXPORT)), "FREAK"),
    Case(
        "cipher-suite.only-allowed",
        "anonymous",
        VIOLATES,
        lambda: host(offering(ANONYMOUS)),
        "no anon cipher suite",
    ),
    Case(
        "cipher-suite.only-allowed",
        "the configured string is mended",
        VIOLATES,
        lambda: host(offering(TRIPLE)),
        "ssl_ciphers ECDHE+AESGCM:!3DES;",
    ),
    Case("cipher-suite.only-allowed", "one that nobody knows", UNKNOWN, lambda: host(offering(NEW)), NEW),
    Case(
        "cipher-suite.only-allowed",
        "off the policy's list",
        VIOLATES,
        lambda: host(offering(CBC)),
        "none but the policy's list",
        parameters=(("cipher_suites", [*SOUND.cipher_suites["TLSv1.3"], *SOUND.cipher_suites["TLSv1.2"]]),),  # type: ignore[misc]  # both are told
    ),
    Case("cipher-suite.only-allowed", "none is listed", UNKNOWN, alone, "was not told"),
    Case("cipher-suite.required-offered", "modern suites", CONFORMS, sound_host),
    Case("cipher-suite.required-offered", "CBC alone", VIOLATES, lambda: alone(CBC), f"{CBC} (TLSv1.2) alone"),
    Case(
        "cipher-suite.required-offered",
        "suites cannot be told",
        UNKNOWN,
        lambda: sound_host(endpoints(cipher_suites={"TLSv1.2": SILENT, "TLSv1.3": SILENT})),
    ),
    Case(
        "cipher-suite.required-offered", "nothing is required in 2014", NOT_APPLICABLE, sound_host, policy="notes-2014"
    ),
    Case("cipher-suite.server-preference", "CBC in the server's order", CONFORMS, lambda: host(offering(CBC))),
    Case(
        "cipher-suite.server-preference",
        "CBC in the client's order",
        VIOLATES,
        lambda: host(offering(CBC, order=False)),
        f"{CBC} is on offer",
    ),
    Case(
        "cipher-suite.server-preference",
        "an order that cannot be told",
        UNKNOWN,
        lambda: host(offering(CBC, order=SILENT)),
    ),
    Case(
        "cipher-suite.server-preference",
        "good suites in the client's order",
        CONFORMS,
        lambda: host(offering(GCM, order=False)),
    ),
    Case(
        "cipher-suite.server-preference",
        "good suites in 2014",
        VIOLATES,
        lambda: host(offering(GCM, order=False)),
        policy="notes-2014",
    ),
    Case(
        "cipher-suite.server-preference",
        "one that nobody knows in the client's order",
        UNKNOWN,
        lambda: host(offering(NEW, order=False)),
        NEW,
    ),
    Case(
        "cipher-suite.server-preference",
        "one that nobody knows in the server's order",
        CONFORMS,
        lambda: host(offering(NEW)),
    ),
    Case(
        "cipher-suite.server-preference",
        "a short tag in the client's order",
        VIOLATES,
        lambda: host(short_tag(order=False)),
        "TLSv1.3: the client's order prevails, and TLS_AES_128_CCM_8_SHA256 is on offer",
    ),
    Case(
        "cipher-suite.server-preference", "a short tag in the server's", CONFORMS, lambda: host(short_tag(order=True))
    ),
    Case(
        "cipher-suite.server-preference",
        "one suite",
        CONFORMS,
        lambda: host(
            sound_endpoint(
                cipher_suites={**SOUND.cipher_suites, "TLSv1.2": (CBC,)},
                server_order={"TLSv1.2": NO_CHOICE, "TLSv1.3": True},
            )
        ),
    ),
    Case("cipher-suite.forward-secrecy", "static RSA", VIOLATES, lambda: host(offering(STATIC)), STATIC),
    Case("cipher-suite.forward-secrecy", "one that nobody knows", UNKNOWN, lambda: host(offering(NEW)), NEW),
    Case("cipher-suite.aead", "CBC", VIOLATES, lambda: host(offering(CBC)), CBC),
    Case("cipher-suite.aead", "one that nobody knows", UNKNOWN, lambda: host(offering(NEW)), NEW),
]


def older(*names: str) -> EndpointFacts:
    """443 with TLS 1.0, too, which has these suites."""
    protocols = {**SOUND.protocols, "TLSv1.0": True}
    return sound_endpoint(protocols=protocols, cipher_suites={**SOUND.cipher_suites, "TLSv1.0": names})


def short_tag(*, order: bool) -> EndpointFacts:
    """443 with CCM_8 in TLS 1.3 beside a good suite."""
    suites = {**SOUND.cipher_suites, "TLSv1.3": ("TLS_AES_128_GCM_SHA256", "TLS_AES_128_CCM_8_SHA256")}
    return sound_endpoint(cipher_suites=suites, server_order={"TLSv1.2": True, "TLSv1.3": order})


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case: Case) -> None:
    case.assert_status()


@pytest.mark.parametrize(
    ("check", "name", "level"),
    [
        ("only-allowed", ANONYMOUS, Level.MAY),
        ("only-allowed", ANONYMOUS_RC4, Level.MUST),
        ("only-allowed", RC4, Level.MUST),
        ("only-allowed", NULL, Level.MUST),
        ("only-allowed", EXPORT, Level.MUST),
        ("forward-secrecy", STATIC, Level.MAY),
        ("only-allowed", PSK, Level.MUST),
        ("aead", CBC, Level.SHOULD),
    ],
)
def test_mail_between_servers_may_be_weak_but_not_broken(check: str, name: str, level: Level) -> None:
    found = verdict(f"cipher-suite.{check}", mail(offering(name)))
    assert (found.status, found.level) == (VIOLATES, level), shown(found)


def test_each_kind_is_told_once_with_the_versions_that_carry_it() -> None:
    protocols = {**SOUND.protocols, "TLSv1.1": True}
    suites = {**SOUND.cipher_suites, "TLSv1.1": (RC4, TRIPLE), "TLSv1.2": (RC4, GCM)}
    found = verdict("cipher-suite.only-allowed", host(sound_endpoint(protocols=protocols, cipher_suites=suites)))
    assert [finding.observed for finding in found.findings] == [
        f"{RC4} (TLSv1.1 TLSv1.2) on offer",
        f"{TRIPLE} (TLSv1.1) on offer",
    ]


def test_a_violation_does_not_hide_what_could_not_be_told() -> None:
    suites = {**SOUND.cipher_suites, "TLSv1.2": (RC4,), "TLSv1.3": SILENT}
    found = verdict("cipher-suite.only-allowed", host(sound_endpoint(cipher_suites=suites)))
    assert {result.status for result in found.subjects} == {Status.VIOLATES, Status.UNKNOWN}


def test_the_configuration_is_named_where_it_is_known() -> None:
    facts = sound_host(setting(cipher_string="HIGH;rm -rf /"), only_endpoint(offering(TRIPLE)))
    (finding,) = verdict("cipher-suite.only-allowed", facts).findings
    assert "rm -rf" not in finding.remedy
    assert "ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20;" in finding.remedy


def test_where_sslscan_cannot_look_one_suite_is_asked_for() -> None:
    facts = offering(STATIC)
    (finding,) = verdict(
        "cipher-suite.forward-secrecy", host(replace(facts, endpoint=replace(facts.endpoint, server_name=None)))
    ).findings
    assert f'$1 == "{STATIC}"' in finding.reproduce
    assert "-tls1_2" in finding.reproduce
