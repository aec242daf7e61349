"""What a server does with a client that asks for what it has not got: another protocol, or another name."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from tlsfleet.check import WIRE, Outcome, check
from tlsfleet.facts import HostFacts, Unknown
from tlsfleet.known.directives import reload
from tlsfleet.policy import Policy
from tlsfleet.served import NO_ENDPOINT, Served, distinct, endpoints, once, told
from tlsfleet.verdict import MAY, NotApplicable, Violation

NOBODY = "no-such-name.invalid"
SEEN = {"same": "the certificate of the name that is served", "other": "the certificate of another name"}
CATCH_ALL = (
    "add a server: server {{ listen {port} ssl default_server; listen [::]:{port} ssl default_server; "
    "ssl_reject_handshake on; }}\n{reload}"
)
NO_ALPN = "it negotiates no protocol (ALPN) at all, so nothing tells it what the client takes it for"
NO_NAME = "no endpoint was asked for by a name"
NO_WEB = "outside the web a client may ask for a name that is not the server's: it gets some certificate, not an alert"


def named(facts: HostFacts, policy: Policy) -> Iterator[Served | Unknown]:
    """Every endpoint that was asked for by a name: of another one nothing tells what a strange name gets."""
    found = endpoints(facts, policy)
    yield from once(each for each in found if isinstance(each, Unknown) or each.endpoint.server_name)


@check("handshake.alpn-strict", level=MAY, vantage=WIRE, subjects=distinct, nothing=NO_ENDPOINT, tags=["ALPACA"])
def alpn_strict(item: Served, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """A server that negotiates protocols refuses a client that asks for another one.

    It is asked of servers that take any protocol that clients ask for; one without the extension ignores it, as it is
    to (RFC 5246 7.4.1.4).

    Why: a client led to a server of another protocol under the same certificate takes the answers for those of its own
    server; a refusal ends that. Source: RFC 7301 3.2; RFC 9325 3.8; ALPACA. Remedy: upgrade the server (nginx from
    1.21.4 on refuses by itself), or list the protocols that it speaks.
    """
    answer, taken = item.facts.alpn_strict, item.facts.alpn
    if answer is not False:
        yield from told(answer, item.subject)
    elif isinstance(taken, Unknown):
        yield Unknown(item.subject, f"whether it negotiates protocols: {taken.reason}")
    elif not taken:
        yield NotApplicable(NO_ALPN)
    else:
        yield Violation(
            observed="a client that asked for no-such-protocol alone was answered",
            expected="the alert no_application_protocol",
            where=item.endpoint.place,
            remedy=_strict(item),
            reproduce=item.s_client("-alpn", "no-such-protocol"),
        )


@check("handshake.unknown-name", level=MAY, vantage=WIRE, subjects=named, nothing=NO_NAME, tags=["ALPACA"])
def unknown_name(item: Served, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """A web server refuses a client that asks for a name that it does not serve.

    It is asked of web servers alone. Mail servers must go on with some certificate of theirs (RFC 7672 8.1), and XMPP
    and mail clients often ask for a domain that the certificate does not name.

    Why: a client that is led astray gets the certificate of another name; where that is valid for its own too, as a
    wildcard may be, it takes this server for the one it wanted. Source: RFC 9325 3.7; RFC 6066 3; ALPACA. Remedy: give
    the address a default server that rejects every handshake.
    """
    seen = item.facts.unknown_name
    if item.is_web is False:
        yield NotApplicable(NO_WEB)
    elif not isinstance(seen, str):
        yield from told(seen, item.subject)
    elif seen != "refused" and isinstance(item.is_web, Unknown):
        yield item.is_web
    elif seen != "refused":
        stranger = replace(item, facts=replace(item.facts, endpoint=replace(item.endpoint, server_name=NOBODY)))
        yield Violation(
            observed=f"a client that asks for {NOBODY} gets {SEEN.get(seen, seen)}",
            expected="the alert unrecognized_name",
            where=item.place("reject_handshake"),
            remedy=_catch_all(item),
            reproduce=stranger.s_client(),
        )


def _strict(item: Served) -> str:
    if item.service == "nginx":
        return "upgrade nginx to 1.21.4 or later: apt-get update && apt-get install --only-upgrade nginx"
    if item.service == "prosody":
        return f"take alpn out of the table ssl, since LuaSec ignores what it does not know\n{reload(item.service)}"
    return f"upgrade {item.service or 'the server'} to a version that refuses what it does not know, or switch ALPN off"


def _catch_all(item: Served) -> str:
    if item.service != "nginx":
        return item.mend("unknown names", "refused")
    return CATCH_ALL.format(port=item.endpoint.port, reload=reload(item.service))
