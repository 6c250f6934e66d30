"""Messages fitted to what a channel takes: no change goes unnamed and uncounted."""

import json
import re
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.channels.send import targets
from alerts.domain.messages import Message
from alerts.domain.settings import ChannelSettings
from alerts.rendering.environments import templates
from alerts.rendering.render import Entry, render_changes
from alerts.rendering.truncate import Cut, cuts, fitted
from monitor.domain.types import ChangeKind
from tests.alerts.stories import view

NEW_YORK = ZoneInfo("America/New_York")
OURS = templates(None)
CHANNELS = {
    "discord": "discord://123456789012345678/abcdefghijklmnopqrstuvwxyz",
    "slack": "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ",
    "teams": "workflows://host.example.org/abcdef/0123456789abcdef",
    "ntfy": "ntfy://ntfy.example.org/topic",
    "telegram": "tgram://123456789:abcdefg_hijklmnop/12315544/",
    "json": "json://hook.example.org/path",
    "pushover": "pover://abcdefghijklmnopqrstuvwxyz0123@abcdefghijklmnopqrstuvwxyz0123",
    "mail": "mailto://mail.example.org?from=a@example.org&to=b@example.org",
}


def entries(count: int, title: str = "Facial Recognition at Ports") -> list[Entry]:
    return [
        Entry(
            view(
                ChangeKind.NEW_REPORT,
                id=n,
                record_id=n,
                record_key=f"OIG-26-{n:03}",
                fields={"report_number": f"OIG-26-{n:03}", "title": f"{title} {n}", "url": None},
            ),
            ("t",),
            (),
        )
        for n in range(1, count + 1)
    ]


def message(channel: str, told: list[Entry]) -> tuple[str, int | None]:
    (target,) = targets(channel, ChannelSettings.model_validate({"to": CHANNELS[channel]}))
    made = render_changes(
        told, face=target.face, identity="i", templates=OURS, time_zone=NEW_YORK, limit=target.limit
    )
    sent = json.dumps(made.card, ensure_ascii=False) if made.card else made.markdown or made.text
    assert made.card is None or target.limit is None or len(json.dumps(made.card)) <= target.limit
    return sent, target.limit


def named_or_counted(body: str) -> int:
    more = re.search(r"(\d+)\s+more\s+changes?\s+that\s+did\s+not\s+fit", body)
    return len(set(re.findall(r"OIG-26-\d{3}", body))) + (int(more[1]) if more else 0)


@pytest.mark.parametrize("channel", CHANNELS)
def test_two_hundred_changes_fit_every_channel_and_each_is_named_or_counted(channel: str) -> None:
    body, limit = message(channel, entries(200))
    assert limit is None or len(body) <= limit
    assert named_or_counted(body) == 200


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize(
    "title", ["“Curly” § 报告", "👩‍💻 emoji 👨‍👩‍👧", "تقرير عن الحدود", "nul\x00 half \ud83d"]
)
def test_text_of_any_script_fits_and_stays_whole(channel: str, title: str) -> None:
    body, limit = message(channel, entries(80, title))
    assert limit is None or len(body) <= limit
    assert named_or_counted(body) == 80
    body.encode()


def test_what_fits_is_shown_whole() -> None:
    assert message("json", entries(3))[0] == message("mail", entries(3))[0]


@given(total=st.integers(1, 300), full=st.integers(0, 20), room=st.integers(0, 4_000))
def test_the_fullest_way_that_fits_is_taken(total: int, full: int, room: int) -> None:
    def made(cut: Cut) -> Message:
        return Message("i", "s", "x" * (cut.full * 100 + cut.listed * 10))

    ways = list(cuts(total, full))
    sizes = [len(made(way).text) for way in ways]
    assert sizes == sorted(sizes, reverse=True)
    assert ways[-1] == Cut(0, 0)
    limit = room + 18  # the title and what stands around it
    chosen = len(fitted(made, iter(ways), limit).text)
    assert chosen == next(size for size in sizes if size <= room)
