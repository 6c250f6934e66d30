"""Links in mails with which a reader unsubscribes or snoozes: signed, so that nobody has to sign in."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from typing import Self

from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer

from alerts.domain.messages import ReaderLinks
from monitor.domain.errors import OversightError
from service.watchfile.reading_room import ReadingRoomSettings


class Purpose(StrEnum):
    """What a link is for; it is good for nothing else."""

    UNSUBSCRIBE = "unsubscribe"
    SNOOZE = "snooze"


_DAYS = {Purpose.UNSUBSCRIBE: 90, Purpose.SNOOZE: 30}


@dataclass(frozen=True, slots=True)
class MailLinks:
    """Makes and reads links of one reading room; they end with its admin token."""

    url: str
    key: bytes = field(repr=False)

    @classmethod
    def of(cls, settings: ReadingRoomSettings) -> Self | None:
        """Return None without an https address, which mail programs ask for, or without an admin token."""
        url = settings.url or ""
        token = settings.token("admin") if url.startswith("https:") else None
        return cls(url, hashlib.sha256(f"mail links {token}".encode()).digest()) if token else None

    def of_reader(self, channel: str, recipient: str) -> ReaderLinks:
        """Return what makes one reader's links; each is good from when it is made."""
        return ReaderLinks(
            unsubscribe=lambda: self._made(Purpose.UNSUBSCRIBE, channel, recipient),
            snooze=partial(self._made, Purpose.SNOOZE, channel, recipient),
        )

    def opened(self, purpose: Purpose, token: str) -> Sequence[str]:
        """Return what a link is about: channel, recipient, and of a snooze source and key.

        Raises OversightError for a link that has expired or was not made here.
        """
        try:
            found: Sequence[str] = self._signer(purpose).loads(token, max_age=_DAYS[purpose] * 24 * 3600)
        except SignatureExpired:
            raise OversightError(
                f"this link has expired after {_DAYS[purpose]} days; use the one in a newer mail, or ask"
                " whoever sends you these mails"
            ) from None
        except BadSignature:
            raise OversightError(
                "this link is not whole or no longer valid; open it from a newer mail, or ask whoever sends"
                " you these mails"
            ) from None
        return found

    def _made(self, purpose: Purpose, *about: str) -> str:
        return f"{self.url}/{purpose}/{self._signer(purpose).dumps(about)}"

    def _signer(self, purpose: Purpose) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(self.key, salt=purpose.value)
