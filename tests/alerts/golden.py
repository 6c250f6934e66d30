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
from typing import Any
from zoneinfo import ZoneInfo

from alerts.channels.smtp import MailRoute, build_mail
from alerts.domain.messages import Face, Message
from alerts.rendering.environments import templates
from alerts.rendering.render import Entry, render_changes, render_reminder
from alerts.triage.annotations import Said, Standing, care_as_data
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
FACES: tuple[Face, ...] = ("email", "slack", "teams", "discord", "markdown", "text")
_OPEN: dict[str, Any] = {
    "source": "cbp-gao",
    "label": "GAO-24-106148 rec 4",
    "text": "The Commissioner of CBP should assess the agency’s training needs.",
    "agency": "U.S. Customs and Border Protection",
    "url": "https://www.gao.gov/products/gao-24-106148",
    "priority": True,
    "since": "2024-01-10T00:00:00+00:00",
    "dated": True,
    "years": 2.1,
    "promised": "May 2024",
    "passed": True,
    "care": care_as_data(
        Standing(
            Said("Ana <Ruiz>", "desk", datetime(2026, 1, 5, 12, tzinfo=UTC)),
            Said("Asked *CBP* twice & waiting.", "desk", datetime(2026, 1, 6, 12, tzinfo=UTC)),
        )
    ),
}
REMINDER: dict[str, Any] = {
    "topic": "facial-recognition",
    "days": 30,
    "until": "2026-03-02T15:00:00+00:00",
    "listed": [
        _OPEN,
        {**_OPEN, "label": "GAO-25-900001 rec 1", "priority": False, "promised": None, "care": None},
    ],
    "rest": 3,
}


def golden_files() -> Iterator[tuple[str, str]]:
    """Give each file's name below tests/golden/alerts and what is to stand in it."""
    ours = templates(None)
    for change in every_kind():
        for face in FACES:
            entry = Entry(change, ("facial-recognition",), WORDS)
            message = render_changes([entry], face=face, identity="one", templates=ours, time_zone=NEW_YORK)
            yield from _files(face, change.kind, message)
    for face in FACES:
        message = render_reminder(REMINDER, face=face, identity="one", templates=ours, time_zone=NEW_YORK)
        yield from _files(face, "reminder", message)


def _files(face: str, about: str, message: Message) -> Iterator[tuple[str, str]]:
    name = f"{face}/{about}"
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
