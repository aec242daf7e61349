"""What web servers answer: the redirect on port 80, and the policy that keeps clients on HTTPS."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from shlex import quote

from tlsfleet.check import WIRE, Outcome, check
from tlsfleet.endpoints import Http, Inapplicable
from tlsfleet.facts import HostFacts, Unknown
from tlsfleet.known.directives import controls, mend
from tlsfleet.policy import Policy
from tlsfleet.served import Served, answering, every_endpoint
from tlsfleet.subjects import Block, blocks
from tlsfleet.verdict import SHOULD, Level, NotApplicable, Violation

NO_WEB_SERVER = "no web server was examined"
HTTP = 80
REDIRECTS = {301, 302, 303, 307, 308}  # RFC 9110 15.4, those that a client follows by itself
TO_HTTPS = re.compile(r"https://[^/?#\s]", re.IGNORECASE)
SHOWN = 200
TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105 - RFC 9110 5.6.2
DIRECTIVE = re.compile(rf'[ \t]*(?:({TOKEN})(?:[ \t]*=[ \t]*(?:({TOKEN})|"((?:[^"\\]|\\.)*)"))?)?[ \t]*(?:;|\Z)')
DIGITS = 18  # of a number of seconds; more are forever


@dataclass(frozen=True, slots=True)
class Web:
    """A web server's endpoint, the blocks that answer for its name on port 80, and whether names are served there."""

    served: Served
    plain: tuple[Block, ...]
    named: bool

    @property
    def subject(self) -> str:
        return self.served.subject

    @property
    def at_most(self) -> Level:
        return self.served.at_most

    @property
    def where(self) -> str:
        """The block on port 80, else the address."""
        return self.plain[0].block.where if self.plain else replace(self.served.endpoint, port=HTTP).place

    def curl(self, scheme: str) -> str:
        """A command that shows what the server answers to GET / for the name."""
        endpoint = self.served.endpoint if scheme == "https" else replace(self.served.endpoint, port=HTTP)
        show = f"curl -sk -o /dev/null -D - {scheme}://"
        if endpoint.server_name is None:
            return f"{show}{endpoint.place}/"
        address = endpoint.place.rpartition(":")[0]
        resolved = f"--resolve {quote(f'{endpoint.server_name}:{endpoint.port}:{address}')}"
        return f"{show}{endpoint.server_name}:{endpoint.port}/ {resolved}"


def web(facts: HostFacts, _policy: Policy) -> Iterator[Web | Unknown]:
    """Every endpoint of a web server."""
    plain = [] if facts.declared.terminated_by else list(_plain(facts))
    found = list(every_endpoint(facts))
    named = {each.endpoint.place for each in found if isinstance(each, Served) and each.endpoint.server_name}
    for each in found:
        if isinstance(each, Unknown):
            yield each
        elif each.facts.http is not None:
            own = answering(plain, replace(each.endpoint, port=HTTP))
            yield Web(each, own, each.endpoint.place in named)
        elif each.facts.failure and not each.endpoint.starttls:
            yield Unknown(each.subject, each.facts.failure.reason)
        elif isinstance(each.is_web, Unknown):
            yield each.is_web


@check("http.redirect", level=SHOULD, vantage=WIRE, subjects=web, nothing=NO_WEB_SERVER)
def redirect(item: Web, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """Port 80 answers with a redirect to HTTPS.

    Why: Who types a name comes to port 80; what is served there, and where it leads, can be read and changed on its
    way. Source: RFC 9325 3.2; RFC 6797 7.2. Remedy: Answer everything on port 80 with a redirect to https://.
    """
    answer = item.served.facts.redirect
    if item.named and item.served.endpoint.server_name is None:
        yield NotApplicable("the names that it serves are judged", item.subject)
    elif answer is None:
        yield NotApplicable("port 80 goes with 443, and is looked at beside that alone", item.subject)
    elif isinstance(answer, Inapplicable):
        yield NotApplicable(answer.reason, item.subject)
    elif isinstance(answer, Unknown):
        yield Unknown(item.subject, f"port 80: {answer.reason}")
    elif answer.status not in REDIRECTS or not TO_HTTPS.match(answer.location or ""):
        service = item.plain[0].service.service if item.plain else item.served.service
        yield Violation(
            observed=_answered(answer),
            expected="a redirect to https://",
            where=item.where,
            remedy=mend(service, "redirects_only", f"{item.where}, in the place of what it answers", "https"),
            reproduce=item.curl("http"),
            tags=controls(service, "redirects_only"),
        )


@check(
    "http.strict-transport-security",
    level=SHOULD,
    vantage=WIRE,
    subjects=web,
    nothing=NO_WEB_SERVER,
    parameters=["hsts_seconds"],
)
def strict_transport_security(item: Web, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """A web server tells clients to come back over HTTPS alone, for long enough.

    Why: Without that policy each visit may begin on port 80, where an attacker answers in the server's stead (SSL
    stripping), and a click goes past a warning of the certificate. Source: RFC 6797 6.1, 7.1; RFC 9325 3.2. Remedy:
    Send Strict-Transport-Security with every answer over TLS, errors and redirects too.
    """
    wanted = policy.number("hsts_seconds")
    answer = item.served.facts.http
    if item.served.endpoint.server_name is None:
        yield NotApplicable("the policy belongs to a name, and none was asked for (RFC 6797 8.1.1)", item.subject)
    elif isinstance(answer, Unknown):
        yield Unknown(item.subject, answer.reason)
    elif answer is not None and (fault := _weakness(answer.strict_transport_security, wanted)):
        yield Violation(
            observed=f"{fault} (HTTP {answer.status})",
            expected=f"Strict-Transport-Security: max-age={wanted} or longer",
            where=item.served.place("strict_transport_security"),
            remedy=item.served.mend("strict_transport_security", str(wanted)),
            reproduce=item.curl("https"),
            tags=controls(item.served.service, "strict_transport_security"),
        )


def _plain(facts: HostFacts) -> Iterator[Block]:
    return (each for each in blocks(facts, None, "plain") if isinstance(each, Block) and each.block.protocol == "http")


def _answered(answer: Http) -> str:
    if answer.status in REDIRECTS:
        return f"{answer.status} to {(answer.location or 'nowhere')[:SHOWN]}"
    return f"status {answer.status}, no redirect"


def _weakness(header: str | None, wanted: int) -> str:
    """What is wrong with a Strict-Transport-Security; empty where nothing is."""
    if header is None:
        return "no Strict-Transport-Security"
    directives = _directives(header)
    age = None if directives is None else directives.get("max-age")
    if age is None or not re.fullmatch("[0-9]+", age):
        return f"a Strict-Transport-Security that clients have to ignore: {header[:SHOWN]}"
    digits = age.lstrip("0") or "0"
    if len(digits) <= DIGITS and int(digits) < wanted:
        return f"max-age={int(digits)}" + (", which ends the policy" if digits == "0" else "")
    return ""


def _directives(header: str) -> dict[str, str] | None:
    """The directives by name, in lower case (RFC 6797 6.1); None where one comes twice, or where they are malformed."""
    found: dict[str, str] = {}
    start = 0
    while start < len(header):
        match = DIRECTIVE.match(header, start)
        if match is None or (match[1] and match[1].lower() in found):
            return None
        if match[1]:
            found[match[1].lower()] = match[2] or match[3] or ""
        start = match.end()
    return found
