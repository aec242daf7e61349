"""What a server makes of sessions of before: that it resumes them, and takes no request before it knows the client."""

from collections.abc import Iterator
from datetime import datetime

from tlsfleet.check import WIRE, Outcome, check
from tlsfleet.endpoints import NOT_TRIED, Answered, Inapplicable
from tlsfleet.facts import TlsSettings, Unknown
from tlsfleet.policy import Policy
from tlsfleet.served import NO_ENDPOINT, Served, distinct, told
from tlsfleet.verdict import MAY, SHOULD, NotApplicable, Violation

WAYS = ("id", "ticket", "psk")
NO_CACHE = {"", "off", "none"}


@check("handshake.session-resumption", level=MAY, vantage=WIRE, subjects=distinct, nothing=NO_ENDPOINT, notes=["N42"])
def session_resumption(item: Served, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """Sessions are resumed, by id or ticket, as the configuration says.

    It is asked of servers that are configured to, and of web servers however they are configured: their clients come
    back all the time, while mail and chat have few connections that last. A ticket that is taken though tickets are
    configured off is a finding too.

    Why: a resumed session costs neither signature nor key exchange; what is configured and does not work is noticed by
    nobody. Source: RFC 9325 3.4; RFC 5077; RFC 8446 2.2. Remedy: configure a cache that all workers share, in the
    default server of the address, whose cache is the one in use.
    """
    answers = {way: item.facts.resumption.get(way, NOT_TRIED) for way in WAYS}
    settings = [block.block.settings for block in item.blocks]
    if answers["ticket"] is True and settings and all(each.session_tickets is False for each in settings):
        yield _found(item, "a ticket resumes a session, though tickets are configured off", "no tickets, as configured")
    if True in answers.values():
        return
    untold = [answer for answer in answers.values() if isinstance(answer, Unknown)]
    if untold:
        yield Unknown(item.subject, untold[0].reason)
    elif False not in answers.values():
        yield from _without(answers)
    elif any(map(_configured, settings)):
        yield _found(item, "no session is resumed, though the configuration provides for it", "resumption")
    elif item.is_web is True:
        yield _found(item, "no session is resumed", "resumption by id or ticket")
    elif isinstance(item.is_web, Unknown):
        yield item.is_web
    else:
        yield NotApplicable("nothing is resumed, and no setting asks for it; it is no web server, that has to")


@check(
    "handshake.no-early-data",
    level=SHOULD,
    vantage=WIRE,
    subjects=distinct,
    nothing=NO_ENDPOINT,
    parameters=["early_data"],
)
def no_early_data(item: Served, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """A server takes no early data, unless the policy allows it.

    Why: who records early data can send it again, as often as he likes; only a request that changes nothing bears
    that, and the server cannot tell which do. Source: RFC 8446 8 and E.5; RFC 8470; RFC 9325 3.10. Remedy: switch early
    data off.
    """
    if policy.text("early_data") == "allowed":
        yield NotApplicable("the policy allows early data")
        return
    answer = item.facts.early_data
    if answer is True:
        yield Violation(
            observed="tickets that allow early data",
            expected="tickets that allow none",
            where=item.place("early_data"),
            remedy=item.mend("early_data", "off"),
            reproduce=f"(sleep 2) | {item.s_client('-tls1_3').removesuffix(' </dev/null')} | grep 'Max Early Data'",
        )
    yield from told(answer, item.subject)


def _found(item: Served, observed: str, expected: str) -> Violation:
    tickets = "ticket" in observed
    setting, value = ("session_tickets", "off") if tickets else ("session_cache", "shared:SSL:10m")
    return Violation(
        observed=observed,
        expected=expected,
        where=item.place(setting),
        remedy=item.mend(setting, value),
        reproduce=f"{item.s_client('-tls1_2', '-reconnect')} | grep -E '^(New|Reused)'",
    )


def _configured(settings: TlsSettings) -> bool:
    """Whether a block has a cache or tickets."""
    cache = settings.session_cache
    return settings.session_tickets is True or (isinstance(cache, str) and cache.split(" ")[0] not in NO_CACHE)


def _without(answers: dict[str, Answered]) -> Iterator[NotApplicable]:
    reason = next(answer.reason for answer in answers.values() if isinstance(answer, Inapplicable))
    yield NotApplicable(reason)
