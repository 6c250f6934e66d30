"""What a page of the reading room costs on a long history: queries, milliseconds, kilobytes, memory.

`python -m bench.reading_room` prints the figures. It is the real server on loopback; the history is made by
SQL from the bench's own, so that a million records take minutes, not hours.
"""

import argparse
import json
import resource
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from socket import create_connection
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

import httpx
from sqlalchemy import Connection, Engine, TextClause, event, inspect, text

from bench.history import fill
from service.cli.options import settings_of
from service.database.database import open_database
from service.web.serve import served
from tests.ports import unused_port
from tests.postgres_server import server

_BASE = 10_000  # changes that the bench's history makes itself
_PAGES = (
    "/",
    "/changes?kind=status_changed",
    "/changes?agency=NASA",
    "/changes?topic=none",
    "/changes?since={today}",
    "/changes.json",
    "/records/bench/R-7",
    "/records",
    "/records?sort=age",
    "/search?q=border",
    "/sources",
    "/messages",
    "/digests",
    "/metrics",
)
_WATCH_FILE = """\
database: {database}
reading_room: {{listen: "127.0.0.1:{port}"}}
sources:
  bench: {{profile: gao-recommendations, url: "https://www.gao.gov/"}}
topics:
  none: {{match: {{any: [nothing]}}}}
"""
_READERS = 50


def main(arguments: list[str] | None = None) -> int:
    """Run the bench; return the exit code."""
    parser = argparse.ArgumentParser(prog="bench.reading_room", description=__doc__.partition("\n")[0])
    parser.add_argument("--changes", type=int, default=500_000, help="default: 500,000; a fifth are records")
    parser.add_argument("--repeats", type=int, default=30, help="requests of each page (default: 30)")
    parser.add_argument("--folder", type=Path, help="where the history is kept for the next run")
    parser.add_argument("--postgres", action="store_true", help="on a PostgreSQL server of its own")
    parser.add_argument("--json", action="store_true", help="print JSON instead of lines")
    asked = parser.parse_args(arguments)
    with TemporaryDirectory() as made:
        folder = asked.folder or Path(made)
        with (
            _database(folder, asked.postgres) as database,
            _room(folder, database, asked.changes) as (client, queries),
        ):
            found: dict[str, Any] = {
                "pages": [_measured(client, queries, page, asked.repeats) for page in _PAGES]
            }
            found["crowd"] = _crowd(client, database)
    found["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    if asked.json:
        print(json.dumps(found, indent=2))
        return 0
    for one in found["pages"]:
        print(
            f"{one['page']:<32} {one['status']}  {one['queries']:3} queries  {one['median']:7.1f} ms"
            f"  p99 {one['p99']:7.1f} ms  {one['kb']:6.1f} KB"
        )
    crowd = found["crowd"]
    print(
        f"{_READERS} readers and a slow one: a write takes {crowd['write_ms']:.1f} ms"
        f" (alone {crowd['alone_ms']:.1f}), a page {crowd['page_ms']:.0f} ms"
    )
    print(f"{found['peak_mb']:.0f} MB at most")
    return 0


@contextmanager
def _database(folder: Path, is_postgres: bool) -> Iterator[str]:
    if not is_postgres:
        yield f"sqlite:///{folder / 'watch.db'}"
        return
    folder.chmod(0o755)  # the server's user may have to look into it
    with server(lasting=folder) as running, running.fresh(migrated=False) as url:
        yield url


@contextmanager
def _room(folder: Path, database: str, changes: int) -> Iterator[tuple[httpx.Client, list[str]]]:
    watch_file = folder / "watch.yaml"
    watch_file.write_text(_WATCH_FILE.format(port=unused_port(), database=database))
    if not (folder / "watch.db").exists():
        _make_history(database, changes)
    queries: list[str] = []
    settings = settings_of(watch_file)
    event.listen(Engine, "before_cursor_execute", lambda *given: queries.append(given[2]))
    with (
        served(settings, lambda: settings_of(watch_file), open_database(settings.database)) as address,
        httpx.Client(
            base_url=address, headers={"Accept": "text/html"}, trust_env=False, timeout=600
        ) as client,
    ):
        yield client, queries


def _make_history(url: str, changes: int) -> None:
    database = open_database(url)
    with database.write() as session:
        fill(session, _BASE, datetime.now(UTC))
        statements = list(_copies(session.connection()))
    for turn in range(1, max(changes // _BASE, 1)):
        with database.write() as session:  # in parts, as one transaction of gigabytes takes hours
            for statement, size in statements:
                session.connection().execute(
                    statement, {"step": turn * size, "records": turn * _BASE // 5, "size": size}
                )
    with database.write() as session:
        if session.connection().dialect.name == "postgresql":
            session.connection().execute(text("ANALYZE"))  # as its autovacuum does
    database.close()


def _copies(connection: Connection) -> Iterator[tuple[TextClause, int]]:
    """Return statements that write the first history again, and the last number of each table."""
    for table, number, linked in (
        ("record", "id", {"key": "'R-' || (id + :step)"}),
        ("record_version", "id", {"record_id": "record_id + :records"}),
        ("change", "id", {"record_id": "record_id + :records", "once": "NULL"}),
        ("routing", "change_id", {}),
    ):
        kept = (one for one in inspect(connection).get_columns(table) if "computed" not in one)
        columns = [one["name"] for one in kept]
        size = int(connection.execute(text(f"SELECT max({number}) FROM {table}")).scalar_one())
        chosen = ", ".join(
            f"{number} + :step" if name == number else linked.get(name, name) for name in columns
        )
        yield (
            text(
                f"INSERT INTO {table} ({', '.join(columns)})"
                f" SELECT {chosen} FROM {table} WHERE {number} <= :size"
            ),
            size,
        )


def _measured(client: httpx.Client, queries: list[str], page: str, repeats: int) -> dict[str, Any]:
    path = page.format(today=f"{datetime.now(UTC):%Y-%m-%d}")
    client.get(path)
    queries.clear()
    answer = client.get(path)
    asked = len([one for one in queries if not one.startswith(("PRAGMA", "BEGIN"))])
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        client.get(path)
        times.append((time.perf_counter() - began) * 1000)
    return {
        "page": page,
        "status": answer.status_code,
        "queries": asked,
        "median": median(times),
        "p99": quantiles(times, n=100)[-1],
        "kb": len(answer.content) / 1000,
    }


def _crowd(client: httpx.Client, database: str) -> dict[str, float]:
    """Return how long a write and a page take while many read, one of them slowly."""
    address = urlsplit(str(client.base_url))
    slow = create_connection((address.hostname or "", address.port or 0))
    # It asks for a large answer and never reads it.
    slow.sendall(b"GET /changes.json?limit=500 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    over = threading.Event()

    def _read() -> None:
        with httpx.Client(base_url=client.base_url, trust_env=False, timeout=600) as own:
            while not over.is_set():
                own.get("/changes.json")

    alone = _write_ms(database)
    readers = [threading.Thread(target=_read) for _ in range(_READERS)]
    for reader in readers:
        reader.start()
    beside = _write_ms(database)
    began = time.perf_counter()
    client.get("/")
    page = (time.perf_counter() - began) * 1000
    over.set()
    for reader in readers:
        reader.join()
    slow.close()
    return {"alone_ms": alone, "write_ms": beside, "page_ms": page}


def _write_ms(url: str) -> float:
    """Return the median time of a small write, as the end of a check makes one."""
    database = open_database(url, create=False)
    times = []
    for _ in range(20):
        began = time.perf_counter()
        with database.write() as session:
            session.connection().execute(text("UPDATE source SET unchanged_checks = unchanged_checks + 1"))
        times.append((time.perf_counter() - began) * 1000)
    database.close()
    return median(times)


if __name__ == "__main__":
    raise SystemExit(main())
