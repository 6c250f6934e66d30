"""What is renamed in the watch file (`was`) keeps its history: nothing is sent again or begins anew."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from alerts.domain.models import DigestRun, OutboxEntry, OutboxItem, Reminder
from alerts.domain.types import DeliveryOutcome
from monitor.domain.types import Outcome
from monitor.store.models import Change, Record, Snapshot, Source
from monitor.store.sources import find_source
from service.demo.fakes.receivers import WebhookServer
from service.demo.fakes.replica import ReplicaSite
from service.readmodel.plan import plan_as_data
from service.runtime.app import Watch
from service.runtime.checks import check_source
from service.runtime.digests import make_due_reminders, send_digest
from service.watchfile.in_use import applied_content
from service.watchfile.load import WatchFileError
from tests.clock import FrozenClock
from tests.guarantees.test_the_other_promises import check_with_news
from tests.guarantees.test_the_right_person import rewrite

RENAMED_SOURCE = ("  audits:\n", "  border-audits:\n    was: audits\n")
RENAMED_CHANNEL = (
    ("  newsroom:\n", "  press:\n    was: newsroom\n"),
    ("immediately: [newsroom]", "immediately: [press]"),
)


@dataclass(frozen=True)
class Renaming:
    """A watch over a site with news, whose watch file is edited."""

    site: ReplicaSite
    watch_file: Path
    make_watch: Callable[[], Watch]
    clock: FrozenClock

    def start(self, *edits: tuple[str, str]) -> Watch:
        """Take an edited watch file into use."""
        rewrite(self.watch_file, *edits)
        watch = self.make_watch()
        watch.note_applied()
        return watch

    def check_with_news(self, watch: Watch, number: str = "OIG-26-90") -> None:
        check_with_news(self.site, watch, self.clock, number)


@pytest.fixture
def renaming(
    site: ReplicaSite, watch_file: Path, make_watch: Callable[[], Watch], clock: FrozenClock
) -> Renaming:
    """Return a watch file that is not in use yet."""
    return Renaming(site, watch_file, make_watch, clock)


def counts(watch: Watch, key: str) -> list[int]:
    """Return how many rows of each kind a source has."""
    with watch.database.read() as session:
        source = find_source(session, key)
        assert source is not None
        return [
            len(session.exec(select(table).where(table.source_id == source.id)).all())
            for table in (Record, Change, Snapshot)
        ]


def keys(watch: Watch) -> list[str]:
    with watch.database.read() as session:
        return sorted(session.exec(select(Source.key)))


def test_a_renamed_source_keeps_its_records_changes_and_pages_and_its_next_check_is_no_first_one(
    renaming: Renaming,
) -> None:
    watch = renaming.start()
    renaming.check_with_news(watch)
    had = counts(watch, "audits")
    renamed = renaming.start(RENAMED_SOURCE)
    renaming.clock.advance(timedelta(hours=1))

    assert counts(renamed, "border-audits") == had
    assert check_source(renamed, "border-audits").outcome is Outcome.UNCHANGED
    assert keys(renamed) == ["border-audits"]


def test_a_source_with_a_history_of_its_own_does_not_take_over_another(renaming: Renaming) -> None:
    watch = renaming.start()
    renaming.check_with_news(watch)
    rewrite(renaming.watch_file, ("  audits:\n", "  border-audits:\n"))
    check_source(renaming.make_watch(), "border-audits")
    renaming.start(("  border-audits:\n", "  border-audits:\n    was: audits\n"))

    assert keys(watch) == ["audits", "border-audits"]


def test_a_check_that_began_before_its_source_was_renamed_does_not_bring_the_old_name_back(
    renaming: Renaming,
) -> None:
    watch = renaming.start()
    renaming.check_with_news(watch)
    renaming.clock.advance(timedelta(hours=2))

    def renamed_meanwhile(_target: str) -> None:
        renaming.start(RENAMED_SOURCE)

    renaming.site.answers.append(renamed_meanwhile)

    assert check_source(watch, "audits").outcome is Outcome.SUPERSEDED
    assert keys(watch) == ["border-audits"]


def test_a_message_that_a_process_with_the_old_file_queued_goes_through_the_renamed_channel(
    renaming: Renaming, webhook_server: WebhookServer
) -> None:
    older = renaming.start()
    check_source(older, "audits")
    renamed = renaming.start(*RENAMED_CHANNEL)
    renaming.check_with_news(older)

    assert {one.outcome for one in renamed.deliver()} == {DeliveryOutcome.ACCEPTED}
    assert webhook_server.accepted


def test_what_a_process_with_the_old_file_wrote_is_renamed_when_it_reads_the_new_one(
    renaming: Renaming,
) -> None:
    older = renaming.start()
    check_source(older, "audits")
    renaming.start(*RENAMED_CHANNEL, ("  faces:\n", "  people:\n    was: faces\n"))
    renaming.check_with_news(older)
    renamed = renaming.start()

    with renamed.database.read() as session:
        assert {*session.exec(select(OutboxEntry.topic))} == {"everything", "people"}
        assert {*session.exec(select(OutboxItem.channel))} == {"desk", "press"}


def test_a_pure_renaming_changes_no_alert_in_the_plan(renaming: Renaming) -> None:
    watch = renaming.start(("  faces:\n", "  faces:\n    sources: [audits]\n"))
    renaming.check_with_news(watch)
    old = applied_content(watch.settings)
    rewrite(
        renaming.watch_file,
        RENAMED_SOURCE,
        ("[audits]", "[border-audits]"),
        *RENAMED_CHANNEL,
        ("  faces:\n", "  people:\n    was: faces\n"),
        ("weekly: [desk]", "mondays: [desk]"),
        ("  weekly: {cron", "  mondays: {was: weekly, cron"),
    )
    with watch.database.read() as session:
        since = renaming.clock() - timedelta(days=90)
        found = plan_as_data(session, old, renaming.make_watch().settings, since)

    assert found["renamed"] == {
        "sources": {"audits": "border-audits"},
        "channels": {"newsroom": "press"},
        "topics": {"faces": "people"},
        "digests": {"weekly": "mondays"},
    }
    assert [(one["gained"], one["lost"]) for one in found["alerts"]] == [(0, 0)] * 3
    nothing = {"new": [], "removed": [], "changed": {}}
    assert (found["channels"], found["digests"], found["waiting"]) == (nothing, nothing, [])
    assert found["sources"] == {"new": [], "removed": [], "changed": []}


def test_a_renamed_topic_does_not_remind_again(renaming: Renaming) -> None:
    watch = renaming.start(("  everything: {send", "  everything: {remind_every: 30d, send"))
    renaming.check_with_news(watch)
    check_source(watch, "gao")
    renaming.clock.advance(timedelta(days=31))
    assert make_due_reminders(watch) == 1
    renamed = renaming.start(("  everything: {", "  all-news: {was: everything, "))
    renaming.clock.advance(timedelta(days=2))

    assert make_due_reminders(renamed) == 0
    with renamed.database.read() as session:
        topics = {*session.exec(select(Reminder.topic)), *session.exec(select(OutboxEntry.topic))}
    assert topics == {"all-news", "faces"}


def test_a_renamed_digest_begins_where_the_last_one_ended(renaming: Renaming) -> None:
    watch = renaming.start()
    renaming.check_with_news(watch)
    send_digest(watch, "weekly")
    renamed = renaming.start(
        ("weekly: [desk]", "mondays: [desk]"),
        ("  weekly: {cron", "  mondays: {was: weekly, cron"),
    )
    renaming.clock.advance(timedelta(days=7))
    send_digest(renamed, "mondays")

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
