"""CSV files and feeds with the slips that programs really make are read as they were meant."""

import json
from typing import Any

import pytest

from monitor.domain.types import Parse
from monitor.profiles.declarative.engine import described
from monitor.profiles.declarative.settings import ProfileSettings
from monitor.profiles.registry import PROFILES

HEAD = "Report Number,Title,Date,URL\n"
ROWS = "OIG-26-01,Gates,2026-03-01,https://x.example/1\nOIG-26-02,Ships,2026-03-05,https://x.example/2\n"


def read(profile: str, text: str) -> Parse:
    return PROFILES[profile].parse(text, "https://x.example/list")


@pytest.mark.parametrize(
    "text",
    [
        f"{HEAD}{ROWS}{HEAD}",
        f"{HEAD}{ROWS.partition(chr(10))[0]}\n{HEAD}{ROWS.partition(chr(10))[2]}",
        f"{HEAD}{ROWS}Total,2,,\n",
        f"{HEAD}{ROWS}Grand total:,,,\n",
        HEAD + ROWS.replace("OIG-26-01", '"=""OIG-26-01"""'),
        HEAD + ROWS.replace("OIG-26-01", '="OIG-26-01"'),
        f"{HEAD}\ufeff{ROWS}",
    ],
    ids=[
        "heading last",
        "heading between",
        "total",
        "total alone",
        "Excel, quoted",
        "Excel",
        "a mark within",
    ],
)
def test_a_csv_file_has_its_two_reports_and_no_other_record(text: str) -> None:
    found = read("csv", text)
    assert [one.fields["report_number"] for one in found.records] == ["OIG-26-01", "OIG-26-02"]
    assert found.problems == ()


def test_a_report_that_is_about_totals_stays_a_report() -> None:
    found = read("csv", f"{HEAD}Total,Total Costs of Gates,2026-03-01,https://x.example/1\n")
    assert [one.fields["title"] for one in found.records] == ["Total Costs of Gates"]


@pytest.mark.parametrize(
    ("title", "meant"),
    [
        ("AT&T & TSA", "AT&T & TSA"),
        ("AT&amp;T &#38; TSA", "AT&T & TSA"),
        ("Gates&nbsp;&mdash; Locks", "Gates — Locks"),
        ("Gates &lt; Locks", "Gates < Locks"),
        ("Q&A; more", "Q&A; more"),
        ("Ga\x0btes", "Gates"),
        ("<![CDATA[AT&T & TSA]]>", "AT&T & TSA"),
    ],
)
@pytest.mark.parametrize("before", ['<?xml version="1.0"?>', '\n  <?xml version="1.0"?>', "\ufeff"])
def test_a_feed_with_bare_ampersands_and_names_of_characters_is_read_whole(
    title: str, meant: str, before: str
) -> None:
    link = "<link>https://x.example/1?a=1&b=2</link>"
    item = f"<item><title>{title}</title>{link}</item>"
    found = read("feed", f'{before}<rss version="2.0"><channel><title>News</title>{item}</channel></rss>')
    assert [(one.fields["title"], one.fields["url"]) for one in found.records] == [
        (meant, "https://x.example/1?a=1&b=2")
    ]
    assert found.problems == ()


@pytest.mark.parametrize(
    "id_", ["tag:x.example,2026:1", "urn:uuid:1225c695-cfb8-4ebb-aaaa-80da344efa6a", "17"]
)
@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_an_atom_entry_has_its_link_whatever_its_id_and_their_order(id_: str, order: tuple[int, int]) -> None:
    parts = [f"<id>{id_}</id>", '<link rel="alternate" href="https://x.example/1"/>']
    entry = f"<entry><title>Gates</title>{parts[order[0]]}{parts[order[1]]}</entry>"
    found = read("feed", f'<feed xmlns="http://www.w3.org/2005/Atom"><title>News</title>{entry}</feed>')
    assert [(one.key, one.fields["url"]) for one in found.records] == [(id_, "https://x.example/1")]


def test_a_guid_that_is_no_address_is_no_link() -> None:
    item = "<item><title>Gates</title><guid>17</guid></item>"
    found = read("feed", f'<rss version="2.0"><channel><title>News</title>{item}</channel></rss>')
    assert [one.fields["url"] for one in found.records] == [None]


@pytest.mark.parametrize(
    ("signs", "said"),
    [
        ('"total": 57', "total: 57"),
        ('"meta": {"pagination": {"total_count": 57}}', "total_count: 57"),
        ('"has_more": true', "has_more: True"),
        ('"_links": {"next": {"href": "/list?page=2"}}', "next: {'href': '/list?page=2'}"),
        ('"nextPageToken": "abc"', "nextPageToken: abc"),
        ('"total": 1, "next": null, "hasMore": false, "_links": {}', None),
    ],
)
def test_a_json_file_that_speaks_of_more_rows_is_not_the_whole_list(signs: str, said: str | None) -> None:
    fields = {"title": {"path": "t"}, "url": {"path": "u"}}
    settings = {"describes": "x", "kind": "report", "format": "json", "rows": "items", "fields": fields}
    profile = described("own", ProfileSettings.model_validate(settings))
    row = '{"t": "Gates at the border", "u": "https://x.example/1"}'
    found = profile.parse(f'{{{signs}, "items": [{row}]}}', "https://x.example/list")
    assert (len(found.records), found.complete) == (1, said is None)
    assert found.problems == (
        (f"The file says {said!r}: write in the profile where its next page or total is.",) if said else ()
    )


@pytest.mark.parametrize(
    ("title", "meant"),
    [
        ("<a href='/1'>Gates &amp; locks</a>", "Gates & locks"),
        ("<b>Gates</b><br>and locks", "Gates and locks"),
        ("Gates < 5 feet > 2 feet", "Gates < 5 feet > 2 feet"),
        ("<i>", "<i>"),
    ],
)
def test_a_value_that_is_a_piece_of_html_is_read_as_it_shows(title: str, meant: str) -> None:
    row = {"report_number": "OIG-26-1", "title": title, "url": f"<a class='x' href='/1'>{title}</a>"}
    rows = (
        read("json", json.dumps([row])),
        read("csv", f'Report Number,Title,Date,URL\nOIG-26-1,{title},,"{row["url"]}"\n'),
    )
    for (found,) in (one.records for one in rows):
        assert (found.fields["title"], found.fields["url"]) == (meant, "https://x.example/1")


_RECS = ("Report Number", "Report Title", "Rec. No.", "Recommendation", "Status")
_CELLS = ("OIG-26-1", "Audit of Tents", "1", "Mend the tents.", "Open")


def _as_table(rows: list[tuple[str, ...]]) -> str:
    head, *body = ("".join(f"<td>{cell}</td>" for cell in row) for row in rows)
    lines = "".join(f"<tr>{row}</tr>" for row in body)
    return f"<!doctype html><table><tr>{head.replace('td>', 'th>')}</tr>{lines}</table></html>"


def _as_csv(rows: list[tuple[str, ...]]) -> str:
    return "".join(",".join(row) + "\n" for row in rows)


@pytest.mark.parametrize(
    ("profile", "written"), [("table-recommendations", _as_table), ("csv-recommendations", _as_csv)]
)
def test_a_row_that_lacks_a_cell_is_read_only_where_it_can_be_understood(profile: str, written: Any) -> None:
    other = ("OIG-26-1", "Audit of Tents", "2", "Buy tents.", "Open")
    for lost, records, said in ((2, 1, ("it has 4 cells where the heading has 5",)), (4, 2, ())):
        found = read(profile, written([_RECS, _CELLS[:lost] + _CELLS[lost + 1 :], other]))
        assert (len(found.records), found.complete) == (records, not said)
        assert all(any(part in problem for problem in found.problems) for part in said)


@pytest.mark.parametrize(
    ("profile", "written"), [("table-recommendations", _as_table), ("csv-recommendations", _as_csv)]
)
def test_a_tracker_without_titles_names_its_reports_by_their_numbers(profile: str, written: Any) -> None:
    rows = [cells[:1] + cells[2:] for cells in (_RECS, _CELLS, ("", *_CELLS[1:]))]
    found = read(profile, written(rows))
    assert [(one.key, one.fields["report_title"]) for one in found.records] == [
        ("OIG-26-1 rec 1", "OIG-26-1")
    ]
    assert "it has no report title" in found.problems[0]


@pytest.mark.parametrize(
    ("days", "mark", "read_as"),
    [
        (("05.03.2026", "04.03.2026"), ";", ["2026-03-05", "2026-03-04"]),
        (("25/03/2026", "05/03/2026"), ",", ["2026-03-25", "2026-03-05"]),
        (("3/25/2026", "03/05/2026"), ";", ["2026-03-25", "2026-03-05"]),
        (("05.03.2026", "04.03.2026"), ",", ["2026-05-03", "2026-04-03"]),
    ],
)
def test_a_file_with_the_day_before_the_month_is_known_by_all_its_days(
    days: tuple[str, str], mark: str, read_as: list[str]
) -> None:
    lines = ["Report Number,Title,Issue Date", *(f"OIG-26-{n},Gates {n},{day}" for n, day in enumerate(days))]
    found = read("csv", "\n".join(lines).replace(",", mark) + "\n")
    assert [record.fields["issue_date"] for record in found.records] == read_as


@pytest.mark.parametrize("number", ["2.02613E+11", "2,03E+05", "Mar-26", "3-Mar"])
def test_a_number_that_a_spreadsheet_has_spoiled_is_not_read(number: str) -> None:
    found = read("csv", f'Report Number,Title\n"{number}",Gates\n002612,Locks\n')
    assert [record.key for record in found.records] == ["002612"]
    assert number in found.problems[0]
    assert not found.complete
