"""A profile is proposed for trackers, records of several rows and lists in tabs; what is unsure is said."""

from typing import Any

import pytest

from monitor.profiles.inference.propose import Proposal, propose
from tests.monitor.profiles.page_shapes import DAYS, TITLES, page

URL = "https://oig.example.gov/reports"
STEPS = (
    "Document the review of each quarter in the file.",
    "Update the procedure for tests of generators.",
    "Reconcile undelivered orders at least once a month.",
    "Remove accounts within one day of separation.",
)
STATUSES = ("Open", "Closed", "Open", "Open")
ISO = ["2024-09-30", "2024-08-14", "2024-07-01", "2024-06-03"]


def proposed(body: str, heading: str = "Reports") -> tuple[Proposal, list[dict[str, Any]]]:
    found = propose(page(f"<main><h1>{heading}</h1>{body}</main>"), URL)
    return found, [dict(record.fields) for record in found.parse.records]


def each(form: str, places: range = range(4)) -> str:
    return "".join(
        form.format(n=n, title=TITLES[n], day=DAYS[n], step=STEPS[n], status=STATUSES[n]) for n in places
    )


def assert_tracker(fields: list[dict[str, Any]], titles: list[str]) -> None:
    assert [one["recommendation"] for one in fields] == list(STEPS)
    assert [one["status"] for one in fields] == [said.lower() for said in STATUSES]
    assert [one["report_title"] for one in fields] == titles


@pytest.mark.parametrize(("report", "counter"), [("Report Number", "Rec. #"), ("Report", "No.")])
def test_a_tracker_without_titles_takes_the_number_and_says_so(report: str, counter: str) -> None:
    rows = each("<tr><td><a href='/r/{n}'>A-24-0{n}</a></td><td>1</td><td>{step}</td><td>{status}</td></tr>")
    head = f"<tr><th>{report}</th><th>{counter}</th><th>Recommendation</th><th>Status</th></tr>"
    found, fields = proposed(f"<table>{head}{rows}</table>", "Tracker")
    assert_tracker(fields, ["A-24-00", "A-24-01", "A-24-02", "A-24-03"])
    assert (fields[0]["report_number"], fields[0]["recommendation_number"]) == ("A-24-00", 1)
    assert "its number, report_number, is read for report_title" in found.doubts[0]


def test_a_tracker_of_one_report_takes_its_title_from_the_page_and_says_so() -> None:
    rows = each("<tr><td>{n}</td><td>{step}</td><td>{status}</td></tr>")
    head = "<tr><th>#</th><th>Recommendation</th><th>Status</th></tr>"
    found, fields = proposed(f"<table>{head}{rows}</table>", "Audit of Gates")
    assert_tracker(fields, ["Audit of Gates"] * 4)
    assert [one["recommendation_number"] for one in fields] == [0, 1, 2, 3]
    assert "the page's heading is read for report_title" in found.doubts[0]


@pytest.mark.parametrize(
    "form",
    [
        "<h2><a href='/r/{n}'>{title}</a> (A-24-0{n})</h2><table><tr><th>No.</th><th>Recommendation</th>"
        "<th>Status</th></tr><tr><td>1</td><td>{step}</td><td>{status}</td></tr><tr></tr></table>",
        "<tr><th colspan=3><a href='/r/{n}'>{title}</a> (A-24-0{n})</th></tr>"
        "<tr><td>1</td><td>{step}</td><td>{status}</td></tr>",
    ],
)
def test_the_report_may_be_named_over_its_recommendations(form: str) -> None:
    head = "<tr><th>No.</th><th>Recommendation</th><th>Status</th></tr>"
    body = each(form) if form.startswith("<h2") else f"<table>{head}{each(form)}</table>"
    found, fields = proposed(body.replace("<tr></tr>", "<tr><td>2</td><td>Do more.</td><td>Open</td></tr>"))
    fields = [one for one in fields if one["recommendation"] != "Do more."]
    assert_tracker(fields, list(TITLES))
    assert [one["report_number"] for one in fields] == ["A-24-00", "A-24-01", "A-24-02", "A-24-03"]
    assert [one["recommendation_number"] for one in fields] == [1] * 4
    assert found.doubts == ()


@pytest.mark.parametrize(
    "card",
    [
        "<div class='rec'><h3><a href='/r/{n}'>{title}</a></h3>"
        "<p><strong>Report Number:</strong> A-24-0{n}</p><p><strong>Recommendation {n}:</strong> {step}</p>"
        "<p><strong>Status:</strong> {status}</p>"
        "<p><b>Agency response:</b> It agreed with step {n} and will act by June 2027.</p></div>",
        "<div class='row-of'><div class='text'>{step}</div>"
        "<div><span>Status:</span> <span>{status}</span></div>"
        "<div><span>Report:</span> <span><a href='/r/{n}'>{title}</a></span></div>"
        "<div><span>Report No.:</span> <span>A-24-0{n}</span></div></div>",
        "<article class='rec'><h3>{step}</h3><dl><dt>Report</dt><dd><a href='/r/{n}'>{title}</a></dd>"
        "<dt>Report Number</dt><dd>A-24-0{n}</dd><dt>Status</dt><dd>{status}</dd></dl></article>",
    ],
)
def test_cards_with_a_status_are_recommendations(card: str) -> None:
    found, fields = proposed(f"<div class='list'>{each(card)}</div>", "Recommendation Tracker")
    assert_tracker(fields, list(TITLES))
    assert [one["report_number"] for one in fields] == ["A-24-00", "A-24-01", "A-24-02", "A-24-03"]
    assert found.doubts == ()


@pytest.mark.parametrize(
    "form",
    [
        "<tr><td colspan=2><a href='/r/{n}'>{title}</a></td></tr><tr><td>A-24-0{n}</td><td>{day}</td></tr>",
        "<tr><th colspan=2><a href='/r/{n}'>{title}</a></th></tr><tr><td>A-24-0{n}</td><td>{day}</td></tr>",
        "<tr><td colspan=3><b>{title}</b></td></tr>"
        "<tr><td>A-24-0{n}</td><td>{day}</td><td><a href='/r/{n}'>PDF</a></td></tr>",
        "<tr><td><a href='/r/{n}'>{title}</a></td></tr><tr><td>A-24-0{n}</td></tr><tr><td>{day}</td></tr>",
    ],
)
def test_records_of_several_table_rows_are_read_whole(form: str) -> None:
    found, fields = proposed(f"<table>{each(form)}</table>")
    assert [one["title"] for one in fields] == list(TITLES)
    assert [one["issue_date"] for one in fields] == ISO
    assert [one["report_number"] for one in fields] == ["A-24-00", "A-24-01", "A-24-02", "A-24-03"]
    assert [one["url"] for one in fields] == [f"https://oig.example.gov/r/{n}" for n in range(4)]
    assert found.doubts[0].startswith("Each record takes ")


def test_a_list_of_definitions_may_have_several_values() -> None:
    body = each("<dt><a href='/r/{n}'>{title}</a></dt><dd>No. A-24-0{n}</dd><dd>Issued {day}</dd>")
    _, fields = proposed(f"<dl>{body}</dl>")
    assert [one["issue_date"] for one in fields] == ISO
    assert [one["title"] for one in fields] == list(TITLES)


@pytest.mark.parametrize(
    ("item", "around"),
    [
        ("<li><a href='/r/{n}'>{title}</a> {day}</li>", "<ul>{}</ul>"),
        ("<tr><td><a href='/r/{n}'>{title}</a></td><td>{day}</td></tr>", "<table>{}</table>"),
    ],
)
def test_the_lists_of_all_tabs_are_read(item: str, around: str) -> None:
    panels = "".join(
        f"<div class='pane' id='{name}'>{around.format(each(item, places))}</div>"
        for name, places in (("audits", range(3)), ("reviews", range(3, 4)))
    )
    _, fields = proposed(f"<div class='tabs'>{panels}</div>")
    assert [one["title"] for one in fields] == list(TITLES)


def test_rows_of_another_form_that_are_left_out_are_said() -> None:
    rows = each("<li class='r'><a href='/r/{n}'>{title}</a> {day}</li>")
    more = "".join(f"<p><a href='/r/{n}'>An Older Report of the Office</a></p>" for n in (8, 9))
    found, _ = proposed(f"<ul>{rows}</ul>{more}")
    assert found.doubts == (
        "The page has 2 links outside the rows like those in them, such as 'An Older Report of the Office':"
        " where they are records too, change 'rows'.",
    )


def test_what_looks_like_a_tracker_and_is_drafted_as_reports_is_said() -> None:
    rows = each("<tr><td><a href='/r/{n}'>{title}</a></td><td>{step}</td><td>{status}</td></tr>")
    head = "<tr><th>Audit Report</th><th>Finding</th><th>Status</th></tr>"
    found, _ = proposed(f"<table>{head}{rows}</table>")
    assert found.settings["kind"] == "report"
    assert "write 'kind: recommendation'" in found.doubts[0]


def test_a_month_over_a_list_is_not_its_section() -> None:
    lists = f"<h3>August 2026</h3><ul>{each('<li><a href=/r/{n}>{title}</a></li>', range(2))}</ul>"
    lists += f"<h3>July 2026</h3><ul>{each('<li><a href=/r/{n}>{title}</a></li>', range(2, 4))}</ul>"
    assert [one["topics"] for one in proposed(lists)[1]] == [None] * 4


@pytest.mark.parametrize("form", ["{title} [A-24-0{n}]", "A-24-0{n}: {title}"])
def test_the_number_is_no_part_of_the_title(form: str) -> None:
    rows = each(f"<tr><td><a href='/r/{{n}}'>{form}</a></td><td>{{day}}</td></tr>")
    found, fields = proposed(f"<table><tr><th>Report</th><th>Issued</th></tr>{rows}</table>")
    assert [one["title"] for one in fields] == list(TITLES)
    assert [one["report_number"] for one in fields] == ["A-24-00", "A-24-01", "A-24-02", "A-24-03"]
    assert found.doubts == ()


def test_labels_that_begin_alike_are_told_apart() -> None:
    form = (
        "<div class=rec><h3>{title}</h3><dl><dt>Report Number</dt><dd>A-24-0{n}</dd>"
        "<dt>Recommendation No.</dt>"
        "<dd>1</dd><dt>Recommendation</dt><dd>{step}</dd><dt>Status</dt><dd>{status}</dd></dl></div>"
    )
    found, fields = proposed(each(form), "Recommendations")
    assert_tracker(fields, list(TITLES))
    assert found.doubts == ()
    assert [one["recommendation_number"] for one in fields] == [1] * 4


def test_the_words_of_a_recommendation_are_not_its_number_and_its_report_has_one() -> None:
    form = (
        "<section><h2><a href='/r/{n}'>{title}</a></h2><p class=meta>Report A-24-0{n} | {day}</p><ol>"
        "<li class=rec><p class=rec-text>{step}</p><p class=rec-status>Status: {status}</p></li>"
        "</ol></section>"
    )
    found, fields = proposed(each(form), "Recommendations")
    assert_tracker(fields, list(TITLES))
    assert found.parse.problems == ()
    assert [one["recommendation_number"] for one in fields] == [None] * 4
    assert [(one["report_number"], one["issue_date"]) for one in fields][1] == ("A-24-01", ISO[1])


GRID = "<tr><th>Report No.</th><th>Title</th><th>Date Issued</th><th>&nbsp;</th></tr>"
CELLS = "<tr><td>A-24-0{n}</td><td>{title}</td><td>{day}</td><td><a href='get.aspx?id={n}'>View</a></td></tr>"


def test_a_form_around_the_page_hides_no_list_and_a_link_may_have_no_heading() -> None:
    grid = f"<form id=aspnetForm method=post><div><table id=gv>{GRID}{each(CELLS)}</table></div></form>"
    _, fields = proposed(grid + "<form><select><option>2024</option></select></form>")
    assert [one["title"] for one in fields] == list(TITLES)
    assert fields[2]["url"] == "https://oig.example.gov/get.aspx?id=2"


def test_a_cell_over_several_rows_moves_no_column() -> None:
    head = "<tr><th>Year</th><th>Report</th><th>Date</th></tr>"
    rows = each("<tr><td><a href='/r/{n}'>{title} A-24-0{n}</a></td><td>{day}</td></tr>")
    found, fields = proposed(f"<table>{head}{rows.replace('<tr>', '<tr><td rowspan=4>2024</td>', 1)}</table>")
    assert found.settings["fields"]["url"] == {"header": "Report", "attribute": "href"}
    assert [(one["title"], one["report_number"]) for one in fields][3] == (TITLES[3], "A-24-03")
    assert [one["issue_date"] for one in fields] == ISO


def test_days_without_a_year_are_said() -> None:
    rows = "".join(f"<li>May {n + 1} <a href='/r/{n}'>{title}</a></li>" for n, title in enumerate(TITLES))
    found, fields = proposed(f"<h2>May 2024</h2><ul>{rows}</ul>")
    assert [one["issue_date"] for one in fields] == [None] * 4
    assert "days without a year" in found.doubts[0]
