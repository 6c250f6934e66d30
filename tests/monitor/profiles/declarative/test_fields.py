"""What a described profile makes of the words of a field."""

import pytest

from monitor.domain.types import Parse
from monitor.profiles.registry import PROFILES

HEAD = "Report Title,Report Number,Recommendation,Status,Date Issued,Topics,Director"


def read(row: str) -> Parse:
    text = f"{HEAD}\nWidget Counts,GAO-24-900001,Count. (Recommendation 4),Open,{row}\n"
    return PROFILES["csv-recommendations"].parse(text, "file:///widgets.csv")


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ("Avery Example", "Avery Example"),
        ("Avery Example (202) 555-0101", "Avery Example"),
        ("Avery Example, (202) 555-0101 and (202)555-0103", "Avery Example"),
        ("Avery Example, Phone: 202-555-0101 ext. 12", "Avery Example"),
        ("Avery Example at (202) 555-0101 or examplea@gao.example", "Avery Example"),
        ("Robert A. Officer III", "Robert A. Officer III"),
        ("(202) 555-0101", None),
        ("", None),
    ],
)
def test_a_director_is_a_name_and_never_a_number(cell: str, name: str | None) -> None:
    (record,) = read(f'2024-05-13,,"{cell}"').records
    assert record.fields["director"] == name
    assert "555" not in str(record.fields)


@pytest.mark.parametrize(
    ("cell", "topics"),
    [
        ("Information Technology, Law Enforcement", ["Information Technology", "Law Enforcement"]),
        ("Budget, Taxes and Fees; Housing", ["Budget, Taxes and Fees", "Housing"]),
        ("Housing|Housing", ["Housing"]),
        ("Housing", ["Housing"]),
        (" , ", None),
    ],
)
def test_topics_are_a_list(cell: str, topics: list[str] | None) -> None:
    (record,) = read(f'"May 13, 2024","{cell}",').records
    assert record.fields["topics"] == topics
    assert record.fields["issue_date"] == "2024-05-13"


def test_a_feed_gives_its_tags_as_topics() -> None:
    item = "<item><title>Widgets</title><link>https://www.gao.gov/products/gao-24-900001</link>{}</item>"
    tags = "<category>Housing</category><category>National Defense</category>"
    items = item.format(tags) + item.format("")
    feed = f'<rss version="2.0"><channel><title>Reports</title>{items}</channel></rss>'
    first, second = PROFILES["gao-reports"].parse(feed, "https://www.gao.gov/rss/reports.xml").records
    assert (first.fields["topics"], second.fields["topics"]) == (["Housing", "National Defense"], None)
