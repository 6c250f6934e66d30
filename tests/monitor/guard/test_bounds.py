"""Where exactly each bound of the guard lies: the last value that is accepted, the first that is not."""

from dataclasses import replace
from typing import Any

import pytest

from monitor.guard.baseline import Baseline, Facts, Part, learn, mark
from monitor.guard.rules import check_reasons, page_reasons, sink_reasons
from tests.monitor.guard.test_rules import facts, page, row, rows, usual_after


def plain(**measured: Any) -> Facts:
    """Give facts that say nothing but what is named."""
    return Facts(**{"whole": Part(), "first": Part(), **measured})


def said(found: Facts, usual: dict[str, Any], *, swept: bool = True) -> str:
    return "; ".join(check_reasons(found, Baseline.from_json({"first": [0], **usual}), 0.5, swept=swept))


@pytest.mark.parametrize(
    ("usual", "now", "refused"),
    [
        (4, 1, True),
        (3, 1, False),
        (4, 2, False),
        (51, 25, True),
        (13, 39, False),
        (13, 40, True),
        (9, 34, False),
    ],
)
def test_the_bounds_of_rows_in_all(usual: int, now: int, refused: bool) -> None:
    assert bool(said(plain(whole=Part(now)), {"rows": [usual]})) is refused
    assert said(plain(whole=Part(now)), {"rows": [usual]}, swept=False) == ""


@pytest.mark.parametrize(
    ("usual", "now", "refused"),
    [
        (4, 1, True),
        (3, 1, False),
        (4, 2, False),
        (13, 39, False),
        (13, 40, True),
        (5, 30, False),
        (5, 31, True),
    ],
)
def test_the_bounds_of_a_stated_total(usual: int, now: int, refused: bool) -> None:
    assert bool(said(plain(declared=now), {"declared": [usual]})) is refused


def test_a_page_that_states_no_total_or_never_did_is_not_held_to_one() -> None:
    assert said(plain(), {"declared": [25]}) == ""
    assert said(plain(declared=90), {}) == ""


@pytest.mark.parametrize(
    ("usual", "now", "refused"), [(4, 1, True), (3, 1, False), (4, 2, False), (51, 25, True)]
)
def test_the_bounds_of_the_first_page(usual: int, now: int, refused: bool) -> None:
    assert bool(said(plain(first=Part(now)), {"first": [usual]}, swept=False)) is refused


@pytest.mark.parametrize(
    ("rows_in_all", "missing", "accepted"),
    [(100, 0, True), (50, 10, True), (100, 10, True), (100, 11, False)],
)
def test_shorter_pages_are_another_page_size_only_where_hardly_anything_is_missing(
    rows_in_all: int, missing: int, accepted: bool
) -> None:
    found = plain(first=Part(20), whole=Part(rows_in_all), missing=missing)
    assert (said(found, {"first": [50], "rows": [100]}) == "") is accepted
    assert said(found, {"first": [50], "rows": [100]}, swept=False)


@pytest.mark.parametrize(
    ("name", "share", "rows_read", "now", "refused"),
    [
        ("abstract", 1.0, 10, 0.5, False),
        ("abstract", 1.0, 10, 0.49, True),
        ("abstract", 0.9, 10, 0.49, True),
        ("abstract", 0.8, 10, 0.2, False),
        ("abstract", 0.8, 10, 0.19, True),
        ("abstract", 0.4, 10, 0.09, True),
        ("abstract", 0.3, 10, 0.0, False),  # three rows had one: too few to tell
        ("title", 0.3, 10, 0.0, True),  # a title no row may lack in such numbers
        ("abstract", 1.0, 3, 0.0, False),
        ("title", 1.0, 3, 0.0, True),
    ],
)
def test_the_bounds_of_filled_fields(
    name: str, share: float, rows_read: int, now: float, refused: bool
) -> None:
    part = Part(rows_read, {name: now} if now else {})
    assert bool(said(plain(whole=part), {"filled": {name: [share]}})) is refused
    assert bool(said(plain(first=part), {"first_filled": {name: [share]}}, swept=False)) is refused
    # A sweep is held to sweeps, a look to looks.
    assert said(plain(first=part), {"filled": {name: [share]}}, swept=False) == ""
    assert said(plain(whole=part), {"first_filled": {name: [share]}}) == ""


@pytest.mark.parametrize(
    ("columns", "refused"), [(("A", "B"), False), (("A",), True), ((), True), (("D", "C", "X"), False)]
)
def test_half_of_the_headings_must_be_left(columns: tuple[str, ...], refused: bool) -> None:
    reason = said(plain(columns=columns), {"columns": ["A", "B", "C", "D"]})
    assert bool(reason) is refused
    if not columns:
        assert reason == "0 of 4 column headings are left (none where A, B, C, D are usual)"


@pytest.mark.parametrize(("columns", "refused"), [(["A"], False), (["A", "B"], True)])
def test_one_heading_alone_tells_nothing(columns: list[str], refused: bool) -> None:
    assert bool(said(plain(columns=("X",)), {"columns": columns})) is refused


@pytest.mark.parametrize(
    ("strange", "familiar", "alike", "refused"),
    [(4, 4, 1.0, True), (3, 0, 1.0, False), (4, 5, 1.0, False), (4, 4, 0.8, True), (4, 4, 0.79, False)],
)
def test_the_bounds_of_strange_numbers(strange: int, familiar: int, alike: float, refused: bool) -> None:
    part = Part(strange + familiar, {}, {"9/9": strange, "OIG-9-9": familiar})
    usual = {"shapes": ["OIG-9-9"], "alike": [alike]}
    assert bool(said(plain(first=part), usual, swept=False)) is refused
    assert bool(said(plain(whole=part), usual)) is refused
    assert said(plain(whole=part), usual, swept=False) == ""


def test_strange_numbers_are_named_by_how_many_there_are() -> None:
    part = Part(20, {}, {"a-9": 1, "b-9": 9, "c-9": 2, "d-9": 8})
    assert said(plain(whole=part), {"shapes": ["OIG-9-9", "A-9"], "alike": [1.0]}) == (
        "19 of 20 rows in all have numbers of a form never seen here "
        "(b-9, d-9, c-9 where OIG-9-9, A-9 are usual)"
    )


def first_page(known: int, strangers: int, kept: int, of: int = 20) -> tuple[Facts, dict[str, Any]]:
    before = [f"OIG-26-{n}" for n in range(of)]
    found = plain(
        first=Part(known + strangers), first_known=known, shown=frozenset(before[:kept]), stored=1_000
    )
    return found, {"first_marks": list(map(mark, before)), "known": [1.0]}


@pytest.mark.parametrize(
    ("known", "strangers", "kept", "refused"),
    [
        (9, 11, 9, True),
        (10, 10, 9, False),  # as many as a publisher may post on a day
        (11, 11, 9, False),  # half of the page is known
        (9, 11, 10, False),  # what stood there is still shown, further down
        (0, 4, 0, True),
        (0, 3, 0, False),
        (0, 4, 1, False),
        (1, 4, 0, False),
    ],
)
def test_the_bounds_of_another_listing(known: int, strangers: int, kept: int, refused: bool) -> None:
    found, usual = first_page(known, strangers, kept)
    assert bool(said(found, usual, swept=False)) is refused


def test_where_strangers_are_usual_fewer_known_rows_are_needed() -> None:
    found, usual = first_page(5, 15, 5)
    assert said(found, {**usual, "known": [0.5]}, swept=False) == ""
    found, usual = first_page(4, 16, 4)
    assert said(found, {**usual, "known": [0.5]}, swept=False).endswith("usually 10 of 20")


def test_a_source_looked_at_for_the_second_time_is_expected_to_show_what_it_showed() -> None:
    found, usual = first_page(9, 11, 9)
    del usual["known"]
    assert said(found, usual, swept=False) == (
        "9 of 20 keys on the first page were known before; usually nearly all"
    )
    found, _ = first_page(10, 10, 9)
    assert said(found, usual, swept=False) == ""


@pytest.mark.parametrize(
    ("new", "missing", "refused"), [(26, 26, True), (25, 26, False), (26, 25, False), (25, 25, False)]
)
def test_the_bounds_of_an_exchange_behind_the_first_page(new: int, missing: int, refused: bool) -> None:
    assert bool(said(plain(new=new, missing=missing, stored=1_000), {})) is refused
    assert said(plain(new=new, missing=missing, stored=1_000), {}, swept=False) == ""


@pytest.mark.parametrize(
    ("new", "stored", "refused"),
    [(25, 0, False), (26, 0, True), (50, 100, False), (51, 100, True), (50, 101, False), (51, 101, True)],
)
def test_the_bounds_of_a_burst(new: int, stored: int, refused: bool) -> None:
    assert bool(said(plain(new=new, stored=stored), {})) is refused


def test_broken_characters_count_only_where_they_are_ours() -> None:
    broken = plain(spoiled=("a",), legible=0)
    assert said(broken, {"charset": "utf-8"}) == (
        "the page cannot be decoded as utf-8: 1 rows that were readable before hold broken characters"
    )
    assert said(broken, {"charset": "utf-8", "garbled": ["a"]}) == ""  # they were broken before
    assert said(replace(broken, legible=1), {"charset": "utf-8"}) == ""  # the publisher's own slip
    assert said(replace(broken, legible=5), {"charset": "cp1252"})  # decoded in another way: ours
    assert said(broken, {})


@pytest.mark.parametrize(
    ("asked", "got", "refused"),
    [
        ("https://x.gov/reports/", "https://x.gov/", True),
        ("https://x.gov/", "https://x.gov/", False),
        ("https://x.gov//", "https://x.gov/", False),
        ("https://x.gov/reports", "https://x.gov//", True),
        ("https://a.b.x.gov/reports", "https://c.x.gov/reports", False),
        ("https://x.gov/reports", "https://x.gov./reports", False),
        ("https://x.gov/reports", "https://xgov/reports", True),
        ("https://x.gov/reports", "https://y.gov/reports", True),
    ],
)
def test_where_a_page_may_lead(asked: str, got: str, refused: bool) -> None:
    assert bool(page_reasons(page(asked, got))) is refused


def test_the_largest_group_of_pages_that_are_one_is_named() -> None:
    led = [("z1", "z", "1"), ("a1", "a", "2"), ("a2", "a", "3"), ("a3", "a", "4"), ("z2", "z", "5")]
    assert sink_reasons(led) == (
        "3 of 5 pages lead to the same address: a1 and a2, where each should be its own",
    )
    assert sink_reasons([]) == ()


def test_a_sweep_and_a_look_of_the_same_rows_are_each_accepted() -> None:
    usual = usual_after([*rows(49), row("MGMT-7")])
    for swept in (True, False):
        assert check_reasons(facts(rows(50), rows(50)), usual, 0.5, swept=swept) == ()
    assert learn(usual, facts(rows(50), rows(50)), swept=True, sample=True).rows == (50, 50, 50, 50)
