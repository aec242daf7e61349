"""A fleet whose hosts say what each check is to find: runs of pytest end to end, without a host or a real check."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tlsfleet import inside
from tlsfleet.check import Check, Vantage
from tlsfleet.evidence import Evidence, Frame
from tlsfleet.facts import Fleet, Group, HostFacts, Unknown
from tlsfleet.inventory import Target
from tlsfleet.policy import Policy
from tlsfleet.report import results
from tlsfleet.verdict import Level, NotApplicable, Run, Verdict, Violation

ROOT = Path(__file__).parent.parent.parent
LEVELS = {
    "private-key.permissions": Level.MUST,
    "private-key.strength": Level.MUST,
    "csr.subject": Level.SHOULD,
    "certificate.subject": Level.MAY,
}
OVER_FLEET = "private-key.not-shared"
SETTINGS = """
[tool.pytest]
testpaths = ["tests_hosts"]
addopts = ["--import-mode=importlib", "-p", "no:hypothesispytest"]
strict_config = true
strict_markers = true
strict_parametrization_ids = true
filterwarnings = ["ignore::pytest.PytestAssertRewriteWarning"] # the outer run has imported what the inner would rewrite
"""


def checks() -> tuple[Check, ...]:
    """One check a level, and one over the fleet, that find what the facts tell them to."""
    per_host = [
        Check(check_id, level, Vantage.INSIDE, _subjects(check_id), _body, "there is none here")
        for check_id, level in LEVELS.items()
    ]
    over_fleet = Check(OVER_FLEET, Level.SHOULD, Vantage.FLEET, _no_subjects, _body, "no key is shared")
    return (*per_host, over_fleet)


def _subjects(check_id: str) -> Any:
    def select(facts: HostFacts, policy: Policy) -> tuple[Group, ...]:
        assert not isinstance(facts.groups, Unknown)
        return tuple(group for group in facts.groups if group.name.startswith(check_id))

    return select


def _no_subjects(fleet: Fleet, policy: Policy) -> tuple[Group, ...]:
    return ()


@dataclass(frozen=True)
class _Subject:
    subject: str


def _body(group: Any, policy: Policy, now: datetime) -> Iterator[Any]:
    """It is the rule that ... Why: it matters. Source: RFC 1. Remedy: mend it."""
    status = group.members[0]
    if status == "violates":
        yield Violation("seen this", "that", "/etc/file:1", "mend --it", "show --it", ("CVE-2014-0160",))
    elif status == "unknown":
        yield Unknown(group.subject, "cannot be read")
    elif status == "not-applicable":
        yield NotApplicable("nothing of the kind")
    elif status == "raises":
        raise RuntimeError("a fault of the check")
    else:
        assert status == "conforms"


@dataclass
class FakeFleet:
    """Hosts by name with what each check finds on them: a status a check, or the reason why it is not reached."""

    pytester: pytest.Pytester
    hosts: Mapping[str, Mapping[str, str] | str]
    asked: list[str] = field(default_factory=list)

    @property
    def reports(self) -> Path:
        return self.pytester.path / "reports"

    @property
    def latest(self) -> Path:
        return self.reports / "latest"

    def lay(self) -> None:
        """Write the folder in which pytest is run."""
        self.pytester.makepyprojecttoml(SETTINGS)
        self.pytester.makeconftest('pytest_plugins = ["tlsfleet.plugin"]')
        shutil.copytree(
            ROOT / "tests_hosts", self.pytester.path / "tests_hosts", ignore=shutil.ignore_patterns("__py*")
        )
        (self.pytester.path / "inventory.ini").write_text("".join(f"{name}\n" for name in self.hosts), encoding="utf-8")

    def collect(self, target: Target, options: inside.Options, policy: Policy) -> Evidence:
        """Stands for inside.collect."""
        self.asked.append(target.name)
        told = self.hosts.get(target.name, {})
        now = datetime.now(UTC)
        declared = {"policy": target.policy, "parameters": dict(target.parameters), "shell": True}
        if isinstance(told, str):
            return Evidence(target.name, now, now, failure=told, declared=declared)
        frames = tuple(Frame("told", check, status.encode()) for check, status in told.items())
        return Evidence(target.name, now, now, frames, declared=declared)

    def run(self, *arguments: str) -> pytest.RunResult:
        return self.pytester.runpytest_inprocess(*arguments, no_reraise_ctrlc=True)

    def results(self) -> tuple[tuple[Verdict, ...], Run | None]:
        """Of the newest run."""
        return results.read(self.latest / results.NAME)

    def status(self, host: str, check: str) -> str:
        """Of a verdict of the newest run."""
        return next(str(each.status) for each in self.results()[0] if (each.host, each.check) == (host, check))


MakeFleet = Callable[..., FakeFleet]


def build(evidence: Evidence) -> HostFacts:
    """Stands for inside.build: a group a subject, named by check and subject, its member the status."""
    failure = None if evidence.failure is None else Unknown(evidence.host, evidence.failure)
    groups = tuple(_TellingGroup(frame.subject, number, (frame.text,)) for number, frame in enumerate(evidence.frames))
    return HostFacts(evidence.host, evidence.received_at, failure=failure, groups=groups)


class _TellingGroup(Group):
    """A group that can stand as a subject."""

    __slots__ = ()

    @property
    def subject(self) -> str:
        return f"/etc/{self.name}"
