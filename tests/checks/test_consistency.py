"""What is configured, held against what is served: certificates and protocol versions."""

from dataclasses import replace

import pytest

from tests.checks import certificates
from tests.checks.cases import CONFORMS, NOT_APPLICABLE, UNKNOWN, VIOLATES, Case, shown, verdict
from tests.checks.edits import (
    block,
    declared,
    only_endpoint,
    service,
    setting,
    with_certificate_file,
    with_certificates,
)
from tests.checks.hosts import COMBINED, Edit, sound_endpoint, sound_host
from tlsfleet.facts import (
    Absent,
    Certificate,
    CertificatePair,
    EndpointFacts,
    HostFacts,
    Listener,
    Malformed,
    ServedChain,
    Unknown,
)
from tlsfleet.iana import PROTOCOLS

FILE, SPOKEN = "consistency.served-certificate-is-file", "consistency.protocols-as-configured"
SUITES = "consistency.cipher-suites-as-configured"
SILENT = Unknown("443", "it fell silent")
SOUND = certificates.chain()
OTHER = certificates.leaf()
RSA_LEAF = certificates.leaf(key=("rsa", "rsa-2048"))
RSA_FILE, RSA_KEY = "/etc/ssl/certs/rsa.pem", "/etc/ssl/private/rsa.key"


def web(**changes: object) -> Edit:
    """The web server's endpoint alone, with changes of what it answered."""
    return only_endpoint(sound_endpoint(**changes))


def serving(*chains: tuple[Certificate | Malformed, ...], **changes: object) -> HostFacts:
    """A host whose web server sends these chains."""
    return sound_host(web(chains=tuple(ServedChain("ECDSA", chain) for chain in chains), **changes))


def with_rsa(facts: HostFacts) -> HostFacts:
    """The host with a second pair, of RSA."""
    pairs = (*_pairs(facts), CertificatePair(RSA_FILE, RSA_KEY))
    return with_certificates(RSA_FILE, *certificates.chain(RSA_LEAF))(setting(certificates=pairs)(facts))


def _pairs(facts: HostFacts) -> tuple[CertificatePair, ...]:
    assert isinstance(facts.services, tuple)
    (nginx,) = facts.services
    assert not isinstance(nginx, Unknown)
    tls = nginx.blocks[1]
    assert not isinstance(tls, Unknown)
    return tls.settings.certificates


def spoken(*names: str, untold: str = "") -> dict[str, bool | Unknown]:
    return {name: SILENT if name == untold else name in names for name in PROTOCOLS}


def speaking(
    *names: str, configured: tuple[str, ...] | Unknown = ("TLSv1.2", "TLSv1.3"), untold: str = ""
) -> HostFacts:
    return sound_host(web(protocols=spoken(*names, untold=untold)), setting(protocols=configured))


def no_rsa_suite() -> HostFacts:
    """TLS 1.2 alone, with no cipher suite for the second pair's key."""
    facts = with_rsa(serving(SOUND, protocols=spoken("TLSv1.2")))
    assert isinstance(facts.services, tuple)
    (nginx,) = facts.services
    assert not isinstance(nginx, Unknown)
    tls = nginx.blocks[1]
    assert not isinstance(tls, Unknown)
    assert isinstance(tls.settings.cipher_suites, tuple)
    suites = tuple(each for each in tls.settings.cipher_suites if "RSA" not in each.name)
    return setting(cipher_suites=suites, protocols=("TLSv1.2",))(facts)


BOTH = (certificates.chain(), certificates.chain(RSA_LEAF))

CASES = [
    Case(FILE, "the file's chain", CONFORMS, sound_host),
    Case(
        FILE,
        "another leaf",
        VIOLATES,
        lambda: serving(certificates.chain(OTHER)),
        "mend: nginx -t && systemctl reload nginx; see: openssl s_client -connect 192.0.2.10:443",
    ),
    Case(
        FILE, "the file was renewed", VIOLATES, lambda: sound_host(web(), renewed), "certificate 1 is www.example.org"
    ),
    Case(FILE, "the leaf alone is sent", VIOLATES, lambda: serving(SOUND[:1]), "1 certificates are sent"),
    Case(FILE, "more is sent", VIOLATES, lambda: serving((*SOUND, certificates.root().facts)), "3 certificates"),
    Case(
        FILE, "in another order", VIOLATES, lambda: serving((SOUND[0], certificates.root().facts)), "certificate 2 is"
    ),
    Case(FILE, "no certificate is sent", UNKNOWN, lambda: serving(()), "no certificate"),
    Case(
        FILE, "a leaf that does not parse", UNKNOWN, lambda: serving((Malformed("x", "bad DER"), SOUND[1])), "bad DER"
    ),
    Case(FILE, "an intermediate that does not parse", UNKNOWN, lambda: serving((SOUND[0], Malformed("x", "bad DER")))),
    Case(FILE, "the chains cannot be told", UNKNOWN, lambda: sound_host(web(chains=SILENT)), "fell silent"),
    Case(
        FILE,
        "not every chain may have been seen",
        UNKNOWN,
        lambda: sound_host(web(cipher_suites={"TLSv1.2": SILENT, "TLSv1.3": ()})),
        "TLSv1.2: it fell silent",
    ),
    Case(FILE, "both types", CONFORMS, lambda: with_rsa(serving(*BOTH))),
    Case(FILE, "a second type that is not served", VIOLATES, lambda: with_rsa(serving(SOUND)), "of type RSA is served"),
    Case(
        FILE,
        "a second type that no suite can serve",
        CONFORMS,
        no_rsa_suite,
    ),
    Case(FILE, "a type that no file has", VIOLATES, lambda: serving(*BOTH), "of type RSA"),
    Case(
        FILE,
        "a type that a file which cannot be read may have",
        UNKNOWN,
        lambda: with_certificate_file(Unknown(RSA_FILE, "permission denied"))(with_rsa(serving(*BOTH))),
        "permission denied",
    ),
    Case(
        FILE,
        "another leaf, beside a file that cannot be read",
        VIOLATES,
        lambda: with_certificate_file(Absent(RSA_FILE))(with_rsa(serving(certificates.chain(OTHER)))),
        "no such file",
    ),
    *(
        Case(FILE, name, UNKNOWN, edit)
        for name, edit in {
            "the file is gone": lambda: sound_host(with_certificate_file(Absent(COMBINED))),
            "the file is no certificate": lambda: sound_host(with_certificate_file(Malformed(COMBINED, "no PEM"))),
            "the file is empty": lambda: sound_host(with_certificates(COMBINED)),
            "its leaf does not parse": lambda: sound_host(with_certificates(COMBINED, Malformed(COMBINED, "bad"))),
            "its path holds a variable": lambda: sound_host(
                setting(certificates=(CertificatePair(Unknown("$name", "a variable"), None),))
            ),
            "no certificate beside a key": lambda: sound_host(setting(certificates=(CertificatePair(None, "/k"),))),
            "no certificate is configured": lambda: sound_host(setting(certificates=())),
        }.items()
    ),
    Case(SPOKEN, "as configured", CONFORMS, sound_host),
    Case(
        SPOKEN,
        "TLS 1.0 is configured, and refused",
        VIOLATES,
        lambda: speaking("TLSv1.2", "TLSv1.3", configured=("TLSv1.0", "TLSv1.2", "TLSv1.3")),
        "ssl_protocols TLSv1.2 TLSv1.3;\nnginx -t && systemctl reload nginx; see: openssl s_client -connect "
        "192.0.2.10:443 -servername www.example.org -tls1 -cipher ALL:@SECLEVEL=0 </dev/null",
    ),
    Case(
        SPOKEN,
        "TLS 1.2 is spoken, and not configured",
        VIOLATES,
        lambda: speaking("TLSv1.2", "TLSv1.3", configured=("TLSv1.3",)),
        "'TLSv1.2 spoken, and not configured', not 'what is configured: TLSv1.3'",
    ),
    Case(
        SPOKEN,
        "nothing of it is spoken",
        VIOLATES,
        lambda: speaking("TLSv1.2", configured=("TLSv1.0",)),
        "mend: nginx -t && systemctl reload nginx",
    ),
    Case(
        SPOKEN,
        "every handshake is to be rejected",
        VIOLATES,
        lambda: sound_host(web(), setting(reject_handshake=True)),
        "no handshake at all",
    ),
    Case(SPOKEN, "the configuration cannot be told", UNKNOWN, lambda: speaking("TLSv1.2", configured=SILENT)),
    Case(SPOKEN, "a version cannot be told", UNKNOWN, lambda: speaking("TLSv1.2", "TLSv1.3", untold="TLSv1.0")),
    Case(
        SPOKEN,
        "one cannot be told, another is too many",
        VIOLATES,
        lambda: speaking("TLSv1.1", "TLSv1.2", "TLSv1.3", untold="TLSv1.0"),
        "TLSv1.0: it fell silent",
    ),
    Case(
        SPOKEN,
        "TLS 1.0 in 2014",
        VIOLATES,
        lambda: speaking("TLSv1.2", configured=("TLSv1.0", "TLSv1.1", "TLSv1.2")),
        "MAY",
        policy="notes-2014",
    ),
]


def renewed(facts: HostFacts) -> HostFacts:
    return with_certificates(COMBINED, *certificates.chain(OTHER))(facts)


# What all that hold the configuration against the wire have in common
COMMON: dict[str, tuple[object, Edit]] = {
    "no endpoints": (NOT_APPLICABLE, only_endpoint()),
    "the wire is off": (NOT_APPLICABLE, declared(wire=False)),
    "no shell": (NOT_APPLICABLE, declared(shell=False)),
    "terminated elsewhere": (NOT_APPLICABLE, declared(terminated_by="a CDN")),
    "terminated elsewhere, and not examined": (
        NOT_APPLICABLE,
        lambda facts: replace(declared(terminated_by="a CDN")(facts), endpoints=SILENT),
    ),
    "a service that is not read": (NOT_APPLICABLE, only_endpoint(sound_endpoint(port=587, starttls="smtp"))),
    "not examined": (UNKNOWN, lambda facts: replace(facts, endpoints=SILENT)),
    "its address is not known": (UNKNOWN, only_endpoint(SILENT)),
    "an endpoint that does not answer": (UNKNOWN, only_endpoint(EndpointFacts(sound_endpoint().endpoint, SILENT))),
    "a configuration that could not be read": (
        UNKNOWN,
        lambda facts: replace(web()(facts), services=(Unknown("nginx 1", "permission denied"),)),
    ),
    "a name that a pattern may match": (
        UNKNOWN,
        lambda facts: block(server_names=("~^x",), default_for=("0.0.0.0:443",))(web()(facts)),
    ),
    "a listener that the configuration does not have": (UNKNOWN, lambda facts: service(blocks=())(web()(facts))),
}


@pytest.mark.parametrize("check", [FILE, SPOKEN, SUITES, "dh-parameters.served"])
@pytest.mark.parametrize("name", COMMON)
def test_where_there_is_nothing_to_compare(check: str, name: str) -> None:
    status, edit = COMMON[name]
    found = verdict(check, sound_host(edit))
    assert found.status is status, shown(found)


def test_the_reason_is_said() -> None:
    reasons = {name: verdict(FILE, sound_host(edit)).reason for name, (_, edit) in COMMON.items()}
    assert reasons["terminated elsewhere"] == "TLS is terminated by a CDN"
    assert reasons["a service that is not read"] == "the configuration of postfix is not read"
    assert "no shell" in str(reasons["no shell"]) or "without a shell" in str(reasons["no shell"])


def test_what_another_program_serves_is_not_compared() -> None:
    facts = sound_host(web(chains=()), listeners=(Listener("tcp", "0.0.0.0", 443, "haproxy", 7),))
    assert verdict(FILE, facts).reason == "the configuration of haproxy is not read"


def test_names_that_are_answered_alike_are_told_once() -> None:
    found = verdict(FILE, sound_host(renewed))
    assert [item.subject for item in found.findings] == ["192.0.2.10:443@www.example.org"]


def test_the_last_file_of_a_type_is_the_one_that_counts() -> None:
    first = CertificatePair("/etc/ssl/first.pem", "/etc/ssl/first.key")
    facts = with_certificates("/etc/ssl/first.pem", *certificates.chain(OTHER))(sound_host(web()))
    before, after = (first, *_pairs(facts)), (*_pairs(facts), first)
    assert verdict(FILE, setting(certificates=before)(facts)).status is CONFORMS
    assert verdict(FILE, setting(certificates=after)(facts)).status is VIOLATES


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case: Case) -> None:
    case.assert_status()
