"""A product page of GAO is complete only where it shows what its own headings count."""

from pathlib import Path

import pytest

from monitor.profiles.builtin.gao import parse

PAGE = (Path(__file__).parents[2] / "pages" / "gao-product.html").read_text(encoding="utf-8")
URL = "https://www.gao.gov/products/gao-23-105711"
HEADING = "<h2>Recommendations for Executive Action</h2>"


@pytest.mark.parametrize(
    ("headings", "counted"),
    [
        (HEADING, None),
        ("<h2>Recommendations for Executive Action (2)</h2>", None),
        ("<h2>Recommendations for Executive Action (1)</h2>", None),  # one to two agencies has two rows
        ("<h2>Recommendations for Executive Action (5)</h2>", 5),
        (f"<h2>Recommendations (3)</h2>{HEADING}", 3),
        ("<h2>Recommendations (3 total)</h2><h3>Recommendations for Executive Action (2)</h3>", 3),
        (
            "<h2>Matters for Congress (1)</h2><h2>Recommendations for Executive Action (2)</h2>",
            3,
        ),
        ("<h2>Recommendations for Executive Action (2)</h2><h2>Related Recommendations (9)</h2>", None),
    ],
)
def test_a_product_page_with_fewer_rows_than_its_headings_count_is_incomplete(
    headings: str, counted: int | None
) -> None:
    found = parse(PAGE.replace(HEADING, headings), URL)
    assert len(found.records) == 2
    assert found.declared_total == counted
    assert found.complete is (counted is None)
    assert any(
        f"count {counted} recommendations, and 2 could be read" in one for one in found.problems
    ) is bool(counted)


def test_a_count_without_any_row_is_no_page_without_recommendations() -> None:
    begin, end = PAGE.index("<table"), PAGE.index("</table>")
    found = parse(
        PAGE.replace(PAGE[begin : end + len("</table>")], "").replace(
            HEADING, "<h2>Recommendations (4)</h2>"
        ),
        URL,
    )
    assert not found.says_empty
    assert not found.complete
