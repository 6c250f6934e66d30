"""The outbox as an operator handles it by hand."""

from datetime import timedelta

import pytest

from alerts.channels.send import targets
from alerts.domain.errors import AlertError
from alerts.domain.messages import Target
from alerts.domain.settings import ChannelSettings
from alerts.outbox.queue import add_notice, drop, list_outbox, retry, stable_identity
from tests.alerts.outbox_world import World

OPS = ChannelSettings.model_validate({"to": ["json://localhost", "json://localhost:8080"]})
NOTICE = ("A source fell silent", ["cbp-audits: no answer for 3 checks"])


def notify(world: World, key: str, recipients: tuple[Target, ...] = targets("ops", OPS)) -> int:
    with world.database.write() as session:
        return add_notice(session, recipients, *NOTICE, world.clock(), key)


def put(world: World, state: str) -> int:
    world.channels["ops"] = {"to": "json://localhost"}
    return world.put("ops", state=state, attempts=4, give_up_at=world.clock())


def test_an_identity_is_the_same_for_the_same_parts_only() -> None:
    assert stable_identity("a", "bc") == stable_identity("a", "bc")
    assert len({stable_identity("a", "bc"), stable_identity("ab", "c"), stable_identity("abc")}) == 3
    assert stable_identity("a", "bc") == "5310a58788781ab25d5ad7c3f8503582"
    assert stable_identity("half a letter: \ud83d") != stable_identity("half a letter: \ud83e")


def test_a_notice_is_written_once_for_each_recipient_and_key(world: World) -> None:
    assert [
        notify(world, "silent cbp-audits"),
        notify(world, "silent cbp-audits"),
        notify(world, "other"),
    ] == [2, 0, 2]

    rows = world.items(kind="operator")
    assert [(row.channel, row.recipient, row.state) for row in rows[:2]] == [
        ("ops", target.recipient, "pending") for target in targets("ops", OPS)
    ]
    assert rows[0].content == {"title": NOTICE[0], "lines": NOTICE[1]}
    assert rows[0].give_up_at == world.clock() + timedelta(days=3)
    assert len({row.identity for row in rows}) == 4


def test_a_notice_keeps_its_identity_over_versions_and_channels_have_their_own(world: World) -> None:
    more = targets("pager", OPS)
    assert notify(world, "silent cbp-audits", (*targets("ops", OPS), *more)) == 4
    assert {row.identity for row in world.items(kind="operator")} == {
        stable_identity("operator", "silent cbp-audits", channel, recipient)
        for channel in ("ops", "pager")
        for recipient in [target.recipient for target in targets("ops", OPS)]
    }


def test_the_list_shows_the_newest_first_and_one_state_if_asked(world: World) -> None:
    world.channels["ops"] = {"to": "json://localhost"}
    states = ("sent", "dead", "dead")
    numbers = [world.put("ops", f"message {number}", state=state) for number, state in enumerate(states)]

    with world.database.read() as session:
        assert [item.id for item in list_outbox(session)] == list(reversed(numbers))
        assert [item.id for item in list_outbox(session, "dead")] == [numbers[2], numbers[1]]
        assert [item.id for item in list_outbox(session, limit=1)] == [numbers[2]]


@pytest.mark.parametrize("state", ["dead", "dropped"])
def test_a_retry_sets_a_message_free_with_new_patience(world: World, state: str) -> None:
    number = put(world, state)
    identity = world.item(number).identity
    world.clock.advance(timedelta(days=9))
    with world.database.write() as session:
        retry(session, number, world.clock())

    item = world.item(number)
    assert (item.state, item.not_before, item.identity) == ("pending", world.clock(), identity)
    assert item.give_up_at == world.clock() + timedelta(days=3)
    assert item.attempts == 4


@pytest.mark.parametrize("state", ["pending", "leased", "sent"])
def test_what_is_not_given_up_cannot_be_retried(world: World, state: str) -> None:
    number = put(world, state)
    with (
        pytest.raises(AlertError, match=f"message {number} is {state}: only"),
        world.database.write() as session,
    ):
        retry(session, number, world.clock())


@pytest.mark.parametrize("state", ["pending", "dead"])
def test_a_waiting_or_dead_message_can_be_dropped(world: World, state: str) -> None:
    number = put(world, state)
    with world.database.write() as session:
        drop(session, number)

    assert world.item(number).state == "dropped"


@pytest.mark.parametrize(
    ("state", "said"),
    [("leased", "is being sent at this moment"), ("sent", "is already sent"), ("dropped", "already")],
)
def test_what_is_on_its_way_or_ended_cannot_be_dropped(world: World, state: str, said: str) -> None:
    number = put(world, state)
    with pytest.raises(AlertError, match=said), world.database.write() as session:
        drop(session, number)

    assert world.item(number).state == state


def test_an_unknown_number_is_said_to_be_unknown(world: World) -> None:
    for act in (lambda session: retry(session, 77, world.clock()), lambda session: drop(session, 77)):
        with pytest.raises(AlertError, match="there is no message 77"), world.database.write() as session:
            act(session)
