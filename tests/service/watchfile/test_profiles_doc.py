"""docs/profiles.md is true: its keys are those of the schema, and its examples read what is below them."""

import json
import re
import textwrap
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from monitor.domain import yaml_core
from monitor.domain.types import FIELDS
from monitor.profiles.declarative.settings import NEEDED, FieldPlace, Habits, ProfileSettings, Signs
from service.dryrun.profile_tests import run_tests
from service.watchfile.profiles import one_profile
from service.watchfile.schema import profile_schema
from service.watchfile.yaml_tree import WatchFileError
from tests.service.commands import ROOT, run

PAGE = (ROOT / "docs" / "profiles.md").read_text("utf-8")
BUILTIN = ROOT / "monitor" / "profiles" / "builtin"
FILES = [*BUILTIN.glob("*.yaml"), *(ROOT / "config" / "profiles").glob("*.yaml")]


def section(heading: str) -> str:
    found = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert found, heading
    return found[1]


def blocks(text: str) -> list[str]:
    found = re.findall(r"(?:^(?:    .*)?\n)+", text, re.MULTILINE)
    return [textwrap.dedent(block).strip() + "\n" for block in found if block.strip()]


def keys_after(text: str, start: str) -> list[str]:
    table = text[text.index(start) :].partition("| --- |")[2].partition("\n\n")[0]
    return re.findall(r"^\| `(\w+)`", table, re.MULTILINE)


def test_every_key_of_a_profile_has_its_row() -> None:
    keys = section("Every key")
    assert keys_after(keys, "| key |") == list(ProfileSettings.model_fields)
    assert keys_after(keys, "**`recognize`**") == list(Signs.model_fields)
    assert keys_after(keys, "**`fields`**") == list(FieldPlace.model_fields)
    assert keys_after(keys, "**`habits`**") == list(Habits.model_fields)


def test_every_field_that_can_be_read_is_named() -> None:
    said = section("Every key").split("**`fields`**")[1].split("| key |")[0]
    for kind, names in FIELDS.items():
        assert [name for name in names if name != "status" and f"`{name}`" not in said] == []
        assert all(f"`{name}`" in said.split("needs", 1)[1] for name in NEEDED[kind])


EXAMPLES: dict[str, tuple[str, list[dict[str, Any]], int | None]] = {
    "A table": (
        "table.html",
        [
            {"key": "AUD-24-07", "title": "Fuel contracts", "issue_date": "2024-05-03"},
            {"key": "AUD-24-08", "title": "Body cameras", "issue_date": "2024-06-01"},
        ],
        2,
    ),
    "A list of cards": (
        "cards.html",
        [
            {"key": "https://www.example.gov/r/1", "report_number": "PM-2024-12", "agency": "Patrol"},
            {"key": "https://www.example.gov/r/2", "issue_date": "2024-06-01", "abstract": None},
        ],
        None,
    ),
    "JSON": (
        "list.json",
        [{"key": "AUD-24-07 rec 2", "status": "open", "agency": "Fleet; Finance"}],
        1,
    ),
}


@pytest.mark.parametrize("heading", EXAMPLES)
def test_an_example_reads_what_stands_below_it(heading: str, tmp_path: Path) -> None:
    name, expected, total = EXAMPLES[heading]
    profile, page = blocks(section(heading))[:2]
    (tmp_path / "city_auditor.yaml").write_text(profile)
    whole = page if name.endswith(".json") else f"<html><body>{page}</body></html>"
    parse = one_profile(str(tmp_path / "city_auditor.yaml"), tmp_path).parse(
        whole, "https://www.example.gov/"
    )
    assert parse.problems == ()
    assert parse.declared_total == total
    found = [{"key": record.key, **record.fields} for record in parse.records]
    assert [{name: one[name] for name in want} for one, want in zip(found, expected, strict=True)] == expected


def test_the_hook_and_the_test_of_the_page_work_together(tmp_path: Path) -> None:
    profile, page = blocks(section("A table"))[:2]
    hook = blocks(section("A hook"))[0]
    expectation = next(block for block in blocks(section("Tests")) if block.startswith("{"))
    tests = tmp_path / "tests" / "city-auditor"
    tests.mkdir(parents=True)
    (tmp_path / "city_auditor.yaml").write_text(profile + "hook: tidy\n")
    (tmp_path / "city_auditor.py").write_text(hook)
    (tests / "audits.html").write_text(f"<html><body>{page}</body></html>")
    (tests / "audits.expected.json").write_text(expectation)
    own = one_profile("city-auditor", tmp_path)
    (tested,) = run_tests(tmp_path / "tests", {own.name: own}, [])
    assert (tested.error, tested.differences) == (None, ())
    records = own.parse(f"<html><body>{page}</body></html>", "").records
    assert [record.fields["fiscal_year"] for record in records] == [2024, 2024]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_schema_takes_every_profile_there_is(path: Path) -> None:
    jsonschema.validate(yaml_core.load(path.read_text("utf-8")), profile_schema())


@pytest.mark.parametrize(
    "wrong",
    [
        "describes: x\nkind: reprot\nrows: a\nfields: {title: {css: a}}\n",
        "describes: x\nkind: report\nrow: a\nfields: {title: {css: a}}\n",
        "describes: x\nkind: report\nrows: a\nfields: {title: {csss: a}}\n",
        "kind: report\n",
    ],
)
def test_what_the_schema_refuses_is_refused_by_the_program(wrong: str, tmp_path: Path) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(yaml_core.load(wrong), profile_schema())
    (tmp_path / "x.yaml").write_text(wrong)
    with pytest.raises(WatchFileError):
        one_profile("x", tmp_path)


def test_the_schema_is_printed() -> None:
    printed = json.loads(run(ROOT, "config", "schema", "--profile").out)
    assert printed == json.loads(json.dumps(profile_schema()))
    assert list(printed["properties"]) == list(ProfileSettings.model_fields)
    assert [name for name, one in printed["properties"].items() if "description" not in one] == []
