"""An event has the form that docs/event.schema.json publishes, and the publisher's own text."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.digests.schema import OpenRowData, ReminderContent, ReminderRowData
from alerts.rendering.events import Origin, event
from monitor.domain.network import shown_address
from monitor.domain.status import Status
from monitor.domain.types import FIELDS, ChangeKind, RecordKind
from monitor.store.changes import ChangeView
from tests.alerts.golden import REMINDER
from tests.alerts.stories import AFTER_SHA, BEFORE_SHA, SEEN, closed, every_kind, view
from tests.event_schema import EVENT, MESSAGE, SCHEMA

NOWHERE = Origin()
NOT_FIELDS = {
    "listed",
    "promise",
    "promised",
    "due",
    "months",
    "since",
    "file_text",
    "file_size",
    "file_date",
    "file_sha256",
}


def objects(schema: Any) -> Iterator[dict[str, Any]]:
    """Yield every schema of an object with named fields."""
    if isinstance(schema, dict):
        if schema.get("type") == "object" and "properties" in schema:
            yield schema
        for inner in schema.values():
            yield from objects(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from objects(inner)


@pytest.mark.parametrize("change", every_kind(), ids=lambda change: change.kind.value)
def test_a_change_of_every_kind_is_an_event(change: ChangeView) -> None:
    EVENT.validate(json.loads(json.dumps(event(change, {"border": ("CBP",)}, NOWHERE))))


def test_an_event_says_what_happened_with_its_evidence() -> None:
    found = event(
        closed(id=7, first_seen_at=datetime(2025, 1, 5, tzinfo=UTC)),
        {"training": ("training",), "all": ()},
        Origin({"cbp-gao": "https://www.gao.gov/list"}, "https://watch.example.org/room"),
    )
    assert found["version"] == 1
    assert (found["id"], found["kind"]) == (7, "status_changed")
    assert found["headline"].startswith("GAO closed a CBP recommendation as implemented: GAO-24")
    assert (found["seen"], found["not_before"]) == ("2026-03-02T15:00:00+00:00", "2026-03-02T13:00:00+00:00")
    assert found["source"] == {"key": "cbp-gao", "publisher": "GAO", "url": "https://www.gao.gov/list"}
    record = found["record"]
    assert (record["key"], record["kind"]) == ("GAO-24-106148 rec 4", "recommendation")
    assert tuple(record["fields"]) == FIELDS[RecordKind.RECOMMENDATION]
    assert record["first_seen"] == "2025-01-05T00:00:00+00:00"
    assert found["before"]["status_text"] == "Open"
    assert found["after"]["status_text"] == "Closed – Implemented"
    assert found["evidence"] == {"before_sha256": BEFORE_SHA, "after_sha256": AFTER_SHA}
    assert found["links"] == {
        "record": "https://www.gao.gov/products/gao-24-106148",
        "permalink": "https://watch.example.org/room/records/cbp-gao/GAO-24-106148%20rec%204",
    }
    assert found["topics"] == [{"topic": "training", "words": ["training"]}, {"topic": "all", "words": []}]


def test_without_a_reading_room_there_is_no_link_to_it() -> None:
    assert set(event(closed(), {}, NOWHERE)["links"]) == {"record"}


def test_a_link_that_is_not_safe_to_open_stays_text() -> None:
    found = event(view(ChangeKind.NEW_REPORT, fields={"url": "javascript:alert(1)"}), {}, NOWHERE)
    assert found["links"]["record"] is None
    assert found["record"]["fields"]["url"] == "javascript:alert(1)"


def test_page_text_is_neither_shortened_nor_cleaned() -> None:
    long = "“Ünïcode”\u202e\x07 " * 20_000
    found = event(view(ChangeKind.NEW_REPORT, fields={"abstract": long}), {}, NOWHERE)
    assert found["record"]["fields"]["abstract"] == long


def values(name: str) -> st.SearchStrategy[Any]:
    if name == "status":
        return st.sampled_from([*Status, None])
    if name in ("fiscal_year", "recommendation_number", "matter_number"):
        return st.none() | st.integers(1, 3000) | st.text()
    if name == "topics":
        return st.none() | st.lists(st.text(), max_size=3)
    return st.none() | (st.booleans() if name == "priority" else st.text())


@st.composite
def odd_changes(draw: st.DrawFn) -> ChangeView:
    kind = draw(st.sampled_from(RecordKind))
    times = st.datetimes(timezones=st.just(UTC))
    some = st.sets(st.sampled_from(FIELDS[kind]), max_size=4)
    before, after = ({name: draw(values(name)) for name in draw(some)} for _ in range(2))
    return ChangeView(
        id=draw(st.integers(1, 2**63 - 1)),
        kind=draw(st.sampled_from(ChangeKind)),
        source=draw(st.text()),
        check_id=1,
        record_id=1,
        record_key=draw(st.text()),
        record_kind=kind,
        # An older version did not read every field.
        fields={name: draw(values(name)) for name in FIELDS[kind] if draw(st.booleans())},
        before=before,
        after=after,
        not_before=draw(st.none() | times),
        seen_at=draw(times),
        standing_since=None,
        before_sha256=draw(st.none() | st.just(BEFORE_SHA)),
        after_sha256=AFTER_SHA,
        first_seen_at=draw(st.none() | times),
    )


@given(
    odd_changes(),
    st.dictionaries(st.text(), st.lists(st.text()), max_size=3),
    st.none() | st.just("https://a.b"),
)
def test_an_odd_change_is_an_event_too(
    change: ChangeView, topics: dict[str, list[str]], room: str | None
) -> None:
    EVENT.validate(json.loads(json.dumps(event(change, topics, Origin({}, room)))))


# ---- the published form


def test_the_schema_names_exactly_the_fields_that_exist() -> None:
    found = event(closed(), {"t": ()}, Origin({}, "https://a.b"))
    assert list(SCHEMA["properties"]) == list(found)
    for part in ("source", "record", "evidence", "links"):
        assert list(SCHEMA["properties"][part]["properties"]) == list(found[part])
    assert list(SCHEMA["properties"]["topics"]["items"]["properties"]) == list(found["topics"][0])
    assert SCHEMA["properties"]["kind"]["enum"] == list(ChangeKind)
    assert SCHEMA["$defs"]["status"]["enum"] == [*Status, None]
    for kind in RecordKind:
        assert tuple(SCHEMA["$defs"][kind]["properties"]) == FIELDS[kind]
    every = {name for names in FIELDS.values() for name in names}
    assert set(SCHEMA["$defs"]["changed"]["properties"]) == every | NOT_FIELDS


def test_every_object_is_closed_and_its_fields_are_there_but_for_those_that_may_be_missing() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    may_be_missing = set(SCHEMA["$defs"]["changed"]["properties"]) | {"permalink"}
    closed_by_another = SCHEMA["$defs"]["message"]
    for one in objects(SCHEMA):
        if one is closed_by_another:
            continue
        assert one["additionalProperties"] is False
        assert set(one["properties"]) - set(one.get("required", ())) <= may_be_missing


@pytest.mark.parametrize(
    "part", [(), ("source",), ("record",), ("record", "fields"), ("before",), ("links",)]
)
def test_a_field_that_the_schema_does_not_know_is_noticed(part: tuple[str, ...]) -> None:
    found = event(closed(), {}, NOWHERE)
    inner = found
    for step in part:
        inner = inner[step]
    inner["unheard_of"] = 1
    assert not EVENT.is_valid(found)


def test_a_reminder_for_a_program_has_the_form_that_is_published() -> None:
    MESSAGE.validate({"version": 1, "type": "reminder", "reminder": REMINDER})
    published = SCHEMA["$defs"]["reminder"]["properties"]["reminder"]
    assert list(published["properties"]) == list(ReminderContent.__annotations__)
    listed = published["properties"]["listed"]["items"]
    assert set(listed["properties"]) == set(ReminderRowData.__annotations__) - set(
        OpenRowData.__annotations__
    )


def test_a_message_of_another_type_is_noticed() -> None:
    notice = {"version": 1, "type": "notice", "notice": {"title": "t", "lines": []}}
    assert MESSAGE.is_valid(notice)
    for wrong in ({**notice, "type": "changes"}, {**notice, "more": 0}, {**notice, "version": 2}):
        assert not MESSAGE.is_valid(wrong)


# ---- the address of a source


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("https://www.gao.gov/list?page=2", "https://www.gao.gov/list?page=2"),
        ("https://api.example.gov/r?api_key=abc&page=2", "https://api.example.gov/r?api_key=***&page=2"),
        ("https://api.example.gov/r?Access-Token=abc", "https://api.example.gov/r?Access-Token=***"),
        ("https://api.example.gov/r?keyword=ice", "https://api.example.gov/r?keyword=ice"),
        ("/srv/pages/saved.html", None),
        ("file:///srv/pages", None),
    ],
)
def test_an_address_is_shown_without_the_values_of_keys(written: str, shown: str | None) -> None:
    assert shown_address(written) == shown


def test_seen_is_in_utc() -> None:
    assert event(view(ChangeKind.NEW_REPORT), {}, NOWHERE)["seen"] == SEEN.isoformat()
