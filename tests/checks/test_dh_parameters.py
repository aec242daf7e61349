"""Cases of DH parameters files and of what names them."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.dh import DHParameterNumbers, DHParameters
from cryptography.hazmat.primitives.serialization import load_pem_parameters

from tests.checks.cases import CONFORMS, NOT_APPLICABLE, UNKNOWN, VIOLATES, Case, verdict
from tests.checks.edits import endpoints, mail, setting, stat, with_dh, with_file
from tests.checks.hosts import DH, FFDHE2048, SUITES, Edit, sound_host
from tlsfleet.facts import Absent, CipherSuite, DhGroup, DhParameters, HostFacts, Malformed, Unknown
from tlsfleet.verdict import Level

LAB = Path(__file__).parents[2] / "lab" / "dh"
PRESENT, PERMISSIONS, SIZE = "dh-parameters.present", "dh-parameters.permissions", "dh-parameters.size"
SAFE, COMMON, REFERENCED = "dh-parameters.safe-prime", "dh-parameters.not-common", "dh-parameters.referenced"
SILENT = Unknown("587", "it fell silent")
DENIED = Unknown(DH, "permission denied")
VARIABLE = Unknown("$dh", "its path holds a variable")
DHE = (*SUITES, CipherSuite("TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", "TLSv1.2"))
UNNAMED = setting(dh_parameters=None)


def read(name: str) -> DHParameterNumbers:
    parameters = load_pem_parameters((LAB / f"{name}.pem").read_bytes())
    assert isinstance(parameters, DHParameters)
    return parameters.parameter_numbers()


def lab(name: str) -> Edit:
    numbers = read(name)
    return with_dh(DhParameters(DH, numbers.p, numbers.g))


def prime(value: int, generator: int = 2) -> HostFacts:
    return sound_host(with_dh(DhParameters(DH, value, generator)))


def dhe(string: str, path: str | Unknown | None = None) -> HostFacts:
    return sound_host(setting(cipher_string=string, cipher_suites=DHE, dh_parameters=path))


def served(name: str = "", dh: object = None, **changes: object) -> HostFacts:
    """The sound host whose mail server uses other parameters, of those in the lab or given."""
    found = read(name) if name else None
    return sound_host(mail(dh=(DhGroup(found.p, found.g),) if found else dh, **changes))


CASES = [
    Case(PRESENT, "there", CONFORMS, sound_host),
    Case(PRESENT, "gone", VIOLATES, lambda: sound_host(with_dh(Absent(DH))), f"openssl dhparam -out {DH} 2048"),
    Case(PRESENT, "garbage", VIOLATES, lambda: sound_host(with_dh(Malformed(DH, "no PEM"))), "no PEM"),
    Case(PRESENT, "unreadable", UNKNOWN, lambda: sound_host(with_dh(DENIED)), "permission denied"),
    Case(PRESENT, "a variable", UNKNOWN, lambda: sound_host(setting(dh_parameters=VARIABLE)), "variable"),
    Case(PRESENT, "none named", NOT_APPLICABLE, lambda: sound_host(UNNAMED)),
    Case(
        PRESENT,
        "unnamed and gone, in 2014",
        VIOLATES,
        lambda: sound_host(UNNAMED, with_dh(Absent(DH))),
        DH,
        "notes-2014",
    ),
    Case(PERMISSIONS, "0644", CONFORMS, sound_host),
    Case(PERMISSIONS, "writable by all", VIOLATES, lambda: sound_host(stat(DH, 0o666)), f"chmod go-w {DH}"),
    Case(PERMISSIONS, "another's", VIOLATES, lambda: sound_host(stat(DH, owner="alice")), "0644 alice:root"),
    Case(PERMISSIONS, "0644 in 2014", VIOLATES, sound_host, f"chmod 0600 {DH}", "notes-2014"),
    Case(PERMISSIONS, "0600 in 2014", CONFORMS, lambda: sound_host(stat(DH, 0o600)), policy="notes-2014"),
    Case(PERMISSIONS, "unreadable", UNKNOWN, lambda: sound_host(with_file(DENIED))),
    Case(SIZE, "2048", CONFORMS, sound_host),
    Case(SIZE, "1024", VIOLATES, lambda: sound_host(lab("custom-1024")), "Logjam"),
    Case(SIZE, "3072 asked for", VIOLATES, sound_host, "2048 bits", parameters=(("dh_bits", 3072),)),
    Case(SIZE, "gone", UNKNOWN, lambda: sound_host(with_dh(Absent(DH)))),
    Case(
        SIZE,
        "1024 on the wire",
        VIOLATES,
        lambda: served("custom-1024"),
        "mend: openssl dhparam -out /etc/ssl/dhparam.pem 2048; "
        "postconf -e 'smtpd_tls_dh1024_param_file = /etc/ssl/dhparam.pem' && postfix reload; "
        "see: openssl s_client -connect 192.0.2.10:587 -starttls smtp -servername www.example.org -no_tls1_3",
    ),
    Case(
        SIZE,
        "not loaded since it was mended",
        VIOLATES,
        lambda: sound_host(endpoints(dh=(DhGroup(2**512 + 1, 2),))),
        "mend: nginx -t && systemctl reload nginx;",
    ),
    Case(SIZE, "no DHE on the wire", CONFORMS, lambda: served(dh=())),
    Case(SIZE, "nothing in use", NOT_APPLICABLE, lambda: sound_host(UNNAMED)),
    Case(SIZE, "nobody knows of the wire", UNKNOWN, lambda: served(dh=SILENT), "fell silent"),
    Case(SIZE, "suites unknown", UNKNOWN, lambda: served(dh=(), cipher_suites={"TLSv1.2": SILENT}), "not every group"),
    Case(SAFE, "no safe prime on the wire", VIOLATES, lambda: served("unsafe-2048"), "no safe prime"),
    Case(SAFE, "nobody knows of the wire", UNKNOWN, lambda: served(dh=SILENT), "fell silent"),
    Case(COMMON, "Oakley's on the wire", VIOLATES, lambda: served("oakley-1024"), "Oakley group 2"),
    Case(COMMON, "nobody knows of the wire", UNKNOWN, lambda: served(dh=SILENT), "fell silent"),
    Case(SAFE, "RFC 7919's", CONFORMS, sound_host),
    Case(SAFE, "one's own", CONFORMS, lambda: sound_host(lab("custom-2048"))),
    Case(SAFE, "no safe prime", VIOLATES, lambda: sound_host(lab("unsafe-2048")), "no safe prime"),
    Case(SAFE, "even", VIOLATES, lambda: prime(FFDHE2048 - 1)),
    Case(SAFE, "zero", VIOLATES, lambda: prime(0)),
    Case(SAFE, "generator 1", VIOLATES, lambda: prime(FFDHE2048, 1), "tiny subgroup"),
    Case(SAFE, "generator p - 1", VIOLATES, lambda: prime(FFDHE2048, FFDHE2048 - 1), "tiny subgroup"),
    Case(SAFE, "very long", UNKNOWN, lambda: prime(2**8193 + 3), "8194 bits"),
    Case(COMMON, "one's own", CONFORMS, lambda: sound_host(lab("custom-1024"))),
    Case(COMMON, "Oakley's", VIOLATES, lambda: sound_host(lab("oakley-1024")), "Oakley group 2"),
    Case(COMMON, "unreadable", UNKNOWN, lambda: sound_host(with_dh(DENIED))),
    Case(REFERENCED, "named", CONFORMS, sound_host),
    Case(REFERENCED, "no DHE", CONFORMS, lambda: sound_host(UNNAMED)),
    Case(REFERENCED, "DHE by name", VIOLATES, lambda: dhe("ECDHE+AESGCM:DHE-RSA-AES128-GCM-SHA256"), "ssl_dhparam"),
    Case(REFERENCED, "DHE by name, with a file", CONFORMS, lambda: dhe("DHE+AESGCM", DH)),
    Case(REFERENCED, "DHE among all", CONFORMS, lambda: dhe("HIGH:!aNULL:!MD5")),
    Case(REFERENCED, "no DHE but by name", CONFORMS, lambda: dhe("HIGH:!DHE:-kDHE:ECDHE-RSA-AES128-SHA")),
    Case(REFERENCED, "variable", UNKNOWN, lambda: dhe("DHE", VARIABLE)),
    Case(REFERENCED, "suites unknown", UNKNOWN, lambda: sound_host(UNNAMED, setting(cipher_suites=Unknown("c", "?")))),
    Case(REFERENCED, "TLS 1.3 alone", NOT_APPLICABLE, lambda: sound_host(setting(protocols=("TLSv1.3",)))),
    Case(REFERENCED, "no handshakes", NOT_APPLICABLE, lambda: sound_host(setting(reject_handshake=True))),
    Case(REFERENCED, "unnamed in 2014", VIOLATES, lambda: sound_host(UNNAMED), "no DH parameters", "notes-2014"),
    Case(REFERENCED, "named in 2014", CONFORMS, sound_host, policy="notes-2014"),
    Case(REFERENCED, "another in 2014", VIOLATES, lambda: dhe("DHE", "/etc/dh.pem"), "/etc/dh.pem", "notes-2014"),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case: Case) -> None:
    case.assert_status()


def test_a_group_of_a_file_is_judged_once() -> None:
    facts = sound_host(lab("custom-1024"), endpoints(dh=(DhGroup(read("custom-1024").p, 2),)))
    assert [item.subject for item in verdict(SIZE, facts).findings] == [DH]


@pytest.mark.parametrize("check", [SIZE, COMMON])
@pytest.mark.parametrize(
    ("suite", "endpoint_class", "level"),
    [
        ("TLS_DH_anon_WITH_AES_128_CBC_SHA", "opportunistic", Level.MAY),
        ("TLS_DH_anon_WITH_AES_128_CBC_SHA", "mandatory", Level.MUST),
        ("TLS_DHE_RSA_WITH_AES_128_CBC_SHA", "opportunistic", Level.MUST),
        ("TLS_DHE_RSA_WITH_AES_128_CBC_SHA", "local", Level.MAY),
    ],
)
def test_mail_between_servers_may_have_short_groups_for_anonymous_suites(
    check: str, suite: str, endpoint_class: str, level: Level
) -> None:
    facts = served("oakley-1024", endpoint_class=endpoint_class, cipher_suites={"TLSv1.2": (suite,)})
    assert verdict(check, facts).level is level
