"""What services answer over plain HTTP."""

import re
from collections.abc import Iterator
from datetime import datetime

from tlsfleet.check import INSIDE, Outcome, check
from tlsfleet.facts import HostFacts, Unknown
from tlsfleet.known.directives import controls, mend, show
from tlsfleet.policy import Policy
from tlsfleet.subjects import Block, blocks
from tlsfleet.verdict import SHOULD, NotApplicable, Violation

LOCAL = re.compile(r"127\..*|localhost|\[::1\]|\[::ffff:127\..*\]")


def plain_http(facts: HostFacts, policy: Policy) -> Iterator[Block | Unknown | NotApplicable]:
    """Every block that answers plain HTTP on port 80 to others than this host."""
    for item in blocks(facts, policy, "plain"):
        if isinstance(item, Unknown):
            yield item
        elif item.block.protocol == "http" and any(map(_is_open_port_80, item.block.addresses)):
            terminated = facts.declared.terminated_by
            yield NotApplicable(f"TLS ends at {terminated}, before this host", item.subject) if terminated else item


@check(
    "service.http-redirects",
    level=SHOULD,
    vantage=INSIDE,
    subjects=plain_http,
    nothing="no service answers plain HTTP on port 80",
)
def http_redirects(item: Block, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """Plain HTTP on port 80 does nothing but redirect to HTTPS and serve ACME challenges.

    Why: what is served in the clear can be read and changed on its way, and so can the links to the safe pages.
    Source: RFC 9325 3.2; RFC 6797 7.2. Remedy: answer with a redirect to HTTPS.
    """
    redirects = item.block.settings.redirects_only
    if isinstance(redirects, Unknown):
        yield redirects
    elif redirects is None:
        yield Unknown(item.subject, "what it answers cannot be told")
    elif not redirects:
        yield Violation(
            observed="serves content over plain HTTP",
            expected="redirects to https:// and ACME challenges only",
            where=item.block.where,
            remedy=mend(item.service.service, "redirects_only", f"{item.block.where}, in the place of what it serves"),
            reproduce=show(item.block.where, 40),
            tags=controls(item.service.service, "redirects_only"),
        )


def _is_open_port_80(address: str) -> bool:
    host, _, port = address.rpartition(":")
    return port == "80" and not LOCAL.fullmatch(host)
