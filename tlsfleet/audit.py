"""An audit without pytest: collect, keep the evidence, make facts, judge, keep the verdicts."""

import warnings
from collections.abc import Callable, Collection, Generator, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed, wait
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from cryptography.utils import CryptographyDeprecationWarning

from tlsfleet import evidence as evidence_file
from tlsfleet import inside, wire
from tlsfleet.check import WIRE
from tlsfleet.evidence import Evidence
from tlsfleet.facts import HostFacts, Unknown
from tlsfleet.judge import FLEET_HOST, HALVES, judge
from tlsfleet.plan import Plan
from tlsfleet.report import facts_json, results
from tlsfleet.report.folders import file_name
from tlsfleet.text import clean
from tlsfleet.verdict import Run

Pair = tuple[str, str]  # host, check id
Arrived = Callable[[Evidence, int, int], None]  # the evidence of a host, how many have come, of how many


def _quietly(evidence: Evidence, came: int, of: int) -> None:
    """Says nothing of what has come."""


@dataclass(frozen=True, slots=True)
class Audited:
    """What came of an audit; ``interrupted`` when it was stopped while hosts were still to come.

    ``disagreements`` has, by host, what a second opinion says otherwise, or why there is none.
    """

    run: Run
    interrupted: bool
    disagreements: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def audit(plan: Plan, pairs: Collection[Pair], folder: Path, arrived: Arrived = _quietly) -> Audited:
    """Audit what the pairs name, and leave evidence, facts and verdicts in the folder of the run.

    Fleet checks need all hosts of the plan; otherwise only the hosts of the pairs are asked. The line of the run is not
    written: that is for the caller, once it has seen all verdicts.
    """
    wanted = set(pairs)
    named = {host for host, _ in wanted}
    hosts = [host for host in plan.hosts if host in named or FLEET_HOST in named]
    started_at = datetime.now(UTC)
    with warnings.catch_warnings():
        # That a certificate of a host's, or of the trust store, is odd is for checks to say.
        warnings.simplefilter("ignore", CryptographyDeprecationWarning)
        facts, interrupted = _facts(plan, hosts, folder, arrived, on_wire=_needs_wire(plan, wanted))
        run = judge(
            facts,
            plan.policies,
            plan.waivers,
            plan.times[0] if plan.times else started_at,
            plan.checks,
            wanted=lambda host, check: (host, check) in wanted and not (interrupted and host == FLEET_HOST),
            selection=plan.selection,
            whole_inventory=plan.whole_inventory,
        )
    results.write_verdicts(folder / results.NAME, run.verdicts)
    started_at, finished_at = plan.times or (started_at, datetime.now(UTC))
    second = {each.host: found for each in facts if (found := tuple(_disagreements(each)))}
    return Audited(replace(run, started_at=started_at, finished_at=finished_at), interrupted, second)


def _disagreements(facts: HostFacts) -> Iterator[str]:
    """What sslyze says otherwise of a host's endpoints (``--cross-check``), a line each."""
    for each in () if isinstance(facts.endpoints, Unknown) else facts.endpoints:
        said = None if isinstance(each, Unknown) else each.disagreements
        lines = (f"no second opinion: {said.reason}",) if isinstance(said, Unknown) else said or ()
        yield from (clean(f"{each.subject}: {line}", 500) for line in lines)


def facts_of(evidence: Evidence) -> HostFacts:
    """The facts that the evidence of a host holds; evidence that cannot be read at all is that host's failure alone."""
    try:
        facts = inside.build(evidence)
    except Exception as error:  # noqa: BLE001 - whatever a host sends, no other host pays for it
        facts = HostFacts(evidence.host, evidence.received_at, failure=_unreadable(evidence, error))
    try:
        return replace(facts, endpoints=wire.build(evidence))
    except Exception as error:  # noqa: BLE001 - whatever a server sends, no other host pays for it
        return replace(facts, endpoints=_unreadable(evidence, error))


def _unreadable(evidence: Evidence, error: Exception) -> Unknown:
    return Unknown(evidence.host, clean(f"what it sent could not be read: {type(error).__name__}: {error}"))


def _needs_wire(plan: Plan, wanted: Collection[Pair]) -> bool:
    """Whether a check that is wanted looks at endpoints."""
    chosen = {check_id for _, check_id in wanted}
    return any(WIRE in HALVES.get(check.vantage, ()) for check in plan.checks if check.id in chosen)


def _facts(
    plan: Plan, hosts: Sequence[str], folder: Path, arrived: Arrived, *, on_wire: bool
) -> tuple[list[HostFacts], bool]:
    """The facts of each host, in the plan's order, and whether an interrupt left some out."""
    facts: dict[str, HostFacts] = {}
    interrupted = False
    try:
        with closing(_collected(plan, hosts, on_wire=on_wire)) as collected:
            for evidence in collected:
                facts[evidence.host] = _keep(evidence, folder)
                arrived(evidence, len(facts), len(hosts))
    except KeyboardInterrupt:
        interrupted = True
    return [facts[host] for host in hosts if host in facts], interrupted


def _collected(plan: Plan, hosts: Collection[str], *, on_wire: bool) -> Generator[Evidence]:
    """The evidence of each host, as it comes."""
    executor = ThreadPoolExecutor(plan.jobs, thread_name_prefix="collect")
    futures = {executor.submit(plan.collect, host, on_wire): host for host in hosts}
    try:
        for future in as_completed(futures):
            yield _evidence(futures[future], future)
    finally:
        executor.shutdown(wait=False, cancel_futures=True)
        running = [future for future in futures if not future.cancelled()]
        while wait(running, timeout=0.1).not_done:  # interrupted: no command outlives the audit
            plan.stop()


def _evidence(host: str, future: Future[Evidence]) -> Evidence:
    try:
        return future.result()
    except Exception as error:  # noqa: BLE001 - a fault of ours costs this host, not the run
        now = datetime.now(UTC)
        return Evidence(host, now, now, failure=clean(f"the collection failed: {type(error).__name__}: {error}"))


def _keep(evidence: Evidence, folder: Path) -> HostFacts:
    name = file_name(evidence.host)
    evidence_file.write(evidence, folder / "evidence" / f"{name}.jsonl")
    facts = facts_of(evidence)
    facts_json.write(facts, folder / "facts" / f"{name}.json")
    return facts
