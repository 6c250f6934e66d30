"""Target dates as a calendar program takes them: an event that moves is the same event."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar

from monitor.store.models import Record
from tests.alerts.stories import Story
from tests.service.history import NOW, write_history, write_watch_file
from tests.service.web.served_watch import reading

HOSTILE = "Train; staff, \\n and\r\nBEGIN:VEVENT\nEND:VCALENDAR \x07 “Ünï” \u202e " + "é" * 300


def promised(month: str) -> dict[str, str]:
    return {"status_comment": f"CBP anticipates completing these actions by {month}."}


def history(story: Story) -> None:
    source = story.source("cbp-gao")
    begin = NOW - timedelta(days=30)
    first = story.record(source, "GAO-24-1 rec 1", begin, **promised("March 2027"), recommendation=HOSTILE)
    story.record(source, "GAO-24-2 rec 1", begin, status_comment="Work goes on.")
    story.record(
        story.source("audits"), "GAO-24-3 rec 1", begin, **promised("June 30, 2027"), agency="Coast Guard"
    )
    story.change(first, at=NOW, before=promised("March 2027"), after=promised("May 2027"))


def closed(story: Story) -> None:
    record = story.session.get_one(Record, 1)
    record.status, record.fields = "closed_implemented", {**record.fields, "status": "closed_implemented"}


@pytest.fixture
def told(home: Path) -> Path:
    write_watch_file(home)
    write_history(home, history)
    return home


def events(text: str) -> list[Any]:
    return list(Calendar.from_ical(text).walk("VEVENT"))


def test_each_promised_date_of_an_open_recommendation_is_an_all_day_event(told: Path) -> None:
    with reading(told) as client:
        answer = client.get("/target-dates.ics")
        assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
        first, second = events(answer.text)
        assert (
            client.get("/target-dates.ics", headers={"If-None-Match": answer.headers["etag"]}).status_code
            == 304
        )
        page = str(client.base_url.join("/records/cbp-gao/GAO-24-1%20rec%201"))
    assert (first["dtstart"].dt, second["dtstart"].dt) == (date(2027, 5, 31), date(2027, 6, 30))
    assert first["summary"] == "GAO-24-1 rec 1: promised for May 2027"
    assert "by May 2027" in first["description"]
    assert "Before, it named March 2027." in first["description"]
    assert page in first["description"]
    assert str(first["url"]) == "https://www.gao.gov/products/gao-24-106148"
    assert first["last-modified"].dt == first["dtstamp"].dt
    assert first["transp"] == "TRANSPARENT"
    assert "dtend" not in first


def test_text_of_a_page_cannot_end_an_event_or_begin_one(told: Path) -> None:
    with reading(told) as client:
        written = client.get("/target-dates.ics").content
    lines = written.split(b"\r\n")
    assert (lines.count(b"BEGIN:VEVENT"), lines.count(b"END:VCALENDAR")) == (2, 1)
    assert all(len(line) <= 75 for line in lines)
    assert b"\x07" not in written
    first, _ = events(written.decode())
    assert first["description"].startswith("Train; staff, \\n and BEGIN:VEVENT END:VCALENDAR “Ünï” éé")


def test_an_event_that_moves_keeps_its_uid_and_has_a_higher_sequence(told: Path) -> None:
    with reading(told) as client:
        before, other = events(client.get("/target-dates.ics").text)
        write_history(told, moved)
        same, after = events(client.get("/target-dates.ics").text)
    assert (before["uid"], other["uid"]) == (after["uid"], same["uid"])
    assert (before["dtstart"].dt, after["dtstart"].dt) == (date(2027, 5, 31), date(2028, 1, 31))
    assert after["sequence"] > before["sequence"] > 0
    assert (same["sequence"], other["sequence"]) == (0, 0)
    assert before["uid"].endswith(".oversight-watch.invalid")


def moved(story: Story) -> None:
    story.change(story.session.get_one(Record, 1), at=NOW, after=promised("January 2028"))


def test_a_closed_recommendation_leaves_the_calendar(told: Path) -> None:
    with reading(told) as client:
        write_history(told, closed)
        (left,) = events(client.get("/target-dates.ics").text)
    assert left["summary"].startswith("GAO-24-3")


def test_a_calendar_is_by_source_or_agency_and_named_so(told: Path) -> None:
    with reading(told) as client:
        by_source = client.get("/target-dates.ics?source=audits").text
        by_agency = client.get("/target-dates.ics?agency=CBP").text
        nothing = client.get("/target-dates.ics?agency=NASA").text
        wrong = client.get("/target-dates.ics?sorce=audits")
    assert [one["summary"][:8] for one in events(by_source)] == ["GAO-24-3"]
    assert [one["summary"][:8] for one in events(by_agency)] == ["GAO-24-1"]
    assert events(nothing) == []
    assert Calendar.from_ical(by_agency)["x-wr-calname"] == "Target dates – CBP"
    assert (wrong.status_code, wrong.json()["error"]["status"]) == (422, 422)
