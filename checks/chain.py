"""Chains: what a file holds or an endpoint sends after the end-entity certificate: in order, whole, nothing else."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from shlex import quote

from tlsfleet.check import BOTH, INSIDE, Outcome, check
from tlsfleet.crypto.certificates import issuer_address, shown
from tlsfleet.crypto.chains import anchored, issued, issuers, self_issued
from tlsfleet.crypto.whole_chains import NO_CHAIN, Chain, rewritten, whole_chains
from tlsfleet.facts import Certificate, CertificateFile, HostFacts, Malformed, Missing, Unknown
from tlsfleet.policy import Policy
from tlsfleet.subjects import FileSet, newest_set
from tlsfleet.verdict import MAY, MUST, SHOULD, NotApplicable, Violation

# What is in it, and in which order


@check(
    "chain.order",
    level=MUST,
    vantage=BOTH,
    subjects=whole_chains,
    nothing=NO_CHAIN,
    notes=["N23"],
    parameters=["chain_root"],
)
def order(chain: Chain, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """The end-entity certificate comes first, and each certificate is issued by the next one.

    Why: TLS 1.2 asks for this order; clients that hold to it fail where others find their way. A first certificate
    that is not the server's keeps services from starting. Source: RFC 5246 7.4.2; RFC 8446 4.4.2; notes N23. Remedy:
    Write the file anew: the server's certificate, then its issuer, then that one's.
    """
    for place, (child, parent) in enumerate(zip(chain.certificates, chain.others, strict=False), 1):
        link = issued(child, parent)
        if isinstance(link, Unknown):
            yield Unknown(chain.subject, link.reason)
        elif not link:
            yield Violation(
                observed=f"certificate {place} ({shown(child)}) is not issued by the next ({shown(parent)})",
                expected="each certificate issued by the next",
                where=chain.holder.where,
                remedy=rewritten(chain, policy),
                reproduce=chain.holder.listing(),
            )


@check(
    "chain.complete",
    level=MUST,
    vantage=BOTH,
    subjects=whole_chains,
    nothing=NO_CHAIN,
    notes=["N23", "N31"],
)
def complete(chain: Chain, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """Every intermediate up to the trust anchor is there.

    Why: A browser may have seen a missing intermediate elsewhere, or fetch it; mail servers, phones and programs do
    not, and refuse the connection. Source: RFC 5246 7.4.2; RFC 8446 4.4.2; notes N23, N31. Remedy: Put the
    intermediates that the CA gave with the certificate after it.
    """
    above = issuers(chain.first, chain.others)
    if isinstance(above, Unknown):
        yield Unknown(chain.subject, above.reason)
        return
    path = [chain.first, *above]
    if any(map(self_issued, path)):
        return
    ends = anchored(path, chain.anchors) if chain.anchors else Unknown(chain.subject, "no trust store was given")
    if isinstance(ends, Unknown):
        yield Unknown(chain.subject, ends.reason)
    elif not ends:
        top = path[-1]
        yield Violation(
            observed=f"the issuer of {shown(top)} is neither in it nor a trust anchor",
            expected="every intermediate up to the trust anchor",
            where=chain.holder.where,
            remedy=chain.holder.mended(f"{_fetch(top)} >>"),
            reproduce=chain.holder.listing(),
            at_most=chain.holder.lenient,
        )


def _fetch(certificate: Certificate) -> str:
    """The command that prints the issuer's certificate, from the address in the certificate where it has one."""
    address = issuer_address(certificate)
    return f"curl -sS {quote(address)} | openssl x509" if address else "cat intermediate.pem"


@check(
    "chain.root",
    level=MAY,
    vantage=BOTH,
    subjects=whole_chains,
    nothing=NO_CHAIN,
    notes=["N24"],
    parameters=["chain_root"],
)
def root(chain: Chain, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """The root is left out, or is the last certificate, as the policy says.

    Why: Clients trust the root that they have, never the one that a server sends: it only makes each handshake longer.
    Source: RFC 5246 7.4.2; RFC 8446 4.4.2; notes N24. Remedy: Take the root out of the file, or put it at its end.
    """
    roots = [certificate for certificate in chain.others if self_issued(certificate)]
    if self_issued(chain.first):
        yield NotApplicable("the certificate is self-signed")
    elif policy.text("chain_root") == "last":
        if not self_issued(chain.certificates[-1]):
            yield Violation(
                observed=f"ends with {shown(chain.certificates[-1])}",
                expected="the root as the last certificate",
                where=chain.holder.where,
                remedy=chain.holder.mended("cat root.pem >>"),
                reproduce=chain.holder.listing(),
            )
    elif roots:
        yield Violation(
            observed=f"holds the root {shown(roots[0])}",
            expected="the root left out",
            where=chain.holder.where,
            remedy=rewritten(chain, policy),
            reproduce=chain.holder.listing(),
        )


@check(
    "chain.no-duplicates",
    level=SHOULD,
    vantage=BOTH,
    subjects=whole_chains,
    nothing=NO_CHAIN,
    notes=["N25"],
    parameters=["chain_root"],
)
def no_duplicates(chain: Chain, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """No certificate is there twice.

    Why: It happens when `cat >>` is run again, and each copy is sent in every handshake; some clients refuse such a
    chain. Source: notes N25. Remedy: Write the file anew with > instead of >>.
    """
    for certificate in dict.fromkeys(chain.certificates):
        if (times := chain.certificates.count(certificate)) > 1:
            yield Violation(
                observed=f"{shown(certificate)} is there {times} times",
                expected="each certificate once",
                where=chain.holder.where,
                remedy=rewritten(chain, policy),
                reproduce=chain.holder.listing(),
            )


@check(
    "chain.no-strangers",
    level=SHOULD,
    vantage=BOTH,
    subjects=whole_chains,
    nothing=NO_CHAIN,
    parameters=["chain_root"],
)
def no_strangers(chain: Chain, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """Every certificate is the server's, or leads from it to the trust anchor.

    Why: What does not belong to the chain is mostly an intermediate of the last CA, left over from a renewal; clients
    that take the file for a chain fail on it. Source: RFC 5246 7.4.2. Remedy: Take it out.
    """
    above = issuers(chain.first, chain.others)
    if isinstance(above, Unknown):
        yield Unknown(chain.subject, above.reason)
        return
    for certificate in dict.fromkeys(chain.others):
        if certificate != chain.first and certificate not in above:
            yield Violation(
                observed=f"{shown(certificate)} issued nothing here",
                expected="the end-entity certificate and its issuers",
                where=chain.holder.where,
                remedy=rewritten(chain, policy),
                reproduce=chain.holder.listing(),
            )


# Against the set


@dataclass(frozen=True, slots=True)
class Answer:
    """The two certificate files of the newest set."""

    path: str
    certificate_path: str
    chain: CertificateFile | Missing
    certificate: CertificateFile | Missing

    @property
    def subject(self) -> str:
        return self.path


def _answers(facts: HostFacts, policy: Policy) -> Iterator[Answer | Unknown]:
    newest: tuple[FileSet, ...] | Unknown = newest_set(facts, policy)
    if isinstance(newest, Unknown):
        yield newest
        return
    for item in newest:
        if {"crt", "combined.crt"} <= item.paths.keys():
            crt, combined = item.paths["crt"], item.paths["combined.crt"]
            yield Answer(combined, crt, facts.certificate_file(combined), facts.certificate_file(crt))


@check(
    "chain.leaf-equals-certificate-file",
    level=MUST,
    vantage=INSIDE,
    subjects=_answers,
    nothing="there is no newest set with a .crt and a .combined.crt",
    notes=["N27"],
)
def leaf_equals_certificate_file(answer: Answer, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """A set's .combined.crt begins with the certificate of its .crt.

    Why: The one is served, the other is what people look at; where they differ, what was looked at is not served.
    Source: notes N27. Remedy: Make the combined file anew from the .crt and the intermediates.
    """
    files = answer.certificate, answer.chain
    missing = [file for file in files if not isinstance(file, CertificateFile)]
    yield from missing
    if missing:
        return
    firsts = [file.certificates[:1] for file in files if isinstance(file, CertificateFile)]
    if dark := [
        path for path, held in zip((answer.certificate_path, answer.path), firsts, strict=True) if not _read(held)
    ]:
        yield Malformed(dark[0], "its first certificate cannot be read")
    elif firsts[0] != firsts[1]:
        yield Violation(
            observed=f"begins with another certificate than {answer.certificate_path}",
            expected=f"the certificate of {answer.certificate_path} first",
            where=answer.path,
            remedy=f"cat {quote(answer.certificate_path)} intermediate.pem > {quote(answer.path)}",
            reproduce=f"openssl x509 -noout -fingerprint -sha256 -in {quote(answer.path)}; "
            f"openssl x509 -noout -fingerprint -sha256 -in {quote(answer.certificate_path)}",
        )


def _read(held: tuple[Certificate | Malformed, ...]) -> bool:
    return bool(held) and isinstance(held[0], Certificate)
