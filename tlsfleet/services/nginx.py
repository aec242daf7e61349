"""nginx: from the frames that nginx.sh sent to its effective configuration and the failures that it logged."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone

from tlsfleet.evidence import Frame
from tlsfleet.facts import CipherSuite, ConfigCheck, LogLine, ServiceConfig, TlsBlock, Unknown
from tlsfleet.iana import PROTOCOLS, cipher_suites
from tlsfleet.services.nginx_audit import problems
from tlsfleet.services.nginx_blocks import Result, blocks
from tlsfleet.services.nginx_defaults import NO_SSL_DIRECTIVE, Build
from tlsfleet.services.nginx_settings import Expansion, Host
from tlsfleet.services.nginx_tree import WITHHELD, DamagedError, Tree, parse

SERVICE = "nginx"
RESTART = timedelta(seconds=2)  # workers that start later than this after their master started are a reload's
LOGGED = re.compile(r"(\d{4}/\d\d/\d\d \d\d:\d\d:\d\d) [a-z]+ (.*)")

Rows = Mapping[str, list[str]]


@dataclass(frozen=True, slots=True)
class _Process:
    """How one nginx runs, by the rows of its frame."""

    rows: Rows

    def first(self, name: str) -> str:
        return self.rows.get(name, [""])[0]

    @property
    def running(self) -> bool:
        return "pid" in self.rows

    @property
    def build(self) -> Build:
        found = re.fullmatch(r"(?:nginx|openresty)/(\d+)\.(\d+)\.(\d+)(?:\.\d+)?.*", self.first("version"))
        library = re.search(r"running with ([^()]+)", self.first("library")) or re.match(
            r"([^()]+)", self.first("library")
        )
        return Build(
            tuple(map(int, found.groups())) if found else None,
            _library(library[1]) if library else None,
            "with-openssl" in self.rows.get("build", ()),
            self.first("openssl"),
        )

    def at(self, ticks: str) -> datetime | Unknown:
        numbers = (self.first("boot"), self.first("hertz"), ticks)
        if not all(number.isdecimal() and len(number) < 16 for number in numbers) or self.first("hertz") == "0":
            return Unknown(SERVICE, "when it started cannot be told")
        try:
            return datetime.fromtimestamp(int(numbers[0]) + int(ticks) / int(numbers[1]), UTC)
        except (ValueError, OverflowError, OSError):
            return Unknown(SERVICE, "when it started cannot be told")

    @property
    def started_at(self) -> datetime | Unknown | None:
        return self.at(self.first("master")) if self.running else None

    @property
    def reloaded_at(self) -> datetime | Unknown | None:
        """The start of the oldest worker that is not shutting down, where that is later than the master's."""
        started = self.started_at
        workers = [self.at(row.partition(" ")[0]) for row in self.rows.get("worker", ())]
        times = [time for time in workers if isinstance(time, datetime)]
        if not isinstance(started, datetime):
            return started
        return min(times) if times and min(times) - started > RESTART else None

    @property
    def users(self) -> set[str]:
        return {row.partition(" ")[2] for row in self.rows.get("worker", ())}


def read(frames: Sequence[Frame]) -> ServiceConfig | Unknown | None:
    """The host's nginx, all of its instances as one; None where there is none, Unknown where it cannot be told."""
    known = {frame.subject: frame for frame in frames if frame.kind == "nginx-process" and frame.unknown is None}
    gaps = [
        Unknown(f"nginx {frame.subject}", frame.unknown)
        for frame in frames
        if frame.kind in {"nginx-process", "nginx-config"} and frame.unknown is not None and frame.subject not in known
    ]
    found = [_instance(subject, frames) for subject in known]
    configs = [item for item in found if isinstance(item, ServiceConfig)]
    gaps.extend(item for item in found if isinstance(item, Unknown))
    if not configs:
        return gaps[0] if gaps else None
    merged = configs[0]
    for other in configs[1:]:
        merged = _merge(merged, other)
    return replace(merged, blocks=(*merged.blocks, *gaps))


def logs(frames: Sequence[Frame]) -> tuple[LogLine | Unknown, ...]:
    """Failures to load a certificate, key or DH file that any nginx logged since it started (or last reloaded).

    Unknown where one runs and no log of it is a file that was found: it may log to a journal, or nowhere.
    """
    processes = [_Process(_rows(frame)) for frame in frames if frame.kind == "nginx-process" and frame.unknown is None]
    starts = [time for process in processes if isinstance(time := process.started_at, datetime)]
    zone = _zone(next((process.first("zone") for process in processes), ""))
    found: list[LogLine | Unknown] = []
    for frame in frames:
        if frame.kind != "nginx-log":
            continue
        if frame.unknown is not None:
            found.append(Unknown(frame.subject, frame.unknown))
            continue
        lines = (_logged(line, zone) for line in frame.text.splitlines())
        found.extend(line for line in lines if line.logged_at is None or not starts or line.logged_at >= min(starts))
    if any(process.running for process in processes) and not any(frame.kind == "nginx-log" for frame in frames):
        found.append(Unknown(f"log of {SERVICE}", "it was not found: it may be a journal, or none"))
    return tuple(found)


def _logged(line: str, zone: timezone | None) -> LogLine:
    parts = LOGGED.fullmatch(line)
    if parts is None:
        return LogLine(SERVICE, None, line)
    if zone is None:
        return LogLine(SERVICE, None, parts[2])
    try:
        at = datetime.strptime(parts[1], "%Y/%m/%d %H:%M:%S").replace(tzinfo=zone)
    except ValueError:
        return LogLine(SERVICE, None, line)
    return LogLine(SERVICE, at, parts[2])


def _zone(text: str) -> timezone | None:
    found = re.fullmatch(r"([+-])(\d\d)(\d\d)", text)
    if found is None or int(found[2]) > 23:
        return None
    offset = timedelta(hours=int(found[2]), minutes=int(found[3]))
    return timezone(-offset if found[1] == "-" else offset)


def _rows(frame: Frame) -> Rows:
    rows: dict[str, list[str]] = {}
    for line in frame.text.splitlines():
        name, _, value = line.partition(" ")
        rows.setdefault(name, []).append(value.strip())
    return rows


def _library(text: str) -> str:
    """OpenSSL 3.0.19, without its date."""
    found = re.match(r"(\S+ \d\S*)", text.strip())
    return found[1] if found else text.strip()


def _instance(subject: str, frames: Sequence[Frame]) -> ServiceConfig | Unknown:
    """One nginx: ``subject`` is its main configuration file."""
    own = [frame for frame in frames if frame.subject == subject]
    processes = [_Process(_rows(frame)) for frame in own if frame.kind == "nginx-process" and frame.unknown is None]
    # Where an old and a new master run side by side, the older tells what may still be served.
    process = min(processes, key=_age)
    config = next((frame for frame in own if frame.kind == "nginx-config"), None)
    if config is None or config.unknown is not None:
        return Unknown(f"nginx {subject}", config.unknown or "" if config else "its configuration did not come over")
    try:
        tree = parse(config.text)
    except DamagedError as error:
        return Unknown(f"nginx {subject}", f"its configuration came over damaged: {error}")
    return _config(subject, process, tree, frames)


def _age(process: _Process) -> float:
    started = process.started_at
    return started.timestamp() if isinstance(started, datetime) else 0.0


def _config(subject: str, process: _Process, tree: Tree, frames: Sequence[Frame]) -> ServiceConfig:
    build = process.build
    host = Host(
        build,
        subject.rpartition("/")[0],
        process.first("prefix"),
        _expansions(frames, "nginx-cipher"),
        _expansions(frames, "nginx-suites"),
    )
    result = blocks(tree.statements, host, privileged=process.first("uid") == "0" or process.running)
    old_ssl = not build.since(NO_SSL_DIRECTIVE)
    refused = (*tree.problems, *problems(tree.statements, old_ssl=old_ssl), *result.problems)
    return ServiceConfig(
        SERVICE,
        process.first("version").removeprefix("nginx/"),
        process.running,
        process.started_at,
        process.reloaded_at,
        _user(process, tree),
        _runs_with(build),
        _placed(result, tree),
        tree.files,
        _changed(subject, frames, len(tree.files)),
        _check(subject, frames),
        tuple(dict.fromkeys(refused)),
        result.not_understood,
    )


def _runs_with(build: Build) -> str | Unknown:
    return build.library or Unknown("nginx", "which TLS library it runs with cannot be told")


def _placed(result: Result, tree: Tree) -> tuple[TlsBlock | Unknown, ...]:
    return (*result.blocks, *tree.gaps)


def _user(process: _Process, tree: Tree) -> str | Unknown | None:
    """The workers' user; by the configuration where it does not run."""
    if process.users:
        return (
            next(iter(process.users))
            if len(process.users) == 1
            else Unknown(SERVICE, "its workers run as several users")
        )
    named = next((item.args for item in tree.statements if item.name == "user"), None)
    if named and named[0] != WITHHELD:
        return named[0]
    return process.first("default-user") or None


def _expansions(frames: Sequence[Frame], kind: str) -> Mapping[str, Expansion]:
    return {
        frame.subject: Unknown("cipher suites", frame.unknown) if frame.unknown is not None else _expansion(frame)
        for frame in frames
        if frame.kind == kind
    }


def _expansion(frame: Frame) -> Expansion:
    suites = []
    for line in frame.text.splitlines():
        found = re.fullmatch(r"0x([0-9A-F]{2}),0x([0-9A-F]{2}) (\S+)", line)
        registered = cipher_suites().get(int(found[1] + found[2], 16)) if found else None
        protocol = found[3].replace("TLSv1", "TLSv1.0") if found and found[3] == "TLSv1" else found[3] if found else ""
        if registered is None or protocol not in PROTOCOLS:
            return Unknown("cipher suites", f"OpenSSL lists a cipher suite that is not known: {line[:40]}")
        suites.append(CipherSuite(registered.name, protocol))
    return tuple(dict.fromkeys(suites))


def _changed(subject: str, frames: Sequence[Frame], files: int) -> datetime | Unknown:
    frame = next((frame for frame in frames if (frame.kind, frame.subject) == ("nginx-changed", subject)), None)
    rows = frame.text.split() if frame and frame.unknown is None else []
    if len(rows) < 2 * files or not rows or not all(re.fullmatch(r"\d{1,11}", row) for row in rows):
        return Unknown("nginx", "when its configuration changed cannot be told")
    return datetime.fromtimestamp(max(map(int, rows)), UTC)


def _check(subject: str, frames: Sequence[Frame]) -> ConfigCheck | Unknown:
    command = f"nginx -t -c {subject}"
    frame = next((frame for frame in frames if (frame.kind, frame.subject) == ("nginx-check", subject)), None)
    if frame is None:
        return Unknown("nginx -t", "it did not come over")
    if frame.unknown is not None:
        return ConfigCheck(None, (frame.unknown,), command)
    status, _, text = frame.text.partition("\n")
    if status not in {"exit 0", "exit 1"}:
        return ConfigCheck(None, ("it did not end by itself",), command)
    return ConfigCheck(status == "exit 0", tuple(text.splitlines()), command)


def _merge(one: ServiceConfig, other: ServiceConfig) -> ServiceConfig:
    """Two instances as one service: of each two values the one that a check would rather object to."""
    both_reloaded = one.reloaded_at is not None and other.reloaded_at is not None
    return replace(
        one,
        running=one.running or other.running,
        started_at=_pick(min, one.started_at, other.started_at),
        reloaded_at=_pick(min, one.reloaded_at, other.reloaded_at) if both_reloaded else None,
        user=one.user if one.user == other.user else Unknown(SERVICE, "its instances run as several users"),
        library=one.library
        if one.library == other.library
        else Unknown(SERVICE, "its instances have several libraries"),
        blocks=(*one.blocks, *other.blocks),
        config_files=(*one.config_files, *other.config_files),
        config_changed_at=_pick(max, one.config_changed_at, other.config_changed_at) or one.config_changed_at,
        config_check=_both_checks(one.config_check, other.config_check),
        problems=(*one.problems, *other.problems),
        not_understood=(*one.not_understood, *other.not_understood),
    )


def _pick(
    choose: Callable[[Iterable[datetime]], datetime], *times: datetime | Unknown | None
) -> datetime | Unknown | None:
    unknown = next((time for time in times if isinstance(time, Unknown)), None)
    known = [time for time in times if isinstance(time, datetime)]
    return unknown or (choose(known) if known else None)


def _both_checks(one: ConfigCheck | Unknown, other: ConfigCheck | Unknown) -> ConfigCheck | Unknown:
    if isinstance(one, Unknown) or isinstance(other, Unknown):
        return one if isinstance(one, Unknown) else other
    verdicts = {one.accepted, other.accepted}
    accepted = False if False in verdicts else None if None in verdicts else True
    return ConfigCheck(accepted, one.messages + other.messages, f"{one.command}; {other.command}")
