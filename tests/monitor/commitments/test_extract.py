"""What a status comment promises, what it only tells, and the last day on which a promise can be kept."""

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.commitments.extract import read_promises, standing_promise, stated_date
from monitor.domain.periods import Precision, period
from service.demo.fakes.replica import seed_recommendations

PAGES = Path(__file__).parents[2] / "pages"

PROMISED = [
    ("CBP anticipates completing these actions by May 2024.", "by May 2024", "2024-05-31", "month"),
    ("Review of the draft guidance would be complete by March 2024.", "by March 2024", "2024-03-31", "month"),
    ("CBP plans to do so by the end of fiscal year 2025.", "by the end of fiscal year 2025", "2025-09-30",
     "fiscal_year"),
    ("CBP plans to finalize it by the end of FY 2025.", "by the end of FY 2025", "2025-09-30", "fiscal_year"),
    ("TSA will report by FY26.", "by FY26", "2026-09-30", "fiscal_year"),
    ("ICE will issue it by September 30, 2025.", "by September 30, 2025", "2025-09-30", "day"),
    ("ICE will issue it by Sept. 30, 2025.", "by Sept. 30, 2025", "2025-09-30", "day"),
    ("ICE will issue it no later than 30 September 2025.", "no later than 30 September 2025", "2025-09-30",
     "day"),
    ("TSA expects to do so in the fourth quarter of fiscal year 2024.",
     "in the fourth quarter of fiscal year 2024", "2024-09-30", "quarter"),
    ("TSA expects to finish by the first quarter of fiscal year 2026.",
     "by the first quarter of fiscal year 2026", "2025-12-31", "quarter"),
    ("It is to be issued in the fourth quarter of 2024.", "in the fourth quarter of 2024", "2024-12-31",
     "quarter"),
    ("FEMA expects to finish by Q2 FY 2026.", "by Q2 FY 2026", "2026-03-31", "quarter"),
    ("FEMA plans to complete this in early 2025.", "in early 2025", "2025-12-31", "year"),
    ("DHS plans to complete it in late summer 2025.", "in late summer 2025", "2025-09-30", "season"),
    ("DHS plans to complete it by winter 2025.", "by winter 2025", "2026-03-31", "season"),
    ("Estimated completion date: 06/30/2024.", "Estimated completion date: 06/30/2024", "2024-06-30", "day"),
    ("The estimated completion date (ECD) is now June 2026.",
     "estimated completion date (ECD) is now June 2026", "2026-06-30", "month"),
    ("CBP expects to complete the update in December 2026.", "in December 2026", "2026-12-31", "month"),
    ("The guidance is scheduled for March 2025.", "for March 2025", "2025-03-31", "month"),
    ("CBP has extended its estimated completion date from June 2024 to June 2026.",
     "extended its estimated completion date from June 2024 to June 2026", "2026-06-30", "month"),
    ("CBP delayed the rollout until March 2027.", "delayed the rollout until March 2027", "2027-03-31",
     "month"),
    ("CBP expects it by March 2025 or June 2025.", "by March 2025 or June 2025", "2025-06-30", "month"),
    ("It intends to end in the second or third quarter of FY 2026.",
     "in the second or third quarter of FY 2026", "2026-06-30", "quarter"),
    ("CBP has not yet done so but expects to finish\xa0by March\u00a02026.", "by March 2026", "2026-03-31",
     "month"),
    ("As of March 2026, the agency said it is on track to close this by 2027.", "by 2027", "2027-12-31",
     "year"),
]  # fmt: skip
NOT_PROMISED = [
    "As of March 2024, CBP had begun to issue guidance.",
    "In June 2023 the agency issued guidance.",
    "CBP will use the guidance published in May 2022.",
    "CBP plans to update the policy, which was last revised in May 2022.",
    "The policy was to have been updated; it was completed by May 2024.",
    "CBP does not expect to complete these actions by May 2024.",
    "CBP no longer plans to issue it by May 2024.",
    "CBP had planned to finish by May 2024.",
    "CBP originally planned to finish by May 2024.",
    "CBP missed its target of finishing by May 2024.",
    "The original estimated completion date was May 2024.",
    "We will follow up with the agency in June 2025.",
    "GAO will review the agency's actions by June 2025.",
    "The act requires the agency to report by June 2025.",
    "We recommended that the agency should report by June 2025.",
    "CBP completed its corrective action plan by June 2025.",
    "CBP would have finished by June 2025.",
    "CBP will act by March 15.",
    "CBP will act by the end of the fiscal year.",
    "CBP will have hired by 2025 employees more.",
    "CBP will act by February 30, 2025.",
    "As of March 2024, CBP plans to build on its review in fiscal year 2022.",
    "CBP agreed with this recommendation.",
    "Discontinued use of the system at the end of fiscal year 2023.",
    "",
]


@pytest.mark.parametrize(
    ("comment", "words", "due", "precision"), PROMISED, ids=lambda value: str(value)[:40]
)
def test_a_promise_is_read_with_its_words_and_the_last_day_it_can_be_kept(
    comment: str, words: str, due: str, precision: str
) -> None:
    (promise,) = read_promises(comment)
    assert (promise.words, promise.due.isoformat(), promise.precision) == (words, due, Precision(precision))


@pytest.mark.parametrize("comment", NOT_PROMISED)
def test_what_happened_is_demanded_or_denied_is_no_promise(comment: str) -> None:
    assert read_promises(comment) == ()


def test_of_several_promises_the_latest_stands() -> None:
    comment = "CBP plans to issue guidance by March 2026 and expects to train its staff by June 2027."
    assert [promise.named for promise in read_promises(comment)] == ["March 2026", "June 2027"]
    standing = standing_promise(comment)
    assert standing is not None
    assert standing.named == "June 2027"


def test_the_real_comments_give_the_promises_a_reader_finds() -> None:
    comments = dict.fromkeys(str(row["status_comment"]) for row in seed_recommendations())
    found = [(p.words, p.due.isoformat()) for comment in comments for p in read_promises(comment)]
    assert found == [
        ("by May 2024", "2024-05-31"),
        ("by May 2024", "2024-05-31"),
        ("by March 2024", "2024-03-31"),
    ]
    assert {stated_date(comment) for comment in comments} == {None, date(2024, 3, 31)}


@pytest.mark.parametrize(("page", "expected"), [
    ("gao-agency-uscg-94-total.txt", [("by December 31, 2024", "2024-12-31")]),
    ("gao-product.html", []),
])  # fmt: skip
def test_other_saved_pages_give_no_promise_too_many(page: str, expected: list[tuple[str, str]]) -> None:
    rows = json.loads((PAGES / page).with_suffix(".expected.json").read_text())
    found = [(p.words, p.due.isoformat()) for text in _texts(rows) for p in read_promises(text)]
    assert found == expected


def _texts(value: object) -> list[str]:
    """Give all status comments in a page's expected records."""
    if isinstance(value, dict):
        own = [value["status_comment"]] if isinstance(value.get("status_comment"), str) else []
        return own + [text for one in value.values() for text in _texts(one)]
    return [text for one in value for text in _texts(one)] if isinstance(value, list) else []


@pytest.mark.parametrize(
    ("comment", "day"),
    [
        ("As of March 2024, this remains open.", date(2024, 3, 31)),
        ("As of March 5, 2024, this remains open. In May 2024, CBP wrote again.", date(2024, 5, 31)),
        ("In May 2024, CBP wrote.", None),
        ("CBP said that as of March 2024 it had not.", None),
        (None, None),
    ],
)
def test_a_comment_states_its_date_only_where_a_sentence_opens_with_it(
    comment: str | None, day: date | None
) -> None:
    assert stated_date(comment) == day


WORDS = [
    "by", "in", "no later than", "March", "2024", "2025", "30,", "fiscal year", "end of", "the", "will",
    "expects to", "quarter of", "second", "FY", "FY25", "Q3", "06/30/2024", "13/45/2024", "0000", "or", "-",
    "As of", "estimated completion date:", "extended", "to", "until", "summer", "early", "not", ".", "\n",
]  # fmt: skip


@given(st.text(max_size=300) | st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join))
def test_no_text_breaks_the_reading_and_no_date_is_invented(text: str) -> None:
    squeezed = " ".join(text.split())
    for promise in read_promises(text):
        assert promise.words in squeezed
        assert promise.named in promise.words
        assert (
            str(promise.due.year)[2:] in promise.named
            or promise.precision is Precision.SEASON
            or (str(promise.due.year + 1) in promise.named)
        )
    stated_date(text)


@given(st.dates(date(1990, 1, 1), date(2099, 12, 31)))
def test_a_day_is_read_as_itself_in_every_form(day: date) -> None:
    for said in (
        f"{day:%B} {day.day}, {day.year}",
        f"{day.day} {day:%b} {day.year}",
        f"{day:%m/%d/%Y}",
        str(day),
    ):
        (promise,) = read_promises(f"CBP will finish by {said}.")
        assert (promise.due, promise.named) == (day, said)


@given(st.integers(1990, 2098))
def test_the_quarters_of_a_fiscal_year_make_up_that_year(year: int) -> None:
    quarters = [period(f"Q{n} FY {year}") for n in range(1, 5)]
    whole = period(f"fiscal year {year}")
    assert whole is not None
    assert all(one is not None for one in quarters)
    found = [one for one in quarters if one]
    assert (found[0].first, found[3].last) == (whole.first, whole.last)
    assert whole.last == date(year, 9, 30)
    assert all((found[n + 1].first - found[n].last).days == 1 for n in range(3))
