"""The wire: endpoints of a lab host examined by us, and by sslyze, sslscan and testssl.sh, in the same run."""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import peers
from benchmarks.relay import HOST

ENDPOINTS = (
    *("443", "25/smtp", "587/smtp", "465", "143/imap", "993", "110/pop3", "995"),
    *("5222/xmpp-client", "5269/xmpp-server"),
)
ROUNDS = 5
ROUND_TRIPS = (0, 40)  # milliseconds
PATIENCE = 600


@dataclass(frozen=True, slots=True)
class Cost:
    """What a command took: seconds by the clock and of CPU, TCP connections; and what it said."""

    seconds: float
    cpu: float
    connections: int
    said: str

    def __str__(self) -> str:
        return f"{self.seconds:7.2f} s {self.cpu:7.2f} s CPU {self.connections:6} connections"


def main() -> None:
    """Compare on the host of an inventory: its path, a server name and the address are given."""
    inventory, name, address = sys.argv[1:]
    _ten_endpoints(name, address)
    for milliseconds in ROUND_TRIPS:
        _one_endpoint(name, address, milliseconds)
    whole = _typical([sys.executable, "-m", "benchmarks.whole", inventory])
    print(f"\nA whole host, inside and {whole.said.strip()} endpoints under all its names and none")
    _row("tlsfleet", whole)


def _ten_endpoints(name: str, address: str) -> None:
    one, ten = (_typical(peers.ours(name, address, some)) for some in (ENDPOINTS[:1], ENDPOINTS))
    their_one, their_ten = (_cost(peers.sslyze(name, address, some)) for some in (ENDPOINTS[:1], ENDPOINTS))
    further, their_further = (_further(*pair) for pair in ((one, ten), (their_one, their_ten)))
    examined, most = json.loads(ten.said)
    print(f"{examined} endpoints under one name (ours: and once without a name)")
    _row("tlsfleet", ten)
    _row(f"sslyze, {their_ten.said.strip()} done", their_ten, ten)
    print("each further endpoint")
    _row("tlsfleet", further)
    _row("sslyze", their_further, further)
    print(f"tlsfleet's connections to one endpoint for one name: at most {most}")


def _one_endpoint(name: str, address: str, milliseconds: int) -> None:
    print(f"\nOne endpoint, {ENDPOINTS[0]}, at {milliseconds} ms of round trip")
    with _away(address, int(ENDPOINTS[0]), milliseconds) as (host, port):
        hops = 1 if host == address else 2
        ours = _typical(peers.ours(name, host, [str(port)]), hops)
        _row("tlsfleet", ours)
        if command := peers.sslscan(name, host, port):
            _row("sslscan", _typical(command, hops), ours)
        _row("sslyze", _cost(peers.sslyze(name, host, [str(port)]), hops), ours)
        if milliseconds == 0 and (command := peers.testssl(name, host, port)):
            _row("testssl.sh", _cost(command, hops), ours)


def _row(who: str, cost: Cost, ours: Cost | None = None) -> None:
    pairs = ((cost.seconds, ours.seconds), (cost.cpu, ours.cpu), (cost.connections, ours.connections)) if ours else ()
    ratios = ", ".join(f"{theirs / own:.1f}" if own else "-" for theirs, own in pairs)
    print(f"  {who:20} {cost}{f'   ratios {ratios}' if ratios else ''}", flush=True)


@contextmanager
def _away(address: str, port: int, milliseconds: int) -> Iterator[tuple[str, int]]:
    """Where a server is reached at such a distance: itself, or through a relay."""
    if not milliseconds:
        yield address, port
        return
    command = [sys.executable, "-m", "benchmarks.relay", address, str(port), str(milliseconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as relay:
        assert relay.stdout is not None
        try:
            yield HOST, int(relay.stdout.readline())
        finally:
            relay.terminate()


def _typical(command: Sequence[str], hops: int = 1) -> Cost:
    """The cost of the run that took the median time of several."""
    costs = sorted((_cost(command, hops) for _ in range(ROUNDS)), key=lambda cost: cost.seconds)
    return costs[ROUNDS // 2]


def _cost(command: Sequence[str], hops: int = 1) -> Cost:
    """What it costs from the process's start to its end, each connection of which is several, one behind the other.

    Raises CalledProcessError where it fails.
    """
    connections, cpu, start = _opened(), _used(), time.perf_counter()
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, timeout=PATIENCE, check=False
    )
    seconds = time.perf_counter() - start
    if done.returncode and command[0] == sys.executable:  # others tell by it what they found
        raise subprocess.CalledProcessError(done.returncode, command)
    return Cost(seconds, _used() - cpu, (_opened() - connections) // hops, done.stdout)


def _further(one: Cost, ten: Cost) -> Cost:
    """What each endpoint after the first one took."""
    more = len(ENDPOINTS) - 1
    return Cost(
        (ten.seconds - one.seconds) / more, (ten.cpu - one.cpu) / more, (ten.connections - one.connections) // more, ""
    )


def _used() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _opened() -> int:
    """TCP connections begun in this network namespace so far."""
    counters = Path("/proc/self/net/snmp").read_text().splitlines()
    names, values = (line.split() for line in counters if line.startswith("Tcp:"))
    return int(values[names.index("ActiveOpens")])


if __name__ == "__main__":
    main()
