"""Checks and judging see facts alone: their modules hold no clock, no I/O and no import that could give them one."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ENGINE = (
    *("facts", "verdict", "judge", "crypto", "keys", "names", "access", "subjects", "served", "endpoints"),
    *("spelling", "text", "known", "listening"),
)
PURE = sorted(
    [
        *(ROOT / "checks").rglob("*.py"),
        *(ROOT / "tlsfleet" / "services").rglob("*.py"),
        *(path for name in ENGINE for path in (ROOT / "tlsfleet").glob(f"{name}.py")),
        *(path for name in ENGINE for path in (ROOT / "tlsfleet" / name).rglob("*.py")),
    ]
)
IMPURE_IMPORTS = set(
    "asyncio builtins concurrent ctypes fcntl ftplib getpass glob grp http importlib io locale logging multiprocessing "
    "os pathlib platform pty pwd random secrets select shutil signal smtplib socket sqlite3 ssl subprocess sys "
    "tempfile threading time urllib uuid ansible nassl pytest requests sslyze testinfra tlslite".split()
)
# What a check may know of the engine and of the standard library; all else is refused.
CHECKS_IMPORT = set(
    "collections dataclasses datetime enum fnmatch functools hashlib ipaddress itertools math operator posixpath re "
    "shlex string textwrap typing unicodedata tlsfleet.access tlsfleet.check tlsfleet.crypto tlsfleet.endpoints "
    "tlsfleet.facts tlsfleet.iana tlsfleet.keys tlsfleet.known tlsfleet.listening tlsfleet.names tlsfleet.policy "
    "tlsfleet.served tlsfleet.subjects tlsfleet.text tlsfleet.verdict".split()
)
CALLS = {"open", "print", "input", "eval", "exec", "compile", "__import__", "breakpoint", "globals", "vars"}
METHODS = {"now", "today", "utcnow", "read_text", "read_bytes", "write_text", "write_bytes", "urlopen"}


def impurities(source: str) -> Iterator[str]:
    """Each clock or I/O that a module could reach, as ``line: what``."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from (
                f"{node.lineno}: imports {name}" for name in imports(node) if name.partition(".")[0] in IMPURE_IMPORTS
            )
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS:
            yield f"{node.lineno}: calls {node.func.id}"
        elif isinstance(node, ast.Attribute) and node.attr in METHODS:
            yield f"{node.lineno}: uses .{node.attr}"


def imports(node: ast.Import | ast.ImportFrom) -> list[str]:
    """The modules that an import statement names; a module taken from its package counts by its full name."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if node.module == "tlsfleet":
        return [f"tlsfleet.{alias.name}" for alias in node.names]
    return ["." * node.level + (node.module or "")]


def allowed(module: str) -> bool:
    """Whether a check may import it: a module of the list, or one inside of such a package."""
    return any(module == name or module.startswith(f"{name}.") for name in CHECKS_IMPORT)


@pytest.mark.parametrize("path", PURE, ids=[str(path.relative_to(ROOT)) for path in PURE])
def test_no_clock_and_no_io(path: Path) -> None:
    assert list(impurities(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("path", sorted((ROOT / "checks").rglob("*.py")), ids=lambda path: path.name)
def test_a_check_imports_what_checks_may_and_no_other_area(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    named = [name for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom) for name in imports(node)]
    assert [name for name in named if not allowed(name)] == []


@pytest.mark.parametrize(
    "source",
    [
        "open('/etc/passwd')",
        "datetime.now()",
        "clock = datetime.utcnow",
        "date.today()",
        "import os",
        "import os.path as p",
        "from subprocess import run",
        "def late():\n    from socket import socket",
        "Path('x').read_text()",
        "__import__('os')",
    ],
)
def test_what_is_not_pure_is_found(source: str) -> None:
    assert list(impurities(source))


@pytest.mark.parametrize(
    "module", ["os", "checks.chain", "tlsfleet.inside", "tlsfleet", ".chain", "tlsfleet.factsheet"]
)
def test_what_checks_may_not_import_is_refused(module: str) -> None:
    assert not allowed(module)
