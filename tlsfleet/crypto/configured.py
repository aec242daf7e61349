"""Selector: endpoints with the block that answers there and the certificates that its files hold, to be compared."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cryptography.x509.oid import PublicKeyAlgorithmOID

from tlsfleet.crypto.certificates import key_of, shown
from tlsfleet.facts import Certificate, CertificateFile, HostFacts, Malformed, Missing, TlsSettings, Unknown
from tlsfleet.policy import Policy
from tlsfleet.served import Served, every_endpoint, once
from tlsfleet.verdict import Level, NotApplicable

PLAIN = {"RSA", "DSA", "Ed25519", "Ed448"}


@dataclass(frozen=True, slots=True)
class Configured:
    """An endpoint that answered, and what its block says of it.

    ``files`` are the block's certificate files as they are now, by the type of key of their first certificate (the
    last of each type: that is the one which OpenSSL keeps); ``gaps`` are those of which it could not be told.
    """

    served: Served
    settings: TlsSettings
    files: Mapping[str, CertificateFile]
    gaps: tuple[Missing, ...]

    @property
    def subject(self) -> str:
        return self.served.subject

    @property
    def at_most(self) -> Level:
        return self.served.at_most


def configured(facts: HostFacts, _policy: Policy | None = None) -> Iterable[Configured | Unknown | NotApplicable]:
    """Every endpoint with the block that answers there, names that are answered alike once; why there is none."""
    if facts.declared.terminated_by:
        return (NotApplicable(f"TLS is terminated by {facts.declared.terminated_by}"),)
    found = once(every_endpoint(facts))
    return (each if isinstance(each, Unknown) else _configured(facts, each) for each in found)


def key_type(certificate: Certificate) -> str | Unknown:
    """The type of its key of which OpenSSL holds one certificate: RSA, RSA-PSS, ECDSA, Ed25519, Ed448 or DSA."""
    found = key_of(certificate)
    if isinstance(found, Unknown):
        return found
    if certificate.x509.public_key_algorithm_oid == PublicKeyAlgorithmOID.RSASSA_PSS:
        return "RSA-PSS"
    return found[0] if found[0] in PLAIN else "ECDSA"


def told_apart(certificate: Certificate | Malformed) -> str:
    """A certificate by its name, its end and its digest, so that two of one name are told apart; for people."""
    if isinstance(certificate, Malformed):
        return f"one that cannot be read ({certificate.reason})"
    return f"{shown(certificate)} until {certificate.not_after:%Y-%m-%d} (sha256:{certificate.sha256[:16]})"


def _configured(facts: HostFacts, served: Served) -> Configured | Unknown | NotApplicable:
    why_not = served.unread or served.facts.failure
    if isinstance(why_not, NotApplicable):
        return NotApplicable(why_not.reason, served.subject)
    if why_not or len(served.blocks) != 1:
        return Unknown(served.subject, why_not.reason if why_not else "several blocks may answer there")
    settings = served.blocks[0].block.settings
    found = [_file(facts, pair.certificate) for pair in settings.certificates]
    gaps = tuple(each for each in found if isinstance(each, Missing))
    return Configured(served, settings, dict(each for each in found if isinstance(each, tuple)), gaps)


def _file(facts: HostFacts, path: str | Unknown | None) -> tuple[str, CertificateFile] | Missing:
    """The type of key and the certificates of a file."""
    if not isinstance(path, str):
        return path or Unknown("certificate", "a key is configured without one")
    file = facts.certificate_file(path)
    if not isinstance(file, CertificateFile):
        return file
    first = next(iter(file.certificates), Malformed(path, "it holds no certificate"))
    kind = first if isinstance(first, Malformed) else key_type(first)
    return (kind, file) if isinstance(kind, str) else Unknown(path, kind.reason)
