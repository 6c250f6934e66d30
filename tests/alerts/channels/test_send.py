"""What really leaves for a mail server and a webhook, and how their answers are read."""

import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from email import message_from_bytes, policy
from typing import Any
from urllib.parse import quote

import pytest
import requests
from apprise.plugins.custom_json import NotifyJSON

from alerts.channels import send as channels
from alerts.channels.probe import probe
from alerts.channels.redact import redact, secrets_of
from alerts.channels.send import _SYSTEM_LOGS, face_of, send, targets
from alerts.channels.services import check_url
from alerts.domain.errors import DeliveryError
from alerts.domain.messages import Message, Target
from alerts.domain.settings import ChannelSettings
from alerts.language.escape import escape_markdown, escape_slack
from alerts.rendering.environments import templates
from alerts.rendering.render import Entry, render_changes
from monitor.domain.types import ChangeKind
from service.demo.fakes.receivers import Answer, MailServer, WebhookServer
from tests.alerts.stories import closed, comment_updated, view
from tests.ports import unused_port

IDENTITY = "0123456789abcdef0123456789abcdef"
HOSTILE = "<!channel> & <https://evil|GAO> *x* _y_ @everyone"
SECRET = "s3cretmark"


def channel(*urls: str, template: str | None = None) -> ChannelSettings:
    return ChannelSettings.model_validate({"to": list(urls), "template": template, "allow_private": True})


def only(url: str, template: str | None = None) -> Target:
    (target,) = targets("desk", channel(url, template=template))
    return target


def message(**fields: Any) -> Message:
    usual = {"identity": IDENTITY, "subject": "A new report", "text": "OIG-26-1: a new report\n"}
    return Message(**{**usual, **fields})


def mail_url(server: MailServer, to: str = "anna@example.org", more: str = "") -> str:
    return f"mailto://{server.host}:{server.port}?from=watch@example.gov&to={to}{more}"


def at(server: WebhookServer, scheme: str, path: str = "/T0AA/B0BB/cccSECRET") -> str:
    return server.url(path).replace("http://", f"{scheme}://")


def failure(target: Target, told: Message | None = None) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        send(target, told or message())
    return caught.value


class TestMail:
    def test_a_mail_has_our_text_and_our_html_and_one_identity(self, mail_server: MailServer) -> None:
        told = message(
            html="<p>OIG-26-1 <a href='https://x.gov'>report</a></p>", date=datetime(2026, 3, 2, tzinfo=UTC)
        )
        send(only(mail_url(mail_server)), told)

        mail = mail_server.messages[0].message
        assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
        assert [part.get_content() for part in mail.iter_parts()] == [
            "OIG-26-1: a new report\r\n",
            f"{told.html}\r\n",
        ]
        assert mail.get_all("Message-ID") == [f"<{IDENTITY}@example.gov>"]
        assert mail.get_all("Date") == ["Mon, 02 Mar 2026 00:00:00 +0000"]
        assert mail["Auto-Submitted"] == "auto-generated"
        assert mail["From"] == "Oversight Watch <watch@example.gov>"
        assert mail["To"] == "anna@example.org"

    def test_a_mail_belongs_to_its_list_and_to_earlier_mails(self, mail_server: MailServer) -> None:
        send(only(mail_url(mail_server)), message(list_id="cbp.example.gov", references=("a1", "b2")))

        mail = mail_server.messages[0].message
        assert mail["List-Id"] == "<cbp.example.gov>"
        assert mail["References"] == "<a1@example.gov> <b2@example.gov>"
        assert mail["In-Reply-To"] == "<b2@example.gov>"

    @pytest.mark.parametrize(
        ("given", "contact", "header"),
        [
            (None, None, None),
            (
                None,
                "watch@example.gov",
                "<mailto:watch@example.gov?subject=unsubscribe%20desk%20anna%40example.org>",
            ),
            (None, "https://example.gov/about", None),  # a page about us is no place to be left out
            (
                "list@example.gov",
                "watch@example.gov",
                "<mailto:list@example.gov?subject=unsubscribe%20desk%20anna%40example.org>",
            ),
            ("https://example.gov/leave?list=1", "watch@example.gov", "<https://example.gov/leave?list=1>"),
        ],
    )
    def test_a_mail_says_where_its_reader_asks_to_be_left_out(
        self, mail_server: MailServer, given: str | None, contact: str | None, header: str | None
    ) -> None:
        settings = ChannelSettings.model_validate({"to": mail_url(mail_server), "unsubscribe": given})
        (target,) = targets("desk", settings, contact)
        send(target, message())

        assert mail_server.messages[0].message["List-Unsubscribe"] == header

    @pytest.mark.parametrize(
        "given", ["nowhere", "a@b.org, c@d.org", "javascript:alert(1)", "a@b.org\r\nBcc: x@y.org"]
    )
    def test_an_address_to_be_left_out_at_must_be_one(self, given: str) -> None:
        with pytest.raises(ValueError, match="must be an e-mail address or an http"):
            ChannelSettings.model_validate({"to": "json://localhost", "unsubscribe": given})

    def test_two_alerts_about_one_recommendation_are_one_conversation(self, mail_server: MailServer) -> None:
        target = only(mail_url(mail_server))
        for number, changes in enumerate(
            ([comment_updated()], [closed()], [closed(), view(ChangeKind.NEW_REPORT)])
        ):
            entries = [Entry(change, ("border",), ()) for change in changes]
            told = render_changes(
                entries, face="email", identity=f"m{number}", templates=templates(None), time_zone=UTC
            )
            send(target, told)

        first, second, both = (mail.message for mail in mail_server.messages)
        assert first["In-Reply-To"] == second["In-Reply-To"] == first["References"] == second["References"]
        assert first["Message-ID"] != second["Message-ID"]
        assert both["In-Reply-To"] is both["References"] is None
        for mail in mail_server.messages:
            assert not message_from_bytes(mail.raw, policy=policy.strict).defects

    def test_what_the_seeds_hold_arrives_in_both_parts(self, mail_server: MailServer) -> None:
        title = "CBP’s “Better” Oversight — 8 U.S.C. §\xa01365b"
        entry = Entry(view(ChangeKind.NEW_REPORT, fields={"title": title}), ("border",), ())
        told = render_changes([entry], face="email", identity="m", templates=templates(None), time_zone=UTC)
        send(only(mail_url(mail_server)), told)

        mail = mail_server.messages[0].message
        assert mail["Subject"] == f"New DHS OIG report OIG-26-18: {title} [border]"
        text, html = (part.get_content() for part in mail.iter_parts())
        assert title in text
        assert title in html.replace("&nbsp;", "\xa0")

    def test_every_attempt_carries_the_same_message_id(self, mail_server: MailServer) -> None:
        for _ in range(2):
            send(only(mail_url(mail_server)), message())

        assert len({mail.message["Message-ID"] for mail in mail_server.messages}) == 1

    @pytest.mark.parametrize(
        "subject",
        [
            "Title\r\nBcc: all@example.org\r\n\r\nbody",
            "“CBP’s” § 5 — über 🛂 שלום",
            "nul \x00 and lone \ud800 surrogate",
            "x" * 5_000,
            "🛂" * 2_000,
        ],
    )
    def test_no_subject_breaks_a_header(self, mail_server: MailServer, subject: str) -> None:
        send(only(mail_url(mail_server)), message(subject=subject))

        received = mail_server.messages[0]
        head = received.raw.partition(b"\r\n\r\n")[0]
        assert received.recipients == ("anna@example.org",)
        assert received.message["Bcc"] is None
        assert head.isascii()
        assert max(map(len, head.split(b"\r\n"))) <= 998
        assert not message_from_bytes(received.raw, policy=policy.default)["Subject"].defects

    def test_a_subject_reads_as_written(self, mail_server: MailServer) -> None:
        subject = "“CBP’s” § 5 — über 🛂 " * 8
        send(only(mail_url(mail_server)), message(subject=subject))

        assert mail_server.messages[0].message["Subject"] == subject.strip()

    def test_no_line_of_a_mail_is_too_long_and_every_letter_arrives(self, mail_server: MailServer) -> None:
        text = (
            "“§ 5” " * 2_000 + "\n.\n.. dots\n" + "x" * 5_000 + "\nlone \ud800, nul \x00, no-break\xa0space\n"
        )
        send(only(mail_url(mail_server)), message(text=text, html=f"<p>{text}</p>"))

        received = mail_server.messages[0]
        assert received.raw.isascii()
        assert max(map(len, received.raw.split(b"\r\n"))) <= 998
        body = received.message.get_body(("plain",))
        assert body is not None
        arrived = body.get_content().replace("\r\n", "\n")
        assert arrived == text.replace("\ud800", "\ufffd").replace("\x00", "")

    def test_a_senders_name_reads_as_written(self, mail_server: MailServer) -> None:
        name = "Büro für § 5 — “Aufsicht” und mehr davon als in eine Zeile passt"
        send(only(mail_url(mail_server, more=f"&name={quote(name)}")), message())

        (sender,) = mail_server.messages[0].message["From"].addresses
        assert (sender.display_name, sender.addr_spec) == (name, "watch@example.gov")

    def test_a_header_of_the_url_is_added_but_never_ours_twice(self, mail_server: MailServer) -> None:
        more = "&%2BList-Unsubscribe=%3Chttps://x.gov%3E&%2BMessage-ID=mine"
        send(only(mail_url(mail_server, more=more)), message())

        mail = mail_server.messages[0].message
        assert mail["List-Unsubscribe"] == "<https://x.gov>"
        assert mail.get_all("Message-ID") == [f"<{IDENTITY}@example.gov>"]

    def test_a_refused_mailbox_is_permanent_and_told_in_the_servers_words(
        self, mail_server: MailServer
    ) -> None:
        mail_server.refuse = lambda _: "550 5.1.1 no such user"
        error = failure(only(mail_url(mail_server)))

        assert str(error) == "the mail server said 550 5.1.1 no such user"
        assert error.permanent

    def test_a_greylisted_mailbox_is_worth_another_try(self, mail_server: MailServer) -> None:
        mail_server.refuse = lambda _: "451 4.7.1 come back later"
        error = failure(only(mail_url(mail_server)))

        assert not error.permanent
        assert "451 4.7.1 come back later" in str(error)

    def test_a_dead_server_is_worth_another_try(self) -> None:
        error = failure(only(f"mailto://127.0.0.1:{unused_port()}?from=a@b.org&to=c@d.org"))

        assert not error.permanent
        assert "Connection refused" in str(error)

    def test_a_server_without_the_asked_for_encryption_gets_nothing(self, mail_server: MailServer) -> None:
        error = failure(only(mail_url(mail_server).replace("mailto://", "mailtos://")))

        assert (error.permanent, error.of_channel, mail_server.messages) == (False, True, [])
        assert "STARTTLS" in str(error)

    def test_silence_after_the_mail_was_handed_over_waits_longer(self) -> None:
        with _smtp_that_stalls_after_data() as port:
            error = failure(only(f"mailto://127.0.0.1:{port}?from=a@b.org&to=c@d.org&cto=0.5"))

        assert "may have taken it" in str(error)
        assert (error.permanent, error.retry_after) == (False, 600.0)


class TestTargets:
    def test_each_mail_address_is_a_recipient_of_its_own(self, mail_server: MailServer) -> None:
        url = mail_url(
            mail_server,
            to="anna@example.org,bert@example.org",
            more="&cc=cleo@example.org&bcc=anna@example.org",
        )
        found = targets("desk", channel(url))

        assert [target.recipient for target in found] == [
            "anna@example.org",
            "bert@example.org",
            "cleo@example.org",
        ]
        send(found[1], message())
        assert [mail.recipients for mail in mail_server.messages] == [("bert@example.org",)]
        assert mail_server.messages[0].message["Cc"] is None

    def test_other_urls_are_known_by_what_they_are_and_never_shown(self) -> None:
        urls = f"json://localhost/{SECRET}", "slack://T0AA/B0BB/cccDDD"
        found, turned = targets("desk", channel(*urls)), targets("desk", channel(*reversed(urls)))

        assert [target.face for target in found] == ["text", "slack"]
        assert [target.recipient for target in found] == [target.recipient for target in reversed(turned)]
        assert [target.recipient.partition("-")[0] for target in found] == ["json", "slack"]
        assert SECRET not in repr(found)

    def test_a_webhook_with_a_new_password_is_the_same_recipient(self) -> None:
        (old,) = targets("desk", channel(f"json://me:{SECRET}@localhost/a?rto=2"))
        (new,) = targets("desk", channel("json://me:other@localhost/a"))
        assert old.recipient == new.recipient

    def test_two_webhooks_that_differ_in_their_query_only_are_two_recipients(self) -> None:
        one, two = targets("desk", channel("json://localhost/a?:team=x", "json://localhost/a?:team=y"))
        assert one.recipient != two.recipient

    @pytest.mark.parametrize(
        ("url", "face"),
        [
            ("mailto://u:p@example.org?to=a@b.org", "email"),
            ("mailtos://u:p@example.org?to=a@b.org", "email"),
            ("slack://T0AA/B0BB/cccDDD", "slack"),
            ("https://hooks.slack.com/services/T0AA/B0BB/cccDDD", "slack"),
            ("slack+http://127.0.0.1:80/T0AA/B0BB/cccDDD", "slack"),
            ("discord://123456789/abcdefgh", "discord"),
            ("https://discord.com/api/webhooks/123456789/abcdefgh", "discord"),
            ("mmost://localhost/3ccdd113474722377935511fc85d3dd4", "markdown"),
            ("workflows://localhost:443/WFID/SIGID", "teams"),
            ("matrix://user:pw@localhost/!room:localhost", "markdown"),
            ("tgram://123456789:abcdefg_hijklmnop/12315544/", "markdown"),
            ("ntfy://localhost/topic", "text"),
            ("ntfy://localhost/topic?format=markdown", "markdown"),
            ("gotify://localhost/tokentokentok", "text"),
            ("json://localhost", "text"),
        ],
    )
    def test_a_face_is_what_the_service_reads_best(self, url: str, face: str) -> None:
        assert check_url(url) is None
        assert face_of(channel(url)) == face

    def test_a_retry_setting_is_no_second_recipient(self) -> None:
        assert check_url("json://localhost?retry=2") is None

    def test_the_users_template_wins(self) -> None:
        assert face_of(channel("json://localhost", template="slack")) == "slack"

    @pytest.mark.parametrize(
        ("url", "said"),
        [
            ("slak://T0/B0/" + SECRET, "Apprise knows no slak:// channel; did you mean slack://?"),
            (SECRET, "this is not a channel URL"),
            (f"file:///tmp/{SECRET}", "not a file; `events` prints what changed"),
            (f"sftp://u:{SECRET}@h/x", "not a file; `events`"),
            (f"“https://h.example/{SECRET}”", "this URL has typographic quotes; write plain ones or none"),
            (f"https://h.example/{SECRET}\u200b", "a character that cannot be seen"),
            (f"slack://{SECRET}", "some part of this slack:// URL is missing"),
            (f"slack+http://127.0.0.1/{SECRET}", "is written slack+https://server/T…/B…/secret"),
            (f"mailto://u:{SECRET}@example.org?to=nobody", "'nobody' is not a mail address"),
            (f"mailto://u:{SECRET}@example.org?to=a@b.org&pgp=sign", "take pgp= and wkd= out"),
            (f"ntfy://localhost/one/two/{SECRET}", "names 3 recipients; write one URL for each"),
        ],
    )
    def test_a_wrong_url_is_explained_and_never_repeated(self, url: str, said: str) -> None:
        sentence = check_url(url)

        assert sentence is not None
        assert said in sentence
        assert SECRET not in sentence


class TestSlack:
    def test_a_hostile_title_pings_nobody_links_nowhere_and_reads_right(
        self, webhook_server: WebhookServer
    ) -> None:
        told = message(
            subject=HOSTILE,
            markdown=f"*{escape_slack(HOSTILE)}*\n<https://www.oig.dhs.gov/a?b=1&amp;c=2|OIG-26-1>",
        )
        send(only(at(webhook_server, "slack+http")), told)

        post = webhook_server.posts[0]
        (attachment,) = post.json["attachments"]
        # What Slack itself does with the text it gets: entities back, the gaps are invisible.
        shown = (
            attachment["text"]
            .replace("\u200b", "")
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&amp;", "&")
        )
        assert post.path == "/T0AA/B0BB/cccSECRET"
        assert post.json["mrkdwn"] is True
        assert attachment["text"] == told.markdown
        assert attachment["title"] == "&lt;!channel&gt; &amp; &lt;https://evil|GAO&gt; *x* _y_ @everyone"
        assert "<!channel>" not in post.body.decode()
        assert attachment["text"].count("<") == 1
        assert shown.splitlines()[0] == f"*{HOSTILE}*"

    def test_slack_gets_no_footer_and_no_public_picture(self, webhook_server: WebhookServer) -> None:
        send(only(at(webhook_server, "slack+http")), message())

        assert set(webhook_server.posts[0].json) == {"mrkdwn", "attachments"}
        assert set(webhook_server.posts[0].json["attachments"][0]) == {"title", "text", "color"}

    def test_plain_text_for_slack_is_escaped_once(self, webhook_server: WebhookServer) -> None:
        send(only(at(webhook_server, "slack+http"), template="text"), message(text=HOSTILE))

        text = webhook_server.posts[0].json["attachments"][0]["text"]
        assert text == "&lt;!channel&gt; &amp; &lt;https://evil|GAO&gt; *x* _y_ @everyone"

    def test_a_two_hundred_with_another_word_than_ok_is_no_receipt(
        self, webhook_server: WebhookServer
    ) -> None:
        webhook_server.answers.append(Answer(200, {}, b"no_text"))
        error = failure(only(at(webhook_server, "slack+http")))

        assert "answered 200 with: no_text" in str(error)
        assert not error.permanent

    @pytest.mark.parametrize(
        ("reason", "permanent", "of_channel"),
        [("msg_too_long", True, False), ("ratelimited", False, False), ("token_revoked", False, True)],
    )
    def test_an_ok_false_is_read_by_its_reason(
        self, webhook_server: WebhookServer, reason: str, permanent: bool, of_channel: bool
    ) -> None:
        webhook_server.answers.append(Answer(200, {}, f'{{"ok": false, "error": "{reason}"}}'.encode()))
        error = failure(only(at(webhook_server, "slack+http")))

        assert (error.permanent, error.of_channel) == (permanent, of_channel)
        assert reason in str(error)

    def test_a_relay_below_a_path_is_reached(self, webhook_server: WebhookServer) -> None:
        send(only(at(webhook_server, "slack+http", "/relay/slack/T0AA/B0BB/ccc")), message())

        assert webhook_server.posts[0].path == "/relay/slack/T0AA/B0BB/ccc"


class TestMarkdown:
    def test_a_hostile_title_reaches_a_markdown_service_escaped(self, webhook_server: WebhookServer) -> None:
        url = at(webhook_server, "mmost", "/3ccdd113474722377935511fc85d3dd4")
        send(
            only(url), message(subject=HOSTILE, markdown=f"[GAO](https://gao.gov) {escape_markdown(HOSTILE)}")
        )

        post = webhook_server.posts[0]
        escaped = "\\<!channel\\> & \\<https:\u200b//evil\\|GAO\\> \\*x\\* \\_y\\_ @\u200beveryone"
        assert post.json["text"] == f"**{escaped}**\n\n[GAO](https://gao.gov) {escaped}"
        assert "icon_url" not in post.json

    def test_apprise_takes_the_escapes_off_where_a_service_gets_html(
        self, webhook_server: WebhookServer
    ) -> None:
        url = at(webhook_server, "json", "/hook?format=html")
        send(only(url, template="markdown"), message(subject=HOSTILE))

        shown = "&lt;!channel&gt; &amp; &lt;https:\u200b//evil|GAO&gt; *x* _y_ @\u200beveryone"
        assert shown in webhook_server.posts[0].json["message"]

    def test_a_long_body_is_cut_to_what_the_channel_takes(self, webhook_server: WebhookServer) -> None:
        url = at(webhook_server, "mmost", "/3ccdd113474722377935511fc85d3dd4")
        send(only(url), message(markdown="a line of a change\n" * 5_000))

        text = webhook_server.posts[0].json["text"]
        assert len(text) <= 4_000
        assert text.endswith("(shortened: this channel allows 4000 characters)")


class TestWebhook:
    @pytest.mark.parametrize("scheme", ["json", "form", "xml"])
    def test_a_webhook_gets_the_identity_as_idempotency_key(
        self, webhook_server: WebhookServer, scheme: str
    ) -> None:
        send(only(at(webhook_server, scheme, "/hook")), message())

        assert webhook_server.posts[0].headers["idempotency-key"] == IDENTITY
        assert webhook_server.posts[0].headers["user-agent"] == "Oversight Watch"

    def test_text_arrives_as_it_is(self, webhook_server: WebhookServer) -> None:
        send(
            only(at(webhook_server, "json", "/hook")),
            message(subject=HOSTILE, text="“§” <b> & \ud800\x00 🛂"),
        )

        assert webhook_server.posts[0].json["title"] == HOSTILE
        assert webhook_server.posts[0].json["message"] == "“§” <b> & \ufffd 🛂"

    @pytest.mark.parametrize(
        ("status", "permanent", "of_channel"),
        [
            *((status, True, False) for status in (400, 409, 410, 413, 422)),
            *((status, False, False) for status in (408, 425, 429, 500, 502, 503)),
            *((status, False, True) for status in (302, 308, 401, 403, 404, 407)),
        ],
    )
    def test_a_status_says_whether_another_try_can_help(
        self, webhook_server: WebhookServer, status: int, permanent: bool, of_channel: bool
    ) -> None:
        webhook_server.answers.append(Answer(status, {"Location": "/elsewhere"}, b"because of X"))
        error = failure(only(at(webhook_server, "json", "/hook")))

        assert (error.permanent, error.of_channel) == (permanent, of_channel)
        assert f"the channel answered {status}" in str(error)
        assert len(webhook_server.posts) == 1

    @pytest.mark.parametrize(
        ("headers", "body", "seconds"),
        [
            ({"Retry-After": "30"}, b"", 30.0),
            ({"Retry-After": "Mon, 02 Mar 2099 00:01:00 GMT"}, b"", None),
            ({}, b'{"retry_after": 1.5}', 1.5),
            ({}, b'{"ok": false, "parameters": {"retry_after": 35}}', 35.0),
            ({"Retry-After": "soon"}, b"", None),
            ({}, b"", None),
        ],
    )
    def test_the_wait_a_channel_asks_for_is_kept(
        self, webhook_server: WebhookServer, headers: dict[str, str], body: bytes, seconds: float | None
    ) -> None:
        webhook_server.answers.append(Answer(429, headers, body))
        error = failure(only(at(webhook_server, "json", "/hook")))

        if "2099" in headers.get("Retry-After", ""):
            assert error.retry_after is not None
            assert error.retry_after > 86_400
        else:
            assert error.retry_after == seconds

    def test_silence_is_worth_another_try_after_a_longer_wait(self) -> None:
        with _listener_that_says_nothing() as port:
            error = failure(only(f"json://127.0.0.1:{port}/?rto=0.3"))

        assert (error.permanent, error.retry_after) == (False, 600.0)
        assert "may have taken it" in str(error)

    def test_a_connection_that_breaks_off_after_the_message_leaves_open_whether_it_was_taken(self) -> None:
        with _listener_that_hangs_up() as port:
            error = failure(only(f"json://127.0.0.1:{port}/"))

        assert (error.permanent, error.retry_after) == (False, 600.0)
        assert "broke off after it was given the message, and may have taken it" in str(error)

    @pytest.mark.parametrize(
        "body", ['{"ok": false}', '{"success": false}', '{"errcode": 310000, "errmsg": "no"}']
    )
    def test_a_service_that_says_no_under_status_200_has_not_taken_the_message(
        self, webhook_server: WebhookServer, body: str
    ) -> None:
        webhook_server.answers.append(Answer(200, {}, body.encode()))
        error = failure(only(at(webhook_server, "http")))

        assert (error.permanent, error.of_channel) == (False, False)
        assert "did not take the message; it answered 200 with: {" in str(error)

    @pytest.mark.parametrize(
        "body",
        ["no", '{"ok": true}', '{"errcode": 0, "errmsg": "ok"}', '{"code": 200}', "[false]", '{"ok": "no"}'],
    )
    def test_a_service_that_says_anything_else_under_status_200_has_taken_it(
        self, webhook_server: WebhookServer, body: str
    ) -> None:
        webhook_server.answers.append(Answer(200, {}, body.encode()))
        send(only(at(webhook_server, "http")), message())
        assert len(webhook_server.posts) == 1

    @pytest.mark.skipif(any(log.exists() for log in _SYSTEM_LOGS), reason="this machine keeps a system log")
    def test_a_system_log_that_nobody_keeps_takes_nothing(self) -> None:
        error = failure(only("syslog://"))

        assert (error.permanent, error.of_channel) == (False, True)
        assert "keeps no system log" in str(error)

    def test_a_refused_connection_is_worth_another_try_soon(self) -> None:
        error = failure(only(f"json://127.0.0.1:{unused_port()}/{SECRET}"))

        assert (error.permanent, error.retry_after) == (False, None)
        assert str(error) == "the channel could not be reached: the connection failed"

    def test_a_mail_server_that_is_not_there_is_reported_with_what_to_check(self) -> None:
        error = failure(only(f"mailto://127.0.0.1:{unused_port()}?from=w@example.org&to=anna@example.org"))

        assert not error.permanent
        assert "could not connect to the mail server (" in str(error)
        assert str(error).endswith("check its host and port")

    def test_a_dripping_server_is_left_in_bounded_time(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(channels, "_LONGEST_SEND", 0.3)
        with _listener_that_says_nothing() as port:
            error = failure(only(f"json://127.0.0.1:{port}/?rto=2"))

        assert (error.permanent, error.retry_after) == (False, 600.0)
        assert "did not end the conversation" in str(error)

    @pytest.mark.parametrize(
        ("url", "first", "more"),
        [
            ("json://127.0.0.1:{}/", b"", b"HTTP/1.1 100 Continue\r\nX: " + 60_000 * b"y" + b"\r\n\r\n"),
            ("json://127.0.0.1:{}/", b"HTTP/1.1 200 OK\r\nX: y", b""),
            ("mailto://127.0.0.1:{}?from=w@example.org&to=anna@example.org", b"220-he", b""),
        ],
    )
    def test_a_server_that_goes_on_for_ever_is_cut_off(
        self, monkeypatch: pytest.MonkeyPatch, url: str, first: bytes, more: bytes
    ) -> None:
        monkeypatch.setattr(channels, "_LONGEST_SEND", 0.2)
        with _listener_that_never_ends(first, more) as port:
            error = failure(only(url.format(port)))
            for thread in threading.enumerate():
                if thread.name == "send":
                    thread.join(60)
                    assert not thread.is_alive(), "it still reads"

        assert "did not end the conversation" in str(error)

    def test_a_look_at_a_mail_server_that_goes_on_for_ever_ends(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(channels, "_LONGEST_SEND", 0.2)
        url = "mailto://127.0.0.1:{}?from=w@example.org&to=anna@example.org"
        with (
            _listener_that_never_ends(b"220-he", b"") as port,
            pytest.raises(DeliveryError, match=f"the mail server 127.0.0.1:{port} never ends what it"),
        ):
            probe(only(url.format(port)))

    def test_an_answer_without_end_is_what_its_status_says(self) -> None:
        with _listener_that_never_ends(b"HTTP/1.1 200 OK\r\n\r\n", b"more" * 10_000) as port:
            send(only(f"json://127.0.0.1:{port}/"), message())

    def test_a_fault_of_the_sender_itself_is_worth_another_try_and_shows_no_url(
        self, webhook_server: WebhookServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(*_: Any, **__: Any) -> None:
            raise TypeError(SECRET)

        monkeypatch.setattr(NotifyJSON, "send", broken)
        error = failure(only(at(webhook_server, "json", f"/{SECRET}")))

        assert (str(error), error.permanent) == ("the sender failed with TypeError", False)

    def test_apprise_still_opens_the_session_we_listen_to(self, webhook_server: WebhookServer) -> None:
        """Pins Apprise 2.2 and requests: without this, Retry-After would be lost without a word."""
        assert requests.sessions.Session.__name__ == "_ListeningSession"
        webhook_server.answers.append(Answer(429, {"Retry-After": "7"}, b""))

        assert failure(only(at(webhook_server, "slack+http"))).retry_after == 7.0


class TestSecrets:
    @pytest.mark.parametrize(
        "url",
        [
            "json://user:s3cretmark@localhost:9/a/s3cretmark2?-token=s3cretmark3&+X-Key=s3cretmark4",
            "json://user:s3%63retmark@localhost:9",
            "slack://s3cretmark/B0BB/s3cretmark2",
            "tgram://123:s3cretmark/1",
            "ntfy://s3cretmark@example.org/s3cretmark2",
            "json://[s3cretmark@localhost",
        ],
    )
    def test_every_part_that_may_be_secret_is_starred(self, url: str) -> None:
        said = f"could not post to {url} as s3cretmark, s3cretmark2, s3cretmark3 or s3cretmark4".replace(
            "%63", "c"
        )

        hidden = redact(said, secrets_of(url))
        known = [secret for secret in (f"{SECRET}{number}" for number in ("", 2, 3, 4)) if secret in url]
        assert SECRET in "".join(secrets_of(url))
        assert not any(f" {secret}" in hidden or f"/{secret}" in hidden for secret in known)

    def test_the_recipient_and_the_answer_stay_readable(self) -> None:
        url = "mailto://anna:pw@example.org?to=anna@example.org"
        said = "anna@example.org: 550 5.1.1 no such user (pw, anna)"

        assert redact(said, secrets_of(url), keep="anna@example.org") == (
            "anna@example.org: 550 5.1.1 no such user (***, ***)"
        )

    def test_an_answer_that_repeats_our_secret_is_starred(
        self,
        webhook_server: WebhookServer,
        capfd: pytest.CaptureFixture[str],
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        caplog.set_level(logging.DEBUG)
        webhook_server.answers.append(Answer(404, {}, f"no hook at /hook/{SECRET}".encode()))
        url = at(webhook_server, "json", f"/hook/{SECRET}?+X-Key={SECRET}2").replace(
            "://", f"://me:{SECRET}3@"
        )
        error = failure(only(url))

        assert "404" in str(error)
        for text in (str(error), repr(error), caplog.text, *capfd.readouterr()):
            assert SECRET not in text


@contextmanager
def _listener_that_says_nothing() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@contextmanager
def _listener_that_never_ends(first: bytes, more: bytes) -> Iterator[int]:
    """Says the first words, then more without end or nothing, until one of the sides has gone."""
    over = threading.Event()

    def serve(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        connection.settimeout(0.5)  # the other side may keep what it does not read
        with connection, suppress(OSError):
            if b"HTTP" in first + more:
                connection.recv(65_536)
            connection.sendall(first)
            while not over.is_set() and (more or connection.recv(65_536)):
                connection.sendall(more)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,))
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            over.set()
            thread.join()


@contextmanager
def _listener_that_hangs_up() -> Iterator[int]:
    def serve(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65_536)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,))
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


@contextmanager
def _smtp_that_stalls_after_data() -> Iterator[int]:
    over = threading.Event()

    def serve(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection, connection.makefile("rb") as lines:
            connection.sendall(b"220 hello\r\n")
            for line in lines:
                if line.upper().startswith(b"DATA"):
                    connection.sendall(b"354 go on\r\n")
                    over.wait(300)
                    return
                connection.sendall(b"250 ok\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,))
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            over.set()
            thread.join()
