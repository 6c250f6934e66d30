"""The pages to open by hand: recommendations left a list, and their own pages could not be read."""

from sqlmodel import Session

from alerts.digests.open_items import InScope
from alerts.digests.schema import PageData, PagesData
from alerts.language.headlines import label
from alerts.language.text import plain, web_address
from monitor.domain.types import RecordKind
from monitor.store.records import unresolved_recommendations

_LISTED = 10


def pages_to_open(session: Session, in_scope: InScope) -> PagesData:
    """Return each page once, with the recommendations that it would settle."""
    pages: dict[str, PageData] = {}
    for source, record in unresolved_recommendations(session):
        url = web_address(record.fields.get("url"))
        if url and in_scope(source, record):
            page = pages.setdefault(url, {"url": url, "labels": []})
            page["labels"].append(label(record.fields, RecordKind.RECOMMENDATION) or plain(record.key))
    found = list(pages.values())
    return {"listed": found[:_LISTED], "rest": max(len(found) - _LISTED, 0)}
