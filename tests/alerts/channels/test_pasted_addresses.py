"""A webhook's address works as its site shows it."""

from base64 import b64encode
from urllib.parse import quote

import pytest

from alerts.channels.send import face_of, targets
from alerts.channels.services import check_url, service_of
from service.demo.fakes.receivers import WebhookServer
from tests.alerts.channels.test_send import at, channel, message, only, send

WORKFLOW = "workflows/1a2b3c4d5e6f/triggers/manual/paths/invoke"
DISCORD = "1" * 18 + "/" + "a" * 68
SIGNED = "sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=Ab-c_D123"


@pytest.mark.parametrize(
    ("url", "face"),
    [
        ("https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ", "slack"),
        (f"https://discord.com/api/webhooks/{DISCORD}", "discord"),
        (f"https://discordapp.com/api/webhooks/{DISCORD}/", "discord"),
        (f"https://canary.discord.com/api/webhooks/{DISCORD}", "discord"),
        (f"https://ptb.discord.com/api/webhooks/{DISCORD}?wait=true", "discord"),
        (f"https://discord.com/api/v10/webhooks/{DISCORD}", "discord"),
        (f"https://discord.com/api/webhooks/{DISCORD}/slack", "discord"),
        (f"https://prod-9.eastus.logic.azure.com:443/{WORKFLOW}?api-version=2016-06-01&{SIGNED}", "teams"),
        (
            "https://defaultabc.0d.environment.api.powerplatform.com:443/powerautomate/automations/direct/"
            f"{WORKFLOW}?api-version=1&{SIGNED}",
            "teams",
        ),
        ("https://newsroom.example.gov/hooks/one?code=x", "text"),
        (f"https://chat.example.gov/hooks/{'a1' * 13}", "markdown"),
        (f"https://chat.example.gov/hooks/{'a1' * 12}/{'bC3d' * 12}", "markdown"),
        (
            "https://api.telegram.org/bot123456789:AAbcdefghijklmnopqrstuvwxyz-0123456/sendMessage?chat_id=-10012",
            "markdown",
        ),
    ],
)
@pytest.mark.parametrize("before", ["", "  "])
def test_an_address_is_understood_as_it_is_pasted(url: str, face: str, before: str) -> None:
    assert check_url(f"{before}{url} ") is None
    assert face_of(channel(f"{before}{url} ")) == face


def test_the_thread_of_a_discord_webhook_is_kept() -> None:
    service = service_of(f"https://canary.discord.com/api/webhooks/{DISCORD}?thread_id=42")
    assert (service.webhook_id, service.thread_id) == ("1" * 18, "42")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://discord.com/api/webhooks/123", "not a complete Discord webhook"),
        ("https://discord.com/channels/1/2", "not a complete Discord webhook"),
        (f"https://prod-9.eastus.logic.azure.com:443/{WORKFLOW}", "not a complete Teams webhook"),
        ("https://a.webhook.office.com/webhookb2/1@2/IncomingWebhook/3/4", "create a workflow"),
        ("https://outlook.office.com/webhook/1@2/IncomingWebhook/3/4", "create a workflow"),
        ("msteams://1@2/3/4", "create a workflow"),
        ("https://outlook.office365.com/webhook/1@2/IncomingWebhook/3/4", "create a workflow"),
        ("https://hooks.slack.com/services/T1JJ3T3L2/", "not a complete Slack webhook"),
        ("https://newsroom.slack.com/archives/C0123", "a page for people"),
        ("https://teams.microsoft.com/l/channel/19%3aabc", "a page for people"),
        ("https://chat.google.com/room/AAAA", "a page for people"),
        ("https://discord.gg/abc", "a page for people"),
        ("https://t.me/oversight", "a page for people"),
        ("https://mail.google.com/chat/u/0/#chat/space/AAAA", "a page for people"),
        ("https://matrix.to/#/#oversight:example.org", "a page for people"),
        (
            "https://api.telegram.org/bot123456789:AAbcdefghijklmnopqrstuvwxyz-0123456/getMe",
            "tgram://TOKEN/CHAT",
        ),
        ("desk@example.org", "mail needs a server too"),
        ("mailto:desk@example.org", "mail needs a server too"),
        ("Oversight - General <abc.example@amer.teams.ms>", "mail needs a server too"),
        ("https://newsroom.example.gov:99999/hook", "the port of this https:// URL is not valid"),
        ("https://newsroom.example.gov:0/hook", "the port of this https:// URL is not valid"),
        ("<https://newsroom.example.gov/hook>", "write it without brackets and quotes"),
        ('"https://newsroom.example.gov/hook"', "write it without brackets and quotes"),
        ("ntfy://me:s3c/ret@push.example.gov/desk", "this ntfy:// URL has no valid host"),
        ("ntfy://me:s3c?ret@push.example.gov/desk", "this ntfy:// URL has no valid host"),
        ("json://me:3#ret@newsroom.example.gov/hook", "a password where its port belongs"),
        ("json://me:12/ret@newsroom.example.gov/hook", "a password where its port belongs"),
        ("ntfy://me:12?ret@push.example.gov/desk", "a password where its port belongs"),
        ("mailtos://me:12/ret@mail.example.gov?to=a@b.gov&from=w@b.gov", "a password where its port belongs"),
        ("mailtos://me@b.gov:12/ret@mail.example.gov?to=a@b.gov", "a password where its port belongs"),
        ("https://", "this web address is not valid"),
        ("http://:80/x", "this web address is not valid"),
    ],
)
def test_an_address_that_cannot_take_a_message_is_refused(url: str, said: str) -> None:
    assert said in (check_url(url) or "")


@pytest.mark.parametrize(
    "url",
    [
        "mailto://mail.example.gov:25/ann@example.gov?from=w@example.gov",
        "mailto://mailhog:1025?from=w@example.gov&to=ann@example.gov",
        "mailto://localhost:25/ann@example.gov?from=w@example.gov",
        "json://me:12%2Fret@newsroom:8080/hook",
        "json://newsroom:8080/hook?mention=@desk",
    ],
)
def test_a_port_is_no_password(url: str) -> None:
    assert check_url(url) is None


def test_the_version_that_a_workflow_names_is_asked_for() -> None:
    url = f"https://a.environment.api.powerplatform.com/powerautomate/automations/direct/{WORKFLOW}"
    assert service_of(f"{url}?api-version=1&{SIGNED}").api_version == "1"


def test_a_plain_web_address_is_a_webhook_and_keeps_its_query(webhook_server: WebhookServer) -> None:
    send(only(webhook_server.url("/hooks/one?code=a%2Fb&team=x")), message())

    (post,) = webhook_server.posts
    assert post.path == "/hooks/one?code=a%2Fb&team=x"
    assert post.json["title"] == "A new report"
    assert post.headers["idempotency-key"] == message().identity


@pytest.mark.parametrize(
    "asked",
    [
        "/a;b?x=1;y=2",
        "/h?room=1&room=2&empty",
        "/h?sig=a+b%2Bc%2541",
        "/a//b/",
        "/h?to=%20x&verify=no",
        "/h,i",
    ],
)
def test_a_web_address_is_asked_as_it_is_written(webhook_server: WebhookServer, asked: str) -> None:
    send(only(webhook_server.url(asked)), message())

    assert [post.path for post in webhook_server.posts] == [asked]


def test_addresses_that_differ_behind_a_semicolon_are_two_recipients() -> None:
    address = "https://newsroom.example.gov/hook"
    assert len(targets("desk", channel(f"{address};room=1", f"{address};room=2"))) == 2


@pytest.mark.parametrize("scheme", ["http", "json", "form", "xml"])
@pytest.mark.parametrize("password", ["schlüssel", "clé’s", "şifre", ""])
def test_a_login_may_hold_any_letter(webhook_server: WebhookServer, scheme: str, password: str) -> None:
    send(only(at(webhook_server, scheme, "/h").replace("://", f"://me:{quote(password)}@")), message())

    login = b64encode(f"me:{password}".encode()).decode()
    assert webhook_server.posts[0].headers["authorization"] == f"Basic {login}"


@pytest.mark.parametrize("scheme", ["http", "json", "form", "xml"])
def test_a_password_keeps_its_colons_and_at_signs(webhook_server: WebhookServer, scheme: str) -> None:
    send(only(at(webhook_server, scheme, "/h").replace("://", "://me:p@s:s@")), message())

    login = b64encode(b"me:p@s:s").decode()
    assert webhook_server.posts[0].headers["authorization"] == f"Basic {login}"


def test_a_webhook_of_mattermost_gets_what_mattermost_reads(webhook_server: WebhookServer) -> None:
    send(only(webhook_server.url(f"/team/hooks/{'a1' * 13}")), message())

    (post,) = webhook_server.posts
    assert post.path == f"/team/hooks/{'a1' * 13}"
    assert "A new report" in post.json["text"]


@pytest.mark.parametrize(
    "token", ["xoxb-123456789012-123456789012-abcdefghijkl", "T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazk"]
)
def test_a_room_of_slack_is_the_one_that_is_written(token: str) -> None:
    assert service_of(f"slack://{token}/#oversight").channels == ["#oversight"]
    assert "names 2 recipients" in (check_url(f"slack://{token}/#oversight/#desk") or "")
