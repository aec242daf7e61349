"""Plain HTTP redirects."""

import pytest

from tests.checks.cases import CONFORMS, NOT_APPLICABLE, UNKNOWN, VIOLATES, Case
from tests.checks.edits import block, declared, service, setting
from tests.checks.hosts import sound_host
from tlsfleet.facts import HostFacts, Unknown


def serving(*addresses: str) -> HostFacts:
    return sound_host(setting("plain", redirects_only=False), block("plain", addresses=addresses))


CASES = [
    Case("service.http-redirects", "only redirects", CONFORMS, sound_host),
    Case("service.http-redirects", "content", VIOLATES, lambda: serving("0.0.0.0:80"), "return 301 https://"),
    Case("service.http-redirects", "content on IPv6 alone", VIOLATES, lambda: serving("127.0.0.1:80", "[::]:80")),
    Case("service.http-redirects", "content on loopback", NOT_APPLICABLE, lambda: serving("127.0.0.1:80", "[::1]:80")),
    Case("service.http-redirects", "content on a socket", NOT_APPLICABLE, lambda: serving("unix:/run/a.sock")),
    Case("service.http-redirects", "another port", NOT_APPLICABLE, lambda: serving("0.0.0.0:8080")),
    Case(
        "service.http-redirects",
        "TLS ends before this host",
        NOT_APPLICABLE,
        lambda: sound_host(setting("plain", redirects_only=False), declared(terminated_by="the load balancer")),
        "the load balancer",
    ),
    Case(
        "service.http-redirects",
        "not told",
        UNKNOWN,
        lambda: sound_host(setting("plain", redirects_only=Unknown("return", "not sent"))),
    ),
    Case("service.http-redirects", "nobody looked", UNKNOWN, lambda: sound_host(setting("plain", redirects_only=None))),
    Case(
        "service.http-redirects",
        "a block that could not be told",
        UNKNOWN,
        lambda: sound_host(service(blocks=(Unknown("server", "unbalanced"),))),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case: Case) -> None:
    case.assert_status()
