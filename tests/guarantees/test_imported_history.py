"""What is imported from an archive is what would have been recorded then, and alerts nobody."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from shutil import copy
from typing import Any

import pytest
from sqlmodel import Session, col, select

from alerts.domain.models import OutboxItem, Routing
from monitor.domain.errors import OversightError
from monitor.domain.settings import SourceSettings
from monitor.domain.types import NotModified, Page, Validators
from monitor.fetch.fetcher import Fetcher
from monitor.store.models import Change, Check, Record, RecordVersion, Snapshot, Source
from service.database.database import Database
from service.database.seals import verified
from service.demo.fakes.replica import ReplicaSite
from service.dryrun.replay import Reading, replay
from service.readmodel.as_of import records_on
from service.readmodel.changes import ChangeFilter, changes_as_data
from service.readmodel.record_list import RecordFilter
from service.runtime.app import Watch
from service.runtime.archive_import import Imported, import_captures
from service.runtime.checks import check_source
from service.runtime.digests import send_digest
from tests.archives import record, write_warc
from tests.clock import FrozenClock

KEYS = ("audits", "gao")


@dataclass
class Archive:
    """Fetches pages as the service does and keeps each as a web archive would."""

    fetcher: Fetcher
    clock: FrozenClock
    records: list[bytes] = field(default_factory=list)

    def for_check(self) -> "Archive":
        return self

    def asked_pause(self, url: str) -> float:
        return self.fetcher.asked_pause(url)

    @property
    def politeness(self) -> Any:
        return self.fetcher.politeness

    def fetch(self, url: str, validators: Validators, settings: SourceSettings) -> Page | NotModified:
        answer = self.fetcher.fetch(url, validators, settings)
        assert isinstance(answer, Page)
        self.records.append(record(url, self.clock(), answer.body))
        return answer


@dataclass
class Lived:
    """A year that one watch lived through, and another one that knows it from an archive only."""

    site: ReplicaSite
    clock: FrozenClock
    live: Watch
    other: Watch
    archive: Archive
    warc: Path

    def check(self, *watches: Watch) -> None:
        self.clock.advance(timedelta(days=3))
        for watch in watches or (self.live,):
            for key in KEYS:
                check_source(watch, key)

    def write(self) -> None:
        """Write the archive, its records out of order."""
        write_warc(self.warc, *reversed(self.archive.records))

    def bring(self) -> list[Imported]:
        return [import_captures(self.other, key, self.warc) for key in KEYS]


@pytest.fixture
def lived(
    make_watch: Callable[[], Watch],
    site: ReplicaSite,
    clock: FrozenClock,
    migrated_file: Path,
    tmp_path: Path,
) -> Iterator[Lived]:
    site.validators, site.page_size = False, 12
    other = make_watch()
    copy(migrated_file, tmp_path / "live.db")
    archive = Archive(other.fetcher, clock)
    with closing(Database(f"sqlite:///{tmp_path / 'live.db'}")) as database:
        live = Watch.of(other.settings, database, archive, clock)  # type: ignore[arg-type]
        yield Lived(site, clock, live, other, archive, tmp_path / "captures.warc.gz")


def a_year(lived: Lived) -> None:
    site, reports, open_ = lived.site, lived.site.reports, lived.site.recommendations
    lived.check()
    lived.check()  # unchanged
    reports.insert(0, {**reports[0], "report_number": "OIG-26-90", "title": "Facial recognition at ports"})
    lived.check()
    open_[1]["status_comment"] = "It plans to finish by March 10, 2026."
    reports[2]["title"] = "A title of its own"
    lived.check()
    open_[4]["status_text"] = "Closed – Implemented"
    lived.check()
    open_.append({**open_[0], "recommendation_number": "77", "recommendation": "CBP should count."})
    site.reports.remove(reports[3])
    lived.check()
    lived.check()
    lived.write()


def facts(watch: Watch, key: str) -> tuple[Any, Any]:
    """Give records with their versions, and changes, of a source, by what does not depend on the database."""
    with watch.database.read() as session:
        of_source = select(Source.id).where(Source.key == key).scalar_subquery()
        rows = session.exec(select(Record).where(Record.source_id == of_source)).all()
        versions: dict[int, list[Any]] = {row.id: [] for row in rows}
        for one in session.exec(select(RecordVersion).order_by(col(RecordVersion.id))):
            if one.record_id in versions:
                versions[one.record_id].append((one.seen_at, one.listed, one.fields, one.snapshot_sha256))
        keys = {row.id: row.key for row in rows}
        changes = [
            (
                c.seen_at,
                c.kind,
                keys[c.record_id],
                c.before,
                c.after,
                c.not_before,
                c.before_sha256,
                c.after_sha256,
            )
            for c in session.exec(
                select(Change).where(Change.source_id == of_source).order_by(col(Change.id))
            )
        ]
        return {
            row.key: (
                row.fields,
                row.status,
                row.listed,
                row.first_seen_at,
                row.changed_at,
                row.dated,
                versions[row.id],
            )
            for row in rows
        }, changes


def part(lived: Lived, path: Path, *years: Callable[[], object]) -> Path:
    """Write an archive of a part of the year: a check before each edit, and one after the last."""
    before = len(lived.archive.records)
    for edit in years:
        lived.check()
        edit()
    lived.check()
    write_warc(path, *lived.archive.records[before:])
    return path


def three_parts(lived: Lived, folder: Path) -> list[Path]:
    """Live through a year in which the later parts show what only the earlier ones explain."""
    reports, open_ = lived.site.reports, lived.site.recommendations
    gone, comment = reports[3], open_[2]["status_comment"]

    def back() -> None:
        reports.insert(3, gone)
        open_[2]["status_comment"] = comment

    first = part(lived, folder / "1.warc.gz", lambda: open_[2].update(status_comment="It is under way."))
    reports.remove(gone)
    open_[4]["status_text"] = "Closed – Implemented"  # its own page is read with the next part
    second = part(lived, folder / "2.warc.gz", back, lambda: reports[0].update(title="Another title"))
    open_[1]["status_comment"] = "It is done."
    return [first, second, part(lived, folder / "3.warc.gz", lambda: None)]


def replayed(watch: Watch) -> list[Any]:
    """Give the sources that a replay reads otherwise than was recorded."""
    reading = Reading(watch.settings.sources, watch.profiles)
    return [one for one in replay(watch.database, reading).sources if one.differs]


def past(watch: Watch, key: str, days: int) -> list[Any]:
    """Give the records as they were some days ago."""
    names = ("key", "title", "status", "status_comment", "listed", "first_seen", "unlisted")
    with watch.database.read() as session:
        found = records_on(
            session, RecordFilter(source=key), watch.clock() - timedelta(days=days), limit=None
        )
    return [[row.get(name) for name in names] for row in found.rows]


def count(watch: Watch, table: Any) -> int:
    with watch.database.read() as session:
        return len(session.exec(select(table)).all())


def test_a_year_of_captures_is_recorded_as_if_it_had_been_watched_and_alerts_nobody(lived: Lived) -> None:
    a_year(lived)
    found = lived.bring()
    for key in KEYS:
        assert facts(lived.other, key) == facts(lived.live, key)
    changes = count(lived.live, Change)
    assert changes >= 6
    assert sum(one.changes for one in found) == changes
    assert count(lived.other, OutboxItem) == 0
    with lived.other.database.read() as session:
        assert all(session.exec(select(Change.imported)))
        assert all(session.exec(select(Check.imported)))
        shown = changes_as_data(session, ChangeFilter(source="gao"), 50)
        since = changes_as_data(session, ChangeFilter(since=lived.clock() - timedelta(days=9)), 50)
    assert all(one["imported"] for one in shown)
    assert 0 < len(since) < changes
    # A second time adds nothing.
    sizes = [count(lived.other, table) for table in (Check, Snapshot, RecordVersion, Change)]
    again = lived.bring()
    assert [one.captures for one in again] == [0, 0]
    assert [count(lived.other, table) for table in (Check, Snapshot, RecordVersion, Change)] == sizes
    # A digest of this week does not list it; what was found between the last capture and the first check is
    # no news either, and what comes after is.
    lived.site.reports.insert(0, {**lived.site.reports[0], "report_number": "OIG-26-91", "title": "Unseen"})
    lived.check(lived.other)
    run = send_digest(lived.other, "weekly")
    assert run is not None
    assert run.content["changes"] == []
    assert [count(lived.other, Change), count(lived.other, OutboxItem)] == [changes + 1, 1]  # the digest
    lived.site.reports.insert(0, {**lived.site.reports[0], "report_number": "OIG-26-92", "title": "News"})
    lived.check(lived.other)
    with lived.other.database.read() as session:
        (news,) = session.exec(select(Change).where(~col(Change.imported)))
        assert verified(session.connection()).damage == []
    assert news.id > 0
    assert count(lived.other, OutboxItem) == 2


def test_captures_from_before_the_first_check_are_put_before_it(lived: Lived) -> None:
    a_year(lived)
    # What is gone with the newest dates may be an older copy, so watched live it is gone at the second look.
    newest = max(one["issue_date"] for one in lived.site.reports)
    lived.site.reports[:] = [one for one in lived.site.reports if one["issue_date"] < newest]
    lived.site.recommendations[2]["status_comment"] = "Revised between the last capture and the first check"
    lived.check(lived.live, lived.other)
    with pytest.raises(OversightError, match="one more check has to confirm; import again after"):
        import_captures(lived.other, "audits", lived.warc)
    lived.check(lived.live, lived.other)
    lived.site.recommendations[1]["status_comment"] = "It is done."
    lived.site.reports[1]["title"] = "Revised since"
    lived.check(lived.live, lived.other)
    alerted = count(lived.other, OutboxItem)
    lived.write()
    found: list[Imported] = []

    def meanwhile(_done: int, _of: int) -> None:
        if not found:
            found.append(import_captures(lived.other, "audits", lived.warc))

    with pytest.raises(OversightError, match="older history came while this was imported"):
        import_captures(lived.other, "audits", lived.warc, meanwhile)
    found += lived.bring()
    assert count(lived.other, OutboxItem) == alerted
    for key in KEYS:
        ours, theirs = facts(lived.other, key), facts(lived.live, key)
        assert [one[:6] for one in ours[1]] == [one[:6] for one in theirs[1]]
        assert {name: one[:6] for name, one in ours[0].items()} == {
            name: one[:6] for name, one in theirs[0].items()
        }
        for name, (*_, versions) in theirs[0].items():
            # The first check had recorded every record that it showed; else they are the same.
            assert [one for one in versions if one not in ours[0][name][-1]] == []
        for days in range(0, 45, 3):
            assert past(lived.other, key, days) == past(lived.live, key, days)
    assert replayed(lived.other) == []
    # The other list of the same site is none of its pages.
    with lived.other.database.read() as session:
        assert verified(session.connection()).damage == []
    said = {one.said for part in found for one in part.refused}
    assert said == {"the source was watched itself by then", "none of its records waits for this page"}
    assert [one.captures for one in lived.bring()] == [0, 0]


def test_what_lies_between_recorded_checks_is_refused_and_an_interrupted_import_goes_on(lived: Lived) -> None:
    a_year(lived)
    stopped: list[int] = []

    def stop(done: int, _of: int) -> None:
        stopped.append(done)
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_captures(lived.other, "audits", lived.warc, stop)
    lived.bring()
    for key in KEYS:
        assert facts(lived.other, key) == facts(lived.live, key)
    between = datetime.fromisoformat("2026-03-09T00:00:00+00:00")
    body = lived.archive.records[0].partition(b"\r\n\r\n")[2].partition(b"\r\n\r\n")[2].rstrip()
    url = lived.other.settings.sources["audits"].url
    odd = record("http://[::1", between, body), record(url, "0001-01-01T00:00:00Z", body)
    write_warc(lived.warc, record(url, between, body), *odd)
    found = import_captures(lived.other, "audits", lived.warc)
    said = [one.said for one in found.refused]
    assert "lies between checks that are recorded" in said[-1]
    assert said[:-1] == [
        "it is from http://[::1, another site than that of audits",
        "its time is before there were web pages",
    ]


class Raced(Database):
    """A database into which another import writes while the first check of this one reads its pages."""

    def __init__(self, url: str, other: Callable[[], object]) -> None:
        super().__init__(url)
        self.others = [other]

    def write(self) -> AbstractContextManager[Session]:
        while self.others:
            self.others.pop()()
        return super().write()


def test_of_two_imports_at_once_one_stops_and_writes_nothing(lived: Lived) -> None:
    a_year(lived)

    def bring() -> list[int]:
        lived.bring()
        return [count(lived.other, table) for table in (Check, Snapshot, Change)]

    written: list[list[int]] = []
    url = lived.other.settings.database
    with closing(Raced(url, lambda: written.append(bring()))) as database:
        raced = replace(lived.other, database=database)
        with pytest.raises(OversightError, match="start the import again"):
            import_captures(raced, "audits", lived.warc)
    assert [count(lived.other, table) for table in (Check, Snapshot, Change)] == written[0]
    assert facts(lived.other, "audits") == facts(lived.live, "audits")


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 2, 0), (2, 1, 0)], ids=str)
def test_the_order_of_imports_makes_no_difference(
    lived: Lived, tmp_path: Path, order: tuple[int, ...]
) -> None:
    parts = three_parts(lived, tmp_path)
    for number in order:
        for key in KEYS:
            import_captures(lived.other, key, parts[number])
    for key in KEYS:
        assert facts(lived.other, key) == facts(lived.live, key)
    assert replayed(lived.other) == []
    with lived.other.database.read() as session:
        assert verified(session.connection()).damage == []
        seen = session.exec(select(Change.seen_at).order_by(col(Change.source_id), col(Change.id))).all()
        routed = session.exec(select(Routing.change_id)).all()
    assert len(seen) == len(routed) > 6
    assert count(lived.other, OutboxItem) == 0


def test_what_was_told_at_once_stays_and_older_captures_explain_it(lived: Lived, tmp_path: Path) -> None:
    reports = lived.site.reports
    gone = reports[3]
    first = part(lived, tmp_path / "1.warc.gz", lambda: reports.remove(gone))
    second = part(lived, tmp_path / "2.warc.gz", lambda: reports[1].update(title="Another title"))
    lived.check(lived.live, lived.other)
    reports.insert(3, gone)
    lived.check(lived.live, lived.other)
    lived.check(lived.live, lived.other)
    alerted = count(lived.other, OutboxItem)
    for one in (second, first):
        import_captures(lived.other, "audits", one)
    key = gone["report_number"]
    told = [(kind, seen) for seen, kind, name, *_ in facts(lived.other, "audits")[1] if name == key]
    live = [(kind, seen) for seen, kind, name, *_ in facts(lived.live, "audits")[1] if name == key]
    # Watched all along it waits for a second look; without the older pages it was told as new at once.
    assert [kind for kind, _ in live] == ["withdrawn", "reappeared"]
    assert sorted(kind for kind, _ in told) == ["new_report", "reappeared", "withdrawn"]
    assert count(lived.other, OutboxItem) == alerted
    assert replayed(lived.other) == []
    with lived.other.database.read() as session:
        assert verified(session.connection()).damage == []
        row = session.exec(select(Change).where(Change.kind == "withdrawn")).one()
    with lived.other.database.write() as session:
        session.delete(session.get_one(Routing, row.id))
        session.flush()
        session.delete(session.get_one(Change, row.id))
    with lived.other.database.read() as session:
        (damage,) = verified(session.connection()).damage
    assert damage.what == "it was recorded, and is not there any more"


def test_an_imported_look_at_the_newest_pages_does_not_count_as_one_at_all_pages(
    lived: Lived, tmp_path: Path
) -> None:
    sources = lived.other.settings.sources
    sources["audits"] = sources["audits"].model_copy(update={"full_sweep": timedelta(days=7)})
    lived.site.listing_page_size, nothing = 20, lambda: None
    first = part(lived, tmp_path / "1.warc.gz", nothing, nothing)
    retitle = partial(lived.site.reports[-1].update, title="Another title")
    second = part(lived, tmp_path / "2.warc.gz", retitle, nothing, nothing)
    for warc in (second, first):
        import_captures(lived.other, "audits", warc)
    (change,) = facts(lived.other, "audits")[1]
    assert change == facts(lived.live, "audits")[1][0]
    assert change[0] - change[5] == timedelta(days=9)  # the checks in between read the first page only
