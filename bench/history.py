"""A long history for the benches that read one, of records made from the saved pages' own words."""

import random
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlmodel import Session, insert

from alerts.domain.models import Routing
from alerts.domain.types import RoutingDecision
from monitor.commitments.listing import dated, sorted_by
from monitor.domain.types import ChangeKind, Page
from monitor.profiles.parse import parse
from monitor.store.models import Change, Check, Link, Record, RecordVersion, Snapshot, SnapshotBody, Source
from service.demo.fakes.replica.seeds import RECOMMENDATIONS_SEED, REPORTS_SEED, seed_bytes

SPAN = timedelta(days=364)
_CHANGES_OF_A_RECORD = 5
_CHANGES_OF_A_CHECK = 20
_CLOSED = 0.1  # the share of changes to open recommendations that close one; the rest are comments
_KEPT, _WRITTEN = 40, 20  # words of the comment before that stay, and that come
_SHA = "0" * 64
_OPEN, _DONE = {"status": "open"}, {"status": "closed_implemented"}

Fields = dict[str, Any]


def fill(session: Session, changes: int, now: datetime) -> None:
    """Write a year: one look at all records, of which half are open, and then one change after the other."""
    chance, texts, began = random.Random(1), _texts(), now - SPAN
    records = max(changes // _CHANGES_OF_A_RECORD, 1)
    fields = {id_: _fields(chance, texts, id_) for id_ in range(1, records + 1)}
    rows: dict[type, list[dict[str, Any]]] = defaultdict(list)
    rows[RecordVersion] = [_version(id_, 1, began, values) for id_, values in fields.items()]
    for number in range(changes):
        record, check = number % records + 1, number // _CHANGES_OF_A_CHECK + 2
        at = began + SPAN * (number + 1) / changes
        kind, after = _moved(chance, texts, fields[record])
        before = {name: fields[record][name] for name in after}
        fields[record] = {**fields[record], **after}
        rows[RecordVersion].append(_version(record, check, at, fields[record]))
        rows[Change].append(_change(number + 1, record, check, at, kind, before, after))
        rows[Routing].append({"change_id": number + 1, "decision": RoutingDecision.DIGEST, "topics": ["it"]})
    looks = [began] + [change["seen_at"] for change in rows[Change][::_CHANGES_OF_A_CHECK]]
    rows[Check] = [_check(id_, at) for id_, at in enumerate(looks, 1)]
    rows[Snapshot] = [_snapshot(id_, at) for id_, at in enumerate(looks, 1)]
    rows[Record] = [_record(id_, values, began) for id_, values in fields.items()]
    rows[Link] = [{"record_id": id_, "thing_id": id_} for id_ in fields]
    rows[SnapshotBody] = [{"sha256": _SHA, "size": 1, "encoding": "zstd", "body": b"x"}]
    rows[Source] = [_source(began, now)]
    for table in (SnapshotBody, Source, Check, Snapshot, Record, Link, RecordVersion, Change, Routing):
        session.execute(insert(table), rows[table])


def _texts() -> list[Fields]:
    found = []
    for name, profile in ((REPORTS_SEED, "dhs-oig"), (RECOMMENDATIONS_SEED, "gao-recommendations")):
        page = Page(name, name, seed_bytes(name), _SHA, datetime.now(UTC), "text/plain")
        found += [dict(record.fields) for record in parse(page, profile).records]
    return found


def _words(chance: random.Random, texts: Sequence[Fields], count: int) -> list[str]:
    words = " ".join(str(value) for value in chance.choice(texts).values() if value).split()
    return chance.sample(words, min(len(words), count))


def _fields(chance: random.Random, texts: Sequence[Fields], record: int) -> Fields:
    comment = " ".join(_words(chance, texts, _KEPT + _WRITTEN))
    return {**chance.choice(texts), "status_comment": comment, **(_OPEN if record % 2 else _DONE)}


def _moved(chance: random.Random, texts: Sequence[Fields], fields: Fields) -> tuple[ChangeKind, Fields]:
    if fields["status"] == "open" and chance.random() < _CLOSED:
        return ChangeKind.STATUS_CHANGED, _DONE
    kept = fields["status_comment"].split()[:_KEPT]
    return ChangeKind.COMMENT_UPDATED, {"status_comment": " ".join([*kept, *_words(chance, texts, _WRITTEN)])}


# ---- rows


def _source(began: datetime, now: datetime) -> dict[str, Any]:
    health = {"last_checked_at": now, "last_accepted_at": now, "last_outcome": "changed", "usual": {}}
    return {"id": 1, "key": "bench", "reading": "bench 1 https://www.gao.gov/", "created_at": began, **health}


def _record(id_: int, fields: Fields, began: datetime) -> dict[str, Any]:
    return {
        "id": id_,
        "source_id": 1,
        "key": f"R-{id_}",
        "kind": "recommendation",
        "status": fields["status"],
        "fields": fields,
        "fingerprint": "f",
        "listed": True,
        "snapshot_sha256": _SHA,
        "first_seen_at": began,
        "changed_at": began,
        **sorted_by(fields),
        "dated": dated(fields) or began.date().isoformat(),
    }


def _version(record: int, check: int, at: datetime, fields: Fields) -> dict[str, Any]:
    seen = {"record_id": record, "check_id": check, "seen_at": at}
    return {**seen, "listed": True, "snapshot_sha256": _SHA, "fields": fields}


def _change(
    id_: int, record: int, check: int, at: datetime, kind: ChangeKind, before: Fields, after: Fields
) -> dict[str, Any]:
    return {
        "id": id_,
        "source_id": 1,
        "record_id": record,
        "check_id": check,
        "kind": kind.value,
        "before": before,
        "after": after,
        "not_before": at,
        "seen_at": at,
        "before_sha256": _SHA,
        "after_sha256": _SHA,
    }


def _check(id_: int, at: datetime) -> dict[str, Any]:
    times = {"started_at": at, "finished_at": at}
    return {"id": id_, "source_id": 1, "outcome": "changed", "reasons": [], **times}


def _snapshot(check: int, at: datetime) -> dict[str, Any]:
    page = {"url": "u", "final_url": "u", "content_type": "text/html", "charset": "utf-8"}
    return {"source_id": 1, "check_id": check, "fetched_at": at, "sha256": _SHA, **page}
