"""Half-saved, mixed-up and re-encoded exports of GAO's database record nothing that is not so."""

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from bench.gao_export import FIRST_OF_ALL, as_file, export_rows, with_changes
from monitor.domain.types import Outcome
from tests.checking import Checker
from tests.damaged_files import variants

ROWS = export_rows(120, seed=3)


@pytest.mark.sqlite
def test_no_damaged_export_makes_a_false_change(checker: Checker, tmp_path: Path) -> None:
    page = tmp_path / "export.csv"
    page.write_bytes(as_file(ROWS))
    assert checker.check(str(page), profile="gao-csv").outcome is Outcome.BASELINE
    false = Counter[str]()
    for number, (damage, body) in enumerate(variants(ROWS, 200)):
        page.write_bytes(body)
        checker.check(str(page), profile="gao-csv")
        false[damage] += checker.count() - false.total()
        # Two damaged files one after the other might agree; the whole one comes in between.
        page.write_bytes(as_file(ROWS, FIRST_OF_ALL + timedelta(days=number + 1, hours=1)))
        checker.check(str(page), profile="gao-csv")
        false[f"after {damage}"] += checker.count() - false.total()
    assert +false == Counter()
    later = FIRST_OF_ALL + timedelta(days=300)
    page.write_bytes(as_file(with_changes(ROWS, seed=5), later))
    assert len(checker.check(str(page), profile="gao-csv").change_ids) == 20


def test_each_change_keeps_the_day_of_which_its_list_said_that_it_speaks(
    checker: Checker, tmp_path: Path
) -> None:
    page, rows = tmp_path / "export.csv", ROWS
    for number in range(3):
        page.write_bytes(as_file(rows, FIRST_OF_ALL + timedelta(days=number)))
        checker.check(str(page), profile="gao-csv")
        rows = with_changes(rows, seed=number)
    days = [change.as_of.date() for change in checker.changes() if change.as_of]
    first = FIRST_OF_ALL.date()
    assert len(days) == len(checker.changes()) > 0
    assert sorted(set(days)) == [first + timedelta(days=1), first + timedelta(days=2)]
    assert days == sorted(days), "a later file changes nothing of what an earlier one said"
