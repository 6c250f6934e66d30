"""Read the saved text of GAO's older recommendation pages (2016 to 2020), whose values have labels.

What such a text has lost stays lost: rows without title or recommendation become sentences, not records.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from monitor.domain.identity import shorten
from monitor.domain.status import Status, status_of
from monitor.domain.text import squeeze
from monitor.profiles.builtin.gao_fields import NO_TITLE, REPORT_NUMBER, Row
from monitor.profiles.days import is_day

_LABEL = re.compile(r"\s*(recommendation|agency|status|comments?|director|phone)s?:\s*(.*)$", re.I)
_COUNT = re.compile(r"(?:\d+ )?open recommendations?", re.I)
_TOTAL = re.compile(r"\d+ publications? with a total of", re.I)
_NUMBER_LINE = re.compile(r"(?:gao|aimd|t)-[\w-]{0,20}\d[\w-]{0,20}(?:[,:] ?(.{6,90}))?$", re.I)
_RELEASED = re.compile(r"(?:published|(?:publicly )?released|issued)\b", re.I)
_SENTENCE_END = re.compile(r"(?<!\bU\.S)\.[\"”')]*$")


def is_labelled(line: str) -> bool:
    """Return whether a line states the total of the older layout."""
    return _TOTAL.match(squeeze(line)) is not None


@dataclass(slots=True)
class _Reading:
    """What has been read of the current report: its name, and the labelled values of its last row."""

    title: str | None = None
    number: str | None = None
    fresh_title: str | None = None
    fresh_number: str | None = None
    loose: list[str] = field(default_factory=list)  # lines without a label since the last one
    held: dict[str, str] = field(default_factory=dict)
    last: str = ""  # the label of the last value

    def take_title(self) -> str | None:
        """Return the title in the last line without a label; the lines before it go on with the value."""
        line = self.loose.pop() if self.loose else None
        if line and (_SENTENCE_END.search(line) and self.held):
            self.loose.append(line)
            line = None
        self.go_on()
        return None if line and NO_TITLE.fullmatch(line) else line

    def go_on(self) -> None:
        """Add the lines without a label to the value before them."""
        if self.last in self.held and self.loose:
            mark = "\n\n" if self.last == "comment" else " "
            self.held[self.last] = mark.join([self.held[self.last], *self.loose]).strip()
        self.loose = []


def labelled_rows(lines: list[str]) -> Iterator[Row | str]:
    """Return the rows of a text of the older layouts, or sentences about what it has lost."""
    if not _is_older_layout(lines):
        return
    reading = _Reading()
    for line in [squeeze(line) for line in lines if line.strip()]:
        label, number = _LABEL.match(line), _NUMBER_LINE.match(line)
        if label:
            name = label[1].lower()
            yield from _labelled(reading, "comment" if name.startswith("comment") else name, label[2])
        elif number and (not number[1] or is_day(number[1]) or _RELEASED.match(number[1])):
            title = reading.take_title()
            yield from _finished(reading)
            found = REPORT_NUMBER.match(line)
            reading.fresh_title, reading.fresh_number = title, found[0] if found else None
            reading.number = reading.fresh_number
        elif _TOTAL.match(line):
            # Labels above the total are those of the search.
            if reading.held.get("recommendation"):
                reading.go_on()
                yield from _finished(reading)
            reading = _Reading()
        elif not _COUNT.fullmatch(line):
            reading.loose.append(line)
    yield from _ended(reading)


def _labelled(reading: _Reading, name: str, value: str) -> Iterator[Row | str]:
    """Take in one labelled value; give the row before where this one begins the next."""
    if name == "director":
        # The line before the director is the title; a number counts only if it came with this report.
        title = reading.fresh_title or reading.take_title()
        yield from _finished(reading)
        reading.title, reading.number = title, reading.fresh_number
        reading.fresh_title = reading.fresh_number = None
    elif name in ("recommendation", "agency") and _begins_row(reading.held, name):
        reading.go_on()
        yield from _finished(reading)
    reading.go_on()
    reading.last = name
    if name not in ("director", "phone"):
        reading.held[name] = value


def _ended(reading: _Reading) -> Iterator[Row | str]:
    """Return the row in which a text ends; its last value may be cut short."""
    if reading.loose:
        yield f"the text ends in {shorten(' '.join(reading.loose))!r}, which is not a complete recommendation"
        reading.loose = []
    last, held = reading.last, reading.held
    if last == "recommendation" and held.get(last):
        yield f"the text ends in {shorten(held.pop(last))!r}, which is not a complete recommendation"
        return
    for row in _finished(reading):
        if isinstance(row, str):
            yield row
        elif last == "comment":
            yield replace(row, cut=frozenset({"status_comment"}))
        else:
            # "Open" may be the rest of a cut "Open – Partially Addressed".
            cut = frozenset(
                {"status", "status_text", "status_comment", *(["agency"] if last == "agency" else [])}
            )
            known = status_of(row.status_text) is not Status.UNKNOWN
            yield replace(row, status_text=row.status_text if known else None, cut=cut)


def _begins_row(held: dict[str, str], name: str) -> bool:
    return bool(held) if name == "recommendation" else name in held


def _is_older_layout(lines: list[str]) -> bool:
    """Return whether the labels come in GAO's order: a page about something else may have one of them."""
    names = {label[1].lower() for line in lines if (label := _LABEL.match(line))}
    counted = any(is_labelled(line) for line in lines)
    return (counted and "recommendation" in names) or {"phone", "agency", "status"} <= names


def _finished(reading: _Reading) -> Iterator[Row | str]:
    held, reading.held = reading.held, {}
    if not held:
        return
    if not held.get("recommendation"):
        about = reading.number or reading.title or "a report"
        yield f"the text of {about} has lost it and gives only its status"
        return
    yield Row(
        title=reading.title,
        text=held["recommendation"],
        agency=held.get("agency"),
        report_number=reading.number,
        status_text=held.get("status"),
        comment=held.get("comment"),
    )
