"""An exception in a check, whatever it is, is a failed check: recorded, counted and reported."""

import json
from pathlib import Path
from typing import Any, NoReturn

import pytest
from sqlmodel import Session

import monitor.check
from monitor.changes.apply import Settled
from monitor.crawl.observe import Observer
from monitor.domain.types import Outcome
from monitor.store.sources import find_source
from service.demo.fakes.replica import LISTING_PATH, ReplicaSite
from tests.checking import Checker


def _bug(*_: object, **__: object) -> NoReturn:
    raise ZeroDivisionError("half of nothing")


def test_a_bug_while_looking_is_a_failed_check_and_reported_in_time(
    checker: Checker, site: ReplicaSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    checker.check(site.url(LISTING_PATH))
    with monkeypatch.context() as patched:
        patched.setattr(Observer, "observe", _bug)
        failed = [checker.check(site.url(LISTING_PATH), tell_operator_after=2) for _ in range(3)]
    assert [one.outcome for one in failed] == [Outcome.FAILED] * 3
    assert [bool(one.health) for one in failed] == [False, True, False]
    assert "ZeroDivisionError: half of nothing" in failed[0].reasons[0]
    with checker.database.read() as session:
        source = find_source(session, "source")
        assert source is not None and (source.troubles, source.trouble) == (3, "failed")
    healed = checker.check(site.url(LISTING_PATH)).health
    assert healed is not None and healed.well


def test_a_bug_while_recording_undoes_the_changes_and_is_a_failed_check(
    checker: Checker, site: ReplicaSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    checker.check(site.url(LISTING_PATH))
    report = {**site.reports[0], "report_number": "OIG-26-71", "title": "Seventy-one", "href": "/r/71"}
    site.reports.insert(0, report)
    settle = monitor.check.settle

    def _settle_then_fail(session: Session, seen: Any, lapsing: Any) -> Settled:
        settled = settle(session, seen, lapsing)
        return _bug() if settled.change_ids else settled

    with monkeypatch.context() as patched:
        patched.setattr(monitor.check, "settle", _settle_then_fail)
        assert checker.check(site.url(LISTING_PATH)).outcome is Outcome.FAILED
    assert checker.count() == 0
    assert len(checker.check(site.url(LISTING_PATH)).change_ids) == 1


@pytest.mark.parametrize("title", ["Review of Grants \\ud83d", "\\udc00Review of Grants"])
def test_half_a_surrogate_pair_in_json_is_read_as_the_replacement_character(
    checker: Checker, tmp_path: Path, title: str
) -> None:
    page = tmp_path / "reports.json"
    rows = [
        {
            "number": f"A-26-{n:02}",
            "title": f"Review {n}",
            "date": "2026-02-03",
            "url": f"https://example.gov/{n}",
        }
        for n in range(5)
    ]
    page.write_text(json.dumps(rows))
    checker.check(str(page), profile="json")
    new = json.dumps({**rows[0], "number": "A-26-50", "title": "TITLE"}).replace("TITLE", title)
    page.write_text(f"{json.dumps(rows)[:-1]}, {new}]")
    settled = checker.check(str(page), profile="json")
    assert settled.outcome is Outcome.CHANGED, settled.reasons
    [change] = checker.changes()
    assert "\ufffd" in str(change.after["title"])


def test_a_reference_to_half_a_surrogate_pair_in_a_feed_is_read_as_the_replacement_character(
    checker: Checker, tmp_path: Path
) -> None:
    page = tmp_path / "feed.xml"
    entries = "".join(
        f"<item><title>Audit {n} &#xDBFF; &#56832;</title><link>https://example.gov/{n}</link></item>"
        for n in range(4)
    )
    page.write_text(f'<rss version="2.0"><channel><title>t</title>{entries}</channel></rss>')
    settled = checker.check(str(page), profile="feed")
    assert (settled.outcome, settled.rows) == (Outcome.BASELINE, 4)
