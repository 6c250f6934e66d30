"""What is kept, what may go, and that no evidence ever goes."""

import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, col, func, select

from alerts.channels.services import check_url
from alerts.domain.models import Delivery, OutboxEntry, OutboxItem
from monitor.domain.types import Outcome
from monitor.fetch.client import make_client
from monitor.fetch.fetcher import Fetcher
from monitor.fetch.politeness.turns import Politeness
from monitor.profiles.registry import PROFILES
from monitor.store.models import Change, Check, Record, RecordVersion, Snapshot, SnapshotBody, SourcePage
from monitor.store.page_bodies import stored_body
from service.database.database import Database, damages_of, open_database, vacuum
from service.database.retention import Pruned, prunable, prune
from service.demo.fakes.receivers import MailServer, WebhookServer
from service.demo.fakes.replica import ReplicaSite, challenge, seed_recommendations, seed_reports
from service.demo.fakes.replica.trouble import rewritten
from service.runtime.app import Watch
from service.runtime.checks import check_source
from service.watchfile.load import load
from service.watchfile.settings import KeepSettings
from tests.clock import FrozenClock
from tests.guarantees.conftest import write_watch_file

LISTING = "/reports/audits-inspections-and-evaluations"
YEAR = timedelta(days=365)
SHORT = KeepSettings.model_validate({"snapshots": "1d", "checks": "1d", "attempts": "1d"})
FOR_EVER = KeepSettings.model_validate({"snapshots": "forever", "checks": "forever", "attempts": "forever"})


def report(number: str, title: str = "Facial Recognition at Ports") -> dict[str, object]:
    return {
        "report_number": number,
        "title": title,
        "abstract": None,
        "issue_date": "2026-03-02",
        "fiscal_year": 2026,
        "href": f"/files/{number}.pdf",
    }


def look(watch: Watch, clock: FrozenClock, key: str = "audits") -> Outcome:
    outcome = check_source(watch, key).outcome
    clock.advance(timedelta(days=1))
    return outcome


def live_through_a_month(site: ReplicaSite, watch: Watch, clock: FrozenClock) -> None:
    """Reports appear and are revised; between them pages in trouble, and edits that change nothing."""
    chance = random.Random(7)
    look(watch, clock)
    for n in range(30):
        match chance.choice(("new", "revised", "cosmetic", "trouble", "quiet")):
            case "new":
                site.reports.insert(0, report(f"OIG-26-{100 + n}"))
            case "revised":
                site.reports[chance.randrange(50)]["title"] = f"A Title of Day {n}"
            case "cosmetic":
                site.faults[LISTING] = rewritten(
                    lambda page, n=n: page.replace("</body>", f"<!--{n}--></body>")
                )
            case "trouble":
                site.answers.append(challenge())
        look(watch, clock)
        site.faults.clear()
        watch.deliver()


@dataclass(frozen=True)
class World:
    """A watch on its site, with its database and its clock."""

    site: ReplicaSite
    watch: Watch
    clock: FrozenClock
    database: Database


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory, shared_database_url: str | None) -> Iterator[World]:
    """Live through a month once, and close its database, for tests to go on in copies of it."""
    folder, clock = tmp_path_factory.mktemp("month"), FrozenClock()
    url = shared_database_url or f"sqlite:///{folder / 'watch.db'}"
    with ExitStack() as stack:
        site = stack.enter_context(ReplicaSite(seed_reports(), seed_recommendations(), now=clock))
        mail, webhook = stack.enter_context(MailServer()), stack.enter_context(WebhookServer())
        path = write_watch_file(folder, url, site, mail, webhook)
        client = stack.enter_context(make_client("watch@example.org", "1.0"))
        database = open_database(url)
        fetcher = Fetcher(client, clock, Politeness(sleep=lambda _seconds: None))
        settings = load(path, {}, check_url=check_url, profiles=PROFILES)
        world = World(site, Watch.of(settings, database, fetcher, clock), clock, database)
        live_through_a_month(site, world.watch, clock)
        database.close()
        yield world


@pytest.fixture
def month(lived: World, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[World]:
    """Give a month of a test's own: a copy of its database, and its site and clock as they were."""
    reports, now = deepcopy(lived.site.reports), lived.clock()
    with ExitStack() as stack:
        if lived.database.url.startswith("sqlite"):
            file = shutil.copy(lived.database.url.removeprefix("sqlite:///"), tmp_path / "month.db")
            url = f"sqlite:///{file}"
        else:
            server = request.getfixturevalue("postgres")
            url = stack.enter_context(server.fresh(like=lived.database.url))
        database = Database(url)
        stack.callback(database.close)
        yield replace(lived, watch=replace(lived.watch, database=database), database=database)
    lived.site.reports[:], lived.clock.now = reports, now


def counts(session: Session) -> dict[str, int]:
    tables = (Change, Record, RecordVersion, SourcePage, OutboxItem, OutboxEntry)
    return {
        table.__tablename__: session.exec(select(func.count()).select_from(table)).one() for table in tables
    }


def test_nothing_goes_before_its_time(month: World) -> None:
    assert month.watch.prune() == Pruned()


def test_for_ever_means_for_ever(month: World) -> None:
    assert prune(month.database.write, FOR_EVER, month.clock() + 50 * YEAR) == Pruned()


def test_what_proves_nothing_goes_and_every_change_keeps_its_evidence(month: World) -> None:
    with month.database.read() as session:
        before = counts(session)
        bodies = session.exec(select(func.count()).select_from(SnapshotBody)).one()
    gone = prune(month.database.write, SHORT, month.clock() + 10 * YEAR, batch=3)
    assert gone.snapshots > 5
    assert gone.bodies > 5
    assert gone.checks > 1
    with month.database.read() as session:
        assert counts(session) == before
        assert session.exec(select(func.count()).select_from(SnapshotBody)).one() == bodies - gone.bodies
        for change in session.exec(select(Change)):
            assert stored_body(session, change.after_sha256)
            assert change.before_sha256 is None or stored_body(session, change.before_sha256)
    assert damages_of(month.database.url) == []


def test_a_dry_run_says_what_would_go_and_deletes_nothing(month: World) -> None:
    then = month.clock() + 10 * YEAR
    with month.database.read() as session:
        said = prunable(session, SHORT, then)
        assert prunable(session, SHORT, then) == said
    assert prune(month.database.write, SHORT, then).snapshots == said.snapshots > 0


def test_reports_of_ten_years_ago_are_not_new_after_pruning(month: World) -> None:
    gone = month.site.reports.pop(0)
    for _ in range(2):  # the newest report is missing: an older copy would look so too
        look(month.watch, month.clock)
    month.clock.advance(10 * YEAR)
    prune(month.database.write, SHORT, month.clock())
    with month.database.read() as session:
        before = session.exec(select(func.max(Change.id))).one()
    month.site.reports.insert(0, gone)
    for _ in range(2):
        look(month.watch, month.clock)
    with month.database.read() as session:
        kinds = session.exec(select(Change.kind).where(col(Change.id) > before)).all()
    assert kinds == ["reappeared"]


def test_a_source_goes_on_after_pruning_as_if_nothing_had_happened(month: World) -> None:
    prune(month.database.write, SHORT, month.clock() + 10 * YEAR)
    assert look(month.watch, month.clock) is Outcome.UNCHANGED
    month.site.reports.insert(0, report("OIG-26-90"))
    assert look(month.watch, month.clock) is Outcome.CHANGED


def test_the_attempts_of_a_message_that_still_waits_stay(
    site: ReplicaSite,
    watch: Watch,
    clock: FrozenClock,
    database: Database,
    mail_server: MailServer,
) -> None:
    look(watch, clock)
    site.reports.insert(0, report("OIG-26-90"))
    look(watch, clock)
    mail_server.refuse = lambda _who: "451 later"
    watch.deliver()
    assert prune(database.write, SHORT, clock() + YEAR).attempts == 0
    mail_server.refuse = None
    clock.advance(timedelta(hours=2))
    watch.deliver()
    assert prune(database.write, SHORT, clock() + YEAR).attempts == 1
    with database.read() as session:
        assert set(session.exec(select(Delivery.outcome))) == {"accepted"}


@pytest.mark.sqlite  # a server looks after its space by itself
def test_years_of_noise_leave_a_file_of_bounded_size(
    site: ReplicaSite, watch: Watch, clock: FrozenClock, database: Database, tmp_path: Path
) -> None:
    """A page whose bytes change at every look though nobody's record does: three years, a look a week."""
    look(watch, clock)
    for week in range(156):
        noise = random.Random(week).randbytes(2_000).hex()
        site.faults[LISTING] = rewritten(lambda page, noise=noise: page.replace("</body>", f"{noise}</body>"))
        check_source(watch, "audits")
        clock.advance(timedelta(weeks=1))
        if week % 26 == 25:
            watch.prune()
    vacuum(database.url)
    with database.read() as session:
        kept = session.exec(select(func.count()).select_from(Snapshot)).one()
        assert session.exec(select(func.count()).select_from(Check)).one() < 100
    assert kept <= (400 + 26 * 7) // 7 + 2
    size = Path(database.url.removeprefix("sqlite:///")).stat().st_size
    assert size < 1_050_000


@pytest.mark.parametrize("said", ["soon", "0d", "-1d", "[1]"])
def test_a_length_that_is_none_is_refused_with_its_place(
    said: str, watch_file: Path, make_watch: Callable[[], Watch]
) -> None:
    watch_file.write_text(watch_file.read_text() + f"keep: {{snapshots: {said}}}\n")
    with pytest.raises(Exception, match=r"watch\.yaml:\d+:\d+: keep\.snapshots"):
        make_watch()


def test_an_unknown_thing_to_keep_is_refused_with_the_nearest_name(
    watch_file: Path, make_watch: Callable[[], Watch]
) -> None:
    watch_file.write_text(watch_file.read_text() + "keep: {snapshot: 1d}\n")
    with pytest.raises(Exception, match=r"watch\.yaml:\d+:\d+: keep: unknown key .*did you mean .snapshots."):
        make_watch()
