"""Certificates: whether they are in date, whether renewal is due, and how long they last."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from tlsfleet.check import BOTH, Outcome, check
from tlsfleet.crypto.certificates import is_public
from tlsfleet.crypto.end_entities import NO_CERTIFICATE, EndEntity, end_entities
from tlsfleet.crypto.holders import show
from tlsfleet.facts import Unknown
from tlsfleet.policy import Policy
from tlsfleet.verdict import MUST, SHOULD, NotApplicable, Violation

DATES = ("-dates",)


@check(
    "certificate.not-expired", level=MUST, vantage=BOTH, subjects=end_entities, nothing=NO_CERTIFICATE, notes=["N07"]
)
def not_expired(leaf: EndEntity, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """The end-entity certificate is in date.

    Why: Clients refuse a certificate after its last day, and before its first. Source: RFC 5280 4.1.2.5; notes N07.
    Remedy: Have it renewed, put the new one in its place, and reload the service.
    """
    start, end = leaf.certificate.not_before, leaf.certificate.not_after
    if not start <= now.replace(microsecond=0) <= end:
        late = now > end
        yield Violation(
            observed=f"expired on {end:%Y-%m-%d %H:%M} UTC" if late else f"not valid before {start:%Y-%m-%d %H:%M} UTC",
            expected=f"valid on {now:%Y-%m-%d %H:%M} UTC",
            where=leaf.holder.where,
            remedy=leaf.holder.renewed(),
            reproduce=show(leaf.holder, *DATES),
        )


@check(
    "certificate.renewal-due",
    level=SHOULD,
    vantage=BOTH,
    subjects=end_entities,
    nothing=NO_CERTIFICATE,
    notes=["N38"],
    parameters=["renewal_days"],
)
def renewal_due(leaf: EndEntity, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """The certificate's renewal is not due yet.

    Why: A renewal that fails must leave time to mend it. Certificates of 90 days are renewed when a third of that is
    left, those of a few days sooner: so a quarter of the lifetime is late. Source: notes N38. Remedy: Renew the
    certificate; where that should go by itself, look why it did not.
    """
    yield from _left(leaf, timedelta(days=policy.number("renewal_days")), 4, now)


@check(
    "certificate.renewal-overdue",
    level=MUST,
    vantage=BOTH,
    subjects=end_entities,
    nothing=NO_CERTIFICATE,
    notes=["N38"],
    parameters=["renewal_overdue_days"],
)
def renewal_overdue(leaf: EndEntity, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """The certificate's renewal is not overdue.

    Why: With so few days left renewal has failed for weeks, or nobody thought of it; then clients refuse the
    certificate. Source: notes N38. Remedy: Renew the certificate now, and look why it did not go by itself.
    """
    yield from _left(leaf, timedelta(days=policy.number("renewal_overdue_days")), 8, now)


def _left(leaf: EndEntity, margin: timedelta, part: int, now: datetime) -> Iterator[Violation]:
    """A violation where no more is left than a margin, or than a part of the lifetime, if that is less."""
    end = leaf.certificate.not_after
    least = min(margin, (end - leaf.certificate.not_before) / part)
    if end - now <= least:
        yield Violation(
            observed=f"{_days(end - now)} left, until {end:%Y-%m-%d %H:%M} UTC",
            expected=f"more than {_days(least)}",
            where=leaf.holder.where,
            remedy=leaf.holder.renewed(),
            reproduce=show(leaf.holder, *DATES),
        )


def _days(time: timedelta) -> str:
    """A time in days; in hours below two days, none below zero."""
    hours = max(time, timedelta()) / timedelta(hours=1)
    return f"{hours / 24:.0f} days" if hours >= 48 else f"{hours:.0f} hours"


@check(
    "certificate.lifetime",
    level=MUST,
    vantage=BOTH,
    subjects=end_entities,
    nothing=NO_CERTIFICATE,
    notes=["N06", "N07"],
    parameters=["public_lifetime_days", "private_lifetime_days"],
)
def lifetime(leaf: EndEntity, policy: Policy, now: datetime) -> Iterator[Outcome]:
    """The certificate lasts no longer than it may.

    Why: Browsers refuse certificates of public CAs that last longer than the rules allowed on the day of their issue,
    Apple's clients those of private CAs beyond 825 days. A stolen key is of use for as long. A public CA's certificate
    is known by a policy that the CA/Browser Forum reserves, or by embedded SCTs. Source: BR 6.3.2; notes N06, N07.
    Remedy: Have a shorter one issued, and its renewal done by a program.
    """
    certificate, public = leaf.certificate, is_public(leaf.certificate)
    limit = _limit(policy, certificate.not_before.date(), public=public is True)
    if isinstance(public, Unknown):
        yield Unknown(leaf.subject, public.reason)
    elif limit is None:
        yield NotApplicable("issued before there was a limit")
    else:
        # A public CA's counts its last second (BR 6.3.2); openssl x509 -days does not.
        lasts = certificate.not_after - certificate.not_before + timedelta(seconds=1 if public else 0)
        if lasts > timedelta(days=limit):
            yield Violation(
                observed=f"{lasts / timedelta(days=1):.5g} days, from a {'public' if public else 'private'} CA",
                expected=f"{limit} days at most",
                where=leaf.holder.where,
                remedy=leaf.holder.renewed(),
                reproduce=show(leaf.holder, *DATES),
            )


def _limit(policy: Policy, issued: date, *, public: bool) -> int | None:
    if not public:
        return policy.number("private_lifetime_days")
    table = policy.table("public_lifetime_days")
    begun = [day for day in table if date.fromisoformat(day) <= issued]
    return int(table[max(begun, key=date.fromisoformat)]) if begun else None
