"""Session cache, timeout and tickets."""

from datetime import timedelta

import pytest

from tests.checks.cases import CONFORMS, NOT_APPLICABLE, UNKNOWN, VIOLATES, Case
from tests.checks.certificates import NOW
from tests.checks.edits import service, setting, with_file
from tests.checks.hosts import made_file, made_stat, sound_host
from tlsfleet.facts import Absent, HostFacts, NotUnderstood, Unknown

GAP = Unknown("ssl_session_cache", "it was not sent")
TICKET = "/etc/nginx/ticket.key"


def caching(text: str) -> HostFacts:
    return sound_host(setting(session_cache=text))


def ticket_key(days: int) -> HostFacts:
    made = made_stat(0o600, mtime=(NOW - timedelta(days=days)).timestamp())
    file = made_file(TICKET, 0o600, link=made, target=made)
    return sound_host(with_file(file), setting(session_tickets=True, session_ticket_keys=(TICKET,)))


CASES = [
    Case("service.session-cache", "as in the notes", CONFORMS, sound_host),
    Case("service.session-cache", "larger, in bytes", CONFORMS, lambda: caching("shared:TLS:104857600")),
    Case("service.session-cache", "shared and builtin", CONFORMS, lambda: caching("builtin:1000 shared:SSL:20m")),
    Case(
        "service.session-cache",
        "smaller",
        VIOLATES,
        lambda: caching("shared:SSL:512k"),
        "ssl_session_cache shared:SSL:10m;",
    ),
    Case("service.session-cache", "none", VIOLATES, lambda: caching("none")),
    Case("service.session-cache", "off", VIOLATES, lambda: caching("off")),
    Case("service.session-cache", "builtin", VIOLATES, lambda: caching("builtin:1000")),
    Case("service.session-cache", "not told", UNKNOWN, lambda: sound_host(setting(session_cache=GAP))),
    Case("service.session-cache", "no such setting", NOT_APPLICABLE, lambda: sound_host(setting(session_cache=None))),
    Case("service.session-timeout", "5 minutes", CONFORMS, sound_host),
    Case("service.session-timeout", "a day", CONFORMS, lambda: sound_host(setting(session_timeout=86400))),
    Case(
        "service.session-timeout",
        "two days",
        VIOLATES,
        lambda: sound_host(setting(session_timeout=172800)),
        "86400 s at most",
    ),
    Case(
        "service.session-timeout",
        "a day in 2014",
        VIOLATES,
        lambda: sound_host(setting(session_timeout=86400)),
        policy="notes-2014",
    ),
    Case("service.session-timeout", "not told", UNKNOWN, lambda: sound_host(setting(session_timeout=GAP))),
    Case(
        "service.session-timeout", "no such setting", NOT_APPLICABLE, lambda: sound_host(setting(session_timeout=None))
    ),
    Case("service.session-tickets", "off", CONFORMS, sound_host),
    Case(
        "service.session-tickets", "on, rotated by nginx", CONFORMS, lambda: sound_host(setting(session_tickets=True))
    ),
    Case(
        "service.session-tickets",
        "on, by a version that does not rotate",
        VIOLATES,
        lambda: sound_host(setting(session_tickets=True), service(version="1.22.1")),
        "ssl_session_tickets off;",
    ),
    Case(
        "service.session-tickets",
        "on, without a shared cache",
        VIOLATES,
        lambda: sound_host(setting(session_tickets=True, session_cache="none")),
        "until the service restarts",
    ),
    Case(
        "service.session-tickets",
        "on, the cache not told",
        UNKNOWN,
        lambda: sound_host(setting(session_tickets=True, session_cache=GAP)),
    ),
    Case(
        "service.session-tickets",
        "on, by a fork without a version",
        UNKNOWN,
        lambda: sound_host(setting(session_tickets=True), service(version="fork")),
    ),
    Case("service.session-tickets", "a key file of yesterday", CONFORMS, lambda: ticket_key(1)),
    Case("service.session-tickets", "a key file of a month", VIOLATES, lambda: ticket_key(31), "a key of 31 days"),
    Case(
        "service.session-tickets",
        "a key file that is not there",
        UNKNOWN,
        lambda: sound_host(with_file(Absent(TICKET)), setting(session_tickets=True, session_ticket_keys=(TICKET,))),
    ),
    Case(
        "service.session-tickets",
        "keys that were not understood",
        UNKNOWN,
        lambda: sound_host(
            setting(session_tickets=True),
            service(not_understood=(NotUnderstood("/etc/nginx/a:1", "ssl_x", "new", ("session_ticket_keys",)),)),
        ),
    ),
    Case("service.session-tickets", "not told", UNKNOWN, lambda: sound_host(setting(session_tickets=GAP))),
    Case(
        "service.session-tickets", "no such setting", NOT_APPLICABLE, lambda: sound_host(setting(session_tickets=None))
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case: Case) -> None:
    case.assert_status()
