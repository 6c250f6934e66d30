"""What marks one database, so that what is published from it keeps its ids wherever it is served."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlmodel import Session, col, select

from monitor.store.models import Source

_NOT_BEGUN = datetime(2026, 1, 1, tzinfo=UTC)  # without any source there is nothing to publish either


@dataclass(frozen=True, slots=True)
class Identity:
    """The host name under which no other database publishes, and when its first source was recorded."""

    host: str
    begun: datetime

    def tag(self, what: str) -> str:
        """Return the `tag:` URI (RFC 4151) of one thing in this database."""
        return f"tag:{self.host},{self.begun:%Y-%m-%d}:{what}"


def identity_of(session: Session) -> Identity:
    """Return what marks this database; a copy of it, and one moved to another server, has the same."""
    begun = session.exec(select(Source.created_at).order_by(col(Source.id)).limit(1)).first() or _NOT_BEGUN
    mark = hashlib.sha256(begun.astimezone(UTC).isoformat().encode()).hexdigest()[:12]
    return Identity(f"{mark}.oversight-watch.invalid", begun.astimezone(UTC))
