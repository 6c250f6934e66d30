"""A life as `show` and `promises` tell it: what stood when, what reopened, what is promised."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from service.demo.fakes.replica import ReplicaSite, rewritten
from service.runtime.app import Watch
from service.runtime.checks import check_source
from tests.clock import FrozenClock
from tests.service.commands import run

AGENCY = "/agencies/united-states-customs-and-border-protection"
DAY = timedelta(days=1)
KEY = "GAO-24-900001 rec 4"


def at(day: int, month: int = 3) -> str:
    return datetime(2026, month, day, 12, tzinfo=UTC).isoformat()


def live(watch: Watch, clock: FrozenClock, days: int) -> None:
    """Check once a day for so many days, beginning now."""
    for _day in range(days):
        check_source(watch, "gao")
        clock.advance(DAY)


def shown(folder: Path, *more: str) -> dict[str, Any]:
    (life,) = json.loads(run(folder, "show", KEY, "--json", *more).out)
    return dict(life)


def times(spans: list[dict[str, Any]], *names: str) -> list[tuple[Any, ...]]:
    return [tuple(span[name] for name in (*names, "first_seen", "last_seen", "stands")) for span in spans]


def test_a_life_says_which_status_and_comment_stood_from_when_until_when(
    site: ReplicaSite, watch: Watch, clock: FrozenClock, tmp_path: Path
) -> None:
    row = site.recommendations[0]
    row.update(status_comment="CBP plans to finish by May 2026.")
    live(watch, clock, 3)  # March 2 to 4, and the last two looks find nothing new
    row.update(status_text="Open – Partially Addressed", status_comment="CBP plans to finish by July 2026.")
    live(watch, clock, 2)
    row.update(status_text="Closed – Implemented")
    live(watch, clock, 2)
    row.update(status_text="Open")
    live(watch, clock, 3)  # the same words as before: only the second look is believed
    life = shown(tmp_path)
    assert times(life["statuses"], "status", "reopened") == [
        ("open", False, at(2), at(4), False),
        ("open_partially_addressed", False, at(5), at(6), False),
        ("closed_implemented", False, at(7), at(9), False),
        ("open", True, at(10), at(11), True),
    ]
    assert times(life["comments"], "comment") == [
        ("CBP plans to finish by May 2026.", at(2), at(4), False),
        ("CBP plans to finish by July 2026.", at(5), at(11), True),
    ]
    assert life["promise"] == {
        "words": "by July 2026",
        "date": "July 2026",
        "precision": "month",
        "due": "2026-07-31",
        "since": at(5),
        "moved_from": "May 2026",
        "passed": False,
    }


def test_the_terminal_tells_the_life_in_words(
    site: ReplicaSite, watch: Watch, clock: FrozenClock, tmp_path: Path
) -> None:
    row = site.recommendations[0]
    row.update(priority=True, status_comment="CBP plans to finish by May 2026.")
    live(watch, clock, 2)
    row.update(priority=False, status_text="Closed – Implemented")
    live(watch, clock, 2)
    row.update(status_text="Open – Partially Addressed")
    live(watch, clock, 1)
    out = run(tmp_path, "show", KEY).out
    assert max(map(len, out.splitlines())) <= 80, out
    said = " ".join(out.split())
    assert (
        "status history open: from Mon., March 2, 2026 until Tues., March 3, 2026"
        " closed, implemented: from Wed., March 4" in said
    )
    assert "open, partially addressed, reopened: from Fri., March 6, 2026" in said
    assert "target date “by May 2026”: last day May 31, 2026, ahead; first read Mon., March 2, 2026" in said
    assert "status changed: closed" in said
    assert "status changed: reopened" in said


def test_a_raised_priority_is_an_event_of_its_life(
    site: ReplicaSite, watch: Watch, clock: FrozenClock, tmp_path: Path
) -> None:
    live(watch, clock, 1)
    site.recommendations[0].update(priority=True)
    live(watch, clock, 1)
    site.recommendations[0].update(priority=False)
    live(watch, clock, 2)  # a list as it was before waits for a second check
    out = run(tmp_path, "show", KEY).out
    assert "  priority mark raised (change 1)\n" in out
    assert "  priority mark dropped (change 2)\n" in out


def test_a_past_day_shows_the_life_as_it_was_known_then(
    site: ReplicaSite, watch: Watch, clock: FrozenClock, tmp_path: Path
) -> None:
    site.recommendations[0].update(status_comment="CBP plans to finish by May 2026.")
    live(watch, clock, 3)
    site.recommendations[0].update(status_text="Closed – Implemented", status_comment="CBP did so.")
    live(watch, clock, 2)
    then, now = shown(tmp_path, "--on", "2026-03-03"), shown(tmp_path)
    assert [(one["status"], one["stands"]) for one in then["statuses"]] == [("open", True)]
    assert then["statuses"][0]["last_seen"] < at(5)
    assert then["promise"]["words"] == "by May 2026"
    assert now["promise"] is None


def test_leaving_a_list_and_coming_back_are_told_apart_from_closing(
    site: ReplicaSite, watch: Watch, clock: FrozenClock, tmp_path: Path
) -> None:
    live(watch, clock, 1)
    gone = site.recommendations.pop(0)
    live(watch, clock, 2)
    site.recommendations.insert(0, gone)
    live(watch, clock, 2)  # a list as it was before waits for a second check
    spans = shown(tmp_path)["statuses"]
    assert times(spans, "status", "reopened") == [
        ("open", False, at(2), at(2), False),
        ("unknown", False, at(3), at(5), False),
        ("open", False, at(6), at(6), True),
    ]
    assert "left list" in run(tmp_path, "show", KEY).out


def test_what_an_incomplete_list_stops_showing_was_last_seen_before_that(
    site: ReplicaSite, watch: Watch, clock: FrozenClock, tmp_path: Path
) -> None:
    site.faults[AGENCY] = rewritten(lambda text: text.replace("(9 total)", "(10 total)"))
    live(watch, clock, 2)
    site.recommendations.pop(0)
    live(watch, clock, 3)
    (span,) = shown(tmp_path)["statuses"]
    assert (span["last_seen"], span["stands"]) == (at(3), True)


def test_promises_are_listed_with_the_earliest_first(
    site: ReplicaSite, watch: Watch, clock: FrozenClock, tmp_path: Path
) -> None:
    site.recommendations[0].update(status_comment="CBP plans to finish by May 2099.")
    live(watch, clock, 1)
    every, passed, early = (
        json.loads(run(tmp_path, "promises", "--json", *more).out)
        for more in ([], ["--passed"], ["--before", "2024-05-01"])
    )
    assert [one["promise"]["due"] for one in every] == [
        "2024-03-31",
        "2024-05-31",
        "2024-05-31",
        "2099-05-31",
    ]
    assert every[-1]["key"] == KEY
    assert passed == every[:3]
    assert early == every[:1]
    out = run(tmp_path, "promises").out
    assert max(map(len, out.splitlines())) <= 80, out
    assert "“by March 2024”: last day March 31, 2024, passed" in out
    assert (
        "No open recommendation has a target date." in run(tmp_path, "promises", "--before", "1999-01-01").out
    )
    assert run(tmp_path, "promises", "--source", "goa").code == 2
