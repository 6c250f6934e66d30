"""The digests and reminders of a watch: which are due, made once each, previewed and read again."""

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, func, select

from alerts.digests.make import make_digests
from alerts.digests.reminders import due_reminders, write_reminders
from alerts.domain.models import USUAL_PATIENCE, DigestRun, OutboxItem
from alerts.outbox.queue import stable_identity
from monitor.commitments.queries import Promised, open_promises
from monitor.domain.errors import OversightError, StoreError
from monitor.domain.log import Line
from monitor.domain.schedule import cron_after
from monitor.faultpoints import reach
from monitor.store.models import Source
from service.runtime.app import Watch

log = logging.getLogger("oversight_watch")


def make_due_digests(watch: Watch) -> list[DigestRun]:
    """Make and return every digest that is due; a digest that missed several runs is made once.

    A digest that cannot be made is logged and stops no other.
    """
    # Looked up without the write lock first: nearly always nothing is due.
    with watch.database.read() as session:
        due = [name for name in watch.settings.digests if _is_due(watch, session, name)]
    promised = _open_promises(watch) if due else []
    made = []
    for name in due:
        try:
            made.append(_make_if_due(watch, name, promised))
        except StoreError:
            raise
        except Exception:
            log.exception(Line("digest_crashed", name=name))
    return [run for run in made if run is not None]


def send_digest(watch: Watch, name: str, stored_as: str | None = None) -> DigestRun:
    """Send a digest now and return it; stored under another name, it leaves the next scheduled one alone."""
    promised = _open_promises(watch)
    with watch.database.write() as session:
        run = write_digest(watch, session, name, promised, stored_as)
    if run is None:
        raise _made_meanwhile(name)
    return run


def resend_digest(watch: Watch, number: int) -> int:
    """Put the messages of a stored digest into the outbox once more, and return how many there are."""
    now = watch.clock()
    with watch.database.write() as session:
        run = session.get_one(DigestRun, number)
        found = select(OutboxItem).where(OutboxItem.kind == "digest", OutboxItem.created_at == run.made_at)
        sent = [
            item for item in session.exec(found) if (item.content or {}).get("name") == run.content["name"]
        ]
        for item in sent:
            session.add(
                OutboxItem(
                    identity=stable_identity("resent", item.identity, now.isoformat()),
                    kind="digest",
                    channel=item.channel,
                    recipient=item.recipient,
                    content=item.content,
                    created_at=now,
                    not_before=now,
                    give_up_at=now + watch.recipients.give_up_after.get(item.channel, USUAL_PATIENCE),
                )
            )
    return len(sent)


def preview_digest(watch: Watch, name: str) -> dict[str, Any]:
    """Return what a digest made now would contain; nothing is stored and nothing sent."""
    with watch.database.read() as session:
        run = write_digest(watch, session, name, open_promises(session), stored=False)
    if run is None:
        raise _made_meanwhile(name)
    return run.content


def make_due_reminders(watch: Watch) -> int:
    """Write the reminders of open recommendations that are due; return the number of messages."""
    given = (watch.settings.topics, watch.recipients, watch.clock())
    # Looked up without the write lock first: nearly always nothing is due.
    with watch.database.read() as session:
        if not due_reminders(session, *given):
            return 0
    with watch.database.write() as session:
        messages = write_reminders(session, *given, watch.zone)
        reach("reminder_made")
    reach("reminder_kept")
    return messages


def _make_if_due(watch: Watch, name: str, promised: Sequence[Promised]) -> DigestRun | None:
    with watch.database.write() as session:
        # Another process may have made it meanwhile.
        run = write_digest(watch, session, name, promised) if _is_due(watch, session, name) else None
        reach("digest_made")
    reach("digest_kept")
    return run


def _is_due(watch: Watch, session: Session, name: str) -> bool:
    last = _last_made(session, name)
    cron = watch.settings.digests[name].cron
    return last is not None and cron_after(cron, watch.settings.time_zone, last) <= watch.clock()


def _open_promises(watch: Watch) -> list[Promised]:
    """Return the target dates in all open comments: slow, so read before a digest locks the database."""
    with watch.database.read() as session:
        return open_promises(session)


def write_digest(
    watch: Watch,
    session: Session,
    name: str,
    promised: Sequence[Promised],
    stored_as: str | None = None,
    *,
    stored: bool = True,
) -> DigestRun | None:
    """Write a digest and its messages in this session, or with `stored=False` only return it.

    Return None if one was made at this very moment.
    """
    settings = watch.settings.digest(name)
    if settings is None:
        raise OversightError(f"no digest is called {name!r}")
    return make_digests(
        session,
        name=name,
        settings=settings,
        topics=watch.settings.topics,
        recipients=watch.recipients.targets,
        now=watch.clock(),
        time_zone=watch.zone,
        promised=promised,
        give_up_after=watch.recipients.give_up_after,
        scheduled=name in watch.settings.digests and stored_as is None,
        stored_as=stored_as,
        stored=stored,
    )


def _made_meanwhile(name: str) -> OversightError:
    return OversightError(f"another process made the {name} digest at this moment; try again")


def _last_made(session: Session, name: str) -> datetime | None:
    """Return when a digest was last made; before the first one, when the watch began."""
    last = session.exec(
        select(DigestRun.made_at).where(DigestRun.name == name).order_by(col(DigestRun.id).desc()).limit(1)
    ).one_or_none()
    return last or session.exec(select(func.min(Source.created_at))).one_or_none()
