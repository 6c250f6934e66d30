"""The receiver of the documentation, run as its reader runs it."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import IO

import pytest

from alerts.channels.send import send, targets
from alerts.domain.errors import DeliveryError
from alerts.domain.messages import Message, Target
from alerts.domain.settings import ChannelSettings
from alerts.rendering.envelopes import program_events, program_notice
from alerts.rendering.events import Origin, event
from tests.alerts.stories import closed, comment_updated
from tests.service.commands import ROOT

pytestmark = pytest.mark.slow  # a process of its own

RECEIVER = ROOT / "docs" / "examples" / "receiver.py"
SECRETS = ("a-plain-secret-of-ours", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Receiver:
    """A running receiver and what it prints."""

    port: int
    out: IO[str]

    def target(self, secret: str) -> Target:
        webhook = {"url": f"http://127.0.0.1:{self.port}/", "secret": secret}
        (found,) = targets(
            "hook", ChannelSettings.model_validate({"webhook": webhook, "allow_private": True})
        )
        return found


@contextmanager
def running(secret: str) -> Iterator[Receiver]:
    environment = {**os.environ, "HOOK_SECRET": secret}
    command = [sys.executable, "-I", str(RECEIVER), "0"]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        port = re.fullmatch(r"listening on port (\d+)\n", process.stdout.readline())
        assert port
        try:
            yield Receiver(int(port[1]), process.stdout)
        finally:
            process.terminate()


@pytest.fixture(params=SECRETS)
def secret(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def receiver(secret: str) -> Iterator[Receiver]:
    with running(secret) as found:
        yield found


def changes(identity: str = "one") -> Message:
    both = [event(one, {}, Origin()) for one in (closed(id=7), comment_updated(id=8))]
    return replace(program_events(both, "changes", identity), date=datetime.now(UTC))


def printed(receiver: Receiver, lines: int) -> list[str]:
    return [receiver.out.readline().split()[0] for _ in range(lines)]


def test_events_are_taken_and_used_once_however_often_they_come(receiver: Receiver, secret: str) -> None:
    for _ in range(3):
        send(receiver.target(secret), changes())
    send(receiver.target(secret), changes("two"))
    assert printed(receiver, 4) == ["7", "8", "7", "8"]


def test_what_is_no_event_is_confirmed(receiver: Receiver, secret: str) -> None:
    send(receiver.target(secret), program_notice({"title": "A test", "lines": []}, "n"))


def test_another_secret_is_refused(receiver: Receiver) -> None:
    refused(receiver.target("some-other-secret-of-theirs"), changes())


@pytest.mark.parametrize("off", [-6 * MINUTE, 6 * MINUTE])
def test_a_post_of_another_time_is_refused(receiver: Receiver, secret: str, off: timedelta) -> None:
    refused(receiver.target(secret), replace(changes(), date=datetime.now(UTC) + off))


def test_a_post_of_four_minutes_ago_is_taken(receiver: Receiver, secret: str) -> None:
    send(receiver.target(secret), replace(changes(), date=datetime.now(UTC) - 4 * MINUTE))
    assert printed(receiver, 2) == ["7", "8"]


def refused(target: Target, told: Message) -> None:
    with pytest.raises(DeliveryError, match="the channel answered 401"):
        send(target, told)


def test_a_forged_body_is_refused(receiver: Receiver, secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from alerts.channels import webhook

    signed = webhook.signature
    monkeypatch.setattr(webhook, "signature", lambda *given: signed(*given[:3], b"another body"))
    refused(receiver.target(secret), changes())


def test_the_example_is_short_and_needs_no_package() -> None:
    text = RECEIVER.read_text(encoding="utf-8")
    code = [line for line in text.splitlines() if line.strip() and not line.startswith(("import", "from"))]
    assert len(code) <= 32
    modules = re.findall(r"^(?:import|from) (\w+)", text, re.MULTILINE)
    assert set(modules) <= sys.stdlib_module_names
