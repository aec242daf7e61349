"""TOML files: each key has its line, each fault its line."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlsfleet.toml import MAX_BYTES, Document, TomlError

TEXT = """\
# A comment with key = 1 in it
plain = 1
"quoted key" = 2
dotted.key = 3

[table]
one = [
    1, # two = 2
    2,
]
two = 2 # three = 3
three = [
    ["nested"]
]
four = 4

[table."with.dots"]
deep = true

[[list]]
name = "a"

[[list]]
name = "b"
other = '''
inside = "a text"
'''
last = 1
[list.sub]
x = 1
"""


@pytest.fixture
def document(tmp_path: Path) -> Document:
    path = tmp_path / "some.toml"
    path.write_text(TEXT, encoding="utf-8")
    return Document(path)


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        (("plain",), 2),
        (("quoted key",), 3),
        (("dotted", "key"), 4),
        (("table",), 6),
        (("table", "one"), 7),
        (("table", "two"), 11),
        (("table", "four"), 15),
        (("table", "with.dots"), 17),
        (("table", "with.dots", "deep"), 18),
        (("list", 0, "name"), 21),
        (("list", 1), 23),
        (("list", 1, "name"), 24),
        (("list", 1, "last"), 28),
        (("table", "absent"), 6),
        (("list", 1, "absent"), 23),
        (("absent",), 1),
        ((), 1),
    ],
)
def test_lines_of_keys(document: Document, keys: tuple[str | int, ...], line: int) -> None:
    assert document.line(*keys) == line


def test_an_error_names_file_and_line(document: Document) -> None:
    assert str(document.error("is wrong", "table", "two")) == f"{document.path}:11: is wrong"


@pytest.mark.parametrize(
    ("data", "line", "says"),
    [
        (b"a = 1\nb = \n", 2, "is not valid TOML"),
        (b"a = 1\na = 2\n", 2, "is not valid TOML"),
        (b"a = 1\nb = '''\n\n", 3, "is not valid TOML"),
        (b"[a\n", 1, "is not valid TOML"),
        (b"a = 1\n\n\xff\n", 3, "is not UTF-8"),
    ],
)
def test_what_is_not_toml_names_its_line(tmp_path: Path, data: bytes, line: int, says: str) -> None:
    path = tmp_path / "bad.toml"
    path.write_bytes(data)
    with pytest.raises(TomlError) as caught:
        Document(path)
    message = str(caught.value)
    assert message.startswith(f"{path}:{line}: {says}")
    assert "\n" not in message


@pytest.mark.parametrize(
    ("data", "says"), [(b"a = " + b"[" * 100_000, "nested too deeply"), (b"#" * (MAX_BYTES + 1), "is larger than")]
)
def test_hostile_files_are_refused(tmp_path: Path, data: bytes, says: str) -> None:
    path = tmp_path / "big.toml"
    path.write_bytes(data)
    with pytest.raises(TomlError, match=says):
        Document(path)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(TomlError, match="cannot be read: Is a directory"):
        Document(tmp_path)


bare = st.from_regex(r"[A-Za-z0-9_-]{1,8}", fullmatch=True)


@given(st.dictionaries(bare, st.dictionaries(bare, st.integers(), max_size=4), max_size=4))
def test_the_line_of_each_key_is_where_it_is_written(
    tmp_path_factory: pytest.TempPathFactory, tables: dict[str, dict[str, int]]
) -> None:
    rows: list[str] = []
    places: dict[tuple[str, ...], int] = {}
    for table, entries in tables.items():
        rows.append(f"[{table}]")
        places[table,] = len(rows)
        for key, value in entries.items():
            rows += ["# a comment", f"{key} = {value}"]
            places[table, key] = len(rows)
    path = tmp_path_factory.mktemp("toml") / "some.toml"
    path.write_text("\n".join(rows), encoding="utf-8")
    document = Document(path)
    assert {keys: document.line(*keys) for keys in places} == places
    assert document.data == tables
