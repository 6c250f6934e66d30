"""The tables of what happened. Table models do not validate: values come from the typed stages.

Times are UTC. Nothing here is ever rewritten in a way that loses an earlier value: a record's past
lives in `record_version`, a page's past in `snapshot`.
"""

from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Index,
    LargeBinary,
    Table,
    UniqueConstraint,
    false,
    inspect,
    text,
    true,
)
from sqlmodel import Field, SQLModel
from sqlmodel.sql.sqltypes import UTCDateTime


def time_column(*, nullable: bool = False, index: bool = False) -> Any:
    """Return a column that takes and returns aware UTC datetimes on every database."""
    return Column(UTCDateTime(), nullable=nullable, index=index)


def table_of(model: type[SQLModel]) -> Table:
    """Return a model's table, for statements that are built once and run without the object mapper."""
    return cast("Table", inspect(model).local_table)


# A query has these words as they are in the indexes, or those are not used. With a status alone, that of the
# status would be taken in their place.
OPEN_NOW = text("coalesce(record.status, '') IN ('open', 'open_partially_addressed') AND record.listed")
# The same where another index gives the order, which those would keep from being used.
OPEN_IN_ORDER = text(
    "coalesce(record.status, 'none') IN ('open', 'open_partially_addressed') AND record.listed"
)
_OPEN = OPEN_NOW.text.replace("record.", "")
_FILTERED = ("agency", "source_id", "status", "priority", "due")


class Stored(SQLModel):
    """Base of all tables."""

    # As tables do not validate, what would do it is not built: that is a sixth of loading them.
    model_config = {"defer_build": True}


class Source(Stored, table=True):
    """A watched source and the state of watching it. Its key, not its URL, is its identity.

    Unchanged checks are folded into `unchanged_checks` and `last_checked_at`: one small write each.
    """

    __tablename__ = "source"

    id: int = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    reading: str  # profile, its version and the address: another reading starts from a silent baseline
    created_at: datetime = Field(sa_column=time_column())
    last_checked_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    last_accepted_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    last_swept_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    last_outcome: str | None = None
    unchanged_checks: int = 0
    rows: int = 0  # read by the last accepted sweep
    declared_total: int | None = None
    complete: bool = False
    unresolved: int = 0  # recommendations off the list whose real status is not known yet
    troubles: int = 0  # failed or quarantined checks in a row
    trouble: str | None = None
    trouble_since: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    trouble_told: bool = False
    lapses_until: date | None = None  # the day up to which what was promised is compared with the calendar
    # The rules (monitor.linkage.rules) by which its records were linked.
    linked_by: int | None = Field(default=None, index=True)


class SourceUsual(Stored, table=True):
    """The baseline of a source's pages; apart from `source`, which every check writes and so is small."""

    __tablename__ = "source_usual"

    source_id: int = Field(foreign_key="source.id", primary_key=True)
    usual: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))


class SourcePage(Stored, table=True):
    """The last accepted snapshot of each page of a source, with what the server gave to ask again."""

    __tablename__ = "source_page"

    source_id: int = Field(foreign_key="source.id", primary_key=True)
    url: str = Field(primary_key=True)
    position: int
    sha256: str = Field(foreign_key="snapshot_body.sha256")
    etag: str | None = None
    last_modified: str | None = None
    next_url: str | None = None


class SweepPage(Stored, table=True):
    """A page that a sweep under way has read, so that a restart need not begin again; gone when it ends."""

    __tablename__ = "sweep_page"

    source_key: str = Field(primary_key=True)  # a first sweep has no source row yet
    position: int = Field(primary_key=True)
    began_at: datetime = Field(sa_column=time_column())  # of the sweep
    reading: str
    url: str
    final_url: str
    fetched_at: datetime = Field(sa_column=time_column())
    sha256: str = Field(foreign_key="snapshot_body.sha256", index=True)
    content_type: str
    charset: str
    etag: str | None = None
    last_modified: str | None = None
    next_url: str | None = None
    headers: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))


class Host(Stored, table=True):
    """When a host may be asked next, by any process, and how often it was asked today."""

    __tablename__ = "host"

    name: str = Field(primary_key=True)  # with its port where that is not the usual one
    free_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    lease: str | None = None  # who asks it at this moment
    leased_until: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    away_until: datetime | None = Field(default=None, sa_column=time_column(nullable=True))  # its Retry-After
    day: str = ""  # the UTC day that `requests` counts
    requests: int = 0


class SnapshotBody(Stored, table=True):
    """A page's bytes, compressed, once per distinct content: whole, or as the difference from a base."""

    __tablename__ = "snapshot_body"

    sha256: str = Field(primary_key=True)
    size: int  # bytes before compression
    encoding: str  # "zstd"
    base_sha256: str | None = Field(default=None, foreign_key="snapshot_body.sha256", index=True)
    depth: int = 0  # bodies that have to be unpacked before this one
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class Snapshot(Stored, table=True):
    """One page as it was at one time; kept whenever it differs from the one before, accepted or not."""

    __tablename__ = "snapshot"

    id: int = Field(default=None, primary_key=True)
    source_id: int = Field(foreign_key="source.id", index=True)
    check_id: int = Field(foreign_key="check.id", index=True)
    url: str
    final_url: str
    fetched_at: datetime = Field(sa_column=time_column())
    sha256: str = Field(foreign_key="snapshot_body.sha256", index=True)
    content_type: str
    charset: str
    etag: str | None = None
    last_modified: str | None = None
    # As `monitor.store.headers` packs them; None for a saved page and for those of versions before.
    headers: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    read_by: str | None = None  # the program's version, and the profile with its version and fingerprint


class Check(Stored, table=True):
    """What came of one check. A run of unchanged checks is one row with `times` above 1."""

    __tablename__ = "check"
    __table_args__ = (Index("ix_check_source_finished", "source_id", "finished_at"),)

    id: int = Field(default=None, primary_key=True)
    source_id: int = Field(foreign_key="source.id")
    started_at: datetime = Field(sa_column=time_column())
    finished_at: datetime = Field(sa_column=time_column())
    outcome: str
    times: int = 1
    pages: int = 0
    rows: int = 0
    declared_total: int | None = None
    complete: bool = False
    reasons: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    imported: bool = Field(default=False, sa_column_kwargs={"server_default": false()})  # from an archive


class Document(Stored, table=True):
    """The file that a report links to, as it was found last. Times are those of our requests.

    `due_at` is when to ask for it again, `doubt` what a second look has to confirm, `read_at` when it was
    last read whole, and `other_since` since when something else than a PDF is in its place.
    """

    __tablename__ = "document"
    __table_args__ = (UniqueConstraint("source_id", "url"), Index("ix_document_due", "source_id", "due_at"))

    id: int = Field(default=None, primary_key=True)
    source_id: int = Field(foreign_key="source.id")
    record_id: int = Field(foreign_key="record.id")
    url: str
    state: str  # a DocumentState
    due_at: datetime = Field(sa_column=time_column())
    asked_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    seen_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))  # last found
    read_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    etag: str | None = None
    last_modified: str | None = None
    length: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    sha256: str | None = Field(default=None, foreign_key="snapshot_body.sha256", index=True)
    text_sha256: str | None = Field(default=None, foreign_key="snapshot_body.sha256", index=True)
    unread: str | None = None  # why its text could not be read
    tried: bool = Field(default=True, sa_column_kwargs={"server_default": true()})  # to read its text
    other_since: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    doubt: str | None = None
    trouble: str | None = None  # why it could not be looked at last time


class Record(Stored, table=True):
    """One thing a source speaks of, as it was last seen there.

    `agency`, `dated`, `due` and `priority` repeat what is in `fields`, or follows from it, so that a long
    list can be sorted and filtered by them.
    """

    __tablename__ = "record"
    __table_args__ = (
        UniqueConstraint("source_id", "key"),
        Index("ix_record_first_seen", "source_id", "first_seen_at"),
        Index("ix_record_changed", "changed_at", "id"),
        Index("ix_record_dated", "dated", "id"),
        Index("ix_record_agency", "agency", "id"),
        # With all that a list of open recommendations is filtered by, so that it is read from these alone.
        *(
            Index(
                f"ix_record_open_{name}",
                *(name, "id", *(one for one in _FILTERED if one != name)),
                sqlite_where=text(_OPEN),
            )
            for name in ("dated", "agency")
        ),
        Index(
            "ix_record_due",
            *("due", "id"),
            sqlite_where=text("due IS NOT NULL"),
        ),
    )

    id: int = Field(default=None, primary_key=True)
    source_id: int = Field(foreign_key="source.id")
    key: str = Field(index=True)
    kind: str
    status: str | None = Field(default=None, index=True)
    fields: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    fingerprint: str  # of the normalized fields: equal means that no reader would call it a change
    listed: bool = True
    snapshot_sha256: str
    first_seen_at: datetime = Field(sa_column=time_column())
    changed_at: datetime = Field(sa_column=time_column())
    unlisted_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    # None while every sweep shows it: it was then last seen at its source's last one.
    last_seen_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    agency: str = Field(default="", sa_column_kwargs={"server_default": ""})
    # The last day that its date may mean, else that of our first sight: its age is counted from it.
    dated: str = Field(default="", sa_column_kwargs={"server_default": ""})
    due: str | None = None  # the day until which an open recommendation's comment promises something
    priority: bool = Field(default=False, sa_column_kwargs={"server_default": false()})


class Link(Stored, table=True):
    """What a record can be known by on another site, and the thing it is: records of one thing share its id.

    Only what is looked for is here; titles are compared as the records have them.
    """

    __tablename__ = "link"
    __table_args__ = (
        # A new record with a number asks for those without one, which are few among all of its days.
        Index("ix_link_issued", "issued", "number"),
        Index("ix_link_fiscal_year", "fiscal_year", "issued", "number"),
    )

    record_id: int = Field(foreign_key="record.id", primary_key=True)
    thing_id: int = Field(foreign_key="record.id", index=True)  # the first of its records
    number: str | None = Field(default=None, index=True)
    link: str | None = Field(default=None, index=True)
    issued: str | None = None  # ISO, where known to the day
    fiscal_year: int | None = None


class RecordVersion(Stored, table=True):
    """A record's fields as they stood from `seen_at` on, and the snapshot that shows them."""

    __tablename__ = "record_version"
    __table_args__ = (Index("ix_record_version_seen", "seen_at", "record_id"),)

    id: int = Field(default=None, primary_key=True)
    record_id: int = Field(foreign_key="record.id", index=True)
    check_id: int = Field(foreign_key="check.id")
    seen_at: datetime = Field(sa_column=time_column())
    listed: bool
    snapshot_sha256: str
    fields: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))


class Change(Stored, table=True):
    """One fact about one record between two snapshots; it happened after `not_before`, seen `seen_at`."""

    __tablename__ = "change"

    id: int = Field(default=None, primary_key=True)
    source_id: int = Field(foreign_key="source.id", index=True)
    record_id: int = Field(foreign_key="record.id", index=True)
    check_id: int = Field(foreign_key="check.id", index=True)
    kind: str
    before: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    after: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    not_before: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    seen_at: datetime = Field(sa_column=time_column(index=True))
    before_sha256: str | None = None
    after_sha256: str
    once: str | None = Field(
        default=None, index=True, unique=True
    )  # calendar-driven changes are recorded under it, once
    imported: bool = Field(default=False, sa_column_kwargs={"server_default": false()})  # from an archive


class Correction(Stored, table=True):
    """What a replay read otherwise than was recorded; the history stays as it was, and nobody is alerted.

    `kind` is that of a change, None where the record itself is meant. `change_id` is None for a change that
    was not recorded. A correction that a later replay does not find any more is `replaced_at` its time.
    """

    __tablename__ = "correction"

    id: int = Field(default=None, primary_key=True)
    source_id: int = Field(foreign_key="source.id", index=True)
    record_id: int | None = Field(default=None, foreign_key="record.id", index=True)
    change_id: int | None = Field(default=None, foreign_key="change.id", index=True)
    check_id: int | None = Field(default=None, foreign_key="check.id")
    record_key: str
    found: str  # a Finding
    kind: str | None = None
    recorded: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    replayed: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    seen_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    reading: str  # profile, its version and the addresses, as on `source`
    made_at: datetime = Field(sa_column=time_column())
    replaced_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))


class Seal(Stored, table=True):
    """A link of the chain of hashes over all that is recorded: see `monitor.store.seals`.

    The numbers are the highest ids that it and those before it cover.
    """

    __tablename__ = "seal"

    id: int = Field(default=None, primary_key=True)
    at: datetime = Field(sa_column=time_column())
    check_to: int
    snapshot_to: int
    version_to: int
    change_to: int
    leaves: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    entry: str
