"""Guess where in the rows of an HTML page each field is: by headings, names, labels and values. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import regex
from selectolax.lexbor import LexborNode

from monitor.domain.status import Status, status_of
from monitor.domain.types import RecordKind
from monitor.profiles.declarative.settings import NEEDED
from monitor.profiles.html_tree import cells_of
from monitor.profiles.inference.rows import Rows, quoted, steady_classes
from monitor.profiles.inference.values import (
    ISSUED,
    LABELLED,
    NOT_ISSUED,
    NUMBER,
    OTHER_DAY,
    days,
    distinct,
    field_named,
    length,
    number_pattern,
    share,
    without_number,
    words_of,
)
from monitor.profiles.markup import node_text

_MOST_SLOTS = 60
_MOST_LOOKED_AT = 40  # rows
_LONGEST_LABELLED = 5_000  # characters of a text that labels divide
_OF_LABELS = ("strong", "b", "label", "span", "em")
_LABEL = regex.compile(r"(?P<label>[A-Z][A-Za-z/. -]{2,29}?)(?P<number> ?#?\d+[a-z]?)?\s*:\s*(?=\S)")
_ALL_ROWS = 1.05  # shares of rows that add up to all, rounding aside
_STATUS_IN_HEADING = regex.compile(
    r"(?i)\b(?:not implemented|unimplemented|implemented|open|closed|outstanding)\b"
)
_COUNTER = regex.compile(r"(?i)#|nos?\.?|item|rec\.?")
_CONTAINS = "lexbor-contains"
_TITLE_LENGTH = 25  # characters of a recommendation, at least
_COUNTED = ("recommendation_number", "matter_number")
_KNOWN_STATUSES = {*Status} - {Status.UNKNOWN}
_BARE_NUMBER = rf"^\s*{NUMBER}\s*$"


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in the rows, with its value in each row that has it."""

    css: str
    values: tuple[str, ...]
    share: float
    name: str
    attributes: Mapping[str, int]
    pattern: str | None = None

    @property
    def place(self) -> dict[str, Any]:
        """Where it is, as a profile says it."""
        return {"css": self.css, "pattern": self.pattern} if self.pattern else {"css": self.css}


def fields_by_heading(rows: Rows, kind: RecordKind) -> dict[str, Any]:
    """Return the fields of a table by the words over its columns."""
    fields: dict[str, Any] = {}
    for words in rows.headings:
        name = field_named(words, kind)
        if name and name not in fields:
            fields[name] = {"header": words}
    needed = NEEDED[kind][0]
    if kind is RecordKind.RECOMMENDATION:
        _name_counter(rows, fields)
    if needed in fields and share(_cells(rows, fields[needed]), _BARE_NUMBER) > 0.8:
        # The column of reports holds their numbers.
        fields.setdefault("report_number", fields.pop(needed))
        if kind is RecordKind.REPORT and (title := fields.pop("abstract", None)):
            fields["title"] = title
    title = fields.get(needed)
    said = next((hit[0] for words in rows.headings if (hit := _STATUS_IN_HEADING.search(words))), None)
    if kind is RecordKind.RECOMMENDATION and "status_text" not in fields and said:
        fields["status_text"] = {"value": said}
    cells = _cells(rows, title) if title else []
    if title and "report_number" not in fields and share(cells, NUMBER) > 0.8:
        fields["report_number"] = {**title, "pattern": number_pattern(cells)}
        fields[needed] = {**title, **without_number(cells)}
    if kind is RecordKind.REPORT and "issue_date" not in fields:
        free = [{"header": words} for words in rows.headings if words and not regex.search(OTHER_DAY, words)]
        dated = [place for place in free if days(_cells(rows, place)) > 0.8]
        fields |= {"issue_date": dated[0]} if len(dated) == 1 else {}
    if "url" not in fields:
        linked = [fields[name] for name in (needed, "report_number", "recommendation") if name in fields]
        linked += [{"header": words} for words in rows.headings if words]
        held = [place for place in linked if share(_cells(rows, place, "a[href]"), r"\S") > 0.5]
        linked_rows = sum(row.css_first("td a[href]") is not None for row in rows.nodes)
        if held:
            fields["url"] = {"header": held[0]["header"], "attribute": "href"}
        elif linked_rows * 2 > len(rows.nodes):
            fields["url"] = {"css": "td a[href]", "attribute": "href"}  # the column has no heading
    else:
        fields["url"]["attribute"] = "href"
    return fields


def _cells(rows: Rows, place: Mapping[str, Any], inside: str = "") -> list[str]:
    """Return the words in a table's column, or of the elements `inside` its cells."""
    at = rows.headings.index(place["header"])
    spread = any(row.css_first("[rowspan]") for row in rows.nodes)
    cells = []
    for row in rows.nodes:
        one = cells_of(row)
        own = at - (len(rows.headings) - len(one)) * spread  # a cell of a row above is before them
        cells += one[own : own + 1] if own >= 0 else []
    return [node_text(cell.css_first(inside) if inside else cell) for cell in cells]


def _name_counter(rows: Rows, fields: dict[str, Any]) -> None:
    """Put the column that counts the recommendations of each report under its own name."""
    number = fields.get("report_number")
    for words in rows.headings if number is None else ():
        if _COUNTER.fullmatch(words) and share(_cells(rows, {"header": words}), r"^\d{1,3}$") > 0.8:
            number = fields["report_number"] = {"header": words}
    if number and "recommendation_number" not in fields and share(_cells(rows, number), r"^\d{1,3}$") > 0.8:
        fields["recommendation_number"] = fields.pop("report_number")


def recommendations_by_place(rows: Rows, page: str) -> dict[str, Any]:
    """Return the fields of rows that are recommendations by their labels, {} for other rows.

    `page` is what the page is called.
    """
    slots = _slots(rows)
    named: dict[str, Slot] = {}
    for slot in sorted(slots, key=lambda slot: _CONTAINS not in slot.css):  # labels before classes
        name = field_named(slot.name, RecordKind.RECOMMENDATION) if slot.name else None
        taken = any(slot.css == other.css and slot.pattern == other.pattern for other in named.values())
        if name and not taken and _may_be(name, slot):
            named.setdefault(name, slot)
    by_value = (slot for slot in slots if set(map(status_of, slot.values)) <= _KNOWN_STATUSES)
    status, text = named.get("status_text") or next(by_value, None), named.get("recommendation")
    if status is None or status.share < 0.8 or length(status.values) > 60:
        return {}
    if text is None and "recommendation" not in page.casefold():
        return {}
    kept = [named.get(name) for name in ("status_comment", "recommendation", "status_text")]
    places = {slot.css for slot in kept if slot}
    free = [slot for slot in slots if slot.css not in places and slot.share >= 0.6]
    title = named.pop("report_title", None)
    if title is None or length(title.values) < 10 or share(title.values, _BARE_NUMBER) > 0.5:
        title = _title(free, distinct_share=0)
    if text is None or length(text.values) < _TITLE_LENGTH:
        free = [slot for slot in free if not _holds(slot, [status, *kept, title])]
        long = [s for s in free if distinct(s.values) > 0.7 and _TITLE_LENGTH <= length(s.values) < 2000]
        text = max((s for s in long if s is not title), key=lambda s: length(s.values), default=None)
        if text is None:
            text, title = title, None
    if text is None:
        return {}
    if title is not None and (title.css == text.css or title.css in text.css or not _is_title(title)):
        title = None
    named |= {"recommendation": text, "status_text": status} | ({"report_title": title} if title else {})
    fields = {name: slot.place for name, slot in named.items()}
    link = _link(slots, _whole(rows), title)
    fields |= {"url": {"css": link.css, "attribute": "href"}} if link else {}
    return fields | _by_value(slots, None, fields, RecordKind.RECOMMENDATION, title)


def _may_be(name: str, slot: Slot) -> bool:
    """Return whether what a place shows can be of the field that it is called by."""
    if name == "issue_date":
        return days(slot.values) >= 0.5
    return name not in _COUNTED or share(slot.values, r"^\D{0,20}\d{1,3}\S{0,4}$") >= 0.5


def _holds(slot: Slot, others: Iterable[Slot | None]) -> bool:
    """Return whether a place is around another one."""
    return any(
        other is not None
        and other is not slot
        and len(slot.values[0]) > len(other.values[0]) + 5
        and other.values[0] in slot.values[0]
        for other in others
    )


def _is_title(slot: Slot) -> bool:
    return share(slot.values, _BARE_NUMBER) < 0.5 and days(slot.values) < 0.5


def fields_by_place(rows: Rows, kind: RecordKind) -> dict[str, Any]:
    """Return the fields of rows by their places, guessed from names and values."""
    slots = _slots(rows)
    whole = _whole(rows)
    title = _title(slots)
    words = title or whole
    link = _link(slots, whole, title)
    fields: dict[str, Any] = {}
    if words is None:
        return {}
    first = _first_half(rows, slots, title) if title else None
    bare = {"css": words.css, **without_number(words.values)}
    fields[NEEDED[kind][0]] = {"css": [first, words.css], "join": ": "} if first else bare
    linked = title if title and title.attributes.get("href") else link
    if linked:
        fields["url"] = {"css": linked.css, "attribute": "href"}
    taken = {title.css if title else ""}
    for slot in slots:
        name = field_named(slot.name, kind) if slot.name else None
        if name and name not in (*fields, "url", "title", "report_title") and slot.css not in taken:
            if not _may_be(name, slot):
                continue
            fields[name] = slot.place
            taken.add(slot.css)
    found = {**fields, **_by_value(slots, whole, fields, kind, title)}
    if whole and share(whole.values, NOT_ISSUED) > 0 and share(whole.values, ISSUED) >= 0.6:
        # Of several days the one that the page itself calls the day of issue.
        found["issue_date"] = {"css": whole.css, "pattern": ISSUED}
    return found


def _whole(rows: Rows) -> Slot | None:
    """Return the row itself as a place."""
    return _slot(rows, str(rows.nodes[0].tag), "")


def _link(slots: list[Slot], whole: Slot | None, title: Slot | None) -> Slot | None:
    """Return the place of the record's link: the one with the words of the title, or else the first."""
    links = [slot for slot in (*slots, whole) if slot and slot.attributes.get("href")]
    return next((slot for slot in links if title and slot.values == title.values), next(iter(links), None))


def _by_value(
    slots: list[Slot],
    whole: Slot | None,
    fields: Mapping[str, Any],
    kind: RecordKind,
    title: Slot | None,
) -> dict[str, Any]:
    """Return the fields that only their values show: a day, a long text, a report number."""
    every = [*slots, *([whole] if whole else [])]
    found: dict[str, Any] = {}
    if kind is RecordKind.REPORT:
        day = _day_place(slots, every) if "issue_date" not in fields or _stamped(slots) else None
        text = _text_place(slots, title) if "abstract" not in fields else None
        found = {name: place for name, place in (("issue_date", day), ("abstract", text)) if place}
    numbered = [slot for slot in every if share(slot.values, NUMBER) * slot.share >= 0.5]
    if "report_number" in fields:
        found["report_number"] = _only_number(fields["report_number"], slots)
    elif numbered:
        best = min(numbered, key=lambda slot: length(slot.values))
        found["report_number"] = _under_labels(best, slots)
    elif labelled := [slot for slot in slots if share(slot.values, LABELLED) * slot.share >= 0.8]:
        best = min(labelled, key=lambda slot: length(slot.values))
        found["report_number"] = {"css": best.css, "pattern": LABELLED}
    return found


def _under_labels(best: Slot, slots: list[Slot]) -> dict[str, Any]:
    """Return where the number is; it may be under several labels, such as Audit and Review."""
    places, values, filled = [best.css], list(best.values), best.share
    for slot in slots if "lexbor-contains" in best.css else ():
        if slot.css not in places and "lexbor-contains" in slot.css and filled + slot.share <= _ALL_ROWS:
            if share(slot.values, NUMBER) < 0.9:
                continue
            places, values, filled = [*places, slot.css], [*values, *slot.values], filled + slot.share
    return {"css": places if len(places) > 1 else best.css, "pattern": number_pattern(values)}


def _first_half(rows: Rows, slots: list[Slot], title: Slot) -> str | None:
    """Return where the first half of a title is: another link of each row to the same page, before it."""
    at = next((place for place, slot in enumerate(slots) if slot.css == title.css), 0)
    for slot in slots[:at]:
        if not slot.attributes.get("href") or slot.share < 0.9 or distinct(slot.values) < 0.7:
            continue
        pairs = [(row.css_first(slot.css), row.css_first(title.css)) for row in rows.nodes[:40]]
        both = [(one, other) for one, other in pairs if one is not None and other is not None]
        same = sum(one.attributes.get("href") == other.attributes.get("href") for one, other in both)
        apart = sum(node_text(one).casefold() not in node_text(other).casefold() for one, other in both)
        if both and same == len(both) and apart > 0.8 * len(both):
            return slot.css
    return None


def _stamped(slots: list[Slot]) -> Slot | None:
    return next((slot for slot in slots if slot.attributes.get("datetime")), None)


def _day_place(slots: list[Slot], every: list[Slot]) -> dict[str, Any] | None:
    """Return where the day is: an element marked as a time, or the shortest text with a day."""
    if stamped := _stamped(slots):
        return {"css": stamped.css, "attribute": "datetime"}
    dated = [slot for slot in every if days(slot.values) * slot.share >= 0.6]
    dated = [slot for slot in dated if share(slot.values, NOT_ISSUED) < 0.5]
    return {"css": min(dated, key=lambda slot: length(slot.values)).css} if dated else None


def _text_place(slots: list[Slot], title: Slot | None) -> dict[str, Any] | None:
    """Return where the abstract is: the shortest of the long texts that most rows have, but the title."""
    css = title.css if title else ""
    long = [s for s in slots if length(s.values) > 80 and s.css != css and not s.attributes]
    long = [slot for slot in long if title is None or not (_repeats(slot, title) or _holds(slot, [title]))]
    best = min(long, key=lambda slot: (-round(slot.share, 1), length(slot.values)), default=None)
    return best.place if best else None


def _repeats(slot: Slot, title: Slot) -> bool:
    """Return whether a place only shows the title again, with a few words beside it."""
    titles = {value.casefold() for value in title.values}
    held = [
        any(one in value.casefold() and len(value) < 1.6 * len(one) for one in titles)
        for value in slot.values
    ]
    return sum(held) * 2 > len(held)


def _only_number(place: Mapping[str, Any], slots: list[Slot]) -> dict[str, Any]:
    """Add a pattern where words such as "Report No." stand before the number."""
    values = next((slot.values for slot in slots if slot.css == place["css"]), ())
    bare = all(regex.fullmatch(NUMBER, value) for value in values)
    if share(values, NUMBER) < 0.5 and share(values, LABELLED) > 0.8:
        return {**place, "pattern": LABELLED}
    return {**place} if bare or share(values, NUMBER) < 0.5 else {**place, "pattern": number_pattern(values)}


def _title(slots: list[Slot], distinct_share: float = 0.5) -> Slot | None:
    """Return the place of the title: a linked heading, a link, a heading, or the longest distinct words."""
    worth = [
        slot
        for slot in slots
        if slot.share >= 0.6 and length(slot.values) >= 10 and distinct(slot.values) > distinct_share
    ]
    worth = [slot for slot in worth if length(slot.values) < 400 and share(slot.values, _BARE_NUMBER) < 0.5]

    def rank(slot: Slot) -> tuple[bool, bool, bool, float]:
        is_heading = regex.search(r"(?:^|[\s>])(?:h[1-6]|summary)\b(?! \+)", slot.css) is not None
        named = field_named(slot.name, RecordKind.REPORT) == "title"
        return named, slot.attributes.get("href", 0) > 0, is_heading, min(length(slot.values), 80)

    best = max(worth, key=rank, default=None)
    return next((slot for slot in worth if best and _is_within_the_same_words(slot, best)), best)


def _is_within_the_same_words(bare: Slot, slot: Slot) -> bool:
    """Return whether another place shows the same with words around it, such as "Read more about"."""
    around = {one.partition(other)[::2] for one, other in zip(slot.values, bare.values, strict=False)}
    return len(slot.values) == len(bare.values) > 1 and len(around) == 1 and around != {("", "")}


def _slots(rows: Rows) -> list[Slot]:
    """Return the places that most rows have, each by a selector that starts at the row."""
    seen: dict[tuple[str, str | None], str] = {}
    for at in range(min(len(rows.nodes), _MOST_LOOKED_AT)):
        for part, own in rows.parts(at):
            for node in part.css("*"):
                if len(seen) >= _MOST_SLOTS:
                    continue
                # A row with details may itself be the title; otherwise only its labels are looked at.
                places: list[tuple[str, str, str | None]] = [*_labelled(node)]
                if own or rows.details or node.mem_id != part.mem_id:
                    places.append((*_place(node, part, rows.selector), None))
                for css, name, pattern in places:
                    inside = own if node.mem_id == part.mem_id else f"{own} {css}"
                    seen.setdefault((inside.strip() if own else css, pattern), name)
    slots = [slot for (css, pattern), name in seen.items() if (slot := _slot(rows, css, name, pattern))]
    return [slot for slot in slots if slot.share >= 0.3]


def _labelled(node: LexborNode) -> list[tuple[str, str, str]]:
    """Return how to find the values behind the labels in one element: selector, label and pattern."""
    holder = f"{node.tag}.{classes[0]}" if (classes := steady_classes(node)) else str(node.tag)
    found: list[tuple[str, str, str]] = []
    later: list[str] = []
    for tag, label, is_numbered in reversed(_labels(node)):
        inside = f'lexbor-contains("{quoted(label)}")'
        css = f"{holder}:{inside}" if tag == "-text" else f"{holder}:has(> {tag}:{inside})"
        said = regex.escape(label, literal_spaces=True)
        value = rf"(.+?)(?=[\s|;,]*\b(?:{'|'.join(later)})\s*:|$)" if later else "(.+)"
        if is_numbered:
            found.append((css, f"{label} Number", rf"\b{said} ?#?(\d+[a-z]?)\s*:"))
        found.append((css, label, rf"\b{said}(?: ?#?\d+[a-z]?)?\s*:\s*{value}"))
        later.append(said)
    return found[::-1]


def _labels(node: LexborNode) -> list[tuple[str, str, bool]]:
    """Return the labels in an element, marked or at the beginning of a line: tag, words, if numbered."""
    found: list[tuple[str, str, bool]] = []
    words, at, begins = node.text(), 0, True
    for one in node.iter(include_text=True) if node.tag != "a" and len(words) < _LONGEST_LABELLED else ():
        own = one.text()
        if begins if one.tag == "-text" else one.tag in _OF_LABELS:
            hit = _LABEL.match(words, at + len(own) - len(own.lstrip()))
            if hit and hit.end("label") <= at + len(own):
                found.append((str(one.tag), hit["label"], bool(hit["number"])))
        begins = one.tag == "br" or (begins and not own.strip())
        at += len(own)
    return found


def _slot(rows: Rows, css: str, name: str, pattern: str | None = None) -> Slot | None:
    values, attributes = [], {"href": 0, "datetime": 0}
    for at in range(min(len(rows.nodes), _MOST_LOOKED_AT)):
        hits = (part.css_first(css) for part, _ in rows.parts(at))
        node = next((hit for hit in hits if hit is not None), None)
        text = node_text(node)
        if pattern is not None:
            text = hit[1] if (hit := regex.search(pattern, text)) else ""
        if node is not None and (text or node.attributes.get("datetime")):
            values.append(text)
            for attribute in attributes:
                attributes[attribute] += bool(node.attributes.get(attribute))
    kept = {key: count for key, count in attributes.items() if count * 2 > len(values)}
    filled = len(values) / min(len(rows.nodes), _MOST_LOOKED_AT)
    return Slot(css, tuple(values), filled, name, kept, pattern) if values else None


def _place(node: LexborNode, row: LexborNode, rows: str) -> tuple[str, str]:
    """Return a selector of an element in a row, and the words that name it: its class or its label."""
    if node.mem_id == row.mem_id:
        return str(node.tag), ""
    for tag in ("dt", *_OF_LABELS):
        label = _before(node, tag)
        if label is None or (tag in ("span", "em") and not node_text(label).rstrip().endswith(":")):
            continue
        words = node_text(label).strip(" :")
        if words and not days([words]) and not share([words], NUMBER):  # these are values themselves
            said = f"{words}:" if node_text(label).endswith(f"{words}:") else words
            css = f'{tag}:lexbor-contains("{quoted(said)}")'
            hit = row.css_first(f"{css} + {node.tag}")
            if hit is not None and hit.mem_id != node.mem_id:
                css += f':not(:lexbor-contains("{quoted(said)} "))'  # such as Recommendation No. before it
            return f"{css} + {node.tag}", words
    classes = sorted(steady_classes(node), key=len, reverse=True)
    name = next(filter(None, map(words_of, classes)), "")
    if classes:
        tries = [f"{node.tag}.{classes[0]}", f"{node.tag}.{'.'.join(classes[:2])}"]
    else:
        above, above_name = _place(node.parent, row, rows) if node.parent else ("", "")
        # Below the row itself, whatever its tag: the row's own selector is added elsewhere.
        inside = node.parent is not None and node.parent.mem_id != row.mem_id
        if not inside and node.tag == row.tag:
            above, inside = f"{rows} >", True  # otherwise the row is found itself
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
