"""Trying a profile on saved and live pages gives exactly what the expected records beside them say."""

import json
from pathlib import Path

import pytest

from monitor.domain.errors import OversightError
from monitor.domain.types import FIELDS, RecordKind
from service.demo.fakes.replica import AGENCY_PATH, LISTING_PATH, ReplicaSite
from service.dryrun.try_page import as_data, read_address
from tests.service.commands import ROOT, run

PAGES = ROOT / "tests" / "pages"
DHS, GAO = ROOT / "seeds" / "dhs-oig-audits-cbp.txt", ROOT / "seeds" / "gao-cbp-open-recommendations.txt"
NAMES = {"kind", *FIELDS[RecordKind.REPORT], *FIELDS[RecordKind.RECOMMENDATION]}
SAMPLES = sorted(page for page in PAGES.iterdir() if page.suffix in (".html", ".txt"))


@pytest.mark.parametrize("page", SAMPLES, ids=lambda page: page.stem)
def test_a_saved_page_gives_its_expected_records(page: Path) -> None:
    expected = json.loads(page.with_suffix(".expected.json").read_text())
    tried = run(ROOT, "sources", "try", str(page), "--json")
    assert tried.code == 0
    found = json.loads(tried.out)
    assert list(found)[:5] == ["profile", "declared_total", "complete", "records", "problems"]
    assert len(found["records"]) == expected["record_count"]
    for wanted, record in zip(expected["records"], found["records"], strict=True):
        named = {name: value for name, value in wanted.items() if name in NAMES}
        assert {name: record[name] for name in named} == named


def test_a_record_has_its_kind_its_key_and_its_fields_in_their_order() -> None:
    for page, kind in ((DHS, RecordKind.REPORT), (GAO, RecordKind.RECOMMENDATION)):
        for record in as_data(read_address(str(page)))["records"]:
            kinds = ["kind", "key"] if kind is RecordKind.REPORT else ["kind", "key", "type"]
            assert list(record) == [*kinds, *FIELDS[kind]]


def test_the_dhs_seed_gives_fifty_reports() -> None:
    found = as_data(read_address(str(DHS)))
    assert (found["profile"], found["declared_total"]) == ("dhs-oig", None)
    assert len({record["key"] for record in found["records"]}) == len(found["records"]) == 50
    assert all(isinstance(record["fiscal_year"], int) for record in found["records"])
    assert not any(record["title"].endswith("(") for record in found["records"])


def test_the_gao_seed_is_known_to_be_incomplete() -> None:
    found = as_data(read_address(str(GAO)))
    assert (found["declared_total"], found["complete"]) == (25, False)
    assert len({record["key"] for record in found["records"]}) == len(found["records"]) == 10
    assert len({record["report_title"] for record in found["records"]}) == 6
    shown = run(ROOT, "sources", "try", str(GAO)).out
    assert "10 of 25 declared, incomplete" in shown


def test_a_live_page_is_fetched_and_read(site: ReplicaSite) -> None:
    assert len(as_data(read_address(site.url(LISTING_PATH)))["records"]) == 50
    agency = as_data(read_address(site.url(AGENCY_PATH)))
    assert (agency["profile"], len(agency["records"]), agency["complete"]) == (
        "gao-recommendations",
        10,
        True,
    )


def test_the_pages_of_a_folder_are_one_list(tmp_path: Path) -> None:
    for name in ("1.txt", "2.txt"):
        (tmp_path / name).write_bytes(DHS.read_bytes())
    (tmp_path / "3.txt").write_text("Notes of mine\n")
    found = as_data(read_address(str(tmp_path)))
    assert len(found["records"]) == 50
    assert not found["complete"]
    assert any(problem.startswith("3.txt: ") for problem in found["problems"])


def test_a_folder_without_any_readable_page_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "3.txt").write_text("Notes of mine\n")
    with pytest.raises(OversightError):
        as_data(read_address(str(tmp_path)))


def test_a_host_without_its_scheme_is_told_how_to_write_it() -> None:
    with pytest.raises(OversightError, match=r"write https://www\.gao\.gov/agencies/x"):
        as_data(read_address("www.gao.gov/agencies/x"))
