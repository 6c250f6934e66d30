"""However many things a notice is about, it is one message, and names each thing once."""

from collections.abc import Sequence

from alerts.channels.send import targets
from alerts.domain.settings import ChannelSettings
from alerts.outbox.queue import add_list_notice
from service.runtime.notices import status_notice
from tests.alerts.outbox_world import World

OPS = ChannelSettings.model_validate({"to": "json://localhost/ops", "purpose": "operator"})


def notify(world: World, *names: str) -> int:
    def write(new: Sequence[str]) -> tuple[str, list[str]]:
        return status_notice("audits", new)

    with world.database.write() as session:
        return add_list_notice(session, targets("ops", OPS), "status audits", names, write, world.clock())


def test_many_unknown_statuses_are_one_notice_with_a_list(world: World) -> None:
    assert notify(world, *(f"Odd {number}" for number in range(120))) == 1

    (item,) = world.items(kind="operator")
    assert item.content is not None
    assert item.content["title"] == "audits: 120 statuses not seen before"
    assert item.content["lines"][1] == "- 'Odd 0'"
    assert "- and 70 more" in item.content["lines"]


def test_a_status_is_named_in_one_notice_only(world: World) -> None:
    assert [notify(world, "A", "B"), notify(world, "B", "A"), notify(world, "A", "C"), notify(world)] == [
        1,
        0,
        1,
        0,
    ]

    second = world.items(kind="operator")[1]
    assert second.content is not None
    assert second.content["title"] == "audits: a status not seen before: 'C'"
