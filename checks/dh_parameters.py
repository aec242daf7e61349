"""Diffie-Hellman parameters: there, closed, long enough, safe, one's own, and named where DHE is on offer."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from shlex import quote

from tlsfleet.access import owner_and_mode
from tlsfleet.check import BOTH, INSIDE, Outcome, check
from tlsfleet.crypto.dh_groups import NO_GROUP, Group, dh_groups
from tlsfleet.crypto.primes import MAX_BITS, is_safe_prime
from tlsfleet.facts import Absent, DhParameters, FileFacts, HostFacts, Malformed, Missing, Unknown
from tlsfleet.known.dh_primes import well_known
from tlsfleet.known.directives import controls, mend, search
from tlsfleet.policy import Policy
from tlsfleet.subjects import Block, dh_files, serving_blocks, tls_blocks
from tlsfleet.verdict import MUST, SHOULD, NotApplicable, Violation

NO_FILE = "no service names a DH parameters file"
DHE_BY_NAME = re.compile(
    r"(?:TLS_|k)?(?:DHE|EDH)(?:[-+_].*)?"
)  # one part of a cipher string, neither - nor ! before it


@dataclass(frozen=True, slots=True)
class DhFile:
    """A DH file in use with what is at its path; ``where`` names it."""

    path: str
    where: str
    held: DhParameters | Missing
    file: FileFacts | Missing

    @property
    def subject(self) -> str:
        return self.path


def _files(facts: HostFacts, policy: Policy) -> Iterator[DhFile | Unknown]:
    where: dict[str, str] = {}
    for item in tls_blocks(facts, policy):
        if isinstance(item, Block) and isinstance(item.block.settings.dh_parameters, str):
            where.setdefault(item.block.settings.dh_parameters, item.place("dh_parameters"))
    for held in dh_files(facts, policy):
        path = held.subject
        if path == policy.text("dh_file") or path in where:
            yield DhFile(path, where.get(path, path), held, facts.file(path))
        else:
            yield Unknown(path, held.reason if isinstance(held, Missing) else "what names it is not known")


def _make(path: str, policy: Policy) -> str:
    return f"openssl dhparam -out {quote(path)} {max(policy.number('dh_bits'), 2048)}"


def _show(path: str) -> str:
    return f"openssl dhparam -in {quote(path)} -noout -text"


# The file


@check(
    "dh-parameters.present",
    level=MUST,
    vantage=INSIDE,
    subjects=_files,
    nothing=NO_FILE,
    notes=["N44"],
    parameters=["dh_file", "dh_bits"],
)
def present(item: DhFile, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """Every DH parameters file that a service names, or that the policy asks for, is there and can be read.

    Why: A service whose DH file is missing or damaged does not start, or refuses its next reload. Source: notes N44.
    Remedy: Make the file with openssl dhparam, and reload the service.
    """
    if isinstance(item.held, Unknown):
        yield item.held
    elif isinstance(item.held, Absent | Malformed):
        yield Violation(
            observed=item.held.reason,
            expected="DH parameters",
            where=item.where,
            remedy=_make(item.path, policy),
            reproduce=_show(item.path),
        )


@check(
    "dh-parameters.permissions",
    level=SHOULD,
    vantage=INSIDE,
    subjects=_files,
    nothing=NO_FILE,
    notes=["N45"],
    parameters=["dh_permissions"],
)
def permissions(item: DhFile, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """Only root can replace DH parameters, or the file has the mode and owner that the policy asks for.

    Why: Whoever can write the file can put a prime there that he can break. Source: notes N45. Remedy: Give the file
    to root, and take the others' right to write.
    """
    if not isinstance(item.file, FileFacts):
        yield item.file
        return
    allowed, path = policy.texts("dh_permissions"), quote(item.path)
    seen = owner_and_mode(item.file.target)
    mode, _, owner = allowed[0].partition(" ") if allowed else ("go-w", "", "root")
    if seen not in allowed if allowed else item.file.target.mode & 0o022 or item.file.target.uid != 0:
        yield Violation(
            observed=seen,
            expected=", ".join(allowed) or "root's, and not writable by its group or others",
            where=item.file.real_path,
            remedy=f"chown {owner} {path} && chmod {mode} {path}",
            reproduce=f"stat -L -c '%a %U:%G' {path}",
        )


# The prime


@check(
    "dh-parameters.size",
    level=MUST,
    vantage=BOTH,
    subjects=dh_groups,
    nothing=NO_GROUP,
    notes=["N44"],
    parameters=["dh_bits"],
)
def size(held: Group, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """The prime of DH parameters is long enough.

    Why: Discrete logarithms modulo 512 and 768 bits have been computed in public, modulo 1024 bits a state can: it
    then reads every connection of that prime. Source: RFC 9325 4.5; CVE-2015-4000. Remedy: Make longer parameters, and
    reload the service.
    """
    if held.bits < policy.number("dh_bits"):
        yield Violation(
            observed=f"{held.bits} bits",
            expected=f"{policy.number('dh_bits')} bits or more",
            where=held.where,
            remedy=_replaced(held, policy),
            reproduce=held.shown,
            tags=("CVE-2015-4000", "Logjam") if held.bits <= 1024 else (),
            at_most=held.lenient,
        )


@check(
    "dh-parameters.safe-prime",
    level=MUST,
    vantage=BOTH,
    subjects=dh_groups,
    nothing=NO_GROUP,
    parameters=["dh_bits"],
)
def safe_prime(held: Group, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """The modulus p of DH parameters is a safe prime, and the generator g generates a large subgroup.

    Why: With p = 2q + 1, p and q prime, there is no small subgroup into which an attacker can force the exchange to
    learn the server's exponent piece by piece; parameters made with -dsaparam, and those of RFC 5114, have such
    subgroups. A modulus that is no prime at all has no strength that anyone knows. Source: RFC 7919 5.1; RFC 2785;
    NIST SP 800-56A 5.5.1. Remedy: Make the parameters with openssl dhparam, without -dsaparam, and reload the service.
    """
    safe = is_safe_prime(held.prime)
    if safe is None:
        yield Unknown(held.subject, f"{held.bits} bits: a prime of more than {MAX_BITS} bits is not tested")
    elif not safe or not 1 < held.generator < held.prime - 1:
        yield Violation(
            observed="a generator of a tiny subgroup" if safe else f"the modulus of {held.bits} bits is no safe prime",
            expected="a safe prime, and a generator from 2 to p - 2",
            where=held.where,
            remedy=_replaced(held, policy),
            reproduce=held.shown,
        )


@check(
    "dh-parameters.not-common",
    level=MUST,
    vantage=BOTH,
    subjects=dh_groups,
    nothing=NO_GROUP,
    notes=["N47"],
    tags=["Logjam"],
    parameters=["dh_bits"],
)
def not_common(held: Group, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """The prime of DH parameters is not one of 1024 bits or less that many servers share.

    Why: Nearly all the work to break a prime is done once for all who use it, so the primes that were built into
    Apache, nginx or Postfix are worth it first. Source: Adrian and others, Imperfect Forward Secrecy (2015);
    CVE-2015-4000. Remedy: Make parameters of one's own, and reload the service.
    """
    if name := well_known(held.prime):
        yield Violation(
            observed=f"the prime is that of {name}",
            expected="a prime of one's own, or one of RFC 7919",
            where=held.where,
            remedy=_replaced(held, policy),
            reproduce=held.shown,
            tags=("CVE-2015-4000", "Logjam"),
            at_most=held.lenient,
        )


def _replaced(held: Group, policy: Policy) -> str:
    return "; ".join(filter(None, (_make(held.path, policy) if held.path else "", held.more)))


# Its use


@check(
    "dh-parameters.referenced",
    level=SHOULD,
    vantage=INSIDE,
    subjects=serving_blocks,
    nothing="no service speaks TLS",
    notes=["N46"],
    parameters=["dh_file"],
)
def referenced(item: Block, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """A service that is to offer DHE names its DH parameters; where the policy names a file, it is that one.

    Why: Without parameters nginx leaves all DHE suites out, so that those in its cipher string by name are never on
    offer; others fall back on a prime that they share with everybody. Source: notes N46. Remedy: Name the file in the
    service's configuration and reload it, or take the DHE suites out of its cipher string.
    """
    settings, wanted = item.block.settings, policy.text("dh_file")
    dark = [
        value
        for value in (settings.protocols, settings.cipher_suites, settings.dh_parameters)
        if isinstance(value, Unknown)
    ]
    if isinstance(settings.protocols, tuple) and not set(settings.protocols) - {"TLSv1.3"}:
        yield NotApplicable("with TLS 1.3 alone there is no use for DH parameters")
    elif dark:
        yield dark[0]
    elif wanted and settings.dh_parameters not in {wanted, "auto"}:
        yield _unnamed(item, f"names {settings.dh_parameters or 'no DH parameters'}", wanted)
    elif settings.dh_parameters is None and (names := _asked(item)):
        yield _unnamed(item, f"{names} in the cipher string, no DH parameters", "a DH parameters file")


def _asked(item: Block) -> str:
    """The first part of the cipher string that asks for DHE by name; empty where none does, or no suite comes of it."""
    settings = item.block.settings
    suites = () if isinstance(settings.cipher_suites, Unknown) else settings.cipher_suites
    string = settings.cipher_string if isinstance(settings.cipher_string, str) else ""
    if not any(suite.name.startswith("TLS_DHE_") for suite in suites):
        return ""
    return next(filter(DHE_BY_NAME.fullmatch, re.split(r"[:, ]+", string)), "")


def _unnamed(item: Block, observed: str, wanted: str) -> Violation:
    path = wanted if wanted.startswith("/") else "/etc/ssl/dhparam.pem"
    return Violation(
        observed=observed,
        expected=wanted,
        where=item.place("dh_parameters"),
        remedy=mend(item.service.service, "dh_parameters", item.block.origin("dh_parameters"), path),
        reproduce=search(item.service, "dh_parameters"),
        tags=controls(item.service.service, "dh_parameters"),
    )
