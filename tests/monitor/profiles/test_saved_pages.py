"""Every built-in profile against saved pages of its kind, whole, damaged and strange."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.domain.identity import merge
from monitor.domain.types import FIELDS, Parse, RecordKind
from monitor.guard.baseline import Baseline
from monitor.guard.rules import parse_reasons
from monitor.profiles.registry import PROFILES

PAGES = Path(__file__).parents[2] / "pages"
# In the folder of each profile.
EXPECTED = sorted(PAGES.glob("*/*.expected.json"))
OF_THE_PAGE = ("declared_total", "complete", "next_url", "says_empty", "title", "problems")


@cache
def saved(path: Path) -> tuple[str, dict[str, Any]]:
    """Give a page's text, and what it should give."""
    stem = path.name.removesuffix(".expected.json")
    (page,) = (one for one in path.parent.glob(f"{stem}.*") if one != path)
    return page.read_text("utf-8"), json.loads(path.read_text("utf-8"))


def named(path: Path) -> str:
    return f"{path.parent.name}/{path.name.partition('.')[0]}"


def read(path: Path, text: str | None = None) -> Parse:
    page, expected = saved(path)
    return PROFILES[expected["profile"]].parse(page if text is None else text, expected["source_url"])


@pytest.mark.parametrize("path", EXPECTED, ids=named)
def test_a_saved_page_gives_exactly_what_is_on_it(path: Path) -> None:
    found, expected = read(path), saved(path)[1]
    assert expected["profile"] == path.parent.name
    as_data = {name: getattr(found, name) for name in OF_THE_PAGE}
    assert {**as_data, "problems": list(found.problems)} == {name: expected[name] for name in OF_THE_PAGE}
    records = [{"kind": one.kind.value, "key": one.key, **one.fields} for one in found.records]
    # An expectation names what is filled; what a page of its kind never says may be left out.
    wanted = [dict.fromkeys(FIELDS[RecordKind(one["kind"])]) | one for one in expected["records"]]
    assert records == wanted
    assert merge(found.records) == (found.records, ())


@pytest.mark.parametrize("path", EXPECTED, ids=named)
def test_a_saved_page_is_accepted_or_its_trouble_is_said(path: Path) -> None:
    reasons, records = parse_reasons(read(path), Baseline()), saved(path)[1]["records"]
    assert bool(reasons) is not bool(records)
    if not records:
        assert reasons[1].startswith("The page ignores the filter")


def test_every_built_in_profile_has_a_saved_page() -> None:
    assert {path.parent.name for path in EXPECTED} == set(PROFILES)


@pytest.mark.parametrize("path", EXPECTED, ids=named)
def test_a_page_of_a_known_site_is_recognized_as_its_own(path: Path) -> None:
    text, expected = saved(path)
    url = expected["source_url"]
    found = next((name for name, one in PROFILES.items() if one.recognizes(text, url)), None)
    # What any page may look like is only taken where it is named.
    generic = ("table", "table-recommendations", "csv", "csv-recommendations", "json", "page")
    assert found == (None if expected["profile"] in generic else expected["profile"])


@pytest.mark.parametrize("path", EXPECTED, ids=named)
def test_a_page_cut_anywhere_is_never_whole(path: Path) -> None:
    text, _ = saved(path)
    if "</html>" not in text:
        return  # nothing in these tells their end
    for end in range(0, text.index("</body>"), 97):
        assert not read(path, text[:end]).complete, end


@st.composite
def damaged(draw: st.DrawFn) -> tuple[Path, str]:
    """Give a saved page that was cut, doubled, shuffled or strewn with signs of markup."""
    path = draw(st.sampled_from(EXPECTED))
    text = saved(path)[0]
    for _ in range(draw(st.integers(1, 4))):
        one, other = sorted(draw(st.tuples(st.integers(0, len(text)), st.integers(0, len(text)))))
        how = draw(st.sampled_from(["cut", "double", "shuffle", "strew", "head"]))
        if how == "cut":
            text = text[:one] + text[other:]
        elif how == "double":
            text = text[:other] + text[one:][:20_000]
        elif how == "head":
            text = text[:other]
        elif how == "shuffle":
            text = "\n".join(draw(st.permutations(text.split("\n")))) if text.count("\n") < 60 else text
        else:
            strange = st.text(alphabet="<>&\"'/=()#?\u00a0\ufffd\u202e0aO-.,;|{}[]\n\t", max_size=30)
            text = text[:one] + draw(strange) + text[one:]
    return path, text


@given(damaged())
def test_no_damage_makes_a_profile_fail_and_what_it_reads_is_a_record(found: tuple[Path, str]) -> None:
    path, text = found
    parse = read(path, text)
    for record in parse.records:
        assert set(record.fields) == set(FIELDS[record.kind])
        assert record.key.strip()
    merge(parse.records)


@given(st.text(max_size=400), st.sampled_from(sorted(PROFILES)), st.text(max_size=60))
def test_no_text_and_no_address_makes_a_profile_fail(text: str, name: str, url: str) -> None:
    profile = PROFILES[name]
    profile.recognizes(text, url)
    profile.is_of(url)
    for page in (text, f"<!DOCTYPE html><html><body><table>{text}</table></body></html>"):
        profile.parse(page, url)
