"""A note beside a title, such as New or (PDF, 2 MB), comes and goes and is never news, in any format."""

import json
import re
from collections.abc import Callable, Sequence
from functools import partial

import pytest

from monitor.domain.types import ChangeKind, Outcome
from monitor.profiles.registry import PROFILES
from monitor.store.records import records_of
from service.demo.fakes.replica import ReplicaSite, answer, rewritten
from tests.checking import Checker

pytestmark = pytest.mark.sqlite  # it is about pages
PATH = "/reports/of-an-office"
LISTING = "/reports/audits-inspections-and-evaluations"
NOTES = (
    ' <span class="badge">New</span>',
    ' <span class="usa-tag">NEW</span>',
    "<sup>New!</sup>",
    " <em>Updated</em>",
    " <strong><span>[NEW]</span></strong>",
    ' <div class="badge">Just released</div>',
    " New",
    ' <img alt="New">',
    " (PDF, 2.1 MB)",
    " [PDF]",
    " PDF (341 KB)",
    " (pdf - 12 pages)",
    " <a href='/1.pdf'>PDF</a>",
    "<span class='sr-only'>opens in a new window</span>",
    " <svg><title>External link</title></svg>",
    " <span>New</span> (PDF, 3 pages) (link is external)",
)
TITLES = ("Shelters Need Better Controls", "Is the Old Policy Better Than the New", "Costs of (Some) Fuel")


def table(notes: Sequence[str], *, numbered: bool, inside: bool = False) -> str:
    """Give a table with a row for each note, and one whose title really ends in New."""
    rows = ""
    for at, (title, note) in enumerate(zip(named(len(notes)), (*notes, ""), strict=True), 1):
        link = f"<a href='/r/{at}'>{title}{note if inside else ''}</a>{'' if inside else note}"
        rows += f"<tr><td>{link}</td>{f'<td>26-{at}</td>' if numbered else ''}<td>03/01/2026</td></tr>"
    head = f"<tr><th>Title</th>{'<th>Number</th>' if numbered else ''}<th>Date Issued</th></tr>"
    return f"<!doctype html><html><body><main><table>{head}{rows}</table></main></body></html>"


def named(count: int) -> list[str]:
    return [*(f"Audit of Shelter No. {at}" for at in range(count)), TITLES[1]]


def titles(checker: Checker) -> set[str]:
    with checker.database.read() as session:
        return {
            record.fields.get("title") or record.fields["report_title"] for _, record in records_of(session)
        }


def read_titles(page: str) -> set[str]:
    return {record.fields["title"] for record in PROFILES["table"].parse(page, "https://a.example/").records}


def flaps(site: ReplicaSite, checker: Checker, with_note: str, plain: str, profile: str) -> list[Outcome]:
    """Give the outcomes of checks of a page that loses its notes and gets them back."""
    outcomes = []
    for page in (with_note, plain, with_note):
        site.faults[PATH] = answer(200, page)
        outcomes.append(checker.check(site.url(PATH), profile=profile).outcome)
    return outcomes


@pytest.mark.parametrize("numbered", [True, False])
def test_a_note_beside_a_title_is_no_part_of_it_and_no_news(
    site: ReplicaSite, checker: Checker, numbered: bool
) -> None:
    page, plain = table(NOTES, numbered=numbered), table([""] * len(NOTES), numbered=numbered)
    assert read_titles(page) == set(named(len(NOTES)))
    assert flaps(site, checker, page, plain, "table") == [
        Outcome.BASELINE,
        Outcome.UNCHANGED,
        Outcome.UNCHANGED,
    ]
    assert (checker.count(), titles(checker)) == (0, set(named(len(NOTES))))


def test_a_badge_within_a_link_is_no_part_of_the_title() -> None:
    badges = (
        ' <span class="badge">New</span>',
        "<sup>New!</sup>",
        " <span class='usa-tag'><b>NEW</b></span>",
    )
    assert read_titles(table(badges, numbered=True, inside=True)) == set(named(3))


def csv_page(note: str) -> str:
    return "Title,Date Issued\n" + "".join(f'"{one}{note}",03/01/2026\n' for one in TITLES)


def json_page(note: str) -> str:
    return json.dumps([{"title": f"{one}{note}", "date": "2026-03-01"} for one in TITLES])


def feed_page(note: str) -> str:
    items = "".join(
        f"<item><title>{one}{note}</title><link>https://a.example/{at}</link></item>"
        for at, one in enumerate(TITLES)
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel>{items}</channel></rss>'


def recommendations_page(note: str) -> str:
    rows = "".join(
        f"<tr><td>{one}{note}</td><td>Check the {at} meters.</td><td>Open</td></tr>"
        for at, one in enumerate(TITLES)
    )
    head = "<tr><th>Report</th><th>Recommendation</th><th>Status</th></tr>"
    return f"<!doctype html><html><body><table>{head}{rows}</table></body></html>"


@pytest.mark.parametrize(
    ("make", "profile"),
    [
        (csv_page, "csv"),
        (json_page, "json"),
        (feed_page, "feed"),
        (recommendations_page, "table-recommendations"),
    ],
)
def test_a_note_in_plain_text_is_no_news_in_any_format(
    site: ReplicaSite, checker: Checker, make: Callable[[str], str], profile: str
) -> None:
    for note in (" (PDF, 2 MB)", " [NEW]", " New!", " PDF", ""):
        site.faults[PATH] = answer(200, make(note))
        checker.check(site.url(PATH), profile=profile)
        assert titles(checker) == set(TITLES)
    site.faults[PATH] = answer(200, make(" New"))
    checker.check(site.url(PATH), profile=profile)
    assert checker.count() == 0


def test_a_badge_on_a_list_with_a_profile_of_its_own_is_no_news(site: ReplicaSite, checker: Checker) -> None:
    checker.check(site.url(LISTING))
    for badge in ('<span class="badge">New</span>', "<sup>New!</sup>", ""):
        with_badge = partial(re.sub, r"(?s)(<td[^>]*views-field-title.*?)(</a>)", rf"\1 {badge}\2 {badge}")
        site.faults[LISTING] = rewritten(with_badge)
        assert checker.check(site.url(LISTING)).outcome is Outcome.UNCHANGED
    assert checker.count() == 0


def test_a_badge_that_an_earlier_version_took_into_a_title_leaves_it_without_news(
    site: ReplicaSite, checker: Checker
) -> None:
    site.faults[PATH] = answer(200, table([""] * 2, numbered=True))
    checker.check(site.url(PATH), profile="table")
    with checker.database.write() as session:
        for _, record in records_of(session):
            record.fields = {**record.fields, "title": f"{record.fields['title']} New"}
            record.fingerprint = "old"
            session.add(record)
    site.faults[PATH] = answer(200, table([""] * 2, numbered=True) + "<!-- again -->")
    assert checker.check(site.url(PATH), profile="table").outcome is Outcome.UNCHANGED
    assert (checker.count(), titles(checker)) == (0, set(named(2)))


def test_badges_in_cells_of_status_number_and_day_are_no_news(site: ReplicaSite, checker: Checker) -> None:
    def page(badge: str) -> str:
        cells = (
            f"Shelters{badge}",
            f"26-1{badge}",
            "Check the meters.",
            f"Open{badge}",
            f"March 3, 2026{badge}",
        )
        heads = ("Report", "Report Number", "Recommendation", "Status", "Date Issued")
        row = "".join(f"<td>{cell}</td>" for cell in cells)
        head = "".join(f"<th>{one}</th>" for one in heads)
        return f"<!doctype html><html><body><table><tr>{head}</tr><tr>{row}</tr></table></body></html>"

    for badge in (' <span class="badge">New</span>', " New", ""):
        site.faults[PATH] = answer(200, page(badge))
        checker.check(site.url(PATH), profile="table-recommendations")
    with checker.database.read() as session:
        ((_, record),) = records_of(session)
    assert checker.count() == 0
    assert record.fields["report_number"] == "26-1"
    assert (record.fields["status"], record.fields["status_text"]) == ("open", "Open")
    assert record.fields["issue_date"] == "2026-03-03"


def test_a_title_that_is_revised_besides_its_note_is_told(site: ReplicaSite, checker: Checker) -> None:
    site.faults[PATH] = answer(200, table([" (PDF, 2 MB)"] * 2, numbered=True))
    checker.check(site.url(PATH), profile="table")
    site.faults[PATH] = answer(200, table([" (Revised)"] * 2, numbered=True))
    checker.check(site.url(PATH), profile="table")
    assert [change.kind for change in checker.changes()] == [ChangeKind.TITLE_REVISED] * 2
