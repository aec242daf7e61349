"""The inside held against the wire: the certificates of the configured files are served, and the protocols declared."""

from collections.abc import Iterator
from datetime import datetime
from shlex import quote

from tlsfleet.check import BOTH, Outcome, check
from tlsfleet.crypto.configured import Configured, configured, key_type, told_apart
from tlsfleet.facts import Certificate, CertificateFile, Malformed, ServedChain, Unknown
from tlsfleet.iana import PROTOCOLS
from tlsfleet.known.cipher_suites import suite
from tlsfleet.known.directives import protocol_names, reload
from tlsfleet.policy import Policy
from tlsfleet.served import NO_ENDPOINT
from tlsfleet.verdict import MUST, SHOULD, Violation

PROOF = "openssl x509 -noout -subject -enddate -fingerprint -sha256"


@check(
    "consistency.served-certificate-is-file",
    level=MUST,
    vantage=BOTH,
    subjects=configured,
    nothing=NO_ENDPOINT,
    notes=["N34"],
)
def served_certificate_is_file(item: Configured, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """What a server sends is the certificate and the chain that its configured file holds.

    Why: A server reads its certificate once; after a renewal without a reload it serves the old one until clients
    refuse it, however new the file is. Source: notes N34; RFC 8446 4.4.2. Remedy: Reload the service, and have the
    renewal's deploy hook do so.
    """
    chains = item.served.facts.chains
    yield from (Unknown(item.subject, f"{gap.subject}: {gap.reason}") for gap in item.gaps)
    if not item.files and not item.gaps:
        yield Unknown(item.subject, "its block names no certificate")
    elif isinstance(chains, Unknown):
        yield Unknown(item.subject, chains.reason)
    else:
        dark = item.served.unlisted()
        yield from (Unknown(each.subject, f"not every chain may have been seen, {each.reason}") for each in dark)
        for chain in chains:
            yield from _compared(item, chain)
        yield from _never_served(item, chains)


@check(
    "consistency.protocols-as-configured",
    level=SHOULD,
    vantage=BOTH,
    subjects=configured,
    nothing=NO_ENDPOINT,
    notes=["N39"],
)
def protocols_as_configured(item: Configured, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """Every protocol version that is configured is spoken, and none that is not.

    Why: Who reads the configuration takes its word for what clients get. OpenSSL 3 refuses TLS 1.0 and 1.1 at the
    security level of most distributions, whatever is declared; and what is spoken beyond the configuration comes from
    a server that did not read it yet, or is another one. Source: notes N39; SSL_CTX_set_security_level(3). Remedy:
    Take out what the library refuses, or reload the service.
    """
    declared = () if item.settings.reject_handshake is True else item.settings.protocols
    if isinstance(declared, Unknown):
        yield Unknown(item.subject, declared.reason)
        return
    spoken = item.served.spoken(*PROTOCOLS)
    refused = [name for name in declared if item.served.facts.protocols.get(name) is False]
    more = [name for name in spoken if name not in declared]
    expected = f"what is configured: {' '.join(declared) or 'no handshake at all'}"
    service, place = item.served.service, item.served.place("protocols")
    if refused:
        left = tuple(name for name in declared if name not in refused)
        yield Violation(
            observed=f"{' '.join(refused)} configured, and refused",
            expected=expected,
            where=place,
            remedy=item.served.mend("protocols", protocol_names(service, left)) if left else reload(service),
            reproduce=item.served.s_client_in(refused[0]),
        )
    if more:
        yield Violation(
            observed=f"{' '.join(more)} spoken, and not configured",
            expected=expected,
            where=place,
            remedy=reload(service),
            reproduce=item.served.s_client_in(more[0]),
        )
    yield from item.served.untold(*PROTOCOLS)


def _compared(item: Configured, chain: ServedChain) -> Iterator[Outcome]:
    """What differs between a chain and the file of its type of key."""
    first = next(iter(chain.certificates), Malformed(item.subject, "it sends no certificate"))
    kind = first if isinstance(first, Malformed) else key_type(first)
    if not isinstance(first, Certificate) or not isinstance(kind, str):
        yield Unknown(item.subject, kind.reason if not isinstance(kind, str) else "")
        return
    file = item.files.get(kind)
    if file is None:
        if not item.gaps:
            held = ", ".join(each.path for each in item.files.values())
            yield _unlike(item, f"{told_apart(first)} of type {kind}", f"what is in {held}", None)
    elif difference := _difference(chain.certificates, file):
        yield difference if isinstance(difference, Unknown) else _unlike(item, *difference, file)


def _difference(served: tuple[Certificate | Malformed, ...], file: CertificateFile) -> tuple[str, str] | Unknown | None:
    """What is served and what the file holds, where these are not the same."""
    broken = next((each for each in (*served, *file.certificates) if isinstance(each, Malformed)), None)
    if broken:
        return Unknown(file.path, broken.reason)
    for number, (one, other) in enumerate(zip(served, file.certificates, strict=False), 1):
        if one != other:
            return f"certificate {number} is {told_apart(one)}", f"that of {file.path}, {told_apart(other)}"
    if len(served) != len(file.certificates):
        return f"{len(served)} certificates are sent", f"the {len(file.certificates)} of {file.path}"
    return None


def _never_served(item: Configured, chains: tuple[ServedChain, ...]) -> Iterator[Outcome]:
    """A file of a type of key that was not seen, though a version or suite on offer could use it."""
    firsts = [next(iter(chain.certificates), None) for chain in chains]
    seen = [key_type(each) for each in firsts if isinstance(each, Certificate)]
    dark = len(seen) < len(chains) or any(isinstance(each, Unknown) for each in (*seen, *item.served.unlisted()))
    for kind, file in item.files.items():
        if kind not in seen and not dark and _usable(item, kind):
            yield _unlike(item, f"no certificate of type {kind} is served", f"that of {file.path}", file)


def _usable(item: Configured, kind: str) -> bool:
    """Whether clients can come to see a certificate of a type of key: in TLS 1.3, or by a suite that is configured."""
    if item.served.spoken("TLSv1.3"):
        return True
    listed = () if isinstance(item.settings.cipher_suites, Unknown) else item.settings.cipher_suites
    suites = (found for each in listed if (found := suite(each.name)) and not found.keyless)
    return any(found.takes_key(kind, "TLSv1.2") for found in suites)


def _unlike(item: Configured, observed: str, expected: str, file: CertificateFile | None) -> Violation:
    here = f"; {PROOF} -in {quote(file.path)}" if file else ""
    return Violation(
        observed=observed,
        expected=expected,
        where=item.served.place("certificates"),
        remedy=reload(item.served.service),
        reproduce=f"{item.served.s_client('-showcerts')} | {PROOF}{here}",
    )
