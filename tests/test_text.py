"""Text from hosts is bounded, and shows all that it holds."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlsfleet.text import HIDDEN, LIMIT, clean


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, café, 証明書", "plain, café, 証明書"),
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
        ("\x1b[31mred\r\x00", "\\x1b[31mred\\x0d\\x00"),
        ("\u202egpj.exe", "\\u202egpj.exe"),
        ("\ufeff\u200b\u2028", "\\ufeff\\u200b\\u2028"),
        ("\x85\x9b", "\\x85\\x9b"),
        ("\ud800", "\\ud800"),
        ("\U000e0041\U0010ffff", "\\U000e0041\\U0010ffff"),
        ("", ""),
    ],
)
def test_hidden_characters_are_shown(text: str, shown: str) -> None:
    assert clean(text) == shown


def test_long_text_is_cut_and_says_so() -> None:
    assert clean("x" * LIMIT) == "x" * LIMIT
    assert clean("x" * (LIMIT + 1)) == "x" * (LIMIT - 1) + "…"
    assert clean("abcdef", 4) == "abc…"


@given(st.text(), st.integers(1, 50))
def test_nothing_hidden_is_left_and_the_length_is_bounded(text: str, limit: int) -> None:
    found = clean(text, limit)
    assert not [
        character for character in found if unicodedata.category(character) in HIDDEN and character not in "\n\t"
    ]
    assert len(found) <= 10 * limit
    found.encode("utf-8")


@given(st.text())
def test_cleaning_twice_changes_nothing(text: str) -> None:
    once = clean(text, 10_000)
    assert clean(once, 10_000) == once
