"""Many sources at once on one database: what was read of one is never stored under another."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from sqlmodel import col, select

from monitor.domain.types import Outcome
from monitor.store.models import Record, Snapshot, Source
from monitor.store.page_bodies import stored_body
from service.database.database import damages_of, open_database
from service.runtime.app import Watch
from service.runtime.checks import check_source
from service.watchfile.load import load

SEED = Path(__file__).parents[2] / "seeds" / "dhs-oig-audits-cbp.txt"
SOURCES = 32


def test_sixteen_workers_on_thirty_two_sources_confuse_no_two(tmp_path: Path) -> None:
    page = SEED.read_text(encoding="utf-8")
    lines = ["database: sqlite:///watch.db", "sources:"]
    for n in range(SOURCES):
        (tmp_path / f"page-{n:03}.txt").write_text(page.replace("CBP", f"CBP{n:03}"), encoding="utf-8")
        lines.append(f'  s{n:03}: {{url: "page-{n:03}.txt", profile: dhs-oig}}')
    (tmp_path / "watch.yaml").write_text("\n".join(lines))
    settings = load(tmp_path / "watch.yaml", {})
    watch = Watch.of(settings, open_database(settings.database))
    with ThreadPoolExecutor(16) as workers:
        settled = list(workers.map(partial(check_source, watch), settings.sources))
    assert [done.outcome for done in settled] == [Outcome.BASELINE] * SOURCES
    with watch.database.read() as session:
        pages = session.exec(
            select(Source.key, Snapshot.url, Snapshot.sha256).join(
                Source, col(Source.id) == Snapshot.source_id
            )
        ).all()
        assert len(pages) == SOURCES
        for key, url, sha256 in pages:
            number = key.removeprefix("s")
            assert url.endswith(f"page-{number}.txt")
            assert f"CBP{number}".encode() in stored_body(session, sha256)
        shown = {key: sha256 for key, _, sha256 in pages}
        records = session.exec(
            select(Source.key, Record).join(Source, col(Source.id) == Record.source_id)
        ).all()
    assert len(records) == 50 * SOURCES
    assert all(record.snapshot_sha256 == shown[key] for key, record in records)
    named = {key for key, record in records if f"CBP{key.removeprefix('s')}" in record.fields["title"]}
    assert named == set(settings.sources)
    assert damages_of(settings.database) == []
    watch.close()
