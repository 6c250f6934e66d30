"""A program gets everything that people get, as signed JSON in its published form, and can catch up."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from alerts.digests.reminders import write_reminders
from alerts.outbox.queue import add_notice
from service.demo.fakes.receivers import Answer, WebhookServer
from service.demo.fakes.replica import ReplicaSite
from service.readmodel.events import events_after
from service.readmodel.outbox import message_as_data
from service.runtime.app import Watch
from service.runtime.checks import check_source
from service.runtime.digests import make_due_digests
from tests.alerts.channels.test_webhook import SECRET, is_signed
from tests.clock import FrozenClock
from tests.event_schema import MESSAGE
from tests.guarantees.test_the_other_promises import add_report, check_with_news


@pytest.fixture
def watch(watch_file: Path, make_watch: Callable[[], Watch], webhook_server: WebhookServer) -> Watch:
    """Give a watch with one channel, to a program."""
    head, _, rest = watch_file.read_text().partition("channels:\n")
    _, _, digests = rest.partition("digests:\n")
    url = webhook_server.url("/in")
    watch_file.write_text(f"""\
{head}channels:
  hook: {{webhook: {{url: "{url}", secret: {SECRET}}}, allow_private: true}}
topics:
  faces:
    match: {{any: [facial recognition]}}
    send: {{immediately: hook, weekly: hook}}
    remind_every: 30d
  everything: {{at_most: 2/hour, send: {{immediately: hook}}}}
digests:
{digests}""")
    return make_watch()


def posted(webhook_server: WebhookServer) -> list[dict[str, Any]]:
    """Return what the program accepted, verified and in its published form."""
    assert all(map(is_signed, webhook_server.accepted))
    found = [post.json for post in webhook_server.accepted]
    for one in found:
        MESSAGE.validate(one)
    return found


def test_a_change_arrives_as_the_event_that_is_printed(
    site: ReplicaSite, watch: Watch, clock: FrozenClock, webhook_server: WebhookServer
) -> None:
    check_with_news(site, watch, clock)
    watch.deliver()

    (message,) = posted(webhook_server)
    assert (message["type"], message["more"]) == ("changes", 0)
    (event,) = message["events"]
    assert event["record"]["key"] == "OIG-26-90"
    assert event["source"]["url"] == site.url("/reports/audits-inspections-and-evaluations")
    assert event["topics"] == [
        {"topic": "faces", "words": ["Facial Recognition"]},
        {"topic": "everything", "words": []},
    ]
    with watch.database.read() as session:
        assert events_after(session, watch.settings, 0, 10) == [event]
        shown = message_as_data(session, watch, 1)
    assert shown["subject"] == event["headline"]
    assert json.loads(shown["text"]) == message


def test_several_changes_of_a_check_are_one_message_in_their_order(
    site: ReplicaSite, watch: Watch, clock: FrozenClock, webhook_server: WebhookServer
) -> None:
    check_source(watch, "audits")
    for number in ("OIG-26-90", "OIG-26-91", "OIG-26-92"):
        add_report(site, number)
    clock.advance(timedelta(hours=2))
    check_source(watch, "audits")
    watch.deliver()

    (message,) = posted(webhook_server)
    ids = [event["id"] for event in message["events"]]
    assert len(ids) == 3
    assert ids == sorted(ids)


def test_events_beyond_the_room_of_a_message_are_counted_and_can_be_fetched(
    site: ReplicaSite,
    watch: Watch,
    clock: FrozenClock,
    webhook_server: WebhookServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("alerts.rendering.envelopes._MOST_BYTES", 1_500)
    check_source(watch, "audits")
    for number in range(90, 95):
        add_report(site, f"OIG-26-{number}")
    clock.advance(timedelta(hours=2))
    check_source(watch, "audits")
    watch.deliver()

    (message,) = posted(webhook_server)
    got = [event["id"] for event in message["events"]]
    assert 0 < len(got) < 5
    assert message["more"] == 5 - len(got)
    with watch.database.read() as session:
        rest = [event["id"] for event in events_after(session, watch.settings, got[-1], 10)]
    assert len(rest) == message["more"]


def test_what_exceeds_a_rate_comes_as_a_summary(
    site: ReplicaSite, watch: Watch, clock: FrozenClock, webhook_server: WebhookServer
) -> None:
    check_source(watch, "audits")
    for number in range(4):
        add_report(site, f"OIG-26-9{number}")
        site.reports[0]["title"] = "Something Else"
        clock.advance(timedelta(minutes=10))
        check_source(watch, "audits")
    clock.advance(timedelta(hours=1))
    watch.deliver()

    found = posted(webhook_server)
    assert [(one["type"], len(one["events"])) for one in found if "events" in one] == [
        ("changes", 1),
        ("changes", 1),
        ("summary", 2),
    ]


def test_digest_reminder_and_notice_say_what_they_are(
    site: ReplicaSite, watch: Watch, clock: FrozenClock, webhook_server: WebhookServer
) -> None:
    check_source(watch, "gao")
    make_due_digests(watch)
    check_with_news(site, watch, clock)
    clock.advance(timedelta(days=40))
    make_due_digests(watch)
    with watch.database.write() as session:
        write_reminders(session, watch.settings.topics, watch.recipients, clock(), watch.zone)
        add_notice(session, watch.recipients.targets["hook"], "A title", ["One line"], clock(), "key")
    watch.deliver()

    found = {one["type"]: one for one in posted(webhook_server)}
    assert found.keys() == {"changes", "digest", "reminder", "notice"}
    assert found["digest"]["digest"]["name"] == "weekly"
    assert found["reminder"]["reminder"]["topic"] in watch.settings.topics
    assert found["notice"]["notice"] == {"title": "A title", "lines": ["One line"]}


def test_a_program_that_was_away_gets_all_of_it_once_and_nothing_twice(
    site: ReplicaSite, watch: Watch, clock: FrozenClock, webhook_server: WebhookServer
) -> None:
    webhook_server.answers.extend([Answer(503)] * 3)
    check_with_news(site, watch, clock)
    for _ in range(6):
        watch.deliver()
        clock.advance(timedelta(hours=1))

    assert len(posted(webhook_server)) == 1
    assert len({post.headers["webhook-id"] for post in webhook_server.posts}) == 1
    assert len(webhook_server.posts) == 4
