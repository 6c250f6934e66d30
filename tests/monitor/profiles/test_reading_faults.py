"""Pages as publishers really write them, where a parser easily reads something else without a word."""

import hashlib
from datetime import UTC, datetime

import pytest

from monitor.domain.types import Page, Parse
from monitor.fetch.charset import charset_of, decoded
from monitor.profiles.days import fiscal_year_of, split_day
from monitor.profiles.page_end import ends_whole
from monitor.profiles.parse import parse
from monitor.profiles.registry import PROFILES

DATABASE = "# https://www.gao.gov/reports-testimonies/recommendations-database?agency=x\nDatabase\n\n"
AGENCY = "https://www.gao.gov/agencies/harbor-bureau"
TRACKER = "https://oig.hhs.gov/reports/recommendations/tracker/"
LISTING = "https://www.oig.dhs.gov/reports/audits-inspections-and-evaluations"


def read(profile: str, text: str, url: str = "") -> Parse:
    return PROFILES[profile].parse(text, url)


def html(body: str) -> str:
    return f"<!doctype html><html><head><title>x</title></head><body><main>{body}</main></body></html>"


# Headings and sentences in pieces


def tracker(heading: str, text: str = "CMS should audit clinics.", more: str = "") -> str:
    return html(
        "<h1>Tracker</h1><h2>Grouped by Report</h2>"
        f"{heading}<p><strong>24-A-03-100.01</strong>{text}</p><dl><dt>Status</dt><dd>Open Unimplemented</dd>"
        f"<dt>Responsible Agency</dt><dd>CMS</dd><dt>Response</dt><dd>Concur</dd></dl>{more}"
    )


@pytest.mark.parametrize(
    "heading",
    [
        "<h4>Clinics Were Not Audited</h4>",
        '<h4><a href="/r/1">Clinics Were Not Audited</a></h4>',
        '<h3><button type="button">Clinics Were Not Audited</button></h3>',
        '<h3><button><span class="a">Clinics Were</span> <span>Not Audited</span></button></h3>',
        "<h3><a href='/r'>Clinics <em>Were Not</em> Audited</a></h3>",
        "<details><summary>Clinics Were Not Audited</summary></details>",
    ],
)
def test_the_words_of_a_heading_may_be_in_a_link_or_a_button(heading: str) -> None:
    (record,) = read("hhs-oig-tracker", tracker(heading), TRACKER).records
    assert record.fields["report_title"] == "Clinics Were Not Audited"


@pytest.mark.parametrize(("words", "status"), [("Open", "open"), ("Closed", "closed"), ("Ended", "unknown")])
def test_the_tracker_may_say_a_status_in_the_usual_words(words: str, status: str) -> None:
    page = tracker("").replace("Open Unimplemented", words)
    (record,) = read("hhs-oig-tracker", page, TRACKER).records
    assert (record.fields["status"], record.fields["status_text"]) == (status, words)


def test_a_heading_over_several_reports_is_the_title_of_none() -> None:
    other = "<p>24-A-03-200.01 CMS should plan.</p><dl><dt>Status</dt><dd>Closed Implemented</dd></dl>"
    one, two = read("hhs-oig-tracker", tracker("", more=other), TRACKER).records
    assert (one.fields["report_title"], two.fields["report_title"]) == (None, None)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("CMS should send <em>status reports</em> at once.", "CMS should send status reports at once."),
        ("CMS should log each <b>Response</b>.", "CMS should log each Response."),
        ("CMS should list <ul><li>Status</li><li>Response</li></ul>", "CMS should list Status Response"),
        (
            "CMS should plan.</p><p>Status reports must be public.",
            "CMS should plan. Status reports must be public.",
        ),
        ("2024 plans should be made.", "2024 plans should be made."),
    ],
)
def test_a_word_like_a_label_within_a_recommendation_does_not_cut_it(text: str, said: str) -> None:
    (record,) = read("hhs-oig-tracker", tracker("<h3>Clinics</h3>", text), TRACKER).records
    assert (record.fields["recommendation"], record.fields["status"]) == (said, "open")


def test_saved_text_with_the_bullets_of_lists_is_read() -> None:
    found = read(
        "hhs-oig-tracker",
        f"# {TRACKER}\nTracker\n-\nClinics Were Not Audited\n24-A-03-100.01CMS should audit.- Status\n"
        "- Open Unimplemented\n- Response\n- Non-Concur\n- Last Update Received\n- -\n"
        "24-A-03-100.02CMS should plan.- Status\n- Closed Implemented\n- Responsible Agency\n- CM",
    )
    one, two = found.records
    assert one.fields["report_title"] == two.fields["report_title"] == "Clinics Were Not Audited"
    assert (one.fields["recommendation"], one.fields["agreement"]) == ("CMS should audit.", "not_concurred")
    assert (one.fields["status_comment"], two.fields["status"]) == (None, "closed_implemented")
    assert two.fields["agency"] is None  # the text ends in it


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ("<img alt='Open status icon'> Open Unimplemented", "open"),
        ("<div>Open</div><div>Unimplemented</div>", "open"),
        ("Closed – Unimplemented", "closed_not_implemented"),
        ("Open Unimplemented</dd><dt>Area</dt><dd>Closed Implemented", "open"),
        ("Open Reconsidered", "unknown"),
    ],
)
def test_a_status_of_the_tracker_may_be_in_pieces(words: str, status: str) -> None:
    text = tracker("<h4>Clinics <span>(2 recommendations)</span> <span class='sr'>Expand</span></h4>")
    (record,) = read("hhs-oig-tracker", text.replace("Open Unimplemented", words), TRACKER).records
    assert (record.fields["status"], record.fields["report_title"]) == (status, "Clinics")


@pytest.mark.parametrize(
    ("value", "agency"),
    [
        ("<ul><li>CMS</li><li>FDA</li></ul>", "CMS; FDA"),
        ("CMS</dd><dd>FDA", "CMS; FDA"),
        ("CMS<br>Expand all", "CMS"),
        ("CMS</dd></dl><p>The next report</p><dl>", "CMS"),
    ],
)
def test_a_recommendation_of_the_tracker_may_be_to_several_agencies(value: str, agency: str) -> None:
    text = tracker("").replace("<dd>CMS</dd>", f"<dd>{value}</dd>")
    for page in (text, text.replace("Responsible Agency", "Responsible Agencies")):
        (record,) = read("hhs-oig-tracker", page, TRACKER).records
        assert (record.fields["agency"], record.fields["agreement"]) == (agency, "concurred")


@pytest.mark.parametrize("label", ["Recommendation ID: ", "Recommendation ", "<b>Recommendation No.</b> "])
def test_a_label_may_stand_before_the_id_and_an_unknown_one_is_no_part_of_the_text(label: str) -> None:
    text = tracker("<h3>Clinics</h3>").replace("<strong>", f"{label}<strong>")
    (record,) = read(
        "hhs-oig-tracker", text.replace("<dl>", "<dl><dt>Area</dt><dd>Care</dd>"), TRACKER
    ).records
    assert (record.key, record.fields["recommendation"]) == ("24-A-03-100 rec 1", "CMS should audit clinics.")


ICON = '<img alt="{} Recommendation Image, Square">'


def test_a_linked_title_of_the_next_report_is_not_part_of_a_recommendation() -> None:
    report = "<h3><a href='/{0}'>Clinic {0} Was Closed</a></h3><p>Report Number: 21-0000{0}-11</p>"
    item = "<div>No. 1 {} to Harbor Clinic</div><p>The director acts.</p><p>{}</p>"
    page = html(
        report.format(1)
        + item.format(ICON.format("Closed and Implemented"), "Closure Date: August 24, 2023")
        + report.format(2)
        + item.format(ICON.format("Open"), "The staff cites Report No. 21-00001-11")
    )
    one, two = read("va-oig", page, "https://www.vaoig.gov/reports/all").records
    assert (one.fields["recommendation"], one.fields["status_comment"]) == (
        "The director acts.",
        "Closure Date: August 24, 2023",
    )
    assert (two.fields["report_number"], two.fields["report_title"]) == ("21-00002-11", "Clinic 2 Was Closed")
    assert two.fields["recommendation"].endswith("Report No. 21-00001-11")


@pytest.mark.parametrize(
    ("head", "item"),
    [
        (
            "<h3>Clinic Was Closed | 21-00001-11</h3>",
            "<p>Recommendation No. 1 {} to A (B)</p><p>The chief acts.</p>",
        ),
        (
            "<h3>Clinic Was Closed</h3><p>Report Number: 21-00001-11 | 8/24/2023</p>",
            "<p>No. 1 {} to A (B)</p><p>The chief acts.</p>",
        ),
        (
            "<h3>Clinic Was Closed <i>(1 recommendation)</i></h3><p>21-00001-11</p>",
            "<p>No. 1 {}</p><p>to A (B)</p><p>The chief acts.</p><a>View Full Report</a>",
        ),
        (
            "<h3>Clinic Was Closed</h3><p>21-00001-11</p>",
            "<p>No. 1 {} to A (B)</p><p>The chief acts.</p><p>Monetary Impact</p><p>Open: $0</p>",
        ),
    ],
)
def test_a_recommendation_of_the_listing_is_told_from_what_is_around_it(head: str, item: str) -> None:
    for icon in (ICON.format("Open"), "<span class='sr-only'>Open Recommendation Image, Square</span>"):
        (record,) = read(
            "va-oig", html(head + item.format(icon)), "https://www.vaoig.gov/reports/all"
        ).records
        assert (record.key, record.fields["report_title"]) == ("21-00001-11 rec 1", "Clinic Was Closed")
        assert (record.fields["agency"], record.fields["recommendation"]) == ("A (B)", "The chief acts.")


def test_a_recommendation_of_the_listing_may_be_to_several_agencies() -> None:
    item = (
        f"<p>No. 1 {ICON.format('Open')}</p><ul><li>to A (B)</li><li>to C (D)</li></ul><p>to act at once.</p>"
    )
    page = html(f"<h3>Clinic Was Closed</h3><p>21-00001-11</p>{item}")
    (record,) = read("va-oig", page, "https://www.vaoig.gov/reports/all").records
    assert (record.fields["agency"], record.fields["recommendation"]) == ("A (B); C (D)", "to act at once.")


@pytest.mark.parametrize(
    "day", ["<time>07/30/2026</time>", "July 30, 2026", "<a>Thursday, July 30, 2026</a>"]
)
def test_a_row_of_oversight_gov_is_read_without_its_usual_marks(day: str) -> None:
    link = "<a href='/sites/a.pdf'>PDF</a><a href='/reports/audit/gates'>View Report</a>"
    cells = f"<td class='views-field-field-report-date-issued'>{day}</td><td class='action-cell'>{link}</td>"
    rows = f"<tr class='listing-table__row'><td headers='view-title-table-column'>Gates</td>{cells}</tr>"
    text = html(f"<table class='listing-table'>{rows}</table>")
    (record,) = read("oversight-gov", text, "https://www.oversight.gov/reports/federal").records
    shown = tuple(record.fields[name] for name in ("title", "issue_date", "url"))
    assert shown == ("Gates", "2026-07-30", "https://www.oversight.gov/reports/audit/gates")


# GAO


def row(agency: str, text: str) -> str:
    return (
        f"<tr><td class='views-field-name'>{agency}</td>"
        f"<td class='views-field-field-recommendation'>{text}</td>"
        "<td class='views-field-field-status-code'><div class='code'>Open</div></td></tr>"
    )


OPEN = ("open", "Open", "Not yet.")
DEFINITION = "Actions to satisfy the intent of the recommendation have not been taken or are being planned."
TABLE = f"<table><tbody>{row('Harbor Bureau', 'The Chief should dredge. (Recommendation 1)')}</tbody></table>"


@pytest.mark.parametrize(
    ("over", "title"),
    [
        ("<a href='{0}'>Deep Harbors</a><a href='{0}'>View Report</a>", "Deep Harbors"),
        ("<a href='{0}' rel='bookmark'>Harbors</a><h3><a href='{0}'>Dig</a></h3>", "Harbors: Dig"),
        (
            "<a href='{0}' rel='bookmark'>Harbors: Dig</a><h3><a href='{0}'>Harbors: Dig</a></h3>",
            "Harbors: Dig",
        ),
        ("<h3>Ports</h3><a href='{0}'>Full Report</a>", "Ports"),
    ],
)
def test_a_title_may_be_short_or_in_two_elements(over: str, title: str) -> None:
    page = html(
        "<h1>Harbor Bureau</h1><h2>Open Recommendations (1 total)</h2>"
        f"{over.format('/products/gao-25-1')}{TABLE}"
    )
    (record,) = read("gao-recommendations", page, AGENCY).records
    assert record.fields["report_title"] == title


OPEN_TABLE = (
    "<h1>Harbor Bureau</h1><h2>Open Recommendations (1 total)</h2>{over}<table>{heads}<tr><td>{agency}</td>"
    "<td>The Chief should dredge. (Recommendation 1)</td><td>{status}</td>{more}</tr></table>"
)
LINKED = "<h3><a href='/products/gao-25-1'>Deep Harbors</a></h3>"


def open_row(
    over: str = LINKED, heads: str = "", status: str = "Open", agency: str = "Port Office", more: str = ""
) -> Parse:
    heads = heads or "<tr><th>Agency</th><th>Recommendation</th><th>Status</th></tr>"
    shown = OPEN_TABLE.format(over=over, heads=heads, agency=agency, status=status, more=more)
    return read("gao-recommendations", html(shown), AGENCY)


@pytest.mark.parametrize(
    "over",
    [
        "<a href='/products/gao-25-1'><h3>Deep Harbors</h3></a>",
        f"{LINKED}<h4>1 Open Recommendation</h4>",
        f"{LINKED}<h4>GAO-25-1</h4><h5>Published: Jan 15, 2025</h5>",
        "<h3>Deep Harbors</h3><h4><a href='/products/gao-25-1'>GAO-25-1</a></h4>",
    ],
)
def test_what_stands_between_a_title_and_its_table_is_no_title(over: str) -> None:
    (record,) = open_row(over).records
    assert (record.fields["report_title"], record.key) == ("Deep Harbors", "GAO-25-1 rec 1")


@pytest.mark.parametrize(
    ("cell", "status", "words", "comment"),
    [
        ("<div class='code'>Open status icon</div><div class='comment'>Not yet.</div>", *OPEN),
        ("<div class='code'><img alt='Open'></div><div class='comment'>Not yet.</div>", *OPEN),
        ("<div class='code'>Status: Open</div><div class='comment'>Not yet.</div>", *OPEN),
        (f"<div class='code'>Open<i>{DEFINITION}</i></div><div class='comment'>Not yet.</div>", *OPEN),
        ("<b>Open</b> Not yet.", *OPEN),
        ("Open – Not yet.", *OPEN),
        ("Open: Not yet.", *OPEN),
        ("Open – Under review", "unknown", "Open – Under review", None),
        ("Open Pending a vote.", "unknown", "Open Pending a vote.", None),
        ("<div class='code'>Open – Late<i>By a year.</i></div>", "unknown", "Open – Late By a year.", None),
    ],
)
def test_a_status_is_told_from_what_stands_around_it(
    cell: str, status: str, words: str, comment: str | None
) -> None:
    (record,) = open_row(status=cell).records
    read = tuple(record.fields[name] for name in ("status", "status_text", "status_comment"))
    assert read == (status, words, comment)


@pytest.mark.parametrize("cell", ["Open<div>Priority Rec.</div>", "<div>Priority Rec.</div><p>Open</p>"])
def test_the_mark_of_priority_may_be_in_any_cell(cell: str) -> None:
    (record,) = open_row(status=cell).records
    assert (record.fields["priority"], record.fields["status_text"]) == (True, "Open")
    both = "Port Office <b>Priority Rec.</b> <i>This is a priority recommendation.</i>"
    (record,) = open_row(agency=both).records
    assert (record.fields["priority"], record.fields["agency"]) == (True, "Port Office")
    assert not open_row(status="Open<p>It has no priority.</p>").records[0].fields["priority"]


@pytest.mark.parametrize(
    ("heads", "more", "priority"),
    [
        ("Agencies Affected|Recommendation|Status", "", False),
        ("Agency(ies) Affected:|Recommendation:|Status:", "", False),
        ("Agency|Recommendation|Recommendation Status|Priority", "<td>Yes</td>", True),
        ("Agency|Recommendation|Status and Comments|Priority", "<td>No</td>", False),
    ],
)
def test_the_columns_of_gao_are_known_by_other_headings(heads: str, more: str, priority: bool) -> None:
    found = open_row(heads=f"<tr><th>{heads.replace('|', '</th><th>')}</th></tr>", more=more)
    assert (found.missing_columns, found.problems) == ((), ())
    (record,) = found.records
    shown = tuple(record.fields[name] for name in ("agency", "status", "priority"))
    assert shown == ("Port Office", "open", priority)


@pytest.mark.parametrize("sorting", ["Sort descending", "Sort ascending", "▲"])
def test_the_words_of_a_sort_control_are_not_part_of_a_heading(sorting: str) -> None:
    heads = f"<tr><th>Agency Affected {sorting}</th><th>Recommendation</th><th>Status</th></tr>"
    cells = "<tr><td>Harbor Bureau</td><td>Dredge it. (Recommendation 1)</td><td>Open</td></tr>"
    page = html(f"<h3><a href='/products/gao-25-1'>Ports Are Shallow</a></h3><table>{heads}{cells}</table>")
    assert read("gao-recommendations", page, AGENCY).records[0].fields["agency"] == "Harbor Bureau"
    text = f"Ports Are Shallow\n\nShow\n1 Open Recommendations\nAgency {sorting} Recommendation Status\n"
    text += "Harbor Bureau The Chief should dredge. (Recommendation 1)\nOpen\nNot yet.\n"
    assert len(read("gao-recommendations", DATABASE + text).records) == 1
    rows = f"<tr><th>Report Number</th><th>Title {sorting}</th></tr><tr><td>A-1</td><td>Locks</td></tr>"
    assert read("table", html(f"<table>{rows}</table>")).records[0].fields["title"] == "Locks"


OWN_LINES = "Ports Are Shallow\n\nShow\n2 Open Recommendations\n{head}\n"
HEAD = "Agency Affected Recommendation Status"


@pytest.mark.parametrize(
    "head", [HEAD, "Agency Affected\nRecommendation\nStatus", "Agency\n\nRecommendation\n\nStatus"]
)
@pytest.mark.parametrize(
    "mark",
    ["", "Priority Rec.\n", "Priority Rec.\nThis is a priority recommendation.\n", "Priority Rec.\n\n"],
)
def test_agencies_and_marks_may_be_on_lines_of_their_own(head: str, mark: str) -> None:
    text = OWN_LINES.format(head=head) + (
        f"Harbor Bureau\n{mark}The Chief should dredge. (Recommendation 1)\nOpen\n\nNot yet.\n\n"
        f"Office of the Port Warden\n{mark}The Warden should count. (Recommendation 2)\nOpen\n\nAgreed.\n"
    )
    one, two = read("gao-recommendations", DATABASE + text).records
    assert (one.fields["agency"], two.fields["agency"]) == ("Harbor Bureau", "Office of the Port Warden")
    assert one.fields["recommendation"] == "The Chief should dredge. (Recommendation 1)"
    assert (one.fields["status_comment"], two.fields["priority"]) == ("Not yet.", bool(mark))


@pytest.mark.parametrize(
    "end", ["Harbor Bureau The Chief should train th", "Harbor Bur", "Port Office The Warden sho"]
)
def test_a_row_begun_at_the_end_is_said_and_not_part_of_the_comment(end: str) -> None:
    text = OWN_LINES.format(head=HEAD) + (
        "Harbor Bureau The Chief should dredge. (Recommendation 1)\nOpen\nNot yet.\n"
        f"Harbor Bureau The Chief should sound. (Recommendation 2)\nOpen\nNot yet.\n{end}"
    )
    found = read("gao-recommendations", DATABASE + text)
    assert [record.fields["status_comment"] for record in found.records] == ["Not yet.", "Not yet."]
    assert end in found.problems[0]


def test_a_row_without_number_and_status_is_said_and_not_part_of_the_comment_before() -> None:
    text = OWN_LINES.format(head=HEAD) + (
        "Harbor Bureau The Chief should dredge. (Recommendation 1)\nOpen\nNot yet.\n"
        "Harbor Bureau The Chief should sound.\n\nBays Are Wide\n\nShow\n1 Open Recommendations\n"
        f"{HEAD}\nHarbor Bureau The Chief should map. (Recommendation 1)\nOpen\nNo.\n"
    )
    found = read("gao-recommendations", DATABASE + text)
    assert [record.fields["status_comment"] for record in found.records] == ["Not yet.", "No."]
    assert "The Chief should sound." in found.problems[0]


@pytest.mark.parametrize(
    "day", ["Mar 5, 2026", "2026-03-05", "03-05-2026", "5 March 2026", "Thursday, March 5, 2026"]
)
def test_a_day_over_a_block_is_not_its_title(day: str) -> None:
    text = f"Ports Are Shallow\n\nGAO-26-7\n{day}\nShow\n1 Open Recommendations\n{HEAD}\n"
    text += "Harbor Bureau The Chief should dredge. (Recommendation 1)\nOpen\nNot yet.\n"
    assert [one.key for one in read("gao-recommendations", DATABASE + text).records] == ["GAO-26-7 rec 1"]


OLDER = (
    "# https://www.gao.gov/recommendations/?q=x\n{searched}\n"
    "1 publications with a total of 2 open recommendations\n"
    "{title}Director: A. Person\nRecommendation: The Chief should:\n(1) dredge, and\n(2) sound.\n"
    "Agency: Harbor Bureau\nStatus: Open\nComments: Not yet.\nIt will.\n"
    "Recommendation: The Chief should map.\n"
    "Status: Open\nComments: No."
)


@pytest.mark.parametrize(
    "searched", ['Subject Term: "Harbors"', 'Federal Agency: "Harbor Bureau"', "Results:"]
)
def test_what_was_searched_for_is_not_the_title_of_a_report(searched: str) -> None:
    found = read("gao-recommendations", OLDER.format(searched=searched, title=""))
    assert found.records == ()
    assert [problem.count("its report has no title") for problem in found.problems] == [1, 1]


@pytest.mark.parametrize("number", ["GAO-16-9", "GAO-16-9, May 3, 2016", "GAO-16-9: Published: May 3, 2016"])
def test_the_lines_of_a_labelled_value_are_all_of_it(number: str) -> None:
    one, two = read(
        "gao-recommendations", OLDER.format(searched="", title=f"Harbors Silt\n{number}\n")
    ).records
    assert (one.fields["report_number"], one.fields["report_title"]) == ("GAO-16-9", "Harbors Silt")
    assert one.fields["recommendation"] == "The Chief should: (1) dredge, and (2) sound."
    assert (one.fields["status_comment"], two.cut) == ("Not yet.\n\nIt will.", {"status_comment"})


# DHS OIG


def listing(*rows: str) -> str:
    heads = "<tr><th>Report Number</th><th>Title</th><th>Issue Date</th><th>Fiscal Year</th></tr>"
    return html(f"<h1>Audits</h1><table>{heads}{''.join(rows)}</table>")


@pytest.mark.parametrize(
    ("shown", "year"),
    [
        ("2026", 2026),
        ("FY 2026", 2026),
        ("FY26", 2026),
        ("fiscal year 2026", 2026),
        ("20266", None),
        ("2O26", None),
        ("2025-2026", None),
        ("FY 2025/26", None),
        ("FY25–26", None),
        ("FYs 2025, 2026", None),
        ("FY 2026/FY26", 2026),
    ],
)
def test_a_year_is_read_or_said(shown: str, year: int | None) -> None:
    cells = f"<tr><td>OIG-26-01</td><td>Gates</td><td>March 5, 2026</td><td>{shown}</td></tr>"
    found = read("dhs-oig", listing(cells), LISTING)
    assert (found.records[0].fields["fiscal_year"], found.records[0].fields["issue_date"]) == (
        year,
        "2026-03-05",
    )
    assert [shown in problem for problem in found.problems] == [True] * (year is None)
    assert (found.complete, found.lost) == (True, 0)


def test_a_day_that_nobody_can_read_is_said() -> None:
    cells = "<tr><td>OIG-26-01</td><td>Gates</td><td>Springtime</td><td>2026</td></tr>"
    assert "'Springtime' was not understood" in read("dhs-oig", listing(cells), LISTING).problems[0]


def saved(*lines: str) -> Parse:
    head = f"# {LISTING}\nAudits\n\nReport Number Title Sort descending Issue Date Fiscal Year\n"
    return read("dhs-oig", head + "\n".join([*lines, "OIG-18-99 Locks 2018"]) + "\n")


@pytest.mark.parametrize(
    ("lines", "key", "title", "year", "day"),
    [
        (["OIG-17-58-UNSUM Gates 2017"], "OIG-17-58-UNSUM", "Gates", 2017, None),
        (["OIG-17-58-SSI-UNSUM Gates 2017"], "OIG-17-58-SSI-UNSUM", "Gates", 2017, None),
        (["OIG-17-58-MA We looked.", "", "> (U) Gates", "2017"], "OIG-17-58-MA", "(U) Gates", 2017, None),
        (["OIG-17-58 We looked.", "", ">Gates"], "OIG-17-58", "Gates", None, None),
        (["OIG-17-58 We looked.", "", ">Gates", "20177"], "OIG-17-58", "Gates", None, None),
        (["OIG-17-58 Gates 20177"], "OIG-17-58", "Gates", None, None),
        (["OIG-17-58 Gates 2016-2017"], "OIG-17-58", "Gates", None, None),
        (["OIG-17-58 Gates FY 2016/17"], "OIG-17-58", "Gates", None, None),
        (["OIG-17-58 We looked.", "", ">Gates", "FY16-17"], "OIG-17-58", "Gates", None, None),
        (["OIG-17-58 Gates in 2016-2017"], "OIG-17-58", "Gates in 2016-2017", None, None),
        (["OIG-17-58 Gates"], "OIG-17-58", "Gates", None, None),
        (["OIG-17-58 Gates March 5, 2017 2017"], "OIG-17-58", "Gates", 2017, "2017-03-05"),
        (["OIG-17-58 Gates 2017-03-05 FY 2017"], "OIG-17-58", "Gates", 2017, "2017-03-05"),
        (["OIG-17-58 Gates for FY 2016 2017"], "OIG-17-58", "Gates for FY 2016", 2017, None),
        (["OIG-17-58 Gates as of May 5, 2016 2017"], "OIG-17-58", "Gates as of May 5, 2016", 2017, None),
    ],
)
def test_a_row_of_saved_text_is_read_as_it_is(
    lines: list[str], key: str, title: str, year: int | None, day: str | None
) -> None:
    found = saved(*lines)
    record = found.records[0]
    assert [record.key, *(record.fields[name] for name in ("title", "fiscal_year", "issue_date"))] == [
        key, title, year, day,
    ]  # fmt: skip
    assert len(found.records) == 2
    assert len(found.problems) == (year is None)


@pytest.mark.parametrize("lines", [["OIG-17-58 We looked at gates."], ["OIG-17-58 We looked", "at gates"]])
def test_words_without_a_year_that_may_be_an_abstract_are_set_aside(lines: list[str]) -> None:
    found = saved(*lines)
    assert [record.key for record in found.records] == ["OIG-18-99"]
    assert "OIG-17-58" in found.problems[0]


TABLE = "<table><tr><th>Title</th><th>Recommendation</th></tr><tr><td>Annex</td><td>Plan</td></tr></table>"


@pytest.mark.parametrize("inner", [TABLE, listing("<tr><td>OIG-25-09</td><td>Other</td></tr>")])
def test_a_table_in_a_cell_is_part_of_its_row(inner: str) -> None:
    row = "<tr><td>OIG-26-0{}</td><td><a href='/{}.pdf'>Gates</a>{}</td><td>3/5/2026</td><td>2026</td></tr>"
    found = read("dhs-oig", listing(row.format(1, 1, inner), row.format(2, 2, "")), LISTING)
    assert [record.key for record in found.records] == ["OIG-26-01", "OIG-26-02"]
    assert (found.problems, found.complete) == ((), True)


def test_a_table_in_a_cell_of_gao_is_part_of_its_row() -> None:
    heads = "<tr><th>Agency Affected</th><th>Recommendation</th><th>Status</th></tr>"
    cells = "<td>CBP</td><td>The Commissioner should plan. (Recommendation {})</td><td>Open{}</td>"
    rows = "".join(f"<tr>{cells.format(number, TABLE)}</tr>" for number in (1, 2))
    table = f"<table>{heads}{rows}</table>"
    page = f"<h1>Gates</h1><section class='view--recommendations--block-1'>{table}</section>"
    found = read("gao-recommendations", html(page), "https://www.gao.gov/products/gao-26-1000")
    assert [record.fields["recommendation_number"] for record in found.records] == [1, 2]
    assert (found.problems, found.complete) == ((), True)


@pytest.mark.parametrize("profile", ["dhs-oig", "gao-recommendations"])
def test_a_table_that_lays_out_the_page_is_no_row(profile: str) -> None:
    heads = "<th>Report Number</th><th>Title</th><th>Agency</th><th>Recommendation</th><th>Status</th>"
    row = "<tr><td>OIG-26-01</td><td>Gates</td><td>CBP</td><td>Plan the gates.</td><td>Open</td></tr>"
    title = "<h3><a href='/products/gao-26-100100'>Locks</a></h3>"
    menu = f"<table><tr><td>Menu</td><td>{title}{{}}</td></tr></table>"
    found = read(
        profile, html(menu.format(f"<table><tr>{heads}</tr>{row}</table>")), "https://x.gov/reports/"
    )
    assert (len(found.records), found.problems) == (1, ())


ROW = "<tr><td>{}</td><td>{}</td><td>{}</td><td>2026</td></tr>"
LINK = "<a href='/1.pdf'>Gates</a>"


@pytest.mark.parametrize(
    "number",
    [
        "OIG-26-01*",
        "Report OIG-26-01",
        "Report No. OIG-26-01",
        "OIG–26–01",
        "OIG-26-01 / DODIG-2026-003",
    ],
)
def test_a_number_with_a_mark_a_label_or_that_of_another_office_is_read(number: str) -> None:
    found = read("dhs-oig", listing(ROW.format(number, LINK, "3/5/2026")), LISTING)
    assert [record.fields["report_number"] for record in found.records] == ["OIG-26-01"]
    assert found.problems == ()


@pytest.mark.parametrize("cell", ["<th scope='row'>{}</th>", "<th>{}</th>"])
@pytest.mark.parametrize("profile", ["dhs-oig", "gao-recommendations"])
def test_the_first_cell_of_a_row_may_be_its_heading(profile: str, cell: str) -> None:
    heads = {
        "dhs-oig": "Report Number,Title,Issue Date",
        "gao-recommendations": "Agency,Recommendation,Status",
    }
    cells = "".join(f"<th>{head}</th>" for head in heads[profile].split(","))
    row = f"<tr>{cell.format('OIG-26-01')}<td>Plan the gates.</td><td>Open</td></tr>"
    title = "<h3><a href='/products/gao-26-100100'>Locks</a></h3>"
    found = read(profile, html(f"{title}<table><tr>{cells}</tr>{row * 2}</table>"), "https://x.gov/reports/")
    field = "report_number" if profile == "dhs-oig" else "agency"
    assert [record.fields[field] for record in found.records] == ["OIG-26-01"] * 2


@pytest.mark.parametrize(
    "day",
    [
        "Updated <time datetime='2026-06-01'>6/1/26</time> Issued <time datetime='2026-03-05'>3/5/26</time>",
        "Issued 3/5/2026, revised on 6/1/2026",
        "Last modified June 1, 2026; March 5, 2026",
    ],
)
@pytest.mark.parametrize("profile", ["dhs-oig", "table"])
def test_a_day_of_an_update_is_not_that_of_issue(profile: str, day: str) -> None:
    found = read(profile, listing(ROW.format("OIG-26-01", LINK, day)), LISTING)
    assert [record.fields["issue_date"] for record in found.records] == ["2026-03-05"]


@pytest.mark.parametrize(
    "title",
    [
        "<a href='/1.pdf'>PDF</a> <a href='/1.pdf'>Gates</a>",
        "<a href='/1.pdf'>Gates</a><br><a href='/1.pdf'>Download Report (PDF, 2 MB)</a>",
        "<button>Gates</button> <a href='/1.pdf'>Download</a>",
        "<a href='/1.pdf'>Gates</a> <a href='/s.pdf'>Summary</a>",
        "<p><a href='/1.pdf'>Gates</a></p><p><a href='/1.pdf'>View Full Report</a></p>",
        "<a href='/1.pdf'>Gates</a> †",
    ],
)
@pytest.mark.parametrize("profile", ["dhs-oig", "table"])
def test_a_link_that_says_what_it_does_is_no_part_of_a_title(profile: str, title: str) -> None:
    (record,) = read(profile, listing(ROW.format("OIG-26-01", title, "3/5/2026")), LISTING).records
    assert (record.fields["title"], record.fields["url"]) == ("Gates", "https://www.oig.dhs.gov/1.pdf")


@pytest.mark.parametrize(
    "title", ["<a href='/1.pdf'>View Report</a>", "<p>How to read the <a href='/1.pdf'>summary</a></p>"]
)
def test_such_a_link_is_the_title_where_a_cell_says_nothing_else_or_a_sentence(title: str) -> None:
    (record,) = read("table", listing(ROW.format("OIG-26-01", title, "3/5/2026")), LISTING).records
    assert record.fields["title"] in ("View Report", "How to read the summary")


@pytest.mark.parametrize("profile", ["dhs-oig", "table"])
def test_a_year_over_the_rows_after_it_is_no_row(profile: str) -> None:
    over = "<tr><td>FY 2026</td><td></td><td></td><td></td></tr>"
    found = read(profile, listing(over, ROW.format("OIG-26-01", LINK, "3/5/2026")), LISTING)
    assert (len(found.records), found.problems, found.complete) == (1, (), True)


def test_the_mark_of_a_footnote_may_follow_a_full_stop() -> None:
    row = ROW.format("OIG-26-01", "Gates of 3 cu. ft<sup>2</sup> Failed.<sup>4</sup>", "3/5/2026")
    (record,) = read("table", listing(row), LISTING).records
    assert record.fields["title"] == "Gates of 3 cu. ft2 Failed."


@pytest.mark.parametrize(
    "heads",
    [
        "Report No.,Report Title,Date Issued,FY",
        "Report Number<span>Sort ascending</span> ▲,Title<span>Sort by Title</span>,Issued,Fiscal Year",
    ],
)
def test_columns_are_known_by_their_usual_words(heads: str) -> None:
    cells = "".join(f"<th>{head}</th>" for head in heads.split(","))
    table = f"<h1>Audits</h1><table><tr>{cells}</tr>{ROW.format('OIG-26-01', LINK, '3/5/2026')}</table>"
    found = read("dhs-oig", html(table), LISTING)
    assert (len(found.records), found.missing_columns) == (1, ())
    assert found.records[0].fields["issue_date"] == "2026-03-05"


@pytest.mark.parametrize(
    "number", ["[Recommendation 4]", "(Recommendation 4.)", "(Recommendations 4)", "(Recommendation #4)"]
)
def test_a_page_of_gao_has_the_number_in_every_spelling_of_its_export(number: str) -> None:
    heads = "<tr><th>Agency Affected</th><th>Recommendation</th><th>Status</th></tr>"
    row = f"<tr><td>CBP</td><td>The Commissioner should plan. {number}</td><td>Open</td></tr>"
    page = (
        f"<h1>Gates</h1><section class='view--recommendations--block-1'><table>{heads}{row}</table></section>"
    )
    (record,) = read("gao-recommendations", html(page), "https://www.gao.gov/products/gao-26-1000").records
    assert (record.fields["recommendation_number"], record.key) == (4, "GAO-26-1000 rec 4")


SHOWN = (
    "<form><select name='field_dhs_agency_target_id'><option value='{}' selected>x</option></select></form>"
)


@pytest.mark.parametrize(("shown", "whole"), [("All", True), ("1", False)])
def test_a_view_saved_under_the_address_of_the_whole_list_does_not_end_it(shown: str, whole: bool) -> None:
    page = SHOWN.format(shown) + listing(ROW.format("OIG-26-01", LINK, "3/5/2026"))
    found = read("dhs-oig", page, LISTING)
    assert (len(found.records), found.complete, found.problems == ()) == (1, whole, whole)


@pytest.mark.parametrize("profile", ["dhs-oig", "table"])
@pytest.mark.parametrize(("previous", "whole"), [("?page=0", False), ("/reports/2025", True)])
def test_a_later_page_under_the_address_of_the_first_does_not_end_a_list(
    profile: str, previous: str, whole: bool
) -> None:
    pager = f"<ul class='pager'><li><a rel='prev' href='{previous}'>Previous</a></li></ul>"
    found = read(profile, listing(ROW.format("OIG-26-01", LINK, "3/5/2026")) + pager, LISTING)
    assert (len(found.records), found.complete) == (1, whole)
    assert (
        read(
            profile, listing(ROW.format("OIG-26-01", LINK, "1/2/2026")) + pager, f"{LISTING}?page=1"
        ).problems
        == ()
    )


# Days, years, ends and charsets of every profile


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Gates 01-15-2024", ("Gates", "2024-01-15")),
        ("Gates, March 5, 2026", ("Gates", "2026-03-05")),
        ("Gates through March 5, 2026", ("Gates through March 5, 2026", None)),
        ("Gates", ("Gates", None)),
    ],
)
def test_a_day_at_the_end_of_a_text_is_split_off(text: str, parts: tuple[str, str | None]) -> None:
    assert split_day(text) == parts


@pytest.mark.parametrize(
    ("text", "year"), [("2025 2026", None), ("FY 2026 (from October 2025)", 2026), ("1,2019", None)]
)
def test_several_years_say_nothing_unless_one_is_called_fiscal(text: str, year: int | None) -> None:
    assert fiscal_year_of(text) == year


def test_a_document_within_a_page_does_not_end_it() -> None:
    inner = "<div><!DOCTYPE html><html><body><p>What we found.</p></body></html></div>"
    whole = html(inner + TABLE)
    assert ends_whole(whole)
    for end in ("</body></html></div>", "</p></body></html>", TABLE[:-30], "</p></body>"):
        assert not ends_whole(whole[: whole.index(end) + len(end)])
    assert ends_whole(whole.replace("<head>", "<!--[if IE]><html class='ie'><![endif]--><head>"))


def test_the_entry_in_which_a_feed_breaks_off_is_no_record() -> None:
    entry = "<item><title>Tents {0} Were Late</title><link>https://x.example/{0}</link></item>"
    feed = (
        f"<?xml version='1.0'?><rss version='2.0'><channel>{entry.format(1)}{entry.format(2)}</channel></rss>"
    )
    for end in range(feed.index("Tents 2") + 3, feed.index("</item>", feed.index("Tents 2"))):
        assert [one.fields["title"] for one in read("feed", feed[:end]).records] == ["Tents 1 Were Late"]


def test_a_day_of_a_feed_is_read_in_any_form_or_said() -> None:
    item = "<item><title>Tents</title><link>https://x.example/1</link><pubDate>{}</pubDate></item>"
    feed = "<?xml version='1.0'?><rss version='2.0'><channel>{}</channel></rss>"
    found = read("feed", feed.format(item.format("March 5, 2026")))
    assert found.records[0].fields["issue_date"] == "2026-03-05"
    assert "'soon' was not understood" in read("feed", feed.format(item.format("soon"))).problems[0]


def page(body: bytes, content_type: str = "text/html") -> Page:
    charset = charset_of(body, content_type, None)
    now = datetime(2026, 3, 1, tzinfo=UTC)
    return Page(LISTING, LISTING, body, hashlib.sha256(body).hexdigest(), now, content_type, charset)


ODD = "“Café” – 5 § of the Code’s"


@pytest.mark.parametrize(
    ("body", "charset"),
    [
        (ODD.encode("cp1252"), "cp1252"),
        (ODD.encode(), "utf-8"),
        (ODD.encode()[:-7], "utf-8"),
        ("“é”é".encode()[:-1], "utf-8"),
        (ODD.encode() + b" \x92", "utf-8"),
        (b"plain", "utf-8"),
        (b"\x81\x8d\x90", "utf-8"),
    ],
)
def test_windows_1252_that_nobody_declares_is_known_by_its_bytes(body: bytes, charset: str) -> None:
    assert page(body).charset == charset
    assert charset == "utf-8" or decoded(page(body)) == ODD


def test_a_character_that_was_lost_in_one_row_is_said() -> None:
    cells = "".join(
        f"<tr><td>OIG-26-0{n}</td><td>Gates {n}</td><td></td><td>2026</td></tr>" for n in (1, 2, 3)
    )
    body = listing(cells).encode().replace(b"Gates 2", b"Gates \xff")
    found = parse(page(body, "text/html; charset=utf-8"))
    assert len(found.records) == 3
    assert (
        "characters of the page are not valid utf-8" in found.problems[0]
        or "1 character" in found.problems[0]
    )


@pytest.mark.parametrize(
    "line",
    [
        "",
        "1 - 2 of 2 Recommendations",
        "Download CSV Download XLS",
        "It was not done in 2020.",
        'Topic: "Ports"',
    ],
)
def test_a_block_that_has_lost_its_title_takes_no_other_line_for_it(line: str) -> None:
    text = f"{line}\n\nShow\n1 Open Recommendations\n{HEAD}\n"
    text += "Harbor Bureau The Chief should dredge. (Recommendation 1)\nOpen\nNot yet.\n"
    found = read("gao-recommendations", DATABASE.replace("\nDatabase\n", "\n") + text)
    assert found.records == ()
    assert "there is no title before the table" in found.problems[0]


def test_what_was_searched_for_over_a_total_is_no_value_of_a_row() -> None:
    text = OLDER.format(searched='Agency: "Harbor Bureau"\nStatus: "Open"', title="Harbors Silt\nGAO-16-9\n")
    found = read("gao-recommendations", text)
    assert (len(found.records), found.problems) == (2, ())


def test_a_title_in_two_links_of_a_cell_is_one() -> None:
    cells = (
        "<tr><td>OIG-26-01</td><td><a href='/a.pdf'>Gates:</a> <a href='/a.pdf'>Open at Night</a></td></tr>"
    )
    assert read("dhs-oig", listing(cells), LISTING).records[0].fields["title"] == "Gates: Open at Night"


def test_a_heading_of_the_page_is_not_the_title_of_its_only_report() -> None:
    assert read("hhs-oig-tracker", tracker(""), TRACKER).records[0].fields["report_title"] is None
    button = "<button class='usa-accordion__button'>Clinics</button>"
    assert read("hhs-oig-tracker", tracker(button), TRACKER).records[0].fields["report_title"] == "Clinics"
