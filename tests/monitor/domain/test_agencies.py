"""Agencies are known by every name their readers and publishers use."""

from importlib.resources import files
from itertools import chain

import pytest

from monitor.domain.agencies import AGENCIES, is_part_of_a_name, names_of, nearest_names, short_name
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


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("Department of War", "DOD"),
        ("Department of Homeland Security: United States Customs and Border Protection", "CBP"),
        ("The Department of the Interior", "DOI"),
        ("Centers for Medicare & Medicaid Services", "CMS"),
        ("FinCEN", "FinCEN"),
        ("United States Fish and Wildlife Service", "FWS"),
        ("Department of Homeland Security: Office of Widgets", None),
        ("Dept. of Veterans Affairs", "VA"),
        ("U.S. Dept of State", "State"),
        ("Dept. of Parks", None),
    ],
)
def test_agencies_are_known_as_publishers_write_them(text: str, short: str | None) -> None:
    assert short_name(text) == short


def test_the_list_holds_the_agencies_of_the_cfo_act_and_names_its_source() -> None:
    departments = "USDA DOC DOD ED DOE HHS DHS HUD DOI DOJ DOL State DOT Treasury VA"
    others = "EPA NASA USAID GSA NSF NRC OPM SBA SSA"
    assert {*departments.split(), *others.split()} <= set(AGENCIES)
    assert "# Source: " in files("monitor.domain").joinpath("agencies.txt").read_text("utf-8")


def test_a_misspelt_agency_has_names_that_are_near() -> None:
    assert nearest_names("Custums and Boarder Protection")[0] == "Customs and Border Protection"
    assert is_part_of_a_name("border protection")
    assert is_part_of_a_name("custom", prefix=True)
    assert not is_part_of_a_name("custom")
