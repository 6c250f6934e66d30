"""Read a page as a YAML file describes it: its rows become records, whatever the page's format.

The name of a field decides its type: `issue_date` is a day, `url` a link, `priority` a flag. A row that
cannot be read becomes a sentence and never affects another row.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

import regex

from monitor.domain.identity import identify, report_id, shorten
from monitor.domain.notes import is_placeholder, shown_number, shown_title, without_more
from monitor.domain.status import agreement_in, agreement_of, shown_status, status_of
from monitor.domain.text import comparable_title, squeeze
from monitor.domain.types import FIELDS, Parse, ParsedRecord, ReadRow, RecordKind
from monitor.profiles.days import counted_day_of, day_of, fiscal_year_of
from monitor.profiles.declarative.cells import names_of, person_of, topics_of
from monitor.profiles.declarative.data import csv_sheet, feed_sheet, json_sheet
from monitor.profiles.declarative.headings import HEADINGS, TARGET_DATE, folded
from monitor.profiles.declarative.hooks import Hook, HookError, ask
from monitor.profiles.declarative.html import html_sheet
from monitor.profiles.declarative.settings import NEEDED, FieldPlace, ProfileSettings, found
from monitor.profiles.declarative.table import PARAGRAPHS, Row, Sheet
from monitor.profiles.html_tree import tree_of
from monitor.profiles.markup import IN_VALUE, absolute, block_text, canonical_url, split_address, split_url
from monitor.profiles.profile import Profile

_SHEETS = {"html": html_sheet, "csv": csv_sheet, "json": json_sheet, "feed": feed_sheet}
_COUNT = regex.compile(
    r"(?:(?:rec(?:ommendation)?|no|number)[. #]*)*#?(\d{1,4}(?:[.-]?[a-z0-9]{1,3})?)", regex.I
)
_WHOLE = regex.compile(r"(\d+)\.0")  # as spreadsheets write a number
_TITLES = ("title", "report_title")
_USUAL_COMMENT = HEADINGS[RecordKind.RECOMMENDATION]["status_comment"]
_TARGET = FieldPlace.model_validate({"header": TARGET_DATE})
_NO = regex.compile(r"(?:no|not|non|false|low|medium|normal|standard|routine)\b.*|[0nf]", regex.I)
_UNCLEAR = "was not understood"
_SLOW = "took too long"
_MOST_ROWS = 50_000  # of one page; reading them takes seconds
_MOST_SLOW = 3  # rows with a slow pattern or hook, before the rest of the page is skipped


def described(name: str, settings: ProfileSettings, hook: Hook | None = None) -> Profile:
    """Return the profile that `settings` describe; `hook` is the function that they name."""
    reader = _Reader(name, settings, hook)
    return Profile(
        name=name,
        version=settings.version,
        kind=settings.kind,
        describes=settings.describes,
        recognizes=reader.recognizes,
        parse=reader.parse,
        follow_up_url=reader.follow_up_url,
        columns=tuple(" or ".join(place.header) for place in settings.fields.values() if place.header),
        required=NEEDED[settings.kind],
        is_of=reader.is_of,
        format=settings.format,
        expect=settings.expect,
        habits=settings.habits.model_dump(exclude_none=True),
        fingerprint=sha256(settings.model_dump_json().encode()).hexdigest()[:12],
    )


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads pages as one settings file describes them."""

    name: str
    settings: ProfileSettings
    hook: Hook | None

    def is_of(self, url: str) -> bool:
        """Return whether an address alone identifies a page of this profile."""
        signs = self.settings.recognize
        _, host, path, _ = split_url(url)
        if signs.path and not _is_in(signs.path, path):
            return False
        return bool(signs.hosts) and host.rstrip(".") in signs.hosts

    def recognizes(self, text: str, url: str) -> bool:
        text, url = split_address(text, url)
        signs = self.settings.recognize
        if not signs or (signs.hosts and not self.is_of(url)):
            return False
        if signs.text and not _is_in(signs.text, text):
            return False
        return signs.css is None or tree_of(text).css_first(signs.css) is not None

    def follow_up_url(self, fields: Mapping[str, Any]) -> str | None:
        wanted = self.settings.follow_up
        names = regex.findall(r"\{([^{}]*)\}", wanted or "")
        if wanted is None or any(fields.get(name) is None for name in names):
            return None
        return absolute(wanted.format(**{name: str(fields[name]).lower() for name in names}), "")

    def parse(self, text: str, url: str) -> Parse:
        text, url = split_address(text, url)
        settings = self.settings
        sheet = _shortened(_SHEETS[settings.format](settings, text, url))
        address = _address(text, url) if settings.identity == "page" else None
        rows = tuple(self._rows(sheet, address))
        records = tuple(row.record for row in rows if row.record)
        problems = [*sheet.problems, *(f"Row {row.number}: {said}." for row in rows for said in row.problems)]
        unclear = sum(said.endswith(_UNCLEAR) for row in rows if row.record for said in row.problems)
        return Parse(
            profile=self.name,
            records=records,
            declared_total=sheet.total,
            complete=self._is_complete(sheet, len(records), len(problems) - unclear),
            next_url=sheet.next_url,
            problems=tuple(problems),
            says_empty=not records and not problems and sheet.says_empty,
            missing_columns=tuple(sorted(set().union(*(row.missing for row in sheet.rows)))),
            title=sheet.title,
            rows=rows,
            unclear=unclear,
        )

    def _rows(self, sheet: Sheet, address: str | None) -> Iterator[ReadRow]:
        """Yield every row with its outcome; where rows take too long, the rest is skipped."""
        slow = 0
        for number, row in enumerate(sheet.rows, 1):
            record, said = self._record(row, sheet, address)
            slow += any(sentence.endswith(_SLOW) for sentence in said)
            if slow >= _MOST_SLOW and number < len(sheet.rows):
                said = [
                    *said,
                    f"the {len(sheet.rows) - number} rows after it were not read, for the same reason",
                ]
            yield ReadRow(number, record, tuple(said), "" if record else shorten(row.shown()))
            if slow >= _MOST_SLOW:
                return

    def _is_complete(self, sheet: Sheet, records: int, lost: int) -> bool:
        if lost or not (self.settings.whole and sheet.alone):
            return False
        return (records > 0 or sheet.says_empty) and sheet.total in (None, records)

    def _record(self, row: Row, sheet: Sheet, address: str | None) -> tuple[ParsedRecord | None, list[str]]:
        """Return the record of a row, and what could not be read."""
        if row.refused:
            return None, [row.refused]
        settings = self.settings
        read, said = self._fields(row, sheet.base)
        if read is None:
            return None, said
        if said and (lacks := row.lacks):
            return None, [*said, lacks]
        fields = read
        if refusal := _refusal(settings, row, fields):
            return None, [*said, refusal]
        if settings.kind is RecordKind.RECOMMENDATION:
            fields["priority"] = bool(fields["priority"])
            fields["status"] = self._status(fields["status_text"])
            fields["agreement"] = agreement_of(fields["agreement"]) or agreement_in(fields["status_text"])
        if address is not None:
            fields["url"] = address
        by_url = settings.identity != "number" and fields["url"]
        # Reports of different offices may share a number.
        known_by = {**fields, "report_number": None} if by_url else fields
        key, aliases = identify(settings.kind, known_by)
        if row.identity and not known_by.get("report_number"):
            # Earlier versions knew the entry by its link or title.
            aliases = (key, *aliases)
            return ParsedRecord(settings.kind, row.identity, fields, aliases, quiet=frozenset(("url",))), said
        return ParsedRecord(settings.kind, key, fields, aliases), said

    def _fields(self, row: Row, base: str) -> tuple[dict[str, Any] | None, list[str]]:
        """Return the fields of a row (None where its hook drops it), and what was not understood."""
        fields: dict[str, Any] = dict.fromkeys(FIELDS[self.settings.kind])
        said: list[str] = []
        for field, place in self.settings.fields.items():
            try:
                raw = row.text(place, field)
            except TimeoutError:
                said.append(f"the pattern of {field} {_SLOW}")
                continue
            if raw and self.settings.format != "html" and IN_VALUE.search(raw):
                raw = _without_markup(field, raw)
            if field == "status_comment" and place.header == _USUAL_COMMENT:
                raw = _with_target(raw, row.text(_TARGET, "issue_date"))
            fields[field] = _value(field, raw, base)
            if raw and fields[field] is None and field not in ("url", "report_number", "priority", "agency"):
                said.append(f"{field} {shorten(raw)!r} {_UNCLEAR}")
        return self._hooked(fields, row, base, said) if self.hook else fields, said

    def _hooked(self, fields: dict[str, Any], row: Row, base: str, said: list[str]) -> dict[str, Any] | None:
        """Return the fields as the user's function changed them; None where it drops the row or fails."""
        assert self.hook is not None  # noqa: S101
        try:
            changed = ask(self.hook, fields, row.shown(), self.settings.kind)
        except HookError as error:
            line = f" in line {error.line}" if error.line else ""
            said.append(f"the hook {self.settings.hook} failed{line}: {error}")
            return None
        except TimeoutError:
            said.append(f"the hook {self.settings.hook} {_SLOW}")
            return None
        return None if changed is None else {**changed, "url": absolute(changed["url"], base)}

    def _status(self, words: str | None) -> str | None:
        own = {folded(known): status for known, status in self.settings.statuses.items()}
        status = own.get(folded(words or "")) or status_of(words)
        return status.value if status else None


def _refusal(settings: ProfileSettings, row: Row, fields: Mapping[str, Any]) -> str | None:
    """Return a sentence where a row is not a record: it lacks what every record has, or is a notice."""
    for field in NEEDED[settings.kind]:
        if not comparable_title(fields[field] or "") or is_placeholder(fields[field]):
            return f"it has no {field.replace('_', ' ')}"
    place = settings.fields.get("report_number")
    if place is None or any(value for name, value in fields.items() if name != "title"):
        return None
    # A title alone may be a report, but not one after a word such as Notice.
    number = row.text(place, "report_number")
    return f"{shorten(number)!r} is not a report number" if number and not is_placeholder(number) else None


def _shortened(sheet: Sheet) -> Sheet:
    """Return a page without the rows that are too many to read."""
    if len(sheet.rows) <= _MOST_ROWS:
        return sheet
    said = f"The page has {len(sheet.rows):,} rows; those after the first {_MOST_ROWS:,} were not read."
    return replace(sheet, rows=sheet.rows[:_MOST_ROWS], problems=(*sheet.problems, said))


def _is_in(pattern: str, text: str) -> bool:
    """Return whether a pattern is found; a pattern that takes too long is not."""
    try:
        return found(pattern, text) is not None
    except TimeoutError:
        return False


def _address(text: str, url: str) -> str:
    """Return the address that identifies a page: its own, or for a saved page the one that it states."""
    scheme, *_ = split_url(url)
    if scheme in ("http", "https"):
        return url
    return canonical_url(tree_of(text), text) or url


def _value(field: str, raw: str | None, base: str) -> Any:
    """Return a field's value, or None where it is missing or cannot be understood."""
    if raw is None or (field == "report_number" and not report_id(raw)):
        return None
    if field == "url":
        return absolute(raw, base)
    if field in _READ:
        return _READ[field](raw)
    if field in PARAGRAPHS:
        return without_more(raw)
    return squeeze(shown_title(raw)) if field in _TITLES else raw


def _without_markup(field: str, raw: str) -> str | None:
    """Return what a value that is a piece of HTML shows, or where its link leads."""
    if field == "url":
        link = tree_of(raw).css_first("a[href]")
        return link.attributes.get("href") if link else None
    return squeeze(block_text(raw))


def _number(raw: str) -> int | str | None:
    """Return a recommendation's number; numbers with parts, such as 2.a and 2.b, are kept as text."""
    number = _COUNT.fullmatch(raw.strip(" ."))
    if number is None:
        return None
    if whole := _WHOLE.fullmatch(number[1]):
        return int(whole[1])
    return int(number[1]) if number[1].isdecimal() else str(number[1])


def _with_target(comment: str | None, target: str | None) -> str | None:
    """Return a comment with the date that a column of its own promises."""
    if target is None or is_placeholder(target):
        return comment
    return "\n\n".join(filter(None, (comment, f"Target date: {squeeze(target)}")))


def _mark(raw: str) -> bool | None:
    return None if is_placeholder(raw) or _NO.fullmatch(raw.strip()) else True


def _report_number(raw: str) -> str:
    number = shown_number(raw)
    return number.upper() if number.islower() else number  # addresses have it in lower case


# The fields that are not plain text.
_READ: Mapping[str, Callable[[str], Any]] = {
    "issue_date": lambda raw: day_of(raw) or counted_day_of(raw),
    "fiscal_year": fiscal_year_of,
    "recommendation_number": _number,
    "matter_number": _number,
    "agency": names_of,
    "topics": topics_of,
    "director": person_of,
    "priority": _mark,
    "report_number": _report_number,
    "status_text": shown_status,
}
