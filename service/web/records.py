"""The list of recommendations and reports, with its figures."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Any, Self

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import Field, model_validator

from alerts.language.text import span
from monitor.domain.agencies import short_name
from monitor.domain.dates import midnight
from monitor.domain.status import OPEN_STATUSES, Status
from monitor.domain.types import RecordKind
from monitor.domain.us_dates import day_words
from service.readmodel.as_of import records_on
from service.readmodel.record_list import (
    RecordFilter,
    RecordPage,
    RecordQuery,
    asked,
    is_place,
    records_counted,
    records_page,
)
from service.readmodel.record_numbers import OpenNumbers, open_numbers
from service.readmodel.record_sort import RecordSort
from service.readmodel.records import end_of_day
from service.web import charts
from service.web.queries import DayText, Paging, RecordFilters, past_day
from service.web.rendering import query as address
from service.web.room import InRoom, Room, has_empty_fields, json_answer, page

routes = APIRouter()

_ALL = "all"
_COLUMNS = (
    ("key", "Number"),
    (None, "Recommendation"),
    ("agency", "Agency"),
    (None, "Status"),
    ("age", "Age"),
    (None, "Priority"),
    ("due", "Target date"),
    (None, "Owner"),
    (None, "Source"),
)
_NO_FILTERS = ("sort", "descending", "limit", "after", "as_of")
# The way in which a list is sorted unless it is turned round: the oldest and the earliest first.
_DESCENDING = (RecordSort.CHANGED,)


class RecordsQuery(RecordFilters, Paging):
    """Which part of the records that match: open recommendations, unless a status or kind is given."""

    sort: RecordSort = RecordSort.AGE
    descending: bool | None = None
    after: Annotated[str, Field(max_length=500)] | None = None
    as_of: DayText | None = None

    @model_validator(mode="after")
    def _past_has_one_order(self) -> Self:
        if self.as_of and self.model_fields_set & {"sort", "descending", "owner"}:
            raise ValueError(
                "records as of a day are by source and key: leave sort, descending and owner out"
            )
        return self

    @property
    def is_descending(self) -> bool:
        """Return the way in which the list is sorted."""
        return self.sort in _DESCENDING if self.descending is None else self.descending

    def filter(self) -> RecordFilter:
        """Return the filter."""
        of_reports = self.status is None and self.kind is RecordKind.REPORT
        return self.wanted(open_only=not of_reports and self.status in (None, *OPEN_STATUSES))


Records = Annotated[RecordsQuery, Query()]


def _place_of(given: RecordsQuery) -> str | None:
    if given.as_of and given.after is not None and "\0" not in given.after:
        return given.after
    if given.after is not None and not is_place(given.sort, given.after):
        raise HTTPException(422, "The address asks to go on from a place that this list does not have.")
    return given.after


@routes.get("/records", include_in_schema=False)
def records(request: Request, room: InRoom, given: Records) -> Response:
    """Show open recommendations, or other records, as a table."""
    if has_empty_fields(request):
        return RedirectResponse(f"/records{address(given.shown())}", 303)
    now, after = datetime.now(UTC), _place_of(given)
    shown = given.shown()
    filters = {name: value for name, value in shown.items() if name not in _NO_FILTERS}
    is_open = {"open": "true"} if given.filter().open_only else {}
    counts, numbers = None, None
    with room.database.read() as session:
        if given.as_of:
            now = _end_of(room, given.as_of)
            found = _of_day(session, given, now, after)
        else:
            query = _query(session, given, now)
            found = records_page(session, query, after=after, limit=given.limit)
            counts = None if after else records_counted(session, query, _today(room, now))
            if not filters:
                numbers = open_numbers(session, now)
    rows = [_row(row, now, _today(room, now)) for row in found.rows]
    return page(
        request,
        room,
        "records.html",
        rows=rows,
        shown=_columns_of(rows),
        found=found,
        counts=counts,
        asked=shown,
        filters=filters,
        columns=[_column(name, words, given) for name, words in _COLUMNS],
        charts=_charts(numbers) if numbers else None,
        title=_title(given),
        as_of=past_day(room, given.as_of).isoformat() if given.as_of else None,
        statuses=[*Status, _ALL],
        kinds=list(RecordKind),
        sources=list(room.settings.sources),
        as_files={**filters, **is_open},
        formats=(("json", "JSON"), ("csv", "CSV"), ("xlsx", "XLSX"), ("jsonl", "JSON Lines")),
    )


@routes.get("/records.json")
def records_json(request: Request, room: InRoom, given: Records) -> Response:
    """Return the records of the page of the same name; `next` is the value of `after` to go on with."""
    after = _place_of(given)
    with room.database.read() as session:
        if given.as_of:
            until = _end_of(room, given.as_of)
            found: RecordPage = _of_day(session, given, until, after)
        else:
            query = _query(session, given, datetime.now(UTC))
            found = records_page(session, query, after=after, limit=given.limit)
    return json_answer(request, {"records": found.rows, "next": found.next})


def _query(session: Any, given: RecordsQuery, now: datetime) -> RecordQuery:
    return asked(session, given.filter(), given.sort, descending=given.is_descending, now=now)


def _of_day(session: Any, given: RecordsQuery, until: datetime, after: str | None) -> RecordPage:
    return records_on(session, given.filter(), until, limit=given.limit, after=after, whole=False)


def _end_of(room: Room, as_of: str) -> datetime:
    return end_of_day(past_day(room, as_of), room.zone)


def _today(room: Any, now: datetime) -> date:
    return now.astimezone(room.zone).date()


def _row(row: Mapping[str, Any], now: datetime, today: date) -> dict[str, Any]:
    due = date.fromisoformat(row["due"]) if row["due"] else None
    return {
        **row,
        "text": row.get("recommendation") or row.get("title") or row.get("report_title"),
        "age": span(midnight(date.fromisoformat(row["dated"])), now),
        "overdue": due is not None and due < today,
        "agency_short": short_name(row["agency"] or ""),
    }


def _columns_of(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the columns to show: those that few records have something for only where one has."""
    rare = {"Priority": "priority", "Owner": "assigned_to"}
    return [words for _, words in _COLUMNS if words not in rare or any(row.get(rare[words]) for row in rows)]


def _column(name: str | None, words: str, given: RecordsQuery) -> dict[str, Any]:
    """Return a column's heading: how it is sorted, and where a click on it leads."""
    if name is None or given.as_of:
        return {"words": words, "link": None, "order": None}
    sort = RecordSort(name)
    is_sorted = sort is given.sort
    turned = not given.is_descending if is_sorted else sort in _DESCENDING
    changed = {
        "sort": None if sort is RecordSort.AGE else name,
        "descending": str(turned).lower() if turned is not (sort in _DESCENDING) else None,
        "after": None,
    }
    # A higher age is an earlier date.
    rising = given.is_descending if sort is RecordSort.AGE else not given.is_descending
    return {
        "words": words,
        "link": f"/records{address(given.shown(), **changed)}",
        "order": ("ascending" if rising else "descending") if is_sorted else None,
    }


def _title(given: RecordsQuery) -> str:
    kind = "Reports" if given.kind is RecordKind.REPORT else "Recommendations"
    if given.filter().open_only:
        return "Open recommendations"
    return kind if given.kind or given.status != _ALL else "Recommendations and reports"


def _charts(numbers: OpenNumbers) -> dict[str, Any]:
    by_week = [(day_words(week.begins, year=False), week.opened, week.closed) for week in numbers.weeks]
    return {
        "weeks": charts.weeks(by_week),
        "by_week": by_week,
        "ages": charts.lying(numbers.ages),
        "by_age": numbers.ages,
        "agencies": charts.lying(numbers.agencies),
        "by_agency": numbers.agencies,
        "width": charts.WIDTH,
    }
