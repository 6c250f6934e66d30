"""Records by the words of all the texts that they ever had, newest first, with the texts that have them.

A page looks through a bounded number of texts. A record is shown once, by the newest of its versions that has
all the words.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import String, cast, func, text
from sqlmodel import Session, col, select

from alerts.language.headlines import LABELS
from monitor.domain.text import comparable
from monitor.store.models import Record, RecordVersion, Source
from monitor.store.records import versions_of_records
from service.database.search_index import SEARCHED, TABLE, is_searchable
from service.readmodel.records import iso
from service.readmodel.search_words import (
    Sought,
    excerpt,
    for_fts5,
    for_postgres,
    read_words,
    shown_text,
    spans,
)

_CANDIDATES = 100  # texts, by one page
_READ = 20_000  # texts, by one page where there is no index
_NAMED = 5  # records found by their key
_FTS5 = text(
    f"SELECT rowid FROM {TABLE} WHERE {TABLE} MATCH :words AND rowid < :before"  # noqa: S608 - its own name
    " ORDER BY rowid DESC LIMIT :most"
)
_TSQUERY = text(
    "SELECT id FROM record_version WHERE words @@ to_tsquery('simple', :words) AND id < :before"
    " ORDER BY id DESC LIMIT :most"
)
_NEWEST = 2**62


@dataclass(frozen=True, slots=True)
class SearchPage:
    """Some records found. `next` is what to go on from (`before`), None at the end.

    `sought` says whether there was a word to look for.
    """

    results: tuple[dict[str, Any], ...]
    next: int | None
    sought: bool


def search(session: Session, typed: str, *, before: int | None = None, limit: int = 25) -> SearchPage:
    """Return records with all the words that somebody typed, newest first; those of this key before all."""
    sought = read_words(typed)
    if not sought:
        return SearchPage((), None, sought=False)
    named = _named(session, typed)
    ids, further = _candidates(session, sought, _NEWEST if before is None else before)
    of_versions = select(RecordVersion.id, RecordVersion.record_id).where(col(RecordVersion.id).in_(ids))
    owners = dict(session.exec(of_versions).all())
    lives = versions_of_records(session, {*owners.values(), *named})
    newest = {record_id: _newest_match(versions, sought) for record_id, versions in lives.items()}
    found, last = [], further
    for id_ in ids:
        record_id = owners[id_]
        match = newest[record_id]
        if match is not None and match.id == id_ and record_id not in named:
            found.append(record_id)
        if len(found) == limit and id_ != ids[-1]:
            last = id_
            break
    wanted = [*(named if before is None else ()), *found]
    return SearchPage(tuple(_results(session, wanted, lives, newest, sought)), last, sought=True)


def _named(session: Session, typed: str) -> list[int]:
    """Return the records whose key begins with what was typed, in capitals as most keys are."""
    key = " ".join(typed.replace('"', " ").split()).upper().replace(" REC ", " rec ")
    statement = select(Record.id).where(col(Record.key) >= key, col(Record.key) < f"{key}\uffff")
    if not any(letter.isdigit() for letter in key):
        return []
    return list(session.exec(statement.order_by(col(Record.key), col(Record.id)).limit(_NAMED)))


# ---- candidates


def _candidates(session: Session, sought: Sequence[Sought], before: int) -> tuple[list[int], int | None]:
    """Return the newest versions that may match, newest first, and where to look further."""
    connection = session.connection()
    if not is_searchable(connection):
        return _read_through(session, sought, before)
    is_sqlite = connection.dialect.name == "sqlite"
    words = for_fts5(sought) if is_sqlite else for_postgres(sought)
    given = {"words": words, "before": before, "most": _CANDIDATES}
    ids = list(session.scalars(_FTS5 if is_sqlite else _TSQUERY, given))
    return ids, ids[-1] if len(ids) == _CANDIDATES else None


def _read_through(session: Session, sought: Sequence[Sought], before: int) -> tuple[list[int], int | None]:
    """Return the same without an index, from a bounded number of texts."""
    part = (
        select(RecordVersion.id, cast(RecordVersion.fields, String).label("words"))
        .where(RecordVersion.id < before)
        .order_by(col(RecordVersion.id).desc())
        .limit(_READ)
        .subquery("part")
    )
    statement = select(part.c.id).order_by(part.c.id.desc()).limit(_CANDIDATES)
    for word in (word for one in sought for word in one.words):
        if word.isascii():  # SQLite knows no other small and capital letters
            statement = statement.where(func.lower(part.c.words).contains(word))
    ids = list(session.exec(statement))
    if len(ids) == _CANDIDATES:
        return ids, ids[-1]
    lowest = session.exec(select(func.min(part.c.id))).one()
    return ids, lowest if lowest is not None and lowest > 1 else None


# ---- matches


def _newest_match(versions: Sequence[RecordVersion], sought: Sequence[Sought]) -> RecordVersion | None:
    return next((one for one in reversed(versions) if _has_all(one.fields, sought)), None)


def _has_all(fields: Mapping[str, Any], sought: Iterable[Sought]) -> bool:
    texts = [words for name in SEARCHED if (words := shown_text(fields.get(name)))]
    return all(any(spans(words, one) for words in texts) for one in sought)


def _results(
    session: Session,
    ids: Sequence[int],
    lives: Mapping[int, Sequence[RecordVersion]],
    newest: Mapping[int, RecordVersion | None],
    sought: Sequence[Sought],
) -> Iterable[dict[str, Any]]:
    statement = select(Source.key, Record).join(Record, col(Record.source_id) == Source.id)
    rows = {one.id: (key, one) for key, one in session.exec(statement.where(col(Record.id).in_(ids)))}
    for id_ in ids:
        source, record = rows[id_]
        match = newest[id_]
        yield {
            "source": source,
            "key": record.key,
            "kind": record.kind,
            "title": record.fields.get("title") or record.fields.get("report_title"),
            "status": record.status,
            "listed": record.listed,
            "changed": iso(record.changed_at),
            "found": [] if match is None else _found_in(match, lives[id_], sought),
        }


def _found_in(
    match: RecordVersion, versions: Sequence[RecordVersion], sought: Sequence[Sought]
) -> list[dict[str, Any]]:
    """Return each text of a version that has hits, with the time in which the record had this text."""
    found = []
    for name in SEARCHED:
        words = shown_text(match.fields.get(name))
        places = [place for one in sought for place in spans(words, one)] if words else []
        if places:
            since, until = _while_it_stood(name, match, versions)
            pieces = [asdict(piece) for piece in excerpt(words, places)]
            label = LABELS.get(name, name.replace("_", " "))
            found.append({"field": name, "label": label, "since": since, "until": until, "text": pieces})
    return found


def _while_it_stood(
    name: str, match: RecordVersion, versions: Sequence[RecordVersion]
) -> tuple[str | None, str | None]:
    """Return when a text was first seen, and when another was seen in its place; None where it stands."""
    said = comparable(shown_text(match.fields.get(name)))
    since, until = match.seen_at, None
    for version in reversed([one for one in versions if one.id < match.id]):
        if comparable(shown_text(version.fields.get(name))) != said:
            break
        since = version.seen_at
    for version in (one for one in versions if one.id > match.id):
        if comparable(shown_text(version.fields.get(name))) != said:
            until = version.seen_at
            break
    return iso(since), iso(until)


def found_records(session: Session, typed: str, limit: int) -> list[dict[str, Any]]:
    """Return the newest records found, from as many pages as that takes."""
    found: list[dict[str, Any]] = []
    before: int | None = None
    while len(found) < limit:
        page = search(session, typed, before=before, limit=limit)
        found += page.results
        if (before := page.next) is None:
            break
    return found[:limit]
