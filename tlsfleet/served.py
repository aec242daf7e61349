"""Selectors: endpoints as they answered, with the blocks of the host's own configuration that answer there."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from ipaddress import ip_address
from shlex import quote

from tlsfleet.endpoints import LOCAL, OPPORTUNISTIC, Answered, Endpoint, EndpointFacts, Inapplicable
from tlsfleet.facts import HostFacts, Listener, Unknown
from tlsfleet.known import directives
from tlsfleet.known.programs import service_of
from tlsfleet.policy import Policy
from tlsfleet.subjects import Block, blocks
from tlsfleet.verdict import MAY, MUST, Level, NotApplicable

NO_ENDPOINT = "no endpoint was examined"
OVER_UDP = "http3"
WEB = {"h2", "http/1.1"}
WILDCARDS = {4: {"0.0.0.0", "*"}, 6: {"::"}}  # noqa: S104 - to recognise, not to bind
S_CLIENT = {"lmtp": "lmtp", "xmpp-client": "xmpp"}  # what s_client(1) calls otherwise


@dataclass(frozen=True)
class Served:
    """An endpoint that answered, with the configured blocks that answer there (none where that is not known).

    ``service`` is what serves it (nginx, postfix ...), empty where nothing tells. Findings on an endpoint that only
    the host itself reaches recommend (``at_most``).
    """

    facts: EndpointFacts
    blocks: tuple[Block, ...]
    service: str

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
        words += [f"-servername {quote(name)}" if name else "-noservername", *options]
        return " ".join([*words, "</dev/null"])

    def testssl(self, probe: str) -> str:
        """The command of testssl.sh that makes one probe of the endpoint."""
        start, name, port = self.endpoint.starttls, self.endpoint.server_name, self.endpoint.port
        words = ["testssl.sh", probe, *([f"--starttls {S_CLIENT.get(start, start)}"] if start else [])]
        if name is None:
            return " ".join([*words, quote(self.endpoint.place)])
        return " ".join([*words, f"--ip {quote(self.endpoint.address)}", quote(f"{name}:{port}")])


def endpoints(facts: HostFacts, _policy: Policy | None = None) -> Iterator[Served | Unknown]:
    """Every endpoint that was to be examined; one at which TLS was not reached as Unknown."""
    found = facts.endpoints
    configured = _Configured(facts)
    for each in (found,) if isinstance(found, Unknown) else found:
        if isinstance(each, Unknown):
            yield each
        elif each.failure is not None:
            yield Unknown(each.subject, each.failure.reason)
        else:
            yield configured.served(each)


def of_each_place(facts: HostFacts, policy: Policy | None = None) -> Iterator[Served | Unknown]:
    """One endpoint of each place, the first name's: what does not depend on the name is told once."""
    seen: set[tuple[str, str | None]] = set()
    for each in endpoints(facts, policy):
        place = (each.endpoint.place, each.endpoint.starttls) if isinstance(each, Served) else (each.subject, None)
        if place not in seen:
            seen.add(place)
            yield each


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
        """The endpoint with its blocks and service."""
        own = () if self._facts.declared.terminated_by else answering(self._blocks, found.endpoint)
        return Served(found, own, own[0].service.service if own else self._listening(found.endpoint))

    @cached_property
    def _blocks(self) -> tuple[Block, ...]:
        found = blocks(self._facts, None, "tls", "starttls")
        return tuple(each for each in found if isinstance(each, Block) and each.block.protocol != OVER_UDP)

    def _listening(self, endpoint: Endpoint) -> str:
        """The service whose process listens there."""
        listeners = () if isinstance(self._facts.listeners, Unknown) else self._facts.listeners
        own = [each for each in listeners if each.transport == "tcp" and each.port == endpoint.port]
        return next((name for each in _nearest(own, endpoint) if (name := service_of(each.process))), "")


def answering(configured: Iterable[Block], endpoint: Endpoint) -> tuple[Block, ...]:
    """The blocks that answer at an endpoint for its server name: of its address, and of the name or the default.

    As nginx chooses: the exact name, the longest wildcard before, then behind it, a pattern, the address's default.
    Empty where a pattern leaves it open.
    """
    here = [block for block in configured if _at(block, endpoint)]
    exact = {_address(block, endpoint) for block in here} - set().union(*WILDCARDS.values())
    here = [block for block in here if not exact or _address(block, endpoint) in exact]
    name = (endpoint.server_name or "").lower()
    for rank in (_is_exact, _is_leading, _is_trailing):
        if name and (able := [(block, match) for block in here if (match := rank(block, name))]):
            longest = max(match for _, match in able)
            return tuple(block for block, match in able if match == longest)
    if name and any(own.startswith("~") or "$" in own for block in here for own in block.block.server_names):
        return ()
    return tuple(block for block in here if _is_default(block, endpoint)) or tuple(here[:1] if len(here) == 1 else ())


def _at(block: Block, endpoint: Endpoint) -> bool:
    return _address(block, endpoint) is not None


def _address(block: Block, endpoint: Endpoint) -> str | None:
    """The host part of the block's address at which the endpoint is; None where it is at none."""
    hosts = [
        host.strip("[]")
        for host, _, port in (address.rpartition(":") for address in block.block.addresses)
        if port == str(endpoint.port)
    ]
    if endpoint.address in hosts:
        return endpoint.address
    every = WILDCARDS[ip_address(endpoint.address).version]
    return next((host for host in hosts if host in every), next((host for host in hosts if host == "::"), None))


def _is_exact(block: Block, name: str) -> int:
    return int(name in _names(block))


def _is_leading(block: Block, name: str) -> int:
    starred = (own.removeprefix("*") for own in _names(block) if own.startswith(("*.", ".")))
    return max((len(own) for own in starred if name.endswith(own) or f".{name}" == own), default=0)


def _is_trailing(block: Block, name: str) -> int:
    return max((len(own) for own in _names(block) if own.endswith(".*") and name.startswith(own[:-1])), default=0)


def _names(block: Block) -> list[str]:
    return [own.lower().rstrip(".") for own in block.block.server_names]


def _is_default(block: Block, endpoint: Endpoint) -> bool:
    host = _address(block, endpoint)
    return any(
        address.rpartition(":")[0].strip("[]") == host and address.rpartition(":")[2] == str(endpoint.port)
        for address in block.block.default_for
    )


def _nearest(listeners: list[Listener], endpoint: Endpoint) -> list[Listener]:
    """Those on the endpoint's own address, else all."""
    return [each for each in listeners if each.address == endpoint.address] or listeners
