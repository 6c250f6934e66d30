"""The receivers of the demo and the tests: they keep what they are sent, and refuse as scripted."""

import json
import smtplib
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

import httpx
import pytest

from service.demo.fakes.receivers import Answer, MailServer, WebhookServer


def mail(recipient: str, subject: str = "Two new reports") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "watch@example.org", recipient, subject
    message["Message-ID"] = "<alert-1@example.org>"
    message.set_content("CBP’s reports – see below.\n.a line that begins with a dot\n")
    return message


def send(server: MailServer, message: EmailMessage, *recipients: str) -> dict[str, tuple[int, bytes]]:
    with smtplib.SMTP(server.host, server.port, timeout=300) as connection:
        return connection.send_message(message, to_addrs=list(recipients) or None)


def test_a_mail_arrives_with_its_envelope_and_its_text_as_sent(mail_server: MailServer) -> None:
    send(mail_server, mail("desk@example.org"))

    (received,) = mail_server.messages
    assert (received.sender, received.recipients) == ("watch@example.org", ("desk@example.org",))
    assert received.message["Message-ID"] == "<alert-1@example.org>"
    assert received.message.get_content().splitlines() == [
        "CBP’s reports – see below.",
        ".a line that begins with a dot",
    ]
    assert b"Two new reports" in received.raw


def test_a_refused_recipient_gets_the_scripted_reply_and_no_mail(mail_server: MailServer) -> None:
    mail_server.refuse = lambda who: "550 5.1.1 no such user" if who.startswith("gone@") else None

    refused = send(mail_server, mail("desk@example.org"), "gone@example.org", "desk@example.org")

    assert refused == {"gone@example.org": (550, b"5.1.1 no such user")}
    assert mail_server.sent_to("gone@example.org") == []
    assert len(mail_server.sent_to("desk@example.org")) == 1
    assert mail_server.attempts == ["gone@example.org", "desk@example.org"]


def test_a_recipient_refused_for_now_is_accepted_once_the_refusal_is_lifted(mail_server: MailServer) -> None:
    mail_server.refuse = lambda _: "451 4.3.0 try later"
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refusal:
        send(mail_server, mail("desk@example.org"))
    assert refusal.value.recipients["desk@example.org"][0] == 451

    mail_server.refuse = None
    send(mail_server, mail("desk@example.org"))

    assert len(mail_server.messages) == 1


def test_each_mail_is_written_as_a_file_that_mail_programs_read(tmp_path: Path) -> None:
    folder = tmp_path / "out" / "mail"
    with MailServer(folder) as server:
        send(server, mail("desk@example.org", "First"))
        send(server, mail("desk@example.org", "Second"))

    assert sorted(file.name for file in folder.iterdir()) == ["001.eml", "002.eml"]
    message = BytesParser(policy=policy.default).parsebytes((folder / "002.eml").read_bytes())
    assert message["Subject"] == "Second"


def test_two_mail_servers_at_once_have_ports_of_their_own(mail_server: MailServer) -> None:
    with MailServer() as other:
        send(other, mail("desk@example.org"))
        assert other.port != mail_server.port
        assert (len(other.messages), len(mail_server.messages)) == (1, 0)


def test_a_post_is_kept_with_path_headers_and_json_and_answered_as_slack_does(
    webhook_server: WebhookServer,
) -> None:
    answer = httpx.post(
        webhook_server.url("/services/T0/B0/x"),
        json={"text": "a “new” report"},
        headers={"Idempotency-Key": "k1"},
        timeout=600,
    )

    assert (answer.status_code, answer.text) == (200, "ok")
    (post,) = webhook_server.posts
    assert (post.path, post.json) == ("/services/T0/B0/x", {"text": "a “new” report"})
    assert post.headers["idempotency-key"] == "k1"


def test_scripted_answers_come_in_order_and_then_success_again(webhook_server: WebhookServer) -> None:
    webhook_server.answers.extend(
        [Answer(429, {"Retry-After": "30"}, b"rate_limited"), Answer(404, body=b"no_service")]
    )

    with httpx.Client(verify=False, timeout=600) as client:
        answers = [client.post(webhook_server.url("/hook"), json={"n": n}) for n in range(3)]

    assert [answer.status_code for answer in answers] == [429, 404, 200]
    assert answers[0].headers["Retry-After"] == "30"
    assert answers[1].text == "no_service"
    assert [post.json["n"] for post in webhook_server.accepted] == [2]


def test_a_body_that_is_no_json_is_kept_as_bytes(webhook_server: WebhookServer) -> None:
    httpx.post(webhook_server.url("/hook"), content=b"plain words", timeout=600)

    assert (webhook_server.posts[0].json, webhook_server.posts[0].body) == (None, b"plain words")


def test_posts_are_written_as_json_without_the_sender_s_password(tmp_path: Path) -> None:
    with WebhookServer(tmp_path / "posts") as server:
        headers = {"Authorization": "Bearer s3cret"}
        httpx.post(server.url("/hook"), json={"text": "é"}, headers=headers, timeout=600)

    written = (tmp_path / "posts" / "001.json").read_text(encoding="utf-8")
    assert json.loads(written)["body"] == {"text": "é"}
    assert "s3cret" not in written


def test_a_kept_alive_connection_does_not_hold_up_the_end(webhook_server: WebhookServer) -> None:
    with httpx.Client(verify=False, timeout=600) as client:
        with WebhookServer() as other:
            client.post(other.url("/hook"), json={})
        with pytest.raises(httpx.TransportError):
            client.post(other.url("/hook"), json={})
