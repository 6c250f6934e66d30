"""The promised dates of open recommendations as a calendar (RFC 5545) that calendar programs subscribe to."""

from collections.abc import Callable
from datetime import timedelta

from icalendar import Calendar, Event
from sqlmodel import Session, col, select

from alerts.language.text import plain, shortened, web_address
from monitor.commitments.queries import Promised, open_promises
from monitor.store.batches import in_parts
from monitor.store.models import Record
from service.readmodel.agencies import agency_is
from service.readmodel.identity import Identity, identity_of

_LOOKS_AGAIN = timedelta(hours=12)  # of a calendar program
_LONGEST = 2_000


def target_dates(
    session: Session, source: str | None, agency: str | None, page_of: Callable[[str, str], str]
) -> bytes:
    """Return one all-day event for each promised date, on the last day that it may mean.

    An event keeps its UID when its date moves or its record is renumbered. `page_of` gives the address
    of a record's page by source and key.
    """
    found = open_promises(session, None if source is None else [source])
    if agency is not None:
        found = _of_agency(session, found, agency)
    identity = identity_of(session)
    calendar = Calendar()
    calendar.add("prodid", "-//Oversight Watch//Target dates//EN")
    calendar.add("version", "2.0")
    named = " – ".join(plain(name) for name in ("Target dates", agency, source) if name)
    calendar.add("name", named)
    calendar.add("x-wr-calname", named)  # for programs that do not know NAME
    calendar.add("refresh-interval", _LOOKS_AGAIN, parameters={"VALUE": "DURATION"})
    for one in found:
        calendar.add_component(_event(one, identity, page_of(one.source, one.record.key)))
    written: bytes = calendar.to_ical()
    return written


def _of_agency(session: Session, found: list[Promised], agency: str) -> list[Promised]:
    ids: set[int] = set()
    meant = agency_is(agency, col(Record.agency))
    for some in in_parts(one.record.id for one in found):
        ids.update(session.exec(select(Record.id).where(col(Record.id).in_(some), meant)))
    return [one for one in found if one.record.id in ids]


def _event(one: Promised, identity: Identity, page: str) -> Event:
    record, promise = one.record, one.promise
    fields = record.fields
    said = f"The comment says: “{plain(promise.words)}”."
    if one.before:
        said += f" Before, it named {plain(one.before.named)}."
    event = Event()
    event.add("uid", f"promise-{record.id}@{identity.host}")
    event.add("dtstart", promise.due)
    event.add("dtstamp", record.changed_at)
    event.add("last-modified", record.changed_at)
    event.add("sequence", one.revision)
    event.add("summary", f"{plain(record.key)}: promised for {plain(promise.named)}")
    about = shortened(plain(fields.get("recommendation")), _LONGEST)
    event.add("description", "\n\n".join(part for part in (about, said, page) if part))
    event.add("url", web_address(fields.get("url")) or page)
    event.add("categories", [plain(name) for name in (one.source, fields.get("agency")) if name])
    event.add("transp", "TRANSPARENT")  # nobody is busy that day
    return event
