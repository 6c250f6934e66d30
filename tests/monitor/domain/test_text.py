"""Normalisation: what two texts must share to be the same."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.domain.notes import shown_title
from monitor.domain.text import blank_to_none, comparable, comparable_title, is_blank, squeeze


@given(st.text())
def test_normalising_twice_is_normalising_once(text: str) -> None:
    assert comparable(comparable(text)) == comparable(text)


@given(st.text())
def test_composed_and_decomposed_letters_are_the_same(text: str) -> None:
    assert comparable(unicodedata.normalize("NFD", text)) == comparable(unicodedata.normalize("NFC", text))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("CBP’s plan", "CBP's plan"),
        ("“open”", '"open"'),
        ("Closed – Implemented", "Closed - Implemented"),
        ("19 U.S.C. § 1592", "19\u00a0U.S.C.  §\n1592"),
        ("zero\u200bwidth", "zerowidth"),
        ("\uf00c Open", "Open"),  # an icon of a font
    ],
)
def test_what_no_reader_would_call_a_change_is_the_same(one: str, other: str) -> None:
    assert comparable(one) == comparable(other)


@pytest.mark.parametrize(
    ("one", "other"), [("§ 1592", "? 1592"), ("10", "100"), ("Open", "Closed"), ("a b", "ab")]
)
def test_what_a_reader_would_call_a_change_differs(one: str, other: str) -> None:
    assert comparable_title(one) != comparable_title(other)


@pytest.mark.parametrize(
    ("page", "shown"),
    [
        ("Housing in Ajo, Arizona (Revised) (", "Housing in Ajo, Arizona (Revised)"),
        ("Plain (", "Plain"),
        ("Plain (Redacted)", "Plain (Redacted)"),
        ("  (\n", ""),
        ("Plain (1.2 MB PDF)", "Plain"),
        ("Plain - PDF, 2 MB", "Plain"),
        ("[PDF] Plain", "Plain"),
        ("NEW! Plain", "Plain"),
        ("Plain (PDF, 3 pages) opens in a new window", "Plain"),
        ("Plain (2026)", "Plain (2026)"),
        (
            f"Plain{'(' * 400_000}",
            f"Plain{'(' * 399_990}",
        ),  # at most ten notes: each costs a look at the title
    ],
)
def test_a_dangling_bracket_or_a_note_is_not_shown(page: str, shown: str) -> None:
    assert shown_title(page) == shown


def test_text_that_shows_nothing_is_none() -> None:
    assert blank_to_none("\u00a0 \u200b") is None
    assert blank_to_none(None) is None
    assert blank_to_none(" x ") == "x"


def test_squeezing_collapses_every_kind_of_blank() -> None:
    assert squeeze("  a\u00a0\n b ") == "a b"


@given(st.text(st.sampled_from(" \u200b\u00a0\n\u2003\ufeff\x85\u2028x")))
def test_a_text_is_blank_when_nothing_is_left_to_compare(text: str) -> None:
    assert is_blank(text) == (not comparable(text))
