"""Put imported history before the history that a source has, in one transaction.

The imported checks are made in a database of their own, and after them the recorded ones once more. In a
second database these are made without the import: what only the first one has of a check that was made, shows
only beside the older pages. Then the rows are moved, with ids below all others. What earlier imports have
found is replaced by what the checks find now; what was found live stays as it was reported.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Select, delete, func, insert, update
from sqlmodel import Session, SQLModel, col, select

from alerts.domain.models import Routing
from alerts.routing.route import route_imported
from monitor.commitments.listing import dated
from monitor.domain.errors import OversightError
from monitor.domain.types import Page
from monitor.guard.baseline import Baseline
from monitor.linkage.links import link_waiting
from monitor.replay import Replay
from monitor.store.batches import in_parts
from monitor.store.checks import end_unchanged_run
from monitor.store.history import RecordedCheck, kept_pages, recorded_checks
from monitor.store.imports import ids_before
from monitor.store.models import (
    Change,
    Check,
    Correction,
    Record,
    RecordVersion,
    Snapshot,
    Source,
    table_of,
)
from monitor.store.page_bodies import keep_body, versions_before
from monitor.store.seals import renewed, seal, seal_imported
from monitor.store.snapshots import page_of
from monitor.store.sources import find_source, known_source
from service.database.database import Database
from service.database.scratch import scratch_database
from service.runtime.app import Watch
from service.runtime.checks import lapsing_of

_PART = 500  # rows written at a time
_FOREVER = 2**31 - 1
_ADD_RECORD = insert(table_of(Record)).returning(table_of(Record).c.id)
_VALUES: Mapping[type[SQLModel], tuple[str, ...]] = {
    RecordVersion: ("listed", "fields"),
    Change: ("kind", "after"),
}

Again = Mapping[int, int]  # the ids of recorded checks, by those they have where they were made again


def splice_before(watch: Watch, key: str, fill: Callable[[Database], None]) -> None:
    """Let `fill` make the imported checks in an empty database; put them before those of the source.

    Raises OversightError where no check of the source could read it, its last one leaves in doubt what is
    gone, or another import was quicker.
    """
    with watch.database.read() as session:
        oldest = _oldest(session, key)
    with scratch_database() as scratch, scratch_database() as alone:
        fill(scratch)
        checks, kept = _recorded(watch, key)
        again = _made_again(watch, key, checks, kept, (scratch, alone))
        with watch.database.write() as target, scratch.read() as made, alone.read() as without:
            # Locked, so that of two imports the second one sees what the first one has written.
            target.exec(select(Source.id).where(Source.key == key).with_for_update()).one()
            if _oldest(target, key) != oldest:
                raise OversightError(
                    f"{key}: older history came while this was imported; start the import again"
                )
            _Splice(made, target, key, checks, again, without).move(watch)


def _oldest(session: Session, key: str) -> int | None:
    """Return the lowest id of a check of a source: imported history has lower ones."""
    of_source = select(func.min(Check.id)).join(Source, col(Source.id) == Check.source_id)
    return session.exec(of_source.where(Source.key == key)).one()


def _recorded(watch: Watch, key: str) -> tuple[Sequence[RecordedCheck], Mapping[int, Sequence[Snapshot]]]:
    """Return the checks of a source from the first one that read it, and the pages that each kept."""
    with watch.database.write() as session:
        source = find_source(session, key)
        if source is not None:
            end_unchanged_run(session, source)
            seal(session)
            checks = recorded_checks(session, source.id, _FOREVER)
            for number, one in enumerate(checks):
                if one.read_pages and one.pages:
                    return checks[number:], kept_pages(session, source.id, _FOREVER)
    raise OversightError(f"no check could read {key} yet; import again when one has")


def _made_again(
    watch: Watch,
    key: str,
    checks: Sequence[RecordedCheck],
    kept: Mapping[int, Sequence[Snapshot]],
    databases: Sequence[Database],
) -> Sequence[Again]:
    """Make recorded checks again in databases; return which, for each.

    Raises OversightError where something has to be confirmed by a further look that had not to be before.
    """

    def load(page: Snapshot) -> Page:
        with watch.database.read() as session:
            return page_of(session, page)

    settings = watch.settings.sources[key]
    lapsing = lapsing_of(watch, key)
    lives = [Replay(key, settings, one.read, one.note, load, watch.profiles, lapsing) for one in databases]
    found: list[dict[int, int]] = [{} for _ in databases]
    for recorded in checks:
        for life, ids in zip(lives, found, strict=True):
            settled = life.again(recorded, kept.get(recorded.id, ()))
            if settled.check_id is not None:
                ids[settled.check_id] = recorded.id
    waits = [_waiting(one, key) for one in databases]
    if waits[0] - waits[1]:
        raise OversightError(
            f"{key}: some records are gone since the last capture, which one more check has to confirm;"
            f" import again after `oversight-watch check {key}`"
        )
    return found


def _waiting(database: Database, key: str) -> Set[str]:
    """Return the marks of what waits for a second look in a database."""
    with database.read() as session:
        return frozenset(Baseline.from_json(known_source(session, key).usual).held)


@dataclass
class _Splice:
    """Moves the rows of one source from the database of an import (`made`) before those it has (`target`)."""

    made: Session
    target: Session
    key: str
    recorded: Sequence[RecordedCheck]
    again: Sequence[Again]  # the recorded checks that were made again after those of the import, and without
    without: Session  # of the database where they were made without the import

    def move(self, watch: Watch) -> None:
        """Move everything; nobody is alerted."""
        there, here = find_source(self.made, self.key), find_source(self.target, self.key)
        if there is None or here is None:
            return
        self._from, self._to = there.id, here.id
        ids = ids_before(self.target)
        self._above = {name: above for name, (_, above) in ids.items()}
        checks = self._checks()
        self._snapshots(checks)
        records = self._records()
        of_source = select(Record.id).where(Record.source_id == self._from)
        versions = self._placed(RecordVersion, col(RecordVersion.record_id).in_(of_source), checks, records)
        changes = self._placed(Change, col(Change.source_id) == self._from, checks, records)
        gone = {table_of(table).name: self._clear(table, records) for table in (Change, RecordVersion)}
        self._write(RecordVersion, versions)
        self._changes(changes, watch)
        # Anything new may be one with what other sources list.
        began = min(there.created_at, here.created_at)
        values = {"created_at": began, "linked_by": None}
        self.target.exec(update(Source).where(col(Source.id) == self._to).values(values))
        renewed(self.target, "source", [self._to])
        link_waiting(self.target)
        seal_imported(self.target.connection(), ids, records.values(), gone)

    def _checks(self) -> dict[int, int]:
        """Move the imported checks; return their new ids by their ids."""
        rows = [one for one in self._rows(Check, col(Check.source_id) == self._from) if one["imported"]]
        ids = self._write(Check, ({**row, "source_id": self._to} for row in rows))
        return dict(zip((row["id"] for row in rows), ids, strict=True))

    def _snapshots(self, checks: Mapping[int, int]) -> None:
        rows = [
            one
            for one in self._rows(Snapshot, col(Snapshot.source_id) == self._from)
            if one["check_id"] in checks
        ]
        for row in rows:
            page = page_of(self.made, Snapshot(**row))
            keep_body(self.target, page, versions_before(self.target, self._to, page.url))
        self._write(
            Snapshot, ({**row, "source_id": self._to, "check_id": checks[row["check_id"]]} for row in rows)
        )

    def _records(self) -> dict[int, int]:
        """Return the records by their ids in the import; those that the source never had are added."""
        known = {one.key: one for one in self.target.exec(select(Record).where(Record.source_id == self._to))}
        ids: dict[int, int] = {}
        for row in self._rows(Record, col(Record.source_id) == self._from):
            mine = known.get(row["key"])
            if mine is None:
                ids[row["id"]] = self._add_record(row)
                continue
            ids[row["id"]] = mine.id
            if row["first_seen_at"] < mine.first_seen_at:
                mine.first_seen_at = row["first_seen_at"]
                mine.dated = dated(mine.fields) or mine.first_seen_at.date().isoformat()
            if mine.changed_at <= self._told_from and mine.fingerprint == row["fingerprint"]:
                mine.changed_at = row["changed_at"]
            self.target.add(mine)
        self.target.flush()
        return ids

    def _add_record(self, row: Mapping[str, Any]) -> int:
        """Add a record that the source never had.

        One that was shown to the end, under a name that is another one now, is off the list, so that no
        check finds that it is gone.
        """
        values = {name: value for name, value in row.items() if name != "id"} | {"source_id": self._to}
        if values["listed"] and values["last_seen_at"] is None:
            values |= {"listed": False, "unlisted_at": self.recorded[0].finished_at}
        return int(self.target.connection().execute(_ADD_RECORD, values).scalar_one())

    @property
    def _told_from(self) -> datetime:
        """Return when the first check was made: what it found first may have been so before."""
        made = [one.finished_at for one in self.recorded if not one.imported]
        return min(made, default=self.recorded[-1].finished_at)

    def _clear(self, table: type[SQLModel], records: Mapping[int, int]) -> list[int]:
        """Delete what earlier imports have found of records; return the ids."""
        columns = table_of(table).c
        connection = self.target.connection()
        gone: list[int] = []
        for some in in_parts(records.values()):
            of_records = select(columns.id).where(columns.record_id.in_(some), columns.id < 0)
            gone += connection.execute(of_records).scalars().all()
        for some in in_parts(gone):
            if table is Change:
                of_changes = col(Correction.change_id).in_(some)
                replaced = update(Correction).where(of_changes).returning(col(Correction.id))
                values = {"change_id": None, "replaced_at": datetime.now(UTC)}
                renewed(self.target, "correction", connection.scalars(replaced.values(values)))
                connection.execute(delete(Routing).where(col(Routing.change_id).in_(some)))
            connection.execute(delete(table).where(columns.id.in_(some)))
        return gone

    def _changes(self, rows: Sequence[dict[str, Any]], watch: Watch) -> None:
        """Move the changes, with those that the recorded checks find now."""
        once = [one["once"] for one in rows if one["once"]]
        known = (
            set(self.target.exec(select(Change.once).where(col(Change.once).in_(once)))) if once else set()
        )
        moved = []
        for row in rows:
            if row["once"]:
                kind, _, rest = row["once"].split(" ", 2)
                row["once"] = f"{kind} {row['record_id']} {rest}"
            if row["once"] is None or row["once"] not in known:
                moved.append({**row, "source_id": self._to, "imported": True})
        ids = self._write(Change, moved)
        route_imported(self.target, ids, watch.index)

    def _placed(
        self, table: type[SQLModel], where: Any, checks: Mapping[int, int], records: Mapping[int, int]
    ) -> list[dict[str, Any]]:
        """Return the rows of the import under the ids of the source, with those that it leads to later."""
        there = list(self._marked(self.target, table, {one.id: one.id for one in self.recorded}))
        known = {mark for mark, _ in self._marked(self.without, table, self.again[1])}
        known -= {mark for mark, row in there if row["id"] < 0}
        known |= {mark for mark, row in there if row["id"] > 0}
        places = {**checks, **self.again[0]}
        earlier = {one.id for one in self.recorded if one.imported}
        later = {
            row["id"]
            for mark, row in self._marked(self.made, table, self.again[0])
            if mark not in known or places[row["check_id"]] in earlier
        }
        return [
            {**one, "record_id": records[one["record_id"]], "check_id": places[one["check_id"]]}
            for one in self._rows(table, where)
            if one["check_id"] in checks or one["id"] in later
        ]

    def _marked(
        self, session: Session, table: type[SQLModel], checks: Again
    ) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield what checks have written, each with what it says; `checks` are their ids in the source."""
        columns = table_of(table).c
        statement = select(col(Record.key), *columns).join(Record, col(Record.id) == columns.record_id)
        for some in in_parts(checks):
            for key, *values in session.connection().execute(statement.where(columns.check_id.in_(some))):
                row = dict(zip(columns.keys(), values, strict=True))
                yield _mark([checks[row["check_id"]], key, *(row[name] for name in _VALUES[table])]), row

    def _rows(self, table: type[SQLModel], where: Any) -> list[dict[str, Any]]:
        statement: Select[Any] = select(*table_of(table).c).where(where).order_by(table_of(table).c.id)
        return [dict(row._mapping) for row in self.made.connection().execute(statement)]

    def _write(self, table: type[SQLModel], rows: Iterable[Mapping[str, Any]]) -> list[int]:
        """Write rows with ids below all that were there; return the ids."""
        found, name = list(rows), table_of(table).name
        first = self._above[name] = self._above[name] - len(found)
        numbered = [{**row, "id": number} for number, row in enumerate(found, first)]
        for begin in range(0, len(numbered), _PART):
            self.target.connection().execute(insert(table_of(table)), numbered[begin : begin + _PART])
        return [row["id"] for row in numbered]


def _mark(value: Any) -> str:
    return json.dumps(value, sort_keys=True)
