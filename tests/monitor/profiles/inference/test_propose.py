"""A profile proposed from a page finds its rows and fields, and says so helpfully where there are none."""

import pytest

from monitor.domain.errors import ParseError
from monitor.domain.types import RecordKind
from monitor.profiles.inference.propose import Proposal, propose
from monitor.profiles.inference.values import NUMBER, field_named, number_pattern, share, words_of
from tests.monitor.profiles.page_shapes import BARE, CARDS, DRUPAL_ROWS, JSON_API, SHAPES, TITLES, page

URL = "https://oig.example.gov/library/audit-reports?x=1"
NUMBERS = {
    "drupal-table.html": "2024-NY-1001",
    "drupal-rows.html": "OIG-A-2024-001",
    "definitions.html": "AUD-FM-24-01",
    "cards.html": "A22NY0101",
    "api.json": "OIG-CA-24-001",
    "export.csv": "E-24-01",
    "feed.xml": "OIG-24-01",
}


@pytest.fixture(params=SHAPES)
def shape(request: pytest.FixtureRequest) -> tuple[str, Proposal]:
    return request.param, propose(SHAPES[request.param], URL)


def test_every_row_of_a_page_is_found_and_nothing_beside(shape: tuple[str, Proposal]) -> None:
    name, proposal = shape
    titles = [record.fields["title"] for record in proposal.parse.records]
    assert [title.rpartition(": ")[2] if name == "feed.xml" else title for title in titles] == list(TITLES)
    assert proposal.parse.problems == ()


def test_day_link_and_number_of_every_row_are_found(shape: tuple[str, Proposal]) -> None:
    name, proposal = shape
    records = [record.fields for record in proposal.parse.records]
    assert all(fields["issue_date"] for fields in records)
    assert len({fields["url"] for fields in records}) == len(TITLES)
    assert records[0]["report_number"] == NUMBERS.get(name)


def test_a_page_is_known_by_its_address_again() -> None:
    recognize = propose(DRUPAL_ROWS, URL).settings["recognize"]
    assert recognize == {"hosts": ["oig.example.gov"], "path": "^/library/audit-reports/?$"}


def test_total_and_pager_are_found_where_they_are_not_the_usual_ones() -> None:
    cards, api = propose(CARDS, URL), propose(JSON_API, URL)
    assert (cards.parse.declared_total, cards.parse.next_url) == (4, "https://oig.example.gov/reports?p=2")
    assert (api.parse.declared_total, api.settings["next"]) == (4, "links.next.href")
    assert "next" not in propose(DRUPAL_ROWS, URL).settings


def test_a_table_of_recommendations_is_known_by_its_headings() -> None:
    head = "<tr><th>Report</th><th>Rec. No.</th><th>Recommendation</th><th>Status</th></tr>"
    rows = "".join(
        f"<tr><td>{title}</td><td>{n}</td><td>We recommend step {n}.</td><td>Open</td></tr>"
        for n, title in enumerate(TITLES)
    )
    proposal = propose(page(f"<table>{head}{rows}</table>"), URL)
    assert proposal.settings["kind"] == "recommendation"
    assert [record.fields["recommendation_number"] for record in proposal.parse.records] == [0, 1, 2, 3]
    assert proposal.parse.records[0].fields["status"] == "open"


def test_rows_that_share_a_number_are_told_apart_by_their_links() -> None:
    proposal = propose(BARE.replace(") PDF", ") OIG-24-01 PDF"), URL)
    assert proposal.settings["identity"] == "url"
    assert len({record.key for record in proposal.parse.records}) == len(TITLES)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (page("<main><p>" + "We audit the department. " * 30 + "</p></main>"), "nothing on .* repeats"),
        ("<html><body><div id='root'></div><script>go()</script></body></html>", "come by JavaScript"),
        ('{"name": "x", "ids": [1, 2]}', "no list of objects"),
        ("Just a text.", "is not HTML, JSON, CSV or a feed"),
        ("", "is not HTML, JSON, CSV or a feed"),
        ("{[", "no list of objects"),
    ],
)
def test_a_page_without_rows_is_told_with_what_may_help(text: str, said: str) -> None:
    with pytest.raises(ParseError, match=said):
        propose(text, URL)


def test_a_large_page_is_looked_through() -> None:
    proposal = propose(
        DRUPAL_ROWS.replace("</div><ul", "<div class='a'><b>x</b></div>" * 20_000 + "</div><ul"), URL
    )
    assert len(proposal.parse.records) == len(TITLES)


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ("Date Issued", "issue_date"),
        ("Report #", "report_number"),
        ("views-field-field-report-number", "report_number"),
        ("reportTitle", "title"),
        ("Date the report was first issued to the public by us", None),
        ("Fiscal Year", "fiscal_year"),
        ("", None),
    ],
)
def test_a_heading_or_a_name_tells_its_field(words: str, field: str | None) -> None:
    kind = RecordKind.REPORT
    assert (field_named(words, kind) or field_named(words_of(words), kind)) == field


@pytest.mark.parametrize(
    "text", ["COVID-19", "2019-2023", "2024-05-01", "05-01-2024", "202-555-0100", "FY-2024", "a-b"]
)
def test_what_only_looks_like_a_report_number_is_none(text: str) -> None:
    assert share([text], NUMBER) == 0


def test_the_pattern_of_numbers_is_as_plain_as_they_are() -> None:
    assert number_pattern(["see OIG-24-01", "OIG-24-117"]) == r"\b(OIG-\d{2}-\d{1,6})\b"
    assert number_pattern(["OIG-24-01", "GAO-24-106148"]) == r"\b([A-Z0-9]+-\d{2}-\d{1,6})\b"


@pytest.mark.parametrize(
    "days",
    [
        "<p>Due: July {n}, 2027</p><p>Issued: June {n}, 2026</p>",
        "<p>Last updated <time datetime='2027-07-0{n}'>July {n}, 2027</time></p>"
        "<p>Issued <time>June {n}, 2026</time></p>",
        "<p><b>Number:</b> 26-A-0{n}<br><b>Updated:</b> July {n}, 2027"
        "<br><b>Date Issued:</b> June {n}, 2026</p>",
    ],
)
def test_of_two_days_of_a_card_the_day_of_issue_is_taken(days: str) -> None:
    cards = "".join(
        f"<article><h3><a href='/{n}'>{title}</a> <span class='badge'>New</span></h3>"
        f"{days.format(n=n)}</article>"
        for n, title in enumerate(TITLES, 1)
    )
    records = [record.fields for record in propose(page(cards), URL).parse.records]
    assert [fields["issue_date"] for fields in records] == [
        f"2026-06-0{n}" for n in range(1, len(TITLES) + 1)
    ]
    assert [fields["title"] for fields in records] == list(TITLES)


@pytest.mark.parametrize(
    "heading",
    ["Due Date", "Date Closed", "Target Completion Date", "Reporting Period", "Date Range", "Last Updated"],
)
def test_a_column_of_other_days_or_spans_is_no_day_of_issue(heading: str) -> None:
    assert field_named(heading, RecordKind.REPORT) != "issue_date"


def test_lists_in_the_panels_of_tabs_are_read_and_the_heads_of_tabs_are_not() -> None:
    heads = (
        "<ul class='tabs'><li><a href='#a'>Audit reports</a></li><li><a href='#b'>Inspections</a></li></ul>"
    )
    panel = "<div><div class='card'><h3><a href='/{n}'>{title}</a></h3><p>June {n}, 2026</p></div></div>"
    panels = "".join(panel.format(n=n, title=title) for n, title in enumerate(TITLES, 1))
    found = propose(page(f"{heads}<div class='tabs-content'>{panels}</div>"), URL).parse.records
    assert [record.fields["title"] for record in found] == list(TITLES)
