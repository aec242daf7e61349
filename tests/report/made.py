"""Verdicts to report, sound and hostile."""

from datetime import UTC, datetime

from tlsfleet.verdict import Finding, Level, Run, Status, SubjectResult, Verdict

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=https://evil.example/x onerror=alert(1)>',
    "</td><svg/onload=alert(1)>",
    "javascript:alert(1)",
    "{{ 7*7 }}{% raw %}",
    "&#x3C;script>",
    "' onclick='alert(1)",
    "E   <b>error</b>\nE second",
    "\\x1b[31mred",
    "</style><style>@import url(https://evil.example/)</style>",
)


def finding(subject: str = "/etc/key", text: str = "0644", waiver: str | None = None) -> Finding:
    """A finding with one text in every field."""
    return Finding(
        check="private-key.permissions",
        host="web1",
        subject=subject,
        observed=text,
        expected=text,
        where=text,
        remedy=text,
        reproduce=text,
        clause=text,
        tags=(text,),
        fingerprint="0" * 32,
        waiver=waiver,
    )


def verdict(
    status: Status = Status.VIOLATES,
    level: Level = Level.MUST,
    host: str = "web1",
    text: str = "0644",
    reason: str | None = None,
) -> Verdict:
    """A verdict of one subject."""
    findings = (finding(text, text, text if status is Status.WAIVED else None),)
    return Verdict(
        "notes",
        host,
        "private-key.permissions",
        level,
        status,
        (SubjectResult(text, status, reason),),
        findings if status in {Status.VIOLATES, Status.WAIVED} else (),
        reason,
    )


def run(*verdicts: Verdict) -> Run:
    """A run of these verdicts."""
    hosts = tuple(dict.fromkeys(each.host for each in verdicts if each.host != "fleet"))
    return Run("tlsfleet", "0.1.0", ("notes",), NOW, NOW, hosts, "--hosts=web", verdicts)
