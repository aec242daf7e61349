"""Services as a whole: their configuration loads, is what runs, and logs no failure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from shlex import quote

from tlsfleet.check import INSIDE, Outcome, check
from tlsfleet.facts import (
    Absent,
    Certificate,
    CertificateFile,
    CertificatePair,
    FileFacts,
    HostFacts,
    KeyFacts,
    LogLine,
    Malformed,
    Missing,
    ServiceConfig,
    Unknown,
)
from tlsfleet.keys import normal, spki_of
from tlsfleet.known.directives import reload, show
from tlsfleet.policy import Policy
from tlsfleet.subjects import services
from tlsfleet.verdict import MAY, MUST, SHOULD, Conforms, NotApplicable, Violation

NO_SERVICE = "no service that speaks TLS was found"
# The kernel tells a process's start to the second, and so does the script of a file's change.
PRECISION = timedelta(seconds=1)
SHOWN = 5


@dataclass(frozen=True, slots=True)
class ServiceOn:
    """A service with the facts of its host."""

    service: ServiceConfig
    facts: HostFacts

    @property
    def subject(self) -> str:
        return self.service.service


@dataclass(frozen=True, slots=True)
class Logged:
    """A service and what it logged since it started."""

    service: ServiceConfig
    lines: tuple[LogLine, ...]

    @property
    def subject(self) -> str:
        return self.service.service


def services_on(facts: HostFacts, policy: Policy) -> Iterator[ServiceOn | Unknown]:
    """Every service, with its host's facts."""
    for item in services(facts, policy):
        yield item if isinstance(item, Unknown) else ServiceOn(item, facts)


def logs(facts: HostFacts, policy: Policy) -> Iterator[Logged | Unknown]:
    """Every service with its log lines, and each log that could not be read."""
    found = (facts.logs,) if isinstance(facts.logs, Unknown) else facts.logs
    if not isinstance(facts.services, Unknown) and facts.services:
        yield from (line for line in found if isinstance(line, Unknown))
    for item in services(facts, policy):
        if isinstance(item, Unknown):
            yield item
        elif not isinstance(facts.logs, Unknown):
            own = [line for line in found if isinstance(line, LogLine) and line.service == item.service]
            yield Logged(item, tuple(own))


@check("service.config-loads", level=MUST, vantage=INSIDE, subjects=services_on, nothing=NO_SERVICE)
def config_loads(item: ServiceOn, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """The service's own checker accepts its configuration; where that cannot be asked, reading finds no fault.

    Why: a configuration that does not load goes unnoticed until the next restart, and then the service stays down.
    Source: the services' own checkers. Remedy: mend what the checker names, and run it again.
    """
    verdict = item.service.config_check
    if isinstance(verdict, Unknown):
        yield verdict
    elif verdict.accepted is False:
        yield Violation(
            observed="; ".join(verdict.messages[:SHOWN]) or "refused",
            expected="a configuration that loads",
            where=item.service.config_files[0] if item.service.config_files else item.subject,
            reproduce=verdict.command,
        )
    elif verdict.accepted is None:
        by_reading = f"judged by reading: {'; '.join(verdict.messages) or 'its checker was not run'}"
        yield from list(_faults(item, by_reading)) or [Conforms(by_reading)]


@check(
    "service.started-after-change",
    level=SHOULD,
    vantage=INSIDE,
    subjects=services_on,
    notes=["N34"],
    nothing=NO_SERVICE,
)
def started_after_change(item: ServiceOn, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """The service started or reloaded after its certificates, keys, DH files and configuration last changed.

    Why: a service reads them once; until it is reloaded it serves the old ones, however new the files are. Source:
    notes N34. Remedy: reload the service, and have the renewal's deploy hook do so.
    """
    service = item.service
    times = [time for time in (service.started_at, service.reloaded_at) if isinstance(time, datetime)]
    gaps = [time for time in (service.started_at, service.reloaded_at) if isinstance(time, Unknown)]
    if not service.running:
        yield NotApplicable("it is not running")
        return
    if gaps or not times:
        yield gaps[0] if gaps else Unknown(item.subject, "when it started cannot be told")
        return
    for path, changed in _changes(item):
        if isinstance(changed, Unknown):
            yield changed
        elif changed > max(times) + PRECISION:
            yield Violation(
                observed=f"{path} changed at {changed:%Y-%m-%d %H:%M:%S} UTC, read at {max(times):%Y-%m-%d %H:%M:%S}",
                expected="a reload after the change",
                where=path,
                remedy=reload(service.service),
                reproduce=f"stat -L -c %y {quote(path)}; ps -o lstart,cmd -C {quote(service.service)}",
            )


@check("service.logs-clean", level=MAY, vantage=INSIDE, subjects=logs, notes=["N35"], nothing=NO_SERVICE)
def logs_clean(item: Logged, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """The service logged no failure to load a certificate, key or DH file since it started.

    Why: such a failure is often logged once and then forgotten, while the service goes on with the old file or
    without. Source: notes N35. Remedy: mend what the message names, and reload.
    """
    messages = dict.fromkeys(line.message for line in item.lines)
    for message in messages:
        times = [line.logged_at for line in item.lines if line.message == message and line.logged_at]
        yield Violation(
            observed=f"{message}{f' (last at {max(times):%Y-%m-%d %H:%M:%S})' if times else ''}",
            expected="no failure to load a certificate, key or DH file",
            where=f"the log of {item.subject}",
            reproduce=f"journalctl -u {quote(item.subject)} -p warning",
        )
    if not messages and not item.service.running:
        yield NotApplicable("it is not running")


def _faults(item: ServiceOn, reason: str) -> Iterator[Outcome]:
    """What keeps the configuration from loading, as far as reading tells; ``reason``: why its checker was not asked."""
    service, facts = item.service, item.facts
    seen = [(problem, problem.partition(": ")[0]) for problem in service.problems]
    for block in service.blocks:
        if isinstance(block, Unknown):
            yield block
            continue
        where = block.origin("certificates")
        dh = block.settings.dh_parameters
        named = [facts.dh(dh)] if isinstance(dh, str) and dh != "auto" else []
        for found in (
            *named,
            *(
                found
                for pair in block.settings.certificates
                for found in _loaded(pair, block.settings.password_files, facts)
            ),
        ):
            if isinstance(found, Absent | Malformed):
                seen.append((f"{found.subject}: {found.reason}", where))
            elif isinstance(found, str):
                seen.append((found, where))
            elif isinstance(found, Unknown):
                yield found
    for observed, where in dict.fromkeys(seen):
        yield Violation(f"{observed} ({reason})", "a configuration that loads", where, reproduce=show(where))


def _loaded(pair: CertificatePair, passwords: tuple[str, ...], facts: HostFacts) -> Iterator[Missing | str]:
    """What is wrong with a pair of files: a file that is not there, or a text."""
    if isinstance(pair.certificate, Unknown) or isinstance(pair.key, Unknown):
        yield from (value for value in (pair.certificate, pair.key) if isinstance(value, Unknown))
        return
    leaf = _leaf(pair.certificate, facts) if pair.certificate else f"{pair.key}: no certificate is named for it"
    key = facts.key(pair.key) if pair.key else f"{pair.certificate}: no key is named for it"
    yield from (found for found in (leaf, key) if not isinstance(found, Certificate | KeyFacts))
    if isinstance(key, KeyFacts) and key.encrypted and not passwords:
        yield f"{key.path}: has a passphrase, and no file that gives it is named"
    elif isinstance(key, KeyFacts) and isinstance(leaf, Certificate):
        public, own = spki_of(leaf, str(pair.certificate)), key.public_key
        yield from (gap for gap in (public, own) if isinstance(gap, Unknown | Malformed))
        if isinstance(public, bytes) and isinstance(own, bytes) and public != normal(own):
            yield f"{key.path}: is not the key of {pair.certificate}"


def _leaf(path: str, facts: HostFacts) -> Certificate | Missing:
    file = facts.certificate_file(path)
    if not isinstance(file, CertificateFile):
        return file
    return file.certificates[0] if file.certificates else Malformed(path, "holds no certificate")


def _changes(item: ServiceOn) -> Iterator[tuple[str, datetime | Unknown]]:
    """When each file that the service reads at its start last changed: itself, or a link on the way to it."""
    yield item.service.config_files[0] if item.service.config_files else item.subject, item.service.config_changed_at
    for block in item.service.blocks:
        if isinstance(block, Unknown):
            yield block.subject, block
    for path in dict.fromkeys(_files(item.service)):
        file = path if isinstance(path, Unknown) else item.facts.file(path)
        if isinstance(file, FileFacts):
            yield file.path, datetime.fromtimestamp(_mtime(file), UTC)
        else:
            yield file.subject, Unknown(file.subject, file.reason)


def _mtime(file: FileFacts) -> float:
    links = [
        folder.stat.mtime for folder in file.parents if not isinstance(folder, Unknown) and folder.stat.kind == "link"
    ]
    return max(file.link.mtime, file.target.mtime, *links)


def _files(service: ServiceConfig) -> Iterator[str | Unknown]:
    for block in service.blocks:
        if isinstance(block, Unknown):
            continue
        settings = block.settings
        for pair in settings.certificates:
            yield from (value for value in (pair.certificate, pair.key) if value is not None)
        if settings.dh_parameters not in {None, "auto"}:
            yield settings.dh_parameters
        yield from settings.session_ticket_keys
