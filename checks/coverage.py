"""Whether everything was looked at: names, configurations, waivers."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from shlex import quote

from tlsfleet.check import FLEET, INSIDE, Outcome, Selected, check
from tlsfleet.facts import Fleet, HostFacts, NotUnderstood, ServiceConfig, Unknown, WaiverUse
from tlsfleet.known.directives import folder, show
from tlsfleet.policy import Policy
from tlsfleet.subjects import Block, is_host_name, services, serving_blocks
from tlsfleet.verdict import SHOULD, NotApplicable, Violation

TITLE = "the inventory's tls_names"


@dataclass(frozen=True, slots=True)
class Name:
    """A host name: whether the inventory declares it, where it is configured, and why it may be so unseen (or None)."""

    name: str
    declared: bool
    places: tuple[str, ...]
    doubt: Unknown | None
    folders: tuple[str, ...] = ()  # of the services' configurations

    @property
    def subject(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Understood:
    """A service, or one directive of it that was not understood."""

    service: ServiceConfig
    found: NotUnderstood | None

    @property
    def subject(self) -> str:
        return self.found.subject if self.found else self.service.service


def names(facts: HostFacts, policy: Policy) -> Selected:
    """Every name that the inventory declares or a service is configured for."""
    declared = facts.declared.names
    if declared is None:
        return NotApplicable(f"{TITLE} does not tell the host's names")
    items = list(serving_blocks(facts, policy))
    gaps = [item for item in items if isinstance(item, Unknown)]
    places: dict[str, list[str]] = {}
    patterns: list[tuple[str, str]] = []
    for item in (item for item in items if isinstance(item, Block)):
        for name in item.block.server_names:
            if is_host_name(name):
                places.setdefault(_plain(name), []).append(item.block.where)
            else:
                patterns.append((_plain(name), item.block.where))
    wanted = {_plain(name) for name in declared}
    folders = tuple(dict.fromkeys(folder(item.service) for item in items if isinstance(item, Block)))
    found = _names(wanted, places, patterns, gaps[0] if gaps else None)
    return [*gaps, *(replace(name, folders=folders) for name in found)]


def understood(facts: HostFacts, policy: Policy) -> Iterator[Understood | Unknown]:
    """Every directive that was not understood; a service alone where all were; what could not be read at all."""
    for service in services(facts, policy):
        if isinstance(service, Unknown):
            yield service
            continue
        yield from (block for block in service.blocks if isinstance(block, Unknown))
        yield from (Understood(service, found) for found in service.not_understood or (None,))


def waivers(fleet: Fleet, policy: Policy) -> tuple[WaiverUse, ...]:
    """Every waiver as this run met it."""
    return fleet.waivers


@check(
    "coverage.names-match-inventory",
    level=SHOULD,
    vantage=INSIDE,
    subjects=names,
    notes=["N52"],
    nothing="neither the inventory nor a service names a host",
)
def names_match_inventory(item: Name, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """The names that services are configured for are those that the inventory declares.

    Why: a name that nobody wrote down is left out of the next certificate; one that no service knows is served by
    whatever comes first. Source: notes N52 (the list of host names is to be kept up to date); PCI DSS 4.2.1.1.
    Remedy: write the name into tls_names, or configure a service for it.
    """
    if item.declared and not item.places and item.doubt:
        yield item.doubt
    elif item.declared and not item.places:
        yield Violation(
            observed="no TLS service is configured for it",
            expected="a service for each name in tls_names",
            where=TITLE,
            remedy=f"configure a service for {item.name}, or take it out of tls_names",
            reproduce=f"grep -RFn -e {quote(item.name)} {' '.join(map(quote, item.folders))}" if item.folders else "",
        )
    elif not item.declared:
        yield Violation(
            observed=f"configured, but not in {TITLE}",
            expected="tls_names holds every name",
            where=item.places[0],
            remedy=f"add {item.name} to tls_names, or take it out of the configuration",
            reproduce=show(item.places[0], 20),
        )


@check(
    "coverage.config-understood",
    level=SHOULD,
    vantage=INSIDE,
    subjects=understood,
    nothing="no service that speaks TLS was found",
)
def config_understood(item: Understood, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """Every TLS directive of a service's configuration is understood.

    Why: what is not understood may change what the other checks judge; where it could, they say unknown, and where it
    could not it should still be known that something was passed over. Source: this suite's own rule: never a false
    pass. Remedy: write the setting in a form that is understood, or report the directive so that it will be.
    """
    if item.found:
        settings = ", ".join(item.found.affects) or "no setting that is judged"
        yield Violation(
            observed=f"{item.found.directive}: {item.found.reason} (it could change {settings})",
            expected="a directive that is understood",
            where=item.found.where,
            reproduce=show(item.found.where),
        )


@check("coverage.waivers-live", level=SHOULD, vantage=FLEET, subjects=waivers, nothing="there is no waiver")
def waivers_live(item: WaiverUse, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """No waiver is expired, or covers nothing.

    Why: a waiver that outlived its reason hides the next violation of the same kind. Source: this suite's own rule:
    an exception has a reason, an approver and an end. Remedy: take the waiver out, or have it approved anew.
    """
    if item.expired:
        yield Violation(
            observed=f"expired on {item.until}",
            expected="a waiver within its term",
            where=item.where,
            remedy=f"take the waiver out, or have it approved anew: edit {item.where}",
            reproduce=f"grep -n until {quote(item.where.rpartition(':')[0] or item.where)}",
        )
    elif item.matched is False:
        yield Violation(
            observed="covers no violation",
            expected="a violation that it covers",
            where=item.where,
            remedy=f"take the waiver out: edit {item.where}",
            reproduce=f"grep -n -A8 waiver {quote(item.where.rpartition(':')[0] or item.where)}",
        )
    elif item.matched is None:
        yield NotApplicable("nothing that it could cover was judged in this run")


def _names(
    wanted: set[str], places: dict[str, list[str]], patterns: list[tuple[str, str]], gap: Unknown | None
) -> Iterator[Name]:
    for name in sorted(wanted | set(places)):
        covering = [where for pattern, where in patterns if _covers(pattern, name)]
        doubtful = [where for pattern, where in patterns if pattern[:1] == "~" or "$" in pattern]
        doubt = Unknown(name, f"the pattern at {doubtful[0]} may cover it") if doubtful else gap
        yield Name(name, name in wanted, tuple(places.get(name, covering)), doubt)


def _plain(name: str) -> str:
    return name.rstrip(".").lower()


def _covers(pattern: str, name: str) -> bool:
    """Whether a wildcard of a server name (*.example.org, .example.org, www.example.*) covers a name."""
    if pattern.startswith("*."):
        return name.endswith(pattern[1:])
    if pattern.startswith("."):
        return name.endswith(pattern) or name == pattern[1:]
    return pattern.endswith(".*") and name.startswith(pattern[:-1])
