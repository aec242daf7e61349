"""Private keys: what they are, and whether they are the certificate's."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from shlex import quote

from tlsfleet import keys
from tlsfleet.check import BOTH, INSIDE, Outcome, check
from tlsfleet.crypto.public_keys import PublicKey, public_keys
from tlsfleet.facts import Certificate, CertificateFile, HostFacts, KeyFacts, Malformed, Missing, Unknown
from tlsfleet.policy import Policy
from tlsfleet.subjects import KeyInUse, keys_in_use, newest_set, pairs
from tlsfleet.verdict import MUST, Violation

NO_KEY = "no private key is in use"


# The key itself


@check(
    "private-key.strength",
    level=MUST,
    vantage=BOTH,
    subjects=public_keys,
    nothing=NO_KEY,
    notes=["N04"],
    parameters=["key_rsa_bits", "key_curves"],
)
def strength(item: PublicKey, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """A private key is of an allowed kind, and long enough.

    Why: A short RSA key or a weak curve can be broken by computing, and the certificate then proves nothing.
    Source: RFC 9325 4.5; BR 6.1.5. Remedy: Make a new key (openssl genpkey -algorithm EC -pkeyopt
    ec_paramgen_curve:P-256, or -algorithm RSA -pkeyopt rsa_keygen_bits:4096), and have a certificate issued for it.
    """
    found = item.key
    if not isinstance(found, KeyFacts):
        yield found
    elif isinstance(found.algorithm, Unknown):
        yield found.algorithm
    elif isinstance(found.bits, Unknown):
        yield found.bits
    elif not _strong(found.algorithm, found.bits, found.curve, policy):
        yield Violation(
            observed=" ".join([found.algorithm, found.curve or f"{found.bits} bits"]),
            expected=f"RSA of {policy.number('key_rsa_bits')} bits or more, {', '.join(policy.texts('key_curves'))}",
            where=item.where,
            reproduce=f"{item.printed} | openssl pkey -pubin -noout -text",
        )


def _strong(algorithm: str, bits: int, curve: str | None, policy: Policy) -> bool:
    if algorithm == "RSA":
        return bits >= policy.number("key_rsa_bits")
    return (curve if algorithm == "EC" else algorithm) in policy.texts("key_curves")


@check(
    "private-key.unencrypted",
    level=MUST,
    vantage=INSIDE,
    subjects=keys_in_use,
    nothing=NO_KEY,
    notes=["N08"],
)
def unencrypted(key: KeyInUse, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """A private key has no passphrase, unless its service is configured with one.

    Why: A service that must ask for a passphrase does not come up by itself after a reboot. Source: notes N08.
    Remedy: Write the key anew without passphrase, with the mode of the old file.
    """
    if not isinstance(key.key, KeyFacts):
        yield key.key
    elif key.key.encrypted:
        for pair in key.pairs:
            if not pair.block.settings.password_files:
                yield _encrypted(key.path, pair.where)
                return
        if not key.pairs:
            yield _encrypted(key.path, key.path)


def _encrypted(path: str, where: str) -> Violation:
    old, new = quote(path), quote(f"{path}.new")
    return Violation(
        observed="encrypted with a passphrase",
        expected="no passphrase, or a configured one",
        where=where,
        remedy=f"cp -p {old} {new} && openssl pkey -in {old} -out {new} && mv {new} {old}",
        reproduce=f"openssl pkey -in {old} -passin pass: -noout",
    )


@check(
    "private-key.not-known-weak",
    level=MUST,
    vantage=BOTH,
    subjects=public_keys,
    nothing=NO_KEY,
)
def not_known_weak(item: PublicKey, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """A private key is not one that is known to be weak.

    Why: Flawed generators have made RSA keys that anyone can compute from the public half: with primes that lie close
    together, are shared with other keys, or follow a pattern (ROCA). Keys of Debian's generator of 2008 (CVE-2008-0166)
    are not told: that takes a blocklist, which is no part of this suite. Source: badkeys.info; BR 6.1.1.3. Remedy: Make
    a new key with a sound generator, have a certificate issued for it, and the old one revoked.
    """
    if not isinstance(item.key, KeyFacts):
        yield item.key
        return
    if isinstance(item.key.public_key, Unknown):
        yield item.key.public_key
        return
    found = keys.weaknesses(item.key.public_key)
    if isinstance(found, Unknown):
        yield Unknown(item.subject, found.reason)
        return
    for weakness in found:
        yield Violation(
            observed=weakness.text,
            expected="a key that nobody else can compute",
            where=item.where,
            reproduce=f"{item.printed} | badkeys -",
            tags=weakness.tags,
        )


# The key against the certificate


@dataclass(frozen=True, slots=True)
class Match:
    """A key file and the certificate file that it is used with; ``spki`` is the certificate's."""

    path: str
    key: KeyFacts | Missing
    certificate_path: str
    spki: bytes | Missing
    where: str

    @property
    def subject(self) -> str:
        return self.path


def _matches(facts: HostFacts, policy: Policy) -> Iterator[Match | Unknown]:
    found: dict[tuple[str, str], str] = {}
    for item in pairs(facts, policy):
        if isinstance(item, Unknown):
            yield item
            continue
        certificate, key = item.pair.certificate, item.pair.key
        if isinstance(certificate, str) and isinstance(key, str):
            found.setdefault((key, certificate), item.where)
        elif dark := [path for path in (certificate, key) if isinstance(path, Unknown)]:
            yield from dark
        elif alone := certificate or key:
            yield Unknown(str(alone), f"{item.where} names {'no key' if certificate else 'no certificate'} for it")
    newest = newest_set(facts, policy)
    if isinstance(newest, Unknown):
        yield newest
    else:
        for files in newest:
            if "key" in files.paths and files.answered:
                path = files.paths.get("crt") or files.paths["combined.crt"]
                found.setdefault((files.paths["key"], path), path)
    for (key_path, path), where in found.items():
        yield Match(key_path, facts.key(key_path), path, _spki(facts, path), where)


def _spki(facts: HostFacts, path: str) -> bytes | Missing:
    file = facts.certificate_file(path)
    if not isinstance(file, CertificateFile):
        return file
    first = file.certificates[0] if file.certificates else Malformed(path, "holds no certificate")
    return keys.spki_of(first, path) if isinstance(first, Certificate) else first


@check(
    "private-key.matches-certificate",
    level=MUST,
    vantage=INSIDE,
    subjects=_matches,
    nothing=NO_KEY,
    notes=["N15"],
)
def matches_certificate(match: Match, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """A private key is that of the certificate it is used with.

    Why: With a key that is not the certificate's no handshake succeeds; most services do not even start.
    Source: RFC 8446 4.4.3; notes N15. Remedy: Name the key that the certificate was requested with, or have a
    certificate issued for this key.
    """
    if not isinstance(match.key, KeyFacts):
        yield match.key
    elif not isinstance(match.spki, bytes):
        yield match.spki
    elif isinstance(match.key.public_key, Unknown):
        yield match.key.public_key
    elif keys.normal(match.key.public_key) != match.spki:
        yield Violation(
            observed=f"the public key of {match.certificate_path} is another one",
            expected=f"the key of {match.certificate_path}",
            where=match.where,
            reproduce=f"openssl pkey -in {quote(match.path)} -pubout; "
            f"openssl x509 -in {quote(match.certificate_path)} -noout -pubkey",
        )
