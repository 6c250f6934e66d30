"""The examples of docs/topics.md, each tried against the records of the saved pages."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from alerts.domain.settings import TopicSettings
from alerts.topics.candidate import Candidate
from alerts.topics.index import TopicIndex
from monitor.domain import yaml_core
from monitor.domain.types import ChangeKind, Page, RecordKind
from monitor.profiles.parse import parse
from service.demo.fakes.replica.seeds import RECOMMENDATIONS_SEED, REPORTS_SEED, seed_bytes
from tests.service.commands import ROOT

SEEN = datetime(2026, 3, 2, tzinfo=UTC)
EXAMPLE = re.compile(
    r"^### (.*)\n\n((?:    .*\n)+)\nFinds (\d+) reports? and (\d+) recommendations?(.*)$", re.MULTILINE
)
EXAMPLES = EXAMPLE.findall((ROOT / "docs" / "topics.md").read_text(encoding="utf-8"))


def candidates() -> list[tuple[str, RecordKind, Candidate]]:
    found = []
    for name, profile in ((REPORTS_SEED, "dhs-oig"), (RECOMMENDATIONS_SEED, "gao-recommendations")):
        page = Page(name, name, seed_bytes(name), "0" * 64, SEEN, "text/plain")
        for record in parse(page, profile).records:
            kind = ChangeKind(f"new_{record.kind}")
            candidate = Candidate(kind, profile, record.fields, {}, SEEN, SEEN)
            found.append((record.key, record.kind, candidate))
    return found


def test_the_page_has_ten_examples() -> None:
    assert [title.partition(".")[0] for title, *_ in EXAMPLES] == [str(number) for number in range(1, 11)]


@pytest.mark.parametrize(("title", "written", "reports", "recommendations", "rest"), EXAMPLES)
def test_an_example_finds_what_the_page_says(
    title: str, written: str, reports: str, recommendations: str, rest: str
) -> None:
    settings: dict[str, Any] = yaml_core.load(written)
    index = TopicIndex({"it": TopicSettings.model_validate(settings)})
    found = [(key, kind) for key, kind, candidate in candidates() if index.matches(candidate)]
    counted = [sum(kind is wanted for _, kind in found) for wanted in RecordKind]
    assert counted == [int(reports), int(recommendations)], found
    assert set(re.findall(r"OIG-\d\d-\d+", rest)) <= {key for key, _ in found}
