"""Names, what was not understood, waivers."""

from collections.abc import Sequence
from datetime import date

import pytest

from tests.checks.cases import CONFORMS, NOT_APPLICABLE, UNKNOWN, VIOLATES, Case
from tests.checks.edits import block, declared, service
from tests.checks.hosts import sound_host
from tlsfleet.facts import HostFacts, NotUnderstood, Unknown
from tlsfleet.waivers import Waiver

NAMES = "coverage.names-match-inventory"
UNDERSTOOD = "coverage.config-understood"
STRANGE = NotUnderstood("/etc/nginx/nginx.conf:9", "ssl_future", "not known", ("protocols",))


def named(configured: Sequence[str], wanted: Sequence[str]) -> HostFacts:
    return sound_host(block(server_names=tuple(configured)), declared(names=tuple(wanted)))


LIVE = "coverage.waivers-live"


def strange() -> HostFacts:
    return sound_host(service(not_understood=(STRANGE,)))


def waiver(day: int = 30, host: str = "web1") -> Waiver:
    return Waiver(UNDERSTOOD, host, "*", "known", "alice", date(2026, 11, day), None, "waivers.toml", 3)


CASES = [
    Case(NAMES, "the same", CONFORMS, sound_host),
    Case(NAMES, "in another spelling", CONFORMS, lambda: named(["WWW.Example.org."], ["www.example.org"])),
    Case(
        NAMES,
        "one not declared",
        VIOLATES,
        lambda: named(["a.org", "b.org"], ["a.org"]),
        'b.org: "configured, but not in',
    ),
    Case(NAMES, "one not configured", VIOLATES, lambda: named(["a.org"], ["a.org", "b.org"]), "b.org: 'no TLS service"),
    Case(NAMES, "catch-alls beside it", CONFORMS, lambda: named(["_", "", "localhost", "a.org"], ["a.org"])),
    Case(NAMES, "a wildcard covers it", CONFORMS, lambda: named(["*.a.org"], ["www.a.org"])),
    Case(NAMES, "a leading dot covers it", CONFORMS, lambda: named([".a.org"], ["a.org", "www.a.org"])),
    Case(NAMES, "a trailing wildcard covers it", CONFORMS, lambda: named(["www.*"], ["www.a.org"])),
    Case(NAMES, "a wildcard does not cover it", VIOLATES, lambda: named(["*.a.org"], ["a.org"])),
    Case(NAMES, "a pattern may cover it", UNKNOWN, lambda: named(["~^www"], ["www.a.org"]), "may cover it"),
    Case(
        NAMES,
        "a block that could not be told",
        UNKNOWN,
        lambda: sound_host(service(blocks=(Unknown("server", "unbalanced"),))),
    ),
    Case(NAMES, "not declared at all", NOT_APPLICABLE, lambda: sound_host(declared(names=None))),
    Case(NAMES, "none declared", VIOLATES, lambda: named(["a.org"], [])),
    Case(NAMES, "services not told", UNKNOWN, lambda: sound_host(services=Unknown("services", "cut off"))),
    Case(UNDERSTOOD, "all", CONFORMS, sound_host),
    Case(
        UNDERSTOOD,
        "a directive that is not known",
        VIOLATES,
        lambda: sound_host(service(not_understood=(STRANGE,))),
        "at /etc/nginx/nginx.conf:9",
    ),
    Case(UNDERSTOOD, "a service not told", UNKNOWN, lambda: sound_host(services=(Unknown("nginx", "damaged"),))),
    Case(UNDERSTOOD, "a block not told", UNKNOWN, lambda: sound_host(service(blocks=(Unknown("server", "damaged"),)))),
    Case(UNDERSTOOD, "no service", NOT_APPLICABLE, lambda: sound_host(services=())),
    Case(LIVE, "no waiver", NOT_APPLICABLE, lambda: [sound_host()]),
    Case(LIVE, "one that covers a violation", CONFORMS, lambda: [strange()], waivers=(waiver(),)),
    Case(
        LIVE,
        "one that covers nothing",
        VIOLATES,
        lambda: [sound_host()],
        "at waivers.toml:3; mend: take the waiver out: edit waivers.toml:3; see: grep -n -A8 waiver waivers.toml",
        waivers=(waiver(),),
    ),
    Case(LIVE, "one that is expired", VIOLATES, lambda: [strange()], "expired on 2026-11-22", waivers=(waiver(22),)),
    Case(LIVE, "one on its last day", CONFORMS, lambda: [strange()], waivers=(waiver(23),)),
    Case(
        LIVE, "one of a host that was not judged", NOT_APPLICABLE, lambda: [strange()], waivers=(waiver(host="mail1"),)
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case: Case) -> None:
    case.assert_status()
