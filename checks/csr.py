"""Certificate signing requests: those of the newest set, and those not yet answered."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from shlex import quote

from tlsfleet import keys
from tlsfleet.check import INSIDE, Outcome, check
from tlsfleet.facts import CsrFile, HostFacts, KeyFacts, Missing, Unknown
from tlsfleet.names import alternative_names, is_fqdn, subject_values
from tlsfleet.policy import Policy
from tlsfleet.subjects import csrs
from tlsfleet.verdict import MUST, SHOULD, Violation

NO_CSR = "there is no certificate signing request of the newest set, or of one without certificate"


def _show(path: str) -> str:
    return f"openssl req -in {quote(path)} -noout -text"


def _renew(path: str, *more: str) -> str:
    """The command that makes the request anew, from the configuration and key beside it."""
    base = path.removesuffix(".csr")
    options = ["-sha256", "-config", quote(f"{base}.cnf"), "-key", quote(f"{base}.key"), "-out", quote(path), *more]
    return f"openssl req -new {' '.join(options)}"


@check(
    "csr.signature-algorithm",
    level=MUST,
    vantage=INSIDE,
    subjects=csrs,
    nothing=NO_CSR,
    notes=["N05"],
    parameters=["signature_hashes"],
)
def signature_algorithm(csr: CsrFile, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """A request is signed with SHA-256 or better.

    Why: CAs refuse requests signed with MD5 or SHA-1, whose collisions can be computed. Source: notes N05; BR 7.1.3.2.
    Remedy: Make the request anew with -sha256.
    """
    name, allowed = keys.signature_hash(csr), policy.texts("signature_hashes")
    if isinstance(name, Unknown):
        yield Unknown(csr.path, name.reason)
    elif name not in allowed:
        yield Violation(
            observed=f"signed with {name}",
            expected=", ".join(allowed),
            where=csr.path,
            remedy=_renew(csr.path),
            reproduce=_show(csr.path),
        )


@check("csr.has-names", level=MUST, vantage=INSIDE, subjects=csrs, nothing=NO_CSR, notes=["N09"])
def has_names(csr: CsrFile, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """A request carries the host's names as subjectAltName.

    Why: Clients look for the name there, no longer in the CN. A subjectAltName under [v3_ca] goes into self-signed
    certificates, never into a request. Source: RFC 9525 6.3; BR 7.1.2.7.12. Remedy: Write req_extensions = v3_req under
    [req], and subjectAltName = DNS:NAME, ... under [v3_req] of the .cnf; or give -addext to openssl req.
    """
    names = alternative_names(csr)
    if isinstance(names, Unknown):
        yield Unknown(csr.path, names.reason)
    elif not names:
        common = subject_values(csr, "CN")
        name = common[0] if isinstance(common, tuple) and common else "www.example.org"
        yield Violation(
            observed="no subjectAltName",
            expected="subjectAltName with the host's names",
            where=csr.path,
            remedy=_renew(csr.path, "-addext", quote(f"subjectAltName=DNS:{name}")),
            reproduce=_show(csr.path),
        )


@dataclass(frozen=True, slots=True)
class Request:
    """A request and the key of its set."""

    csr: CsrFile
    key: KeyFacts | Missing

    @property
    def subject(self) -> str:
        return self.csr.path


def _requests(facts: HostFacts, policy: Policy) -> Iterator[Request | Missing]:
    for csr in csrs(facts, policy):
        if isinstance(csr, CsrFile):
            yield Request(csr, facts.key(f"{csr.path.removesuffix('.csr')}.key"))
        else:
            yield csr


@check("csr.matches-key", level=MUST, vantage=INSIDE, subjects=_requests, nothing=NO_CSR, notes=["N14"])
def matches_key(request: Request, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """A request is for the key of its set.

    Why: The CA certifies the key in the request; with another one on the host the certificate cannot be used.
    Source: RFC 2986 4.1; notes N14. Remedy: Make the request anew from the key, or find the key that it was made with.
    """
    found = keys.spki_of(request.csr, request.csr.path)
    if not isinstance(found, bytes):
        yield found
    elif not isinstance(request.key, KeyFacts):
        yield request.key
    elif isinstance(request.key.public_key, Unknown):
        yield request.key.public_key
    elif keys.normal(request.key.public_key) != found:
        yield Violation(
            observed=f"for another key than {request.key.path}",
            expected=f"for {request.key.path}",
            where=request.csr.path,
            remedy=_renew(request.csr.path),
            reproduce=f"openssl req -in {quote(request.csr.path)} -noout -pubkey; "
            f"openssl pkey -in {quote(request.key.path)} -pubout",
        )


@check(
    "csr.subject",
    level=SHOULD,
    vantage=INSIDE,
    subjects=csrs,
    nothing=NO_CSR,
    notes=["N12", "N13"],
    parameters=["subject"],
)
def subject(csr: CsrFile, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """A request's subject is what the policy asks for, and its common name a fully qualified host name.

    Why: A CA that verifies organisations refuses a request that differs from the profile; one that does not, ignores
    all but the name. Source: notes N12; BR 7.1.2.7. Remedy: Make the request anew, and answer its questions as the
    policy says; an empty answer is a dot.
    """
    for name, wanted in policy.table("subject").items():
        held = subject_values(csr, name)
        if isinstance(held, Unknown):
            yield Unknown(csr.path, held.reason)
        elif not _fits(held, wanted):
            yield _wrong(csr, name, held, {"": "none", "*": "any text"}.get(wanted, wanted))
    common = subject_values(csr, "CN")
    if isinstance(common, Unknown):
        yield Unknown(csr.path, common.reason)
    elif not all(map(is_fqdn, common)):
        yield _wrong(csr, "CN", common, "a fully qualified host name")


def _fits(held: tuple[str, ...], wanted: str) -> bool:
    if wanted == "*":
        return any(value.strip() for value in held)
    return held == ((wanted,) if wanted else ())


def _wrong(csr: CsrFile, name: str, held: tuple[str, ...], expected: str) -> Violation:
    return Violation(
        observed=f"{name} = {', '.join(held)}" if held else f"no {name}",
        expected=f"{name}: {expected}",
        where=csr.path,
        remedy=_renew(csr.path),
        reproduce=f"openssl req -in {quote(csr.path)} -noout -subject -nameopt multiline",
    )
