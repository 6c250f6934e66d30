"""A profile is proposed for the layouts in which offices list reports: each field is found in its place."""

import json
from typing import Any

import pytest

from monitor.profiles.inference.propose import propose
from tests.monitor.profiles.page_shapes import DAYS, TITLES, page

URL = "https://oig.example.gov/reports"
REPORTS = {
    "title": list(TITLES),
    "report_number": [f"OIG-26-{n:03}" for n in range(1, 5)],
    "issue_date": ["2024-09-30", "2024-08-14", "2024-07-01", "2024-06-03"],
    "url": [f"https://oig.example.gov/r/{n}" for n in range(1, 5)],
}
AGENCIES = ["Bureau of Dams", "Office of Finance", "Office of Finance", "Supply Center"]


def rows(form: str) -> str:
    said = zip(TITLES, DAYS, AGENCIES, strict=True)
    return "".join(
        form.format(n=n, title=title, day=day, number=f"OIG-26-{n:03}", agency=agency)
        for n, (title, day, agency) in enumerate(said, 1)
    )


def read(body: str, heading: str = "Reports") -> list[dict[str, Any]]:
    intro = "<p>Call us at 202-555-0100 about any of these.</p>"
    found = propose(page(f"<main><h1>{heading}</h1>{intro}{body}</main>"), URL)
    return [dict(record.fields) for record in found.parse.records]


@pytest.mark.parametrize(
    "form",
    [
        "<h3><a href='/r/{n}'>{title}</a></h3><p>Report No. {number} | {day}</p><p>We looked at it.</p><hr>",
        "<h4>{title}</h4><div>Issued: {day}</div><div>Report: <a href='/r/{n}'>{number}</a></div>",
        "<h3>{title}</h3><ul><li>No. {number}</li><li>{day}</li><li><a href='/r/{n}'>Read it</a></li></ul>",
        "<article><h3>{title}</h3><p>{number}, {day}</p><a href='/r/{n}'>More about {title}</a></article>",
        "<a class='card' href='/r/{n}'><div class='meta'>{day}</div><div class='title'>{title}</div>"
        "<div>{number}</div></a>",
        "<details><summary>{title}</summary><p>Report number: {number}</p><p>Date: {day}</p>"
        "<p><a href='/r/{n}'>View the report</a></p></details>",
        "<div class='i'><b>{day}</b> &mdash; <a href='/r/{n}'>{title}</a>, {number}</div>",
        "<div class='i'><b>{number}</b>, <a href='/r/{n}'><i>{title}</i></a>, {day}.</div>",
        "<div class='i'><a href='/r/{n}'>{title}, {number}</a>, issued {day}</div>",
        "<div class='i'><a href='/r/{n}'>{title} - {number}</a> <small>{day}</small></div>",
        "<div class='i'><a href='/r/{n}'>{title} (Report No. {number})</a> <small>{day}</small></div>",
    ],
)
def test_title_number_day_and_link_are_found(form: str) -> None:
    found = read(f"<section>{rows(form)}</section>")
    assert {name: [str(record[name]) for record in found] for name in REPORTS} == REPORTS


@pytest.mark.parametrize(
    "form",
    [
        "<p class='t'><b>Number:</b> {number}<br><b>Component:</b> {agency}<br><b>Published:</b> {day}</p>",
        "<p>Report Number: {number}<br>Agency: {agency}<br>Date Issued: {day}</p>",
        "<p><b>Number</b>: {number} | <b>Agency</b>: {agency} | <b>Date</b>: {day}</p>",
        "<span class='reportNumber'>{number}</span><span class='reportAgency'>{agency}</span> {day}",
    ],
)
@pytest.mark.parametrize(
    "around", ["<div class='card'>{}</div>", "<section class='card'><div>{}</div></section>"]
)
def test_each_of_several_labels_has_its_own_value(form: str, around: str) -> None:
    found = read(rows(around.format("<h4><a href='/r/{n}'>{title}</a></h4>" + form)))
    assert [record["agency"] for record in found] == AGENCIES
    assert [record["report_number"] for record in found] == REPORTS["report_number"]
    assert [str(record["issue_date"]) for record in found] == REPORTS["issue_date"]


def test_labels_may_stand_in_the_row_itself_and_lack_in_some_rows() -> None:
    said = rows(
        "<div class='e'><a href='/r/{n}'>{title}</a><br>Report: {number}<br>Agency: {agency}<br>Date: {day}"
        "</div>"
    )
    found = read(said.replace("<br>Agency: Supply Center", ""))
    assert [record["agency"] for record in found] == [*AGENCIES[:3], None]
    too_long = read(said.replace("</div>", f"<br>{'Much was found. ' * 400}</div>"))
    assert {record["agency"] for record in too_long} == {None}
    assert [record["report_number"] for record in found] == REPORTS["report_number"]


@pytest.mark.parametrize(
    "form",
    [
        "<h3>Recommendation {n}</h3><p>The office should count: {agency}.</p><p>Status: Open</p>",
        "<div class='r'><b>Report:</b> {number}<br><b>Recommendation:</b> The office should count: {agency}."
        "<br><b>Status:</b> Open</div>",
    ],
)
def test_recommendations_below_headings_or_behind_labels_are_known(form: str) -> None:
    found = read(f"<div>{rows(form)}</div>", "Open Recommendations")
    texts = [f"The office should count: {agency}." for agency in AGENCIES]
    assert [record["recommendation"] for record in found] == texts
    assert {record["status_text"] for record in found} == {"Open"}


@pytest.mark.parametrize(
    ("headings", "days"),
    [
        (("Issue Dt", "Office"), REPORTS["issue_date"]),
        (("Began", "Ended"), [None] * 4),
        (("Due", "x"), [None] * 4),
    ],
)
def test_the_only_column_of_days_is_the_day_of_issue(headings: tuple[str, str], days: list[Any]) -> None:
    other = "{day}" if headings[1] == "Ended" else "Denver"
    cells = rows(
        "<tr><td><a href='/r/{n}'>{title}</a></td><td>{number}</td><td>{day}</td>" + f"<td>{other}</td></tr>"
    )
    head = f"<tr><th>Report Name</th><th>No.</th><th>{headings[0]}</th><th>{headings[1]}</th></tr>"
    found = read(f"<table>{head}{cells}</table>")
    assert [record["issue_date"] and str(record["issue_date"]) for record in found] == days


def test_a_status_without_a_name_is_known_by_its_words() -> None:
    form = (
        "<div class='item'><button>{number} Recommendation {n} <span class='badge'>Open</span></button>"
        "<div class='body'><p>The office should count what it buys for {agency}.</p></div></div>"
    )
    found = read(rows(form).replace("Open", "Closed – Implemented", 1), "Recommendations")
    assert [record["status"] for record in found] == ["closed_implemented", "open", "open", "open"]
    assert [record["report_number"] for record in found] == REPORTS["report_number"]


def test_what_names_do_not_say_in_json_is_known_by_its_values() -> None:
    docs = [
        {"ss_name": title, "rpt_num": number, "ds_when": "x", "ss_url": link, "pic": link * 3}
        for title, number, _, link in zip(*REPORTS.values(), strict=True)
    ]
    found = propose(json.dumps({"response": {"docs": docs}}), URL).parse.records
    for name in ("title", "report_number", "url"):
        assert [record.fields[name] for record in found] == REPORTS[name]


def test_a_list_of_recommendations_in_json_is_known_by_its_own_name() -> None:
    text = "The office should count what it buys."
    items = [
        {"report": {"number": number, "title": title}, "number": n, "text": f"{text} {n}", "status": "Open"}
        for n, (title, number, *_) in enumerate(zip(*REPORTS.values(), strict=True), 1)
    ]
    found = [
        dict(record.fields) for record in propose(json.dumps({"recommendations": items}), URL).parse.records
    ]
    assert [record["recommendation"] for record in found] == [f"{text} {n}" for n in range(1, 5)]
    assert [record["report_title"] for record in found] == REPORTS["title"]
    assert {record["status"] for record in found} == {"open"}
