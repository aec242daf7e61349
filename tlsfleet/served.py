"""Selectors: endpoints as they answered, with the blocks of the host's own configuration that answer there."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from ipaddress import ip_address
from shlex import quote

from tlsfleet.endpoints import LOCAL, NOT_TRIED, OPPORTUNISTIC, Answered, Endpoint, EndpointFacts, Inapplicable
from tlsfleet.facts import HostFacts, ServiceConfig, Unknown
from tlsfleet.iana import PROTOCOLS
from tlsfleet.known import directives
from tlsfleet.known.programs import service_of
from tlsfleet.listening import address_of
from tlsfleet.policy import Policy
from tlsfleet.subjects import Block, blocks
from tlsfleet.verdict import MAY, MUST, Level, NotApplicable

NO_ENDPOINT = "no endpoint was examined"
OVER_UDP = "http3"
WEB = {"h2", "http/1.1"}
WILDCARDS = {4: ("0.0.0.0", "*", "::"), 6: ("::", "*")}  # noqa: S104 - to recognise, not to bind
SSLSCAN = {"smtp": "smtp", "imap": "imap", "pop3": "pop3", "ftp": "ftp", "ldap": "ldap", "postgres": "psql"}
S_CLIENT = {"lmtp": "lmtp", "xmpp-client": "xmpp"}  # what s_client(1) calls otherwise


@dataclass(frozen=True)
class Served:
    """An endpoint that answered, with the configured block that answers there (none where that is not known).

    ``service`` is what serves it (nginx, postfix ...), empty where nothing tells. ``unread`` says why there is no
    block: NotApplicable where no configuration that was read is asked, Unknown where one may be. Findings on an
    endpoint that only the host itself reaches recommend (``at_most``).
    """

    facts: EndpointFacts
    blocks: tuple[Block, ...]
    service: str
    unread: Unknown | NotApplicable | None = None

    @property
    def endpoint(self) -> Endpoint:
        return self.facts.endpoint

    @property
    def subject(self) -> str:
        return self.facts.subject

    @property
    def at_most(self) -> Level:
        return MAY if self.endpoint.endpoint_class == LOCAL else MUST

    @property
    def lenient(self) -> Level:
        """The level of what a peer that cannot do better would do without TLS for (RFC 7435; RFC 9325 3.2)."""
        return MAY if self.endpoint.endpoint_class == OPPORTUNISTIC else MUST

    def spoken(self, *protocols: str) -> tuple[str, ...]:
        """Those of some protocol versions that it speaks."""
        return tuple(name for name in protocols if self.facts.protocols.get(name) is True)

    def untold(self, *protocols: str) -> Iterator[Unknown]:
        """What of some protocol versions nobody could tell."""
        for name in protocols:
            spoken = self.facts.protocols.get(name, Unknown(self.subject, "it was not tried"))
            if isinstance(spoken, Unknown):
                yield Unknown(self.subject, f"{name}: {spoken.reason}")

    def unlisted(self) -> Iterator[Unknown]:
        """Those of the versions that it speaks, or may speak, whose cipher suites nobody could tell."""
        for name in PROTOCOLS:
            suites = self.facts.cipher_suites.get(name, NOT_TRIED)
            if self.facts.protocols.get(name) is not False and isinstance(suites, Unknown):
                yield Unknown(self.subject, f"{name}: {suites.reason}")

    def place(self, setting: str) -> str:
        """Where a setting stands: file:line in the configuration, else the endpoint itself."""
        return self.blocks[0].place(setting) if self.blocks else self.endpoint.place

    def mend(self, setting: str, *values: str) -> str:
        """What to write into the service's configuration, and the command that loads it."""
        return directives.mend(self.service, setting, self.place(setting), *values)

    @property
    def is_web(self) -> bool | Unknown:
        """Whether it is a web server, by what it agrees to speak."""
        facts = self.facts
        if facts.http is not None or (isinstance(facts.alpn, tuple) and set(facts.alpn) & WEB):
            return True
        if self.endpoint.starttls or isinstance(facts.alpn, tuple):
            return False
        return Unknown(self.subject, f"whether it is a web server: {facts.alpn.reason}")

    def s_client(self, *options: str) -> str:
        """The command that opens a connection to the endpoint as OpenSSL's client does."""
        start, name = self.endpoint.starttls, self.endpoint.server_name
        words = ["openssl s_client -connect", quote(self.endpoint.place)]
        words += [f"-starttls {S_CLIENT.get(start, start)}"] if start else []
        words += [f"-xmpphost {quote(name)}"] if name and start and start.startswith("xmpp") else []
        words += [f"-servername {quote(name)}" if name else "-noservername", *options]
        return " ".join([*words, "</dev/null"])

    def testssl(self, probe: str) -> str:
        """The command of testssl.sh that makes one probe of the endpoint."""
        start, name, port = self.endpoint.starttls, self.endpoint.server_name, self.endpoint.port
        words = ["testssl.sh", probe, *([f"--starttls {S_CLIENT.get(start, start)}"] if start else [])]
        if name is None:
            return " ".join([*words, quote(self.endpoint.place)])
        return " ".join([*words, f"--ip {quote(self.endpoint.address)}", quote(f"{name}:{port}")])

    def sslscan(self, *options: str) -> str:
        """The command of sslscan, which tries what no OpenSSL of today has; empty where it cannot: it always sends a
        name, and its XMPP does not come to TLS.
        """
        start, name = self.endpoint.starttls, self.endpoint.server_name
        if name is None or (start and start not in SSLSCAN):
            return ""
        words = [f"--starttls-{SSLSCAN[start]}"] if start else []
        return " ".join(["sslscan", *options, *words, f"--sni-name={quote(name)}", quote(self.endpoint.place)])

    def s_client_in(self, protocol: str, *options: str) -> str:
        """The command for one protocol version, below TLS 1.2 at the security level that has it."""
        flag = f"-{protocol.lower().replace('v', '').replace('.', '_').removesuffix('_0')}"
        level = [] if protocol in {"TLSv1.2", "TLSv1.3"} or "-cipher" in options else ["-cipher ALL:@SECLEVEL=0"]
        return self.s_client(flag, *level, *options)

    def s_client_by(self, protocol: str, suite: str) -> str:
        """The command for one cipher suite by IANA's name, which OpenSSL takes for those of TLS 1.3 alone."""
        if protocol == "TLSv1.3":
            return self.s_client_in(protocol, "-ciphersuites", quote(suite))
        own = f"$(openssl ciphers -stdname ALL:COMPLEMENTOFALL | awk '$1 == \"{suite}\" {{print $3}}')"
        return self.s_client_in(protocol, "-cipher", f'"{own}:@SECLEVEL=0"')


def endpoints(facts: HostFacts, _policy: Policy | None = None) -> Iterator[Served | Unknown]:
    """Every endpoint that was to be examined; one at which TLS was not reached as Unknown."""
    for each in every_endpoint(facts):
        failure = each.facts.failure if isinstance(each, Served) else None
        yield Unknown(each.subject, failure.reason) if failure else each


def every_endpoint(facts: HostFacts, _policy: Policy | None = None) -> Iterator[Served | Unknown]:
    """Every endpoint that was to be examined, whether TLS was reached there or not."""
    found = facts.endpoints
    configured = _Configured(facts)
    for each in (found,) if isinstance(found, Unknown) else found:
        yield each if isinstance(each, Unknown) else configured.served(each)


def distinct(facts: HostFacts, policy: Policy | None = None) -> Iterator[Served | Unknown]:
    """Every endpoint, of the names at one place that were answered alike the first alone: a fault is told once."""
    yield from once(endpoints(facts, policy))


def once(found: Iterable[Served | Unknown]) -> Iterator[Served | Unknown]:
    """Some endpoints, of the names at one place that were answered alike the first alone."""
    told_of: dict[tuple[str, str | None], list[Served]] = {}
    for each in found:
        if isinstance(each, Unknown):
            yield each
            continue
        others = told_of.setdefault((each.endpoint.place, each.endpoint.starttls), [])
        if not any(alike(each, other) for other in others):
            others.append(each)
            yield each


def alike(one: Served, other: Served) -> bool:
    """Whether two names of a place differ in nothing but what is theirs: the name, and what is said over HTTP."""
    own = {"endpoint": other.endpoint, "http": None, "redirect": None, "unknown_name": NOT_TRIED, "connections": 0}
    facts = (replace(each.facts, **own) for each in (one, other))  # type: ignore[arg-type]  # as the fields have them
    return one.blocks == other.blocks and next(facts) == next(facts)


def told(answer: Answered, subject: str) -> Iterator[Unknown | NotApplicable]:
    """The outcome for an answer that is no yes or no."""
    if isinstance(answer, Unknown):
        yield Unknown(subject, answer.reason)
    elif isinstance(answer, Inapplicable):
        yield NotApplicable(answer.reason)


class _Configured:
    """What a host's configurations and listeners say of its endpoints."""

    def __init__(self, facts: HostFacts) -> None:
        self._facts = facts

    def served(self, found: EndpointFacts) -> Served:
        """The endpoint with its block and service."""
        programs = self._programs(found.endpoint)
        service = next((name for each in programs if (name := service_of(each))), "")
        if off := self._off():
            return Served(found, (), service, off)
        strange = not service and any(isinstance(each, str) for each in programs)
        own = [] if strange else [each for each in self._blocks if service in {"", each.service.service}]
        if answers := answering(own, found.endpoint):
            return Served(found, answers, answers[0].service.service)
        here = any(port == found.endpoint.port for each in own for _, port in _places(each.block.addresses))
        return Served(found, (), service, self._unread(found.subject, service, here=here))

    def _off(self) -> NotApplicable | None:
        """Why nothing on the host tells what answers at any of its endpoints."""
        declared = self._facts.declared
        if declared.terminated_by:
            return NotApplicable(f"TLS is terminated by {declared.terminated_by}")
        return None if declared.shell else NotApplicable("without a shell nothing tells what is configured")

    def _unread(self, subject: str, service: str, *, here: bool) -> Unknown | NotApplicable:
        """Why no block answers: it cannot be told which one does, or no configuration that was read is asked."""
        if here:
            return Unknown(subject, "which block of the configuration answers there cannot be told")
        gap = next((each for each in blocks(self._facts) if isinstance(each, Unknown)), None)
        own = service in self._read
        if gap and (own or not service or service in gap.subject or isinstance(self._facts.services, Unknown)):
            return Unknown(subject, f"{gap.subject}: {gap.reason}")
        if own:
            return Unknown(subject, f"{service} listens there, but no block of its configuration does")
        return NotApplicable(f"the configuration of {service or 'what answers there'} is not read")

    @cached_property
    def _read(self) -> set[str]:
        """The services whose configuration was read."""
        found = () if isinstance(self._facts.services, Unknown) else self._facts.services
        return {each.service for each in found if isinstance(each, ServiceConfig)}

    @cached_property
    def _blocks(self) -> tuple[Block, ...]:
        found = blocks(self._facts, None, "tls", "starttls")
        return tuple(each for each in found if isinstance(each, Block) and each.block.protocol != OVER_UDP)

    def _programs(self, endpoint: Endpoint) -> list[str | Unknown]:
        """What listens there: on the address itself, else on all addresses."""
        listeners = () if isinstance(self._facts.listeners, Unknown) else self._facts.listeners
        own = [each for each in listeners if each.transport == "tcp" and each.port == endpoint.port]
        here = _socket({address_of(each.address) for each in own}, endpoint)
        return [each.process for each in own if address_of(each.address) == here]


def answering(configured: Iterable[Block], endpoint: Endpoint) -> tuple[Block, ...]:
    """The block that answers at an endpoint for its server name: of its address, and of the name or the default.

    As nginx chooses: the exact name, the longest wildcard before, then behind it, a pattern, the address's default.
    Empty where a pattern, or a host name in the place of an address, leaves it open.
    """
    found = list(configured)
    hosts = {host for block in found for host, port in _places(block.block.addresses) if port == endpoint.port}
    place = (_socket(hosts, endpoint), endpoint.port)
    if place[0] != address_of(endpoint.address) and any(_may_be(host, endpoint) for host in hosts):
        return ()
    here = [block for block in found if place in _places(block.block.addresses)]
    named = {own for block in here for own in block.block.server_names}
    name = (endpoint.server_name or "").lower().rstrip(".")
    for rank in (_is_exact, _is_leading, _is_trailing):
        if name and (able := [(block, match) for block in here if (match := rank(block, name))]):
            longest = max(match for _, match in able)
            return tuple(block for block, match in able if match == longest)
        if name and any("$" in own for own in named):
            return ()
    if name and any(own.startswith("~") for own in named):
        return ()
    return tuple(block for block in here if place in _places(block.block.default_for) or len(here) == 1)


def _places(addresses: Iterable[str]) -> set[tuple[str | None, int]]:
    """Host and port of each address that has a port."""
    split = (address.rpartition(":") for address in addresses)
    return {(address_of(host), int(port)) for host, _, port in split if port.isdecimal()}


def _socket(hosts: Collection[str | None], endpoint: Endpoint) -> str | None:
    """Of the addresses that are listened on the one that a connection to the endpoint comes to."""
    every = WILDCARDS[ip_address(endpoint.address).version]
    return next((host for host in (address_of(endpoint.address), *every) if host in hosts), None)


def _may_be(host: str | None, endpoint: Endpoint) -> bool:
    """Whether a host name, which the server resolved when it started, may be the endpoint's address."""
    if host is None or host == "*" or _is_address(host):
        return False
    return host != "localhost" or ip_address(endpoint.address).is_loopback


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _is_exact(block: Block, name: str) -> int:
    return int(name in _names(block) or f".{name}" in _names(block))


def _is_leading(block: Block, name: str) -> int:
    starred = (own.removeprefix("*") for own in _names(block) if own.startswith(("*.", ".")))
    return max((len(own) for own in starred if name.endswith(own)), default=0)


def _is_trailing(block: Block, name: str) -> int:
    return max((len(own) for own in _names(block) if own.endswith(".*") and name.startswith(own[:-1])), default=0)


def _names(block: Block) -> list[str]:
    return [own.lower().rstrip(".") for own in block.block.server_names]
