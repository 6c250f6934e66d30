"""A sweep of many pages that is cut off goes on where it was, and never takes a moved row for a gone one."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from monitor.domain.types import Outcome
from monitor.fetch.client import make_client
from monitor.fetch.politeness.turns import Politeness
from monitor.store.models import Source, SweepPage
from service.demo.fakes.replica import ReplicaSite, unavailable
from service.demo.fakes.replica.trouble import Trouble
from tests.checking import Checker
from tests.clock import FrozenClock
from tests.dying import DyingFetcher, KilledError

PATH = "/reports/audits-inspections-and-evaluations"
PAGES = 10


@pytest.fixture
def listing(site: ReplicaSite) -> ReplicaSite:
    """Give a listing of ten pages with five rows each."""
    site.reports[:] = site.reports[: PAGES * 5]
    site.listing_page_size = 5
    return site


@pytest.fixture
def killed_after(checker: Checker, clock: FrozenClock) -> Iterator[Callable[..., None]]:
    """Give what checks a source in a process that dies after so many pages."""
    with make_client("watch@example.org", "1.0") as client:
        dying = DyingFetcher(client, clock, Politeness(sleep=lambda _seconds: None))

        def check(url: str, pages: int) -> None:
            dying.left = pages
            with pytest.raises(KilledError):
                replace(checker, fetcher=dying).check(url)

        yield check


def asked(site: ReplicaSite) -> list[int]:
    """Give the pages that were asked for since the last time, counted from 1."""
    found = [int(seen.query.get("page", 0)) + 1 for seen in site.requests_for(PATH)]
    site.requests.clear()
    return found


def notes(checker: Checker) -> int:
    with checker.database.read() as session:
        return len(session.exec(select(SweepPage)).all())


@pytest.mark.parametrize("baseline", [True, False], ids=["first sweep", "later sweep"])
def test_a_killed_sweep_goes_on_at_the_page_where_it_was(
    listing: ReplicaSite, checker: Checker, killed_after: Callable[..., None], baseline: bool
) -> None:
    url = listing.url(PATH)
    if not baseline:
        new = listing.reports.pop()
        checker.check(url)
        listing.reports.append(new | {"issue_date": "2026-03-02"})
    listing.requests.clear()
    killed_after(url, 7)
    assert asked(listing) == [1, 2, 3, 4, 5, 6, 7]
    assert notes(checker) == 7
    settled = checker.check(url)
    # The first page and the last one noted are looked at again: nothing has moved.
    assert asked(listing) == [1, 7, 8, 9, 10]
    assert settled.complete
    assert settled.rows == PAGES * 5
    assert notes(checker) == 0


def test_a_sweep_that_was_killed_after_its_last_page_is_settled_at_once(
    listing: ReplicaSite, checker: Checker, killed_after: Callable[..., None]
) -> None:
    url = listing.url(PATH)
    checker.check(url)
    listing.requests.clear()
    # Nothing has changed, so the tenth page is the last thing before the end.
    killed_after(url, PAGES - 1)
    asked(listing)
    settled = checker.check(url)
    assert asked(listing) == [1, 9, 10]
    assert settled.outcome is Outcome.UNCHANGED
    assert notes(checker) == 0


def test_pages_that_are_too_old_are_read_again(
    listing: ReplicaSite, checker: Checker, killed_after: Callable[..., None], clock: FrozenClock
) -> None:
    killed_after(listing.url(PATH), 7)
    clock.advance(timedelta(hours=7))
    asked(listing)
    assert checker.check(listing.url(PATH)).complete
    assert asked(listing) == list(range(1, PAGES + 1))


def test_a_new_report_on_the_first_page_begins_the_sweep_anew(
    listing: ReplicaSite, checker: Checker, killed_after: Callable[..., None]
) -> None:
    url = listing.url(PATH)
    checker.check(url)
    killed_after(url, 7)
    listing.reports.insert(0, new_report(1))
    asked(listing)
    settled = checker.check(url)
    assert asked(listing) == list(range(1, PAGES + 2))
    assert [change.kind.value for change in checker.changes()] == ["new_report"]
    assert settled.complete


def test_a_row_withdrawn_from_the_middle_begins_the_sweep_anew_and_only_that_row_is_gone(
    listing: ReplicaSite, checker: Checker, killed_after: Callable[..., None]
) -> None:
    url = listing.url(PATH)
    checker.check(url)
    killed_after(url, 7)
    gone = listing.reports.pop(12)
    for _ in range(2):  # it was the first row of its page: it has to be missing twice
        checker.check(url)
    assert [(c.kind.value, c.record_key) for c in checker.changes()] == [("withdrawn", gone["report_number"])]


def test_rows_that_change_places_behind_unmoved_boundaries_are_never_called_gone(
    listing: ReplicaSite, checker: Checker, killed_after: Callable[..., None]
) -> None:
    url = listing.url(PATH)
    checker.check(url)
    killed_after(url, 6)
    # One row comes forward from a page not read yet, another leaves: first page and boundary look as before.
    forward, gone = listing.reports[40], listing.reports[17]
    for row in (forward, gone):
        listing.reports.remove(row)
    listing.reports.insert(12, forward | {"issue_date": listing.reports[12]["issue_date"]})
    checker.check(url)
    assert not [c for c in checker.changes() if c.kind.value == "withdrawn"]
    settled = checker.check(url)
    kinds = {(c.kind.value, c.record_key) for c in checker.changes() if c.kind.value == "withdrawn"}
    assert kinds == {("withdrawn", gone["report_number"])}
    assert settled.complete


def test_a_sweep_cut_by_the_site_goes_on_with_the_next_check(listing: ReplicaSite, checker: Checker) -> None:
    url = listing.url(PATH)
    new = listing.reports.pop()
    checker.check(url)
    listing.reports.append(new | {"issue_date": "2026-03-02"})

    def seventh(target: str) -> Trouble | None:
        return unavailable() if "page=6" in target else None

    listing.faults[PATH] = seventh
    assert checker.check(url).outcome is Outcome.PARTIAL
    listing.faults.clear()
    asked(listing)
    settled = checker.check(url)
    assert asked(listing) == [1, 6, 7, 8, 9, 10]
    assert settled.complete


def test_a_list_longer_than_max_pages_is_read_anew_each_time(listing: ReplicaSite, checker: Checker) -> None:
    for _ in range(2):
        asked(listing)
        settled = checker.check(listing.url(PATH), max_pages=4)
        assert asked(listing) == [1, 2, 3, 4]
        assert not settled.complete
    assert notes(checker) == 0


def test_a_list_of_one_page_leaves_no_note(site: ReplicaSite, checker: Checker) -> None:
    site.listing_page_size = 500
    checker.check(site.url(PATH))
    assert notes(checker) == 0


def test_a_sweep_that_went_on_later_counts_from_when_it_began(
    listing: ReplicaSite, checker: Checker, killed_after: Callable[..., None], clock: FrozenClock
) -> None:
    began = clock.now
    killed_after(listing.url(PATH), 7)
    clock.advance(timedelta(hours=2))
    checker.check(listing.url(PATH))
    with checker.database.read() as session:
        assert session.exec(select(Source.last_swept_at)).one() == began


def test_a_process_killed_between_pages_goes_on_after_the_restart(
    listing: ReplicaSite, tmp_path: Path
) -> None:
    listing.reports[:] = listing.reports[:25]
    (tmp_path / "watch.yaml").write_text(
        f"database: sqlite:///watch.db\nsources:\n  audits: {{url: '{listing.url(PATH)}', delay: 1s,"
        " profile: dhs-oig, full_sweep: daily, allow_private: true}\n"
    )
    command = [sys.executable, "-m", "service.cli.main", "check"]
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    killed = subprocess.run(
        command, cwd=tmp_path, env=env | {"OVERSIGHT_WATCH_FAULTS": "page_kept=kill@3"}, check=False
    )
    assert killed.returncode == -signal.SIGKILL
    assert asked(listing) == [1, 2, 3]
    done = subprocess.run(command, cwd=tmp_path, env=env, check=False, capture_output=True, text=True)
    assert "25 rows, complete" in done.stdout
    assert asked(listing) == [1, 3, 4, 5]


def new_report(n: int) -> dict[str, object]:
    return {
        "report_number": f"OIG-99-{n:02}",
        "title": f"A New Review {n}",
        "abstract": None,
        "issue_date": "2026-03-02",
        "fiscal_year": 2026,
        "href": f"/files/OIG-99-{n:02}.pdf",
    }
