"""The same report on several sites is told once to each topic's readers, and a doubt is always told."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from alerts.domain.models import OutboxEntry, Routing
from alerts.outbox.queue import drop
from alerts.views.digest import reading
from monitor.store.models import Change
from monitor.store.records import records_of
from service.demo.fakes.receivers import MailServer
from service.demo.fakes.replica import ReplicaSite
from service.readmodel.lives import lives_as_data
from service.runtime.app import Watch
from service.runtime.checks import check_source
from service.runtime.digests import send_digest
from service.terminal.records import show_lives
from tests.clock import FrozenClock

TITLE = "CBP Did Not Effectively Manage Its Facial Recognition Cameras at Land Ports of Entry"
OTHERS = """\
sources:
  oversight: {profile: table, url: oversight.html}
  archive: {profile: table, url: archive.html}
  gao-again:
    profile: gao-recommendations
    url: "{site}/agencies/united-states-customs-and-border-protection?again"
    allow_private: true
"""
HEADS = ("Report Number", "Title", "Issue Date")


class World:
    """The replica site and two more sites, which are pages on disk; and a watch over all three."""

    def __init__(
        self, folder: Path, site: ReplicaSite, watch: Watch, clock: FrozenClock, mail_server: MailServer
    ) -> None:
        self.folder, self.site, self.watch, self.clock = folder, site, watch, clock
        self.mail_server = mail_server

    def on_audits(self, number: str = "OIG-26-90", title: str = TITLE) -> None:
        report = {"report_number": number, "title": title, "abstract": None, "issue_date": "2026-03-02"}
        href = f"/files/{number}.pdf"
        self.site.reports.insert(0, {**report, "fiscal_year": 2026, "href": href})

    def on(self, source: str, *rows: tuple[str, str, str]) -> None:
        """Write a site's page: numbers, titles and dates, beside five old reports of its own."""
        old = [
            (f"{source}-{n}", f"Old Report No. {n} of the {source}", f"2020-01-{n:02}") for n in range(1, 6)
        ]
        cells = [f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in (*rows, *old)]
        head = f"<tr>{''.join(f'<th>{cell}</th>' for cell in HEADS)}</tr>"
        page = f"<html><body><table>{head}{''.join(cells)}</table></body></html>"
        (self.folder / f"{source}.html").write_text(page)

    def check(self, *sources: str) -> list[str]:
        """Check sources an hour later and deliver; give the subjects of the mails to the desk so far."""
        for source in sources:
            self.clock.advance(timedelta(hours=1))
            check_source(self.watch, source)
        self.watch.deliver()
        return [str(mail.message["Subject"]) for mail in self.mail_server.sent_to("desk@example.org")]

    def lives(self, key: str) -> list[dict[str, Any]]:
        with self.watch.database.read() as session:
            return lives_as_data(session, key, None, "UTC")

    def listed(self, source: str) -> int:
        with self.watch.database.read() as session:
            return len(records_of(session, source))


MakeWorld = Callable[..., World]


@pytest.fixture
def make_world(
    watch_file: Path,
    make_watch: Callable[[], Watch],
    site: ReplicaSite,
    clock: FrozenClock,
    mail_server: MailServer,
) -> MakeWorld:
    """Give what makes a world after a look at all its sites, with these topics or those of the file."""

    def make(topics: str | None = None, before: tuple[str, str, str] | None = None) -> World:
        others = OTHERS.replace("{site}", site.url("").rstrip("/"))
        written = watch_file.read_text().replace("sources:\n", others)
        if topics is not None:
            head, _, rest = written.partition("topics:\n")
            written = f"{head}topics:\n{topics}digests:\n{rest.partition('digests:' + chr(10))[2]}"
        watch_file.write_text(written)
        world = World(watch_file.parent, site, make_watch(), clock, mail_server)
        world.on("oversight", *([before] if before else []))
        world.on("archive")
        assert world.check("audits", "oversight", "archive") == []
        return world

    return make


def test_a_report_that_three_sites_publish_is_told_once(make_world: MakeWorld) -> None:
    world = make_world()
    world.on_audits()
    world.on("oversight", ("OIG-26-90", TITLE, "March 2, 2026"))
    world.on("archive", ("", TITLE, "March 4, 2026"))
    subjects = world.check("oversight", "audits", "archive")
    assert len(subjects) == 1
    assert "OIG-26-90" in subjects[0]
    assert world.check("audits", "oversight", "archive") == subjects
    with world.watch.database.read() as session:
        kinds = list(session.exec(select(Change.kind)))
        decided = list(session.exec(select(Routing.decision).order_by(col(Routing.change_id))))
    assert kinds == ["new_report"] * 3, "every site's own news is recorded"
    assert decided == ["sent", "told_before", "told_before"]


def test_show_says_where_a_report_is_and_why_it_was_not_told_again(
    make_world: MakeWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    world = make_world()
    world.on_audits()
    world.on("oversight", ("OIG-26-90", TITLE, "March 2, 2026"))
    world.check("audits", "oversight")
    lives = world.lives("OIG-26-90")
    assert [(life["source"], life["elsewhere"][0]["by"]) for life in lives] == [
        ("audits", "number"),
        ("oversight", "number"),
    ]
    [change] = lives[1]["changes"]
    assert change["told"] == []
    assert {"topic": "everything", "channel": "desk", "recipient": "desk@example.org"}.items() <= change[
        "told_before"
    ][0].items()
    show_lives(lives, "UTC")
    said = " ".join(capsys.readouterr().out.split())
    assert "not sent again to desk (desk@example.org), topic everything: already" in said
    assert "already sent for audits, OIG-26-90" in said
    assert "also on audits as OIG-26-90 (by number)" in said


def test_two_checks_at_one_moment_tell_it_once(make_world: MakeWorld) -> None:
    world = make_world()
    world.on_audits()
    world.on("oversight", ("OIG-26-90", TITLE, "March 2, 2026"))
    world.on("archive", ("OIG-26-90", TITLE, "March 2, 2026"))
    world.clock.advance(timedelta(hours=1))
    with ThreadPoolExecutor(3) as workers:
        list(workers.map(partial(check_source, world.watch), ["audits", "oversight", "archive"]))
    assert len(world.check()) == 1


NARROW = """\
  everything: {sources: [audits], send: {immediately: [desk]}}
  archived: {sources: [archive], send: {immediately: [desk]}}
"""


def test_a_topic_that_looks_at_one_source_is_told_from_there_whatever_others_were_told(
    make_world: MakeWorld,
) -> None:
    world = make_world(NARROW)
    world.on("oversight", ("OIG-26-90", TITLE, "March 2, 2026"))
    assert world.check("oversight") == []
    world.on_audits()
    assert len(world.check("audits")) == 1
    world.on("archive", ("OIG-26-90", TITLE, "March 2, 2026"))
    assert len(world.check("archive")) == 2


@pytest.mark.sqlite  # how two reports are compared is no matter of the database
@pytest.mark.parametrize(
    ("number", "title", "issued"),
    [
        ("OIG-26-91", TITLE, "March 2, 2026"),
        ("", TITLE.replace("Cameras", "Cameras in FY 2024"), "March 2, 2026"),
        ("", TITLE.replace("Land", "Sea"), "March 2, 2026"),
        ("", TITLE, "May 2, 2026"),
        ("", TITLE, ""),
    ],
    ids=["another number", "a year in the title", "another word", "another month", "no date"],
)
def test_what_is_not_surely_the_same_is_told(
    make_world: MakeWorld, number: str, title: str, issued: str
) -> None:
    world = make_world()
    world.on_audits()
    world.on("oversight", (number, title, issued))
    assert len(world.check("audits", "oversight")) == 2


def test_what_another_site_had_before_the_watch_began_is_told_when_a_site_publishes_it(
    make_world: MakeWorld,
) -> None:
    world = make_world(before=("OIG-26-90", TITLE, "March 2, 2026"))
    world.on_audits()
    [subject] = world.check("audits")
    assert "OIG-26-90" in subject
    assert digest_of(world)[1].sections[0].entries[0].also == "also on oversight"


def test_a_recommendation_on_two_lists_is_told_once_and_open_once(
    make_world: MakeWorld, site: ReplicaSite
) -> None:
    new = site.recommendations.pop(0)
    world = make_world()
    world.check("gao", "gao-again")
    site.recommendations.insert(0, new)
    [subject] = world.check("gao", "gao-again")
    assert "recommendation" in subject
    content = digest_of(world)[0]
    assert content["numbers"]["new_recommendations"] == 1
    assert content["open"]["total"] == world.listed("gao")


def test_a_promised_date_that_passes_on_two_lists_is_told_once_and_the_next_one_again(
    make_world: MakeWorld, site: ReplicaSite
) -> None:
    world = make_world("  overdue: {on: [promise_passed], send: {immediately: [desk]}}\n")
    site.recommendations[0]["status_comment"] = "CBP plans to finish by March 2026."
    world.check("gao", "gao-again")
    world.clock.advance(timedelta(days=45))
    assert ["promised date" in subject for subject in world.check("gao", "gao-again")] == [True]
    site.recommendations[0]["status_comment"] = "CBP plans to finish by June 2026."
    world.check("gao", "gao-again")
    world.clock.advance(timedelta(days=90))
    assert len(world.check("gao-again", "gao")) == 2


def test_a_message_that_was_given_up_told_nobody_so_the_other_site_is_told(make_world: MakeWorld) -> None:
    world = make_world()
    world.on_audits()
    world.clock.advance(timedelta(hours=1))
    check_source(world.watch, "audits")
    with world.watch.database.write() as session:
        wanted = select(OutboxEntry.outbox_id).where(OutboxEntry.channel == "desk")
        drop(session, session.exec(wanted).one())
    world.on("oversight", ("OIG-26-90", TITLE, "March 2, 2026"))
    [subject] = world.check("oversight")
    assert "OIG-26-90" in subject


def test_what_becomes_of_a_report_each_site_tells_by_itself(make_world: MakeWorld) -> None:
    world = make_world()
    world.on_audits()
    world.on("oversight", ("OIG-26-90", TITLE, "March 2, 2026"))
    world.check("audits", "oversight")
    world.on("oversight", ("OIG-26-90", f"{TITLE} and at Sea", "March 2, 2026"))
    subjects = world.check("oversight")
    assert len(subjects) == 2
    assert "revised the title" in subjects[1]


def digest_of(world: World) -> tuple[dict[str, Any], Any]:
    world.clock.advance(timedelta(days=7))
    content = send_digest(world.watch, "weekly").content
    return content, reading(content, world.watch.zone)


def test_a_digest_has_one_entry_for_a_report_of_several_sites_and_names_them(make_world: MakeWorld) -> None:
    world = make_world()
    world.on_audits()
    world.on("oversight", ("OIG-26-90", TITLE, "March 2, 2026"))
    world.on("archive", ("OIG-26-90", TITLE, "March 2, 2026"))
    world.check("oversight", "audits", "archive")
    content, said = digest_of(world)
    assert content["numbers"]["new_reports"] == 1
    [entry] = [entry for section in said.sections for entry in section.entries]
    assert entry.also == "also on audits and archive"
    world.watch.deliver()
    mail = world.mail_server.sent_to("desk@example.org")[-1].message
    parts = [part.get_content() for part in mail.walk() if part.get_content_maintype() == "text"]
    assert ["also on audits and archive" in part for part in parts] == [True] * len(parts)


def test_a_report_told_last_week_from_one_site_is_not_new_this_week_from_another(
    make_world: MakeWorld,
) -> None:
    world = make_world("  everything: {send: {weekly: [desk]}}\n")
    world.on_audits()
    world.check("audits")
    assert digest_of(world)[0]["numbers"]["new_reports"] == 1
    world.on("oversight", ("OIG-26-90", TITLE, "March 2, 2026"))
    world.check("oversight")
    content, said = digest_of(world)
    assert content["numbers"]["new_reports"] == 0
    [entry] = [entry for section in said.sections for entry in section.entries]
    assert entry.what == "Another site now lists DHS OIG report OIG-26-90"
    assert entry.also.startswith("also on audits; first reported ")
    assert "1 record reported earlier is now on another site too." in said.lead
    assert len(world.check()) == 2, "that it is elsewhere too is sent, though nothing is new"


def test_a_digest_tells_as_new_what_no_topic_of_an_earlier_one_spoke_to(make_world: MakeWorld) -> None:
    world = make_world("  narrow: {sources: [oversight], send: {weekly: [desk]}}\n")
    world.on_audits()
    world.check("audits")
    digest_of(world)
    world.on("oversight", ("OIG-26-90", TITLE, "March 2, 2026"))
    world.check("oversight")
    assert digest_of(world)[0]["numbers"]["new_reports"] == 1
