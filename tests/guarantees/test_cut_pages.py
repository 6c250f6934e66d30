"""A saved page that was cut anywhere is never taken for a change of what it lists."""

import json
import random
from pathlib import Path

import pytest

from monitor.domain.types import Outcome
from tests.checking import Checker

PAGES = Path(__file__).parents[1] / "pages"
_CUTS = 20


def _pages() -> list[Path]:
    """Return every saved page of a built-in profile that lists something."""
    found = []
    for expected in sorted(PAGES.glob("*/*.expected.json")):
        stem = expected.name.removesuffix(".expected.json")
        # GAO's export has tests of its own: tests/monitor/crawl/test_damaged_export.py.
        if json.loads(expected.read_text("utf-8"))["records"] and expected.parent.name != "gao-csv":
            found += [page for page in expected.parent.glob(f"{stem}.*") if page != expected]
    return found


def _place(whole: bytes, places: random.Random) -> int:
    """Return where to cut a page. Nothing in a CSV file shows that it was cut exactly between two rows."""
    while whole[(at := places.randrange(1, len(whole))) - 1 : at] == b"\n":
        pass
    return at


@pytest.mark.sqlite  # it is about pages
@pytest.mark.parametrize("page", _pages(), ids=lambda page: f"{page.parent.name}/{page.name}")
def test_a_page_cut_at_random_places_makes_no_change(page: Path, checker: Checker, tmp_path: Path) -> None:
    whole, saved = page.read_bytes(), tmp_path / page.name
    saved.write_bytes(whole)
    assert checker.check(str(saved), profile=page.parent.name).outcome is Outcome.BASELINE
    places = random.Random(page.name)
    for _ in range(_CUTS):
        saved.write_bytes(whole[: _place(whole, places)])
        checker.check(str(saved), profile=page.parent.name)
        if page.suffix == ".csv":
            # Two cut files that agree are a list that has become shorter.
            saved.write_bytes(whole)
            checker.check(str(saved), profile=page.parent.name)
        assert [(one.kind, one.record_key) for one in checker.changes()] == []
    saved.write_bytes(whole)
    checker.check(str(saved), profile=page.parent.name)
    assert checker.changes() == []
