"""What stays open with nothing said of it is brought to mind: once a time, in one message, if asked for."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from alerts.digests.reminders import write_reminders
from alerts.domain.models import OutboxItem, Reminder
from alerts.domain.types import TriageKind
from alerts.triage.annotations import say
from monitor.store.records import open_recommendations
from service.database.database import Database
from service.demo.fakes.receivers import MailServer
from service.demo.fakes.replica import ReplicaSite
from service.runtime.app import Watch
from service.runtime.checks import check_source
from service.runtime.digests import make_due_reminders
from tests.clock import FrozenClock

DAY = timedelta(days=1)
FIRST = "GAO-24-900001 rec 4"


class World:
    """A watch on GAO's list of ten open recommendations, whose topic reminds the desk every 30 days."""

    def __init__(
        self,
        site: ReplicaSite,
        watch_file: Path,
        make_watch: Callable[[], Watch],
        clock: FrozenClock,
        mail_server: MailServer,
    ) -> None:
        self.site, self.clock, self.mail_server = site, clock, mail_server
        self._file, self._make = watch_file, make_watch
        self.topic("remind_every: 30d, send: {immediately: [desk]}")
        check_source(self.watch, "gao")

    def topic(self, text: str, more: str = "") -> None:
        """Let the watch file say this of its one topic, and take it up."""
        before, _, rest = self._file.read_text().partition("topics:\n")
        digests = rest.partition("digests:")[2]
        self._file.write_text(f"{before}topics:\n  open: {{{text}}}\n{more}digests:{digests}")
        self.watch = self._make()

    def channel(self, name: str, to: str) -> None:
        """Add a channel to the watch file."""
        text = self._file.read_text()
        self._file.write_text(text.replace("channels:\n", f'channels:\n  {name}: {{to: "{to}"}}\n'))

    def after(self, days: int) -> list[Any]:
        """Let so many days go by, with a tick on every third and a check on the last; give its mails."""
        before: list[Any] = []
        for left in reversed(range(days)):
            before = self.mails()
            self.clock.advance(DAY)
            if left % 3:
                continue
            if not left:
                check_source(self.watch, "gao")
            if make_due_reminders(self.watch) or not left:
                self.watch.deliver()
        return self.mails()[len(before) :]

    def mails(self) -> list[Any]:
        return [mail.message for mail in self.mail_server.sent_to("desk@example.org")]

    def say(self, kind: TriageKind, **given: Any) -> None:
        with self.watch.database.write() as session:
            record = next(one for _, one in open_recommendations(session) if one.key == FIRST)
            say(session, record.id, kind, by="Ana", now=self.clock(), **given)


@pytest.fixture
def world(
    site: ReplicaSite,
    watch_file: Path,
    make_watch: Callable[[], Watch],
    clock: FrozenClock,
    mail_server: MailServer,
) -> World:
    return World(site, watch_file, make_watch, clock, mail_server)


def text(mail: Any, kind: str = "plain") -> str:
    return " ".join(mail.get_body((kind,)).get_content().split())


def test_all_that_is_due_comes_in_one_message_once_a_time(world: World) -> None:
    assert world.after(29) == []
    (mail,) = world.after(1)
    assert mail["Subject"] == "Reminder: 10 recommendations are still open (open)"
    assert "No alert about them for 30 days or more" in text(mail)
    assert FIRST in text(mail)
    assert len(world.mails()) == 1
    assert world.after(29) == []
    assert len(world.mails()) == 1
    assert len(world.after(1)) == 1


def test_nobody_is_reminded_who_does_not_ask(world: World) -> None:
    world.topic("send: {immediately: [desk]}")
    world.after(90)
    assert world.mails() == []


def test_what_was_told_is_not_brought_to_mind_before_its_time(world: World) -> None:
    world.after(20)
    world.site.recommendations[0]["status_comment"] = "CBP is working on it."
    world.after(1)
    (mail,) = world.after(9)
    assert mail["Subject"].startswith("Reminder: 9 ")
    assert FIRST not in text(mail)
    (mail,) = world.after(21)
    assert mail["Subject"] == f"Reminder: {FIRST} is still open (open)"


def test_what_was_told_in_a_message_that_was_given_up_was_not_told(world: World) -> None:
    world.site.recommendations[0]["status_comment"] = "CBP is working on it."
    world.clock.advance(20 * DAY)
    check_source(world.watch, "gao")
    with world.watch.database.write() as session:
        session.exec(select(OutboxItem)).one().state = "dropped"
    (mail,) = world.after(10)
    assert mail["Subject"].startswith("Reminder: 10 ")


def test_a_reminder_names_whose_it_is_and_what_was_noted_and_promised(world: World) -> None:
    world.site.recommendations[0]["status_comment"] = "CBP plans to finish by March 2026."
    world.say("assigned", text="Ana <b>")
    world.say("note", text="Asked CBP.")
    world.after(1)
    (mail,) = world.after(30)
    assert "promised for March 2026, which has passed" in text(mail)
    assert "assigned to Ana <b>; note: Asked CBP." in text(mail)
    assert "assigned to Ana &lt;b&gt;; note: Asked CBP." in text(mail, "html")


def test_what_is_snoozed_is_left_in_peace_until_it_is_over(world: World) -> None:
    world.say("snoozed_until", until=world.clock() + 35 * DAY)
    (mail,) = world.after(30)
    assert FIRST not in text(mail)
    assert world.after(4) == []
    (mail,) = world.after(1)
    assert mail["Subject"] == f"Reminder: {FIRST} is still open (open)"


def test_what_is_closed_is_not_brought_to_mind(world: World) -> None:
    world.site.recommendations[0]["status_text"] = "Closed – Implemented"
    world.after(1)
    (mail,) = world.after(29)
    assert mail["Subject"].startswith("Reminder: 9 ")
    assert FIRST not in text(mail)


def test_only_what_a_topic_matches_comes_to_its_readers_whatever_kinds_it_is_told_of(world: World) -> None:
    world.topic(
        "match: {any: [investigators]}, on: [status_changed], remind_every: 30d, send: {immediately: [desk]}",
        "  none: {match: {any: [nothing of this]}, remind_every: 30d, send: {immediately: [desk]}}\n",
    )
    (mail,) = world.after(30)
    assert FIRST in text(mail)
    assert not mail["Subject"].startswith("Reminder: 10 ")


def test_what_falls_due_within_a_day_waits_for_one_message(world: World) -> None:
    (first,) = world.after(30)
    assert first["Subject"].startswith("Reminder: 10 ")
    with world.watch.database.write() as session:
        for row, hours in zip(session.exec(select(Reminder)), range(10), strict=True):
            row.reminded_at += timedelta(hours=hours)
    world.clock.advance(30 * DAY - timedelta(hours=1))
    counts = []
    for _ in range(48):
        world.clock.advance(timedelta(hours=1))
        counts.append(make_due_reminders(world.watch))
    assert sum(counts) == 2, "one for the first, and one a day later for all others"


def test_a_crash_before_the_end_of_the_transaction_leaves_nothing_and_after_it_nothing_to_do(
    world: World,
) -> None:
    watch, given = world.watch, (world.watch.settings.topics, world.watch.recipients)
    world.clock.advance(30 * DAY)
    with pytest.raises(RuntimeError), watch.database.write() as session:
        assert write_reminders(session, *given, world.clock(), watch.zone) == 1
        raise RuntimeError
    assert rows(watch.database) == (0, 0)
    assert make_due_reminders(watch) == 1
    assert rows(watch.database) == (1, 10)
    assert make_due_reminders(watch) == 0
    assert rows(watch.database) == (1, 10)


def rows(database: Database) -> tuple[int, int]:
    with database.read() as session:
        return len(session.exec(select(OutboxItem)).all()), len(session.exec(select(Reminder)).all())


def test_a_reminder_can_never_be_there_twice(world: World) -> None:
    world.after(30)
    with world.watch.database.read() as session:
        row = session.exec(select(Reminder).order_by(col(Reminder.id)).limit(1)).one()
        again = row.model_dump(exclude={"id"})
    with pytest.raises(IntegrityError), world.watch.database.write() as session:
        session.add(Reminder(**again))
        session.flush()


@pytest.fixture
def long_list(site: ReplicaSite) -> None:
    """Let 400 more recommendations with long words be on the list from the beginning."""
    one = {**site.recommendations[0], "recommendation": "CBP should do more. " * 20}
    site.recommendations += [{**one, "report_number": f"GAO-20-8{number:05}"} for number in range(400)]


@pytest.mark.sqlite  # it is about a mail
@pytest.mark.usefixtures("long_list")
def test_a_long_list_is_cut_to_what_a_mail_takes_and_the_rest_is_counted(
    site: ReplicaSite,
    watch_file: Path,
    make_watch: Callable[[], Watch],
    clock: FrozenClock,
    mail_server: MailServer,
) -> None:
    world = World(site, watch_file, make_watch, clock, mail_server)
    (mail,) = world.after(30)
    assert mail["Subject"].startswith("Reminder: 410 ")
    assert " more open recommendations To stop or change" in " ".join(text(mail).split())
    assert len(mail.as_bytes()) < 100_000


def test_one_person_on_two_channels_and_topics_is_reminded_once(world: World) -> None:
    mail = f"mailto://{world.mail_server.host}:{world.mail_server.port}?from=watch@example.org&to="
    world.channel("chiefs", f"{mail}DESK@example.org,ines@example.org")
    world.topic(
        "remind_every: 30d, send: {immediately: [desk, chiefs]}",
        "  again: {remind_every: 30d, send: {immediately: [chiefs, desk]}}\n",
    )
    world.after(31)
    sent = sorted(one.lower() for mail in world.mail_server.messages for one in mail.recipients)
    assert sent == ["desk@example.org", "ines@example.org"]
    assert world.after(5) == []
