"""Conditions on the record itself: agencies by any name, fiscal years, ages and priority, never guessed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from alerts.domain.settings import TopicSettings
from alerts.topics.candidate import Candidate
from alerts.topics.index import Against, TopicIndex
from alerts.topics.terms import parse_term
from monitor.domain.types import ChangeKind

SEEN = datetime(2026, 3, 2, tzinfo=UTC)


def finds(term: str, *, first_seen: datetime | None = SEEN, **fields: Any) -> tuple[str, ...] | None:
    index = TopicIndex({"it": TopicSettings.model_validate({"match": {"any": [term]}})})
    found = index.matches(Candidate(ChangeKind.NEW_REPORT, "s", fields, {}, SEEN, first_seen))
    return found[0].words if found else None


@pytest.mark.parametrize(
    ("term", "agency", "found"),
    [
        ("agency:CBP", "U.S. Customs and Border Protection", True),
        ("agency:CBP", "United States Customs and Border Protection", True),
        ("agency:CBP", "CBP", True),
        ("agency:cbp", "Customs and Border Protection", True),
        ('agency:"Customs and Border Protection"', "CBP", True),
        ("agency:U.S. Customs and Border Protection", "CBP; ICE", True),
        ("agency:USCG", "Coast Guard", True),
        ("agency:Coast Guard", "United States Coast Guard", True),
        ("agency:CBP", "U.S. Immigration and Customs Enforcement", False),
        ("agency:customs*", "CBP", False),
        ("agency:Library of Congress", "Library of Congress", True),
    ],
)
def test_an_agency_is_found_under_any_of_its_names(term: str, agency: str, found: bool) -> None:
    assert finds(term, agency=agency) == ((agency.removesuffix("; ICE"),) if found else None)


def test_a_title_that_names_an_agency_is_not_addressed_to_it() -> None:
    assert finds("agency:CBP", title="U.S. Customs and Border Protection") is None


@pytest.mark.parametrize(
    ("term", "fields", "found"),
    [
        ("fy:2024", {"fiscal_year": "2024"}, True),
        ("fy:24", {"fiscal_year": 2024}, True),
        ("fy:FY2024", {"fiscal_year": "FY 2024"}, True),
        ("fy:2020-2024", {"fiscal_year": "2020"}, True),
        ("fy:2020-2024", {"fiscal_year": "2025"}, False),
        ("fy:>=2022", {"fiscal_year": "2022"}, True),
        ("fy:>2022", {"fiscal_year": "2022"}, False),
        ("fy:<2022", {"fiscal_year": "2021"}, True),
        ("fy:<=2022", {"fiscal_year": "2023"}, False),
        ("fy:2024", {"issue_date": "2023-10-01"}, True),
        ("fy:2024", {"issue_date": "2024-09"}, True),
        ("fy:2024", {"issue_date": "2024"}, False),
        ("fy:2025", {"issue_date": "2024"}, False),
        ("fy:2024", {"report_number": "GAO-24-106148"}, True),
        ("fy:2024", {"report_number": "OIG-24-01", "issue_date": "2024"}, False),
        ("fy:2024", {"report_number": "A-24-1"}, False),
        ("fy:2024", {"issue_date": "soon"}, False),
        ("fy:2024", {}, False),
    ],
)
def test_a_fiscal_year_is_the_stated_one_else_the_one_the_date_or_number_proves(
    term: str, fields: dict[str, Any], found: bool
) -> None:
    assert (finds(term, **fields) is not None) is found


@pytest.mark.parametrize(
    ("term", "fields", "first_seen", "found"),
    [
        ("age:>2y", {"issue_date": "2024-02-27"}, SEEN, True),
        ("age:>2y", {"issue_date": "2024-03-05"}, SEEN, False),
        ("age:>2y", {"issue_date": "2024-03"}, SEEN, False),
        ("age:>2y", {"issue_date": "2024-02"}, SEEN, True),
        ("age:>2y", {"fiscal_year": "2023"}, SEEN, True),
        ("age:>2y", {"fiscal_year": "2024"}, SEEN, False),
        ("age:>2y", {"report_number": "GAO-23-1"}, SEEN, True),
        ("age:>2y", {}, SEEN - timedelta(days=900), True),
        ("age:>2y", {}, SEEN - timedelta(days=600), False),
        ("age:>2y", {"issue_date": "2024-12"}, SEEN - timedelta(days=900), True),
        ("age:>=4w", {"issue_date": "2026-02-02"}, SEEN, True),
        ("age:>4w", {"issue_date": "2026-02-02"}, SEEN, False),
        ("age:<=28d", {"issue_date": "2026-02-02"}, SEEN, True),
        ("age:<28d", {"issue_date": "2026-02-02"}, SEEN, False),
        ("age:<90d", {"issue_date": "2026-02"}, SEEN, True),
        ("age:<90d", {}, SEEN, False),
        ("age:<1y", {"fiscal_year": "2026"}, SEEN, True),
    ],
)
def test_an_age_holds_only_where_every_date_that_is_possible_agrees(
    term: str, fields: dict[str, Any], first_seen: datetime, found: bool
) -> None:
    assert (finds(term, first_seen=first_seen, **fields) is not None) is found


def test_conditions_say_what_speaks_for_a_record() -> None:
    assert finds("age:>2y", issue_date="2020") == ("over 2 years old",)
    assert finds("age:<1w", issue_date="2026-03-01") == ("under 1 week old",)
    assert finds("fy:2020-2024", fiscal_year="2021") == ("fiscal year 2021",)
    assert finds("priority:yes", priority=True) == ("priority",)
    assert finds("priority:yes", priority=False) is finds("priority:yes", title="priority yes") is None


@pytest.mark.parametrize(
    ("term", "sentence"),
    [
        ("agncy:CBP", "'agncy' is not a field; did you mean 'agency'?"),
        ("priorty:yes", "'priorty' is not a field; did you mean 'priority'?"),
        ("kind:new_report", "'kind' is not a field: kinds of change are named under 'on'"),
        ("source:cbp-gao", "'source' is not a field: sources are named under 'sources'"),
        ("fy:soon", "fy:soon names no fiscal year; write fy:2024, fy:2020-2024, fy:>=2022 or fy:<2020"),
        ("fy:2024-2020", "fy:2024-2020 ends before it begins; write fy:2020-2024"),
        ("age:2y", "age:2y is not an age; write age:>2y, age:>=26w or age:<90d (d days, w weeks, y years)"),
        ("age:>2m", "age:>2m is not an age; write age:>2y, age:>=26w or age:<90d (d days, w weeks, y years)"),
        ("priority:no", "priority:no cannot be asked; write priority:yes, or put that under 'none'"),
    ],
)
def test_a_condition_that_cannot_be_understood_is_refused_with_a_sentence(term: str, sentence: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse_term(term)
    assert str(caught.value) == sentence


def test_a_condition_narrows_what_words_find_and_can_exclude() -> None:
    match = {"all": ["wall", "fy:2024"], "none": ["priority:yes"]}
    index = TopicIndex({"it": TopicSettings.model_validate({"match": match})})
    fields = {"title": "Border wall", "fiscal_year": "2024"}
    said = [
        index.verdicts(Candidate(ChangeKind.NEW_REPORT, "s", {**fields, **more}))[0]
        for more in ({}, {"fiscal_year": "2023"}, {"priority": True})
    ]
    assert [verdict.matches for verdict in said] == [True, False, False]
    assert said[0].words == ("wall", "fiscal year 2024")
    assert said[1].missing == ("fy:2024",)
    assert said[2].against == (Against("priority:yes", "priority", "priority"),)


@pytest.mark.parametrize(
    ("term", "found"),
    [
        ('topic:"Homeland Security"', ("Homeland Security",)),
        ("topic:homeland", ("Homeland",)),
        ('topic:"security justice"', None),  # no phrase runs from one topic into the next
        ("homeland", None),  # topics are only asked for by name
        ("director:example", ("Example",)),
        ('director:"Avery Example"', ("Avery Example",)),
        ("director:sample", None),
    ],
)
def test_topics_and_the_director_are_found_where_a_term_names_them(
    term: str, found: tuple[str, ...] | None
) -> None:
    assert finds(term, topics=["Homeland Security", "Justice"], director="Avery Example") == found


def test_the_date_of_its_report_gives_a_recommendation_its_year_and_age() -> None:
    assert finds("fy:2025", report_number="B-1", issue_date="2024-10-01") == ("fiscal year 2025",)
    assert finds("age:>1y", first_seen=None, issue_date="2020-01-01")
