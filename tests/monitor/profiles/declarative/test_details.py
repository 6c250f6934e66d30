"""What follows a row and belongs to it, and the words over a column."""

from monitor.profiles.declarative.engine import described
from monitor.profiles.declarative.settings import ProfileSettings
from monitor.profiles.registry import PROFILES
from tests.monitor.profiles.page_shapes import page

URL = "https://oig.example.gov/reports"


def test_details_are_all_elements_up_to_the_next_row() -> None:
    settings = ProfileSettings.model_validate(
        {
            "describes": "a list",
            "kind": "report",
            "rows": "dt",
            "details": "dd",
            "fields": {
                "title": {"css": "dt"},
                "report_number": {"css": "dt + dd"},
                "issue_date": {"css": "dt + dd + dd"},
            },
        }
    )
    rows = "<dt>Gates</dt><dd>A-24-1</dd><dd>05/01/2024</dd><dt>Locks</dt><dd>A-24-2</dd>"
    found = described("mine", settings).parse(page(f"<dl>{rows}</dl>"), URL)
    read = [(one.fields["report_number"], one.fields["issue_date"]) for one in found.records]
    assert read == [("A-24-1", "2024-05-01"), ("A-24-2", None)]


def test_a_row_of_one_cell_below_the_headings_names_no_column() -> None:
    head = "<tr><th>Report Title</th><th>Report Number</th></tr>"
    over = "<tr><th colspan=2>Fiscal Year 2024</th></tr>"
    text = page(f"<table>{head}{over}<tr><td>Gates at the Border</td><td>A-24-1</td></tr></table>")
    (record,) = PROFILES["table"].parse(text, URL).records
    assert (record.fields["title"], record.fields["report_number"]) == ("Gates at the Border", "A-24-1")
