"""What a run is to audit, and by which policies and waivers: every bad input ends here, before anything is written."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tlsfleet import policy as policies
from tlsfleet import waivers
from tlsfleet.check import FLEET, Check
from tlsfleet.evidence import Evidence
from tlsfleet.judge import FLEET_HOST, applies
from tlsfleet.policy import Policy
from tlsfleet.spelling import hint
from tlsfleet.toml import TomlError
from tlsfleet.verdict import Level
from tlsfleet.waivers import Waiver, WaiverError

DEFAULT_POLICY = "notes"
PASSWORD = re.compile(r"(?<=://)([^/?@:]*):[^/?]*@")


class PlanError(Exception):
    """An input that cannot be used: one line naming what it is and how to mend it."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """What is declared of a host that decides its policy; ``where`` says by whom, for an error."""

    policy: str | None
    parameters: Mapping[str, object]
    where: str


@dataclass(frozen=True, slots=True)
class Plan:
    """A run to be made. ``policies`` has each host's and the fleet's.

    ``collect`` gets the evidence of a host by name, that of its endpoints only if asked to; ``stop`` ends all that is
    under way. ``times`` are those of a run that is judged again, None where hosts are asked now.
    """

    hosts: tuple[str, ...]
    policies: Mapping[str, Policy]
    waivers: tuple[Waiver, ...]
    checks: tuple[Check, ...]
    selection: str
    whole_inventory: bool
    collect: Callable[[str, bool], Evidence]
    stop: Callable[[], None]
    jobs: int
    times: tuple[datetime, datetime] | None = None

    def level(self, host: str, check: Check) -> Level:
        """The level of a check on a host (or ``fleet``) whose policy has it."""
        return self.policies[host].level(check.id, check.level) or check.level

    def pairs(self, area: str) -> list[tuple[str, Check]]:
        """Every host and check of an area that are to be judged, the fleet's last."""
        checks = [check for check in self.checks if check.area == area]
        pairs = [(host, check) for host in self.hosts for check in checks if check.vantage is not FLEET]
        pairs += [(FLEET_HOST, check) for check in checks if check.vantage is FLEET]
        return [(host, check) for host, check in pairs if applies(check, self.policies[host])]


def policies_of(
    expectations: Mapping[str, Expectation], chosen: str | None, checks: Collection[Check], root: Path
) -> dict[str, Policy]:
    """The policy of each host with its parameters: the chosen one, else its own, else ``notes``. Raises PlanError."""
    known = [check.id for check in checks]
    found = {name: _policy(name, where, known, root) for name, where in _names(expectations, chosen).items()}
    per_host = {}
    for host, expectation in expectations.items():
        policy = found[chosen or expectation.policy or DEFAULT_POLICY]
        try:
            per_host[host] = policy.overridden(expectation.parameters, "tls_parameters of the inventory")
        except ValueError as error:
            raise PlanError(f"{expectation.where}: {host}: tls_parameters: {error}") from None
    common = next(iter(found.values())) if len(found) == 1 else None
    return {**per_host, FLEET_HOST: common or _policy(DEFAULT_POLICY, "", known, root)}


def waivers_of(given: str | None, root: Path, checks: Collection[Check]) -> tuple[Waiver, ...]:
    """The waivers of the file given, else of ``waivers.toml`` where there is one. Raises PlanError."""
    path = near(root, given or "waivers.toml")
    if given is None and not path.exists():
        return ()
    try:
        return waivers.load(path, [check.id for check in checks])
    except WaiverError as error:
        raise PlanError(str(error)) from None


def near(root: Path, given: str) -> Path:
    """A path that a user gave, from the root; as short as it can be said here."""
    path = root / Path(given).expanduser()
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def without_passwords(text: str) -> str:
    """Specs as they may be shown."""
    return PASSWORD.sub(r"\1@", text)


def _names(expectations: Mapping[str, Expectation], chosen: str | None) -> dict[str, str]:
    if chosen is not None:
        return {chosen: "--policy"}
    return {each.policy or DEFAULT_POLICY: f"{each.where}: tls_policy" for each in expectations.values()}


def _policy(name: str, where: str, known_checks: Collection[str], root: Path) -> Policy:
    is_file = name.endswith(".toml")
    if not is_file and name not in policies.names():
        raise PlanError(f"{where}: there is no policy {name!r}; {hint(name, policies.names())}")
    try:
        return policies.load(str(near(root, name)) if is_file else name, known_checks)
    except TomlError as error:
        raise PlanError(str(error)) from None
