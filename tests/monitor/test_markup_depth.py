"""Markup that is built to take forever is refused in a sentence; what only looks long is read."""

import ast
import random
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser

from monitor.errors import ParseError
from monitor.parse import PROFILES, parse
from monitor.profiles import markup_depth
from monitor.profiles.markup_depth import DEEPEST, MOST_OPTIONS, tree_of
from monitor.profiles.proposal import propose
from monitor.types import Outcome, Page
from service.replica import ReplicaSite, rewritten
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
    "a><table",
    "li><dd",
    "form",
)
WORDS = (
    *(
        "div",
        "p",
        "b",
        "a",
        "i",
        "font",
        "span",
        "table",
        "tr",
        "td",
        "ul",
        "li",
        "dl",
        "dd",
        "select",
        "option",
    ),
    *("svg", "g", "template", "object", "h1", "br", "section"),
)
DATA = ("csv", "csv-recommendations", "gao-csv", "json", "feed")


@pytest.mark.parametrize("tags", NESTED)
def test_a_million_elements_in_one_another_are_refused_in_a_sentence(tags: str) -> None:
    with pytest.raises(ParseError, match="nests more than 2,000 elements in one another"):
        tree_of(f"<{tags}>" * (MANY // (1 + tags.count("<"))))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<p " + " ".join(f"a{n}=1" for n in range(100_000)) + ">", "more than 5,000 attributes"),
        ("".join(f"<body a{n}=1>" for n in range(100_000)), "more than 5,000 attributes"),
        ("<select>" + "<option>x" * 100_000 + "</select>", "more than 10,000 options"),
        ("".join(f"<p><b id={n}>x" for n in range(100_000)), "it was not read"),
        ("".join(f"<p><font size={n}>x" for n in range(100_000)), "it was not read"),
        ("<div>" + "<span></div>" * 100_000, "nests more than"),
        ("<b><div></b>" * 100_000, "nests more than"),
        ("<div>" * 1_000 + "<p>x" * MANY, "reading them takes too long"),
        ("<script>'</div>'</script><!-- </div> -->" + "<div title='</div>'>" * 100_000, "nests more than"),
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
def test_other_markup_that_takes_forever_is_refused(text: str, said: str) -> None:
    with pytest.raises(ParseError, match=said):
        tree_of(text)


@pytest.mark.parametrize(
    "text",
    [
        "<table>" + "<tr><td><b>OIG-26-1</b><td><a href=x>A title<td>CBP" * 5_000,
        "<table>" + "<tr><td><b>OIG-26-1<td><font color=red>A title" * 5_000,
        "<ul>" + "<li>One<br>line" * 20_000,
        "<p>A paragraph <b>and a word" * 5_000,
        "<dl>" + "<dt>What<dd>It is" * 10_000,
        "<h2>Heading</h2><p><a name=x>anchor" * 5_000,
        "<select>" + "<option>A year" * MOST_OPTIONS,
        "<svg>" + "<path d='M0 0'/>" * 20_000 + "</svg>",
        "<div><p>x</div>" * 20_000,
        "<script>" + "'<div>'" * 20_000 + "</script>",
        "<!--" + "<div>" * 20_000 + "-->",
        "<textarea>" + "<div>" * 20_000 + "</textarea>",
        "<div>" * (DEEPEST - 10),
        "x" * MANY,
        "<" * MANY,
        "<a href=x>y</a>" * 100_000,
    ],
    ids=lambda text: text[:30],
)
def test_what_only_looks_long_is_read(text: str) -> None:
    tree_of(text)


def test_a_page_is_never_taken_to_be_much_less_deep_than_its_tree() -> None:
    for seed in range(60):
        chance = random.Random(seed)
        words = chance.sample(WORDS, chance.randint(1, 6))
        once = "".join(
            f"<{chance.choice(('', '', '/'))}{chance.choice(words)}>{chance.choice(('', 'x'))}"
            for _ in range(chance.randint(1, 12))
        )
        text = f"<!doctype html><body>{once * 40}"
        assert _depth(LexborHTMLParser(text)) <= 2 * _followed(text) + 25, once


def _depth(tree: LexborHTMLParser) -> int:
    deepest, left = 0, [(tree.root, 1)]
    while left:
        node, depth = left.pop()
        deepest = max(deepest, depth)
        left += [(child, depth + 1) for child in node.iter()] if node else []
    return deepest


def _followed(text: str) -> int:
    """Return how deep the page is taken to be: the least bound that lets it pass."""
    low, high = 0, 4_096
    while low < high:
        bound = (low + high) // 2
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(markup_depth, "DEEPEST", bound)
            try:
                markup_depth._Open(text).follow()
                high = bound
            except ParseError:
                low = bound + 1
    return low


def test_nobody_else_makes_a_tree_of_a_page() -> None:
    root = Path(__file__).parents[2]
    makers = {
        path.name
        for folder in ("monitor", "alerts", "service")
        for path in (root / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and "HTMLParser" in ast.unparse(node.func)
    }
    assert makers == {"markup_depth.py"}


@pytest.mark.parametrize("name", sorted(PROFILES.keys() - set(DATA)))
def test_every_profile_that_reads_markup_refuses_a_page_of_endless_depth(
    name: str, clock: FrozenClock
) -> None:
    body = b"<!doctype html><html><body><table>" + b"<div>" * 100_000
    url = "https://www.example.gov/reports"
    page = Page(url, url, body, "0" * 64, clock())
    try:
        found = parse(page, name)
    except ParseError as error:
        assert "nests more than" in str(error)
    else:
        assert not found.records
        assert found.problems


def test_no_profile_is_proposed_for_a_page_of_endless_depth() -> None:
    with pytest.raises(ParseError, match="nests more than"):
        propose("<html><body>" + "<div>" * 100_000, "https://www.example.gov/")


@pytest.mark.sqlite
def test_a_page_of_endless_depth_is_set_aside(site: ReplicaSite, checker: Checker) -> None:
    checker.check(site.url(LISTING))
    site.faults[LISTING] = rewritten(lambda page: page.replace("<tbody>", "<tbody>" + "<div>" * 50_000))
    settled = checker.check(site.url(LISTING))
    assert settled.outcome is Outcome.QUARANTINED
    assert "nests more than 2,000 elements" in settled.reasons[0]
