"""Put imported history before the history that a source has, in one transaction.

The imported checks are made in a database of their own, and then the first check that was there before: what
it finds happened between the last capture and it. Then the rows are moved, with ids below all others.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, insert, update
from sqlmodel import Session, SQLModel, col, select

from alerts.routing.route import route_imported
from monitor.commitments.listing import dated
from monitor.domain.errors import OversightError
from monitor.domain.types import Page
from monitor.linkage.links import link_waiting
from monitor.replay import Replay
from monitor.store.history import RecordedCheck, kept_pages, recorded_checks
from monitor.store.imports import first_id, ids_before
from monitor.store.models import Change, Check, Record, RecordVersion, Snapshot, Source, table_of
from monitor.store.page_bodies import keep_body, versions_before
from monitor.store.seals import seal_imported
from monitor.store.snapshots import page_of
from monitor.store.sources import find_source
from service.database.database import Database
from service.database.scratch import scratch_database
from service.runtime.app import Watch

_PART = 500  # rows written at a time
_FOREVER = 2**31 - 1
_ADD_RECORD = insert(table_of(Record)).returning(table_of(Record).c.id)


def splice_before(watch: Watch, key: str, fill: Callable[[Database], None]) -> None:
    """Let `fill` make the imported checks in an empty database; put them before those of the source.

    Raises OversightError where no check of the source could read it, or another import was quicker.
    """
    with watch.database.read() as session:
        oldest = _oldest(session, key)
    with scratch_database() as scratch:
        fill(scratch)
        with watch.database.read() as session:
            source = find_source(session, key)
            if source is None:
                return
            checks = recorded_checks(session, source.id, _FOREVER)
            first = next((one for one in checks if one.read_pages and one.pages), None)
            if first is None:
                raise OversightError(f"no check could read {key} yet; import again when one has")
            kept = kept_pages(session, source.id, first.id).get(first.id, [])
        bridge = _bridge(watch, key, scratch, first, kept)
        with watch.database.write() as target, scratch.read() as session:
            # Locked, so that of two imports the second one sees what the first one has written.
            target.exec(select(Source.id).where(Source.key == key).with_for_update()).one()
            if _oldest(target, key) != oldest:
                raise OversightError(
                    f"{key}: older history came while this was imported; start the import again"
                )
            _Splice(session, target, key, first, bridge).move(watch)


def _oldest(session: Session, key: str) -> int | None:
    """Return the lowest id of a check of a source: imported history has lower ones."""
    of_source = select(func.min(Check.id)).join(Source, col(Source.id) == Check.source_id)
    return session.exec(of_source.where(Source.key == key)).one()


def _bridge(
    watch: Watch, key: str, scratch: Database, first: RecordedCheck, kept: list[Snapshot]
) -> int | None:
    """Make the first recorded check after the imported ones; return its id there."""

    def load(page: Snapshot) -> Page:
        with watch.database.read() as session:
            return page_of(session, page)

    settings = watch.settings.sources[key]
    again = Replay(key, settings, scratch.read, scratch.note, load, watch.profiles)
    return again.again(first, kept).check_id


@dataclass
class _Splice:
    """Moves the rows of one source from the database of an import (`made`) before those it has (`target`)."""

    made: Session
    target: Session
    key: str
    first: RecordedCheck
    bridge: int | None  # the first recorded check, as it was made again

    def move(self, watch: Watch) -> None:
        """Move everything; nobody is alerted."""
        there, here = find_source(self.made, self.key), find_source(self.target, self.key)
        if there is None or here is None:
            return
        self._from, self._to = there.id, here.id
        ids = ids_before(self.target)
        checks = self._checks()
        self._snapshots(checks)
        records = self._records()
        of_source = select(Record.id).where(Record.source_id == self._from)
        versions = self._rows(RecordVersion, col(RecordVersion.record_id).in_(of_source))
        self._write(
            RecordVersion,
            (
                {**one, "record_id": records[one["record_id"]], "check_id": checks[one["check_id"]]}
                for one in versions
                if one["check_id"] in checks
            ),
        )
        self._changes(checks, records, watch)
        # Anything new may be one with what other sources list.
        began = min(there.created_at, here.created_at)
        values = {"created_at": began, "linked_by": None}
        self.target.exec(update(Source).where(col(Source.id) == self._to).values(values))
        link_waiting(self.target)
        seal_imported(self.target.connection(), ids, records.values())

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
                self.target.add(mine)
        self.target.flush()
        return ids

    def _add_record(self, row: Mapping[str, Any]) -> int:
        """Add a record that was gone before the source was watched, so that no check finds that it is."""
        values = {name: value for name, value in row.items() if name != "id"} | {"source_id": self._to}
        if values["listed"]:
            values |= {"listed": False, "unlisted_at": self.first.finished_at}
        return int(self.target.connection().execute(_ADD_RECORD, values).scalar_one())

    def _changes(self, checks: Mapping[int, int], records: Mapping[int, int], watch: Watch) -> None:
        """Move the changes, with those that the first recorded check finds now."""
        places = {**checks, **({self.bridge: self.first.id} if self.bridge is not None else {})}
        rows = [
            one
            for one in self._rows(Change, col(Change.source_id) == self._from)
            if one["check_id"] in places
        ]
        once = [one["once"] for one in rows if one["once"]]
        known = (
            set(self.target.exec(select(Change.once).where(col(Change.once).in_(once)))) if once else set()
        )
        moved = []
        for row in rows:
            record = records[row["record_id"]]
            if row["once"]:
                kind, _, rest = row["once"].split(" ", 2)
                row["once"] = f"{kind} {record} {rest}"
            if row["once"] is None or row["once"] not in known:
                moved.append(
                    {
                        **row,
                        "source_id": self._to,
                        "record_id": record,
                        "check_id": places[row["check_id"]],
                        "imported": True,
                    }
                )
        ids = self._write(Change, moved)
        route_imported(self.target, ids, watch.index)

    def _rows(self, table: type[SQLModel], where: Any) -> list[dict[str, Any]]:
        statement: Select[Any] = select(*table_of(table).c).where(where).order_by(table_of(table).c.id)
        return [dict(row._mapping) for row in self.made.connection().execute(statement)]

    def _write(self, table: type[SQLModel], rows: Iterable[Mapping[str, Any]]) -> list[int]:
        """Write rows with ids below all that are there; return the ids."""
        found = list(rows)
        first = first_id(self.target, table, before=len(found))
        numbered = [{**row, "id": number} for number, row in enumerate(found, first)]
        for begin in range(0, len(numbered), _PART):
            self.target.connection().execute(insert(table_of(table)), numbered[begin : begin + _PART])
        return [row["id"] for row in numbered]
