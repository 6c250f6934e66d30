"""GAO's whole open list from one file: read, refused where not whole, and compared with the next one."""

import socket
from datetime import timedelta
from pathlib import Path

import pytest

from bench.gao_export import COMMENT, FIRST_OF_ALL, HEADING, Row, as_file, export_rows
from monitor.domain.types import ChangeKind, Outcome, Parse
from monitor.profiles.parse import recognized
from monitor.profiles.registry import PROFILES
from tests.checking import Checker
from tests.monitor.fetch.sites import ok, serving

DEPOTS = "The Secretaries of the Army and the Navy should share depots. (Recommendation 2)"
ROBOTS = b"User-agent: *\nCrawl-delay: 420\nDisallow: /reports-testimonies\nDisallow: /agencies\n"
LATER = FIRST_OF_ALL + timedelta(days=1)


def row(agency: str = "Department of the Army", text: str = DEPOTS, **more: str) -> Row:
    cells = {
        "title": "Shared Depots",
        "number": "GAO-24-910002",
        "issued": "Oct 1, 2023",
        "director": "Avery Example",
        "phone": "(202) 555-0101",
        "agency": agency,
        "text": text,
        "status": "Open",
        "priority": "No",
        "comment": "",
        "topics": "National Defense",
    }
    return list({**cells, **more}.values())


def read(body: bytes) -> Parse:
    text = body.decode().replace("\r\n", "\n")
    return PROFILES["gao-csv"].parse(text, "https://www.gao.gov/open-recs2-csv?q=")


def test_the_file_is_known_by_its_address_and_by_its_first_lines() -> None:
    text = as_file([row()]).decode()
    assert recognized("", "https://www.gao.gov/open-recs2-csv?q=").name == "gao-csv"
    assert recognized(text, "file:///downloads/export%20(2).csv").name == "gao-csv"


def test_cells_that_a_spreadsheet_made_are_read_as_it_shows_them() -> None:
    link = "https://www.gao.gov/products/gao-24-910002"
    formulas = row(title=f'=HYPERLINK("{link}","Shared Depots")', number='="GAO-24-910002"')
    linked = row(number=f'=HYPERLINK("{link}"; "GAO-24-910002")')
    found = read(
        as_file([formulas, linked, row(number="'GAO-24-910002"), row(title='=UPPER("Shared Depots")')])
    )
    assert [one.key for one in found.records] == ["GAO-24-910002 rec 2"] * 3
    assert {one.fields["report_title"] for one in found.records} == {"Shared Depots"}
    assert found.problems == (
        """Row 4: '=UPPER("Shared Depots")' is a formula; export the file with its values.""",
    )


@pytest.mark.parametrize(
    ("cell", "read_as"),
    [
        ("They agreed.<br />They wait.", "They agreed. They wait."),
        ("Fewer than <5 of >9.", "Fewer than <5 of >9."),
    ],
)
def test_line_breaks_of_a_page_are_not_part_of_a_comment(cell: str, read_as: str) -> None:
    (record,) = read(as_file([row(comment=cell)])).records
    assert record.fields["status_comment"] == read_as


def test_every_row_is_a_record_or_a_stated_refusal() -> None:
    rows = [
        row(),
        row(title=""),
        row(text=""),
        row(issued="soon"),
        row(priority="Perhaps"),
        row(agency="Department of the N\ufffdvy"),
        [*row(), "further"],
        row()[:5],
        row("Department of the Navy"),
    ]
    found = read(as_file(rows))
    assert [one.number for one in found.rows if one.record] == [1, 9]
    assert len(found.problems) == 7
    assert "Row 7: it has 12 cells where the heading has 11." in found.problems
    assert not found.complete


@pytest.mark.sqlite  # it is about a file
@pytest.mark.parametrize(
    ("body", "said"),
    [
        (as_file([row()]) + b"\n", "ends in a line end"),
        (as_file([row(), row()[:4]]), "ends in a row with 4 of 11 cells"),
        (as_file([row(comment="a, b")]).replace(b'a, b"', b"a, b"), "ends within quotes"),
        (as_file([row()]).replace(b"Comments", b"Remarks"), "the column Comments"),
        (as_file([row()]).replace(HEADING.encode(), b""), "the columns Publication Name, Publication Number"),
        (b"<!DOCTYPE html><html><body><p>One moment, please</p></body></html>", "this is an HTML page"),
        (as_file([]), "ends in a line end"),
        (as_file([["" for _ in row()]]), "no row could be read"),
    ],
)
def test_a_file_that_is_not_whole_is_set_aside(
    checker: Checker, tmp_path: Path, body: bytes, said: str
) -> None:
    page = tmp_path / "export.csv"
    page.write_bytes(body)
    settled = checker.check(str(page), profile="gao-csv")
    assert (settled.outcome, settled.rows) == (Outcome.QUARANTINED, 0)
    assert said in " ".join(settled.reasons)


@pytest.mark.sqlite  # it is about a file
def test_an_older_file_is_set_aside(checker: Checker, tmp_path: Path) -> None:
    page = tmp_path / "export.csv"
    page.write_bytes(as_file([row()], LATER))
    checker.check(str(page), profile="gao-csv")
    page.write_bytes(as_file([row(comment="Older.")]))
    settled = checker.check(str(page), profile="gao-csv")
    assert settled.outcome is Outcome.QUARANTINED
    assert settled.reasons == (
        "the file is as of September 28, 2026, 19:05, older than the one read before it, as of"
        " September 29, 2026, 19:05",
    )


def test_one_recommendation_to_several_agencies_leaves_for_each_alone(
    checker: Checker, tmp_path: Path
) -> None:
    page = tmp_path / "export.csv"
    others = [row(number=f"GAO-24-91010{n}") for n in range(9)]
    agencies = ["Department of the Army", "Department of the Navy", "Marine Corps"]
    for day, left in enumerate((3, 2, 1)):
        page.write_bytes(
            as_file([*map(row, agencies[3 - left :]), *others], FIRST_OF_ALL + timedelta(days=day))
        )
        checker.check(str(page), profile="gao-csv")
    assert [(one.kind, one.fields["agency"]) for one in checker.changes()] == [
        (ChangeKind.LEFT_LIST, "Department of the Army"),
        (ChangeKind.LEFT_LIST, "Department of the Navy"),
    ]


@pytest.mark.sqlite  # it is about a file
def test_it_is_fetched_with_one_request_and_their_pauses_are_kept(checker: Checker) -> None:
    rows = [row(number=f"GAO-24-91010{n}") for n in range(9)]
    pages = [as_file(rows), as_file([*rows[:4], *rows[5:]], LATER)]

    def answer(connection: socket.socket, path: str) -> None:
        robots = path == "/robots.txt"
        connection.sendall(
            ok(ROBOTS, kind="text/plain") if robots else ok(pages[0], kind="text/csv; charset=UTF-8")
        )

    with serving(answer) as site:
        site.robots = True
        url = site.url("/open-recs2-csv?q=")
        assert checker.check(url, profile="gao-csv").outcome is Outcome.BASELINE
        pages.pop(0)
        settled = checker.check(url, profile="gao-csv")
        assert site.asked == ["/robots.txt", "/open-recs2-csv?q=", "/open-recs2-csv?q="]
    assert [(one.kind, one.record_key) for one in checker.changes()] == [
        (ChangeKind.LEFT_LIST, "GAO-24-910104 rec 2")
    ]
    assert settled.complete


def test_a_file_of_any_size_is_read_whole() -> None:
    found = read(as_file(export_rows(500)))
    assert (len(found.records), found.complete, found.problems) == (500, True, ())
    assert found.as_of is not None
    assert found.as_of.isoformat() == "2026-09-28T19:05:00-04:00"
    assert not any("555" in str(one.fields) for one in found.records)
    assert all(
        one.fields["status_comment"] == " ".join(cells[COMMENT].split())
        for one, cells in zip(found.records, export_rows(500), strict=True)
    )
