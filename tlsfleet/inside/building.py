"""build(): evidence to facts, pure but for the auditor's trust store; whatever was sent, values or Unknown."""

from datetime import timedelta

from tlsfleet.evidence import Evidence
from tlsfleet.facts import Clock, HostFacts, ServiceConfig, Unknown
from tlsfleet.inside import accounts, contents, declaring, places, system
from tlsfleet.services import nginx

NOT_SENT = "it did not come over"


def build(evidence: Evidence) -> HostFacts:
    """The facts of one host at the time when its answer came."""
    declared = declaring.from_json(evidence.declared)
    if evidence.failure is not None:
        return HostFacts(
            evidence.host,
            evidence.received_at,
            declared,
            Unknown(evidence.host, f"{evidence.host}: {evidence.failure}"),
        )
    if not declared.shell:
        return HostFacts(evidence.host, evidence.received_at, declared)
    tree = places.Tree(evidence)
    stale = system.stale_libraries(evidence)
    return HostFacts(
        host=evidence.host,
        collected_at=evidence.received_at,
        declared=declared,
        privileged=_rows(evidence, "begin").get("uid") == "0",
        files=tree.files(contents.labels(evidence)),
        listings=tree.listings(),
        certificates=contents.certificates(evidence, tree),
        keys=contents.keys(evidence, tree),
        csrs=contents.csrs(evidence, tree),
        dh_params=contents.dh_parameters(evidence, tree),
        groups=accounts.groups(evidence),
        users=accounts.users(evidence),
        services=_services(evidence),
        listeners=system.listeners(evidence),
        packages=system.packages(evidence),
        stale_libraries=stale,
        logs=nginx.logs(evidence.frames),
        clock=_clock(evidence),
    )


def _services(evidence: Evidence) -> tuple[ServiceConfig | Unknown, ...]:
    """Every service that is there; a parser that fails makes its service unknown, no more."""
    try:
        found = nginx.read(evidence.frames)
    except Exception as error:  # noqa: BLE001 - what a host sends may break a parser, but never the run
        found = Unknown("nginx", f"its configuration could not be read: {type(error).__name__}: {error}")
    if found is None and not _without_nginx(evidence):
        found = Unknown("nginx", NOT_SENT)
    return () if found is None else (found,)


def _without_nginx(evidence: Evidence) -> bool:
    """Whether the host says that no nginx is there, and nothing else of one came."""
    counts = evidence.of("nginx")
    return [count.data for count in counts] == [b"0"] and not any(
        frame.kind.startswith("nginx-") for frame in evidence.frames
    )


def _clock(evidence: Evidence) -> Clock | Unknown:
    """The offset is amid what the first and the last reading of the host's clock allow."""
    try:
        first, last = float(_rows(evidence, "begin")["clock"]), float(_rows(evidence, "end")["clock"])
    except (KeyError, ValueError):
        return Unknown("clock", "the host's clock could not be read")
    if not 0 <= first <= 1e11 or not 0 <= last <= 1e11:
        return Unknown("clock", "the host's clock shows no time")
    most, least = first - evidence.sent_at.timestamp(), last - evidence.received_at.timestamp()
    if most < least - 1:
        return Unknown("clock", "the host's clock was set while it answered")
    return Clock((most + least) / 2, max(most - least, timedelta(milliseconds=1).total_seconds()) / 2)


def _rows(evidence: Evidence, kind: str) -> dict[str, str]:
    frame = next(iter(evidence.of(kind)), None)
    lines = frame.text.splitlines() if frame else []
    return {name: value for name, _, value in (line.partition(" ") for line in lines)}
