"""What a reader sees first: what happened, in the publisher's words, and what to do about it."""

import re
from collections.abc import Sequence
from typing import Any

import pytest

from alerts.domain.display import Display
from alerts.domain.messages import Message, ReaderLinks
from alerts.domain.models import OutboxItem
from alerts.language.hero import badges
from alerts.language.notice import SMALL_PRINT, STEP
from alerts.rendering.render import Entry, render_changes, render_item, render_notice
from monitor.domain.types import ChangeKind
from monitor.store.changes import ChangeView
from tests.alerts.golden import REMINDER
from tests.alerts.rendering.test_render import FACES, NEW_YORK, OURS, joined
from tests.alerts.stories import Reader, closed, comment_updated, every_kind, view

ROOM = Display(
    topics={"facial-recognition": "Faces at the Border"},
    sources={"memos": "The Memo Page"},
    reading_room="https://watch.example.org",
)
REWRITTEN = (
    "As of March 2024 the agency had begun to draft a plan and expected to finish it within the year.",
    "In January 2026 the office was reorganized; its earlier draft was withdrawn and no date is set.",
)


def message(*changes: ChangeView, topics: Sequence[str] = ("facial-recognition",), **given: Any) -> Message:
    entries = [Entry(change, tuple(topics), ("biometric",)) for change in changes]
    values: dict[str, Any] = {"face": "email", "identity": "i", "templates": OURS, "time_zone": NEW_YORK}
    return render_changes(entries, **{**values, **given})


def status(old: tuple[str, str | None], new: tuple[str, str | None]) -> ChangeView:
    before, after = ({"status": one[0], "status_text": one[1]} for one in (old, new))
    return view(ChangeKind.STATUS_CHANGED, before=before, after=after)


@pytest.mark.parametrize(
    ("change", "words", "tones"),
    [
        (closed(), ["Open", "Closed – Implemented"], ["amber", "green"]),
        (status(("open", None), ("closed", None)), ["Open", "Closed"], ["amber", "gray"]),
        (
            status(("open", "Unresolved"), ("closed_not_implemented", "Closed: no action")),
            ["Unresolved", "Closed: no action"],
            ["amber", "red"],
        ),
        (every_kind()[7], ["Open", "Left the open list"], ["amber", "gray"]),
        # Its own page still shows it as open: there is no move to show.
        (view(ChangeKind.LEFT_LIST, before={"listed": True}), ["Left the open list"], ["gray"]),
        (view(ChangeKind.NEW_REPORT), ["New report"], ["blue"]),
    ],
)
def test_badges_have_the_publishers_words_and_never_color_alone(
    change: ChangeView, words: list[str], tones: list[str]
) -> None:
    assert [badge.words for badge in badges(change)] == words
    assert [badge.tone for badge in badges(change)] == tones
    assert re.search(" → ".join(words), message(change).text)


@pytest.mark.parametrize("face", FACES)
def test_a_text_of_which_over_half_changed_is_shown_before_and_after(face: Any) -> None:
    before, after = ({"status_comment": text} for text in REWRITTEN)
    said = message(view(ChangeKind.COMMENT_UPDATED, before=before, after=after), face=face)
    for body in filter(None, (said.text, said.html and Reader(said.html).text, said.markdown)):
        read = joined(body)
        assert all(text in read for text in REWRITTEN)
        assert not re.search(r"\[-|\{\+|~~", read)
        assert read.index("Comment before") < read.index("Comment now")


def test_a_text_with_few_changes_keeps_its_marks() -> None:
    assert "[-May 2024.-] {+March 2026.+}" in joined(message(comment_updated()).text)


def test_a_mail_has_one_button_and_its_headline_is_a_link() -> None:
    html = str(message(closed()).html)
    assert html.count("https://www.gao.gov/products/gao-24-106148") == 2
    assert html.count("Read it at GAO") == 1


def test_evidence_is_a_link_to_the_reading_room_or_a_line() -> None:
    with_room, without = (str(message(closed(id=7), display=one).html) for one in (ROOM, Display()))
    assert 'href="https://watch.example.org/changes/7"' in with_room
    assert "change 7; the pages before and after are on file" in Reader(without).text
    assert "watch.example.org" not in without


def test_several_changes_have_an_index_and_say_once_what_they_share() -> None:
    said = message(closed(), view(ChangeKind.NEW_REPORT), comment_updated(record_id=9, id=9), display=ROOM)
    read = Reader(str(said.html))
    anchors = [link for link in read.links if link.startswith("#")]
    assert anchors == ["#c1", "#c2", "#c3"]
    assert all(f'id="{anchor[1:]}"' in str(said.html) for anchor in anchors)
    for body in (said.text, read.text):
        assert body.count("Why you get this") == body.count("Detected") == 1


def test_what_several_changes_do_not_share_is_said_of_each() -> None:
    entries = [
        Entry(closed(), ("a",), ("training",)),
        Entry(view(ChangeKind.NEW_REPORT), ("b",), ("biometric",)),
    ]
    said = render_changes(entries, face="email", identity="i", templates=OURS, time_zone=NEW_YORK)
    for body in (said.text, Reader(str(said.html)).text):
        assert "Why you get this" not in body
        assert "topic a (matched “training”)" in joined(body)
        assert "topic b (matched “biometric”)" in joined(body)


def test_subjects_end_with_the_agency_and_the_topics() -> None:
    reports = [
        view(ChangeKind.NEW_REPORT, record_id=n, fields={"title": "A Report", "agency": agency})
        for n, agency in enumerate(
            ("U.S. Customs and Border Protection", "Transportation Security Administration")
        )
    ]
    assert message(*reports, topics=("a", "b", "c")).subject == (
        "2 changes: 2 new reports [CBP, TSA · a, b and 1 more]"
    )


@pytest.mark.parametrize("face", FACES)
def test_titles_stand_in_the_place_of_names(face: Any) -> None:
    change = view(ChangeKind.NEW_REPORT, source="memos", fields={"report_number": None, "title": "A Memo"})
    said = message(change, face=face, display=ROOM)
    assert said.subject == "New The Memo Page report: A Memo [CBP · Faces at the Border]"
    for body in filter(None, (said.text, said.html and Reader(said.html).text, said.markdown)):
        assert "Faces at the Border" in body.replace("\xa0", " ")
        assert "facial-recognition" not in body


LINKS = ReaderLinks(lambda: "https://w.example/u", lambda *_: "https://w.example/s")
NOTICE = {
    "title": "audits cannot be read as usual",
    "lines": [
        "The page lists no rows.",
        f"{STEP}Accept it: oversight-watch check audits --accept",
        f"{SMALL_PRINT}Nothing is concluded from this.",
    ],
}


@pytest.mark.parametrize("face", FACES)
def test_a_notice_has_one_next_step_apart_from_what_is_wrong(face: Any) -> None:
    said = render_notice(NOTICE, face=face, identity="i", templates=OURS)
    for body in filter(None, (said.text, said.html and Reader(said.html).text, said.markdown)):
        read = " ".join(body.replace("*", "").replace("`", "").split())
        wrong, step, small = (
            read.index(words) for words in ("lists no rows", "Next step", "Nothing is concluded")
        )
        assert wrong < step < small
        assert STEP not in read
        assert SMALL_PRINT not in read


@pytest.mark.parametrize(
    ("links", "asked_at", "said"),
    [
        (LINKS, "mailto:a@b.org", "Unsubscribe"),
        (None, "mailto:a%2Bx@b.org?subject=u", "To stop or change these mails, write to a+x@b.org"),
        (None, "https://b.org/leave", "Unsubscribe"),
        (None, None, "To stop or change these mails, ask whoever set up Oversight Watch for you."),
    ],
)
def test_a_mail_to_readers_says_how_to_stop_it(links: Any, asked_at: str | None, said: str) -> None:
    item = OutboxItem(identity="i", kind="reminder", channel="c", recipient="r", content=REMINDER)
    made = render_item(None, item, "email", OURS, NEW_YORK, None, links, asked_at)  # type: ignore[arg-type]
    assert said in made.text
    assert said in Reader(str(made.html)).text
    other = render_item(None, item, "slack", OURS, NEW_YORK, None, None, asked_at)  # type: ignore[arg-type]
    assert "To stop" not in f"{other.text}{other.markdown}"
