"""Guess where in the rows of an HTML page each field is: by headings, names, labels and values. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import regex
from selectolax.lexbor import LexborNode

from monitor.domain.types import RecordKind
from monitor.profiles.declarative.settings import NEEDED
from monitor.profiles.inference.rows import Rows, quoted, steady_classes
from monitor.profiles.inference.values import (
    NUMBER,
    days,
    distinct,
    field_named,
    length,
    number_pattern,
    share,
    words_of,
)
from monitor.profiles.markup import node_text

_MOST_SLOTS = 60


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in the rows, with its value in each row that has it."""

    css: str
    values: tuple[str, ...]
    share: float
    name: str
    attributes: Mapping[str, int]


def fields_by_heading(rows: Rows, kind: RecordKind) -> dict[str, Any]:
    """Return the fields of a table by the words over its columns."""
    fields: dict[str, Any] = {}
    for words in rows.headings:
        name = field_named(words, kind)
        if name and name not in fields:
            fields[name] = {"header": words}
    title = fields.get(NEEDED[kind][0])
    if title and "url" not in fields and any(row.css_first("a[href]") for row in rows.nodes):
        fields["url"] = {**title, "attribute": "href"}
    elif "url" in fields:
        fields["url"]["attribute"] = "href"
    return fields


def fields_by_place(rows: Rows, kind: RecordKind) -> dict[str, Any]:
    """Return the fields of rows by their places, guessed from names and values."""
    slots = _slots(rows)
    whole = _slot(rows, str(rows.nodes[0].tag), "")
    title = _title(slots)
    words = title or whole
    links = [slot for slot in slots if slot.attributes.get("href")]
    link = next((slot for slot in links if title and slot.values == title.values), next(iter(links), None))
    fields: dict[str, Any] = {}
    if words is None:
        return {}
    fields[NEEDED[kind][0]] = {"css": words.css}
    linked = title if title and title.attributes.get("href") else link
    if linked:
        fields["url"] = {"css": linked.css, "attribute": "href"}
    taken = {title.css if title else ""}
    for slot in slots:
        name = field_named(slot.name, kind) if slot.name else None
        if name and name not in (*fields, "url", "title", "report_title") and slot.css not in taken:
            if name == "issue_date" and days(slot.values) < 0.5:
                continue
            fields[name] = {"css": slot.css}
            taken.add(slot.css)
    return {**fields, **_by_value(slots, whole, fields, kind)}


def _by_value(
    slots: list[Slot], whole: Slot | None, fields: Mapping[str, Any], kind: RecordKind
) -> dict[str, Any]:
    """Return the fields that only their values show: a day, a long text, a report number."""
    every = [*slots, *([whole] if whole else [])]
    found: dict[str, Any] = {}
    if kind is RecordKind.REPORT:
        day = _day_place(slots, every) if "issue_date" not in fields or _stamped(slots) else None
        text = _text_place(slots, fields["title"]["css"]) if "abstract" not in fields else None
        found = {name: place for name, place in (("issue_date", day), ("abstract", text)) if place}
    numbered = [slot for slot in every if share(slot.values, NUMBER) * slot.share >= 0.5]
    if "report_number" in fields:
        found["report_number"] = _only_number(fields["report_number"], slots)
    elif numbered:
        best = min(numbered, key=lambda slot: length(slot.values))
        found["report_number"] = {"css": best.css, "pattern": number_pattern(best.values)}
    return found


def _stamped(slots: list[Slot]) -> Slot | None:
    return next((slot for slot in slots if slot.attributes.get("datetime")), None)


def _day_place(slots: list[Slot], every: list[Slot]) -> dict[str, Any] | None:
    """Return where the day is: an element marked as a time, or the shortest text with a day."""
    if stamped := _stamped(slots):
        return {"css": stamped.css, "attribute": "datetime"}
    dated = [slot for slot in every if days(slot.values) * slot.share >= 0.6]
    return {"css": min(dated, key=lambda slot: length(slot.values)).css} if dated else None


def _text_place(slots: list[Slot], title: str) -> dict[str, Any] | None:
    """Return where the abstract is: the shortest of the long texts that most rows have."""
    long = [s for s in slots if length(s.values) > 80 and s.css != title and not s.attributes]
    best = min(long, key=lambda slot: (-round(slot.share, 1), length(slot.values)), default=None)
    return {"css": best.css} if best else None


def _only_number(place: Mapping[str, Any], slots: list[Slot]) -> dict[str, Any]:
    """Add a pattern where words such as "Report No." stand before the number."""
    values = next((slot.values for slot in slots if slot.css == place["css"]), ())
    bare = all(regex.fullmatch(NUMBER, value) for value in values)
    return {**place} if bare or share(values, NUMBER) < 0.5 else {**place, "pattern": number_pattern(values)}


def _title(slots: list[Slot]) -> Slot | None:
    """Return the place of the title: a linked heading, a link, a heading, or the longest distinct words."""
    worth = [
        slot
        for slot in slots
        if slot.share >= 0.6 and length(slot.values) >= 10 and distinct(slot.values) > 0.7
    ]
    worth = [slot for slot in worth if length(slot.values) < 400]

    def rank(slot: Slot) -> tuple[bool, bool, bool, float]:
        is_heading = regex.search(r"(?:^|[\s>])h[1-6]\b", slot.css) is not None
        named = field_named(slot.name, RecordKind.REPORT) == "title"
        return named, slot.attributes.get("href", 0) > 0, is_heading, min(length(slot.values), 80)

    return max(worth, key=rank, default=None)


def _slots(rows: Rows) -> list[Slot]:
    """Return the places that most rows have, each by a selector that starts at the row."""
    seen: dict[str, str] = {}
    for row in rows.nodes[:40]:
        for part in _parts(row, rows):
            for node in part.css("*"):
                if node.mem_id != row.mem_id and len(seen) < _MOST_SLOTS:
                    css, name = _place(node, row if part is row else part)
                    seen.setdefault(css, name)
    slots = [slot for css, name in seen.items() if (slot := _slot(rows, css, name))]
    return [slot for slot in slots if slot.share >= 0.3]


def _parts(row: LexborNode, rows: Rows) -> Iterator[LexborNode]:
    yield row
    following = row.next
    while rows.details and following is not None and following.tag in ("-text", "dd"):
        if following.tag == "dd":
            yield following
            return
        following = following.next


def _slot(rows: Rows, css: str, name: str) -> Slot | None:
    values, attributes = [], {"href": 0, "datetime": 0}
    for row in rows.nodes[:40]:
        hits = (part.css_first(css) for part in _parts(row, rows))
        node = next((hit for hit in hits if hit is not None), None)
        text = node_text(node)
        if node is not None and (text or node.attributes.get("datetime")):
            values.append(text)
            for attribute in attributes:
                attributes[attribute] += bool(node.attributes.get(attribute))
    kept = {key: count for key, count in attributes.items() if count * 2 > len(values)}
    return Slot(css, tuple(values), len(values) / min(len(rows.nodes), 40), name, kept) if values else None


def _place(node: LexborNode, row: LexborNode) -> tuple[str, str]:
    """Return a selector of an element in a row, and the words that name it: its class or its label."""
    if node.mem_id == row.mem_id:
        return str(node.tag), ""
    for tag in ("dt", "strong", "b", "label"):
        if (label := _before(node, tag)) is not None and (words := node_text(label).strip(" :")):
            return f'{tag}:lexbor-contains("{quoted(words)}") + {node.tag}', words
    classes = sorted(steady_classes(node), key=len, reverse=True)
    name = next(filter(None, map(words_of, classes)), "")
    if classes:
        tries = [f"{node.tag}.{classes[0]}", f"{node.tag}.{'.'.join(classes[:2])}"]
    else:
        above, above_name = _place(node.parent, row) if node.parent else ("", "")
        # Below the row itself, whatever its tag: the row's own selector is added elsewhere.
        inside = node.parent is not None and node.parent.mem_id != row.mem_id
        tries, name = [f"{above} {node.tag}" if inside else str(node.tag)], above_name
    for css in (*tries, *(f"{one}:nth-of-type({_nth(node)})" for one in tries)):
        if (hit := row.css_first(css)) is not None and hit.mem_id == node.mem_id:
            return css, name
    return tries[-1], name


def _nth(node: LexborNode) -> int:
    same, before = 1, node.prev
    while before is not None:
        same += before.tag == node.tag
        before = before.prev
    return same


def _before(node: LexborNode, tag: str) -> LexborNode | None:
    before = node.prev
    while before is not None and before.tag == "-text":
        before = before.prev
    return before if before is not None and before.tag == tag else None
