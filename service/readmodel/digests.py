"""Stored digests as plain data."""

from typing import Any

from sqlmodel import Session, col, select

from alerts.domain.models import DigestRun
from monitor.domain.errors import OversightError
from service.readmodel.records import iso

_SUFFIX = " (by hand)"  # a run under another name leaves the next scheduled digest as it is


def by_hand(name: str) -> str:
    """Return the name under which a digest that was sent by hand is stored."""
    return f"{name}{_SUFFIX}"


def digests_as_data(session: Session, name: str | None, limit: int) -> list[dict[str, Any]]:
    """Return the newest digests, of one name or of all."""
    query = select(DigestRun).order_by(col(DigestRun.made_at).desc(), col(DigestRun.id).desc()).limit(limit)
    if name is not None:
        query = query.where(col(DigestRun.name).in_((name, by_hand(name))))
    return [
        {
            "digest": run.id,
            "name": run.name.removesuffix(_SUFFIX),
            "by_hand": run.name.endswith(_SUFFIX),
            "since": iso(run.since),
            "made": iso(run.made_at),
            "changes": sum(run.content["numbers"].values()),
        }
        for run in session.exec(query)
    ]


def last_digest(session: Session, name: str) -> dict[str, Any]:
    """Return the content of the last digest of a name. Raises OversightError where none was made."""
    found = digests_as_data(session, name, 1)
    if not found:
        raise OversightError(
            f"no {name} digest was made yet; to see the next one: oversight-watch digest {name}"
        )
    return digest_content(session, found[0]["digest"])


def digest_content(session: Session, number: int) -> dict[str, Any]:
    """Return the whole content of a stored digest. Raises OversightError for an unknown number."""
    run = session.get(DigestRun, number)
    if run is None:
        raise OversightError(f"there is no digest {number}; to list them: oversight-watch digest list")
    return dict(run.content)
