"""Words that changed, text made harmless, times and ages as a reader says them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.language.text import (
    Segment,
    changed_words,
    condensed,
    counted,
    listed,
    moment,
    plain,
    shortened,
    shown_date,
    span,
    web_address,
    window,
)
from monitor.domain.text import comparable

NEW_YORK = ZoneInfo("America/New_York")


def words(before: object, after: object) -> list[tuple[str, str]]:
    return [(segment.kind, segment.text) for segment in changed_words(before, after)]


def test_changed_words_are_marked_and_the_others_stay() -> None:
    assert words("CBP expects to finish by May 2024.", "CBP expects to finish by March 2026.") == [
        ("same", "CBP expects to finish by"),
        ("removed", "May 2024."),
        ("added", "March 2026."),
    ]


def test_an_inserted_word_takes_nothing_away() -> None:
    assert words("one three", "one two three") == [("same", "one"), ("added", "two"), ("same", "three")]


def test_quotes_and_blanks_that_only_normalisation_sees_are_no_changed_words() -> None:
    assert words('the "plan" of § 12', "the “plan” of §\xa012") == [("same", "the “plan” of § 12")]


def test_texts_with_little_in_common_are_given_whole() -> None:
    before, after = "When we confirm actions, we will tell.", "As of June CBP will not act on it, they say."
    assert words(before, after) == [("removed", before), ("added", after)]


def test_a_first_comment_is_all_new_and_a_removed_one_all_gone() -> None:
    assert words(None, "It is open.") == [("added", "It is open.")]
    assert words("It is open.", None) == [("removed", "It is open.")]


def test_a_page_of_one_repeated_word_is_compared_in_no_time() -> None:
    started = datetime.now(UTC)
    changed_words("a " * 50_000 + "b", "c " + "a " * 50_001)
    assert datetime.now(UTC) - started < timedelta(seconds=2)


@given(st.text(alphabet="ab c\xa0“\"'’.", max_size=60), st.text(alphabet="ab c\xa0“\"'’.", max_size=60))
def test_segments_hold_every_word_of_both_texts(before: str, after: str) -> None:
    segments = changed_words(before, after)
    new = " ".join(segment.text for segment in segments if segment.kind != "removed")
    old = " ".join(segment.text for segment in segments if segment.kind != "added")
    assert new.split() == plain(after).split()
    assert comparable(old).split() == comparable(before).split()


def test_long_unchanged_runs_are_cut_beside_the_change() -> None:
    long = " ".join(str(number) for number in range(100))
    cut = condensed((Segment("same", long), Segment("added", "x"), Segment("same", long)), context=2)
    assert [segment.text for segment in cut] == ["… 98 99", "x", "0 1 …"]


def test_short_unchanged_runs_are_left_whole() -> None:
    segments = changed_words("a b c d old e f", "a b c d new e f")
    assert condensed(segments, context=3) == segments


@pytest.mark.parametrize(
    ("hostile", "harmless"),
    [
        ("a\x1b[31mred\x1b[0m b", "ared b"),
        ("title\x1b]0;owned\x07 end", "title end"),
        ("\x9b2Jwiped", "wiped"),
        ("one\r\nBcc: x@example.org", "one Bcc: x@example.org"),
        ("nul\x00byte\x7f", "nulbyte"),
        ("half \ud83d pair", "half \ufffd pair"),
        ("turned \u202eround\u202c", "turned round"),
        ("line\u2028separator", "line separator"),
        ("a\r\x08\x85b", "a b"),
        (None, ""),
    ],
)
def test_text_that_steers_a_terminal_or_a_header_loses_its_power(hostile: object, harmless: str) -> None:
    assert plain(hostile) == harmless


@pytest.mark.parametrize("text", ["8 U.S.C. §\xa01365b", "“curly” ’quotes‘", "تقرير", "報告", "naïve – 👩‍💻"])
def test_honest_text_stays_as_the_publisher_wrote_it(text: str) -> None:
    assert plain(text) == text


@given(st.text())
def test_plain_text_can_always_be_sent_and_is_stable(text: str) -> None:
    once = plain(text)
    assert plain(once) == once
    assert not set(once) & set("\r\n\x00\x1b")
    once.encode()


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JAVASCRIPT:alert(1)",
        "data:text/html,x",
        "//evil.example",
        "https:evil",
        "http://",
        "https://[",
        'https://x.gov/"onmouseover=x',
        "https://x.gov/a b",
        "https://x.gov/<b>",
        "https://x.gov\\@evil.example",
        None,
    ],
)
def test_only_plain_web_addresses_become_links(address: str | None) -> None:
    assert web_address(address) is None


def test_a_publishers_address_is_a_link() -> None:
    assert web_address("https://www.gao.gov/a?b=1&c=(2)") == "https://www.gao.gov/a?b=1&c=(2)"


def test_a_time_is_said_on_the_readers_clock() -> None:
    seen = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
    assert moment(seen, NEW_YORK) == "Mon., March 2, 2026, 10:00 a.m. EST"
    assert moment(seen, ZoneInfo("Asia/Kathmandu")) == "Mon., March 2, 2026, 8:45 p.m. UTC+0545"


@pytest.mark.parametrize(
    ("begin", "end", "said"),
    [
        ((2026, 3, 2, 13), (2026, 3, 2, 15), "between Mon., March 2, 8:00 a.m. and 10:00 a.m. EST"),
        (
            (2026, 3, 2, 13),
            (2026, 3, 3, 15),
            "between Mon., March 2, 8:00 a.m. and Tues., March 3, 10:00 a.m. EST",
        ),
        ((2026, 3, 8, 6), (2026, 3, 8, 8), "between Sun., March 8, 1:00 a.m. EST and 4:00 a.m. EDT"),
        (
            (2025, 12, 31, 5),
            (2026, 1, 1, 5),
            "between Wed., Dec. 31, 2025, 12:00 a.m. and Thurs., Jan. 1, 2026, 12:00 a.m. EST",
        ),
    ],
)
def test_a_window_is_said_without_repeating_itself(
    begin: tuple[int, int, int, int], end: tuple[int, int, int, int], said: str
) -> None:
    year, month, day_, hour = begin
    last_year, last_month, last_day, last_hour = end
    first = datetime(year, month, day_, hour, tzinfo=UTC)
    last = datetime(last_year, last_month, last_day, last_hour, tzinfo=UTC)
    assert window(first, last, NEW_YORK) == said


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (0, "less than a day"),
        (1, "1 day"),
        (13, "13 days"),
        (20, "2 weeks"),
        (430, "14 months"),
        (800, "2 years"),
    ],
)
def test_a_length_of_time_is_said_in_the_unit_one_would_use(days: int, said: str) -> None:
    begin = datetime(2024, 1, 1, tzinfo=UTC)
    assert span(begin, begin + timedelta(days=days)) == said


@pytest.mark.parametrize(
    ("date", "said"),
    [
        ("2026-07-03", "July 3, 2026"),
        ("2026-07", "July 2026"),
        ("2026", "2026"),
        ("2026-13", "2026-13"),
        ("soon", "soon"),
    ],
)
def test_a_date_is_shown_with_the_precision_it_has(date: str, said: str) -> None:
    assert shown_date(date) == said


def test_long_text_is_cut_at_a_word() -> None:
    assert shortened("one two three four", 12) == "one two…"
    assert shortened("one two", 12) == "one two"


def test_counts_and_lists_read_as_sentences() -> None:
    assert counted(1, "new report") == "1 new report"
    assert counted(1200, "new report") == "1,200 new reports"
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert listed([]) == ""
