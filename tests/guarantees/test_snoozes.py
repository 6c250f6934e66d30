"""A snooze holds back comments, never a status; what it holds back is not lost, and it ends when it said."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from alerts.domain.models import Routing
from alerts.domain.types import TriageKind
from alerts.triage.annotations import said_of, say
from monitor.store.records import records_with_key
from service.demo.fakes.receivers import MailServer
from service.demo.fakes.replica import ReplicaSite
from service.readmodel.lives import lives_as_data
from service.readmodel.topics import explained_as_data
from service.runtime.app import Watch
from service.runtime.checks import check_source
from service.runtime.digests import send_digest
from service.terminal.records import show_lives
from tests.clock import FrozenClock

KEY = "GAO-24-900001 rec 4"
DAY = timedelta(days=1)
AGAIN = """\
sources:
  gao-again:
    profile: gao-recommendations
    url: "{site}/agencies/united-states-customs-and-border-protection?again"
    delay: 1s
    allow_private: true
"""


class World:
    """A watch on GAO's list, what is said of its first recommendation, and what the desk is told."""

    def __init__(self, site: ReplicaSite, watch: Watch, clock: FrozenClock, mail_server: MailServer) -> None:
        self.site, self.watch, self.clock, self.mail_server = site, watch, clock, mail_server
        check_source(watch, "gao")

    def say(self, kind: TriageKind, source: str = "gao", **given: Any) -> None:
        with self.watch.database.write() as session:
            record = {one.key: record for one, record in records_with_key(session, KEY)}[source]
            say(session, record.id, kind, by="Ana", now=self.clock(), **given)

    def comment(self, text: str, **fields: str) -> None:
        self.site.recommendations[0].update(status_comment=text, **fields)

    def told(self, *sources: str) -> list[str]:
        """Check a day later and deliver; give the subjects of all mails to the desk."""
        self.clock.advance(DAY)
        for source in sources or ("gao",):
            check_source(self.watch, source)
        self.watch.deliver()
        return [str(mail.message["Subject"]) for mail in self.mail_server.sent_to("desk@example.org")]

    def decisions(self) -> list[str]:
        with self.watch.database.read() as session:
            return list(session.exec(select(Routing.decision).order_by(col(Routing.change_id))))

    def kinds_said(self) -> list[str]:
        with self.watch.database.read() as session:
            record = {one.key: record for one, record in records_with_key(session, KEY)}["gao"]
            return [row.kind for row in said_of(session, record.id)]


@pytest.fixture
def world(site: ReplicaSite, watch: Watch, clock: FrozenClock, mail_server: MailServer) -> World:
    return World(site, watch, clock, mail_server)


def test_a_comment_waits_while_its_recommendation_is_snoozed_and_the_next_is_told_when_that_is_over(
    world: World,
) -> None:
    world.say("snoozed_until", until=world.clock() + 3 * DAY)
    world.comment("CBP is working on it.")
    assert world.told() == []
    assert world.decisions() == ["snoozed"]
    world.clock.advance(3 * DAY)
    assert world.told() == [], "what was held back is not told later, digests have it"
    world.comment("CBP has finished its work.")
    assert len(world.told()) == 1
    assert world.decisions() == ["snoozed", "sent"]


def test_a_closing_is_told_through_a_snooze_and_its_comment_with_it(world: World) -> None:
    world.say("snoozed_until", until=world.clock() + 90 * DAY)
    world.comment("CBP finished its guidance.", status_text="Closed – Implemented")
    (subject,) = world.told()
    assert "closed" in subject
    body = world.mail_server.sent_to("desk@example.org")[0].message.get_body(("plain",))
    assert body is not None
    assert "finished its guidance" in " ".join(body.get_content().split())
    assert set(world.decisions()) == {"sent"}


def test_leaving_the_list_is_told_through_a_snooze(world: World) -> None:
    world.say("snoozed_until", until=world.clock() + 90 * DAY)
    del world.site.recommendations[0]
    assert len(world.told()) == 1


def test_a_snooze_until_the_next_change_ends_with_it_and_tells_it(world: World) -> None:
    world.say("snoozed_until_change")
    world.comment("CBP is working on it.")
    assert len(world.told()) == 1
    world.comment("CBP is still working on it.")
    assert len(world.told()) == 2
    assert world.kinds_said() == ["snoozed_until_change", "snooze_over"], "it ends once"
    assert set(world.decisions()) == {"sent"}


def test_a_snooze_that_is_taken_back_holds_nothing_back(world: World) -> None:
    world.say("snoozed_until", until=world.clock() + 90 * DAY)
    world.say("snooze_over")
    world.comment("CBP is working on it.")
    assert len(world.told()) == 1


def test_what_is_said_of_one_recommendation_holds_back_no_other(world: World) -> None:
    world.say("snoozed_until", until=world.clock() + 90 * DAY)
    world.site.recommendations[1]["status_comment"] = "CBP is working on it."
    assert len(world.told()) == 1


def test_what_is_said_of_it_on_one_list_counts_on_another(
    site: ReplicaSite,
    watch_file: Path,
    make_watch: Callable[[], Watch],
    clock: FrozenClock,
    mail_server: MailServer,
) -> None:
    more = AGAIN.format(site=site.url("").rstrip("/"))
    watch_file.write_text(watch_file.read_text().replace("sources:\n", more, 1))
    world = World(site, make_watch(), clock, mail_server)
    world.told("gao-again")
    world.say("snoozed_until", "gao-again", until=clock() + 90 * DAY)
    world.comment("CBP is working on it.")
    assert world.told("gao", "gao-again") == []
    assert world.decisions() == ["snoozed", "snoozed"]


def test_a_digest_counts_what_a_snooze_held_back_in_a_quiet_line(world: World) -> None:
    send_digest(world.watch, "weekly")
    world.say("snoozed_until", until=world.clock() + 90 * DAY)
    world.comment("CBP is working on it.")
    world.told()
    content = send_digest(world.watch, "weekly").content
    assert (content["snoozed"], content["changes"], content["numbers"]["comments"]) == (1, [], 1)
    world.watch.deliver()
    mail = world.mail_server.sent_to("desk@example.org")[-1].message
    for kind in ("plain", "html"):
        body = mail.get_body((kind,))
        assert body is not None
        assert "1 change to snoozed recommendations not listed" in body.get_content()
    world.clock.advance(7 * DAY)
    assert send_digest(world.watch, "weekly").content["snoozed"] == 0


def test_show_and_explain_say_why_nobody_was_told(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.say("snoozed_until", until=world.clock() + 90 * DAY)
    world.comment("CBP is working on it.")
    world.told()
    with world.watch.database.read() as session:
        lives = lives_as_data(session, KEY, None, "UTC", world.clock())
        (change,) = lives[0]["changes"]
        explained = explained_as_data(session, world.watch.settings, change["id"], world.clock())
    assert change["decision"] == explained["then"]["decision"] == explained["now"]["decision"] == "snoozed"
    assert [way["rhythm"] for way in explained["now"]["goes"]] == ["weekly"]
    show_lives(lives, "UTC")
    said = " ".join(capsys.readouterr().out.split())
    assert "no alert sent: snoozed; counted in digests of topic everything" in said
    assert "snoozed until Sun., May 31, 2026" in said
