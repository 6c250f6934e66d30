"""What really leaves for Slack, Teams and Discord: their own cards, complete, within limits, harmless."""

import json
import re
import ssl
import subprocess
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from apprise.plugins.discord import NotifyDiscord

from alerts.channels.send import send, targets
from alerts.domain.messages import Message, Target
from alerts.domain.settings import ChannelSettings
from alerts.language.markers import Part
from alerts.rendering.cards import Head, slack_card
from alerts.rendering.environments import templates
from alerts.rendering.render import Entry, render_changes
from monitor.domain.types import ChangeKind
from monitor.store.changes import ChangeView
from service.demo.fakes.receivers import WebhookServer
from tests.alerts.rendering.test_render import NEW_YORK, OURS, PAYLOADS, hostile
from tests.alerts.stories import closed, every_kind, view

MENTIONS = (
    "<!channel> <!here|here> <@U123> @everyone @here <at>All</at> <@&42> <https://evil|GAO> [x](https://evil)"
)
SEEDS = "CBP’s “Better” Oversight — 8 U.S.C. §\xa01365b"


def only(url: str) -> Target:
    (target,) = targets("desk", ChannelSettings.model_validate({"to": url, "allow_private": True}))
    return target


def told(target: Target, *changes: ChangeView, words: tuple[str, ...] = ("CBP",), of: Any = OURS) -> Message:
    entries = [Entry(change, ("border",), words) for change in changes]
    return render_changes(
        entries, face=target.face, identity="one", templates=of, time_zone=NEW_YORK, limit=target.limit
    )


@pytest.fixture
def slack(webhook_server: WebhookServer) -> Target:
    return only(webhook_server.url("/T0AA/B0BB/ccc").replace("http://", "slack+http://"))


@pytest.fixture
def discord(webhook_server: WebhookServer, monkeypatch: pytest.MonkeyPatch) -> Target:
    """The real plugin; only the host it writes to is this machine."""
    monkeypatch.setattr(NotifyDiscord, "notify_url", webhook_server.url("/api/webhooks"))
    return only("discord://123456789012345678/abcdefghijklmnopqrstuvwxyz")


@pytest.fixture
def teams(webhook_server: WebhookServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Target:
    """The real plugin, which speaks HTTPS only, to a receiver whose certificate we trust."""
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=127.0.0.1",
         "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = webhook_server._server
    server.socket = context.wrap_socket(server.socket, server_side=True)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    return only(f"workflows://127.0.0.1:{server.server_port}/WFID/SIGID")


def texts(card: Any) -> Iterator[str]:
    """Every text a card shows."""
    for name, value in card.items() if isinstance(card, dict) else enumerate(card):
        if isinstance(value, dict | list):
            yield from texts(value)
        elif name in ("text", "title", "description"):
            yield value


def test_slack_gets_a_heading_the_change_and_small_print(
    slack: Target, webhook_server: WebhookServer
) -> None:
    send(slack, told(slack, closed()))

    sent = webhook_server.posts[0].json
    assert [block["type"] for block in sent["blocks"]] == ["header", "section", "context"]
    assert sent["blocks"][0]["text"]["text"] == "✅ GAO-24-106148 rec 4: Closed – Implemented"
    assert sent["text"].startswith(
        "GAO closed a CBP recommendation as implemented: GAO-24-106148 rec 4, Facial"
    )
    section = sent["blocks"][1]["text"]["text"]
    assert section.startswith("✅ Open → *Closed – Implemented*")
    assert "The Commissioner of _CBP_ should" in section
    assert "<https://www.gao.gov/products/gao-24-106148|Read it at GAO>" in section
    assert "matched “CBP”" in sent["blocks"][2]["elements"][0]["text"]
    assert "attachments" not in sent


def test_a_relay_that_knows_no_blocks_gets_text(webhook_server: WebhookServer) -> None:
    target = only(webhook_server.url("/T0AA/B0BB/ccc").replace("http://", "slack+http://") + "?blocks=no")
    send(target, told(target, closed()))

    sent = webhook_server.posts[0].json
    assert "blocks" not in sent
    assert "✅ Open → *Closed – Implemented*" in sent["attachments"][0]["text"]


def test_slack_takes_as_many_blocks_as_it_allows_and_no_longer_ones() -> None:
    parts = [Part("text", "word " * 2_000), *[Part("rule"), Part("text", "line\n" * 3)] * 60]
    blocks = slack_card("s", Head("h" * 400), parts)["blocks"]
    assert len(blocks) <= 50
    assert len(blocks[0]["text"]["text"]) <= 150
    assert all(len(block["text"]["text"]) <= 3_000 for block in blocks)
    said = " ".join(block["text"]["text"] for block in blocks)
    assert (said.count("word"), said.count("line")) == (2_000, 180)


def test_teams_gets_an_adaptive_card_with_changed_and_found_words_in_its_own_marks(
    teams: Target, webhook_server: WebhookServer
) -> None:
    send(teams, told(teams, closed()))

    (attachment,) = webhook_server.posts[0].json["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert {block["type"] for block in attachment["content"]["body"]} == {"RichTextBlock"}
    runs = [run for block in attachment["content"]["body"] for run in block["inlines"]]
    assert {"type": "TextRun", "text": "remains open.", "strikethrough": True} in runs
    assert {"type": "TextRun", "text": "Closed – Implemented", "weight": "Bolder"} in runs
    assert {"type": "TextRun", "text": "CBP", "highlight": True} in runs
    (link,) = [run for run in runs if "selectAction" in run]
    opens = {"type": "Action.OpenUrl", "url": "https://www.gao.gov/products/gao-24-106148"}
    assert link["selectAction"] == opens
    assert attachment["content"]["actions"] == [{**opens, "title": "Read it at GAO"}]
    assert len(webhook_server.posts[0].body) < 28_000


def test_discord_gets_an_embed_in_which_nobody_can_be_mentioned(
    discord: Target, webhook_server: WebhookServer
) -> None:
    send(discord, told(discord, closed()))

    sent = webhook_server.posts[0].json
    assert sent["allowed_mentions"] == {"parse": []}
    assert "content" not in sent
    (embed,) = sent["embeds"]
    assert embed["title"] == "✅ GAO-24-106148 rec 4: Closed – Implemented"
    assert "✅ Open → **Closed – Implemented**" in embed["description"]
    assert embed["url"] == "https://www.gao.gov/products/gao-24-106148"


def test_discord_still_mentions_whom_the_channels_url_names(
    discord: Target, webhook_server: WebhookServer
) -> None:
    target = only("discord://123456789012345678/abcdefghijklmnopqrstuvwxyz?ping=<@42>")
    send(target, told(target, closed()))

    sent = webhook_server.posts[0].json
    assert "<@42>" in sent["content"]
    assert len(sent["embeds"]) == 1


@pytest.mark.parametrize("channel", ["slack", "teams", "discord"])
def test_a_page_mentions_nobody_and_links_nowhere(
    channel: str, request: pytest.FixtureRequest, webhook_server: WebhookServer
) -> None:
    target = request.getfixturevalue(channel)
    send(
        target, told(target, hostile(MENTIONS, ChangeKind.NEW_REPORT), words=(MENTIONS, "everyone", "https"))
    )

    sent = webhook_server.posts[0].json
    if channel == "slack":
        assert not [text for text in texts(sent) if re.search(r"<|(?<!\w)@\w|https://", text)]
    elif channel == "teams":
        # A mention needs an entity and a link an action: the text of a run is never read as mark-up.
        assert "entities" not in json.dumps(sent)
        assert "selectAction" not in json.dumps(sent)
        assert {block["type"] for block in sent["attachments"][0]["content"]["body"]} == {"RichTextBlock"}
    else:
        assert sent["allowed_mentions"] == {"parse": []}
        assert "content" not in sent
        assert not [text for text in texts(sent) if re.search(r"(?<!\\)[<\[]|(?<!\w)@\w|https://", text)]


@pytest.mark.parametrize("channel", ["slack", "teams", "discord"])
def test_curly_quotes_section_signs_and_no_break_spaces_arrive(
    channel: str, request: pytest.FixtureRequest, webhook_server: WebhookServer
) -> None:
    target = request.getfixturevalue(channel)
    send(target, told(target, view(ChangeKind.NEW_REPORT, fields={"title": SEEDS}), words=()))

    assert any(SEEDS in unescape(text) for text in texts(webhook_server.posts[0].json))


@pytest.mark.parametrize("channel", ["slack", "teams", "discord"])
def test_a_template_too_long_for_a_card_arrives_as_text_that_was_cut(
    channel: str, request: pytest.FixtureRequest, webhook_server: WebhookServer, tmp_path: Path
) -> None:
    (tmp_path / "markdown").mkdir()
    (tmp_path / "markdown" / "changes.md").write_text(
        "{% for _ in range(900) %}a line of a template that is long enough to cut\n{% endfor %}"
    )
    (tmp_path / "text").mkdir()
    (tmp_path / "text" / "changes.txt").write_text(
        "{% for _ in range(900) %}a line of a template that is long enough to cut\n{% endfor %}"
    )
    target = request.getfixturevalue(channel)
    send(target, told(target, closed(), of=templates(tmp_path)))

    body = webhook_server.posts[0].body.decode()
    assert "shortened: this channel allows" in body
    assert len(body) < 45_000


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("face", ["slack", "teams", "discord"])
def test_a_card_of_payloads_is_valid_and_shows_no_control_character(payload: str, face: Any) -> None:
    for kind in ChangeKind:
        entry = Entry(hostile(payload, kind), (payload,), (payload,))
        card = render_changes([entry], face=face, identity="i", templates=OURS, time_zone=NEW_YORK).card
        assert card is not None
        for text in texts(card):
            assert text
            assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e\ufdd0-\ufdef]", text)


def test_several_changes_are_parted_in_each_card() -> None:
    entries = [Entry(change, ("t",), ()) for change in every_kind()]
    cards = {
        face: json.dumps(
            render_changes(entries, face=face, identity="i", templates=OURS, time_zone=NEW_YORK).card
        )
        for face in ("slack", "teams")
    }
    assert cards["slack"].count('"divider"') == cards["teams"].count('"separator"') == 12
