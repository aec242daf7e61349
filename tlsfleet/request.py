"""What a user asked for, by options of whatever front, made into a plan."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from tlsfleet import inside, replay, wire
from tlsfleet.audit import facts_of
from tlsfleet.check import Check
from tlsfleet.evidence import Evidence
from tlsfleet.inventory import InventoryError, Target, resolve, specs
from tlsfleet.plan import Expectation, Plan, PlanError, near, policies_of, waivers_of, without_passwords
from tlsfleet.report.folders import find_run, refusal
from tlsfleet.spelling import hint


@dataclass(frozen=True, slots=True)
class Request:
    """The options of a run as given; ``root`` is where relative paths start, ``chosen`` what else narrows the run."""

    root: Path
    reports: Path
    connection: inside.Options
    hosts: str | None = None
    inventory: str = "inventory.ini"
    policy: str | None = None
    waivers: str | None = None
    replay: str | None = None
    backend: str | None = None
    jobs: int = 32
    cross_check: bool = False
    chosen: str = ""


def plan_of(request: Request, checks: Collection[Check]) -> tuple[Plan, tuple[Target, ...]]:
    """The plan, and the targets that a shell can be had on (none for a replay). Raises PlanError."""
    if reason := refusal(request.reports):
        raise PlanError(f"--reports: {reason}")
    return _again(request, checks) if request.replay is not None else _now(request, checks)


def _now(request: Request, checks: Collection[Check]) -> tuple[Plan, tuple[Target, ...]]:
    for option, given in (
        ("--ssh-config", request.connection.ssh_config),
        ("--ssh-identity-file", request.connection.ssh_identity_file),
    ):
        if given and not Path(given).expanduser().is_file():
            raise PlanError(f"{option}: {given}: there is no such file")
    inventory = near(request.root, request.inventory)
    try:
        selection = resolve(request.hosts, inventory)
    except InventoryError as error:
        raise PlanError(str(error)) from None
    targets = {target.name: _by(request.backend, target) for target in selection.targets}
    expected = {name: _expected(target, inventory) for name, target in targets.items()}
    policies = policies_of(expected, request.policy, checks, request.root)

    engine = wire.Engine(cross_check=request.cross_check)

    def collect(host: str, on_wire: bool) -> Evidence:  # noqa: FBT001 - as a plan has it
        target = targets[host]
        early = engine.begin(target) if on_wire and target.endpoints is not None else None
        evidence = inside.collect(target, request.connection, policies[host])
        if not on_wire:
            return evidence
        return wire.extended(evidence, early or engine.begin(target, facts_of(evidence)))

    def stop() -> None:
        inside.stop()
        engine.stop()

    plan = Plan(
        tuple(targets),
        policies,
        waivers_of(request.waivers, request.root, checks),
        tuple(checks),
        _selection(request),
        selection.whole_inventory,
        collect,
        stop,
        request.jobs,
    )
    return plan, tuple(targets.values())


def _again(request: Request, checks: Collection[Check]) -> tuple[Plan, tuple[Target, ...]]:
    saved = replay.load(find_run(str(request.replay), request.reports, request.root), request.hosts)
    expected = {host: _declared(evidence) for host, evidence in saved.evidence.items()}
    plan = Plan(
        tuple(saved.evidence),
        policies_of(expected, request.policy, checks, request.root),
        waivers_of(request.waivers, request.root, checks),
        tuple(checks),
        " ".join(filter(None, (saved.selection, _selection(request)))),
        saved.whole,
        lambda host, _: saved.evidence[host],
        lambda: None,
        request.jobs,
        saved.times,
    )
    return plan, ()


def _by(backend: str | None, target: Target) -> Target:
    """The target by the connection that ``--connection`` names, which holds for hosts of the inventory."""
    if backend is None or target.spec is not None or target.connection.kind == "none":
        return target
    if backend not in specs.KINDS:
        reason = specs.REFUSED.get(backend) or f"unknown; {hint(backend, specs.KINDS)}"
        raise PlanError(f"--connection: {backend}: {reason}")
    return replace(target, connection=replace(target.connection, kind=backend))


def _expected(target: Target, inventory: Path) -> Expectation:
    place = target.places.get("tls_policy") or target.places.get("tls_parameters") or str(inventory)
    return Expectation(target.policy, target.parameters, place)


def _declared(evidence: Evidence) -> Expectation:
    """What the inventory declared when the host was asked; it came with the evidence, which may have been edited."""
    policy, parameters = evidence.declared.get("policy"), evidence.declared.get("parameters") or {}
    if not isinstance(policy, str | None) or not isinstance(parameters, Mapping):
        raise PlanError(f"--replay: the evidence of {evidence.host} is damaged: what it declares is no policy")
    return Expectation(policy, parameters, f"--replay: the evidence of {evidence.host}")


def _selection(request: Request) -> str:
    hosts = None if request.hosts is None else f"--hosts={without_passwords(request.hosts)}"
    return " ".join(filter(None, (hosts, request.chosen)))
