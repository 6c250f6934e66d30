"""Read GAO's open recommendations: agency, topic, database and product pages, as HTML or saved text.

One recommendation is one record. Most pages show only a part of their list, so the stated total is kept
beside the records.
"""

from collections.abc import Mapping
from typing import Any

from monitor.domain.identity import report_id
from monitor.domain.settings import Expectations
from monitor.domain.types import Parse, RecordKind
from monitor.profiles.builtin.gao_fields import SITE, is_ours, on_site, product_number
from monitor.profiles.builtin.gao_html import COLUMNS, parse_html
from monitor.profiles.builtin.gao_labelled import is_labelled
from monitor.profiles.builtin.gao_text import is_header, parse_text
from monitor.profiles.markup import is_markup, split_address, split_url
from monitor.profiles.profile import Profile

NAME = "gao-recommendations"
_PATHS = (
    "/agencies/",
    "/topics/",
    "/products/",
    "/recommendations",
    "/reports-testimonies/recommendations-database",
)


def is_of(url: str) -> bool:
    """Return whether an address is that of a GAO page that lists recommendations."""
    return is_ours(url) and split_url(url)[2].startswith(_PATHS)


def recognizes(text: str, url: str) -> bool:
    """Return whether a page is a GAO page that lists recommendations, by its address or by its tables."""
    text, url = split_address(text, url)
    if is_of(url):
        return True
    if is_markup(text):
        return "views-field-field-recommendation" in text or "view--recommendations--block" in text
    return any(is_header(line) or is_labelled(line) for line in text.split("\n"))


def parse(text: str, url: str) -> Parse:
    """Return what a page shows; never raises, and returns no record for a page of another kind."""
    text, url = split_address(text, url)
    return parse_html(NAME, text, url) if is_markup(text) else parse_text(NAME, text, url)


def follow_up_url(fields: Mapping[str, Any]) -> str | None:
    """Return the product page that shows a recommendation's status, or None where it is unknown."""
    url = fields.get("url")
    if url and product_number(url):
        return on_site(url)
    number = report_id(fields.get("report_number"))
    return f"{SITE}/products/{number.lower()}" if number else None


PROFILE = Profile(
    name=NAME,
    version=7,
    kind=RecordKind.RECOMMENDATION,
    describes="GAO's agency, topic, product and database pages that list recommendations",
    recognizes=recognizes,
    parse=parse,
    follow_up_url=follow_up_url,
    columns=COLUMNS,
    required=("report_title", "recommendation"),
    is_of=is_of,
    expect=Expectations.model_validate(
        {
            "filled": {"status": "50%", "agency": "25%"},
            "why": "each row names its agency and its status, except matters for Congress",
        }
    ),
)
