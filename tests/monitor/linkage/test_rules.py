"""When two records of different sources are one thing: by number, link or title, and never on a guess."""

from typing import Any

import pytest

from monitor.domain.types import RecordKind
from monitor.linkage.rules import By, marks_of, sameness
from service.demo.fakes.replica import seed_reports

TITLE = "CBP Did Not Effectively Manage Its Facial Recognition Cameras at Land Ports of Entry"


def report(number: str | None = None, title: str | None = TITLE, **more: Any) -> dict[str, Any]:
    return {"report_number": number, "title": title, "issue_date": "2026-03-02", **more}


def by(one: dict[str, Any], other: dict[str, Any], kind: RecordKind = RecordKind.REPORT) -> By | None:
    found = sameness(marks_of(kind, one), marks_of(kind, other))
    back = sameness(marks_of(kind, other), marks_of(kind, one))
    assert found == back, "who is asked first makes no difference"
    return found.by if found else None


SAME = {
    "one number, spelled with another dash and case": (report("OIG–26–90"), report("oig-26-90"), By.NUMBER),
    "one number, the title revised": (
        report("OIG-26-90"),
        report("OIG-26-90", f"{TITLE} (REDACTED)"),
        By.NUMBER,
    ),
    "one number, no title on one site": (report("OIG-26-90"), report("OIG-26-90", None), By.NUMBER),
    "one number and day, titles in other words": (
        report("OIG-26-90"),
        report("OIG-26-90", "Management Alert"),
        By.NUMBER,
    ),
    "one link, written in two ways": (
        report("OIG-26-90", url="https://www.oig.dhs.gov/files/26-90.pdf"),
        report(None, "Cameras at Land Ports", url="http://oig.dhs.gov/files/26-90.pdf#page=2"),
        By.LINK,
    ),
    "one title, one site without a number": (report("OIG-26-90"), report(), By.TITLE),
    "one title in other capitals and quotes, three days later": (
        report("OIG-26-90"),
        report(None, TITLE.upper(), issue_date="2026-03-05"),
        By.TITLE,
    ),
    "one title, a word in the plural": (
        report("OIG-26-90"),
        report(None, TITLE.replace("Cameras", "Camera")),
        By.TITLE,
    ),
    "one title, one site gives only the month": (
        report("OIG-26-90"),
        report(None, issue_date="2026-03"),
        By.TITLE,
    ),
    "one title, one site gives only the fiscal year": (
        report("OIG-26-90"),
        report(None, issue_date=None, fiscal_year=2026),
        By.TITLE,
    ),
    "one title, the department named for its component": (
        report("OIG-26-90", agency="Customs and Border Protection (CBP)"),
        report(None, agency="Department of Homeland Security"),
        By.TITLE,
    ),
    "one title, one of two components named with its country": (
        report("OIG-26-90", agency="Coast Guard (USCG); Customs and Border Protection (CBP)"),
        report(None, agency="U.S. Customs and Border Protection"),
        By.TITLE,
    ),
    "one title, the agency named by its initials": (
        report("OIG-26-90", agency="CBP"),
        report(None, agency="U.S. Customs and Border Protection"),
        By.TITLE,
    ),
}
FY = "CBP's Facial Recognition Cameras at Land Ports of Entry, FY 2023"
OTHER = {
    "two numbers under one title": (report("OIG-26-90"), report("OIG-26-91")),
    "two numbers on one link": (
        report("OIG-26-90", url="https://oig.dhs.gov/all"),
        report("OIG-26-91", url="https://oig.dhs.gov/all"),
    ),
    "one title of two components": (
        report("OIG-26-90", agency="Customs and Border Protection (CBP)"),
        report(None, agency="Secret Service (USSS)"),
    ),
    "one number of two offices": (
        report("OIG-24-01"),
        report("OIG-24-01", "Credit Union Examination Hours and Travel", issue_date="2026-01-20"),
    ),
    "one link for all of an office's reports": (
        report("OIG-26-90", url="https://oig.dhs.gov/all"),
        report(None, "Credit Union Examination Hours and Travel", url="https://oig.dhs.gov/all"),
    ),
    "titles of two fiscal years": (report("OIG-26-90", FY), report(None, FY.replace("2023", "2024"))),
    "a fiscal year on one site only": (report("OIG-26-90", FY), report(None, FY.removesuffix(", FY 2023"))),
    "titles of two states": (report("OIG-26-90", f"{TITLE} in Texas"), report(None, f"{TITLE} in Iowa")),
    "a title that says the opposite": (
        report("OIG-26-90"),
        report(None, TITLE.replace("Effectively", "Ineffectively")),
    ),
    "a second part": (report("OIG-26-90", f"{TITLE} Part I"), report(None, f"{TITLE} Part II")),
    "a word less": (report("OIG-26-90"), report(None, TITLE.replace("Not ", ""))),
    "one title a month later": (report("OIG-26-90"), report(None, issue_date="2026-04-02")),
    "one title, no date at all": (report("OIG-26-90"), report(None, issue_date=None)),
    "one title, one site gives only the year": (report("OIG-26-90"), report(None, issue_date="2026")),
    "one short title": (report("OIG-26-90", "Border Cameras"), report(None, "Border Cameras")),
    "a title that any office gives its yearly report": tuple(
        report(number, "Major Management and Performance Challenges Facing the Department")
        for number in ("OIG-26-90", None)
    ),
    "one title, two agencies": (
        report("OIG-26-90", agency="Department of Homeland Security"),
        report(None, agency="Department of State"),
    ),
    "two addresses that name no page": (
        report(None, "Cameras", url="https://oig.dhs.gov/"),
        report(None, "Cameras", url="https://www.oig.dhs.gov"),
    ),
    "an address that is none": (report(None, "Cameras", url="http://[bad"), report(None, "Cameras", url="x")),
}


@pytest.mark.parametrize("case", SAME)
def test_two_records_are_one_by(case: str) -> None:
    one, other, expected = SAME[case]
    assert by(one, other) is expected


@pytest.mark.parametrize("case", OTHER)
def test_two_records_are_two_for(case: str) -> None:
    one, other = OTHER[case]
    assert by(one, other) is None


def test_no_two_of_an_offices_own_reports_are_one() -> None:
    reports = [marks_of(RecordKind.REPORT, one) for one in seed_reports()]
    pairs = [(a, b) for place, a in enumerate(reports) for b in reports[:place]]
    assert [(a, b) for a, b in pairs if sameness(a, b)] == []


def recommendation(
    report_number: str | None, number: str | None, agency: str | None = None
) -> dict[str, Any]:
    return {
        "report_number": report_number,
        "report_title": TITLE,
        "recommendation_number": number,
        "recommendation": "The Commissioner should act.",
        "agency": agency,
    }


def test_recommendations_are_one_by_report_and_number_together_and_by_nothing_else() -> None:
    kind = RecordKind.RECOMMENDATION
    first = recommendation("GAO-24-106148", "4")
    assert by(first, recommendation("gao-24-106148", "4", "CBP"), kind) is By.NUMBER
    named = recommendation("GAO-24-106148", "4", "U.S. Customs and Border Protection")
    assert by({**first, "agency": "CBP"}, named, kind) is By.NUMBER
    assert by(first, recommendation("GAO-24-106148", "5"), kind) is None
    assert by(first, recommendation(None, "4"), kind) is None
    assert by(recommendation(None, "4"), recommendation(None, "4"), kind) is None
    assert by({**first, "agency": "TSA"}, recommendation("GAO-24-106148", "4", "CBP"), kind) is None


def test_a_report_is_never_one_with_a_recommendation_of_it() -> None:
    marks = marks_of(RecordKind.RECOMMENDATION, recommendation("GAO-24-106148", "4"))
    assert sameness(marks, marks_of(RecordKind.REPORT, report("GAO-24-106148"))) is None
