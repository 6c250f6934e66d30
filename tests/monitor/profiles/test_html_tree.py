"""Markup that is built to take forever is refused in a sentence; what only looks long is read."""

import ast
import sys
from pathlib import Path

import pytest

from monitor.domain.errors import ParseError
from monitor.domain.types import Outcome, Page
from monitor.profiles.declarative.engine import described
from monitor.profiles.declarative.settings import ProfileSettings
from monitor.profiles.html_tree import tree_of
from monitor.profiles.inference.propose import propose
from monitor.profiles.page_end import ends_whole
from monitor.profiles.parse import parse
from monitor.profiles.registry import PROFILES
from service.demo.fakes.replica import ReplicaSite, rewritten
from tests.checking import Checker
from tests.clock import FrozenClock

LISTING = "/reports/audits-inspections-and-evaluations"
MANY = 1_000_000
NESTED = (
    "div",
    "span",
    "font",
    "b",
    "svg",
    "template",
    "ul><li",
    "table><tr><td",
    "li><dd",
)
REFUSED = "nested or repeated so heavily that parsing it would take too long"
DATA = ("csv", "csv-recommendations", "gao-csv", "json")
FEEDS = ("feed", "gao-reports")


@pytest.mark.parametrize("tags", NESTED)
def test_a_million_elements_in_one_another_are_refused_in_a_sentence(tags: str) -> None:
    with pytest.raises(ParseError, match=REFUSED):
        tree_of(f"<{tags}>" * (MANY // (1 + tags.count("<"))))


@pytest.mark.parametrize(
    "text",
    [
        "<p " + " ".join(f"a{n}=1" for n in range(100_000)) + ">",
        "".join(f"<body a{n}=1>" for n in range(100_000)),
        "<select>" + "<option>x" * 100_000 + "</select>",
        "".join(f"<p><b id={n}>x" for n in range(100_000)),
        "".join(f"<p><font size={n}>x" for n in range(100_000)),
        "<div>" + "<span></div>" * 100_000,
        "<b><div></b>" * 100_000,
        "<div>" * 3_000 + "<p>x" * MANY,
        "<script>'</div>'</script><!-- </div> -->" + "<div title='</div>'>" * 100_000,
    ],
    ids=[
        "attributes",
        "bodies",
        "options",
        "bold",
        "font",
        "stray ends",
        "misnested",
        "wide and deep",
        "hidden",
    ],
)
def test_other_markup_that_takes_forever_is_refused(text: str) -> None:
    with pytest.raises(ParseError, match=REFUSED):
        tree_of(text)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('<p ">', '"'),
        ('<p =">', '"'),
        ("<p a=b'c>", "'"),
        ("<!-->", "-->"),
        ("<!--->", "-->"),
        ("<!-- --!>", "-->"),
        ("<titlex>", "</title>"),
        ("</p '>", "'>"),
        ("<svg><title>", "</title>"),
    ],
)
def test_what_a_browser_does_not_take_for_text_hides_no_depth(before: str, after: str) -> None:
    with pytest.raises(ParseError, match=REFUSED):
        tree_of(f"<html><body>{before}{'<div>' * 60_000}{after}")


@pytest.mark.parametrize("name", ["link", "source", "wbr"])
def test_an_element_that_is_empty_in_html_alone_hides_no_depth(name: str) -> None:
    with pytest.raises(ParseError, match=REFUSED):
        tree_of(f"<svg>{f'<{name}>' * 60_000}")


@pytest.mark.parametrize(
    "text",
    [
        "<table>" + "<tr><td><b>OIG-26-1</b><td><a href=x>A title<td>CBP" * 5_000,
        "<table>" + "<tr><td><b>OIG-26-1<td><font color=red>A title" * 5_000,
        "<ul>" + "<li>One<br>line" * 20_000,
        "<p>A paragraph <b>and a word" * 5_000,
        "<dl>" + "<dt>What<dd>It is" * 10_000,
        "<h2>Heading</h2><p><a name=x>anchor" * 5_000,
        "<select>" + "<option>A year" * 2_000,
        "<svg>" + "<path d='M0 0'/>" * 20_000 + "</svg>",
        "<div><p>x</div>" * 20_000,
        "<script>" + "'<div>'" * 20_000 + "</script>",
        "<!--" + "<div>" * 20_000 + "-->",
        "<textarea>" + "<div>" * 20_000 + "</textarea>",
        "<div>" * 1_000,
        "x" * MANY,
        "<" * MANY,
        "<a href=x>y</a>" * 100_000,
        "<a><table>" * 20_000,
        # Each of these begins what never ends.
        "<script>" * 100_000,
        "<!-- x" * 100_000,
        '<a "x" ' * 100_000,
        "<a b=c " * 100_000,
    ],
    ids=lambda text: text[:30],
)
def test_what_only_looks_long_is_read(text: str) -> None:
    tree_of(text)


def test_nobody_else_makes_a_tree_of_a_page() -> None:
    root = Path(__file__).parents[3]
    makers = {
        path.name
        for folder in ("monitor", "alerts", "service")
        for path in (root / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and "HTMLParser" in ast.unparse(node.func)
    }
    assert makers == {"html_tree.py"}


@pytest.mark.parametrize("name", sorted(PROFILES.keys() - {*DATA, *FEEDS}))
def test_every_profile_that_reads_markup_refuses_a_page_of_endless_depth(
    name: str, clock: FrozenClock
) -> None:
    body = b"<!doctype html><html><body><table>" + b"<div>" * 100_000
    url = "https://www.example.gov/reports"
    page = Page(url, url, body, "0" * 64, clock())
    with pytest.raises(ParseError, match=REFUSED):
        parse(page, name)


@pytest.mark.parametrize("name", FEEDS)
def test_a_feed_of_endless_depth_is_refused_in_a_sentence(name: str, clock: FrozenClock) -> None:
    body = b'<?xml version="1.0"?><rss version="2.0"><channel>' + b"<item>" * 100_000
    page = Page("https://x.gov/feed", "https://x.gov/feed", body, "0" * 64, clock(), content_type="text/xml")
    found = parse(page, name)
    assert not found.records
    assert "nests elements more than 500 deep" in found.problems[0]


def test_no_tree_is_made_of_a_page_that_is_just_too_deep() -> None:
    with pytest.raises(ParseError, match=REFUSED):
        tree_of("<html><body>" + "<div>" * 5_000)


def test_no_profile_is_proposed_for_a_page_of_endless_depth() -> None:
    with pytest.raises(ParseError, match=REFUSED):
        propose("<html><body>" + "<div>" * 80_000, "https://www.example.gov/")


@pytest.mark.sqlite
def test_a_page_of_endless_depth_is_set_aside(site: ReplicaSite, checker: Checker) -> None:
    checker.check(site.url(LISTING))
    site.faults[LISTING] = rewritten(lambda page: page.replace("<tbody>", "<tbody>" + "<div>" * 50_000))
    settled = checker.check(site.url(LISTING))
    assert settled.outcome is Outcome.QUARANTINED
    assert REFUSED in settled.reasons[0]


@pytest.mark.parametrize(
    "text",
    [
        "<ul>" + "".join(f"<li><a href='/r/{i}'>Report {i}</a></li>" for i in range(50_000)) + "</ul>",
        "<table>" + ("<tr>" + "<td>x</td>" * 5_000 + "</tr>") * 20 + "</table>",
        ",".join(f"c{number}" for number in range(100_000)) + "\n" + "x," * 100_000,
    ],
    ids=["items", "cells", "columns"],
)
def test_no_profile_is_drafted_from_a_page_that_is_far_too_large(text: str) -> None:
    with pytest.raises(ParseError, match="is too large to draft a profile from"):
        propose(text if "," in text[:9] else f"<html><body>{text}", "https://www.example.gov/")


def test_a_draft_is_made_of_a_list_in_hundreds_of_nested_tables() -> None:
    rows = "".join(f"<tr><td>OIG-24-{i:02}</td><td>Report {i} on <a>things</a></td></tr>" for i in range(40))
    page = f"<html><body>{'<table><tr><td>' * 200}<table>{rows}</table>{'</td></tr></table>' * 200}"
    assert propose(page, "https://www.example.gov/").parse.records


@pytest.mark.parametrize(
    "words",
    [f"{'<table><tr><td>' * 500}x{'</table>' * 500}", f"<p>{'1' * 400_000}</p>"],
    ids=["tables", "digits"],
)
def test_a_draft_is_made_beside_what_repeats_for_long(words: str) -> None:
    rows = "".join(f"<li><a href='/r/{i}'>Report {i} on travel</a> OIG-24-{i:02}</li>" for i in range(40))
    page = f"<html><body>{words}<ul>{rows}</ul></body></html>"
    assert len(propose(page, "https://www.example.gov/").parse.records) == 40


@pytest.mark.parametrize("again", ["<!--", "<script>", "<script ", "<p 'x", '<p "x" '])
def test_what_never_ends_is_looked_through_once(again: str) -> None:
    assert ends_whole(f"<html><body><p>x</p></body></html>{again * 100_000}>")


def test_a_flat_page_of_half_a_million_tags_is_refused_in_a_sentence() -> None:
    row = "<tr><td>OIG-24-01</td><td><a href=/r>A report</a></td></tr>"
    with pytest.raises(ParseError, match=REFUSED):
        PROFILES["table"].parse(f"<html><table>{row * 60_000}</table>", "https://www.example.gov/")


def test_of_a_file_with_far_too_many_rows_the_first_are_read_and_the_rest_is_reported() -> None:
    found = PROFILES["csv"].parse("Title,Number\n" + "A report,OIG-24-01\n" * 50_002, "x")
    assert len(found.records) == 50_000
    assert not found.complete
    assert found.problems == ("The page has 50,002 rows; those after the first 50,000 were not read.",)


def test_what_all_rows_share_is_read_once() -> None:
    page = "<html><main>" + "<li><b>A report</b></li>" * 2_000 + "</main></html>"
    fields = {"title": {"css": "b"}, "abstract": {"page": "main"}}
    settings = {"describes": "x", "kind": "report", "rows": "li", "fields": fields}
    records = described("own", ProfileSettings.model_validate(settings)).parse(page, "x").records
    assert len({id(record.fields["abstract"]) for record in records}) == 1


@pytest.mark.parametrize("profile", ["hhs-oig-tracker", "va-oig"])
def test_twice_as_many_parts_of_a_line_are_twice_the_work(profile: str) -> None:
    steps = [calls(profile, "<button>Load more</button>" * parts) for parts in (200, 400)]
    assert steps[1] < 3 * steps[0]


def calls(profile: str, body: str) -> int:
    """Return how many calls of Python functions it takes to read a page."""
    counted: list[str] = []
    sys.setprofile(lambda _frame, event, _argument: counted.append(event))
    try:
        PROFILES[profile].parse(f"<html><body><main>{body}</main></body></html>", "https://www.example.gov/")
    finally:
        sys.setprofile(None)
    return counted.count("call")


def test_a_page_of_the_web_is_no_feed() -> None:
    page = "<html><body>" + "<a href=/r>A channel of rss</a>" * 1_000 + "</body></html>"
    found = PROFILES["feed"].parse(page, "https://www.example.gov/")
    assert found.problems == ("The page is not an RSS or Atom feed.",)


def test_a_feed_of_far_too_many_entries_is_not_read() -> None:
    entries = "<item><title>A</title></item>" * 5_001
    found = PROFILES["feed"].parse(f"<?xml version='1.0'?><rss><channel>{entries}</channel></rss>", "x")
    assert found.records == ()
    assert found.problems == ("The feed has 5,001 entries; one of more than 5,000 is not read.",)


@pytest.mark.parametrize("profile", ["dhs-oig", "table"])
def test_each_row_of_tables_in_tables_is_read_once(profile: str) -> None:
    page, deep, rows = "", 30, 20
    for level in range(deep):
        lines = "".join(
            f"<tr><td>OIG-26-{level * rows + n}</td><td>Audit</td><td>03/02/2026</td></tr>"
            for n in range(rows)
        )
        head = "<tr><th>Report Number</th><th>Title</th><th>Date Issued</th></tr>"
        page = f"<table>{head}{lines}<tr><td colspan='3'>{page}</td></tr></table>"
    found = PROFILES[profile].parse(f"<!doctype html><body>{page}</body></html>", "https://x.gov/list")
    assert len(found.records) == deep * rows
