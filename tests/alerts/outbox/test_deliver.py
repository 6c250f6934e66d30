"""The promises of delivery, kept against a real mail server, a real webhook and a real database file."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import inspect, text
from sqlmodel import Session

from alerts.domain.errors import DeliveryError, RenderError
from alerts.domain.messages import Face, Message, Target
from alerts.domain.models import OutboxEntry, OutboxItem
from alerts.domain.types import DeliveryOutcome, OutboxState
from alerts.language.text import moment
from alerts.outbox.deliver import _lease_next, _Result, _write_result, deliver_next
from alerts.outbox.leases import LEASE, take_lease
from alerts.outbox.queue import retry
from monitor.domain.errors import StoreError
from service.database.search_index import TABLE as SEARCH
from service.demo.fakes.receivers import Answer, MailServer, WebhookServer
from tests.alerts.outbox_world import World
from tests.alerts.stories import Story

SECRET = "s3cretmark"


def mail_channel(server: MailServer, to: str = "anna@example.org", **fields: Any) -> dict[str, Any]:
    return {"to": f"mailto://{server.host}:{server.port}?from=watch@example.gov&to={to}", **fields}


def hook_channel(server: WebhookServer, **fields: Any) -> dict[str, Any]:
    return {"to": server.url(f"/{SECRET}").replace("http://", "json://"), **fields}


def test_an_accepted_message_is_sent_with_its_attempt_written_down(
    world: World, mail_server: MailServer
) -> None:
    world.channels["desk"] = mail_channel(mail_server)
    number = world.put("desk")

    delivered = world.deliver()

    assert delivered is not None
    assert (delivered.item_id, delivered.outcome, delivered.state) == (number, "accepted", "sent")
    assert (delivered.channel, delivered.recipient, delivered.attempt) == ("desk", "anna@example.org", 1)
    item = world.item(number)
    assert (item.state, item.lease, item.leased_until, item.sent_at) == ("sent", None, None, world.clock())
    (row,) = world.deliveries()
    assert (row.outbox_id, row.attempt, row.outcome, row.detail) == (number, 1, "accepted", "")
    mail = mail_server.messages[0].message
    assert mail["Message-ID"] == f"<{item.identity}@example.gov>"
    assert mail["Date"].datetime == world.clock()


def test_an_empty_outbox_gives_nothing_to_do(world: World) -> None:
    assert world.deliver() is None


def test_a_message_waits_for_its_time(world: World, mail_server: MailServer) -> None:
    world.channels["desk"] = mail_channel(mail_server)
    world.put("desk", not_before=world.clock() + timedelta(minutes=1))

    assert world.deliver() is None
    world.clock.advance(timedelta(minutes=1))
    assert world.deliver() is not None


def test_one_bad_mailbox_of_two_has_the_other_told_once(world: World, mail_server: MailServer) -> None:
    mail_server.refuse = lambda address: "550 5.1.1 no such user" if address.startswith("bad") else None
    world.channels["desk"] = mail_channel(mail_server, "bad@example.org,anna@example.org")
    world.put("desk")

    world.deliver_all()
    world.clock.advance(timedelta(days=1))
    world.deliver_all()

    assert [(item.recipient, item.state) for item in world.items()] == [
        ("bad@example.org", "dead"),
        ("anna@example.org", "sent"),
    ]
    assert world.items(recipient="bad@example.org")[0].error == (
        "the mail server said 550 5.1.1 no such user"
    )
    assert mail_server.attempts == ["bad@example.org", "anna@example.org"]


def test_a_temporary_refusal_is_followed_by_the_same_message_id(
    world: World, mail_server: MailServer
) -> None:
    world.channels["desk"] = mail_channel(mail_server)
    number = world.put("desk")
    mail_server.refuse = lambda _: "451 4.7.1 greylisted"

    first = world.deliver()
    assert first is not None
    assert (first.outcome, first.state) == ("failed", "pending")
    assert first.next_try == world.clock() + timedelta(seconds=30)
    assert world.deliver() is None
    mail_server.refuse = None
    world.clock.advance(timedelta(seconds=30))
    second = world.deliver()

    assert second is not None
    assert (second.outcome, second.attempt) == ("accepted", 2)
    assert mail_server.messages[0].message["Message-ID"] == f"<{world.item(number).identity}@example.gov>"
    assert [row.outcome for row in world.deliveries()] == ["failed", "accepted"]
    assert world.item(number).error is None


def test_a_busy_channel_is_left_alone_for_as_long_as_it_asks_and_order_is_kept(
    world: World, webhook_server: WebhookServer
) -> None:
    webhook_server.answers.append(Answer(429, {"Retry-After": "90"}, b"slow down"))
    world.channels["hook"] = hook_channel(webhook_server)
    world.put("hook", "first")
    world.put("hook", "second")

    assert [delivered.outcome for delivered in world.deliver_all()] == ["failed"]
    world.clock.advance(timedelta(seconds=89))
    assert world.deliver_all() == []
    world.clock.advance(timedelta(seconds=1))
    assert len(world.deliver_all()) == 2

    assert [post.json["title"] for post in webhook_server.accepted] == ["first", "second"]
    keys = [post.headers["idempotency-key"] for post in webhook_server.posts]
    assert keys[0] == keys[1] != keys[2]


@pytest.mark.parametrize(
    ("header", "body", "wait"),
    [
        ("99999999999999999999", b"busy", timedelta(days=1)),
        ("Fri, 31 Dec 9999 23:59:59 GMT", b"busy", timedelta(days=1)),
        (None, b'{"retry_after": 1' + b"0" * 400 + b"}", timedelta(days=1)),
        ("inf", b"busy", None),
        ("nan", b"busy", None),
        ("1e308", b"busy", None),
        ("-5", b"busy", None),
        ("Mon, 02 Mar 2026 12:00:00 +99999999999999999999", b"busy", None),
        ("Mon, 02 Mar 99999999999999999999 12:00:00 GMT", b"busy", None),
        (None, b'{"retry_after": 1e400}', None),
        (None, b'{"retry_after": -1}', None),
        (None, b'{"retry_after": {}}', None),
        (None, b"[" * 100_000, None),
    ],
)
def test_a_nonsensical_retry_after_neither_crashes_delivery_nor_delays_it_for_long(
    world: World, webhook_server: WebhookServer, header: str | None, body: bytes, wait: timedelta | None
) -> None:
    asked = {"Retry-After": header} if header else {}
    webhook_server.answers.append(Answer(503, asked, body))
    world.channels = {"busy": hook_channel(webhook_server), "calm": hook_channel(webhook_server)}
    number = world.put("busy")
    world.put("calm")

    delivered = world.deliver_all()

    assert [one.outcome for one in delivered] == ["failed", "accepted"]
    item = world.item(number)
    assert (item.state, item.lease) == ("pending", None)
    assert item.not_before - world.clock() == (wait or timedelta(seconds=30))


def test_a_failing_channel_delays_only_itself(
    world: World, mail_server: MailServer, webhook_server: WebhookServer
) -> None:
    mail_server.refuse = lambda _: "451 try later"
    world.channels = {"desk": mail_channel(mail_server), "hook": hook_channel(webhook_server)}
    for title in ("one", "two"):
        world.put("desk", title)
        world.put("hook", title)

    for _ in range(12):
        world.deliver_all()
        world.clock.advance(timedelta(minutes=15))
    mail_server.refuse = None
    world.clock.advance(timedelta(hours=1))
    world.deliver_all()

    assert [post.json["title"] for post in webhook_server.posts][:2] == ["one", "two"]
    assert [mail.message["Subject"] for mail in mail_server.messages] == ["one", "two"]


def test_a_message_is_dead_after_its_time_but_never_without_a_try(
    world: World, mail_server: MailServer
) -> None:
    mail_server.refuse = lambda _: "451 try later"
    world.channels["desk"] = mail_channel(mail_server)
    number = world.put("desk", give_up_at=world.clock() + timedelta(hours=1))
    world.clock.advance(timedelta(hours=2))

    assert world.deliver() is not None
    assert (world.item(number).state, world.item(number).attempts) == ("dead", 1)
    assert world.deliver() is None


class TestCrashes:
    def test_a_crash_after_the_send_repeats_it_with_the_same_identity_and_counts_it(
        self, world: World, mail_server: MailServer
    ) -> None:
        world.channels["desk"] = mail_channel(mail_server)
        number = world.put("desk")
        really_send = world.send

        def send_and_die(target: Target, message: Message) -> None:
            really_send(target, message)
            raise KeyboardInterrupt

        world.send = send_and_die
        with pytest.raises(KeyboardInterrupt):
            world.deliver()
        world.send = really_send
        assert world.item(number).state == "leased"
        assert world.deliver() is None
        world.clock.advance(LEASE)
        world.deliver()

        assert len({mail.message["Message-ID"] for mail in mail_server.messages}) == 1
        assert len(mail_server.messages) == 2
        assert [(row.attempt, row.outcome) for row in world.deliveries()] == [(1, "failed"), (2, "accepted")]
        assert "may have arrived" in world.deliveries()[0].detail
        assert world.item(number).attempts == 2

    def test_a_message_that_kills_its_sender_each_time_ends_dead_and_told(
        self, world: World, mail_server: MailServer, webhook_server: WebhookServer
    ) -> None:
        world.channels = {
            "desk": mail_channel(mail_server),
            "ops": hook_channel(webhook_server, purpose="operator"),
        }
        number = world.put("desk", give_up_at=world.clock() + timedelta(minutes=12))

        def die(session: Session, item: OutboxItem, face: Face) -> Message:
            raise KeyboardInterrupt

        world.render, really_render = die, world.render
        for _ in range(3):
            with pytest.raises(KeyboardInterrupt):
                world.deliver()
            world.clock.advance(LEASE)
        world.render = really_render
        world.deliver_all()

        assert (world.item(number).state, world.item(number).attempts) == ("dead", 3)
        assert [row.outbox_id for row in world.deliveries()].count(number) == 3
        assert "did not take a message" in webhook_server.posts[0].json["title"]

    def test_a_sender_whose_lease_ran_out_writes_nothing(self, world: World, mail_server: MailServer) -> None:
        world.channels["desk"] = mail_channel(mail_server)
        number = world.put("desk")
        really_send = world.send

        def send_slowly(target: Target, message: Message) -> None:
            world.clock.advance(LEASE)
            world.send = really_send
            assert world.deliver() is not None
            raise DeliveryError("too late", permanent=True)

        world.send = send_slowly
        slow = world.deliver()

        assert slow is not None
        assert slow.outcome == "overtaken"
        assert world.item(number).state == "sent"
        assert [row.outcome for row in world.deliveries()] == ["failed", "accepted"]

    def test_a_late_result_leaves_the_lease_of_who_took_over(
        self, world: World, mail_server: MailServer
    ) -> None:
        world.channels["desk"] = mail_channel(mail_server)
        number = world.put("desk")
        late = _lease_next(world.sender(), None)
        world.clock.advance(LEASE)
        taken_over = _lease_next(world.sender(), None)
        assert late and taken_over

        written = _write_result(world.sender(), late, _Result(DeliveryOutcome.ACCEPTED))

        assert written.outcome == "overtaken"
        assert (world.item(number).state, world.item(number).lease) == ("leased", taken_over.token)

    def test_of_two_who_read_a_lost_message_only_one_takes_it(
        self, world: World, mail_server: MailServer
    ) -> None:
        world.channels["desk"] = mail_channel(mail_server)
        number = world.put("desk")
        assert _lease_next(world.sender(), None)
        as_read = world.item(number)
        world.clock.advance(LEASE)
        taken = _lease_next(world.sender(), None)

        with world.database.write() as session:
            assert not take_lease(session, as_read, None, state=OutboxState.LEASED, lease="mine")

        assert taken and world.item(number).lease == taken.token

    def test_the_databases_trouble_kills_no_message(self, world: World, mail_server: MailServer) -> None:
        world.channels["desk"] = mail_channel(mail_server)
        number = world.put("desk")
        world.render, really_render = _raising(StoreError("the disk is full")), world.render

        with pytest.raises(StoreError):
            world.deliver()
        world.render = really_render
        world.clock.advance(LEASE)
        world.deliver()

        assert world.item(number).state == "sent"

    def test_many_senders_at_once_deliver_each_message_once_and_in_order(
        self, world: World, webhook_server: WebhookServer
    ) -> None:
        world.channels["hook"] = hook_channel(webhook_server)
        titles = [f"message {number}" for number in range(12)]
        for title in titles:
            world.put("hook", title)
        sender, errors = world.sender(), list[BaseException]()

        def run() -> None:
            try:
                while any(item.state != "sent" for item in world.items()):
                    deliver_next(sender)
            except BaseException as error:
                errors.append(error)

        threads = [threading.Thread(target=run) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert errors == []
        assert [post.json["title"] for post in webhook_server.posts] == titles
        assert [row.outcome for row in world.deliveries()] == ["accepted"] * 12


class TestOperator:
    def test_a_dead_message_is_told_once_through_another_channel(
        self, world: World, mail_server: MailServer, webhook_server: WebhookServer
    ) -> None:
        mail_server.refuse = lambda _: "550 5.1.1 no such user"
        world.channels = {
            "desk": mail_channel(mail_server, purpose="operator"),
            "ops": hook_channel(webhook_server, purpose="operator"),
        }
        first, second = world.put("desk", "one"), world.put("desk", "two")

        world.deliver_all()

        (notice,) = world.items(kind="operator")
        assert (notice.channel, notice.state) == ("ops", "sent")
        assert [world.item(number).state for number in (first, second)] == ["dead", "dead"]
        assert notice.content is not None
        assert notice.content["title"] == "Channel desk did not take a message"
        told = " ".join(notice.content["lines"])
        assert f"Message {first} (digest) to anna@example.org was given up at attempt 1." in told
        assert "550 5.1.1 no such user" in told
        assert f"oversight-watch outbox retry {first}" in told
        assert len(webhook_server.posts) == 1

    def test_without_an_operator_channel_the_others_are_told_that_a_message_was_given_up_and_no_address(
        self, world: World, mail_server: MailServer, webhook_server: WebhookServer
    ) -> None:
        mail_server.refuse = lambda address: f"550 5.1.1 no such user {address}"
        world.channels = {"desk": mail_channel(mail_server), "room": hook_channel(webhook_server)}
        world.put("desk", "one")
        world.put("desk", "two")
        world.deliver_all()

        (notice,) = world.items(kind="operator")
        assert (notice.channel, notice.state) == ("room", "sent")
        assert "Channel desk did not take a message" in webhook_server.posts[0].json["title"]
        assert "anna@" not in str(notice.content)

    def test_a_message_that_fails_for_a_quarter_of_an_hour_is_reported_once_a_day(
        self, world: World, mail_server: MailServer, webhook_server: WebhookServer
    ) -> None:
        mail_server.refuse = lambda _address: "451 4.3.0 try later"
        world.channels = {
            "desk": mail_channel(mail_server),
            "ops": hook_channel(webhook_server, purpose="operator"),
        }
        world.put("desk")
        since = moment(world.clock(), ZoneInfo("America/New_York"))
        for _ in range(14):
            world.deliver_all()
            world.clock.advance(timedelta(minutes=1))
        assert world.items(kind="operator") == []
        for _ in range(90):
            world.deliver_all()
            world.clock.advance(timedelta(minutes=1))

        (notice,) = world.items(kind="operator")
        assert notice.content is not None
        assert notice.content["title"] == f"Channel desk has not taken a message since {since}"
        assert notice.content["lines"][:2] == [
            "Message 1 (digest) to anna@example.org has failed 6 times so far.",
            "The reason: the mail server said 451 4.3.0 try later",
        ]

    def test_a_dead_notice_is_not_told_in_a_notice(self, world: World, webhook_server: WebhookServer) -> None:
        world.channels = {name: hook_channel(webhook_server, purpose="operator") for name in ("ops", "boss")}
        world.put("ops", kind="operator")
        webhook_server.answers.extend([Answer(410)] * 5)

        world.deliver_all()

        assert [item.state for item in world.items()] == ["dead"]

    def test_a_recipient_who_left_the_watch_file_is_dead_with_a_sentence(
        self, world: World, mail_server: MailServer
    ) -> None:
        world.channels["desk"] = mail_channel(mail_server)
        number = world.put("desk")
        world.channels["desk"] = mail_channel(mail_server, "bert@example.org")

        world.deliver()

        assert world.item(number).state == "dead"
        assert world.item(number).error == (
            "anna@example.org of desk is no longer in the watch file;"
            f" to read the message: oversight-watch outbox show {number}"
        )
        assert mail_server.attempts == []

    def test_a_webhook_that_was_replaced_leaves_its_messages_to_the_new_one(
        self, world: World, webhook_server: WebhookServer
    ) -> None:
        def channel(*tokens: str) -> dict[str, Any]:
            return {"to": [hook_channel(webhook_server)["to"].replace(SECRET, one) for one in tokens]}

        world.channels["desk"] = channel("first", "other")
        world.put("desk")
        webhook_server.answers.extend([Answer(404), Answer(200)])
        assert [one.state for one in (world.deliver(), world.deliver()) if one] == ["pending", "sent"]

        world.channels["desk"] = channel("other")  # it has its own copy
        world.clock.advance(timedelta(hours=1))
        left = world.deliver()
        assert left is not None
        assert left.state == "dead"

        world.channels["desk"] = channel("other", "second")
        with world.database.write() as session:
            retry(session, left.item_id, world.clock())
        sent = world.deliver()
        assert sent is not None
        assert (sent.item_id, sent.state) == (left.item_id, "sent")
        assert [post.path for post in webhook_server.accepted] == ["/other", "/second"]

    def test_a_webhook_takes_no_message_that_was_for_a_person(
        self, world: World, mail_server: MailServer, webhook_server: WebhookServer
    ) -> None:
        world.channels["desk"] = mail_channel(mail_server)
        world.put("desk")
        world.channels["desk"] = hook_channel(webhook_server)

        left = world.deliver()
        assert left is not None
        assert left.state == "dead"
        assert webhook_server.posts == []

    @pytest.mark.parametrize("error", [RenderError("no change in it"), KeyError("no change in it")])
    def test_a_message_that_cannot_be_written_is_dead_with_the_reason(
        self, world: World, mail_server: MailServer, error: Exception
    ) -> None:
        world.channels["desk"] = mail_channel(mail_server)
        number = world.put("desk")
        world.render = _raising(error)

        delivered = world.deliver()

        assert delivered is not None
        assert delivered.outcome == "refused"
        assert "could not be written" in (world.item(number).error or "")
        assert "no change in it" in (world.item(number).error or "")


class TestPace:
    def test_quiet_hours_delay_and_never_drop(self, world: World, mail_server: MailServer) -> None:
        world.clock.now = datetime(2026, 3, 8, 3, tzinfo=UTC)  # 22:00 in New York, the night of the change
        world.channels["desk"] = mail_channel(mail_server, quiet="22:00-07:00")
        number = world.put("desk", give_up_at=world.clock() + timedelta(hours=1))

        assert world.deliver() is None
        assert world.item(number).not_before == datetime(2026, 3, 8, 11, tzinfo=UTC)
        assert world.item(number).attempts == 0
        world.clock.advance(timedelta(hours=8) - timedelta(seconds=1))
        assert world.deliver() is None
        world.clock.advance(timedelta(seconds=1))
        world.deliver()

        assert world.item(number).state == "sent"

    def test_a_quiet_channel_holds_nobody_else_up(
        self, world: World, mail_server: MailServer, webhook_server: WebhookServer
    ) -> None:
        world.channels = {
            "desk": mail_channel(mail_server, quiet="00:00-23:59"),
            "hook": hook_channel(webhook_server),
        }
        world.put("desk")
        world.put("hook")

        assert [delivered.channel for delivered in world.deliver_all()] == ["hook"]

    def test_a_rate_spreads_messages_over_time(self, world: World, webhook_server: WebhookServer) -> None:
        world.channels["hook"] = hook_channel(webhook_server, at_most="2/hour")
        for number in range(5):
            world.put("hook", f"message {number}")
        counts = []

        for _ in range(4):
            counts.append(len(world.deliver_all()))
            world.clock.advance(timedelta(minutes=30))

        assert counts == [2, 0, 2, 0]
        world.deliver_all()
        assert [post.json["title"] for post in webhook_server.posts] == [
            f"message {number}" for number in range(5)
        ]


@pytest.mark.sqlite  # reads the plan as SQLite shows it
def test_looking_for_work_uses_the_index_of_waiting_rows(world: World) -> None:
    from alerts.outbox.leases import _heads

    seen = []
    with world.database.read() as session:
        connection = session.connection()
        from sqlalchemy import event

        event.listen(connection, "before_cursor_execute", lambda *args: seen.append(args[2:4]))
        _heads(session, world.clock())
        statement, values = seen[0]
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()

    assert any("ix_outbox_due" in row[3] for row in plan)
    assert not any(row[3] == "SCAN outbox" for row in plan)


def test_no_secret_of_a_url_reaches_the_database(world: World, webhook_server: WebhookServer) -> None:
    webhook_server.answers.extend(
        [Answer(410, {}, f"nothing at /{SECRET}".encode()), Answer(500, {}, SECRET.encode())]
    )
    world.channels = {
        "hook": hook_channel(webhook_server),
        "ops": {"to": f"json://me:{SECRET}@127.0.0.1:1/{SECRET}?+X-Key={SECRET}", "purpose": "operator"},
    }
    world.put("hook", "one")
    world.put("hook", "two")

    world.deliver_all()

    with world.database.read() as session:
        for table in inspect(session.connection()).get_table_names():
            if table == SEARCH:  # it has no texts of its own, and cannot be read as a whole
                continue
            rows = session.connection().execute(text(f'SELECT * FROM "{table}"')).all()
            assert SECRET not in str(rows), table
    assert len(world.deliveries()) == 3


def _raising(error: Exception) -> Callable[[Session, OutboxItem, Face], Message]:
    def render(session: Session, item: OutboxItem, face: Face) -> Message:
        raise error

    return render


class TestOrder:
    def test_a_message_that_fails_holds_later_ones_back_for_two_minutes(
        self, world: World, webhook_server: WebhookServer
    ) -> None:
        world.channels["hook"] = hook_channel(webhook_server)
        first, second, third = (world.put("hook", title) for title in ("one", "two", "three"))
        webhook_server.answers.extend([Answer(503)] * 3)
        seen = []
        for _ in range(4):
            seen.append([one.item_id for one in world.deliver_all()])
            world.clock.advance(timedelta(seconds=40))

        assert seen == [[first], [first], [], [first, second, third]]
        assert [world.item(one).state for one in (first, second, third)] == ["pending", "sent", "sent"]

    def test_later_news_on_the_same_record_waits_until_the_first_has_arrived(
        self, world: World, webhook_server: WebhookServer
    ) -> None:
        world.channels["hook"] = hook_channel(webhook_server)
        numbers = [world.put("hook", title) for title in ("comment", "closed", "other")]
        recipient = world.item(numbers[0]).recipient
        with world.database.write() as session:
            changes = add_changes(session, records=(1, 1, 2))
            session.add_all(
                OutboxEntry(
                    outbox_id=number, change_id=change, topic="all", channel="hook", recipient=recipient
                )
                for number, change in zip(numbers, changes, strict=True)
            )
        webhook_server.answers.extend([Answer(503)] * 3)
        for _ in range(4):
            world.deliver_all()
            world.clock.advance(timedelta(seconds=40))
        assert [world.item(number).state for number in numbers] == ["pending", "pending", "sent"]

        world.clock.advance(timedelta(hours=1))
        assert [one.item_id for one in world.deliver_all()] == numbers[:2]

    def test_a_channel_that_asked_for_a_long_pause_gets_nothing_else_meanwhile(
        self, world: World, webhook_server: WebhookServer
    ) -> None:
        webhook_server.answers.append(Answer(429, {"Retry-After": "20000"}))
        world.channels["hook"] = hook_channel(webhook_server)
        world.put("hook", "one")
        world.put("hook", "two")
        world.deliver_all()
        world.clock.advance(timedelta(hours=1))

        assert world.deliver_all() == []


def add_changes(session: Session, records: tuple[int, ...]) -> list[int]:
    """Write one change for each of these records, which are told apart by their number."""
    story = Story(session)
    source = story.source()
    made = {number: story.record(source, f"GAO-26-{number} rec 1") for number in sorted(set(records))}
    return [story.change(made[number]).id for number in records]


@pytest.mark.parametrize("tried", [False, True], ids=["queued", "tried"])
def test_a_message_does_not_wait_for_a_time_of_before_the_clock_was_set_back(
    world: World, mail_server: MailServer, tried: bool
) -> None:
    world.channels["desk"] = mail_channel(mail_server)
    world.put("desk")
    if tried:
        mail_server.refuse = lambda _recipient: "451 try later"
        assert [one.outcome for one in world.deliver_all()] == ["failed"]
        mail_server.refuse = None
    world.clock.advance(timedelta(hours=-3))

    assert [one.outcome for one in world.deliver_all()] == ["accepted"]


def test_a_summary_is_sent_when_the_clock_was_set_back(world: World, mail_server: MailServer) -> None:
    world.channels["desk"] = mail_channel(mail_server)
    world.put("desk", kind="summary", not_before=world.clock() + timedelta(hours=1))
    world.put("desk", "Later")
    assert [one.item_id for one in world.deliver_all()] == [2]
    world.clock.advance(timedelta(hours=-3))

    assert [one.item_id for one in world.deliver_all()] == [1]


def test_quiet_hours_count_on_the_clock_as_it_is_now(world: World, mail_server: MailServer) -> None:
    world.channels["desk"] = mail_channel(mail_server, quiet="06:00-08:00")  # it is 7 in New York
    world.put("desk")
    assert world.deliver() is None
    world.clock.advance(timedelta(minutes=-30))
    assert world.deliver() is None
    world.clock.advance(timedelta(minutes=90))
    assert [one.outcome for one in world.deliver_all()] == ["accepted"]
