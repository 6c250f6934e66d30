"""Channels reach the public internet only, unless the user says otherwise."""

import socket
from typing import Any

import pytest

from alerts.channels.egress import AddressRefused, public_address
from alerts.channels.send import send, targets
from alerts.domain.errors import DeliveryError
from alerts.domain.settings import ChannelSettings
from service.demo.fakes.receivers import Answer, WebhookServer
from tests.alerts.channels.test_send import message

PRIVATE = (
    "127.0.0.1",
    "localhost",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "127.1",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "fd00::1",
    "fe80::1",
    "64:ff9b::7f00:1",
)


def failure(url: str, **settings: Any) -> DeliveryError:
    (target,) = targets("hook", ChannelSettings.model_validate({"to": url, **settings}))
    with pytest.raises(DeliveryError) as caught:
        send(target, message())
    return caught.value


@pytest.mark.parametrize("host", PRIVATE)
def test_an_address_that_is_not_public_is_refused(host: str) -> None:
    with pytest.raises(AddressRefused, match=r"nothing was sent there.* 'allow_private: true'"):
        public_address(host, 80)


@pytest.mark.parametrize("host", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946"])
def test_a_public_address_is_connected_to_as_it_is(host: str) -> None:
    assert public_address(host, 443) == host


@pytest.mark.parametrize("scheme", ["json", "form", "xml", "slack+http"])
def test_nothing_is_sent_to_this_machine_unless_allowed(scheme: str, webhook_server: WebhookServer) -> None:
    path = "T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ" if scheme == "slack+http" else "s3cret"
    url = webhook_server.url(path).replace("http", scheme, 1)
    error = failure(url)
    assert error.permanent
    assert "127.0.0.1, this machine's own address; nothing was sent there" in str(error)
    assert "s3cret" not in str(error)
    assert webhook_server.posts == []
    (target,) = targets("hook", ChannelSettings.model_validate({"to": url, "allow_private": True}))
    send(target, message())
    assert len(webhook_server.posts) == 1


def test_a_name_is_resolved_once_so_that_it_cannot_change_its_mind(
    webhook_server: WebhookServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter(["93.184.216.34", "127.0.0.1", "127.0.0.1"])
    asked: list[str] = []
    connected: list[Any] = []

    def resolve(host: str, port: int | None, *_: Any, **__: Any) -> list[tuple[Any, ...]]:
        asked.append(host)
        address = host if host[0].isdigit() else next(answers)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    def connect(_socket: socket.socket, address: Any) -> None:
        connected.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket.socket, "connect", connect)
    failure("json://rebinding.example.org:8080/hook")
    assert connected == [("93.184.216.34", 8080)]
    assert [host for host in asked if not host[0].isdigit()] == ["rebinding.example.org"]


def test_a_redirect_is_not_followed_anywhere(webhook_server: WebhookServer) -> None:
    webhook_server.answers.append(Answer(307, {"Location": "http://169.254.169.254/latest/meta-data/"}))
    error = failure(webhook_server.url("hook").replace("http", "json", 1), allow_private=True)
    assert "a redirect" in str(error)
    assert len(webhook_server.posts) == 1


def test_a_name_that_is_not_known_is_worth_another_try(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: Any, **__: Any) -> list[Any]:
        raise socket.gaierror("unknown")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert not failure("json://nowhere.example.org/hook").permanent
