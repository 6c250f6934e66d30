"""Pages whose markup nobody could confirm: being wrong about them shows, and makes no records."""

import shutil
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from alerts.language.change import shown
from alerts.language.headlines import publisher
from monitor.domain.errors import ParseError
from monitor.domain.types import Outcome, RecordKind
from monitor.profiles.parse import recognized
from tests.checking import Checker

PAGES = Path(__file__).parents[2] / "pages"
STRANGE = (
    "# {address}\n<!DOCTYPE html><html><head><title>Recommendations</title></head><body><main>"
    "<h1>Recommendations</h1><div class='card'><p>The agency should act.</p><span>Open</span></div>"
    "<div class='card'><p>The agency should rest.</p><span>Closed</span></div></main></body></html>"
)


@pytest.mark.sqlite  # it is about pages
@pytest.mark.parametrize(
    ("profile", "address", "said"),
    [
        (None, "https://www.oversight.gov/reports/recommendations", "No profile recognizes the page"),
        (
            "oversight-gov-report",
            "https://www.oversight.gov/reports/recommendations",
            "Nothing on the page fits 'div.view-report-recommendations tbody tr:has",
        ),
        ("oversight-gov", "https://www.oversight.gov/reports/federal", "Nothing on the page fits 'table."),
        (
            "table-recommendations",
            "https://www.oversight.gov/reports/recommendations",
            "Nothing on the page is a table with the headings that it looks for",
        ),
        (
            None,
            "https://oig.hhs.gov/reports/recommendations/tracker/?page=1",
            "No line of the page begins with the id of a recommendation, such as 25-E-05-040.01.",
        ),
        (None, "https://www.vaoig.gov/reports/all", "no line begins with No. 1"),
        (None, "https://www.gao.gov/agencies/coast-guard", "columns Agency, Recommendation, Status"),
    ],
)
def test_a_page_in_another_markup_is_set_aside_with_what_was_looked_for(
    checker: Checker, tmp_path: Path, profile: str | None, address: str, said: str
) -> None:
    page = tmp_path / "page.html"
    page.write_text(STRANGE.format(address=address))
    settled = checker.check(str(page), profile=profile)
    assert (settled.outcome, settled.rows) == (Outcome.QUARANTINED, 0)
    assert said in " ".join(settled.reasons)
    assert checker.changes() == []


@pytest.mark.sqlite  # it is about pages
def test_a_csv_with_other_headings_names_those_that_it_lacks(checker: Checker, tmp_path: Path) -> None:
    page = tmp_path / "export.csv"
    page.write_text("Ref,Words,State\nGAO-24-1,Act.,Open\n")
    settled = checker.check(str(page), profile="gao-csv")
    assert settled.outcome is Outcome.QUARANTINED
    assert "does not have the columns Publication Name, Publication Number" in settled.reasons[0]


@pytest.mark.sqlite  # it is about pages
def test_a_folder_of_pages_dropped_in_by_hand_is_one_source(checker: Checker, tmp_path: Path) -> None:
    for page in (PAGES / "gao-recommendations").glob("[ap]*.html"):
        shutil.copy(page, tmp_path)
    settled = checker.check(str(tmp_path))
    assert (settled.outcome, settled.rows) == (Outcome.BASELINE, 5)
    page = tmp_path / "product-with-matters.html"
    page.write_text(page.read_text().replace('"code">Open<', '"code">Closed – Implemented<'))
    checker.check(str(tmp_path))
    (change,) = checker.changes()
    assert change.record_key == "GAO-23-105431 matter 1"
    assert (
        shown(change, (), (), ZoneInfo("UTC")).what
        == "GAO closed a recommendation to Congress as implemented"
    )


def test_every_change_of_a_page_without_rows_is_told_as_one_of_its_text(
    checker: Checker, tmp_path: Path
) -> None:
    page = tmp_path / "compendium.html"
    shutil.copy(PAGES / "page" / "compendium.html", page)
    assert checker.check(str(page), "epa-compendium", profile="page").rows == 1
    page.write_text(page.read_text().replace("89 open", "91 open").replace("Monday", "Tuesday"))
    checker.check(str(page), "epa-compendium", profile="page")
    (change,) = checker.changes()
    said = shown(change, (), (), ZoneInfo("UTC"))
    assert said.what == (
        "epa-compendium revised the text of Compendium of Open and Unresolved Recommendations"
    )
    (difference,) = said.differences
    assert difference.label == "Text"
    assert [part.text for part in difference.segments if part.kind != "same"] == ["89", "91"]


@pytest.mark.sqlite  # it is about pages
def test_a_foot_that_changes_daily_is_no_change_of_a_page(checker: Checker, tmp_path: Path) -> None:
    page = tmp_path / "compendium.html"
    shutil.copy(PAGES / "page" / "compendium.html", page)
    checker.check(str(page), profile="page")
    page.write_text(page.read_text().replace("Monday", "Tuesday"))
    assert checker.check(str(page), profile="page").outcome is Outcome.UNCHANGED


@pytest.mark.sqlite  # it is about pages
def test_recommendations_of_other_offices_are_not_called_gaos(checker: Checker, tmp_path: Path) -> None:
    page = tmp_path / "reports.html"
    shutil.copy(PAGES / "va-oig" / "reports-all.html", page)
    checker.check(str(page), "va-oig", profile="va-oig")
    page.write_text(
        page.read_text().replace(
            '<img src="/o.svg" alt="Open Recommendation Image, Square"> to',
            '<img alt="Closed and Implemented Recommendation Image, Checkmark"> to',
        )
    )
    checker.check(str(page), "va-oig", profile="va-oig")
    (change,) = checker.changes()
    said = shown(change, (), (), ZoneInfo("UTC"))
    assert said.what == "va-oig closed a VHA recommendation as implemented"


@pytest.mark.parametrize(
    ("fields", "who"),
    [
        ({"report_number": "OIG-26-18"}, "DHS OIG"),
        ({"report_number": "OIG-26-18", "url": "https://www.oig.dhs.gov/a.pdf"}, "DHS OIG"),
        ({"report_number": "OIG-24-012", "url": "https://www.oversight.gov/reports/audit/x"}, "treasury"),
        ({"report_number": "DODIG-2026-091"}, "treasury"),
        ({"report_title": "Boats"}, "GAO"),
    ],
)
def test_a_publisher_is_named_only_where_number_and_address_allow_it(
    fields: dict[str, str], who: str
) -> None:
    assert publisher(fields, RecordKind.RECOMMENDATION, "treasury") == who


@pytest.mark.parametrize(
    ("page", "said"),
    [
        (
            "<p>Report Number</p><p>Title</p><p>Issue Date</p>" + "<p>x</p>" * 10_000,
            "The nearest is 'dhs-oig', for report listings of the DHS Office of Inspector General: the page"
            " has 3 of its 4 columns (Report Number, Title, Issue Date). If it fits, write profile: dhs-oig.",
        ),
        (
            "<html><body><nav><li>Agency</li><li>Topics</li></nav><p>Entitled to a summary of the report</p>"
            "<table><tr><th>Report<br>No.</th><th><a>Title</a> <i>Sort ascending</i></th><th>FY</th>",
            "the page has 3 of its 7 columns (Report Number, Title, Fiscal Year)",
        ),
        ("<p>Nothing like it</p>", "Draft one for it: oversight-watch sources new ADDRESS."),
    ],
)
def test_a_page_that_no_profile_recognizes_is_reported_briefly_with_the_nearest_one(
    page: str, said: str
) -> None:
    with pytest.raises(ParseError) as raised:
        recognized(page, "https://www.example.gov/" + "x" * 2_000)
    assert said in str(raised.value)
    assert len(str(raised.value)) < 600
