"""The summary of the HTML report: the run in a sentence, its hosts and rules; all is escaped here, whatever it is."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from html import escape

from tlsfleet.judge import FLEET_HOST
from tlsfleet.report.outcome import headline
from tlsfleet.report.rows import css
from tlsfleet.report.tally import COLUMNS, Tally, by_urgency, column_of, tallies, unexamined
from tlsfleet.verdict import Level, Run, Status, Verdict

HOSTS = 20  # in sight; the rest can be unfolded
SUBJECTS = 3  # of those that conform


def banner(run: Run, *, complete: bool) -> str:
    """The verdict of the run in a sentence, and of what run it is."""
    colour, sentence = _sentence(run)
    if not complete:
        colour, sentence = "red", f"Incomplete: the run was stopped before all was judged and shown. {sentence}"
    about = (
        ("Hosts", str(len(run.hosts))),
        ("Selection", run.selection or "the whole inventory"),
        ("Policy", ", ".join(run.policies)),
        ("Evidence from", f"{run.started_at:%Y-%m-%d %H:%M} to {run.finished_at:%H:%M} UTC"),
        ("By", f"{run.tool} {run.version}"),
    )
    rows = "".join(f"<div><dt>{name}</dt><dd>{escape(value)}</dd></div>" for name, value in about)
    return f'<p class="banner {colour}">{escape(sentence)}</p><dl class="about">{rows}</dl>'


def hosts_table(verdicts: Sequence[Verdict]) -> str:
    """Hosts by statuses, the worst first."""
    reasons = unexamined(verdicts)
    rows = [_host_row(tally, reasons.get(tally.host)) for tally in tallies(verdicts)]
    shown = _table(("Host", *COLUMNS), rows[:HOSTS])
    if len(rows) > HOSTS:
        more = _table(("Host", *COLUMNS), rows[HOSTS:])
        shown += f"<details><summary>{len(rows) - HOSTS} more hosts</summary>{more}</details>"
    return f'<h2>Hosts</h2><div class="wide hosts">{shown}</div>'


def rules_table(verdicts: Sequence[Verdict]) -> str:
    """The rules that are violated: by level, the one on most hosts first."""
    counts = Counter((each.level, each.check) for each in verdicts if each.status is Status.VIOLATES)
    ordered = sorted(counts.items(), key=lambda item: (list(Level).index(item[0][0]), -item[1], item[0][1]))
    rows = [
        f'<tr><td><b class="badge {css(level)}">{level}</b></td><td>{escape(check)}</td><td>{count}</td></tr>'
        for (level, check), count in ordered
    ]
    return _unfolds(f"Violated rules ({len(rows)})", _table(("Level", "Rule", "Hosts"), rows)) if rows else ""


def folded(title: str, verdicts: Iterable[Verdict]) -> str:
    """Verdicts without a row in the table of findings, unfolded at need; plain rows: ten thousand open at once."""
    rows = [
        f"<tr><td>{escape(verdict.host)}</td><td>{escape(verdict.check)}</td><td>{verdict.level}</td>"
        f"<td>{escape(_examined(verdict))}</td></tr>"
        for verdict in by_urgency(verdicts)
    ]
    return _unfolds(f"{title} ({len(rows)})", _table(("Host", "Check", "Level", ""), rows)) if rows else ""


def second_opinion(disagreements: Mapping[str, Sequence[str]]) -> str:
    """Where sslyze says otherwise, by host; empty where it does not, or was not asked."""
    rows = [
        f"<tr><td>{escape(host)}</td><td>{escape(line)}</td></tr>"
        for host, found in disagreements.items()
        for line in found
    ]
    return _unfolds(f"A second opinion says otherwise ({len(rows)})", _table(("Host", ""), rows)) if rows else ""


def _sentence(run: Run) -> tuple[str, str]:
    failed = unexamined(run.verdicts)
    found: dict[str, list[str]] = {column: [] for column in COLUMNS}
    for verdict in run.verdicts:
        if verdict.host not in failed:
            found[column_of(verdict)].append(verdict.host)
    red = [
        *_part(found["MUST violated"], "violation", " of a MUST", run),
        *([f"{_count(len(failed), 'host')} could not be examined."] if failed else []),
        *_part(found["unknown"], "check", " could not be told", run),
    ]
    amber = _part(found["SHOULD violated"], "violation", " of a SHOULD", run)
    if red:
        return "red", " ".join(red + amber)
    if not any(found[column] for column in COLUMNS[:-1]):
        return "red", "Nothing was examined."
    if amber:
        return "amber", " ".join(["No MUST is violated.", *amber])
    return "green", "All that was examined conforms."


def _part(hosts: Sequence[str], noun: str, what: str, run: Run) -> list[str]:
    """What is so on these hosts, one a verdict; nothing for none."""
    number = len(set(hosts) - {FLEET_HOST})
    place = f"on {number} of {_count(len(run.hosts), 'host')}" if number else "over the fleet"
    return [f"{_count(len(hosts), noun)}{what}, {place}."] if hosts else []


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _host_row(tally: Tally, reason: str | None) -> str:
    cells = "".join(
        f'<td class="{css(column)}">{count}</td>' if (count := tally.counts[column]) else '<td class="none">·</td>'
        for column in COLUMNS
    )
    note = f"<small>{escape(reason)}</small>" if reason else ""
    return f'<tr><th scope="row">{escape(tally.host)}{note}</th>{cells}</tr>'


def _examined(verdict: Verdict) -> str:
    if verdict.status is not Status.CONFORMS:
        return headline(verdict)
    subjects = [each.subject for each in verdict.subjects if each.status is Status.CONFORMS]
    more = f" and {len(subjects) - SUBJECTS} more" if len(subjects) > SUBJECTS else ""
    return ", ".join(subjects[:SUBJECTS]) + more


def _table(heads: Sequence[str], rows: Sequence[str]) -> str:
    head = "".join(f"<th>{escape(each)}</th>" for each in heads)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _unfolds(title: str, inner: str) -> str:
    return f'<details class="rest"><summary>{escape(title)}</summary><div class="wide">{inner}</div></details>'
