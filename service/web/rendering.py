"""Templates of the pages, and how times, texts and addresses are shown in them."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, tzinfo
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from alerts.domain.change_kinds import KINDS
from alerts.domain.types import RoutingDecision
from alerts.language.headlines import LABELS, STATUSES
from alerts.language.text import Segment, counted, moment, plain, shortened, shown_date, web_address
from alerts.rendering.events import record_path
from monitor.domain.types import ChangeKind
from service.readmodel.days import FORMS
from service.readmodel.documents import said_document
from service.readmodel.nothing import UNTOLD

HERE = Path(__file__).parent


@cache
def environment() -> Environment:
    """Return the environment of all pages."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "time": time_tag,
        "plain": plain,
        "short": shortened,
        "date": shown_date,
        "link": web_address,
        "diff": diff,
        "status": status_words,
        "label": lambda name: LABELS.get(name, name.replace("_", " ")).capitalize(),
        "kind": kind_words,
        "decision": decision,
        "number": lambda value: f"{value:,}",
    }
    made.globals |= {
        "counted": counted,
        "day_forms": FORMS,
        "record_path": record_path,
        "query": query,
        "source_path": source_path,
        "kind_words": kind_words,
        "status_words": status_words,
        "document_words": document_words,
    }
    return made


def status_words(status: str) -> str:
    """Return a status in words."""
    return STATUSES.get(status, plain(status))


def document_words(one: Mapping[str, Any], zone: tzinfo) -> str:
    """Return the state of the file that a report links to in words."""
    return said_document(one, lambda at: moment(datetime.fromisoformat(at), zone))


def kind_words(kind: str) -> str:
    """Return a kind of change in words."""
    return KINDS[ChangeKind(kind)].words


def decision(decided: str | None, topics: Iterable[str]) -> str:
    """Return why nobody was notified of a change."""
    said = UNTOLD.get(RoutingDecision(decided), "") if decided else ""
    return said.format(topics=", ".join(topics)).capitalize()


def rendered(template: str, /, **context: Any) -> str:
    """Return one page."""
    return environment().get_template(template).render(context)


def time_tag(value: datetime | str | None, zone: tzinfo = UTC) -> Markup:
    """Return a time in the watch file's zone; a script shows it in the reader's, UTC stays on hover."""
    if value is None:
        return Markup("–")
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    exact = f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    return Markup('<time datetime="{}" title="{}">{}</time>').format(at.isoformat(), exact, moment(at, zone))


def diff(segments: Iterable[Segment]) -> Markup:
    """Return changed text with what was removed and added marked, in words for those who hear it too."""
    marks = {"removed": "del", "added": "ins"}
    parts = [
        Markup("<{0}>{1}</{0}>").format(marks[one.kind], one.text)
        if one.kind in marks
        else Markup("{}").format(one.text)
        for one in segments
    ]
    return Markup(" ").join(parts)


def source_path(key: str) -> str:
    """Return the path of a source's page."""
    return f"/sources/{quote(key, safe='')}"


def query(given: Mapping[str, Any], **changed: Any) -> str:
    """Return a query string with some values changed; those that are None are left out."""
    wanted = {name: value for name, value in {**given, **changed}.items() if value not in (None, "")}
    return f"?{urlencode(wanted)}" if wanted else ""
