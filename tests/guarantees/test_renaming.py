"""What is renamed in the watch file (`was`) keeps its history: nothing is sent again or begins anew."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from alerts.domain.models import DigestRun, OutboxEntry, OutboxItem, Reminder
from monitor.domain.types import Outcome
from monitor.store.models import Change, Record, Snapshot, Source
from monitor.store.sources import find_source
from service.demo.fakes.replica import ReplicaSite
from service.readmodel.plan import plan_as_data
from service.runtime.app import Watch
from service.runtime.checks import check_source
from service.runtime.digests import make_digest, make_due_reminders
from service.watchfile.in_use import applied_content
from service.watchfile.load import WatchFileError
from tests.clock import FrozenClock
from tests.guarantees.test_the_other_promises import check_with_news
from tests.guarantees.test_the_right_person import rewrite

RENAMED_SOURCE = ("  audits:\n", "  border-audits:\n    was: audits\n")


def counts(watch: Watch, key: str) -> list[int]:
    """Return how many rows of each kind a source has."""
    with watch.database.read() as session:
        source = find_source(session, key)
        assert source is not None
        return [
            len(session.exec(select(table).where(table.source_id == source.id)).all())
            for table in (Record, Change, Snapshot)
        ]


def test_a_renamed_source_keeps_its_records_changes_and_pages_and_its_next_check_is_no_first_one(
    site: ReplicaSite,
    watch: Watch,
    watch_file: Path,
    make_watch: Callable[[], Watch],
    clock: FrozenClock,
) -> None:
    watch.note_applied()
    check_with_news(site, watch, clock)
    had = counts(watch, "audits")
    rewrite(watch_file, RENAMED_SOURCE)
    renamed = make_watch()
    renamed.note_applied()
    clock.advance(timedelta(hours=1))

    assert counts(renamed, "border-audits") == had
    assert check_source(renamed, "border-audits").outcome is Outcome.UNCHANGED
    with renamed.database.read() as session:
        assert sorted(session.exec(select(Source.key))) == ["border-audits"]


def test_a_source_with_a_history_of_its_own_does_not_take_over_another(
    site: ReplicaSite,
    watch: Watch,
    watch_file: Path,
    make_watch: Callable[[], Watch],
    clock: FrozenClock,
) -> None:
    watch.note_applied()
    check_with_news(site, watch, clock)
    rewrite(watch_file, ("  audits:\n", "  border-audits:\n"))
    check_source(make_watch(), "border-audits")
    rewrite(watch_file, ("  border-audits:\n", "  border-audits:\n    was: audits\n"))
    make_watch().note_applied()

    with watch.database.read() as session:
        assert sorted(session.exec(select(Source.key))) == ["audits", "border-audits"]


def test_a_pure_renaming_changes_no_alert_in_the_plan(
    site: ReplicaSite,
    watch: Watch,
    watch_file: Path,
    make_watch: Callable[[], Watch],
    clock: FrozenClock,
) -> None:
    rewrite(watch_file, ("  faces:\n", "  faces:\n    sources: [audits]\n"))
    watch = make_watch()
    watch.note_applied()
    check_with_news(site, watch, clock)
    old = applied_content(watch.settings)
    rewrite(
        watch_file,
        RENAMED_SOURCE,
        ("[audits]", "[border-audits]"),
        ("  newsroom:\n", "  press:\n    was: newsroom\n"),
        ("immediately: [newsroom]", "immediately: [press]"),
        ("  faces:\n", "  people:\n    was: faces\n"),
        ("weekly: [desk]", "mondays: [desk]"),
        ("  weekly: {cron", "  mondays: {was: weekly, cron"),
    )
    with watch.database.read() as session:
        found = plan_as_data(session, old, make_watch().settings, clock() - timedelta(days=90))

    assert found["renamed"] == {
        "sources": {"audits": "border-audits"},
        "channels": {"newsroom": "press"},
        "topics": {"faces": "people"},
        "digests": {"weekly": "mondays"},
    }
    assert [(one["gained"], one["lost"]) for one in found["alerts"]] == [(0, 0)] * 3
    nothing = {"new": [], "removed": [], "changed": {}}
    assert (found["channels"], found["digests"], found["waiting"]) == (nothing, nothing, {})
    assert found["sources"] == {"new": [], "removed": [], "changed": []}


def test_a_renamed_topic_does_not_remind_again(
    site: ReplicaSite,
    watch_file: Path,
    make_watch: Callable[[], Watch],
    clock: FrozenClock,
) -> None:
    rewrite(watch_file, ("  everything: {send", "  everything: {remind_every: 30d, send"))
    watch = make_watch()
    watch.note_applied()
    check_with_news(site, watch, clock)
    check_source(watch, "gao")
    clock.advance(timedelta(days=31))
    assert make_due_reminders(watch) == 1
    rewrite(watch_file, ("  everything: {", "  all-news: {was: everything, "))
    renamed = make_watch()
    renamed.note_applied()
    clock.advance(timedelta(days=2))

    assert make_due_reminders(renamed) == 0
    with renamed.database.read() as session:
        topics = {*session.exec(select(Reminder.topic)), *session.exec(select(OutboxEntry.topic))}
    assert topics == {"all-news", "faces"}


def test_a_renamed_digest_begins_where_the_last_one_ended(
    site: ReplicaSite,
    watch: Watch,
    watch_file: Path,
    make_watch: Callable[[], Watch],
    clock: FrozenClock,
) -> None:
    watch.note_applied()
    check_with_news(site, watch, clock)
    make_digest(watch, "weekly")
    rewrite(
        watch_file,
        ("weekly: [desk]", "mondays: [desk]"),
        ("  weekly: {cron", "  mondays: {was: weekly, cron"),
    )
    renamed = make_watch()
    renamed.note_applied()
    clock.advance(timedelta(days=7))
    make_digest(renamed, "mondays")

    with renamed.database.read() as session:
        first, second = session.exec(select(DigestRun).order_by(DigestRun.id)).all()
        assert second.after_change_id == first.up_to_change_id
        assert len(session.exec(select(OutboxItem).where(OutboxItem.kind == "digest")).all()) == 1


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("  gao:\n", "  gao:\n    was: audits\n", "'audits' is still a source; 'was' names one that is gone"),
        ("  faces:\n", "  faces:\n    was: everything\n", "'everything' is still a topic"),
        (
            "  gao:\n",
            "  more: {was: reports, url: saved}\n  gao:\n    was: reports\n",
            "'reports' is the former name of more too; keep one",
        ),
    ],
)
def test_a_former_name_that_is_in_use_or_claimed_twice_is_refused(
    watch_file: Path, make_watch: Callable[[], Watch], old: str, new: str, said: str
) -> None:
    rewrite(watch_file, (old, new))
    with pytest.raises(WatchFileError, match=said):
        make_watch()


def test_a_former_name_is_not_inherited(watch_file: Path, make_watch: Callable[[], Watch]) -> None:
    rewrite(watch_file, ("  gao:\n", "  more: {extends: gao, url: saved}\n  gao:\n    was: reports\n"))
    sources = make_watch().settings.sources
    assert (sources["gao"].was, sources["more"].was) == ("reports", None)
