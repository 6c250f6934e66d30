"""A mail server in plain keys: every sign of a password or an address is taken as it is."""

from typing import Any

import pytest
from pydantic import ValidationError

from alerts.channels.send import face_of, send, targets
from alerts.channels.services import service_of
from alerts.domain.settings import ChannelSettings
from service.demo.fakes.receivers import MailServer
from tests.alerts.channels.test_send import message

KEYS = {"host": "mail.example.gov", "from": "watch@example.gov", "to": "omar@example.gov"}


def channel(**keys: Any) -> ChannelSettings:
    return ChannelSettings.model_validate({"mail": {**KEYS, **keys}})


@pytest.mark.parametrize("host", ["mail.example.gov", "127.0.0.1", "::1", "[::1]"])
def test_user_password_and_host_arrive_as_written(host: str) -> None:
    (target,) = targets("desk", channel(host=host, port=2525, user="me@x", password="a@b/c?d#e:f&to=z%é"))

    service = service_of(target.url.get_secret_value())
    assert (service.user, service.password, service.port) == ("me@x", "a@b/c?d#e:f&to=z%é", 2525)
    assert service.smtp_host.strip("[]") == host.strip("[]")
    assert target.recipient == "omar@example.gov"


@pytest.mark.parametrize(
    ("security", "mode", "port"),
    [("starttls", "starttls", 587), ("tls", "ssl", 465), ("none", "insecure", 25)],
)
def test_the_port_follows_the_security(security: str, mode: str, port: int) -> None:
    service = service_of(channel(security=security).urls[0].get_secret_value())
    assert (service.secure_mode, service.port) == (mode, port)


def test_everybody_named_gets_a_mail(mail_server: MailServer) -> None:
    settings = channel(
        host=mail_server.host,
        port=mail_server.port,
        security="none",
        to=["d'arcy+ig@example.gov", "omar@example.gov"],
        cc="eva@example.gov",
    )
    assert face_of(settings) == "email"
    for target in targets("desk", settings):
        send(target, message())
    assert mail_server.attempts == ["d'arcy+ig@example.gov", "omar@example.gov", "eva@example.gov"]


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"to": "omar@@example.gov"}, "is not a mail address"),
        ({"to": []}, "at least 1"),
        ({"host": "mail.example.gov:25"}, "its port goes into 'port'"),
        ({"user": "me"}, "'user' and 'password' go together"),
        ({"pasword": "x"}, "pasword"),
    ],
)
def test_what_cannot_work_is_refused(keys: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        channel(**keys)


def test_a_channel_that_reaches_nobody_is_refused() -> None:
    with pytest.raises(ValidationError, match="reaches nobody; give it 'to'"):
        ChannelSettings.model_validate({})
