"""A mail server and a webhook with moods: they take, refuse, hang up, or take a message and never say so."""

import random
import re
import threading
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, cast

from service.demo.fakes.loopback import LoopbackHandler, LoopbackServer, Served
from service.demo.fakes.receivers import MailServer, json_or_none
from tests.faults.judge import Receipt

PATIENCE = 1  # seconds our channels wait for an answer
_STALL = PATIENCE + 0.5
# What a receiver does with one message, and how often.
MOODS = {"take": 10, "refuse": 3, "hang_up": 1, "take_and_hang_up": 1, "take_and_stall": 1}


class Moods:
    """Draws moods from a seed until the receivers are told to be `kind`. Threads may share it."""

    def __init__(self, seed: str) -> None:
        self.kind = False
        self._random = random.Random(seed)
        self._lock = threading.Lock()

    def next(self) -> str:
        """Give the mood for the next message."""
        with self._lock:
            drawn = self._random.choices(list(MOODS), list(MOODS.values()))[0]
        return "take" if self.kind else drawn


class MoodyMail(MailServer):
    """A mail server on a free port; every mail it took is a receipt, whether or not it said so."""

    def __init__(self, moods: Moods, keep: Callable[[Receipt], None]) -> None:
        self._moods = moods
        self._keep = keep
        super().__init__()

    def taken(self, sender: str, recipients: tuple[str, ...], raw: bytes) -> str:
        """Take one mail, or not."""
        del sender
        mood = self._moods.next()
        if mood == "refuse":
            return "451 4.3.0 try again later"
        if mood.startswith("take"):
            for recipient in recipients:
                self._keep(_mail_receipt(recipient, raw))
        if mood == "take_and_stall":
            self.stopping.wait(_STALL)
        return "421" if mood.endswith("hang_up") else "250 2.0.0 OK"


class MoodyWebhook(Served):
    """A webhook on a free port; every post it took is a receipt, whether or not it said so."""

    def __init__(self, moods: Moods, keep: Callable[[Receipt], None]) -> None:
        members = {"moods": moods, "keep": staticmethod(keep)}
        super().__init__(type("MoodyWebhookHandler", (_MoodyHandler,), members))


class _MoodyHandler(LoopbackHandler):
    moods: Moods
    keep: Callable[[Receipt], None]

    def do_POST(self) -> None:  # noqa: N802 - the name http.server looks for
        """Take one post, or not."""
        body, mood = self.read_body(), self.moods.next()
        if mood.startswith("take"):
            self.keep(_post_receipt(self.headers.get("Idempotency-Key") or "none", json_or_none(body)))
        if mood == "take_and_stall":
            cast("LoopbackServer", self.server).stopping.wait(_STALL)
        if mood.endswith("hang_up"):
            self.close_connection = True
            return
        status = 429 if mood == "refuse" else 200
        self.send_head(status, {"Retry-After": "7"} if mood == "refuse" else {}, 2)
        self.wfile.write(b"ok")


def _mail_receipt(recipient: str, raw: bytes) -> Receipt:
    mail = cast("EmailMessage", message_from_bytes(raw, policy=policy.default))
    text = mail.get_body(("plain",))
    found = re.fullmatch(r"<(\w+)@[^>]+>", str(mail["Message-ID"]).strip())
    identity = found[1] if found else str(mail["Message-ID"])
    return Receipt(recipient, identity, f"{mail['Subject']}\n{text.get_content() if text else ''}")


def _post_receipt(identity: str, body: Any) -> Receipt:
    said = body if isinstance(body, dict) else {}
    return Receipt("#1", identity, f"{said.get('title')}\n{said.get('message')}")
