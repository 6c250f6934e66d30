"""How long `topics test` takes over 100,000 changes: python -m bench.replay [CHANGES].

The changes are of records made from the saved pages' own words; the command runs as its users run it.
"""

import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlmodel import Session

from monitor.models import Change, Check, Record, RecordVersion, Snapshot, SnapshotBody, Source
from monitor.parse import parse
from monitor.types import Page
from service.database import open_database
from service.replica.seeds import RECOMMENDATIONS_SEED, REPORTS_SEED, seed_bytes

_CHANGES_OF_A_RECORD = 5
_CHANGES_OF_A_CHECK = 20
_WATCH_FILE = """\
sources: {bench: {url: /tmp/none}}
channels: {desk: {to: "json://127.0.0.1:9/x", allow_private: true}}
topics:
  it:
    match: {any: [facial recognition, "biometric*", migrant protection protocol, seaport], none: [retracted]}
    send: {immediately: desk}
"""


def fill(session: Session, changes: int, now: datetime) -> None:
    """Write a year of changes: comments and titles of records whose words come from the saved pages."""
    chance = random.Random(1)
    texts = _texts()
    source = Source(key="bench", reading="bench 1", created_at=now - timedelta(days=400))
    session.add(source)
    session.add(SnapshotBody(sha256="0" * 64, size=1, encoding="zstd", body=b"x"))
    session.flush()
    records = max(changes // _CHANGES_OF_A_RECORD, 1)
    rows: dict[type, list[dict[str, Any]]] = {t: [] for t in (Check, Snapshot, Record, RecordVersion, Change)}
    for number in range(changes):
        record, check = number % records + 1, number // _CHANGES_OF_A_CHECK + 1
        at = now - timedelta(days=364) * (1 - number / changes)
        fields = {**chance.choice(texts), "status_comment": _shuffled(chance, chance.choice(texts))}
        if number < records:
            rows[Record].append(_record(source.id, record, fields, at))
        if number % _CHANGES_OF_A_CHECK == 0:
            rows[Check].append(_check(source.id, check, at))
            rows[Snapshot].append(_snapshot(source.id, check, at))
        shared = {"record_id": record, "check_id": check, "seen_at": at}
        rows[RecordVersion].append({**shared, "listed": True, "snapshot_sha256": "0" * 64, "fields": fields})
        rows[Change].append(
            {
                **shared,
                "source_id": source.id,
                "kind": "comment_updated",
                "before": {"status_comment": "Work goes on."},
                "after": {"status_comment": fields["status_comment"]},
                "not_before": at,
                "before_sha256": "0" * 64,
                "after_sha256": "0" * 64,
            }
        )
    for table, values in rows.items():
        session.bulk_insert_mappings(table, values)


def _texts() -> list[dict[str, Any]]:
    found = []
    for name, profile in ((REPORTS_SEED, "dhs-oig"), (RECOMMENDATIONS_SEED, "gao-recommendations")):
        page = Page(name, name, seed_bytes(name), "0" * 64, datetime.now(UTC), "text/plain")
        found += [dict(record.fields) for record in parse(page, profile).records]
    return found


def _shuffled(chance: random.Random, fields: dict[str, Any]) -> str:
    words = " ".join(str(value) for value in fields.values() if value).split()
    return " ".join(chance.sample(words, min(len(words), 60)))


def _record(source: int, number: int, fields: dict[str, Any], at: datetime) -> dict[str, Any]:
    return {
        "id": number,
        "source_id": source,
        "key": f"R-{number}",
        "kind": "recommendation",
        "fields": fields,
        "fingerprint": "f",
        "listed": True,
        "snapshot_sha256": "0" * 64,
        "first_seen_at": at,
        "changed_at": at,
    }


def _check(source: int, number: int, at: datetime) -> dict[str, Any]:
    times = {"started_at": at, "finished_at": at}
    return {"id": number, "source_id": source, "outcome": "changed", "reasons": [], **times}


def _snapshot(source: int, check: int, at: datetime) -> dict[str, Any]:
    page = {"url": "u", "final_url": "u", "content_type": "text/html", "charset": "utf-8"}
    return {"source_id": source, "check_id": check, "fetched_at": at, "sha256": "0" * 64, **page}


def main() -> None:
    """Fill a database, run the command, and tell what it took."""
    changes = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as folder:
        watch_file = Path(folder) / "watch.yaml"
        watch_file.write_text(_WATCH_FILE, encoding="utf-8")
        database = open_database(f"sqlite:///{folder}/oversight-watch.db")
        with database.write() as session:
            fill(session, changes, datetime.now(UTC))
        database.close()
        command = [
            sys.executable,
            "-m",
            "service.cli",
            "topics",
            "test",
            "it",
            "--json",
            "-w",
            str(watch_file),
        ]
        begun = time.monotonic()
        ran = subprocess.run(command, capture_output=True, text=True, check=True)
        took = time.monotonic() - begun
    found = json.loads(ran.stdout)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = used.ru_utime + used.ru_stime
    print(f"topics test over {found['changes']:,} changes: {took:.1f} s, {cpu:.1f} s of CPU;", end=" ")
    print(f"{found['matched']:,} matched, {found['near']:,} near misses")


if __name__ == "__main__":
    main()
