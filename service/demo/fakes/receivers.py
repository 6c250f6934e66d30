"""A mail server and a webhook on 127.0.0.1 that keep what they are sent, and refuse when told to.

For the demo and the tests: nothing that arrives here goes any further.
"""

import json
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from service.demo.fakes.loopback import LoopbackHandler, LoopbackServer, Served
from service.demo.fakes.smtp import SmtpHandler

HOST = "127.0.0.1"

# Given a recipient, say with which SMTP reply ("550 5.1.1 no such user") it is refused, or None to accept.
Refusal = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class ReceivedMail:
    """One mail as it was accepted: the envelope, the bytes and the message read from them."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes
    message: EmailMessage


@dataclass(frozen=True, slots=True)
class ReceivedPost:
    """One request to the webhook. Header names are in lower case; `json` is None unless the body is JSON."""

    path: str
    headers: dict[str, str]
    body: bytes
    json: Any
    status: int  # what we answered


@dataclass(frozen=True, slots=True)
class Answer:
    """What the webhook says to one post; by default what Slack says."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b"ok"


class MailServer:
    """An SMTP server on a free port for as long as the `with` block lasts.

    `refuse` may be set at any time. With a `folder`, each accepted mail is also written there as NNN.eml.
    """

    host = HOST

    def __init__(self, folder: Path | None = None, refuse: Refusal | None = None) -> None:
        self.messages: list[ReceivedMail] = []
        self.attempts: list[str] = []  # every recipient offered, refused ones too
        self.refuse = refuse
        self._keeping = threading.Lock()
        self._folder = _made(folder)
        self._server = LoopbackServer(type("Handler", (SmtpHandler,), {"mailbox": self}))
        self.port = self._server.server_port

    @property
    def stopping(self) -> threading.Event:
        """Return what is set when the server ends."""
        return self._server.stopping

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.stop()

    def offered(self, recipient: str) -> str:
        """Return the reply to one recipient."""
        self.attempts.append(recipient)
        return (self.refuse(recipient) if self.refuse else None) or "250 2.1.5 OK"

    def taken(self, sender: str, recipients: tuple[str, ...], raw: bytes) -> str:
        """Keep one accepted mail; on disk first, so that whoever sees it listed can open its file."""
        mail = ReceivedMail(sender, recipients, raw, message_from_bytes(raw, policy=policy.default))
        with self._keeping:
            if self._folder:
                (self._folder / f"{len(self.messages) + 1:03}.eml").write_bytes(mail.raw)
            self.messages.append(mail)
        return "250 2.0.0 OK"

    def sent_to(self, recipient: str) -> list[ReceivedMail]:
        """Return the mails accepted for one recipient, in the order in which they came."""
        return [mail for mail in self.messages if recipient in mail.recipients]


class WebhookServer(Served):
    """An HTTP address that takes posts on every path for as long as the `with` block lasts.

    `answers` holds scripted answers for the next posts in order; after them each post is answered as Slack
    does. With a `folder`, each post is also written there as NNN.json, without its Authorization header.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.posts: list[ReceivedPost] = []
        self.answers: deque[Answer] = deque()
        self._folder = _made(folder)
        self._lock = threading.Lock()
        super().__init__(type("WebhookHandler", (_WebhookHandler,), {"owner": self}))

    @property
    def accepted(self) -> list[ReceivedPost]:
        """Return the posts that were answered with success."""
        return [post for post in self.posts if 200 <= post.status < 300]

    def receive(self, path: str, headers: dict[str, str], body: bytes) -> Answer:
        """Keep one post and say how to answer it."""
        with self._lock:
            said = self.answers.popleft() if self.answers else Answer()
            post = ReceivedPost(path, headers, body, json_or_none(body), said.status)
            if self._folder:
                _write_post(self._folder / f"{len(self.posts) + 1:03}.json", post)
            self.posts.append(post)
        return said


class _WebhookHandler(LoopbackHandler):
    """Hands each post to its owner and sends the answer."""

    owner: WebhookServer

    def do_POST(self) -> None:  # noqa: N802 - the name http.server looks for
        """Take one post."""
        headers = {name.lower(): value for name, value in self.headers.items()}
        said = self.owner.receive(self.path, headers, self.read_body())
        self.send_head(said.status, {"Content-Type": "text/plain", **said.headers}, len(said.body))
        self.wfile.write(said.body)


def _made(folder: Path | None) -> Path | None:
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
    return folder


def json_or_none(body: bytes) -> Any:
    """Return what a body says in JSON, None where it is not JSON."""
    try:
        return json.loads(body)
    except ValueError:
        return None


def _write_post(file: Path, post: ReceivedPost) -> None:
    headers = {name: value for name, value in post.headers.items() if name != "authorization"}
    said = post.json if post.json is not None else post.body.decode(errors="replace")
    shown = {"path": post.path, "headers": headers, "body": said, "answered": post.status}
    file.write_text(json.dumps(shown, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
