"""Read the saved text of GAO's older recommendation pages (2016 to 2020), whose values have labels.

What such a text has lost stays lost: rows without title or recommendation become sentences, not records.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from monitor.domain.text import squeeze
from monitor.profiles.builtin.gao_fields import REPORT_NUMBER, Row

_LABEL = re.compile(r"\s*(recommendation|agency|status|comments?|director|phone)s?:\s*(.*)$", re.I)
_COUNT = re.compile(r"(?:\d+ )?open recommendations?", re.I)
_TOTAL = re.compile(r"\d+ publications? with a total of", re.I)
_NUMBER_LINE = re.compile(
    r"(?:gao|aimd|t)-[\w-]{0,20}\d[\w-]{0,20}(?:[,:] ?\w{3,9}\.? \d{1,2}, \d{4})?$", re.I
)


def is_labelled(line: str) -> bool:
    """Return whether a line states the total of the older layout."""
    return _TOTAL.match(squeeze(line)) is not None


@dataclass(slots=True)
class _Reading:
    """What has been read of the current report: its name, and the labelled values of its last row."""

    title: str | None = None
    number: str | None = None
    fresh_number: str | None = None
    loose_line: str | None = None
    held: dict[str, str] = field(default_factory=dict)


def labelled_rows(lines: list[str]) -> Iterator[Row | str]:
    """Return the rows of a text of the older layouts, or sentences about what it has lost."""
    if not _is_older_layout(lines):
        return
    reading = _Reading()
    for line in [squeeze(line) for line in lines if line.strip()]:
        label = _LABEL.match(line)
        if label:
            name = label[1].lower()
            yield from _labelled(reading, "comment" if name == "comments" else name, label[2])
        elif _NUMBER_LINE.match(line):
            yield from _finished(reading)
            found = REPORT_NUMBER.match(line)
            reading.number = reading.fresh_number = found[0] if found else None
        elif not _COUNT.fullmatch(line) and not _TOTAL.match(line):
            reading.loose_line = line
    yield from _finished(reading)


def _labelled(reading: _Reading, name: str, value: str) -> Iterator[Row | str]:
    """Take in one labelled value; give the row before where this one begins the next."""
    if name == "director" or (name in ("recommendation", "agency") and _begins_row(reading.held, name)):
        yield from _finished(reading)
    if name == "director":
        # The line before the director is the title; a number counts only if it came with this report.
        reading.title, reading.number = reading.loose_line, reading.fresh_number
        reading.loose_line = reading.fresh_number = None
    elif name != "phone":
        reading.held[name] = value


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
