"""Rows and cells as publishers mark them up: read as a reader sees them, or refused with a sentence."""

import pytest

from monitor.domain import yaml_core
from monitor.domain.types import Parse
from monitor.profiles.days import counted_day_of, day_of
from monitor.profiles.declarative.engine import described
from monitor.profiles.declarative.settings import ProfileSettings
from monitor.profiles.registry import PROFILES
from tests.monitor.profiles.page_shapes import page

NAMES = ("Report Number", "Report Title", "Date Issued", "Agency")
HEAD = "<tr>" + "".join(f"<th>{name}</th>" for name in NAMES) + "</tr>"
GATES = ("A-26-01", "Gates at the Border", "2026-09-05", "CBP")
HOMELAND = "Homeland Security: Office of the Secretary"
PRODUCT = "https://www.gao.gov/products/gao-26-100001"
LOCKS = ("A-26-02", "Locks on the Doors", "2026-08-14", "ICE")
_PAIRS = tuple(zip(NAMES, GATES, strict=True))


def row(*cells: str) -> str:
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def parsed(*rows: str) -> Parse:
    text = page(f"<main><table><thead>{HEAD}</thead><tbody>{''.join(rows)}</tbody></table></main>")
    return PROFILES["table"].parse(text, "https://oig.example.gov/reports")


def read(*rows: str) -> list[tuple[str, ...]]:
    found = parsed(*rows)
    assert found.problems == ()
    names = ("report_number", "title", "issue_date", "agency")
    return [tuple(record.fields[name] for name in names) for record in found.records]


@pytest.mark.parametrize(
    "cells",
    [
        [f"<span class='show-for-small'>{name}: </span>{value}" for name, value in _PAIRS],
        [f"<b class='label'>{name}</b><span>{value}</span>" for name, value in _PAIRS],
        [f"<div><span class='sr-only'>{name}</span> {value}</div>" for name, value in _PAIRS],
        [f"<span class='d-none'>{value}</span><span class='d-md-none'>{value}</span>" for value in GATES],
        [
            "A-26-01*",
            "<s>Fences</s> Gates at the Border",
            "<del>09/04/2026</del> <ins>09/05/2026</ins>",
            "CBP",
        ],
        ["A-26-01", "<table><tr><td>Gates at</td></tr><tr><td>the Border</td></tr></table>", GATES[2], "CBP"],
        ["A-26-01", "Gates at the Border", "09/05/&#8203;2026", "CBP"],
        ["A-26-01", "Gates at the Border", "2026-Sep-05", "CBP"],
    ],
)
def test_a_cell_is_read_as_a_reader_sees_it(cells: list[str]) -> None:
    assert read(row(*cells), row(*LOCKS)) == [GATES, LOCKS]


@pytest.mark.parametrize(
    "other",
    [
        row("Total", "2 reports", "", ""),
        row("", "Grand total:", "2", ""),
        row(*NAMES),
        row(*NAMES[:2], "", NAMES[3]),
    ],
)
def test_totals_and_headings_between_the_rows_are_no_records(other: str) -> None:
    assert read(row(*GATES), other, row(*LOCKS), other) == [GATES, LOCKS]


@pytest.mark.parametrize("words", ["Loading…", "Loading...", "Please wait..."])
def test_what_only_fills_the_place_of_rows_is_no_record(words: str) -> None:
    found = parsed(row("", words, "", ""))
    assert (found.records, found.problems, found.complete) == ((), ("Row 1: it has no title.",), False)


def test_words_that_are_all_of_a_cell_stay() -> None:
    assert read(row(GATES[0], "<s>Gates at the Border</s>", *GATES[2:])) == [GATES]
    assert read(row(*GATES[:3], "<span>Agency</span>")) == [(*GATES[:3], "Agency")]


@pytest.mark.parametrize(
    "span", ["09/01/2026 - 09/05/2026", "Sep 1 to Oct 5, 2026", "September 1, 2026 – October 2, 2026"]
)
def test_a_span_is_no_day(span: str) -> None:
    assert day_of(span) is None
    assert parsed(row(*GATES[:2], span, "CBP")).problems == (
        f"Row 1: issue_date {span!r} was not understood.",
    )


def test_a_fiscal_year_before_a_day_is_no_span() -> None:
    assert day_of("FY 2025 – Sept 5, 2026") == "2026-09-05"


DHS = """<table><thead><tr><th class="views-field-field-report-number">Report Number</th>
<th class="views-field-title">Title</th><th class="views-field-field-issue-date">Issue Date</th>
<th class="views-field-field-fy">Fiscal Year</th></tr></thead><tbody>{}</tbody></table>"""
GAO = """<h1>Widgets: Count Them</h1><p>GAO-26-100001</p><h2>Recommendations for Executive Action</h2>
<table><thead><tr><th>Agency Affected</th><th>Recommendation</th><th>Status</th></tr></thead>
<tbody>{}</tbody></table>"""
OF_SITES = [
    (
        "dhs-oig",
        "https://www.oig.dhs.gov/reports/audits-inspections-and-evaluations",
        DHS,
        row("OIG-26-01", "<a href=/r/1>Gates at the Border</a>", "09/05/2026", "2026"),
        row("Report Number", "Title", "Issue Date", "Fiscal Year") + row("Total", "1", "", ""),
        row("", "Loading…", "", ""),
    ),
    (
        "gao-recommendations",
        "https://www.gao.gov/products/gao-26-100001",
        GAO,
        row("Department of Widgets", "The Secretary should count them. (Recommendation 1)", "Open"),
        row("Agency Affected", "Recommendation", "Status") + row("Total", "1 recommendation", ""),
        row("", "Loading…", ""),
    ),
]


@pytest.mark.parametrize(("profile", "url", "form", "record", "others", "loading"), OF_SITES)
def test_the_profiles_of_one_site_read_such_rows_alike(
    profile: str, url: str, form: str, record: str, others: str, loading: str
) -> None:
    def of(rows: str) -> Parse:
        return PROFILES[profile].parse(page(f"<main>{form.format(rows)}</main>"), url)

    assert of(record + others) == of(record)
    assert len(of(record).records) == 1
    assert of(loading).records == ()
    assert not of(loading).complete


def test_a_heading_of_a_row_is_no_heading_of_a_column() -> None:
    rows = "<tr><th>CBP</th><td><b>CBP</b> Gates at the Border</td></tr>"
    text = page(f"<table><tr><th>Agency</th><th>Report Title</th></tr>{rows}</table>")
    (record,) = PROFILES["table"].parse(text, "https://oig.example.gov/reports").records
    assert record.fields["title"] == "CBP Gates at the Border"


@pytest.mark.parametrize(
    ("cell", "agency"),
    [
        ("<ul><li>CBP</li><li>ICE</li></ul>", "CBP; ICE"),
        ("CBP<br>ICE", "CBP; ICE"),
        ("<p>CBP;</p><p>ICE</p><p>CBP</p>", "CBP; ICE"),
        ("<span class='d-block'>CBP</span><span class='d-block'>ICE</span>", "CBP; ICE"),
        ("<ul><li>CBP</li><li></li></ul>", "CBP"),
        ("Department of<br>Homeland Security", "Department of Homeland Security"),
        ("Federal Emergency<br>Management Agency<br>ICE", "Federal Emergency Management Agency; ICE"),
        ("<div>Homeland Security:</div><div>Office of the Secretary</div>", HOMELAND),
        ("Coast Guard<br>(in part)", "Coast Guard (in part)"),
        ("CBP, ICE", "CBP, ICE"),
    ],
)
def test_agencies_on_lines_of_their_own_are_several(cell: str, agency: str) -> None:
    assert read(row(*GATES[:3], cell)) == [(*GATES[:3], agency)]
    gao = GAO.format(row(cell, "The Secretary should count them. (Recommendation 1)", "Open"))
    found = PROFILES["gao-recommendations"].parse(page(f"<main>{gao}</main>"), PRODUCT)
    assert [record.fields["agency"] for record in found.records] == [agency]


@pytest.mark.parametrize(
    ("profile", "text"),
    [
        ("json", '[{"title": "Gates", "agency": ["CBP", "ICE"]}]'),
        ("json", '[{"title": "Gates", "agency": [{"id": 3, "name": "CBP"}, {"id": 4, "name": "ICE"}]}]'),
        ("json", '[{"title": {"rendered": "Gates"}, "agency": [{"label": "CBP"}, "ICE", {"id": 7}]}]'),
        ("csv", 'Title,Agency\nGates,"CBP\nICE"\n'),
        ("csv", "Title,Agency\nGates,<p>CBP</p><p>ICE</p>\n"),
    ],
)
def test_a_list_of_agencies_in_a_file_is_several(profile: str, text: str) -> None:
    (record,) = PROFILES[profile].parse(text, "https://oig.example.gov/reports").records
    assert record.fields["agency"] == "CBP; ICE"


def test_a_comma_within_a_topic_of_a_list_parts_none() -> None:
    text = '[{"title": "Gates", "topics": ["Science, Technology", "Ports"]}]'
    fields = "fields: {title: {path: title}, topics: {path: topics}}"
    settings = yaml_core.load(f"{{describes: x, kind: report, format: json, rows: '@', {fields}}}")
    own = described("own", ProfileSettings.model_validate(settings))
    assert own.parse(text, "x").records[0].fields["topics"] == ["Science, Technology", "Ports"]


TRACKER = {
    "Report Number": "A-26-01",
    "Report Title": "Gates",
    "Rec. No.": "1",
    "Agency": "CBP",
    "Recommendation": "Count the gates.",
    "Priority": "No",
    "Date Issued": "03/05/2026",
}


def tracked(heads: dict[str, str] | None = None, ends: str = "\n", **cells: str) -> dict[str, object]:
    named = {(heads or {}).get(name, name): cells.get(name[:8], cell) for name, cell in TRACKER.items()}
    quoted = [['"' + cell.replace('"', '""') + '"' for cell in line] for line in (named, named.values())]
    text = ends.join(",".join(line) for line in quoted) + ends
    found = PROFILES["csv-recommendations"].parse(text, "x")
    assert found.problems == ()
    (record,) = found.records
    return dict(record.fields)


@pytest.mark.parametrize(
    ("word", "priority"),
    [
        *((word, True) for word in ("Yes", "X", "High", "Notable")),
        *((word, False) for word in ("No", "-", "N/A", "Not a priority", "Non-priority", "Low")),
    ],
)
def test_a_word_that_denies_priority_is_no_mark_of_it(word: str, priority: bool) -> None:
    assert tracked(Priority=word)["priority"] is priority


@pytest.mark.parametrize(
    "heads",
    [
        {"Report Number": "report_number", "Report Title": "report_title", "Date Issued": "date_issued"},
        {"Report Number": "ReportNumber", "Report Title": "ReportTitle", "Date Issued": "DateIssued"},
        {
            "Agency": "Agency(ies)",
            "Date Issued": "Date Issued (MM/DD/YYYY)",
            "Recommendation": "Recommendation*",
        },
        {"Report Number": "Report\u00a0No", "Agency": "AGENCY:", "Date Issued": "Date\nIssued"},
    ],
)
def test_a_heading_is_known_as_programs_write_it_and_with_a_note(heads: dict[str, str]) -> None:
    assert tracked(heads) == tracked()


def test_the_cells_of_a_spreadsheet_are_read_as_it_shows_them() -> None:
    formula = tracked(**{"Report T": '=HYPERLINK("https://x.gov/r/1","Gates")', "Rec. No.": "1.0"})
    assert formula == tracked()
    assert tracked(ends="\r") == tracked(ends="\r\n") == tracked()
    text = 'Title,URL\nGates,"=HYPERLINK(""https://x.gov/r/1"",""View"")"\n'
    (record,) = PROFILES["csv"].parse(text, "x").records
    assert record.fields["url"] == "https://x.gov/r/1"
    refused = PROFILES["csv"].parse("Title,Number\n=A2&B2,1\n==,2\n=CONCAT(A2),3\n", "x")
    assert [record.fields["title"] for record in refused.records] == ["=A2&B2"]
    assert "Row 3: '=CONCAT(A2)' is a formula; export the file with its values." in refused.problems
    assert tracked(**{"Rec. No.": "2.10"})["recommendation_number"] == "2.10"


def test_a_placeholder_is_no_agency() -> None:
    assert read(row(*GATES[:3], "N/A"), row(*LOCKS[:3], "-")) == [(*GATES[:3], None), (*LOCKS[:3], None)]


@pytest.mark.parametrize(
    ("raw", "day"),
    [
        ("1772539200", "2026-03-03"),
        ("1772539200000", "2026-03-03"),
        ("1772539200.0", "2026-03-03"),
        ("/Date(1772539200000-0500)/", "2026-03-03"),
        ("46084", "2026-03-03"),
        ("46084.5", "2026-03-03"),
        ("20187", None),
        ("2026", None),
        ("202603031", None),
        ("17725392001", None),
        ("A-46084", None),
    ],
)
def test_a_day_that_is_a_number_is_read_where_it_can_only_be_one(raw: str, day: str | None) -> None:
    assert counted_day_of(raw) == day
    content = f"Report Number,Title,Date Issued\nA-26-1,Doors,{raw}\n"
    (record,) = PROFILES["csv"].parse(content, "https://oig.example.gov/list.csv").records
    assert record.fields["issue_date"] == day


def _statuses(cells: str) -> list[str | None]:
    head = "<tr><th>Report Number</th><th>Rec. No.</th><th>Recommendation</th><th>Status</th></tr>"
    row = f"<tr><td>A-26-1</td><td>1</td><td>Count the doors.</td><td>{cells}</td></tr>"
    text = page(f"<main><table>{head}{row}</table></main>")
    found = PROFILES["table-recommendations"].parse(text, "https://oig.example.gov/recommendations").records
    return [record.fields["status_text"] for record in found]


@pytest.mark.parametrize(
    ("cell", "status"),
    [
        ('<img src="/o.png" alt="Open">', "Open"),
        ('<span class="dot" role="img" aria-label="Open"></span>', "Open"),
        ('<span class="dot" title="Open"></span>', "Open"),
        ('<img src="/o.png" alt="Open"><img src="/c.png" alt="Closed">', None),  # which is meant is unknown
        ('<img src="/o.png" alt="Closed"> Open', "Open"),
        ("<select><option>Open</option><option selected>Closed</option></select>", "Closed"),
        ("<select><option>Open</option><option>Closed</option></select>", "Open"),
        ("Open <button>?</button>", "Open"),
        ('Open <a role="button" href="#note">i</a>', "Open"),
        ('Open <a href="#note">i</a>', "Open i"),
    ],
)
def test_a_status_that_is_a_sign_is_read_by_its_name(cell: str, status: str | None) -> None:
    assert _statuses(cell) == [status]


@pytest.mark.parametrize(
    ("comment", "target", "read"),
    [
        ("They agreed.", "06/30/2027", "They agreed.\n\nTarget date: 06/30/2027"),
        ("", "06/30/2027", "Target date: 06/30/2027"),
        ("They agreed.", "TBD", "They agreed."),
        ("They agreed.", "", "They agreed."),
    ],
)
@pytest.mark.parametrize("heading", ["Target Date", "Estimated Completion Date (MM/DD/YYYY)", "Due Date"])
def test_a_promised_day_in_a_column_of_its_own_is_part_of_the_comment(
    heading: str, comment: str, target: str, read: str
) -> None:
    names = ["Report Number", "Recommendation", "Status", "Comments", heading]
    cells = ["A-26-1", "Count the doors.", "Open", comment, target]
    lines = f"{','.join(names)}\n{','.join(cells)}\n"
    rows = (
        "".join(f"<th>{one}</th>" for one in names)
        + "</tr><tr>"
        + "".join(f"<td>{one}</td>" for one in cells)
    )
    text = page(f"<main><table><tr>{rows}</tr></table></main>")
    for profile, content in (("csv-recommendations", lines), ("table-recommendations", text)):
        (record,) = PROFILES[profile].parse(content, "https://oig.example.gov/recommendations").records
        assert record.fields["status_comment"] == read


@pytest.mark.parametrize(("heading", "own"), [("Date", False), ("Target Date", True)])
def test_another_day_or_a_profile_with_headings_of_its_own_adds_nothing(heading: str, *, own: bool) -> None:
    fields = {
        name: {"header": words}
        for name, words in (
            ("report_number", "Report Number"),
            ("report_title", "Report Title"),
            ("recommendation", "Recommendation"),
            ("status_comment", "Comments"),
        )
    }
    given = {"describes": "x", "kind": "recommendation", "version": 1, "format": "csv"}
    settings = ProfileSettings.model_validate({**given, **({"fields": fields} if own else {})})
    content = (
        f"Report Number,Report Title,Recommendation,Comments,{heading}\nA-1,Doors,Count.,Agreed.,06/30/2027\n"
    )
    (record,) = described("own", settings).parse(content, "https://a.gov/l.csv").records
    assert record.fields["status_comment"] == "Agreed."
