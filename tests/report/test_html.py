"""report.html: the worst first, the truth in words, and nothing in it that a host could have made run or load."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.plugin.conftest import ansible, fleet  # noqa: F401 - fixtures
from tests.plugin.fleet import MakeFleet
from tests.report.made import HOSTILE, run, verdict
from tlsfleet.report import rows, summary
from tlsfleet.verdict import Level, Status, Verdict

pytest_plugins = ["pytester"]

TAGS = set("p b i br td tr th table thead tbody h2 div dl dt dd code small details summary span meta style".split())
ATTRIBUTES = {"class", "scope", "data-column-type", "name", "content"}


class Seen(HTMLParser):
    """The tags and attributes of a page, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str, str | None]] = []
        self.text: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def parts(text: str) -> Iterator[str]:
    for status in Status:
        for level in Level:
            made = verdict(status, level, host=text, text=text, reason=text)
            yield "".join(rows.cells(made, 1, text, host_failed=False))
            yield rows.details(made, text, text)
            yield summary.banner(run(made), complete=True)
            yield summary.hosts_table([made])
            yield summary.rules_table([made])
            yield summary.folded(text, [made])
    yield "".join(rows.other_cells(text, text, text))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_text(text: str) -> None:
    for part in parts(text):
        seen = Seen(part)
        assert seen.tags <= TAGS
        assert {name for _, name, _ in seen.attributes} <= ATTRIBUTES


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_can_be_read_as_it_is(text: str) -> None:
    made = verdict(host=text, text=text)
    assert " ".join(text.split()) in "".join(Seen("".join(rows.cells(made, 1, "Failed", host_failed=False))).text)
    assert text in "".join(Seen(rows.details(made, "t", "w")).text)


@pytest.mark.parametrize("text", HOSTILE)
def test_what_the_pages_script_reads_by_lines_is_one(text: str) -> None:
    made = verdict(host=text, text=text)
    assert "\n" not in "".join([*rows.cells(made, 1, "Failed", host_failed=False), rows.details(made, text, text)])


def test_details_have_all_that_is_needed() -> None:
    text = "".join(Seen(rows.details(verdict(text="0644"), "It is closed.", "Or else.")).text)
    for word in (
        "It is closed.",
        "Or else.",
        "Subject",
        "Observed",
        "Expected",
        "Where",
        "Clause",
        "Remedy",
        "Shown by",
    ):
        assert word in text


@pytest.mark.parametrize(
    ("verdicts", "colour", "said"),
    [
        ([verdict()], "red", "1 violation of a MUST, on 1 of 1 host."),
        ([verdict(), verdict(host="web2")], "red", "2 violations of a MUST, on 2 of 2 hosts."),
        ([verdict(Status.UNKNOWN), verdict(Status.CONFORMS)], "red", "1 check could not be told, on 1 of 1 host."),
        ([verdict(Status.UNKNOWN, reason="gone")], "red", "1 host could not be examined."),
        ([verdict(level=Level.SHOULD)], "amber", "No MUST is violated. 1 violation of a SHOULD, on 1 of 1 host."),
        ([verdict(Status.UNKNOWN, host="fleet")], "red", "1 check could not be told, over the fleet."),
        ([verdict(level=Level.MAY)], "green", "All that was examined conforms."),
        ([verdict(Status.CONFORMS)], "green", "All that was examined conforms."),
        ([verdict(Status.NOT_APPLICABLE)], "red", "Nothing was examined."),
        ([], "red", "Nothing was examined."),
    ],
)
def test_the_run_in_a_sentence(verdicts: list[Verdict], colour: str, said: str) -> None:
    page = summary.banner(run(*verdicts), complete=True)
    assert f'<p class="banner {colour}">{said}</p>' in page


def test_an_incomplete_run_is_red_however_sound() -> None:
    assert '<p class="banner red">Incomplete:' in summary.banner(run(verdict(Status.CONFORMS)), complete=False)


def test_hosts_stand_worst_first_and_many_are_folded() -> None:
    made = [verdict(Status.CONFORMS, host="sound"), verdict(level=Level.SHOULD, host="so-so"), verdict(host="bad")]
    made += [verdict(Status.UNKNOWN, host="dead", reason="no route to it")]
    page = summary.hosts_table(made)
    assert re.findall(r'<th scope="row">([\w-]+)', page) == ["bad", "dead", "so-so", "sound"]
    assert "<small>no route to it</small>" in page
    assert "40 more hosts" in summary.hosts_table([verdict(host=f"web{number}") for number in range(60)])


SOUND = dict.fromkeys(
    ("private-key.permissions", "private-key.strength", "csr.subject", "certificate.subject"), "conforms"
)
EVIL = "<img src=x onerror=document.title='hacked'>"


@pytest.fixture
def page(fleet: MakeFleet, monkeypatch: pytest.MonkeyPatch) -> Path:  # noqa: F811 - a fixture goes by its name
    """A report of hosts of which one has a name that runs as HTML."""
    monkeypatch.setenv("BUILD_URL", "https://user:geheim@ci.example/")  # what pytest-metadata copies
    monkeypatch.setenv("CI", "true")
    fake = fleet(
        {
            "web1": SOUND,
            "web2": {**SOUND, "csr.subject": "violates"},
            "<svg/onload=document.title=1>": {**SOUND, "private-key.strength": "violates", "csr.subject": "unknown"},
            "web4": f"no answer: {EVIL}",
        }
    )
    fake.run()
    return fake.latest / "report.html"


def test_the_page_loads_and_links_nothing(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    seen = Seen(text)
    assert not [each for each in seen.attributes if each[1] in {"src", "srcset", "data", "action"} and each[2]]
    ((tag, _, link),) = {each for each in seen.attributes if each[1] == "href"}
    assert (tag, str(link).rpartition("/")[2]) == ("a", "pytest-html")  # a link to follow, of pytest-html's
    assert not {"link", "iframe", "object", "base", "form"} & seen.tags
    assert "@import" not in text
    assert "url(" not in text
    assert text.count("<script>") == 1
    assert not [
        each for each in seen.attributes if each[1].startswith("on") and each != ("div", "onclick", "location.reload()")
    ]


def test_what_the_pages_script_makes_of_it_is_harmless(page: Path) -> None:
    seen = Seen(page.read_text(encoding="utf-8"))
    blob = json.loads(next(str(value) for _, name, value in seen.attributes if name == "data-jsonblob"))
    tests = [test for found in blob["tests"].values() for test in found]
    assert len(tests) == 4  # one of web2, two of the evil one, one for all of web4
    for part in [part for test in tests for part in (*test["resultsTableRow"], test["log"])]:
        assert Seen(part).tags <= TAGS
    assert blob["environment"].keys() == {"tlsfleet", "pytest", "Python"}
    assert "geheim" not in page.read_text(encoding="utf-8")


def test_what_conforms_is_there_to_unfold(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert "Conforms (9)" in text
    assert "Not applicable (1)" in text
    assert "Further findings (3)" in text  # of the host that could not be examined


@pytest.mark.skipif(shutil.which("chromium") is None, reason="chromium is not installed")
def test_in_a_browser_nothing_runs_and_the_worst_stands_first(page: Path, tmp_path: Path) -> None:
    flags = "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking --disable-sync"
    command = ["chromium", *flags.split(), "--disable-component-update", f"--user-data-dir={tmp_path}", "--dump-dom"]
    done = subprocess.run([*command, page.resolve().as_uri()], capture_output=True, timeout=60, check=True)
    dom = done.stdout.decode("utf-8")
    assert '<title id="head-title">TLS audit</title>' in dom
    badges = re.findall(r'<td class="col-rank"><i>\d+</i><b class="badge \w+">([^<]*)</b>', dom)
    assert badges == ["MUST violated", "MUST unknown", "SHOULD unknown", "SHOULD violated"]
