"""What the JSON answers consist of, for the OpenAPI description."""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from monitor.domain.types import ChangeKind, RecordKind


class ErrorDetail(BaseModel):
    """The status, and a sentence for people."""

    status: int
    message: str


class ErrorAnswer(BaseModel):
    """Every error has this form."""

    error: ErrorDetail


class ChangeData(BaseModel):
    """One change with the hashes of the pages that prove it. `fields` are the record's after it."""

    id: int
    kind: ChangeKind
    headline: str
    source: str
    record: str
    record_kind: RecordKind
    seen: datetime
    not_before: datetime | None
    before: dict[str, Any]
    after: dict[str, Any]
    before_sha256: str | None
    after_sha256: str
    as_of: date | None
    fields: dict[str, Any]
    topics: list[str]


class ChangeList(BaseModel):
    """Some changes, newest first."""

    changes: list[ChangeData]
    next: int | None = Field(description="The value of `before` to go on with; null at the end.")


class Event(BaseModel):
    """One change in the form of docs/event.schema.json, which describes every part."""

    model_config = ConfigDict(title="Event")

    version: Literal[1]
    id: int
    kind: ChangeKind
    headline: str
    seen: datetime
    not_before: datetime | None
    source: dict[str, str | None]
    record: dict[str, Any]
    before: dict[str, Any]
    after: dict[str, Any]
    evidence: dict[str, str | None]
    links: dict[str, str | None]
    topics: list[dict[str, Any]]


class EventList(BaseModel):
    """Some events, oldest first."""

    events: list[Event]
    next: int = Field(description="The value of `after` to go on with, also later when there is more.")


class Life(BaseModel):
    """One record with all that happened to it, as `oversight-watch show --json` prints it."""

    model_config = ConfigDict(extra="allow")

    source: str
    kind: RecordKind
    key: str
    first_seen: datetime
    listed: bool | None
    fields: dict[str, Any] | None
    versions: list[dict[str, Any]]
    changes: list[dict[str, Any]]


class WatchStatus(BaseModel):
    """The state of the watch, as `oversight-watch status --json` prints it."""

    model_config = ConfigDict(extra="allow")

    sources: list[dict[str, Any]]
