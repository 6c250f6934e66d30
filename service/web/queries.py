"""What an address asks for: the filters of lists, as they stand after the question mark."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import HTTPException, Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from monitor.domain.errors import OversightError
from monitor.domain.status import Status
from monitor.domain.types import ChangeKind, RecordKind
from service.readmodel.changes import ChangeFilter
from service.readmodel.days import Day, day_of
from service.readmodel.lookups import require_topic
from service.readmodel.record_list import RecordFilter
from service.readmodel.records import between, known_day, usable_day
from service.web.errors import sentence_of
from service.web.room import Room

_MOST = 500  # rows of one answer


def _checked(written: str) -> str:
    """Return a day as it was written; which one it is depends on the watch file's zone. Raises ValueError."""
    try:
        usable_day(day_of(written, date.today()))  # noqa: DTZ011 - only its form counts here
    except OversightError as error:
        raise ValueError(str(error)) from None
    return written


Text = Annotated[str, Field(max_length=200)]
DayText = Annotated[
    str, Field(max_length=50, examples=["2026-03-02", "30d", "last Monday"]), AfterValidator(_checked)
]
Id = Annotated[int, Field(ge=1, lt=2**31)]
ChangeId = Annotated[int, Field(gt=-(2**31), lt=2**31)]  # below zero where it was imported


class Asked(BaseModel):
    """The part of an address after the question mark; an unknown name in it is an error."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _without_what_a_form_left_empty(cls, given: Any) -> Any:
        return (
            {name: value for name, value in given.items() if value != ""}
            if isinstance(given, dict)
            else given
        )

    def shown(self) -> dict[str, str]:
        """Return what was asked for, as it is written in an address."""
        return {
            name: str(value) for name, value in self.model_dump(mode="json", exclude_defaults=True).items()
        }


class Paging(Asked):
    """Which part of a list."""

    limit: int = Field(50, ge=1, le=_MOST)


class ChangeFilters(Asked):
    """Which changes: all that are given must hold."""

    topic: Text | None = None
    kind: ChangeKind | None = None
    agency: Text | None = None
    source: Text | None = None
    status: Status | None = None
    since: DayText | None = None
    until: DayText | None = None

    def wanted(self, room: Room) -> ChangeFilter:
        """Return the filter; days are those of the watch file's zone.

        Raises OversightError for a topic that is not in the watch file.
        """
        if self.topic is not None:
            require_topic(room.settings, self.topic)
        return ChangeFilter(
            self.topic,
            self.kind,
            self.agency,
            self.source,
            self.status,
            *_between(room, self.since, self.until),
        )


class ChangeQuery(ChangeFilters, Paging):
    """Which part of the changes that match."""

    before: ChangeId | None = None


class RecordFilters(Asked):
    """Which records: all that are given must hold. `open` are the open recommendations on a list now."""

    source: Text | None = None
    status: Status | Literal["all"] | None = None
    open: bool | None = None
    agency: Text | None = None
    kind: RecordKind | None = None
    priority: bool | None = None
    owner: Text | None = None
    subject: Text | None = None

    def wanted(self, *, open_only: bool) -> RecordFilter:
        """Return the filter; `open_only` holds where the address does not say it."""
        status = None if self.status in (None, "all") else Status(self.status)
        return RecordFilter(
            self.source,
            status,
            open_only if self.open is None else self.open,
            self.kind,
            self.agency,
            self.priority,
            self.owner,
            self.subject,
        )


def _between(room: Room, since: str | None, until: str | None) -> tuple[datetime | None, datetime | None]:
    zone = room.settings.time_zone
    first, last = (Day(one).of(zone) if one else None for one in (since, until))
    with wrong_address():
        return between(first, last, zone)


def past_day(room: Room, as_of: str) -> date:
    """Return the day of which a page is asked. Raises HTTPException for one that has not come yet."""
    with wrong_address():
        return known_day(Day(as_of), room.settings.time_zone)


@contextmanager
def wrong_address() -> Iterator[None]:
    """Answer 422 where what an address says cannot be, such as a day that has not come yet."""
    try:
        yield
    except OversightError as error:
        raise HTTPException(422, sentence_of(error)) from error


Changes = Annotated[ChangeQuery, Query()]
