"""The host's sockets, packages and libraries."""

import re
from ipaddress import ip_address

from tlsfleet.evidence import Evidence
from tlsfleet.facts import Listener, Packages, StaleLibrary, Unknown

PROCESS = re.compile(r'users:\(\("([^"]{0,64})",pid=(\d{1,9}),')
LOCAL = re.compile(r"\[?(.*?)\]?(?:%[^:\]]*)?\]?:(\d{1,5})")
PROC_LISTEN = re.compile(r"\s*\d+: ([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) \S+ (0A|07) ")
NO_PROCESS = "not root: whose socket it is cannot be told"


def listeners(evidence: Evidence) -> tuple[Listener, ...] | Unknown:
    """Every listening TCP socket and bound UDP socket."""
    frame = next(iter(evidence.of("sockets")), None)
    if frame is None or frame.unknown is not None:
        return Unknown("listeners", frame.unknown or "" if frame else "they did not come over")
    read = _ss if frame.subject == "ss" else _proc
    rows = [row for row in frame.text.split("\n") if row.strip() and not row.startswith("Netid")]
    found = tuple(filter(None, map(read, rows)))
    whole = found and len(found) == len(rows)
    return found if whole else Unknown("listeners", "the host's sockets could not be read")


def packages(evidence: Evidence) -> Packages | Unknown:
    """The distribution's release and the versions of what matters for TLS."""
    frame = next(iter(evidence.of("packages")), None)
    if frame is None or frame.unknown is not None:
        return Unknown("packages", frame.unknown or "" if frame else "they did not come over")
    release = _assignments(evidence)
    rows = (line.split(" ", 1) for line in frame.text.splitlines() if " " in line)
    openssl = next(iter(evidence.of("openssl")), None)
    version = openssl.text.strip() if openssl and openssl.unknown is None else ""
    return Packages(
        release.get("ID", ""),
        release.get("VERSION_ID", ""),
        frame.subject,
        {name: version.strip() for name, version in rows},
        version or Unknown("openssl", "the host has no openssl command"),
    )


def stale_libraries(evidence: Evidence) -> tuple[StaleLibrary | Unknown, ...] | Unknown:
    """TLS libraries replaced on disk that a process still maps."""
    frames = evidence.of("libraries")
    if not frames:
        return Unknown("libraries", "they did not come over")
    found: list[StaleLibrary | Unknown] = []
    for frame in frames:
        if frame.unknown is not None:
            found.append(Unknown("memory maps", frame.unknown))
            continue
        found += map(_stale, filter(None, frame.text.split("\n")))
    return tuple(found)


def _stale(line: str) -> StaleLibrary | Unknown:
    if line == "denied":
        return Unknown("memory maps", "those of some processes cannot be read")
    row = re.fullmatch(r"(\d{1,9}) (/.*) \(deleted\) (.*)", line)
    return StaleLibrary(int(row[1]), row[3], row[2]) if row else Unknown("memory maps", "a line is damaged")


def _ss(line: str) -> Listener | None:
    parts = line.split()
    if len(parts) < 6 or parts[0] not in {"tcp", "udp"} or (local := LOCAL.fullmatch(parts[4])) is None:
        return None
    process = PROCESS.search(line)
    address = "::" if local[1] == "*" else local[1]
    name = process[1] if process else Unknown(f"{address}:{local[2]}", NO_PROCESS)
    return Listener(parts[0], address, int(local[2]), name, int(process[2]) if process else None)


def _proc(line: str) -> Listener | None:
    found = PROC_LISTEN.match(line)
    if found is None:
        return None
    words = [found[1][at : at + 8] for at in range(0, len(found[1]), 8)]  # each in the host's byte order: little-endian
    address = str(ip_address(b"".join(bytes.fromhex(word)[::-1] for word in words)))
    return Listener(
        "tcp" if found[3] == "0A" else "udp", address, int(found[2], 16), Unknown(address, NO_PROCESS), None
    )


def _assignments(evidence: Evidence) -> dict[str, str]:
    frame = next(iter(evidence.of("release")), None)
    lines = frame.text.splitlines() if frame and frame.unknown is None else []
    return {name: value.strip("\"'") for name, _, value in (line.partition("=") for line in lines)}
