"""Reads what the service wrote down, from its database alone."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select

from alerts.domain.models import DigestRun, OutboxEntry, OutboxItem, Reminder
from monitor.store.models import Change, Record, Source
from tests.databases import RunDatabase
from tests.faults.judge import Account, Aspect, Item, Reminding, ToldChange, Value

_TOLD = ("title", "status", "status_comment", "listed")
_WORD = re.compile(r"Z\d{5}")  # the word that world.py gives each new text
_NEW = ("new_report", "new_recommendation")
_CHANGES = select(Change.id, Record.key, Change.kind, Change.before, Change.after).join(
    Record, Record.id == Change.record_id
)
_ITEMS = select(
    OutboxItem.id,
    OutboxItem.identity,
    OutboxItem.kind,
    OutboxItem.channel,
    OutboxItem.recipient,
    OutboxItem.state,
    OutboxItem.content,
)
_ENTRIES = select(OutboxEntry.outbox_id, OutboxEntry.change_id, OutboxEntry.topic)
_DIGESTS = select(DigestRun.after_change_id, DigestRun.up_to_change_id)
_REMINDERS = (
    select(
        OutboxItem.identity,
        Record.key,
        Reminder.topic,
        Reminder.channel,
        Reminder.recipient,
        Reminder.number,
    )
    .join(OutboxItem, OutboxItem.id == Reminder.outbox_id)
    .join(Record, Record.id == Reminder.record_id)
)


def read_account(database: RunDatabase) -> Account:
    """Give all changes, messages, digests and reminders of a database."""
    with database.connect() as connection:
        entries = defaultdict(list)
        for row in connection.execute(_ENTRIES.order_by(OutboxEntry.id)):
            entries[row.outbox_id].append((row.change_id, row.topic))
        return Account(
            [_change(row) for row in connection.execute(_CHANGES.order_by(Change.id))],
            [_item(row, entries[row.id]) for row in connection.execute(_ITEMS.order_by(OutboxItem.id))],
            [tuple(row) for row in connection.execute(_DIGESTS.order_by(DigestRun.id))],
            [
                Reminding(row.identity, row.key, row.topic, row.channel, _reader(row.recipient), row.number)
                for row in connection.execute(_REMINDERS.order_by(Reminder.id))
            ],
        )


def last_accepted(database: RunDatabase) -> dict[str, datetime]:
    """Give the time at which each source was last read, by its key."""
    with database.connect() as connection:
        rows = connection.execute(select(Source.key, Source.last_accepted_at))
        return {row.key: row.last_accepted_at for row in rows}


def settled(timelines: Mapping[Aspect, Sequence[Value]], changes: Sequence[ToldChange]) -> dict[Aspect, int]:
    """Say how far along its timeline each aspect is recorded."""
    reached: dict[Aspect, int] = {}
    for change in changes:
        for name, after in change.after.items():
            values = timelines.get((change.thing, name), ())
            if after in values:
                reached[change.thing, name] = values.index(after)
    return reached


def _change(row: Row[Any]) -> ToldChange:
    before, after = _values(row.before), _values(row.after)
    if row.kind in _NEW:
        before, after = {"listed": None}, {"listed": True}
    marked = _WORD.search(f"{after.get('title')} {after.get('status_comment')}")
    word = marked[0] if marked else str(row.key).partition(" rec ")[0]
    return ToldChange(row.id, row.key, before, after, word)


def _values(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name in _TOLD}


def _reader(recipient: str) -> str:
    # The one webhook, whatever its address of this run is.
    return recipient if "@" in recipient else "#1"


def _item(row: Row[Any], entries: Sequence[tuple[int, str]]) -> Item:
    changes = (row.content or {}).get("changes", ())
    listed = tuple(change["id"] for change in changes) if row.kind == "digest" else ()
    return Item(
        row.identity, row.kind, row.channel, _reader(row.recipient), row.state, tuple(entries), listed
    )
