"""A webhook gets signed JSON, and its answer decides whether it gets it again."""

import hmac
import logging
from base64 import b64decode, b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from alerts.channels.egress import AddressRefused, private_address
from alerts.channels.responses import LONGEST_ANSWER
from alerts.channels.send import send, targets
from alerts.channels.webhook import signature
from alerts.domain.errors import DeliveryError
from alerts.domain.messages import Message, Target
from alerts.domain.settings import ChannelSettings
from alerts.outbox.leases import LEASE
from service.demo.fakes.receivers import Answer, ReceivedPost, WebhookServer
from tests.alerts.channels.test_send import IDENTITY
from tests.alerts.outbox_world import World

SECRET = "tr0mbone-and-a-half"
BODY = '{"version": 1, "text": "Ünïcode"}'
SENT = datetime(2026, 3, 2, 15, 0, 0, 700_000, tzinfo=UTC)


def channel(url: str, secret: str = SECRET, **fields: Any) -> ChannelSettings:
    return ChannelSettings.model_validate(
        {"webhook": {"url": url, "secret": secret}, "allow_private": True, **fields}
    )


def program(url: str, secret: str = SECRET, **fields: Any) -> Target:
    (target,) = targets("hook", channel(url, secret, **fields))
    return target


def message(**fields: Any) -> Message:
    return Message(**{"identity": IDENTITY, "subject": "s", "text": BODY, "date": SENT, **fields})


def failure(target: Target) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        send(target, message())
    return caught.value


def is_signed(post: ReceivedPost, secret: str = SECRET) -> bool:
    """Verify a post as its receiver does, with code of its own."""
    key = b64decode(secret[6:]) if secret.startswith("whsec_") else secret.encode()
    signed = b".".join(
        (post.headers["webhook-id"].encode(), post.headers["webhook-timestamp"].encode(), post.body)
    )
    wanted = b64encode(hmac.digest(key, signed, "sha256")).decode()
    return post.headers["webhook-signature"] == f"v1,{wanted}"


# ---- what leaves


def test_the_signature_is_that_of_the_specification() -> None:
    secret, identity = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek"
    assert signature(secret, identity, 1614265330, b'{"test": 2432232314}') == (
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    )


@pytest.mark.parametrize("secret", [SECRET, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "schlüssel-ohne-ende"])
def test_the_body_arrives_as_it_is_signed_with_its_identity_and_time(
    webhook_server: WebhookServer, secret: str
) -> None:
    send(program(webhook_server.url("/hook?team=border"), secret), message())

    (post,) = webhook_server.posts
    assert (post.path, post.body) == ("/hook?team=border", BODY.encode())
    assert post.headers["content-type"] == "application/json"
    assert post.headers["user-agent"] == "OversightWatch"
    assert post.headers["idempotency-key"] == post.headers["webhook-id"] == IDENTITY
    assert post.headers["webhook-timestamp"] == str(int(SENT.timestamp()))
    assert is_signed(post, secret)
    assert not is_signed(post, "another-secret-of-ours")


def test_a_lone_surrogate_of_a_page_is_valid_json(webhook_server: WebhookServer) -> None:
    send(program(webhook_server.url()), message(text='{"text": "\ud800"}'))
    assert webhook_server.posts[0].json == {"text": "\ud800"}


def test_a_login_in_the_address_is_sent_as_such(webhook_server: WebhookServer) -> None:
    send(program(webhook_server.url("/hook").replace("://", "://me:p%40ss@")), message())
    assert webhook_server.posts[0].headers["authorization"] == f"Basic {b64encode(b'me:p@ss').decode()}"


# ---- what it answers


@pytest.mark.parametrize(
    ("status", "permanent"),
    [(410, True), (422, True), (404, False), (401, False), (429, False), (503, False)],
)
def test_the_answer_says_whether_another_try_is_worth_it(
    webhook_server: WebhookServer, status: int, permanent: bool
) -> None:
    webhook_server.answers.append(Answer(status, {"Retry-After": "90"}, b"not now"))
    error = failure(program(webhook_server.url()))
    assert (error.permanent, error.retry_after) == (permanent, 90)
    assert f"the channel answered {status}" in str(error)
    assert "not now" in str(error)


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_any_success_is_an_acceptance(webhook_server: WebhookServer, status: int) -> None:
    webhook_server.answers.append(Answer(status, body=b"" if status == 204 else b"x" * 100_000))
    send(program(webhook_server.url()), message())


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(webhook_server: WebhookServer, status: int) -> None:
    webhook_server.answers.append(Answer(status, {"Location": webhook_server.url("/other")}))
    error = failure(program(webhook_server.url()))
    assert (error.permanent, error.of_channel) == (False, True)
    assert "a redirect" in str(error)
    assert len(webhook_server.posts) == 1


def test_of_an_answer_only_its_beginning_is_read(
    webhook_server: WebhookServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    monkeypatch.setattr(
        "alerts.channels.responses._json", lambda answer: seen.append(len(answer.content)) or {}
    )
    webhook_server.answers.append(Answer(500, body=b"x" * 5_000_000))
    failure(program(webhook_server.url()))
    assert seen == [LONGEST_ANSWER]


@pytest.mark.parametrize(
    "secret", [SECRET, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "p@ss/w+rd?#%ö-of-ours"]
)
@pytest.mark.parametrize("dress", ["{}", "bearer {}", "secret={}", '{{"secret": "{}"}}'])
def test_no_secret_comes_back_in_an_error_or_a_log(
    webhook_server: WebhookServer, secret: str, dress: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    webhook_server.answers.append(Answer(400, body=dress.format(secret).encode()))
    said = str(failure(program(webhook_server.url("/t0ken-in-the-path"), secret)))
    for text in (said, caplog.text):
        assert secret not in text
        assert secret.removeprefix("whsec_") not in text
        assert "t0ken-in-the-path" not in text


def test_of_an_answer_with_our_secret_the_other_words_are_shown(webhook_server: WebhookServer) -> None:
    webhook_server.answers.append(Answer(400, body=f"the secret {SECRET} is wrong".encode()))
    assert "the secret *** is wrong" in str(failure(program(webhook_server.url())))


def test_an_answer_that_repeats_our_headers_is_not_shown(webhook_server: WebhookServer) -> None:
    echo = b"POST / idempotency-key: 1 webhook-signature: v1,abcdef"
    webhook_server.answers.append(Answer(400, body=echo))
    assert "v1,abcdef" not in str(failure(program(webhook_server.url())))


# ---- where it may go


def test_nothing_is_sent_to_this_machine_unless_allowed(webhook_server: WebhookServer) -> None:
    target = program(webhook_server.url().replace("http:", "https:"), allow_private=False)
    error = failure(target)
    assert error.permanent
    assert "127.0.0.1, this machine's own address; nothing was sent there" in str(error)
    assert webhook_server.posts == []


@pytest.mark.parametrize("host", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946"])
def test_without_encryption_nothing_is_sent_to_the_public_internet(host: str) -> None:
    with pytest.raises(AddressRefused, match=r"nothing was sent there. Write it with https"):
        private_address(host, 80)
    error = failure(program(f"http://[{host}]/hook" if ":" in host else f"http://{host}/hook"))
    assert error.permanent
    assert "nothing was sent" in str(error)


def test_a_proxy_of_the_environment_is_used_but_not_for_the_own_network(
    webhook_server: WebhookServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with WebhookServer() as proxy:
        for name in ("http_proxy", "https_proxy"):
            monkeypatch.setenv(name, proxy.url().rstrip("/"))
        for name in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
        assert "the proxy did not let us through" in str(failure(program("https://a.example.org/hook")))
        send(program(webhook_server.url()), message())
        # Through a proxy nobody could see that this address is public.
        assert failure(program("http://93.184.216.34/hook")).permanent
    assert len(webhook_server.posts) == 1
    assert proxy.posts == []


def test_a_name_that_is_not_known_is_worth_another_try() -> None:
    assert not failure(program("http://nowhere.invalid/hook")).permanent


# ---- who it is


def test_a_program_is_known_by_its_address_and_not_by_login_or_secret() -> None:
    one = program("https://a.example.org/hook?team=border")
    assert (
        program("https://me:new@A.example.org/hook?team=border", "another-secret-of-ours").person
        == one.person
    )
    assert program("https://a.example.org/hook?team=press").person != one.person
    assert SECRET not in repr(one)


def test_people_and_a_program_may_share_a_channel() -> None:
    both = channel("https://a.example.org/hook", to=["json://localhost/x", "https://a.example.org/hook"])
    assert [bool(target.secret) for target in targets("desk", both)] == [False, False, True]


# ---- what is refused


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"url": "ftp://a.example.org"}, "must be a web address"),
        ({"url": "https://"}, "must be a web address"),
        ({"url": "https://a.example.org:x/"}, "must be a web address"),
        ({"url": "https://[a/"}, "must be a web address"),
        ({"url": "https://a.example.org/a b"}, "must be a web address"),
        ({"url": "https://hooks.slack.com/services/T/B/C"}, "write it under 'to'"),
        ({"url": "https://discord.com/api/webhooks/1/x"}, "write it under 'to'"),
        ({"url": "http://a.example.org/hook"}, "must begin with https"),
        ({"secret": "fifteen letters"}, "must have at least 16 characters"),
        ({"secret": "whsec_c2hvcnRlcg=="}, "must have at least 16 characters"),
        ({"secret": "whsec_no/t-base64-at-all"}, "must be base64 after whsec_"),
        ({"secret": ""}, "must have at least 16 characters"),
        ({"sekret": "x"}, "sekret"),
    ],
)
def test_what_cannot_work_is_refused(keys: dict[str, str], said: str) -> None:
    written = {"url": "https://a.example.org/hook", "secret": SECRET, **keys}
    with pytest.raises(ValidationError, match=said):
        ChannelSettings.model_validate({"webhook": written})


def test_a_face_is_refused_where_there_is_only_a_webhook() -> None:
    with pytest.raises(ValidationError, match="a webhook gets events as JSON"):
        channel("https://a.example.org/hook", template="text")


# ---- through the outbox


@pytest.fixture
def hooked(world: World, webhook_server: WebhookServer) -> World:
    world.channels["hook"] = {"webhook": {"url": webhook_server.url("/in"), "secret": SECRET}}
    return world


def test_another_try_has_the_same_identity_and_a_new_time(
    hooked: World, webhook_server: WebhookServer
) -> None:
    webhook_server.answers.append(Answer(503, {"Retry-After": "120"}))
    hooked.put("hook")

    first = hooked.deliver()
    assert first is not None
    assert first.next_try == hooked.clock() + timedelta(seconds=120)
    hooked.clock.advance(timedelta(seconds=119))
    assert hooked.deliver() is None
    hooked.clock.advance(timedelta(seconds=1))
    assert [one.outcome for one in hooked.deliver_all()] == ["accepted"]
    hooked.clock.advance(timedelta(days=1))
    assert hooked.deliver_all() == []  # never a second post of what was accepted

    one, two = webhook_server.posts
    for header in ("idempotency-key", "webhook-id"):
        assert one.headers[header] == two.headers[header]
    assert int(two.headers["webhook-timestamp"]) - int(one.headers["webhook-timestamp"]) == 120
    assert one.headers["webhook-signature"] != two.headers["webhook-signature"]
    assert is_signed(one)
    assert is_signed(two)
    assert one.body == two.body


def test_a_process_that_dies_after_the_post_repeats_it_with_its_identity(
    hooked: World, webhook_server: WebhookServer
) -> None:
    class EndOfProcess(BaseException):
        pass

    def send_and_die(target: Target, told: Message) -> None:
        send(target, told)
        raise EndOfProcess

    hooked.put("hook")
    hooked.send = send_and_die
    with pytest.raises(EndOfProcess):
        hooked.deliver()
    hooked.send = send
    assert hooked.deliver() is None
    hooked.clock.advance(LEASE)
    assert [one.attempt for one in hooked.deliver_all()] == [2]
    one, two = webhook_server.accepted
    assert one.headers["webhook-id"] == two.headers["webhook-id"]


def test_a_receiver_that_is_gone_is_given_up_at_once(hooked: World, webhook_server: WebhookServer) -> None:
    webhook_server.answers.append(Answer(410, body=b"gone"))
    number = hooked.put("hook")
    delivered = hooked.deliver()
    assert delivered is not None
    assert (delivered.outcome, delivered.state) == ("refused", "dead")
    assert hooked.item(number).error == "the channel answered 410 Gone: gone"
