"""Agencies are known by every name their readers and publishers use."""

from itertools import chain

import pytest

from monitor.domain.agencies import AGENCIES, names_of, short_name
from monitor.domain.text import comparable_title


@pytest.mark.parametrize(
    "text",
    [
        "U.S. Customs and Border Protection",
        "u.s. customs  and\xa0border protection",
        "Customs and Border Protection (CBP)",
        "U.S. Customs and Border Protection (CBP)",
        "cbp",
    ],
)
def test_an_agency_is_known_by_each_of_its_names(text: str) -> None:
    assert short_name(text) == "CBP"
    assert names_of(text)[:2] == ("CBP", "U.S. Customs and Border Protection")


@pytest.mark.parametrize(
    "text", ["", "Office of Nothing", "U.S. Customs and Border Protection, TSA", "Coast Guard (CBP)"]
)
def test_a_text_that_names_no_agency_or_more_than_one_is_nobodys_name(text: str) -> None:
    assert short_name(text) is None
    assert names_of(text) == ()


def test_no_two_agencies_share_a_name() -> None:
    names = [comparable_title(name) for name in chain(AGENCIES, *AGENCIES.values())]
    assert len(names) == len(set(names))
