"""A profile is proposed for lists in which what holds for the rows is not in the rows."""

from pathlib import Path
from typing import Any

import pytest

from monitor.profiles.inference.propose import Proposal, propose
from service.dryrun.new_profile import write_profile
from service.dryrun.try_page import read_address
from service.watchfile.profiles import one_profile
from tests.monitor.profiles.page_shapes import DAYS, TITLES, page

URL = "https://auditor.example.gov/reports"


def links(*places: int, number: str = "", tag: str = "li") -> str:
    return "".join(f"<{tag}><a href='/r/{n}'>{TITLES[n]}</a>{number.format(n)}</{tag}>" for n in places)


def proposed(body: str) -> tuple[Proposal, list[dict[str, Any]]]:
    found = propose(page(f"<main><h1>Reports</h1>{body}</main>"), URL)
    return found, [dict(record.fields) for record in found.parse.records]


def values(body: str, field: str) -> list[Any]:
    return [fields[field] for fields in proposed(body)[1]]


def test_a_day_holds_for_all_values_after_it() -> None:
    body = f"<dl><dt>{DAYS[0]}</dt>{links(0, 1, tag='dd')}<dt>06-03-2024</dt>{links(2, 3, tag='dd')}</dl>"
    assert values(body, "title") == list(TITLES)
    assert values(body, "issue_date") == ["2024-09-30", "2024-09-30", "2024-06-03", "2024-06-03"]


def test_days_within_lists_by_year_are_read_with_their_year() -> None:
    lists = (
        f"<h3>FY 2024</h3><dl><dt>{DAYS[0]}</dt>{links(0, tag='dd')}</dl>"
        f"<h3>FY 2023</h3><dl><dt>05-01-2023</dt>{links(1, 2, 3, tag='dd')}</dl>"
    )
    assert values(lists, "fiscal_year") == [2024, 2023, 2023, 2023]
    assert values(lists, "issue_date") == ["2024-09-30", "2023-05-01", "2023-05-01", "2023-05-01"]


@pytest.mark.parametrize(
    ("headings", "field", "said"),
    [
        (("2024", "2023"), "fiscal_year", [2024, 2024, 2023, 2023]),
        (("Fiscal Year 2024", "Fiscal Year 2023"), "fiscal_year", [2024, 2024, 2023, 2023]),
        (
            ("Department of Parks", "Water Bureau"),
            "agency",
            ["Department of Parks"] * 2 + ["Water Bureau"] * 2,
        ),
        (("Safety", "Money"), "topics", [["Safety"]] * 2 + [["Money"]] * 2),
        (DAYS[:2], "issue_date", ["2024-09-30"] * 2 + ["2024-08-14"] * 2),
    ],
)
@pytest.mark.parametrize("tag", ["h2", "h3"])
def test_lists_under_headings_are_taken_whole(
    tag: str, headings: tuple[str, str], field: str, said: list[Any]
) -> None:
    one, other = headings
    body = f"<{tag}>{one}</{tag}><ul>{links(0, 1)}</ul><{tag}>{other}</{tag}><ul>{links(2, 3)}</ul>"
    assert values(body, "title") == list(TITLES)
    assert values(body, field) == said


def test_a_day_before_each_card_is_its_day_and_a_labelled_number_its_number() -> None:
    cards = "".join(
        f"<div>{day}</div><div class='card'><h3><a href='/r/{n}'>{title}</a></h3>"
        f"<p>Report No. 00{n}7</p></div>"
        for n, (title, day) in enumerate(zip(TITLES, DAYS, strict=True))
    )
    _, fields = proposed(f"<div class='grid'>{cards}</div>")
    assert [one["issue_date"] for one in fields] == ["2024-09-30", "2024-08-14", "2024-07-01", "2024-06-03"]
    assert [one["report_number"] for one in fields] == ["0007", "0017", "0027", "0037"]


def test_a_year_in_a_sentence_is_not_the_total() -> None:
    rows = "".join(f"<li class='r'><a href='/{n}'>{TITLES[n]}</a> {DAYS[n]}</li>" for n in range(4))
    found, _ = proposed(f"<p>The 2019 reports are elsewhere.</p><ul>{rows}</ul>")
    assert (found.parse.declared_total, found.parse.complete) == (None, True)


def test_an_abstract_is_not_the_title_again() -> None:
    rows = "".join(
        f"<li class='r'><div class='top'><span class='t'><a href='/{n}'>{TITLES[n] * 3}</a></span></div></li>"
        for n in range(4)
    )
    assert values(f"<ul>{rows}</ul>", "abstract") == [None] * 4


def test_a_title_in_two_elements_is_joined() -> None:
    rows = "".join(
        f"<article class='t'><div class='k'><a href='/r/{n}'>Topic {n} of Many</a></div>"
        f"<h3><a href='/r/{n}'>{TITLES[n]}</a></h3></article>"
        for n in range(4)
    )
    assert values(rows, "title") == [f"Topic {n} of Many: {TITLES[n]}" for n in range(4)]


@pytest.mark.parametrize(
    "heading", ["Unimplemented Recommendation", "Open Recommendations", "Recommendation"]
)
def test_a_table_of_recommendations_beside_their_reports_is_known(heading: str) -> None:
    rows = "".join(
        f"<tr><td>The office should do step {n}.</td>"
        f"<td><a href='/r/{n}'>{TITLES[n]} (B-24-0{n})</a></td></tr>"
        for n in range(4)
    )
    found, fields = proposed(f"<table><tr><th>{heading}</th><th>Report</th></tr>{rows}</table>")
    assert found.settings["kind"] == "recommendation"
    assert [one["report_number"] for one in fields] == ["B-24-00", "B-24-01", "B-24-02", "B-24-03"]
    assert fields[0]["recommendation"] == "The office should do step 0."
    assert fields[0]["status"] == ("open" if heading != "Recommendation" else None)


def test_numbers_under_several_labels_are_all_found() -> None:
    rows = "".join(
        f"<li class='c'><h2><a href='/{n}'>{TITLES[n]}</a></h2><dl><div><dt>{('Audit', 'Review')[n % 2]}</dt>"
        f"<dd>{'AR'[n % 2]}-24-0{n}</dd></div><div><dt>Issued</dt><dd>{DAYS[n]}</dd></div></dl></li>"
        for n in range(4)
    )
    assert values(f"<ul>{rows}</ul>", "report_number") == ["A-24-00", "R-24-01", "A-24-02", "R-24-03"]


def test_a_list_of_two_is_a_list() -> None:
    rows = "".join(f"<li><a href='/{n}'>{TITLES[n]}</a> {DAYS[n]}</li>" for n in range(2))
    assert values(f"<ul>{rows}</ul>", "issue_date") == ["2024-09-30", "2024-08-14"]


def test_a_written_profile_reads_what_was_proposed(tmp_path: Path) -> None:
    body = f"<h2>2024</h2><ul>{links(0, 1)}</ul><h2>2023</h2><ul>{links(2, 3)}</ul>"
    saved = tmp_path / "page.html"
    saved.write_text(page(f"<main>{body}</main>"))
    path = write_profile(tmp_path, "mine", str(saved), propose(saved.read_text(), saved.as_uri()))
    profile = one_profile(str(path), tmp_path)
    trial = read_address(str(saved), profile.name, {profile.name: profile})
    (found,) = trial.parses.values()
    assert [record.fields["fiscal_year"] for record in found.records] == [2024, 2024, 2023, 2023]


def test_a_text_that_holds_the_title_is_no_abstract() -> None:
    cards = "".join(
        f"<div class='card'><div class='inner'><h4>{title}</h4><p>It is late.</p><dl><dt>Report Date</dt>"
        f"<dd>{DAYS[n]}</dd><dt>Agency</dt><dd>Department of Parks and Recreation</dd></dl></div></div>"
        for n, title in enumerate(TITLES)
    )
    assert values(cards, "title") == list(TITLES)
    assert values(cards, "abstract") == [None] * len(TITLES)


def test_rows_with_a_status_and_links_that_are_not_read_are_doubted() -> None:
    rows = "".join(
        f"<a class='tile' href='javascript:{n}'><i class='tile-title'>{title}</i><b>Status:</b> Open</a>"
        for n, title in enumerate(TITLES)
    )
    found, _ = proposed(rows)
    said = " ".join(found.doubts)
    assert "4 rows have a link, and url reads 0" in said
    assert "this draft reads reports" in said


def test_the_headings_released_and_entity_are_known() -> None:
    heads = "<tr><th>Released</th><th>Report Title</th><th>Entity</th></tr>"
    rows = "".join(
        f"<tr><td>{DAYS[n]}</td><td>{title}</td><td>Parks</td></tr>" for n, title in enumerate(TITLES)
    )
    assert values(f"<table>{heads}{rows}</table>", "agency") == ["Parks"] * len(TITLES)
    assert values(f"<table>{heads}{rows}</table>", "issue_date")[0] == "2024-09-30"
