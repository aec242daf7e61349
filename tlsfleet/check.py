"""The @check decorator and the registry of all checks."""

import importlib
import pkgutil
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from tlsfleet.facts import Fleet, HostFacts, Missing, Unknown
from tlsfleet.policy import Policy
from tlsfleet.verdict import Conforms, Level, NotApplicable, Violation

ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\.[a-z0-9]+(-[a-z0-9]+)*")


class Vantage(StrEnum):
    """Where a check looks from; ``fleet`` is over all hosts of a run."""

    INSIDE = "inside"
    WIRE = "wire"
    BOTH = "both"
    FLEET = "fleet"


INSIDE, WIRE, BOTH, FLEET = Vantage

Outcome = Violation | Missing | NotApplicable | Conforms
Body = Callable[[Any, Policy, datetime], Iterable[Outcome]]
Selected = Iterable[Any] | Unknown | NotApplicable
Selector = Callable[[HostFacts, Policy], Selected] | Callable[[Fleet, Policy], Selected]


class DuplicateCheckError(Exception):
    """Two checks claim one id."""


@dataclass(frozen=True, slots=True)
class Check:
    """One rule: ``subjects`` selects what it looks at, ``body`` yields a Violation for each thing wrong with one."""

    id: str
    level: Level
    vantage: Vantage
    subjects: Selector
    body: Body
    nothing: str  # the reason given when there is no subject
    notes: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()  # the policy parameters that its body reads

    @property
    def area(self) -> str:
        return self.id.partition(".")[0]

    @property
    def title(self) -> str:
        """The first line of the docstring: the state that must hold."""
        return (self.body.__doc__ or "").strip().partition("\n")[0]

    def section(self, heading: str) -> str:
        """A section of the docstring (Why, Source, Remedy) as one line; empty where it has none."""
        text = " ".join((self.body.__doc__ or "").split())
        found = re.search(rf"\b{heading}: (.*?)(?= (?:Why|Source|Remedy): |$)", text)
        return found[1].strip() if found else ""


class Registry:
    """Checks by id, in the order in which they were registered."""

    def __init__(self) -> None:
        self._checks: dict[str, Check] = {}

    def add(self, check: Check) -> None:
        """Raises DuplicateCheckError, and ValueError for an id that is not ``area.required-state``."""
        if check.id in self._checks:
            raise DuplicateCheckError(f"{check.id} is registered twice")
        if not ID.fullmatch(check.id):
            raise ValueError(f"{check.id!r} is not of the form area.required-state")
        self._checks[check.id] = check

    def all(self) -> tuple[Check, ...]:
        return tuple(self._checks.values())

    def get(self, check_id: str) -> Check:
        return self._checks[check_id]


REGISTRY = Registry()


def check(
    check_id: str,
    *,
    level: Level,
    vantage: Vantage,
    subjects: Selector,
    nothing: str,
    notes: Iterable[str] = (),
    tags: Iterable[str] = (),
    parameters: Iterable[str] = (),
) -> Callable[[Body], Body]:
    """Register the decorated generator as a check.

    It is called once a subject with ``(subject, policy, now)`` and yields a Violation for each thing wrong; an Unknown,
    Absent or Malformed where this subject cannot be told; a NotApplicable where the rule does not concern it. Yielding
    nothing says that the subject conforms, a Conforms says how that was judged. ``nothing`` is the reason shown when a
    host has no subject.
    """

    def register(body: Body) -> Body:
        lists = tuple(notes), tuple(tags), tuple(parameters)
        REGISTRY.add(Check(check_id, level, vantage, subjects, body, nothing, *lists))
        return body

    return register


def load_checks() -> tuple[Check, ...]:
    """Import every module of the ``checks`` package, and return all checks registered."""
    package = importlib.import_module("checks")
    for module in sorted(pkgutil.iter_modules(package.__path__), key=lambda found: found.name):
        importlib.import_module(f"checks.{module.name}")
    return REGISTRY.all()
