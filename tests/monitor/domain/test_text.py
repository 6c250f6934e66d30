"""Normalisation: what two texts must share to be the same."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.domain.notes import comment_core, shown_number, shown_title, without_more
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
    ("one", "other"),
    [("§ 1592", "? 1592"), ("10", "100"), ("Open", "Closed"), ("a b", "ab"), ("\uf00c", "\uf00d")],
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


@pytest.mark.parametrize(
    ("comment", "core"),
    [
        ("They agreed. (Last updated: 10/01/2026)", "They agreed."),
        ("They agreed.\nUpdated Oct. 1, 2026.", "They agreed."),
        ("Last reviewed on 2026-10-01", ""),
        ("The plan was last updated on October 1, 2026.",) * 2,  # whose day it is may matter
        ("They agreed (updated 10/11/2026).",) * 2,
        ("Updated 10/11/2026. They agreed.",) * 2,
        ("They agreed. Next update: 10/11/2026",) * 2,
    ],
)
def test_the_day_on_which_a_page_was_updated_is_left_out_of_a_comment(comment: str, core: str) -> None:
    assert comment_core(comment) == core


def test_a_day_is_the_same_with_and_without_its_zeros() -> None:
    assert comment_core("Due 03/02/2026, or 12/05/26.") == comment_core("Due 3/2/2026, or 12/5/26.")
    kept = "Due 10/20/2026; see A/07/02, 0/5 of 100/05 and 2026/03/02."
    assert comment_core(kept) == kept


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("They agreed. Read more", "They agreed."),
        ("They agreed.\n\nShow less »", "They agreed."),
        ("They agreed… Read More…", "They agreed…"),
        ("Read more",) * 2,
        ("They should read more",) * 2,
        ("Staff must see more. Read more slowly.",) * 2,
    ],
)
def test_a_link_that_opens_the_rest_of_a_text_is_left_out(text: str, whole: str) -> None:
    assert without_more(text) == whole


@pytest.mark.parametrize(
    ("raw", "number"),
    [
        ("OIG-26-01[1]", "OIG-26-01"),
        ("OIG-26-01\u00b9", "OIG-26-01"),
        ("OIG-26-01 *", "OIG-26-01"),
        ("OIG-26-01(1)", "OIG-26-01(1)"),  # it may be a volume
    ],
)
def test_the_mark_of_a_footnote_ends_no_number(raw: str, number: str) -> None:
    assert shown_number(raw) == number


def test_text_that_shows_nothing_is_none() -> None:
    assert blank_to_none("\u00a0 \u200b") is None
    assert blank_to_none(None) is None
    assert blank_to_none(" x ") == "x"


def test_squeezing_collapses_every_kind_of_blank() -> None:
    assert squeeze("  a\u00a0\n b ") == "a b"


@given(st.text(st.sampled_from(" \u200b\u00a0\n\u2003\ufeff\x85\u2028x")))
def test_a_text_is_blank_when_nothing_is_left_to_compare(text: str) -> None:
    assert is_blank(text) == (not comparable(text))
