"""Cases of end-entity certificates: signature, use, form, placeholders; and what hostile DER does to all checks."""

from functools import cache

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lab import ca as lab
from tests.checks.cases import CONFORMS, NOT_APPLICABLE, UNKNOWN, VIOLATES, Case, shown, verdict
from tests.checks.certificates import NAMES, NOW, authority, issue, leaf, root, sound_leaf
from tests.checks.edits import (
    block,
    mail_serving,
    serving,
    setting,
    with_certificates,
    with_leaf,
    without_set,
    without_shell,
)
from tests.checks.hosts import COMBINED, SET, Edit, sound_host
from tests.checks.public import POLICY, broken, odd_issuer, unreadable
from tlsfleet.check import load_checks
from tlsfleet.facts import Certificate, CertificatePair, HostFacts, load_certificate

SIGNATURE, AUTH = "certificate.signature-algorithm", "certificate.server-auth"
FORM, PLACEHOLDER = "certificate.well-formed", "certificate.placeholder"
CLIENT = (ExtendedKeyUsageOID.CLIENT_AUTH,)
LOCAL = ("localhost",)
LIVE = "/etc/letsencrypt/live/www.example.org/fullchain.pem"
RSA = ("rsa", "rsa-2048")


def with_one(*edits: Edit, **changes: object) -> HostFacts:
    """The sound host with another certificate."""
    return sound_host(with_leaf(leaf(**changes)), *edits)  # type: ignore[arg-type]  # any field may be overridden


@cache
def weakly_signed(name: str) -> Certificate:
    """A certificate signed with a hash that only the lab signs with."""
    issuer = lab.issue(lab.authority("Lab Root", key="rsa-2048"), NOW)
    template = lab.Template((("CN", NAMES[0]),), names=NAMES, signature_hash=name)
    return Certificate(lab.issue(template, NOW, issuer).certificate.public_bytes(lab.DER))


def named(*names: str, organisation: str = "", edits: tuple[Edit, ...] = ()) -> HostFacts:
    """A certificate for some names, the first of them its common name."""
    subject = (*((("O", organisation),) if organisation else ()), ("CN", names[0]))
    return with_one(*edits, subject=subject, names=names)


def issued_by(name: str) -> HostFacts:
    return sound_host(with_leaf(leaf(issue(authority(name), root()))))


def snakeoil(*addresses: str) -> HostFacts:
    """A host without set whose nginx serves Debian's snake-oil certificate on some addresses."""
    path = "/etc/ssl/certs/ssl-cert-snakeoil.pem"
    pair = CertificatePair(path, "/etc/ssl/private/ssl-cert-snakeoil.key")
    facts = sound_host(without_set, setting(certificates=(pair,)), block(addresses=addresses), endpoints=())
    return with_certificates(path, leaf(subject=(("CN", "web1"),), names=("web1",)))(facts)


def at_mail(**changes: object) -> HostFacts:
    """The sound host whose mail server, of which no config is read, serves another certificate."""
    return sound_host(mail_serving(leaf(**changes)))  # type: ignore[arg-type]  # any field may be overridden


def local_served_to_all() -> HostFacts:
    """A certificate for localhost that the configuration has on loopback, and that is served elsewhere."""
    one = leaf(subject=(), names=LOCAL)
    return sound_host(without_set, with_certificates(LIVE, one), block(addresses=("[::1]:443",)), serving(one))


CASES = [
    Case(SIGNATURE, "SHA-256", CONFORMS, sound_host),
    Case(SIGNATURE, "SHA-224", VIOLATES, lambda: with_one(signature_hash=hashes.SHA224()), "signed with sha224"),
    Case(SIGNATURE, "SHA-1", VIOLATES, lambda: sound_host(with_leaf(weakly_signed("sha1"))), "signed with sha1"),
    Case(SIGNATURE, "MD5", VIOLATES, lambda: sound_host(with_leaf(weakly_signed("md5"))), "CVE-2004-2761"),
    Case(SIGNATURE, "damaged", UNKNOWN, lambda: sound_host(broken(COMBINED))),
    Case(SIGNATURE, "served", VIOLATES, lambda: at_mail(signature_hash=hashes.SHA224()), "signed with sha224"),
    Case(AUTH, "served", VIOLATES, lambda: at_mail(ca=True), "CA:TRUE"),
    Case(AUTH, "sound", CONFORMS, sound_host),
    Case(
        AUTH, "an RSA key's", CONFORMS, lambda: with_one(key=RSA, key_usage=("digital_signature", "key_encipherment"))
    ),
    Case(AUTH, "without keyUsage", CONFORMS, lambda: with_one(without=(x509.KeyUsage,))),
    Case(AUTH, "a CA's", VIOLATES, lambda: with_one(ca=True), "CA:TRUE"),
    Case(AUTH, "for clients", VIOLATES, lambda: with_one(extended_key_usage=CLIENT), "without serverAuth"),
    Case(AUTH, "for both", CONFORMS, lambda: with_one(extended_key_usage=(*CLIENT, ExtendedKeyUsageOID.SERVER_AUTH))),
    Case(AUTH, "for nothing", VIOLATES, lambda: with_one(extended_key_usage=()), "no extendedKeyUsage"),
    Case(AUTH, "not for signatures", VIOLATES, lambda: with_one(key=RSA, key_usage=("key_encipherment",)), "digital"),
    Case(
        AUTH,
        "an EC key that enciphers",
        VIOLATES,
        lambda: with_one(key_usage=("digital_signature", "key_encipherment")),
        "keyEncipherment with a key of P-256",
    ),
    Case(AUTH, "unreadable", UNKNOWN, lambda: sound_host(with_leaf(unreadable())), "extensions"),
    Case(FORM, "served", VIOLATES, lambda: at_mail(extensions=((POLICY, False),)), "| lint_cabf_serverauth_cert lint"),
    Case(FORM, "sound", CONFORMS, sound_host),
    Case(
        FORM,
        "no authorityKeyIdentifier",
        VIOLATES,
        lambda: with_one(without=(x509.AuthorityKeyIdentifier,)),
        "lint_pkix_cert lint -s ERROR",
    ),
    Case(FORM, "a wildcard", CONFORMS, lambda: with_one(names=("*.example.org", *NAMES))),
    Case(FORM, "a wildcard of a whole domain", VIOLATES, lambda: with_one(names=("*.org", *NAMES)), "pkix."),
    Case(FORM, "two wildcards", VIOLATES, lambda: with_one(names=("*.*.example.org", *NAMES)), "pkix."),
    Case(FORM, "a public one", VIOLATES, lambda: with_one(extensions=((POLICY, False),)), "cabf."),
    Case(FORM, "unreadable", VIOLATES, lambda: sound_host(with_leaf(unreadable())), "itu.invalid_asn1_syntax"),
    Case(
        FORM,
        "huge",
        UNKNOWN,
        lambda: with_one(names=tuple(f"a{n}.example.org" for n in range(5000))),
        "more than can be examined",
    ),
    Case(FORM, "damaged", UNKNOWN, lambda: sound_host(broken(COMBINED))),
    Case(PLACEHOLDER, "served", VIOLATES, lambda: at_mail(subject=(), names=LOCAL), "for localhost"),
    Case(
        PLACEHOLDER,
        "served where clients would do without TLS",
        NOT_APPLICABLE,
        lambda: sound_host(mail_serving(leaf(subject=(), names=LOCAL), endpoint_class="opportunistic"), without_shell),
    ),
    Case(
        PLACEHOLDER,
        "of a local service, served to others",
        VIOLATES,
        local_served_to_all,
    ),
    Case(PLACEHOLDER, "a real one", CONFORMS, sound_host),
    Case(PLACEHOLDER, "staging", VIOLATES, lambda: issued_by("(STAGING) Ersatz Edamame E1"), "staging"),
    Case(PLACEHOLDER, "Fake LE", VIOLATES, lambda: issued_by("Fake LE Intermediate X1"), "staging"),
    Case(PLACEHOLDER, "localhost", VIOLATES, lambda: named("localhost"), "for localhost"),
    Case(PLACEHOLDER, "localhost among others", CONFORMS, lambda: named("www.example.org", "localhost")),
    Case(PLACEHOLDER, "OpenSSL's example", VIOLATES, lambda: named("a.b", organisation="Internet Widgits Pty Ltd")),
    Case(PLACEHOLDER, "Traefik's", VIOLATES, lambda: named("TRAEFIK DEFAULT CERT"), "Traefik"),
    Case(PLACEHOLDER, "Dovecot's", VIOLATES, lambda: named("imap.example.com"), "Dovecot"),
    Case(
        PLACEHOLDER,
        "local, yet in a set",
        VIOLATES,
        lambda: named("localhost", edits=(block(addresses=("127.0.0.1:443", "unix:/run/x")),)),
        SET["crt"],
    ),
    Case(PLACEHOLDER, "snake oil on loopback", NOT_APPLICABLE, lambda: snakeoil("127.0.0.1:443", "[::1]:443")),
    Case(PLACEHOLDER, "snake oil on a socket", NOT_APPLICABLE, lambda: snakeoil("unix:/run/nginx.sock")),
    Case(PLACEHOLDER, "snake oil", VIOLATES, lambda: snakeoil("0.0.0.0:443"), "snake-oil"),
    Case(PLACEHOLDER, "snake oil nobody knows where", VIOLATES, snakeoil),
    Case(PLACEHOLDER, "an odd issuer", UNKNOWN, lambda: sound_host(with_leaf(odd_issuer())), "names cannot be read"),
    Case(PLACEHOLDER, "unreadable", UNKNOWN, lambda: sound_host(with_leaf(unreadable()))),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case: Case) -> None:
    case.assert_status()


OURS = [check.id for check in load_checks() if check.id.startswith(("certificate.", "chain."))]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_no_damaged_certificate_makes_a_check_raise_or_pass_unseen(data: st.DataObject) -> None:
    der = bytearray(sound_leaf().der)
    for _ in range(data.draw(st.integers(1, 3))):
        der[data.draw(st.integers(0, len(der) - 1))] = data.draw(st.integers(0, 255))
    damaged = Certificate(bytes(der))
    try:
        load_certificate(damaged.der)
    except ValueError:
        return
    facts = sound_host(with_leaf(damaged))
    if damaged == sound_leaf():
        return
    for check_id in OURS:
        found = verdict(check_id, facts)
        assert "the check failed" not in shown(found), shown(found)
    assert verdict("chain.trusted", facts).status is not CONFORMS
