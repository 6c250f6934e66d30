"""The recommendations that are open at the time of a digest, and how old they are.

An age is never made up: it is counted from a date in the data or else from the day we first saw the record,
and the row says which.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypedDict

from sqlmodel import Session, col, select

from alerts.digests.schema import AgencyData, AgesData, OpenData, OpenRowData, ReportData
from alerts.language.headlines import label
from alerts.language.text import plain, shortened, web_address
from alerts.triage.annotations import CareData, care_as_data, standings
from monitor.domain.dates import days_of, midnight
from monitor.domain.types import RecordKind
from monitor.linkage.things import each_once
from monitor.store.batches import in_parts
from monitor.store.models import Record

BANDS = ("under 1 year", "1 to 2 years", "2 to 4 years", "over 4 years")
_LIMITS = (1.0, 2.0, 4.0)
LISTED = 100  # open recommendations listed in a file; a message lists fewer
_YEAR_DAYS = 365.25

InScope = Callable[[str, Record], bool]


def open_summary(
    session: Session, now: datetime, found: Sequence[tuple[str, Record]], in_scope: InScope
) -> OpenData:
    """Return open recommendations by agency and age, with priority ones and the oldest one by one."""
    in_it = [(key, record) for key, record in found if in_scope(key, record)]
    rows = open_rows(session, each_once(session, in_it), now)
    rows.sort(key=lambda row: (not row["priority"], -row["years"], row["label"]))
    return {
        "total": len(rows),
        **_ages(rows),
        "agencies": _agencies(rows),
        "agencies_rest": 0,
        "listed": rows[:LISTED],
        "rest": max(len(rows) - LISTED, 0),
    }


def open_rows(session: Session, found: Sequence[tuple[str, Record]], now: datetime) -> list[OpenRowData]:
    """Return a row for each of these recommendations, with its age and its triage."""
    dates = _report_dates(session, {plain(record.fields.get("report_number")) for _, record in found})
    cares = standings(session, now)
    return [
        _open_row(source, record, dates, care_as_data(cares.get(record.id)), now) for source, record in found
    ]


def _open_row(
    source: str, record: Record, dates: Mapping[str, str], care: CareData | None, now: datetime
) -> OpenRowData:
    fields = record.fields
    days = days_of(fields.get("issue_date") or dates.get(plain(fields.get("report_number"))))
    # The last day it may mean, so that no age is overstated.
    issued = midnight(days[1]) if days else None
    since = issued or record.first_seen_at
    row: OpenRowData = {
        "source": source,
        "label": label(fields, RecordKind.RECOMMENDATION) or plain(record.key),
        "text": shortened(plain(fields.get("recommendation") or fields.get("report_title")), 240),
        "agency": plain(fields.get("agency")) or "agency not named",
        "url": web_address(fields.get("url")),
        "priority": bool(fields.get("priority")),
        "since": since.isoformat(),
        "dated": issued is not None,
        "years": max((now - since).days, 0) / _YEAR_DAYS,
        "care": care,
    }
    return {**row, **report_of(fields)}


class _OfReport(TypedDict, total=False):
    report: ReportData


def report_of(fields: Mapping[str, Any]) -> _OfReport:
    """Return the publisher's topics, director and date of issue; empty without topics and director."""
    if not (fields.get("topics") or fields.get("director")):
        return {}
    return {
        "report": {
            "issue_date": plain(fields.get("issue_date")) or None,
            "topics": [plain(topic) for topic in fields.get("topics") or ()],
            "director": plain(fields.get("director")) or None,
        }
    }


def _report_dates(session: Session, numbers: set[str]) -> dict[str, str]:
    """Return the issue dates of the reports with these numbers, whichever source lists them."""
    reports = select(Record).where(Record.kind == RecordKind.REPORT.value)
    return {
        record.key: record.fields["issue_date"]
        for some in in_parts(numbers - {""})
        for record in session.exec(reports.where(col(Record.key).in_(some)))
        if record.fields.get("issue_date")
    }


def _ages(rows: Sequence[OpenRowData]) -> AgesData:
    """Return counts by age band, with recommendations whose report date is unknown kept apart."""
    found = Counter((row["dated"], sum(row["years"] >= limit for limit in _LIMITS)) for row in rows)
    bands = range(len(BANDS))
    return {"ages": [found[True, n] for n in bands], "ages_here": [found[False, n] for n in bands]}


def _agencies(rows: Sequence[OpenRowData]) -> list[AgencyData]:
    by_agency: dict[str, list[OpenRowData]] = {}
    for row in rows:
        by_agency.setdefault(row["agency"], []).append(row)
    agencies: list[AgencyData] = [
        {"agency": agency, "total": len(of_it), **_ages(of_it)} for agency, of_it in by_agency.items()
    ]
    return sorted(agencies, key=lambda agency: (-agency["total"], agency["agency"]))
