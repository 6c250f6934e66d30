"""Pages are kept as differences from the version before, and read back as they were or not at all."""

import hashlib
import random
import sqlite3
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
import zstandard
from sqlmodel import col, delete, func, select, update

from monitor.domain.errors import StoreError
from monitor.domain.types import Outcome, Page
from monitor.store.models import Check, Snapshot, SnapshotBody, Source
from monitor.store.page_bodies import keep_body, stored_body
from service.database.database import Database, damages_of
from service.database.retention import prune
from service.demo.fakes.replica import ReplicaSite
from service.demo.fakes.replica.trouble import rewritten
from service.watchfile.settings import KeepSettings
from tests.checking import Checker
from tests.clock import FrozenClock

LISTING = "/reports/audits-inspections-and-evaluations"
NOW = datetime(2026, 3, 2, tzinfo=UTC)


def words(seed: int, count: int) -> str:
    chance = random.Random(seed)
    return " ".join(chance.randbytes(4).hex() for _ in range(count))


def listing(version: int, rows: int = 40) -> bytes:
    """Give a listing of a site that publishes a report a version, the newest on top."""
    shown = (f"<tr><td>{words(n, 25)}</td></tr>" for n in reversed(range(version, version + rows)))
    return f"<table>{''.join(shown)}</table>".encode()


def page(body: bytes) -> Page:
    return Page("https://a.example/", "https://a.example/", body, hashlib.sha256(body).hexdigest(), NOW)


def keep(database: Database, bodies: list[bytes]) -> list[str]:
    """Keep versions of one page, each after the one before, and give their hashes."""
    pages = [page(body) for body in bodies]
    with database.write() as session:
        for number, one in enumerate(pages):
            keep_body(session, one, [pages[number - 1].sha256] if number else ())
    return [one.sha256 for one in pages]


def spoil(database: Database, sha256: str) -> None:
    with database.write() as session:
        body = bytearray(session.get_one(SnapshotBody, sha256).body)
        body[-1] ^= 0xFF
        session.execute(
            update(SnapshotBody).where(col(SnapshotBody.sha256) == sha256).values(body=bytes(body))
        )


def readable(database: Database, hashes: list[str]) -> list[bool]:
    def one(sha256: str) -> bool:
        try:
            with database.read() as session:
                return hashlib.sha256(stored_body(session, sha256)).hexdigest() == sha256
        except StoreError:
            return False

    return [one(sha256) for sha256 in hashes]


def kept(database: Database, sha256: str) -> SnapshotBody:
    with database.read() as session:
        return session.get_one(SnapshotBody, sha256)


def test_many_versions_take_little_room_and_each_is_read_back_as_it_was(database: Database) -> None:
    bodies = [listing(version) for version in range(150)]
    hashes = keep(database, bodies)
    with database.read() as session:
        assert [stored_body(session, sha256) for sha256 in hashes] == bodies
        size = session.exec(select(func.sum(func.length(SnapshotBody.body)))).one()
        assert max(session.exec(select(SnapshotBody.depth)).all()) < 64
    assert size / len(bodies) < len(kept(database, hashes[0]).body) / 10
    assert damages_of(database.url) == []


def test_a_page_that_has_become_another_is_kept_whole_and_the_next_one_rests_on_it(
    database: Database,
) -> None:
    hashes = keep(database, [listing(0), listing(500), listing(501)])
    assert [kept(database, sha256).base_sha256 for sha256 in hashes] == [None, None, hashes[1]]


def test_a_page_that_shows_the_time_begins_anew_before_reading_it_takes_long(database: Database) -> None:
    hashes = keep(database, [listing(0) + b"%d o'clock" % number for number in range(140)])
    depths = [kept(database, sha256).depth for sha256 in hashes]
    assert depths == [number % 64 for number in range(140)]
    assert all(readable(database, hashes))


def test_small_differences_that_add_up_to_a_page_begin_anew(database: Database) -> None:
    hashes = keep(database, [listing(version, rows=8) for version in range(30)])
    assert 2 < sum(kept(database, sha256).base_sha256 is None for sha256 in hashes) < 15


@pytest.mark.parametrize("at", [0, 1, 2, 3])
def test_damage_is_named_and_spoils_only_what_rests_on_it(database: Database, at: int) -> None:
    hashes = keep(database, [listing(version) for version in range(4)])
    spoil(database, hashes[at])
    assert readable(database, hashes) == [number < at for number in range(4)]
    named = f"(the )?stored page {hashes[at][:12]} is damaged; 'oversight-watch db check' says"
    with database.read() as session, pytest.raises(StoreError, match=named):
        stored_body(session, hashes[3])
    found = {damage.row: damage.what for damage in damages_of(database.url)}
    assert set(found) == {sha256[:12] for sha256 in hashes[at:]}
    for sha256 in hashes[at + 1 :]:
        assert f"it rests on the page {hashes[at][:12]}, which is damaged" in found[sha256[:12]]


@pytest.mark.parametrize("at", [0, 1, 2])
def test_a_damaged_page_that_is_fetched_again_is_whole_again_and_so_is_all_that_rests_on_it(
    database: Database, at: int
) -> None:
    bodies = [listing(version) for version in range(3)]
    hashes = keep(database, bodies)
    spoil(database, hashes[at])
    keep(database, [bodies[at]])
    assert readable(database, hashes) == [True] * 3
    assert damages_of(database.url) == []


def test_nothing_new_is_made_to_rest_on_what_is_damaged(database: Database) -> None:
    hashes = keep(database, [listing(0), listing(1)])
    spoil(database, hashes[0])
    with database.write() as session:
        keep_body(session, page(listing(2)), [hashes[1]])
    assert kept(database, page(listing(2)).sha256).base_sha256 is None


def test_what_is_stored_already_stays_as_it_lies(database: Database) -> None:
    """A site that goes back to an earlier version, or two that show the same, make no circle."""
    hashes = keep(database, [listing(0), listing(1), listing(2), listing(0), listing(1)])
    assert [kept(database, sha256).base_sha256 for sha256 in hashes[:3]] == [None, *hashes[:2]]


@pytest.mark.sqlite  # a server lets nobody take away what a row points at
def test_a_base_that_is_gone_is_told_with_its_name(database: Database) -> None:
    hashes = keep(database, [listing(0), listing(1)])
    with closing(sqlite3.connect(database.url.removeprefix("sqlite:///"))) as connection:
        connection.execute("DELETE FROM snapshot_body WHERE sha256 = ?", (hashes[0],))
        connection.commit()
    said = [damage.what for damage in damages_of(database.url)]
    assert any(
        f"rests on the page {hashes[0][:12]}, which is damaged: it is not there" in one for one in said
    )
    assert readable(database, hashes[1:]) == [False]


def test_a_body_that_claims_another_size_than_its_row_is_not_unpacked(database: Database) -> None:
    (sha256,) = keep(database, [listing(0)])
    bomb = zstandard.ZstdCompressor().compress(bytes(50_000_000))
    with database.write() as session:
        session.execute(update(SnapshotBody).values(body=bomb))
    (damage,) = damages_of(database.url)
    assert "its size is not what its row says" in damage.what
    assert readable(database, [sha256]) == [False]


@pytest.mark.parametrize(
    "before",
    [b"", b"x", bytes.fromhex("37a430ec") + b"what looks like a dictionary" * 99],
    ids=["an empty page", "a byte", "a dictionary of zstd"],
)
def test_odd_pages_are_kept_and_read_like_any(database: Database, before: bytes) -> None:
    bodies = [before, before + b"and more", listing(0), before + b"and still more"]
    hashes = keep(database, bodies)
    with database.read() as session:
        assert [stored_body(session, sha256) for sha256 in hashes] == bodies


def test_a_page_of_many_megabytes_is_kept_as_a_difference_too(database: Database) -> None:
    large = words(1, 300_000).encode()
    middle = len(large) // 2
    hashes = keep(database, [large, large[:middle] + b"one new row" + large[middle:]])
    small = kept(database, hashes[1])
    assert len(small.body) < 2_000
    assert readable(database, hashes) == [True, True]


def test_a_base_without_a_snapshot_stays_while_a_snapshot_rests_on_it(database: Database) -> None:
    hashes = keep(database, [listing(version) for version in range(4)])
    with database.write() as session:
        session.add(Source(id=1, key="s", reading="r", created_at=NOW))
        session.flush()
        session.add(Check(id=1, source_id=1, started_at=NOW, finished_at=NOW, outcome="changed"))
        session.flush()
        session.add(_snapshot(hashes[2]))
    for batch in (1, 500):
        gone = prune(database.write, KeepSettings(), NOW, batch=batch)
        assert gone.bodies == (1 if batch == 1 else 0)
    assert readable(database, hashes[:3]) == [True] * 3
    with database.write() as session:
        session.execute(delete(Snapshot))
    assert prune(database.write, KeepSettings(), NOW, batch=2).bodies == 3


def _snapshot(sha256: str) -> Snapshot:
    return Snapshot(
        source_id=1, check_id=1, url="u", final_url="u", fetched_at=NOW, sha256=sha256,
        content_type="text/html", charset="utf-8",
    )  # fmt: skip


def test_a_base_is_not_taken_away_while_another_process_makes_something_rest_on_it(
    database: Database,
) -> None:
    (base,) = keep(database, [listing(0)])  # no snapshot has it: the next prune would take it
    further = page(listing(1))
    pruning = threading.Thread(target=prune, args=(database.write, KeepSettings(), NOW))
    with database.write() as session:
        keep_body(session, further, [base])
        session.add(Source(id=1, key="s", reading="r", created_at=NOW))
        session.flush()
        session.add(Check(id=1, source_id=1, started_at=NOW, finished_at=NOW, outcome="changed"))
        session.flush()
        session.add(_snapshot(further.sha256))
        pruning.start()
    pruning.join(timeout=600)
    assert not pruning.is_alive()
    assert kept(database, further.sha256).base_sha256 == base
    assert readable(database, [base, further.sha256]) == [True, True]


def test_pages_set_aside_rest_on_each_other_and_accepted_ones_on_accepted_ones(
    site: ReplicaSite, checker: Checker, database: Database, clock: FrozenClock
) -> None:
    """A redesign that nobody looks at for days costs a page once, and spoils no later difference."""

    def look() -> Outcome:
        clock.advance(timedelta(hours=1))
        return checker.check(site.url(LISTING)).outcome

    assert look() is Outcome.BASELINE
    for hour in range(3):
        redesigned = f"<html><body><h1>{words(7, 3_000)}</h1>{hour} o'clock</body></html>"
        site.faults[LISTING] = rewritten(lambda _page, new=redesigned: new)
        assert look() is Outcome.QUARANTINED
    site.faults.clear()
    site.reports[0]["title"] = "Another Title"
    assert look() is Outcome.CHANGED
    with database.read() as session:
        shown = session.exec(select(Snapshot.sha256).order_by(col(Snapshot.id))).all()
    first, *aside, last = (kept(database, sha256) for sha256 in shown)
    assert [body.base_sha256 for body in aside] == [None, aside[0].sha256, aside[1].sha256]
    assert last.base_sha256 == first.sha256
