"""A replay makes the recorded checks again with today's profiles, says what differs, and alerts nobody."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, col, func, select

from monitor.domain.settings import SourceSettings
from monitor.profiles.registry import PROFILES
from monitor.store.corrections import change_facts, record_facts
from monitor.store.models import Change, Correction, RecordVersion, Source
from service.database.database import Database, open_database
from service.demo.fakes.loopback import LoopbackHandler, Served
from service.demo.fakes.replica import LISTING_PATH, ReplicaSite, redesign, server_error
from service.demo.fakes.replica.pages import AGENCY_PATH
from service.dryrun.replay import Reading, ReplayReport, replay
from tests.checking import Checker
from tests.clock import FrozenClock
from tests.lives.run import Life
from tests.service.commands import run
from tests.service.home import connected, database_line


def differing(report: ReplayReport) -> list[object]:
    return [one for source in report.sources for one in (*source.changes, *source.records, *source.outcomes)]


def live(site: ReplicaSite, checker: Checker, clock: FrozenClock) -> Reading:
    """Let two lists live through news, trouble, a page accepted by hand and an old copy."""
    site.page_size = 4
    urls = {"reports": site.url(LISTING_PATH), "open": site.url(AGENCY_PATH)}
    looks = {"reports": {"full_sweep": "1w"}, "open": {}}

    def check(*, accept: bool = False) -> None:
        for key, url in urls.items():
            checker.check(url, key, accept=accept, **looks[key])

    check()
    check()
    site.reports.insert(0, {**site.reports[0], "report_number": "OIG-26-90", "title": "A first new report"})
    site.recommendations[2]["status_comment"] = "It trained the officers in May 2026."
    check()
    site.recommendations[5]["status_text"] = "Closed – Implemented"
    check()
    site.answers.extend([server_error(), server_error()])
    check()
    site.answers.append(redesign())
    check()
    clock.advance(timedelta(days=1))
    before = dict(site.reports[3])
    site.reports[3]["title"] = "Another title for it"
    check()
    site.reports[3].update(before)  # an old copy waits for a second look
    check()
    check()
    site.reports = site.reports[: len(site.reports) // 3]
    check()
    check(accept=True)
    site.recommendations.append({**site.recommendations[0], "recommendation_number": 99})
    check()
    settings = {key: SourceSettings(url=url, allow_private=True, **looks[key]) for key, url in urls.items()}
    return Reading(settings, PROFILES)


def test_a_history_with_trouble_is_replayed_as_it_was_recorded_and_can_be_kept(
    site: ReplicaSite, checker: Checker, clock: FrozenClock, database: Database, tmp_path: Path
) -> None:
    reading = live(site, checker, clock)
    assert checker.count() > 4
    report = replay(database, reading, into=tmp_path / "new.db")
    assert not differing(report)
    assert [one.same_changes for one in report.sources] == [
        sum(change.source == key for change in checker.changes()) for key in reading.sources
    ]
    kept = open_database(f"sqlite:///{tmp_path / 'new.db'}", create=False)
    with kept.read() as there, database.read() as here:
        for key in reading.sources:
            ids = [s.exec(select(Source.id).where(Source.key == key)).one() for s in (there, here)]
            facts = [change_facts(s, id_, 10**6) for s, id_ in zip((there, here), ids, strict=True)]
            assert [(c.record_key, c.kind, c.after, c.seen_at) for c in facts[0]] == [
                (c.record_key, c.kind, c.after, c.seen_at) for c in facts[1]
            ]
            assert record_facts(there, ids[0], 10**6).keys() == record_facts(here, ids[1], 10**6).keys()
    kept.close()


@pytest.mark.sqlite
def test_a_life_with_old_torn_and_cut_pages_is_replayed_as_it_was_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.lives import run as lives

    reports: list[ReplayReport] = []
    staged = lives._stage

    @contextmanager
    def stage(folder: Path) -> Iterator[tuple[object, ...]]:
        with staged(folder) as (site, database, fetcher, clock):
            yield site, database, fetcher, clock
            sources = {
                key: SourceSettings(url=site.url(path), allow_private=True)
                for key, path in lives._SOURCES.items()
            }
            reports.append(replay(database, Reading(sources, PROFILES)))

    monkeypatch.setattr(lives, "_stage", stage)
    life = Life("replayed", tmp_path)
    assert life.live(8) == []
    assert life.changes > 5
    assert not differing(reports[0])


# A profile of one's own that gets better, and its page.
PROFILE = """
describes: audits of a city
kind: report
version: {version}
rows: li
fields:
  report_number: {{css: b}}
  title: {{css: {title}}}
"""


class City(Served):
    """One page with a list; `rows` are its items."""

    def __init__(self) -> None:
        city = self
        self.rows = [("C-1", "Roads", "of 2024"), ("C-2", "Parks", "of 2025")]

        class Handler(LoopbackHandler):
            def do_GET(self) -> None:  # noqa: N802
                items = "".join(f"<li><b>{a}</b> <i>{b}</i> <u>{c}</u></li>" for a, b, c in city.rows)
                body = f"<title>Audits</title><p>{len(city.rows)} audits</p><ul>{items}</ul>".encode()
                found = self.path.startswith("/audits")
                self.send_head(200 if found else 404, {"Content-Type": "text/html"}, len(body))
                self.wfile.write(body)

        super().__init__(Handler)


def tables(folder: Path) -> tuple[int, int, int]:
    with connected(folder) as connection, Session(connection) as session:
        counted = [session.exec(select(func.count()).select_from(t)).one() for t in (Change, RecordVersion)]
        return (*counted, connection.exec_driver_sql("SELECT count(*) FROM outbox").scalar_one())


def test_a_better_profile_is_tried_on_history_and_its_differences_become_corrections(home: Path) -> None:
    (home / "profiles").mkdir()
    profile, better = home / "profiles" / "city.yaml", home / "better" / "city.yaml"
    better.parent.mkdir()
    profile.write_text(PROFILE.format(version=1, title="i"))
    better.write_text(PROFILE.format(version=2, title="u"))
    with City() as city:
        (home / "watch.yaml").write_text(
            f"sources: {{city: {{url: '{city.url('audits')}', profile: city, allow_private: true}}}}\n"
            "channels: {desk: {to: 'json://127.0.0.1:9/x', allow_private: true}}\n"
            "topics: {all: {send: {immediately: desk}}}\n" + database_line(home)
        )
        assert run(home, "check").code == 0
        city.rows.append(("C-3", "Water", "of 2026"))
        city.rows[0] = ("C-1", "Roads and bridges", "of 2024")
        run(home, "check")
    before = tables(home)
    same = run(home, "replay")
    assert (same.code, "2 the same" in same.out) == (0, True), same.all
    # Tried before it is used: by it every record has another title, and none was revised.
    tried = run(home, "replay", "--profile", str(better), "--json")
    assert tried.code == 1, tried.err
    (figures,) = json.loads(tried.out)["sources"]
    assert figures["changes"] == {"same": 0, "missing": 1, "added": 0, "differs": 1}
    assert figures["records"] == {"same": 0, "missing": 0, "added": 0, "differs": 3}
    assert run(home, "replay", "--store", "--profile", str(better)).code == 2
    assert tables(home) == before
    # In use: stored as corrections, shown with the record, and sent to nobody.
    profile.write_text(better.read_text())
    stored = run(home, "replay", "--store")
    assert "5 corrections stored; nobody is alerted" in stored.out, stored.all
    assert tables(home) == before
    shown = " ".join(run(home, "show", "C-1").out.split())
    assert "title revised was recorded and is not read now: title before: “Roads”" in shown
    assert "record differs: title: recorded “Roads and bridges”, read now “of 2024” (city@2)" in shown
    for what, said in (("changes", "is not read now"), ("records", "record differs: title: recorded")):
        assert run(home, "export", what, "--output", f"{what}.csv").code == 0
        assert said in (home / f"{what}.csv").read_text()
    assert "5 corrections stored" in run(home, "replay", "--store").out  # the same ones
    with connected(home) as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM correction").scalar_one() == 5
    # A correction that is found no more is kept, and shown no longer.
    profile.write_text(PROFILE.format(version=3, title="i"))
    assert "0 corrections stored" in run(home, "replay", "--store").out
    assert "corrections" not in run(home, "show", "C-1").out
    with connected(home) as connection, Session(connection) as session:
        replaced = select(func.count()).where(col(Correction.replaced_at).is_not(None))
        assert session.exec(replaced).one() == 5


def test_an_interrupted_replay_stores_nothing_and_what_cannot_be_replayed_is_said(
    home: Path, site: ReplicaSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    listing = site.url(LISTING_PATH)
    (home / "watch.yaml").write_text(
        f"sources:\n  oig: {{url: '{listing}', profile: dhs-oig, allow_private: true, delay: 1s}}\n"
        f"  never: {{url: '{site.url(AGENCY_PATH)}', allow_private: true}}\n" + database_line(home)
    )
    assert run(home, "check", "oig").code == 0
    said = " ".join(run(home, "replay", "--into", "new.db").out.split())
    assert re.search(r"never left out: it was never checked 1 page read again in .* written: new.db", said)
    again = run(home, "replay", "--into", "new.db")
    assert (again.code, "new.db exists already and stays as it is" in again.err) == (3, True)
    assert run(home, "replay", "nobody").code == 2
    nobody = run(home, "replay", "--profile", "gao-csv.yaml")
    assert (nobody.code, "no profile file gao-csv.yaml" in nobody.err) == (2, True)

    def stopped(*_: object, **_named: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("monitor.replay.check", stopped)
    assert run(home, "replay", "--into", "other.db").code == 130
    assert not [path.name for path in home.iterdir() if path.name.startswith("other")]
    monkeypatch.undo()
    assert run(home, "replay", "--store").code == 0
