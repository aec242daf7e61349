"""The findings in the HTML report: a row a verdict, and what unfolds below; all is escaped here, whatever it is."""

from collections import Counter
from html import escape

from tlsfleet.report.outcome import headline, open_findings
from tlsfleet.report.tally import column_of
from tlsfleet.verdict import Finding, Status, Verdict

FIELDS = (
    ("observed", "Observed"),
    ("expected", "Expected"),
    ("where", "Where"),
    ("clause", "Clause"),
    ("remedy", "Remedy"),
    ("reproduce", "Shown by"),
)
COMMANDS = {"remedy", "reproduce"}
HEADERS = (
    ("result", ""),
    ("rank", "Status"),
    ("host", "Host"),
    ("testId", "Check"),
    ("what", "What was seen, and what was expected"),
)


def header_cells() -> list[str]:
    """The head of the table; a column sorts by its type's name."""
    return [f'<th class="sortable" data-column-type="{name}">{title}</th>' for name, title in HEADERS]


def cells(verdict: Verdict, rank: int, result: str, *, host_failed: bool) -> list[str]:
    """The row of a verdict, or of all of a host that could not be examined.

    ``result`` is pytest's word for it, which the page filters by.
    """
    word = "violated" if verdict.status is Status.VIOLATES else verdict.status
    badge = f'<b class="badge {css(column_of(verdict))}">{verdict.level} {word}</b>'
    return [
        f'<td class="col-result">{escape(result)}</td>',
        f'<td class="col-rank"><i>{rank:06}</i>{badge}</td>',
        _cell("host", verdict.host),
        _cell("testId", "(all checks)" if host_failed else verdict.check),
        f'<td class="col-what">{_what(verdict)}</td>',
    ]


def other_cells(nodeid: str, text: str, result: str) -> list[str]:
    """The row of a test that is no audit."""
    rank = 0 if result in {"Failed", "Error"} else 999_999
    return [
        f'<td class="col-result">{escape(result)}</td>',
        f'<td class="col-rank"><i>{rank:06}</i>{escape(result)}</td>',
        _cell("host", ""),
        _cell("testId", nodeid),
        _cell("what", text),
    ]


def details(verdict: Verdict, title: str, why: str) -> str:
    """What unfolds below a row: the rule and its reason, each finding with its remedy, and what could not be told."""
    parts = [f'<p class="rule"><b>{escape(title)}</b> {escape(why)}</p>', *map(_finding, verdict.findings)]
    parts += [
        _list([("Unknown", f"<b>{escape(each.subject)}</b>"), ("Reason", escape(each.reason or ""))])
        for each in verdict.subjects
        if each.status is Status.UNKNOWN
    ]
    examined = Counter(str(each.status) for each in verdict.subjects)
    summary = ", ".join(f"{count} {status}" for status, count in examined.items()) or "none"
    parts.append(f'<p class="examined">Policy {escape(verdict.policy)}. Subjects: {escape(summary)}.</p>')
    # The page's script takes a line that begins with E for an error of pytest's: there is to be one line.
    return "".join(parts).replace("\n", "&#10;")


def css(column: str) -> str:
    """The class of a column of the tally."""
    return column.split(maxsplit=1)[0].lower()


def _finding(finding: Finding) -> str:
    rows = [("Subject", f"<b>{escape(finding.subject)}</b>")]
    for name, title in FIELDS:
        value = escape(str(getattr(finding, name)))
        rows.append((title, f"<code>{value}</code>" if value and name in COMMANDS else value))
    rows += [("Tags", escape(", ".join(finding.tags))), ("Waived", escape(finding.waiver or ""))]
    return _list(rows)


def _list(rows: list[tuple[str, str]]) -> str:
    inner = "".join(f"<dt>{title}</dt><dd>{value}</dd>" for title, value in rows if value)
    return f'<dl class="finding">{inner}</dl>'


def _what(verdict: Verdict) -> str:
    """The first finding in two lines, or the reason."""
    findings = verdict.findings if verdict.status is Status.WAIVED else open_findings(verdict)
    if verdict.status not in {Status.VIOLATES, Status.WAIVED} or not findings:
        return escape(_one_line(headline(verdict)))
    first = findings[0]
    more = f" <i>and {len(findings) - 1} more</i>" if len(findings) > 1 else ""
    seen = escape(_one_line(f"{first.observed}; expected {first.expected}"))
    return f"<b>{escape(_one_line(first.subject))}</b>{more}<br>{seen}"


def _cell(name: str, text: str) -> str:
    return f'<td class="col-{name}">{escape(_one_line(text))}</td>'


def _one_line(text: str) -> str:
    # pytest-html finds what it sorts and filters by in a cell of one line.
    return " ".join(text.split())
