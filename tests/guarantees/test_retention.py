"""What is kept, what may go, and that no evidence ever goes."""

import random
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, col, func, select

from alerts.domain.models import Delivery, OutboxEntry, OutboxItem
from monitor.domain.types import Outcome
from monitor.store.models import Change, Check, Record, RecordVersion, Snapshot, SnapshotBody, SourcePage
from monitor.store.page_bodies import stored_body
from service.database.database import Database, damages_of, vacuum
from service.database.retention import Pruned, prunable, prune
from service.demo.fakes.receivers import MailServer
from service.demo.fakes.replica import ReplicaSite, challenge
from service.demo.fakes.replica.trouble import rewritten
from service.runtime.app import Watch
from service.runtime.checks import check_source
from service.watchfile.settings import KeepSettings
from tests.clock import FrozenClock

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


def counts(session: Session) -> dict[str, int]:
    tables = (Change, Record, RecordVersion, SourcePage, OutboxItem, OutboxEntry)
    return {
        table.__tablename__: session.exec(select(func.count()).select_from(table)).one() for table in tables
    }


def test_nothing_goes_before_its_time(
    site: ReplicaSite, watch: Watch, clock: FrozenClock, database: Database
) -> None:
    live_through_a_month(site, watch, clock)
    assert watch.prune() == Pruned()


def test_for_ever_means_for_ever(
    site: ReplicaSite, watch: Watch, clock: FrozenClock, database: Database
) -> None:
    live_through_a_month(site, watch, clock)
    assert prune(database.write, FOR_EVER, clock() + 50 * YEAR) == Pruned()


def test_what_proves_nothing_goes_and_every_change_keeps_its_evidence(
    site: ReplicaSite, watch: Watch, clock: FrozenClock, database: Database
) -> None:
    live_through_a_month(site, watch, clock)
    with database.read() as session:
        before = counts(session)
        bodies = session.exec(select(func.count()).select_from(SnapshotBody)).one()
    gone = prune(database.write, SHORT, clock() + 10 * YEAR, batch=3)
    assert gone.snapshots > 5
    assert gone.bodies > 5
    assert gone.checks > 1
    with database.read() as session:
        assert counts(session) == before
        assert session.exec(select(func.count()).select_from(SnapshotBody)).one() == bodies - gone.bodies
        for change in session.exec(select(Change)):
            assert stored_body(session, change.after_sha256)
            assert change.before_sha256 is None or stored_body(session, change.before_sha256)
    assert damages_of(database.url) == []


def test_a_dry_run_says_what_would_go_and_deletes_nothing(
    site: ReplicaSite, watch: Watch, clock: FrozenClock, database: Database
) -> None:
    live_through_a_month(site, watch, clock)
    then = clock() + 10 * YEAR
    with database.read() as session:
        said = prunable(session, SHORT, then)
        assert prunable(session, SHORT, then) == said
    assert prune(database.write, SHORT, then).snapshots == said.snapshots > 0


def test_reports_of_ten_years_ago_are_not_new_after_pruning(
    site: ReplicaSite, watch: Watch, clock: FrozenClock, database: Database
) -> None:
    live_through_a_month(site, watch, clock)
    gone = site.reports.pop(0)
    for _ in range(2):  # the newest report is missing: an older copy would look so too
        look(watch, clock)
    clock.advance(10 * YEAR)
    prune(database.write, SHORT, clock())
    with database.read() as session:
        before = session.exec(select(func.max(Change.id))).one()
    site.reports.insert(0, gone)
    for _ in range(2):
        look(watch, clock)
    with database.read() as session:
        kinds = session.exec(select(Change.kind).where(col(Change.id) > before)).all()
    assert kinds == ["reappeared"]


def test_a_source_goes_on_after_pruning_as_if_nothing_had_happened(
    site: ReplicaSite, watch: Watch, clock: FrozenClock, database: Database
) -> None:
    live_through_a_month(site, watch, clock)
    prune(database.write, SHORT, clock() + 10 * YEAR)
    assert look(watch, clock) is Outcome.UNCHANGED
    site.reports.insert(0, report("OIG-26-90"))
    assert look(watch, clock) is Outcome.CHANGED


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
    assert size < 1_000_000


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
