"""Which reports a publisher has added to its list together, though they are old."""

from collections.abc import Sequence

import pytest

from monitor.crawl.novelty import added_in_bulk
from monitor.domain.types import ParsedRecord, RecordKind

KNOWN = ["A-26-1", "A-26-2", "A-25-9"]


def reports(numbers: Sequence[str]) -> list[ParsedRecord]:
    return [ParsedRecord(RecordKind.REPORT, number, {"report_number": number}) for number in numbers]


@pytest.mark.parametrize(
    ("known", "new", "old"),
    [
        (KNOWN, ["A-19-1", "A-19-2", "A-18-1", "A-98-7"], 4),
        (["2026-AUD-7", "2026-001"], ["2019-001", "2019-002", "2019-003", "2019-004"], 0),
        (["2026-007", "2026-001"], ["2019-001", "2019-002", "2019-003", "2019-004"], 4),
        (KNOWN, ["A-19-1", "A-19-2", "A-18-1"], 0),  # too few
        (KNOWN, ["A-25-1", "A-25-2", "A-25-3", "A-25-4"], 0),  # last year's may be news
        ([*KNOWN, "A-05-3"], ["A-05-4", "A-05-5", "A-05-6", "A-05-7"], 0),  # it may be a division
        (KNOWN, ["A-05-26-1", "A-05-26-2", "A-05-26-3", "A-05-26-4"], 0),
        ([*KNOWN, "MEMO"], ["A-19-1", "A-19-2", "A-18-1", "A-98-7"], 0),  # not all have a year
    ],
)
def test_old_reports_without_days_are_known_by_the_years_in_their_numbers(
    known: list[str], new: list[str], old: int
) -> None:
    assert len(added_in_bulk(reports([*known, *new]), dict.fromkeys(known, True))) == old
