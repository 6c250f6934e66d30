"""The golden files: every kind of change in every face, as it was last looked at.

Write them anew with `python -m tests.alerts.golden`, and read what git says has changed.
"""

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path
from zoneinfo import ZoneInfo

from alerts.mail import MailRoute, build_mail
from alerts.render import Entry, Message, render_changes, templates
from monitor.queries import ChangeView
from tests.alerts.stories import every_kind

FOLDER = Path(__file__).parent.parent / "golden" / "alerts"
NEW_YORK = ZoneInfo("America/New_York")
ROUTE = MailRoute(
    host="mail.example.org",
    port=25,
    secure="insecure",
    sender="watch@example.org",
    sender_name="Oversight Watch",
    unsubscribe="mailto:watch@example.org?subject=unsubscribe%20desk",
)
WORDS = ("biometric", "training")


def golden_files() -> Iterator[tuple[str, str]]:
    """Give each file's name below tests/golden/alerts and what is to stand in it."""
    ours = templates(None)
    for change in every_kind():
        for face in ("email", "slack", "teams", "discord", "markdown", "text"):
            entry = Entry(change, ("facial-recognition",), WORDS)
            message = render_changes([entry], face=face, identity="one", templates=ours, time_zone=NEW_YORK)
            yield from _files(face, change, message)


def _files(face: str, change: ChangeView, message: Message) -> Iterator[tuple[str, str]]:
    name = f"{face}/{change.kind}"
    if face == "email":
        yield f"{name}.txt", _mail(message)
        yield f"{name}.html", str(message.html)
    elif message.card is not None:
        yield f"{name}.json", json.dumps(message.card, indent=2, ensure_ascii=False) + "\n"
    else:
        yield f"{name}.{'md' if message.markdown else 'txt'}", message.markdown or message.text


def _mail(message: Message) -> str:
    """Give a mail's headers and its text part as a mail program reads them."""
    dated = datetime(2026, 3, 2, 15, 1, tzinfo=UTC)
    raw = raw_mail(message, dated)
    mail = message_from_bytes(raw, policy=policy.default)
    heads = "".join(f"{name}: {value}\n" for name, value in mail.items() if name != "Content-Type")
    body = mail.get_body(("plain",))
    assert body is not None
    return f"{heads}\n{body.get_content()}".replace("\r\n", "\n")


def raw_mail(message: Message, dated: datetime | None = None) -> bytes:
    """Give the bytes of a mail as they go to the server."""
    return build_mail(ROUTE, "desk@example.org", replace(message, date=dated)).as_bytes()


def write_golden_files() -> None:
    """Put the files of today in the place of the earlier ones."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    for name, text in golden_files():
        file = FOLDER / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write_golden_files()
