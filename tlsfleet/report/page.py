"""The parts of the HTML report, as text; all that is put in is escaped here, whatever it is."""

from collections import Counter
from collections.abc import Iterable, Sequence
from html import escape

from tlsfleet.report.outcome import headline
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


def cells(verdict: Verdict, rank: int, result: str) -> list[str]:
    """The row of a verdict; ``result`` is pytest's word for it, which the page filters by."""
    column = column_of(verdict)
    label = column if column != "MAY" else f"MAY {'violated' if verdict.status is Status.VIOLATES else verdict.status}"
    level = f" {verdict.level}" if verdict.status is Status.UNKNOWN else ""
    return [
        f'<td class="col-result">{escape(result)}</td>',
        f'<td class="col-rank"><i>{rank:06}</i><b class="badge {_class(column)}">{escape(label + level)}</b></td>',
        _cell("host", verdict.host),
        _cell("testId", verdict.check),
        _cell("what", headline(verdict)),
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
    must = {verdict.host for verdict in run.verdicts if column_of(verdict) == "MUST violated"}
    unknown = {verdict.host for verdict in run.verdicts if column_of(verdict) == "unknown"}
    of = f"of {len(run.hosts)} hosts"
    parts = []
    if must:
        parts.append(f"{_count(counts['MUST violated'], 'MUST rule')} violated, on {len(must)} {of}.")
    if unknown:
        parts.append(f"{_count(counts['unknown'], 'check')} could not be told, on {len(unknown)} {of}.")
    if counts["SHOULD violated"]:
        parts.append(f"{_count(counts['SHOULD violated'], 'SHOULD rule')} violated.")
    if not any(counts[column] for column in COLUMNS[:-1]):
        return "red", "Nothing was examined."
    if must or unknown:
        return "red", " ".join(parts)
    return ("amber", " ".join(["No MUST is violated.", *parts])) if parts else ("green", "All that was examined conforms.")


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


def _examined(verdict: Verdict) -> str:
    if verdict.status is Status.CONFORMS:
        subjects = [each.subject for each in verdict.subjects if each.status is Status.CONFORMS]
        more = f" and {len(subjects) - 3} more" if len(subjects) > 3 else ""
        return ", ".join(subjects[:3]) + more
    return headline(verdict)


def _cell(name: str, text: str) -> str:
    # The page reads what it sorts by from a cell's first line.
    return f'<td class="col-{name}">{escape(" ".join(text.split()))}</td>'


def _violated(level: str) -> str:
    return f"{level} violated" if level != "MAY" else "MAY"


def _class(column: str) -> str:
    return column.split()[0].lower()
