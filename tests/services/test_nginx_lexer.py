"""nginx_lexer.awk cuts files as nginx does: held to crossplane, to nginx itself, and to each awk."""

import re
import shutil
import subprocess
from pathlib import Path

import crossplane
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.services.nginx_host import AWKS, configuration, installed, program, run_awk

FOLDER = Path(__file__).parent / "corpus" / "nginx"
# Without what nginx refuses, and Lua blocks: crossplane 0.5.8 knows Lua's strings, not its long brackets and comments.
CORPUS = [
    path for path in sorted(FOLDER.rglob("etc/**/*")) if path.is_file() and not re.search("broken|lua", str(path))
]
# Writes every statement whole: what the lists of nginx.awk withhold is not held back here.
WHOLE = r"""
function statement(opens,    i, out) {
    if (opens) depth++
    for (i = 0; i < nargs; i++) out = out " " encode(arg[i])
    print (opens ? "B " : "S ") start_no out
}
BEGIN { for (i = 1; i < 256; i++) code[sprintf("%c", i)] = i; read_file(ENVIRON["file"]) }
"""
awks = pytest.mark.parametrize(
    "awk", installed(AWKS), ids=lambda command: command[-1] if len(command) == 1 else command[0]
)


def lexer() -> str:
    shared = re.findall(r"^function (?:encode|problem)\(.*?^}\n", program("nginx.awk"), re.DOTALL | re.MULTILINE)
    return program("nginx_lexer.awk") + "".join(shared) + WHOLE


def ours(path: Path, awk: list[str]) -> list[str]:
    lines = run_awk(awk, lexer(), {"file": str(path)})[0].splitlines()
    return [line for line in lines if line[0] in "SBXP"]


def decoded(word: str) -> str:
    text = re.sub(r"\\0([0-7]{3})", lambda match: chr(int(match[1], 8)), word)
    return "" if word == r"\e" else text.encode("latin-1").decode()


def flat(lines: list[str]) -> list[list[str]]:
    """Without line numbers; X stands for a block's end."""
    return [["X"] if line[0] == "X" else [line[0], *map(decoded, line.split(" ")[2:])] for line in lines]


def theirs(path: Path) -> list[list[str]]:
    parsed = crossplane.parse(
        str(path), single=True, check_ctx=False, check_args=False, strict=False, catch_errors=False, comments=False
    )
    rows: list[list[str]] = []

    def walk(block: list[dict[str, object]]) -> None:
        for item in (item for item in block if item["directive"] != "#"):
            rows.append(["B" if "block" in item else "S", str(item["directive"]), *item["args"]])  # type: ignore[misc]  # crossplane has no types
            if "block" in item:
                walk(item["block"])  # type: ignore[arg-type]  # crossplane has no types
                rows.append(["X"])

    walk(parsed["config"][0]["parsed"])
    return rows


def alike(rows: list[list[str]]) -> list[list[str]]:
    """Without what crossplane shows otherwise: the parentheses of `if`, line breaks written as escapes."""
    rows = [[word.replace("\\n", "\n") for word in row] for row in rows]
    return [[*row[:2], "".join(row[2:]).strip("() ")] if row[1:2] == ["if"] else row for row in rows]


@awks
@pytest.mark.parametrize("path", CORPUS, ids=lambda path: str(path.relative_to(FOLDER)))
def test_the_corpus_is_cut_as_crossplane_cuts_it(path: Path, awk: list[str]) -> None:
    assert alike(flat(ours(path, awk))) == alike(theirs(path))


# Two things that crossplane 0.5.8 does and nginx does not are left out: it closes a block at a "}" within a word, and
# takes what follows a "${name}" into the word.
words = st.text("abz09_/.:*~$-é#'\"", min_size=1, max_size=8).filter(lambda word: word[0] not in "#'\"")
variables = st.sampled_from(["$host", "a${b}c", "${b}/$c.pem"])
quoted = st.text("ab ;{}#$'\té\n", max_size=10).map(lambda text: f'"{text}"') | st.text(
    'ab ;{}#$"\t\n', max_size=10
).map(lambda text: f"'{text}'")
arguments = st.lists(words | variables | quoted, max_size=4)
names = st.sampled_from(["listen", "ssl_certificate", "server_name", "x"])
spaces = st.sampled_from([" ", "\n", "\t ", "\r\n", " # it's a \"comment; {\n"])


@st.composite
def documents(draw: st.DrawFn, depth: int = 3) -> str:
    out = []
    for _ in range(draw(st.integers(0, 4))):
        gap = draw(spaces)
        head = gap.join([draw(names), *draw(arguments)])
        if depth and draw(st.booleans()):
            out.append(f"{head}{gap}{{{gap}{draw(documents(depth=depth - 1))}{gap}}}{gap}")
        else:
            out.append(f"{head};{gap}")
    return "".join(out)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=documents())
@awks
def test_generated_configurations_are_cut_as_crossplane_cuts_them(awk: list[str], text: str, tmp_path: Path) -> None:
    path = tmp_path / "generated.conf"
    path.write_text(text, newline="")
    assert flat(ours(path, awk)) == theirs(path)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=200) | st.text("ab \n;{}#$\"'\\", max_size=120).map(str.encode))
def test_every_awk_reads_any_bytes_alike(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "bytes.conf"
    path.write_bytes(data.replace(b"\0", b""))
    first, *others = [configuration(path, awk) for awk in installed(AWKS)]
    assert all(other == first for other in others)
    assert first[0].endswith("\nZ\n")


NGINX = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
LEXICAL = re.compile(r"unexpected|too long parameter")


def accepted(text: bytes, tmp_path: Path) -> str:
    """What nginx says of a configuration (nginx -t, with all that it makes in tmp_path)."""
    (tmp_path / "n.conf").write_bytes(text)
    options = ["-t", "-e", "stderr", "-p", str(tmp_path), "-c", str(tmp_path / "n.conf")]
    assert NGINX
    return subprocess.run(
        [NGINX, *options, "-g", f"pid {tmp_path}/n.pid;"], capture_output=True, check=False
    ).stderr.decode("utf-8", "replace")


@pytest.mark.skipif(not NGINX, reason="nginx is not installed")
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text("a \n;{}#$\"'\\)", max_size=40))
def test_what_nginx_refuses_to_cut_is_refused_and_nothing_else(text: str, tmp_path: Path) -> None:
    # Within a map any words and any number of them reach the lexer's end before they are judged.
    said = accepted(f"events {{}}\nhttp {{ types {{\n{text}\n}} }}\n".encode(), tmp_path)
    assume_whole = "in types block" in said or "unknown directive" in said or "is not allowed here" in said
    if not assume_whole and ("is not terminated" in said or "no opening" in said or "invalid number" in said):
        return
    lines = ours(tmp_path / "n.conf", installed(AWKS)[0])
    refused = any(line.startswith("P") for line in lines)
    if 'unexpected "{"' in said:
        return  # a block within types { } is refused for its place
    if LEXICAL.search(said):
        assert refused, said
    elif "successful" in said:
        assert not refused, (said, lines)


@pytest.mark.skipif(not NGINX, reason="nginx is not installed")
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text("ab$;{} \"'\\tnr#", max_size=14))
def test_a_word_has_the_value_that_nginx_gives_it(text: str, tmp_path: Path) -> None:
    said = accepted(f"include {text} ;\n".encode(), tmp_path)
    found = re.search(rf'open\(\) "{re.escape(str(tmp_path))}/(.*)" failed \(', said, re.DOTALL)
    if found is None:
        return
    rows = flat(ours(tmp_path / "n.conf", installed(AWKS)[0]))
    assert rows[0] == ["S", "include", found[1]]


@pytest.mark.parametrize("length", [4093, 4094, 4095, 4096, 4097])
@pytest.mark.parametrize("form", ["{}", "{} ", '"{}"', '"{}" ', "#{}"])
def test_a_parameter_or_comment_may_be_as_long_as_in_nginx(form: str, length: int, tmp_path: Path) -> None:
    if not NGINX:
        pytest.skip("nginx is not installed")
    word = form.format("a" * length)
    text = (
        f"events {{}}\nhttp {{ server {{ server_name {word};\n }} }}\n" if form[0] != "#" else f"{word}\nevents {{}}\n"
    )
    refused = "too long parameter" in accepted(text.encode(), tmp_path)
    assert any(line.startswith("P") for line in ours(tmp_path / "n.conf", installed(AWKS)[0])) is refused
