"""Reads what the service wrote down, from its database file alone."""

import json
import re
import sqlite3
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.faults.judge import Account, Aspect, Item, Reminding, ToldChange, Value

_TOLD = ("title", "status", "status_comment", "listed")
_WORD = re.compile(r"Z\d{5}")  # the word that world.py gives each new text
_NEW = ("new_report", "new_recommendation")


def read_account(database: Path) -> Account:
    """Give changes, messages, digests and reminders of a database at rest; none where there is no file."""
    if not database.exists():
        return Account((), (), ())
    with closing(sqlite3.connect(database)) as connection:
        connection.row_factory = sqlite3.Row
        entries = defaultdict(list)
        for row in connection.execute("SELECT outbox_id, change_id, topic FROM outbox_entry ORDER BY id"):
            entries[row["outbox_id"]].append((row["change_id"], row["topic"]))
        changes = connection.execute(
            "SELECT c.id, r.key, c.kind, c.before, c.after FROM change c"
            " JOIN record r ON r.id = c.record_id ORDER BY c.id"
        )
        items = connection.execute("SELECT * FROM outbox ORDER BY id")
        digests = connection.execute("SELECT after_change_id, up_to_change_id FROM digest_run ORDER BY id")
        reminders = connection.execute(
            "SELECT o.identity, r.key, m.topic, m.channel, m.recipient, m.number FROM reminder m"
            " JOIN outbox o ON o.id = m.outbox_id JOIN record r ON r.id = m.record_id ORDER BY m.id"
        )
        return Account(
            [_change(row) for row in changes],
            [_item(row, entries[row["id"]]) for row in items],
            [(row["after_change_id"], row["up_to_change_id"]) for row in digests],
            [Reminding(*row) for row in reminders],
        )


def integrity(database: Path) -> str:
    """Give what SQLite says of the file: "ok", or what is wrong with it."""
    with closing(sqlite3.connect(database)) as connection:
        return "; ".join(row[0] for row in connection.execute("PRAGMA integrity_check"))


def settled(timelines: Mapping[Aspect, Sequence[Value]], changes: Sequence[ToldChange]) -> dict[Aspect, int]:
    """Say how far along its timeline each aspect is recorded."""
    reached: dict[Aspect, int] = {}
    for change in changes:
        for name, after in change.after.items():
            values = timelines.get((change.thing, name), ())
            if after in values:
                reached[change.thing, name] = values.index(after)
    return reached


def _change(row: sqlite3.Row) -> ToldChange:
    before, after = _values(row["before"]), _values(row["after"])
    if row["kind"] in _NEW:
        before, after = {"listed": None}, {"listed": True}
    marked = _WORD.search(f"{after.get('title')} {after.get('status_comment')}")
    word = marked[0] if marked else str(row["key"]).partition(" rec ")[0]
    return ToldChange(row["id"], row["key"], before, after, word)


def _values(text: str) -> dict[str, Any]:
    return {name: value for name, value in json.loads(text).items() if name in _TOLD}


def _item(row: sqlite3.Row, entries: Sequence[tuple[int, str]]) -> Item:
    content = json.loads(row["content"]) if row["content"] else {}
    listed = tuple(change["id"] for change in content.get("changes", ())) if row["kind"] == "digest" else ()
    return Item(
        row["identity"], row["kind"], row["channel"], row["recipient"], row["state"], tuple(entries), listed
    )
