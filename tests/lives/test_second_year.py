"""The second year of two publishers, step by step, through the real command line over HTTP.

Each step says what happens to the sites, and what a careful editor would want told after the next check.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
import time_machine

import service.runtime.app
from service.demo.fakes.receivers import WebhookServer
from service.demo.fakes.replica import (
    AGENCY_PATH,
    LISTING_PATH,
    redesign,
    rewritten,
    seed_recommendations,
    seed_reports,
    server_error,
    soft_not_found,
)
from service.demo.fakes.replica.pages import AGENCY, ReplicaRow
from tests.faults.launch import Hurried
from tests.lives.site import LifeSite, State
from tests.lives.troubles import calm
from tests.service.commands import run
from tests.service.home import database_line

ICE = "United States Immigration and Customs Enforcement"
START = datetime(2027, 1, 4, 12, tzinfo=UTC)


@dataclass
class Sites:
    """Both publishers, with what a step may need of the past."""

    site: LifeSite
    past: list[State] = field(default_factory=list)

    def report(self, number: str) -> ReplicaRow:
        """Return the row of a report."""
        return next(row for row in self.site.reports if row["report_number"] == number)

    def recommendation(self, key: str, agency: str = AGENCY) -> ReplicaRow:
        """Return the row of a recommendation, written as `GAO-24-900001 rec 4`."""
        number, _, place = key.partition(" rec ")
        return next(
            row
            for row in self.site.recommendations
            if (row["report_number"], str(row["recommendation_number"]), row["agency"])
            == (number, place, agency)
        )

    def publish(self, number: str, title: str, issued: str = "2027-02-01", **given: object) -> None:
        """Put a report on the list."""
        href = f"/sites/default/files/assets/{issued[:7]}/{number or title[:8]}.pdf"
        self.site.reports.append(
            {
                "report_number": number,
                "title": title,
                "abstract": None,
                "issue_date": issued,
                "fiscal_year": int(issued[:4]) + (issued[5:7] > "09"),
                "href": href,
                **given,
            }
        )

    def recommend(self, key: str, **given: object) -> None:
        """Put an open recommendation on CBP's list."""
        number, _, place = key.partition(" rec ")
        self.site.recommendations.append(
            {
                **self.site.recommendations[0],
                "report_number": number,
                "report_title": f"Seaports: Steps Are Needed ({number})",
                "recommendation_number": int(place),
                "recommendation": f"CBP should take step {place} at seaports. (Recommendation {place})",
                "status_comment": "CBP has agreed.",
                "priority": False,
                **given,
            }
        )

    def withdraw(self, number: str) -> None:
        """Take a report from the list."""
        self.site.reports.remove(self.report(number))

    def show_past(self, back: int, *, page: int | None = None, every: int = 1) -> None:
        """Answer from the state `back` steps ago: every page, one page, or every second request."""
        old, asked = self.past[-back], count()

        def answer_from(_path: str, asked_page: int) -> State | None:
            return old if page in (None, asked_page) and next(asked) % every == every - 1 else None

        self.site.before_page = answer_from

    def rewrite(self, path: str, change: Callable[[str], str]) -> None:
        """Pass every page below a path through a function for this step."""
        self.site.faults[path] = rewritten(change)


Do = Callable[[Sites], object]
Step = tuple[str, Do, Sequence[str]]


def _nothing(_sites: Sites) -> None:
    pass


def _set(number: str, **given: object) -> Do:
    return lambda sites: sites.report(number).update(given)


def _set_rec(key: str, of: str = AGENCY, /, **given: object) -> Do:
    return lambda sites: sites.recommendation(key, of).update(given)


def _close(key: str, how: str, comment: str, of: str = AGENCY) -> Do:
    return _set_rec(key, of, status_text=how, status_comment=comment)


def _every_link(change: Callable[[str], str]) -> Do:
    def do(sites: Sites) -> None:
        for row in sites.site.reports:
            row["href"] = change(row["href"])

    return do


def _respell_agency(sites: Sites) -> None:
    for row in sites.site.reports:
        row["title"] = row["title"].replace("CBP", "C.B.P.", 1)


def _withdraw_between_pages(sites: Sites) -> None:
    def meanwhile(path: str, page: int) -> None:
        if (
            path == LISTING_PATH
            and page == 1
            and any(row["report_number"] == "OIG-27-04" for row in sites.site.reports)
        ):
            sites.withdraw("OIG-27-04")

    sites.site.before_page = meanwhile  # type: ignore[assignment]


def _both(*steps: Do) -> Do:
    def do(sites: Sites) -> None:
        for step in steps:
            step(sites)

    return do


def _lose_cells(page: str) -> str:
    return page.replace('<a href="/sites/default/files/assets/2027-02/OIG-27-02.pdf"', '<a hidden href="x"')


def _bulk(sites: Sites) -> None:
    for n in range(12):
        sites.publish(f"OIG-04-{n + 10}", f"CBP's Old Matter Number {n}", f"2004-0{n % 9 + 1}-11")


IMPLEMENTED, NOT_IMPLEMENTED = "Closed – Implemented", "Closed – Not Implemented"
REC = "GAO-27-100 rec 1"
STEPS: tuple[Step, ...] = (
    ("the first check", _nothing, []),
    ("nothing happens", _nothing, []),
    ("a new report", lambda s: s.publish("OIG-27-01", "CBP Needs Doors"), ["new_report OIG-27-01"]),
    (
        "two new reports",
        _both(
            lambda s: s.publish("OIG-27-02", "CBP Needs Windows", "2027-02-03"),
            lambda s: s.publish("OIG-27-03", "CBP Needs Roofs", "2027-02-03"),
        ),
        ["new_report OIG-27-02", "new_report OIG-27-03"],
    ),
    ("yesterday's page, once", lambda s: s.show_past(2), []),
    ("today's page again", _nothing, []),
    ("the page before yesterday's", lambda s: s.show_past(4), []),
    ("today's page once more", _nothing, []),
    ("two servers that disagree", lambda s: s.show_past(4, every=2), []),
    ("both servers agree again", _nothing, []),
    ("an old copy of page 2", lambda s: s.show_past(7, page=1), []),
    ("page 2 as it is", _nothing, []),
    ("a title corrected", _set("OIG-27-01", title="CBP Needs Better Doors"), ["title_revised OIG-27-01"]),
    ("a date corrected", _set("OIG-27-01", issue_date="2027-02-02"), ["details_revised OIG-27-01"]),
    ("a number in small letters", _set("OIG-27-01", report_number="oig-27-01"), []),
    ("a number with a zero", _set("oig-27-01", report_number="OIG-27-001"), ["renumbered OIG-27-001"]),
    ("a wholly new number", _set("OIG-27-001", report_number="OIG-28-77"), ["renumbered OIG-28-77"]),
    ("the old page after that", lambda s: s.show_past(2), []),
    ("the new page after that", _nothing, []),
    ("http becomes https", _every_link(lambda href: f"https://www.oig.dhs.gov{href}"), []),
    ("?v=1 on every link", _every_link(lambda href: f"{href}?v=1"), []),
    ("and gone again", _every_link(lambda href: href.partition("?")[0].partition(".gov")[2]), []),
    ("a slash behind every link", _every_link(lambda href: f"{href}/"), []),
    ("and gone", _every_link(lambda href: href.rstrip("/")), []),
    ("every file in another folder", _every_link(lambda href: href.replace("/assets/", "/reports/")), []),
    (
        "a report in two volumes",
        _both(
            _set("OIG-27-02", title="CBP Needs Windows, Volume I"),
            lambda s: s.publish("OIG-27-12", "CBP Needs Windows, Volume II", "2027-02-04"),
        ),
        ["new_report OIG-27-12", "title_revised OIG-27-02"],
    ),
    (
        "the volumes merged",
        _both(_set("OIG-27-02", title="CBP Needs Windows"), lambda s: s.withdraw("OIG-27-12")),
        [],
    ),
    ("the merger seen again", _nothing, ["title_revised OIG-27-02", "withdrawn OIG-27-12"]),
    (
        "another report of a series",
        lambda s: s.publish("OIG-27-13", "CBP Needs Roofs", "2027-03-03"),
        ["new_report OIG-27-13"],
    ),
    ("sorted by title", lambda s: setattr(s.site, "order", "title"), []),
    ("sorted by date again", lambda s: setattr(s.site, "order", "issue_date"), []),
    ("seven rows a page", lambda s: setattr(s.site, "listing_page_size", 7), []),
    ("all on one page", lambda s: setattr(s.site, "listing_page_size", 100), []),
    ("five rows a page", lambda s: setattr(s.site, "listing_page_size", 5), []),
    ("one bad row", lambda s: s.rewrite(LISTING_PATH, lambda page: page.replace("<td", "<!--", 1)), []),
    ("the row is mended", _nothing, []),
    (
        "mojibake for a day",
        lambda s: s.rewrite("/", lambda page: page.encode().decode("cp1252", "replace")),
        [],
    ),
    ("readable again", _nothing, []),
    (
        "escaped twice for a day",
        lambda s: s.rewrite("/", lambda page: page.replace("&#x27;", "&amp;#039;")),
        [],
    ),
    ("escaped once again", _nothing, []),
    ("a redesign half deployed", lambda s: s.site.faults.update({f"{LISTING_PATH}?page": redesign()}), []),
    ("the redesign taken back", _nothing, []),
    (
        "a wrong 304 beside a new report",
        _both(
            lambda s: setattr(s.site, "claims_unchanged", True),
            lambda s: s.publish("OIG-27-04", "CBP Needs Lamps", "2027-04-01"),
        ),
        [],
    ),
    ("an honest answer", _nothing, ["new_report OIG-27-04"]),
    ("a report withdrawn between two pages", _withdraw_between_pages, []),
    ("and still gone", _nothing, ["withdrawn OIG-27-04"]),
    ("twelve reports of 2004 added at once", _bulk, []),
    ("a new recommendation", lambda s: s.recommend(REC), [f"new_recommendation {REC}"]),
    (
        "a joint one",
        _both(
            lambda s: s.recommend("GAO-27-101 rec 1"), lambda s: s.recommend("GAO-27-101 rec 1", agency=ICE)
        ),
        ["new_recommendation GAO-27-101 rec 1"],
    ),
    ("the other agency's part closed", _close("GAO-27-101 rec 1", NOT_IMPLEMENTED, "ICE declined.", ICE), []),
    (
        "our part closed",
        _close("GAO-27-101 rec 1", IMPLEMENTED, "CBP did it."),
        ["status_changed GAO-27-101 rec 1"],
    ),
    (
        "a comment rewritten",
        _set_rec(REC, status_comment="CBP expects to finish by June 2027."),
        [f"comment_updated {REC}"],
    ),
    ("a priority set", _set_rec(REC, priority=True), [f"priority_changed {REC}"]),
    ("a total that lags", lambda s: setattr(s.site, "total_lag", 2), []),
    ("the total is right again", _nothing, []),
    (
        "a recommendation renumbered",
        _set_rec(
            REC,
            recommendation_number=7,
            recommendation="CBP should take step 1 at seaports. (Recommendation 7)",
        ),
        ["renumbered GAO-27-100 rec 7"],
    ),
    (
        "a closing behind a soft 404",
        _both(
            _close("GAO-27-100 rec 7", IMPLEMENTED, "All seaports have it."),
            lambda s: s.site.faults.update({"/products/": soft_not_found()}),
        ),
        [],
    ),
    ("its page answers", _nothing, ["status_changed GAO-27-100 rec 7"]),
    (
        "reopened",
        _set_rec("GAO-27-100 rec 7", status_text="Open", status_comment="Reopened in May."),
        ["status_changed GAO-27-100 rec 7"],
    ),
    (
        "moved to another agency",
        _set_rec("GAO-27-100 rec 7", agency="Department of Homeland Security"),
        [],
    ),
    ("and not back", _nothing, ["left_list GAO-27-100 rec 7"]),
    ("a server error", lambda s: s.site.faults.update({"/": server_error()}), []),
    ("an agency written in another way in every title", _respell_agency, []),
    ("nothing more happens", _nothing, []),
)


@dataclass
class Year:
    """What the command line made of a step."""

    folder: Path
    hook: WebhookServer
    sites: Sites
    last: int = 0

    def check(self) -> tuple[list[str], str, str]:
        """Check both sources; return the changes recorded, the text sent, and what the terminal said."""
        sent = len(self.hook.posts)
        ran = run(self.folder, "check")
        listed = run(self.folder, "changes", "--json", "--limit", "200")
        fresh = [one for one in json.loads(listed.out) if one["id"] > self.last]
        self.last = max([self.last, *(one["id"] for one in fresh)])
        told = sorted(f"{one['kind']} {one['record']}" for one in fresh)
        return told, " ".join(str(seen.body) for seen in self.hook.posts[sent:]), ran.all


@pytest.fixture
def year(tmp_path: Path, webhook_server: WebhookServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Year]:
    """Give both sites with a watch file on them."""
    monkeypatch.setattr(service.runtime.app, "Politeness", Hurried)
    with LifeSite(seed_reports()[:12], seed_recommendations()) as site:
        for row in site.reports:
            row["abstract"] = None
        site.listing_page_size = 5
        webhook = webhook_server.url("/alerts").removeprefix("http://")
        (tmp_path / "watch.yaml").write_text(
            f"""\
sources:
  reports: {{url: "{site.url(LISTING_PATH)}", delay: 1s, allow_private: true}}
  open: {{url: "{site.url(AGENCY_PATH)}", delay: 1s, allow_private: true}}
channels:
  room: {{to: "json://{webhook}", allow_private: true}}
topics:
  everything: {{send: {{immediately: room}}}}
{database_line(tmp_path)}""",
            encoding="utf-8",
        )
        yield Year(tmp_path, webhook_server, Sites(site))


def test_each_step_of_the_second_year_tells_what_an_editor_would_and_nothing_else(year: Year) -> None:
    assert len(STEPS) >= 60
    wrong: list[str] = []
    for number, (name, do, expected) in enumerate(STEPS):
        year.sites.past.append(year.sites.site.state())
        do(year.sites)
        with time_machine.travel(START + timedelta(hours=7) * number):
            told, text, said = year.check()
        calm(year.sites.site)
        missing = [one for one in told if one.split(" ", 1)[1] not in text]
        if told != sorted(expected) or missing:
            wrong.append(f"{number} {name}: {told} instead of {sorted(expected)}; unsent: {missing}\n{said}")
    assert not wrong, "\n".join(wrong)
