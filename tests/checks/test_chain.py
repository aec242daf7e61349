"""Cases of chain files: order, wholeness, trust."""

from dataclasses import replace
from datetime import timedelta
from functools import cache

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import AuthorityInformationAccessOID

from lab import ca as lab
from tests.checks.cases import CONFORMS, NOT_APPLICABLE, UNKNOWN, VIOLATES, Case, shown, verdict
from tests.checks.certificates import NAMES, NOW, Issued, authority, chain, intermediate, issue, leaf, root, sound_leaf
from tests.checks.edits import (
    declared,
    mail,
    mail_serving,
    only_endpoint,
    serving,
    with_certificate_file,
    with_certificates,
    with_leaf,
    without_set,
    without_shell,
)
from tests.checks.hosts import COMBINED, SET, Edit, sound_endpoint, sound_host
from tests.checks.public import odd_issuer
from tlsfleet.facts import Certificate, HostFacts, Malformed, ServedChain, Unknown
from tlsfleet.verdict import Level

ORDER, COMPLETE, ROOT = "chain.order", "chain.complete", "chain.root"
DUPLICATES, STRANGERS, EQUAL = "chain.no-duplicates", "chain.no-strangers", "chain.leaf-equals-certificate-file"
VALID, TRUSTED, DISTRUSTED = "chain.intermediates-valid", "chain.trusted", "chain.issuer-not-distrusted"
SHA224 = hashes.SHA224()
SILENT = Unknown("587", "it fell silent")
DENIED = with_certificate_file(Unknown(COMBINED, "permission denied"))
DAMAGED = Malformed(COMBINED, "certificate 2 cannot be parsed")
ADDRESS = "http://ca.example.org/intermediate.cer"


def held(*certificates: Certificate | Malformed) -> HostFacts:
    """The sound host with other certificates in its chain files, which its endpoints serve."""
    return sound_host(chain_of(*certificates))


def chain_of(*certificates: Certificate | Malformed) -> Edit:
    def edit(facts: HostFacts) -> HostFacts:
        for path in (SET["combined.crt"], COMBINED):
            facts = with_certificates(path, *certificates)(facts)
        return serving(*certificates)(facts)

    return edit


@cache
def upper() -> Issued:
    return issue(authority("Example Upper", path_length=1), root())


@cache
def lower() -> Issued:
    return issue(authority("Example Lower", path_length=0), upper())


@cache
def three() -> tuple[Certificate, ...]:
    return leaf(lower()), lower().facts, upper().facts


@cache
def stranger() -> Certificate:
    return issue(authority("Somebody Else")).facts


@cache
def below(**changes: object) -> tuple[Certificate, ...]:
    """A leaf and an intermediate that differs from a sound one."""
    made = issue(replace(authority("Example Other"), **changes), root())  # type: ignore[arg-type]  # any field may be overridden
    return leaf(made), made.facts


def organisation(name: str, unit: str = "") -> HostFacts:
    units = (("OU", unit),) if unit else ()
    return held(*of(("O", name), *units))


def of(*attributes: tuple[str, str]) -> tuple[Certificate, ...]:
    """A leaf and an intermediate of some organisation."""
    return below(subject=(*attributes, ("CN", "Its CA")))


def since(name: str, days: int) -> HostFacts:
    """A certificate of a CA, issued some days ago."""
    made = issue(
        authority(name, subject=(("O", name), ("CN", "Its CA")), not_before=NOW - timedelta(days=1000)), root()
    )
    return held(leaf(made, not_before=NOW - timedelta(days=days)), made.facts)


def at_mail(*certificates: Certificate | Malformed, **changes: object) -> HostFacts:
    """The sound host whose mail server, of which no config is read, serves another chain."""
    return sound_host(mail_serving(*certificates, **changes))


def access() -> x509.AuthorityInformationAccess:
    place = x509.UniformResourceIdentifier(ADDRESS)
    return x509.AuthorityInformationAccess([x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, place)])


def namesake() -> tuple[Certificate, ...]:
    """A leaf, and an intermediate with the name of its issuer but another key."""
    return sound_leaf(), issue(authority("Example Intermediate", key=("other", "P-256")), root()).facts


def renamed() -> tuple[Certificate, ...]:
    """A leaf whose issuer's name is written in other letters than the issuer's own."""
    spelled = issue(
        authority("x", subject=(("O", "EXAMPLE"), ("CN", "Example  Lower")), key=("Example Lower", "P-256"))
    )
    return leaf(Issued(spelled.x509, lower().key)), lower().facts, upper().facts


@cache
def weakly_signed(name: str) -> tuple[Certificate, ...]:
    """A leaf and its issuer, signed with a hash that only the lab signs with."""
    anchor = lab.issue(lab.authority("Lab Root", key="rsa-2048"), NOW)
    made = lab.issue(replace(lab.authority("Lab Intermediate"), signature_hash=name), NOW, anchor)
    ours = Issued(made.certificate, made.key)
    return leaf(ours), ours.facts


def too_long() -> tuple[Certificate, ...]:
    first = issue(authority("Example First", path_length=0), root())
    second = issue(authority("Example Second"), first)
    return leaf(second), second.facts, first.facts


def anchored_at(*anchors: Certificate) -> HostFacts:
    return sound_host(declared(trust_anchors=anchors))


CASES = [
    Case(ORDER, "leaf and intermediate", CONFORMS, sound_host),
    Case(ORDER, "three", CONFORMS, lambda: held(*three())),
    Case(ORDER, "a leaf alone", CONFORMS, lambda: held(sound_leaf())),
    Case(ORDER, "swapped", VIOLATES, lambda: held(three()[0], *three()[:0:-1]), "cat 1.pem 3.pem 2.pem"),
    Case(ORDER, "the leaf last", VIOLATES, lambda: held(*reversed(three())), "cat 3.pem 2.pem 1.pem"),
    Case(ORDER, "twice", VIOLATES, lambda: held(*chain(), *chain()), "Example Intermediate"),
    Case(ORDER, "the right name, another key", VIOLATES, lambda: held(*namesake()), "is not issued by"),
    Case(ORDER, "the name in other letters", CONFORMS, lambda: held(*renamed())),
    Case(ORDER, "damaged", UNKNOWN, lambda: held(sound_leaf(), DAMAGED), "certificate 2"),
    Case(ORDER, "empty", UNKNOWN, held, "no certificate"),
    Case(ORDER, "endless", UNKNOWN, lambda: held(*chain() * 60), "more than 100"),
    Case(ORDER, "unreadable", UNKNOWN, lambda: sound_host(DENIED), "permission denied"),
    Case(ORDER, "no chain", NOT_APPLICABLE, lambda: replace(sound_host(without_set), services=(), endpoints=())),
    Case(COMPLETE, "up to the anchor", CONFORMS, sound_host),
    Case(COMPLETE, "with the root", CONFORMS, lambda: held(*chain(), root().facts)),
    Case(COMPLETE, "in another order", CONFORMS, lambda: held(three()[0], *three()[:0:-1])),
    Case(COMPLETE, "the leaf alone", VIOLATES, lambda: held(sound_leaf()), f"cat intermediate.pem >> {COMBINED}"),
    Case(COMPLETE, "one missing", VIOLATES, lambda: held(*three()[:2]), "the issuer of Example Lower"),
    Case(
        COMPLETE,
        "with an address",
        VIOLATES,
        lambda: held(leaf(extensions=((access(), False),))),
        f"curl -sS {ADDRESS} | openssl x509 >> {COMBINED}; nginx -t && systemctl reload nginx",
    ),
    Case(COMPLETE, "self-signed", CONFORMS, lambda: held(stranger())),
    Case(COMPLETE, "by the root itself", CONFORMS, lambda: held(leaf(root()))),
    Case(COMPLETE, "the right name, another key", VIOLATES, lambda: held(*namesake())),
    Case(COMPLETE, "no store", UNKNOWN, lambda: sound_host(declared(trust_anchors=None)), "no trust store"),
    Case(
        ORDER,
        "served",
        VIOLATES,
        lambda: at_mail(*reversed(three())),
        "-showcerts </dev/null | awk '/-BEGIN [A-Z0-9 ]*CERTIFICATE-/ {n++} n {print",
    ),
    Case(ORDER, "damaged as served", UNKNOWN, lambda: at_mail(sound_leaf(), DAMAGED), "certificate 2"),
    Case(ORDER, "nobody knows what is served", UNKNOWN, lambda: sound_host(mail(chains=SILENT)), "fell silent"),
    Case(
        ORDER,
        "perhaps another chain",
        UNKNOWN,
        lambda: sound_host(mail(cipher_suites={"TLSv1.2": SILENT})),
        "not every chain may have been seen, TLSv1.2: it fell silent",
    ),
    Case(COMPLETE, "served", VIOLATES, lambda: at_mail(sound_leaf()), "crl2pkcs7 -nocrl -certfile /dev/stdin"),
    Case(
        COMPLETE,
        "not loaded since it was mended",
        VIOLATES,
        lambda: sound_host(serving(sound_leaf())),
        "mend: nginx -t && systemctl reload nginx;",
    ),
    Case(ROOT, "served", VIOLATES, lambda: at_mail(*chain(), root().facts), "postfix reload"),
    Case(DUPLICATES, "served", VIOLATES, lambda: at_mail(*chain(), intermediate().facts), "2 times"),
    Case(STRANGERS, "served", VIOLATES, lambda: at_mail(*chain(), stranger()), "Somebody Else"),
    Case(VALID, "served", VIOLATES, lambda: at_mail(*below(ca=False)), "-print_certs -noout -text"),
    Case(TRUSTED, "served", VIOLATES, lambda: at_mail(stranger()), "-CAfile /etc/roots.pem -verify_return_error"),
    Case(DISTRUSTED, "served", VIOLATES, lambda: at_mail(*of(("O", "StartCom Ltd."))), "WoSign"),
    Case(ROOT, "left out", CONFORMS, sound_host),
    Case(ROOT, "last", VIOLATES, lambda: held(*chain(), root().facts), "cat 1.pem 2.pem >"),
    Case(ROOT, "last in 2014", CONFORMS, lambda: held(*chain(), root().facts), policy="notes-2014"),
    Case(ROOT, "left out in 2014", VIOLATES, sound_host, "cat root.pem >>", "notes-2014"),
    Case(ROOT, "self-signed", NOT_APPLICABLE, lambda: held(stranger())),
    Case(ROOT, "unreadable", UNKNOWN, lambda: sound_host(DENIED)),
    Case(DUPLICATES, "none", CONFORMS, sound_host),
    Case(DUPLICATES, "twice", VIOLATES, lambda: held(*chain(), intermediate().facts), "2 times"),
    Case(DUPLICATES, "unreadable", UNKNOWN, lambda: sound_host(DENIED)),
    Case(STRANGERS, "none", CONFORMS, sound_host),
    Case(STRANGERS, "three, swapped", CONFORMS, lambda: held(three()[0], *three()[:0:-1])),
    Case(STRANGERS, "somebody else", VIOLATES, lambda: held(*chain(), stranger()), "Somebody Else issued nothing"),
    Case(STRANGERS, "a namesake", VIOLATES, lambda: held(*namesake())),
    Case(STRANGERS, "the last CA's", VIOLATES, lambda: held(*chain(), upper().facts), "cat 1.pem 2.pem >"),
    Case(STRANGERS, "unreadable", UNKNOWN, lambda: sound_host(DENIED)),
    Case(EQUAL, "the same", CONFORMS, sound_host),
    Case(EQUAL, "another", VIOLATES, lambda: sound_host(with_certificates(SET["crt"], leaf())), "another certificate"),
    Case(EQUAL, "damaged", UNKNOWN, lambda: held(DAMAGED)),
    Case(EQUAL, "empty", UNKNOWN, held),
    Case(EQUAL, "unreadable", UNKNOWN, lambda: sound_host(with_certificate_file(Unknown(SET["crt"], "denied")))),
    Case(EQUAL, "no set", NOT_APPLICABLE, lambda: sound_host(without_set)),
    Case(VALID, "sound", CONFORMS, sound_host),
    Case(VALID, "three", CONFORMS, lambda: held(*three())),
    Case(VALID, "none", NOT_APPLICABLE, lambda: held(leaf(root()))),
    Case(VALID, "expired", VIOLATES, lambda: held(*below(not_after=NOW - timedelta(days=1))), "expired on 2026-11-22"),
    Case(VALID, "to come", VIOLATES, lambda: held(*below(not_before=NOW + timedelta(days=1))), "not valid before"),
    Case(VALID, "no CA", VIOLATES, lambda: held(*below(ca=False)), "CA:FALSE"),
    Case(VALID, "no keyCertSign", VIOLATES, lambda: held(*below(key_usage=("crl_sign",))), "lacks keyCertSign"),
    Case(VALID, "no basicConstraints", VIOLATES, lambda: held(*below(without=(x509.BasicConstraints,))), "CA:FALSE"),
    Case(VALID, "a weak curve", VIOLATES, lambda: held(*below(key=("weak", "P-224"))), "P-224"),
    Case(VALID, "a short key", VIOLATES, lambda: held(*below(key=("short", "rsa-1024"))), "RSA key of 1024 bits"),
    Case(VALID, "signed with SHA-1", VIOLATES, lambda: held(*weakly_signed("sha1")), "sha1"),
    Case(VALID, "signed with SHA-224", VIOLATES, lambda: held(*below(signature_hash=SHA224)), "sha224"),
    Case(VALID, "signed with MD5", VIOLATES, lambda: held(*weakly_signed("md5")), "md5"),
    Case(VALID, "path too long", VIOLATES, lambda: held(*too_long()), "pathlen:0, with 1 intermediates"),
    Case(VALID, "damaged", UNKNOWN, lambda: held(sound_leaf(), DAMAGED)),
    Case(TRUSTED, "by the declared anchors", CONFORMS, sound_host),
    Case(TRUSTED, "by an intermediate for an anchor", CONFORMS, lambda: anchored_at(intermediate().facts)),
    Case(TRUSTED, "by others", VIOLATES, lambda: anchored_at(stranger()), "against /etc/roots.pem"),
    Case(TRUSTED, "incomplete", VIOLATES, lambda: held(sound_leaf()), "unable to get local issuer"),
    Case(TRUSTED, "expired", VIOLATES, lambda: sound_host(with_leaf(leaf(not_after=NOW - timedelta(1)))), "expired"),
    Case(TRUSTED, "self-signed", VIOLATES, lambda: held(stranger()), "self-signed"),
    Case(TRUSTED, "no store", UNKNOWN, lambda: sound_host(declared(trust_anchors=None)), "no trust store"),
    Case(TRUSTED, "an empty store", UNKNOWN, lambda: sound_host(declared(trust_anchors=())), "/etc/roots.pem"),
    Case(TRUSTED, "unreadable", UNKNOWN, lambda: sound_host(DENIED)),
    Case(DISTRUSTED, "nobody known", CONFORMS, sound_host),
    Case(DISTRUSTED, "StartCom", VIOLATES, lambda: organisation("StartCom Ltd."), "WoSign and StartCom"),
    Case(DISTRUSTED, "CAcert", VIOLATES, lambda: organisation("Root CA", "http://www.cacert.org"), "CAcert"),
    Case(DISTRUSTED, "a root CA", CONFORMS, lambda: organisation("Root CA")),
    Case(DISTRUSTED, "Entrust of late", VIOLATES, lambda: since("Entrust, Inc.", 10), "2024-11-11"),
    Case(DISTRUSTED, "Entrust before", CONFORMS, lambda: since("Entrust, Inc.", 800)),
    Case(DISTRUSTED, "Sectigo's Entrust", CONFORMS, lambda: since("Entrust Limited", 10)),
    Case(DISTRUSTED, "an odd issuer", UNKNOWN, lambda: held(odd_issuer()), "cannot be read"),
    Case(DISTRUSTED, "unreadable", UNKNOWN, lambda: sound_host(DENIED)),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case: Case) -> None:
    case.assert_status()


def test_a_chain_of_many_namesakes_is_judged_in_bounded_time() -> None:
    many = [issue(authority("Example Intermediate", key=("Example Intermediate", "P-256"))).facts for _ in range(98)]
    found = verdict(STRANGERS, held(*chain(), *many))
    assert found.status is CONFORMS, shown(found)


@pytest.mark.parametrize("check", [TRUSTED, COMPLETE])
@pytest.mark.parametrize(
    ("endpoint_class", "level"), [("mandatory", Level.MUST), ("opportunistic", Level.MAY), ("local", Level.MAY)]
)
def test_trust_is_a_must_where_clients_ask_for_it(check: str, endpoint_class: str, level: Level) -> None:
    found = verdict(check, sound_host(mail_serving(sound_leaf(), endpoint_class=endpoint_class), without_shell))
    assert (found.status, found.level) == (VIOLATES, level)


def test_a_chain_that_several_endpoints_serve_is_judged_once_where_it_binds_most() -> None:
    served = ServedChain("ECDSA", (sound_leaf(),))
    ports = {25: "opportunistic", 465: "mandatory", 587: "mandatory"}
    places = [
        sound_endpoint(port=port, server_name=name, endpoint_class=ports[port], chains=(served,))
        for port in ports
        for name in (NAMES[0], None)
    ]
    found = verdict(COMPLETE, sound_host(only_endpoint(*places)))
    assert [(item.subject, item.at_most) for item in found.findings] == [("192.0.2.10:465@www.example.org", Level.MUST)]


def test_each_of_two_chains_is_shown_by_the_key_that_it_is_for() -> None:
    chains = ServedChain("RSA", (sound_leaf(),)), ServedChain("ECDSA", (leaf(),))
    found = verdict(COMPLETE, sound_host(mail(chains=chains)))
    shown_by = [item.reproduce.partition("-sigalgs ")[2].partition(" ")[0] for item in found.findings]
    assert shown_by == ["RSA-PSS+SHA256:RSA+SHA256", "ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512"]
