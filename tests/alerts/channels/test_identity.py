"""A recipient is known by what it is: each spelling of one room has one name, and no two rooms share one."""

import itertools

import pytest

from alerts.channels.identity import reached_by
from alerts.channels.send import targets
from alerts.domain.settings import ChannelSettings

TOKEN = "abcDEF_ghi-jklMNOpqrSTUvwxYZ0123456789abcdefghij"
FLOW = "643e69f83c8944/triggers/manual/paths/invoke?api-version=2016-06-01&sp=%2Ftriggers&sv=1.0&sig=KODuebWb"
ROOMS = {
    "Discord": (
        f"https://discord.com/api/webhooks/123456789012345678/{TOKEN}",
        f"https://discordapp.com/api/webhooks/123456789012345678/{TOKEN}/",
        f"https://PTB.Discord.com/api/v10/webhooks/123456789012345678/{TOKEN}?wait=true",
        f"https://discord.com/api/webhooks/123456789012345678/{TOKEN}/slack",
        f"discord://123456789012345678/{TOKEN}",
        f"discord://Bot@123456789012345678/{TOKEN}/?footer=yes",
    ),
    "a thread in Discord": (
        f"https://discord.com/api/webhooks/123456789012345678/{TOKEN}?thread_id=5",
        f"discord://123456789012345678/{TOKEN}/?thread=5",
    ),
    "Slack": (
        "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ",
        "https://HOOKS.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/",
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ",
        "slack://bot@T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/?footer=no",
        "slack+https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ",
    ),
    "a channel of Slack": (
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/%23general",
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/?to=general",
    ),
    "a relay": (
        "slack+https://relay.example.org/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ",
        "slack+https://Relay.example.org:443/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/",
    ),
    "Teams": (
        f"https://prod-03.westus.logic.azure.com:443/workflows/{FLOW}",
        f"https://PROD-03.westus.logic.azure.com/workflows/{FLOW}",
        "workflows://prod-03.westus.logic.azure.com:443/643e69f83c8944/KODuebWb/",
        "workflow://prod-03.westus.logic.azure.com/643e69f83c8944/KODuebWb",
    ),
    "a webhook": (
        "https://hooks.example.org/hook",
        "https://HOOKS.example.org:443/hook/",
        "jsons://hooks.example.org/hook",
    ),
    "a webhook with a query": (
        "https://hooks.example.org/hook?room=1",
        "jsons://hooks.example.org/hook?-room=1",
    ),
    "another query": ("https://hooks.example.org/hook?room=2",),
    "another webhook": ("https://hooks.example.org/Hook",),
    "ntfy": ("https://ntfy.sh/watch", "ntfy://watch", "ntfys://ntfy.sh/watch"),
    "another topic of ntfy": ("ntfy://Watch",),
    "Telegram": (
        "tgram://123456789:abcdefg_hijklmnop/12315544/",
        "tgram://bot123456789:abcdefg_hijklmnop/12315544",
    ),
    "Google Chat": (
        "gchat://ws/key/token",
        "https://chat.googleapis.com/v1/spaces/ws/messages?key=key&token=token",
    ),
    "Mattermost": ("mmosts://chat.example.org/tokentoken", "mmosts://CHAT.example.org:443/tokentoken/"),
    "a mail service": ("resend://re_abc123def:from@example.org/anna@example.org",),
}


@pytest.mark.parametrize("room", ROOMS)
def test_each_spelling_of_a_room_is_the_same_recipient(room: str) -> None:
    assert {reached_by(url).whole for url in ROOMS[room]} == {reached_by(ROOMS[room][0]).whole}
    assert len(targets("desk", ChannelSettings(to=list(ROOMS[room])))) == 1
    for order in itertools.permutations(ROOMS[room], 2):
        assert (
            targets("desk", ChannelSettings(to=order[0]))[0].recipient
            == targets("desk", ChannelSettings(to=order[1]))[0].recipient
        )


def test_no_two_rooms_are_the_same() -> None:
    reached = [reached_by(urls[0]).whole for urls in ROOMS.values()]
    assert len(set(reached)) == len(reached)
    every = [url for urls in ROOMS.values() for url in urls]
    assert len(targets("desk", ChannelSettings(to=every))) == len(ROOMS)


def test_a_mail_through_a_mail_service_reaches_the_same_person_as_any_other_mail() -> None:
    (direct,) = targets("a", ChannelSettings(to="mailtos://u:p@example.org?to=Anna@example.org"))
    (through,) = targets("b", ChannelSettings(to=ROOMS["a mail service"][0]))
    assert direct.person == through.person


def test_a_name_shows_nothing_of_its_secret() -> None:
    assert all("abcDEF" not in reached_by(url).name for url in ROOMS["Discord"])
