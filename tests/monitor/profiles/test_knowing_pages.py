"""Which profile a page belongs to, and what is said of one that belongs to none."""

import random
from email.message import EmailMessage
from pathlib import Path

import pytest

from monitor.domain.errors import OversightError, ParseError
from monitor.domain.types import Outcome
from monitor.fetch.file_kinds import kind_of
from monitor.profiles.parse import recognized
from monitor.profiles.registry import PROFILES
from tests.checking import Checker

PAGES = Path(__file__).parents[2] / "pages"
LISTING = (
    "<table><tr><th>Report Number</th><th>Title</th></tr><tr><td>OIG-26-01</td><td>Gates</td></tr></table>"
)


@pytest.mark.parametrize(
    "said",
    [
        '<link rel="canonical" href="https://www.oig.dhs.gov/reports/management-alerts">',
        '<meta property="og:url" content="https://www.oig.dhs.gov/reports/management-alerts">',
        "<!-- saved from url=(0051)https://www.oig.dhs.gov/reports/management-alerts -->",
        '<meta name="savepage-url" content="https://www.oig.dhs.gov/reports/management-alerts">',
    ],
)
def test_a_saved_page_is_known_by_the_address_that_it_states(
    said: str, checker: Checker, tmp_path: Path
) -> None:
    page = tmp_path / "saved.html"
    page.write_text(f"<!doctype html><html><head>{said}</head><body><main>{LISTING}</main></body></html>")
    assert checker.check(str(page)).outcome is Outcome.QUARANTINED  # it lacks two columns of this listing
    page.write_text(
        page.read_text().replace("</th></tr>", "</th><th>Issue Date</th><th>Fiscal Year</th></tr>")
    )
    settled = checker.check(str(page))
    assert (settled.outcome, settled.rows) == (Outcome.BASELINE, 1)


@pytest.mark.parametrize("address", ["https://www.oig.dhs.gov/reports/management-alerts", "https://x.gov/"])
def test_a_saved_page_is_no_answer_of_another_site(address: str, checker: Checker, tmp_path: Path) -> None:
    page = tmp_path / "saved.html"
    text = f"<!doctype html><html><body><main>{LISTING}</main></body></html>"
    page.write_text(text)
    assert checker.check(str(page), profile="table").outcome is Outcome.BASELINE
    message = EmailMessage()
    message["Snapshot-Content-Location"] = address
    message.set_content(text.replace("Gates", "Gates at Sea"), subtype="html")
    message.make_related()
    page.write_bytes(bytes(message))
    settled = checker.check(str(page), profile="table")
    assert (settled.outcome, settled.rows) == (Outcome.CHANGED, 1)


def test_the_address_of_a_page_counts_more_than_its_looks() -> None:
    looks_like_dhs = "<td class=views-field-field-report-number></td><td class=views-field-title></td>"
    tracker = "https://oig.hhs.gov/reports/recommendations/tracker/"
    assert recognized(looks_like_dhs, tracker, PROFILES).name == "hhs-oig-tracker"
    assert recognized(looks_like_dhs, "file:///x.html", PROFILES).name == "dhs-oig"


@pytest.mark.parametrize(
    ("text", "looks", "to_do"),
    [
        (
            "<html><title>Cakes</title><body><table></table></body></html>",
            "an HTML page called 'Cakes' with 1",
            "",
        ),
        ('{"cakes": []}', "JSON, not a page", "Write profile: json."),
        ("Name,Day,Size\nA,B,C\n", "a CSV file with the headings Name, Day, Size", "Write profile: csv."),
        ("<?xml version='1.0'?><urlset></urlset>", "XML, not a page", ""),
        ("Cake is good.", "text that begins with 'Cake is good.'", ""),
    ],
)
def test_an_unknown_page_is_described_in_two_lines(text: str, looks: str, to_do: str) -> None:
    with pytest.raises(ParseError) as raised:
        recognized(text, "https://www.example.gov/x")
    first, second = str(raised.value).split("\n")
    assert looks in first
    assert second.startswith(to_do or "Draft one for it")
    assert len(first) < 400


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (b"%PDF-1.7", "a PDF"),
        (b"\x89PNG\r\n", "an image (PNG)"),
        (b"\xff\xd8\xff\xe0", "an image (JPEG)"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "an image, a sound or a video"),
        (b"<?xml version='1.0'?><svg xmlns='x'/>", "an image, a sound or a video"),
        (b"PK\x03\x04 word/document.xml", "a Word file"),
        (b"PK\x03\x04 xl/workbook.xml", "an Excel file"),
        (b"PK\x03\x04 other", "a ZIP file"),
        (b"\xd0\xcf\x11\xe0", "an Office file (Word, Excel or PowerPoint)"),
        (b" \n", "an empty file"),
        (bytes(range(256)) * 4, "a binary file"),
        (b"BM is the title of this text", None),
        (b"A text with one \0 in it", None),
        ("Gates".encode("utf-16"), "a binary file"),
    ],
)
def test_a_file_that_is_no_page_is_named(body: bytes, what: str | None) -> None:
    assert kind_of(body) == what
    assert kind_of("Gates".encode("utf-16"), "utf-16") is None


@pytest.mark.sqlite  # it is about pages
def test_json_given_to_a_profile_of_pages_is_named(checker: Checker, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text('{"cakes": [1]}')
    settled = checker.check(str(page), profile="table")
    assert settled.outcome is Outcome.QUARANTINED
    assert any("This is JSON, not a page" in reason for reason in settled.reasons)


PRODUCT = (
    "<!doctype html><html><head><link rel=canonical href='https://www.gao.gov/products/gao-26-100'></head><body>"
    "<nav>Jump To: Recommendations</nav><main><h1>Ports: <span>Dig</span></h1><h2>Highlights</h2>"
    "{}</main></body></html>"
)


@pytest.mark.sqlite  # it is about pages
@pytest.mark.parametrize(
    ("more", "outcome"),
    [
        ("", Outcome.BASELINE),
        ("<h2>Recommendations</h2><p>GAO is not making any recommendations.</p>", Outcome.BASELINE),
        ("<h2>Recommendations for Executive Action</h2><div>In a new layout</div>", Outcome.QUARANTINED),
    ],
)
def test_a_product_without_recommendations_is_a_good_page(
    more: str, outcome: Outcome, checker: Checker, tmp_path: Path
) -> None:
    page = tmp_path / "product.html"
    page.write_text(PRODUCT.format(more))
    settled = checker.check(str(page))
    assert (settled.outcome, settled.complete) == (outcome, False)


@pytest.mark.sqlite  # it is about pages
def test_any_damaged_file_gives_a_sentence_and_records_nothing_false(
    checker: Checker, tmp_path: Path
) -> None:
    whole = (PAGES / "dhs-oig" / "management-alerts.html").read_bytes()
    page, places = tmp_path / "page.html", random.Random(5)
    page.write_bytes(whole)
    checker.check(str(page))
    for _ in range(20):
        at, much = places.randrange(len(whole)), places.randrange(1, 4000)
        page.write_bytes(whole[:at] + places.randbytes(much) + whole[at + much :])
        settled = checker.check(str(page))
        assert settled.reasons or settled.outcome in (Outcome.UNCHANGED, Outcome.CHANGED)
        assert all(
            "Traceback" not in reason and "fault of this program" not in reason for reason in settled.reasons
        )
    for body in (b"", b"\0" * 500, b"%PDF-1", b"<", b"<html", b"PK\x03\x04", b"\xff\xfe"):
        page.write_bytes(body)
        settled = checker.check(str(page))
        assert settled.outcome in (Outcome.FAILED, Outcome.QUARANTINED)
        assert settled.reasons


def test_no_error_about_a_page_is_long() -> None:
    with pytest.raises(OversightError) as raised:
        recognized("x" * 100_000, "https://www.example.gov/" + "y" * 5000)
    assert len(str(raised.value)) < 700
