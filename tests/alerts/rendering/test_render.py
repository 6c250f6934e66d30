"""What a reader finds in a message, in every face; and what a hostile page or template cannot do there."""

import email
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.policy import default
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import Session

from alerts.channels.smtp import MailRoute, build_mail
from alerts.domain.errors import RenderError
from alerts.domain.messages import Face, Message
from alerts.domain.models import OutboxEntry, OutboxItem
from alerts.rendering.environments import templates
from alerts.rendering.render import Entry, render_changes, render_item, render_notice
from monitor.domain.types import ChangeKind
from monitor.store.changes import ChangeView
from service.database.database import Database
from tests.alerts.stories import NOW, REPORT, SEEN, Reader, Story, closed, comment_updated, every_kind, view

NEW_YORK = ZoneInfo("America/New_York")
OURS = templates(None)
FACES: tuple[Face, ...] = ("email", "slack", "markdown", "text")


def message(*changes: ChangeView, face: Face = "email", of: Any = OURS) -> Message:
    entries = [Entry(change, ("facial-recognition",), ("biometric",)) for change in changes]
    return render_changes(entries, face=face, identity="one", templates=of, time_zone=NEW_YORK)


def bodies(said: Message) -> str:
    return "\n".join(part for part in (said.text, said.html, said.markdown) if part is not None)


def joined(text: str) -> str:
    """Undo the line breaks of the text face."""
    return text.replace("\xa0", " ").replace("\n    ", " ").replace("\n", " ")


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.write() as opened:
        yield opened


# ---- subjects


def test_a_new_report_is_called_by_its_number_and_title() -> None:
    said = message(view(ChangeKind.NEW_REPORT))
    assert said.subject == f"New DHS OIG report OIG-26-18: {REPORT['title']} [facial-recognition]"


def test_a_report_without_a_number_is_called_by_its_title() -> None:
    change = view(
        ChangeKind.NEW_REPORT, fields={"report_number": None, "title": "A Memo"}, source="cbp-audits"
    )
    assert message(change).subject == "New cbp-audits report: A Memo [CBP · facial-recognition]"


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (
            "open",
            "closed_implemented",
            "GAO closed a CBP recommendation as implemented: GAO-24-106148 rec 4",
        ),
        (
            "open",
            "closed_not_implemented",
            "GAO closed a CBP recommendation as not implemented: GAO-24",
        ),
        (
            "open",
            "closed_no_longer_valid",
            "GAO closed a CBP recommendation as no longer valid: GAO-24",
        ),
        ("unknown", "closed", "GAO closed a CBP recommendation: GAO-24"),
        ("closed", "open", "GAO reopened a CBP recommendation: GAO-24"),
        ("unknown", "open", "GAO shows a CBP recommendation as open: GAO-24"),
        (
            "open",
            "open_partially_addressed",
            "GAO marked a CBP recommendation as partially addressed: GAO-24",
        ),
    ],
)
def test_a_status_change_is_said_in_the_words_of_the_field(before: str, after: str, said: str) -> None:
    change = view(ChangeKind.STATUS_CHANGED, before={"status": before}, after={"status": after})
    assert message(change).subject.startswith(said)


def test_a_status_nobody_has_seen_before_is_quoted() -> None:
    change = view(
        ChangeKind.STATUS_CHANGED,
        before={"status": "open", "status_text": "Open"},
        after={"status": "unknown", "status_text": "Under Review"},
    )
    said = message(change)
    assert "to “Under Review”" in said.subject
    assert "Open → Under Review" in said.text


@pytest.mark.parametrize(
    ("agency", "said"),
    [
        ("Immigration and Customs Enforcement", "an ICE recommendation as implemented"),
        ("Federal Emergency Management Agency", "a FEMA recommendation as implemented"),
        ("Department of Homeland Security (DHS)", "a DHS recommendation as implemented"),
        ("Office of Nothing Known", "a recommendation to Office of Nothing Known as implemented"),
        (None, "a recommendation as implemented"),
    ],
)
def test_an_agency_is_called_by_its_short_name_where_it_has_a_known_one(
    agency: str | None, said: str
) -> None:
    assert message(closed(fields={"agency": agency})).subject.startswith(f"GAO closed {said}: GAO-24")


def test_a_comment_that_changes_often_is_not_called_a_first_change() -> None:
    for since in (SEEN - timedelta(days=59), None):
        change = replace(comment_updated(), standing_since=since)
        assert "first change" not in message(change).subject


def test_an_updated_comment_names_the_recommendation() -> None:
    assert message(comment_updated()).subject.startswith(
        "GAO updated its comment on GAO-24-106148 rec 4 (first change in 13 months): Facial"
    )


def test_a_first_and_a_removed_comment_are_called_so() -> None:
    first = view(ChangeKind.COMMENT_UPDATED, before={"status_comment": None}, after={"status_comment": "Hm."})
    last = view(ChangeKind.COMMENT_UPDATED, before={"status_comment": "Hm."}, after={"status_comment": None})
    assert message(first).subject.startswith("GAO added a comment on")
    assert message(last).subject.startswith("GAO removed its comment on")


def test_a_recommendation_that_left_the_list_is_not_called_closed() -> None:
    (left,) = [one for one in every_kind() if one.kind is ChangeKind.LEFT_LIST]
    said = message(left)
    assert said.subject.startswith("GAO-24-106148 rec 4 left GAO’s open list, status not yet known")
    assert "does not mean that it was closed" in joined(said.text)


def test_several_changes_are_counted_in_the_subject() -> None:
    said = message(view(ChangeKind.NEW_REPORT), closed(id=2, record_id=5), closed(id=3, record_id=6))
    assert said.subject == "3 changes: 1 new report, 2 closed [CBP · facial-recognition]"


def test_several_changes_of_one_record_name_it() -> None:
    said = message(closed(), every_kind()[1])
    named = "2 changes to GAO-24-106148 rec 4: 1 new recommendation, 1 closed"
    assert said.subject == f"{named} [CBP · facial-recognition]"


def test_a_subject_is_one_line_of_bounded_length() -> None:
    said = message(view(ChangeKind.NEW_REPORT, fields={"title": "word " * 500 + "\r\nBcc: x@example.org"}))
    assert len(said.subject) <= 180
    assert said.subject.endswith("… [CBP · facial-recognition]")
    assert "\n" not in said.subject


# ---- bodies


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("change", every_kind(), ids=lambda change: change.kind.value)
def test_every_kind_of_change_reads_well_in_every_face(change: ChangeView, face: Face) -> None:
    said = message(change, face=face)
    for body in (said.text, said.html, said.markdown):
        if body is not None:
            assert change.fields["url"].split("?")[0] in body
            assert "None" not in body
            assert "{{" not in body
    assert (said.html is not None) == (face == "email")
    assert (said.markdown is not None) == (face in ("slack", "markdown"))


def test_changed_words_are_marked_in_each_face() -> None:
    assert "by [-May 2024.-] {+March 2026.+}" in joined(message(comment_updated(), face="text").text)
    marked = joined(str(message(comment_updated(), face="markdown").markdown))
    assert "by ~~May 2024.~~ **March 2026.**" in marked
    assert "by ~May 2024.~ *March 2026.*" in joined(str(message(comment_updated(), face="slack").markdown))
    html = re.sub(r' style="[^"]*"|</?span[^>]*>', "", str(message(comment_updated()).html))
    assert "by <del>May 2024.</del> <ins>March 2026.</ins>" in html


@pytest.mark.parametrize("face", FACES)
def test_a_message_says_why_when_and_how_to_see_the_evidence(face: Face) -> None:
    said = message(comment_updated(), face=face)
    for body in filter(None, (said.text, said.html and Reader(said.html).text, said.markdown)):
        read = joined(body)
        assert "topic facial-recognition (matched “biometric”)" in read
        assert "Mon., March 2, 2026, 10:00 a.m. EST" in read
        assert "changed between Mon., March 2, 8:00 a.m. and 10:00 a.m. EST" in read
        assert "in place since at least Sat., Jan. 4, 2025 (13 months)" in read
        assert "change 1; the pages before and after are on file" in read
        assert not re.search("oversight-watch|9c0d9c0d", read)  # readers have no command line


def test_an_unknown_window_is_not_made_up() -> None:
    assert "; changed" not in message(comment_updated(not_before=None)).text


def test_all_topics_of_a_change_stand_in_its_one_entry() -> None:
    entry = Entry(view(ChangeKind.NEW_REPORT), ("a", "b", "c"), ("biometric", "CBP"))
    said = render_changes([entry], face="text", identity="i", templates=OURS, time_zone=NEW_YORK)
    assert said.text.count("Why you get this") == 1
    assert "topics a, b, c (matched “biometric”, “CBP”)" in joined(said.text)


def test_the_text_part_of_a_mail_says_what_the_html_part_says() -> None:
    said = message(*every_kind())
    shown = Reader(str(said.html)).text
    for line in said.text.replace("Link:", "").splitlines():
        for word in re.findall(r"[\w’“”]{4,}", line):
            assert word in shown or word in str(said.html), line


def test_only_a_mail_repeats_its_subject_in_the_body() -> None:
    assert "GAO closed a CBP recommendation" in message(closed(), face="email").text
    assert "GAO closed a CBP recommendation" not in message(closed(), face="text").text
    assert "GAO closed a CBP recommendation" not in str(message(closed(), face="markdown").markdown)


def test_curly_quotes_section_signs_and_no_break_spaces_come_out_right() -> None:
    for face in FACES:
        said = message(view(ChangeKind.NEW_REPORT), view(ChangeKind.NEW_RECOMMENDATION), face=face)
        for body in filter(None, (said.text, said.html, said.markdown)):
            read = body.replace("&nbsp;", "\xa0")
            assert "“Better”" in read
            assert "§\xa01365b" in read


def test_a_mail_holds_up_in_mail_programs() -> None:
    html = str(message(*every_kind()).html)
    read = Reader(html)
    assert not {"img", "script", "link", "iframe", "form"} & set(read.tags)
    assert "prefers-color-scheme: dark" in html
    assert "max-width: 600px" in html
    assert all(link.startswith(("https://", "#c")) for link in read.links)
    assert '<h1 style="' in html
    assert html.index('<meta charset="utf-8">') < 100


def test_every_mail_is_valid_and_no_line_is_too_long() -> None:
    route = MailRoute(host="h", port=25, secure="insecure", sender="watch@example.org")
    for change in every_kind():
        raw = build_mail(route, "desk@example.org", message(change)).as_bytes()
        assert max(map(len, raw.splitlines())) < 998
        parsed = email.message_from_bytes(raw, policy=default)
        assert not parsed.defects
        assert parsed.get_content_type() == "multipart/alternative"


def test_a_message_of_very_many_changes_tells_them_all_and_stays_small() -> None:
    numbers = [f"GAO-24-{number}" for number in range(80)]
    changes = [closed(record_id=at, fields={"report_number": number}) for at, number in enumerate(numbers)]
    for face in FACES:
        said = message(*changes, face=face)
        for body in filter(None, (said.text, said.html, said.markdown)):
            assert all(f"{number} rec 4" in body.replace("\xa0", " ") for number in numbers)
            assert len(body.encode()) < 100_000


def test_messages_about_one_record_share_a_thread() -> None:
    opened, later = message(every_kind()[1]), message(closed())
    assert opened.references == later.references != ()
    assert message(view(ChangeKind.NEW_REPORT), closed()).references == ()


def test_a_message_without_a_change_cannot_be_rendered() -> None:
    with pytest.raises(RenderError, match="at least one change"):
        render_changes([], face="text", identity="i", templates=OURS, time_zone=NEW_YORK)


# ---- outbox rows


def test_an_outbox_row_of_several_topics_gives_one_entry_a_change(session: Session) -> None:
    story = Story(session)
    change = story.change(story.record(story.source(), "GAO-24-106148 rec 4"))
    item = OutboxItem(
        identity="abc", kind="changes", channel="desk", recipient="#1",
        created_at=NOW, not_before=NOW, give_up_at=NOW + timedelta(days=3),
    )  # fmt: skip
    session.add(item)
    session.flush()
    for topic, word in (("a", "training"), ("b", "CBP"), ("c", "training")):
        session.add(
            OutboxEntry(
                outbox_id=item.id,
                change_id=change.id,
                topic=topic,
                channel="desk",
                recipient="#1",
                words=[word],
            )
        )
    session.flush()
    said = render_item(session, item, "text", OURS, NEW_YORK)
    assert said.identity == "abc"
    assert "topics a, b, c (matched “training”, “CBP”)" in joined(said.text)
    assert said.text.count("For the record:") == 1


def test_an_outbox_row_without_entries_is_no_message(session: Session) -> None:
    item = OutboxItem(
        id=7, identity="x", kind="changes", channel="c", recipient="#1",
        created_at=NOW, not_before=NOW, give_up_at=NOW,
    )  # fmt: skip
    with pytest.raises(RenderError):
        render_item(session, item, "text", OURS, NEW_YORK)


@pytest.mark.parametrize("face", FACES)
def test_a_notice_to_the_operator_says_its_lines(face: Face, session: Session) -> None:
    content = {"title": "cbp-gao is quarantined", "lines": ["no rows found", "<script>alert(1)</script>"]}
    item = OutboxItem(
        identity="n", kind="operator", channel="ops", recipient="#1", content=content,
        created_at=NOW, not_before=NOW, give_up_at=NOW,
    )  # fmt: skip
    said = render_item(session, item, face, OURS, NEW_YORK)
    assert said.subject == "cbp-gao is quarantined"
    assert "no rows found" in bodies(said)
    assert "<script>" not in (said.html or "") + (said.markdown or "").replace("\\<script\\>", "")


def test_a_notice_without_a_title_is_refused() -> None:
    with pytest.raises(RenderError):
        render_notice({"lines": ["x"]}, face="text", identity="i", templates=OURS)


# ---- hostile pages

PAYLOADS = (
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "<!channel> <!here> <@U123> @everyone",
    "[x](javascript:alert(1)) ![x](https://evil.example/p.png) <https://evil.example|GAO>",
    "=cmd()|' /C calc'!A0",
    "a\x1b[31mred\x1b]0;owned\x07\x9b2J",
    "nul\x00 half \ud83d \u202eturned",
    "one\r\nBcc: victim@example.org\r\n\r\nnew body",
    "{{ 7 * 7 }} {% raw %} ${7*7}",
    "`code` **bold** ~~gone~~ _x_ # head\n- list\n> quote",
    "javascript:alert(1)",
)


def hostile(payload: str, kind: ChangeKind) -> ChangeView:
    honest = next(change for change in every_kind() if change.kind is kind)
    return replace(
        honest,
        source=payload,
        record_key=payload,
        fields=dict.fromkeys(honest.fields, payload),
        before=dict.fromkeys(honest.before, f"before {payload}"),
        after=dict.fromkeys(honest.after, f"after {payload}"),
    )


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("kind", list(ChangeKind))
@pytest.mark.parametrize("face", FACES)
def test_a_record_whose_every_field_is_a_payload_is_only_text(
    payload: str, kind: ChangeKind, face: Face
) -> None:
    entry = Entry(hostile(payload, kind), (payload,), (payload,))
    said = render_changes([entry], face=face, identity="i", templates=OURS, time_zone=NEW_YORK)
    everything = bodies(said) + said.subject
    everything.encode()
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", everything)
    assert "\n" not in said.subject
    assert "\r" not in everything and "\n\nnew body" not in everything
    assert "49" not in said.text
    if said.html is not None:
        read = Reader(said.html)
        assert not {"script", "img"} & set(read.tags)
        assert not {name for name in read.attributes if name.startswith("on")}
        assert read.links == []
    if said.markdown is not None:
        # Whatever opens a mention, a link or a tag: none of these payloads has an address fit for one.
        opens = r"<" if face == "slack" else r"(?<!\\)[<\[]"
        assert not re.search(opens, said.markdown)
        assert not re.search(r"@everyone|https://", said.markdown)


def test_a_payload_in_the_subject_cannot_add_a_header() -> None:
    said = message(hostile("T\r\nBcc: victim@example.org", ChangeKind.NEW_REPORT))
    route = MailRoute(host="h", port=25, secure="insecure", sender="watch@example.org")
    assert build_mail(route, "desk@example.org", said)["Bcc"] is None


def test_an_address_that_is_no_web_address_is_shown_but_not_linked() -> None:
    said = message(view(ChangeKind.NEW_REPORT, fields={"url": "javascript:alert(1)"}))
    assert "javascript:alert(1)" in said.text
    assert Reader(str(said.html)).links == []


def test_an_address_cannot_break_out_of_a_slack_link() -> None:
    said = message(view(ChangeKind.NEW_REPORT, fields={"url": "https://x.gov/a|b?c=1&d=2"}), face="slack")
    assert "<https://x.gov/a%7Cb?c=1&amp;d=2|" in str(said.markdown)


def test_times_are_the_readers() -> None:
    entry = Entry(comment_updated(seen_at=datetime(2026, 7, 1, 3, tzinfo=UTC)), ("t",), ())
    said = render_changes(
        [entry], face="text", identity="i", templates=OURS, time_zone=ZoneInfo("Europe/Berlin")
    )
    assert "Detected: Wed., July 1, 2026, 5:00 a.m. CEST" in said.text
