"""What a server agrees to in a handshake below TLS 1.3: extensions that mend the protocol, and habits that break it."""

from collections.abc import Iterator
from datetime import datetime

from tlsfleet.check import WIRE, Outcome, check
from tlsfleet.known.directives import protocol_names, upgrade
from tlsfleet.policy import Policy
from tlsfleet.served import NO_ENDPOINT, Served, distinct, told
from tlsfleet.verdict import MUST, SHOULD, Violation

BELOW_12 = {"SSLv3": "-ssl3", "TLSv1.0": "-tls1", "TLSv1.1": "-tls1_1"}


@check("handshake.secure-renegotiation", level=MUST, vantage=WIRE, subjects=distinct, nothing=NO_ENDPOINT)
def secure_renegotiation(item: Served, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """A server below TLS 1.3 ties a renegotiation to the connection that it renews.

    Why: without it a man in the middle puts requests of his own before those of the client, and the server takes both
    for the client's. Source: RFC 5746; RFC 9325 3.5; CVE-2009-3555. Remedy: upgrade the TLS library, and take every
    option for legacy renegotiation out of the configuration.
    """
    answer = item.facts.secure_renegotiation
    if answer is False:
        yield Violation(
            observed="a server hello without renegotiation_info",
            expected="renegotiation_info in every handshake below TLS 1.3",
            where=item.endpoint.place,
            remedy=upgrade(item.service),
            reproduce=f"{item.s_client('-no_tls1_3')} | grep -i 'secure renegotiation'",
            tags=("CVE-2009-3555",),
        )
    yield from told(answer, item.subject)


@check("handshake.no-client-renegotiation", level=SHOULD, vantage=WIRE, subjects=distinct, nothing=NO_ENDPOINT)
def no_client_renegotiation(item: Served, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """A server refuses a renegotiation that the client begins.

    Why: one connection then asks for as many handshakes as it likes, each of which costs the server many times what it
    costs the client. Source: RFC 9325 3.5; RFC 5746 5; CVE-2011-1473. Remedy: switch renegotiation off.
    """
    answer = item.facts.client_renegotiation
    if answer is True:
        asked = item.s_client("-no_tls1_3").removesuffix(" </dev/null")
        yield Violation(
            observed="a renegotiation that the client asked for was made",
            expected="a refusal",
            where=item.endpoint.place,
            remedy=item.mend("renegotiation", "refused (OpenSSL's option NoRenegotiation)"),
            reproduce=f"(sleep 2; echo R; sleep 2) | {asked}",
            tags=("CVE-2011-1473",),
        )
    yield from told(answer, item.subject)


@check("handshake.extended-master-secret", level=SHOULD, vantage=WIRE, subjects=distinct, nothing=NO_ENDPOINT)
def extended_master_secret(item: Served, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """In TLS 1.2 a server binds the master secret to the whole handshake.

    Why: otherwise a man in the middle makes two sessions with one master secret, and a resumption or renegotiation of
    one passes for the other's (triple handshake). Source: RFC 7627; RFC 9325 3.5. Remedy: upgrade the TLS library, and
    take what switches the extension off out of the configuration.
    """
    answer = item.facts.extended_master_secret
    if answer is False:
        yield Violation(
            observed="a server hello of TLS 1.2 without extended_master_secret",
            expected="extended_master_secret in every handshake of TLS 1.2",
            where=item.endpoint.place,
            remedy=f"take -ExtendedMasterSecret out of the configuration, or else {upgrade(item.service)}",
            reproduce=f"{item.s_client('-tls1_2')} | grep -i 'extended master secret'",
            tags=("triple handshake",),
        )
    yield from told(answer, item.subject)


@check("handshake.no-compression", level=MUST, vantage=WIRE, subjects=distinct, nothing=NO_ENDPOINT, tags=["CRIME"])
def no_compression(item: Served, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """A server does not compress what it encrypts.

    Why: the length of what is compressed tells whether a guess at a secret in it was right, byte by byte. Source: RFC
    9325 3.3; RFC 7457 2.6; CVE-2012-4929. Remedy: switch TLS compression off.
    """
    answer = item.facts.compression
    if answer is True:
        yield Violation(
            observed="DEFLATE was picked",
            expected="no compression",
            where=item.place("compression"),
            remedy=item.mend("compression", "-Compression"),
            reproduce=item.testssl("--crime"),
            tags=("CVE-2012-4929",),
        )
    yield from told(answer, item.subject)


@check("handshake.fallback-scsv", level=SHOULD, vantage=WIRE, subjects=distinct, nothing=NO_ENDPOINT)
def fallback_scsv(item: Served, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """A server of several versions below TLS 1.3 refuses a client that was made to fall back to an older one.

    Why: otherwise who breaks a client's first attempts gets it to speak the oldest version that both still know.
    Source: RFC 7507; RFC 7457 2.1. Remedy: upgrade the TLS library, or leave TLS 1.2 as the only version below 1.3.
    """
    answer = item.facts.fallback_scsv
    if answer is False:
        oldest = next((option for name, option in BELOW_12.items() if item.spoken(name)), "-tls1_1")
        lifted = ("-cipher", "ALL:@SECLEVEL=0")
        yield Violation(
            observed="a handshake that said that it was a fallback was made",
            expected="the alert inappropriate_fallback",
            where=item.place("protocols"),
            remedy=item.mend("protocols", protocol_names(item.service, ("TLSv1.2", "TLSv1.3"))),
            reproduce=item.s_client(oldest, "-fallback_scsv", *lifted),
        )
    yield from told(answer, item.subject)
