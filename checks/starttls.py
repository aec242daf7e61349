"""What a server says and does before TLS, where TLS is begun by STARTTLS or its like."""

from collections.abc import Iterator
from datetime import datetime
from shlex import quote

from tlsfleet.check import WIRE, Outcome, check
from tlsfleet.endpoints import LOCAL, OPPORTUNISTIC, Endpoint, Preface
from tlsfleet.facts import HostFacts, Unknown
from tlsfleet.policy import Policy
from tlsfleet.served import Served, every_endpoint, told
from tlsfleet.verdict import MUST, NotApplicable, Violation

NOTHING = "no endpoint that begins with STARTTLS was examined"
SENDS_THE_PASSWORD = {"PLAIN", "LOGIN", "USER", "SIMPLE", "PASSWORD"}  # as Preface names them
NOT_LOOKED = "what it says before TLS was not looked at"
LISTS = {  # what a client says for a server to list its ways to log in
    "smtp": "EHLO [127.0.0.1]",
    "lmtp": "LHLO [127.0.0.1]",
    "imap": "a1 CAPABILITY",
    "pop3": "CAPA",
    "sieve": "CAPABILITY",
    "ftp": "USER tlsfleet",
}
STREAM = (
    '<?xml version="1.0"?><stream:stream to="{}" xmlns="jabber:{}" '
    'xmlns:stream="http://etherx.jabber.org/streams" version="1.0">'
)


def prefaced(facts: HostFacts, _policy: Policy) -> Iterator[Served | Unknown]:
    """Every endpoint that begins with STARTTLS, whether it came to TLS or not; names that are answered alike once."""
    seen: set[tuple[str, str | None, Preface]] = set()
    for each in every_endpoint(facts):
        if isinstance(each, Unknown):
            yield each
        elif each.endpoint.starttls and each.facts.preface is None:
            yield Unknown(each.subject, each.facts.failure.reason if each.facts.failure else NOT_LOOKED)
        elif each.endpoint.starttls and each.facts.preface:
            said = (each.endpoint.place, each.endpoint.starttls, each.facts.preface)
            if said not in seen:
                seen.add(said)
                yield each


@check("starttls.offered", level=MUST, vantage=WIRE, subjects=prefaced, nothing=NOTHING, notes=["N31"])
def offered(item: Served, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """An endpoint that is to begin TLS by STARTTLS offers it.

    Why: Without the offer mail and logins go in the clear, and nobody notices, since peers that would rather have TLS
    fall back to none; an attacker who strips the offer does the same. Source: RFC 3207 4; RFC 8314 3; RFC 6120 5;
    notes N31. Remedy: Configure a certificate and key, and switch STARTTLS on.
    """
    preface = _preface(item)
    if isinstance(preface.offered, Unknown):
        yield Unknown(item.subject, preface.offered.reason)
    elif not preface.offered:
        wanted = "may" if item.endpoint.endpoint_class == OPPORTUNISTIC else "encrypt"
        yield Violation(
            observed="STARTTLS is not offered",
            expected="STARTTLS",
            where=item.place("tls_required"),
            remedy=item.mend("starttls", wanted),
            reproduce=item.s_client(),
        )
    elif item.facts.failure:
        yield Unknown(item.subject, f"STARTTLS is offered, and TLS was not reached: {item.facts.failure.reason}")


@check("starttls.no-cleartext-login", level=MUST, vantage=WIRE, subjects=prefaced, nothing=NOTHING)
def no_cleartext_login(item: Served, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """Before TLS no way to log in is offered that sends the password.

    Why: Clients take what they are offered, and a password that was once sent in the clear is everybody's. Source: RFC
    8314 3; RFC 4954 4; RFC 3501 11.2; RFC 6120 13.8.3. Remedy: Let clients log in only once TLS has begun.
    """
    mechanisms = _preface(item).mechanisms
    if item.endpoint.endpoint_class == LOCAL:
        yield NotApplicable("what only the host itself reaches does not leave it", item.subject)
    elif isinstance(mechanisms, Unknown):
        yield Unknown(item.subject, f"how it lets clients log in before TLS: {mechanisms.reason}")
    elif clear := [name for name in mechanisms if name in SENDS_THE_PASSWORD]:
        yield Violation(
            observed=f"before TLS it offers {' '.join(clear)}",
            expected="none that sends the password: " + " ".join(sorted(SENDS_THE_PASSWORD)),
            where=item.place("cleartext_login"),
            remedy=item.mend("cleartext_login", "none before TLS"),
            reproduce=_listed(item.endpoint),
        )


@check(
    "starttls.no-command-injection",
    level=MUST,
    vantage=WIRE,
    subjects=prefaced,
    nothing=NOTHING,
    tags=["CVE-2011-0411"],
)
def no_command_injection(item: Served, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """What was sent in the clear behind STARTTLS is dropped once TLS begins.

    Why: Otherwise whoever sits between puts commands of his own before the client's, and the server takes them for
    sent under TLS: with them mail and passwords are stolen. Source: CVE-2011-0411; RFC 3207 4.2; NO STARTTLS (USENIX
    Security 2021). Remedy: Upgrade the server to a version that empties its buffer when TLS begins.
    """
    preface = _preface(item)
    if preface.injection is True:
        yield Violation(
            observed="a command sent before TLS is answered within it",
            expected="it is dropped",
            where=item.endpoint.place,
            remedy=f"upgrade {item.service or 'the server'} (Debian: apt-get update && apt-get upgrade) and restart it",
            reproduce=item.testssl("--starttls-injection"),
        )
    elif preface.offered is False:
        yield NotApplicable("STARTTLS is not offered", item.subject)
    elif isinstance(preface.offered, Unknown):
        yield Unknown(item.subject, preface.offered.reason)
    else:
        yield from told(preface.injection, item.subject)


def _preface(item: Served) -> Preface:
    return item.facts.preface or Preface(
        Unknown(item.subject, NOT_LOOKED), mechanisms=Unknown(item.subject, NOT_LOOKED)
    )


def _listed(endpoint: Endpoint) -> str:
    """A command that shows what a server offers before TLS; no user is logged in by it."""
    start, address, port = endpoint.starttls or "", endpoint.address, endpoint.port
    if start == "ldap":
        return f"ldapsearch -x -D cn=tlsfleet -w none -H ldap://{quote(endpoint.place)} -s base -b ''"
    if start == "postgres":
        return f"psql 'host={address} port={port} sslmode=disable user=tlsfleet dbname=postgres'"
    kind = start.removeprefix("xmpp-")
    says = STREAM.format(endpoint.server_name or "", kind) if kind != start else f"{LISTS.get(start, '')}\\r\\n"
    return f"(sleep 2; printf '{says}'; sleep 2) | nc {quote(address)} {port}"
