"""The parts of the HTML report, as text; all that is put in is escaped here, whatever it is."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from html import escape

from tlsfleet.judge import FLEET_HOST
from tlsfleet.report.outcome import headline, open_findings
from tlsfleet.report.tally import COLUMNS, Tally, by_urgency, column_of, tallies, unexamined
from tlsfleet.verdict import Finding, Run, Status, Verdict

HOSTS = 50  # in sight; the rest can be unfolded
FIELDS = (
    ("observed", "Observed"),
    ("expected", "Expected"),
    ("where", "Where"),
    ("clause", "Why"),
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
    """The head of the table of findings; a column sorts by its type's name."""
    return [f'<th class="sortable" data-column-type="{name}">{title}</th>' for name, title in HEADERS]


def cells(verdict: Verdict, rank: int, result: str, *, host_failed: bool) -> list[str]:
    """The row of a verdict, or of all of a host that could not be examined.

    ``result`` is pytest's word for it, which the page filters by.
    """
    column = column_of(verdict)
    word = "violated" if verdict.status is Status.VIOLATES else str(verdict.status)
    return [
        f'<td class="col-result">{escape(result)}</td>',
        f'<td class="col-rank"><i>{rank:06}</i><b class="badge {_class(column)}">{verdict.level} {word}</b></td>',
        _cell("host", verdict.host),
        _cell("testId", "(all checks)" if host_failed else verdict.check),
        f'<td class="col-what">{_what(verdict)}</td>',
    ]


def other_cells(nodeid: str, text: str, result: str) -> list[str]:
    """The row of a test that is no audit."""
    return [
        f'<td class="col-result">{escape(result)}</td>',
        f'<td class="col-rank"><i>{"000000" if result in {"Failed", "Error"} else "999999"}</i>{escape(result)}</td>',
        _cell("host", ""),
        _cell("testId", nodeid),
        _cell("what", text),
    ]


def details(verdict: Verdict) -> str:
    """What unfolds below a row: each finding with its remedy, and what could not be told."""
    parts = [_finding(finding) for finding in verdict.findings]
    parts += [
        f'<dl class="finding"><dt>Unknown</dt><dd><b>{escape(each.subject)}</b></dd>'
        f"<dt>Reason</dt><dd>{escape(each.reason or '')}</dd></dl>"
        for each in verdict.subjects
        if each.status is Status.UNKNOWN
    ]
    examined = Counter(str(each.status) for each in verdict.subjects)
    summary = ", ".join(f"{count} {status}" for status, count in examined.items())
    parts.append(f'<p class="examined">{escape(f"{verdict.level}, policy {verdict.policy}; subjects: {summary or 0}")}</p>')
    # The page's script reads lines that begin with E as pytest's errors: there is to be one line.
    return "".join(parts).replace("\n", "&#10;")


def banner(run: Run, *, complete: bool) -> str:
    """The verdict of the run in a sentence, and of what run it is."""
    counts = Counter(map(column_of, run.verdicts))
    kind, sentence = _sentence(run, counts)
    if not complete:
        kind, sentence = "red", f"Incomplete: the run was stopped before all was judged and shown. {sentence}"
    about = (
        ("Hosts", str(len(run.hosts))),
        ("Selection", run.selection or "the whole inventory"),
        ("Policy", ", ".join(run.policies)),
        ("Evidence from", f"{run.started_at:%Y-%m-%d %H:%M} to {run.finished_at:%H:%M} UTC"),
        ("By", f"{run.tool} {run.version}"),
    )
    rows = "".join(f"<div><dt>{name}</dt><dd>{escape(value)}</dd></div>" for name, value in about)
    return f'<p class="banner {kind}">{escape(sentence)}</p><dl class="about">{rows}</dl>'


def hosts_table(verdicts: Sequence[Verdict]) -> str:
    """Hosts by statuses, the worst first."""
    found, reasons = tallies(verdicts), unexamined(verdicts)
    head = "".join(f"<th>{escape(column)}</th>" for column in COLUMNS)
    rows = [_host_row(tally, reasons.get(tally.host)) for tally in found]
    table = f'<table class="hosts"><thead><tr><th>Host</th>{head}</tr></thead><tbody>%s</tbody></table>'
    shown = table % "".join(rows[:HOSTS])
    if len(rows) > HOSTS:
        shown += f"<details><summary>{len(rows) - HOSTS} more hosts</summary>{table % ''.join(rows[HOSTS:])}</details>"
    return f'<h2>Hosts</h2><div class="wide">{shown}</div>'


def rules_table(verdicts: Sequence[Verdict]) -> str:
    """The rules that are violated, the one on most hosts first."""
    violated = [verdict for verdict in verdicts if verdict.status is Status.VIOLATES]
    if not violated:
        return ""
    counts = Counter((verdict.level, verdict.check) for verdict in violated)
    ordered = sorted(counts.items(), key=lambda item: (COLUMNS.index(_violated(item[0][0])), -item[1], item[0][1]))
    rows = "".join(
        f'<tr><td><b class="badge {_class(_violated(level))}">{level}</b></td><td>{escape(check)}</td><td>{count}</td></tr>'
        for (level, check), count in ordered
    )
    head = "<thead><tr><th>Level</th><th>Rule</th><th>Hosts</th></tr></thead>"
    return f'<details class="rules"><summary>Violated rules ({len(counts)})</summary><table>{head}<tbody>{rows}</tbody></table></details>'


def folded(title: str, verdicts: Iterable[Verdict]) -> str:
    """Verdicts that have no row in the table of findings, to be unfolded; plain rows, so that ten thousand open at once."""
    ordered = by_urgency(verdicts)
    if not ordered:
        return ""
    rows = "".join(
        f"<tr><td>{escape(verdict.host)}</td><td>{escape(verdict.check)}</td><td>{verdict.level}</td>"
        f"<td>{escape(_examined(verdict))}</td></tr>"
        for verdict in ordered
    )
    head = "<thead><tr><th>Host</th><th>Check</th><th>Level</th><th></th></tr></thead>"
    summary = f"<summary>{escape(title)} ({len(ordered)})</summary>"
    return f'<details class="rest">{summary}<div class="wide"><table>{head}<tbody>{rows}</tbody></table></div></details>'


def _sentence(run: Run, counts: Counter[str]) -> tuple[str, str]:
    failed = unexamined(run.verdicts)
    hosts = {
        column: {verdict.host for verdict in run.verdicts if column_of(verdict) == column} - failed.keys() for column in COLUMNS
    }
    untold = sum(column_of(verdict) == "unknown" and verdict.host not in failed for verdict in run.verdicts)
    red = [
        f"{_count(counts['MUST violated'], 'MUST rule')} violated, {_on(hosts['MUST violated'], run)}." * bool(hosts["MUST violated"]),
        f"{_count(len(failed), 'host')} could not be examined." * bool(failed),
        f"{_count(untold, 'check')} could not be told, {_on(hosts['unknown'], run)}." * bool(untold),
    ]
    amber = [f"{_count(counts['SHOULD violated'], 'SHOULD rule')} violated, {_on(hosts['SHOULD violated'], run)}."]
    amber = amber if counts["SHOULD violated"] else []
    if not any(counts[column] for column in COLUMNS[:-1]):
        return "red", "Nothing was examined."
    if any(red):
        return "red", " ".join(filter(None, [*red, *amber]))
    return ("amber", " ".join(["No MUST is violated.", *amber])) if amber else ("green", "All that was examined conforms.")


def _on(hosts: Collection[str], run: Run) -> str:
    """On how many hosts; what is found over the fleet is on none of them."""
    number = len(set(hosts) - {FLEET_HOST})
    return f"on {number} of {_count(len(run.hosts), 'host')}" if number else "over the fleet"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _host_row(tally: Tally, reason: str | None) -> str:
    marks = "".join(
        f'<td class="{_class(column) if tally.counts[column] else "none"}">{tally.counts[column] or "·"}</td>' for column in COLUMNS
    )
    note = f"<small>{escape(reason)}</small>" if reason else ""
    return f'<tr><th scope="row">{escape(tally.host)}{note}</th>{marks}</tr>'


def _finding(finding: Finding) -> str:
    rows = [f"<dt>Subject</dt><dd><b>{escape(finding.subject)}</b></dd>"]
    for name, title in FIELDS:
        value = escape(str(getattr(finding, name)))
        if value:
            rows.append(f"<dt>{title}</dt><dd>{f'<code>{value}</code>' if name in COMMANDS else value}</dd>")
    if finding.tags:
        rows.append(f"<dt>Tags</dt><dd>{escape(', '.join(finding.tags))}</dd>")
    if finding.waiver:
        rows.append(f"<dt>Waived</dt><dd>{escape(finding.waiver)}</dd>")
    return f'<dl class="finding">{"".join(rows)}</dl>'


def _what(verdict: Verdict) -> str:
    """The first finding in two lines, or the reason."""
    findings = verdict.findings if verdict.status is Status.WAIVED else open_findings(verdict)
    if verdict.status not in {Status.VIOLATES, Status.WAIVED} or not findings:
        return escape(_one_line(headline(verdict)))
    first = findings[0]
    more = f" <i>and {len(findings) - 1} more</i>" if len(findings) > 1 else ""
    seen = escape(_one_line(f"{first.observed}; expected {first.expected}"))
    return f"<b>{escape(_one_line(first.subject))}</b>{more}<br>{seen}"


def _one_line(text: str) -> str:
    # The page reads what it sorts by from a cell's first line.
    return " ".join(text.split())


def _examined(verdict: Verdict) -> str:
    if verdict.status is Status.CONFORMS:
        subjects = [each.subject for each in verdict.subjects if each.status is Status.CONFORMS]
        more = f" and {len(subjects) - 3} more" if len(subjects) > 3 else ""
        return ", ".join(subjects[:3]) + more
    return headline(verdict)


def _cell(name: str, text: str) -> str:
    return f'<td class="col-{name}">{escape(_one_line(text))}</td>'


def _violated(level: str) -> str:
    return f"{level} violated" if level != "MAY" else "MAY"


def _class(column: str) -> str:
    return column.split()[0].lower()
