"""Cases of certificate signing requests."""

from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from hypothesis import given
from hypothesis import strategies as st

from tests.checks.cases import CONFORMS, NOT_APPLICABLE, UNKNOWN, VIOLATES, Case
from tests.checks.certificates import csr, key_facts
from tests.checks.edits import with_csr, with_key, with_listing, without_set
from tests.checks.hosts import LOCALCERTS, SET, sound_host
from tlsfleet.facts import Absent, Certificate, CsrFile, HostFacts, Unknown
from tlsfleet.names import alternative_names, dns_names, is_fqdn, subject_values

SIGNATURE = "csr.signature-algorithm"
NAMES = "csr.has-names"
MATCHES = "csr.matches-key"
SUBJECT = "csr.subject"

CSR = SET["csr"]
JUNK = with_csr(CsrFile(CSR, b"\x30\x03\x02\x01\x05"))
DENIED = with_csr(Unknown(CSR, "permission denied"))
NOT_LISTED = with_listing(Unknown(LOCALCERTS, "permission denied"))
PROFILE = (
    *(("C", "US"), ("ST", "Massachusetts"), ("L", "Cambridge")),
    *(("O", "Ada Lovelace"), ("CN", "www.example.org")),
)


def with_sha1() -> CsrFile:
    """A request whose signature says SHA-1: an RSA one, where the identifiers are of one length."""
    made = csr(CSR, key_name=("rsa", "rsa-2048"))
    altered = made.der.replace(bytes.fromhex("2a864886f70d01010b"), bytes.fromhex("2a864886f70d010105"))
    assert isinstance(CsrFile(CSR, altered).x509.signature_hash_algorithm, hashes.SHA1)
    return CsrFile(CSR, altered)


def with_unknown_signature() -> CsrFile:
    made = csr(CSR, key_name=("rsa", "rsa-2048"))
    return CsrFile(CSR, made.der.replace(bytes.fromhex("2a864886f70d01010b"), bytes.fromhex("2a864886f70d01017f")))


def subject(*values: tuple[str, str]) -> HostFacts:
    return sound_host(with_csr(csr(CSR, subject=values)))


CASES = [
    Case(SIGNATURE, "SHA-256", CONFORMS, sound_host),
    Case(SIGNATURE, "Ed25519", CONFORMS, lambda: sound_host(with_csr(csr(CSR, key_name=("ed", "ed25519"))))),
    Case(SIGNATURE, "SHA-1", VIOLATES, lambda: sound_host(with_csr(with_sha1())), "signed with sha1"),
    Case(SIGNATURE, "not known", UNKNOWN, lambda: sound_host(with_csr(with_unknown_signature()))),
    Case(SIGNATURE, "not a request", UNKNOWN, lambda: sound_host(JUNK)),
    Case(SIGNATURE, "not read", UNKNOWN, lambda: sound_host(DENIED), "permission denied"),
    Case(SIGNATURE, "not there", UNKNOWN, lambda: sound_host(with_csr(Absent(CSR)))),
    Case(SIGNATURE, "no set", NOT_APPLICABLE, lambda: sound_host(without_set)),
    Case(SIGNATURE, "not listed", UNKNOWN, lambda: sound_host(NOT_LISTED)),
    Case(NAMES, "the host's", CONFORMS, sound_host),
    Case(
        NAMES,
        "none",
        VIOLATES,
        lambda: sound_host(with_csr(csr(CSR, names=None))),
        "-addext subjectAltName=DNS:www.example.org",
    ),
    Case(NAMES, "an empty extension", VIOLATES, lambda: sound_host(with_csr(csr(CSR, names=()))), "no subjectAltName"),
    Case(NAMES, "not a request", UNKNOWN, lambda: sound_host(JUNK)),
    Case(NAMES, "not read", UNKNOWN, lambda: sound_host(DENIED)),
    Case(NAMES, "no set", NOT_APPLICABLE, lambda: sound_host(without_set)),
    Case(MATCHES, "its key", CONFORMS, sound_host),
    Case(
        MATCHES,
        "another key",
        VIOLATES,
        lambda: sound_host(with_csr(csr(CSR, key_name=("other", "P-256")))),
        SET["key"],
    ),
    Case(
        MATCHES, "a key of another kind", VIOLATES, lambda: sound_host(with_csr(csr(CSR, key_name=("ed", "ed25519"))))
    ),
    Case(MATCHES, "not a request", UNKNOWN, lambda: sound_host(JUNK)),
    Case(MATCHES, "a key not read", UNKNOWN, lambda: sound_host(with_key(Unknown(SET["key"], "denied")))),
    Case(
        MATCHES,
        "a key with passphrase",
        UNKNOWN,
        lambda: sound_host(with_key(key_facts(SET["key"], public_key=Unknown(SET["key"], "encrypted")))),
    ),
    Case(MATCHES, "no set", NOT_APPLICABLE, lambda: sound_host(without_set)),
    Case(SUBJECT, "a name alone", CONFORMS, sound_host),
    Case(SUBJECT, "nothing", CONFORMS, subject),
    Case(SUBJECT, "a short name", VIOLATES, lambda: subject(("CN", "webserver")), "CN = webserver"),
    Case(SUBJECT, "an address", VIOLATES, lambda: subject(("CN", "192.0.2.1")), "fully qualified"),
    Case(SUBJECT, "a wildcard", CONFORMS, lambda: subject(("CN", "*.example.org"))),
    Case(SUBJECT, "the profile of 2014", CONFORMS, lambda: subject(*PROFILE), policy="notes-2014"),
    Case(
        SUBJECT, "no state in 2014", VIOLATES, lambda: subject(PROFILE[0], *PROFILE[2:]), "no ST", policy="notes-2014"
    ),
    Case(SUBJECT, "a unit in 2014", VIOLATES, lambda: subject(*PROFILE, ("OU", "x")), "OU: none", policy="notes-2014"),
    Case(SUBJECT, "no name in 2014", VIOLATES, lambda: subject(*PROFILE[:4]), "no CN", policy="notes-2014"),
    Case(
        SUBJECT,
        "no organisation in 2014",
        VIOLATES,
        lambda: subject(*PROFILE[:3], ("O", " "), PROFILE[4]),
        "O: any text",
        policy="notes-2014",
    ),
    Case(SUBJECT, "not a request", UNKNOWN, lambda: sound_host(JUNK)),
    Case(SUBJECT, "no set", NOT_APPLICABLE, lambda: sound_host(without_set)),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case: Case) -> None:
    case.assert_status()


@pytest.mark.parametrize("name", ["www.example.org", "*.example.org", "a-b.c", "xn--bcher-kva.example", "_x.example"])
def test_fully_qualified_names(name: str) -> None:
    assert is_fqdn(name)


@pytest.mark.parametrize(
    "name",
    [
        *(
            "",
            ".",
            "localhost",
            "*",
            "*.",
            "a..b",
            ".a.b",
            "a.b.",
            "-a.example",
            "a-.example",
            "192.0.2.1",
            "a b.example",
        ),
        *(
            "a.*.example",
            "*a.example",
            f"{'a' * 64}.example",
            ".".join(["a" * 60] * 5),
            "bücher.example",
            "a.example\n",
        ),
    ],
)
def test_names_that_are_not_fully_qualified(name: str) -> None:
    assert not is_fqdn(name)


@given(st.binary(max_size=200))
def test_no_bytes_break_the_helpers(data: bytes) -> None:
    for holder in (Certificate(data), CsrFile("x", data)):
        assert isinstance(alternative_names(holder), Unknown | tuple)
        assert isinstance(dns_names(holder), Unknown | tuple)
        assert isinstance(subject_values(holder, "CN"), Unknown | tuple)


def test_other_names_than_dns_are_told_apart() -> None:
    made = csr(CSR, names=("a.example",))
    assert dns_names(made) == ("a.example",)
    assert alternative_names(made) == (x509.DNSName("a.example"),)
    assert dns_names(replace(made, der=csr(CSR, names=None).der)) == ()
