"""Read a page as a YAML file describes it: where its rows are, and where each field is in a row.

What a field holds follows from its name: `issue_date` is a day, `url` a link, `priority` a mark that is
there or not. A row that cannot be read becomes a sentence and never takes another with it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal, Self

import regex
from pydantic import BeforeValidator, Field, field_validator, model_validator
from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from monitor.identity import identify, report_id, shorten, status_of
from monitor.profiles.markup import (
    absolute,
    base_url,
    block_text,
    breaks_off,
    ends_whole,
    is_first_page,
    is_markup,
    is_web,
    next_page,
    node_text,
    open_row,
    says_nothing_listed,
    split_address,
    split_url,
)
from monitor.profiles.profile import Profile
from monitor.settings import Strict
from monitor.text import blank_to_none, comparable_title, shown_title, squeeze
from monitor.types import FIELDS, Parse, ParsedRecord, RecordKind, Status

_LONGEST_SEARCH = 0.5  # seconds that a pattern may take on one text
_MOST_SEARCHED = 10_000  # characters of it
_ISO = regex.compile(r"(\d{4}-\d\d-\d\d)(?:T|\s|$)")
_DAY = regex.compile(
    r"\d{1,2}/\d{1,2}/\d{4}|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.? \d{1,2}, \d{4}",
    regex.IGNORECASE,
)
_YEAR = regex.compile(r"(?:19|20)\d\d")
_PARAGRAPHS = ("abstract", "status_comment")
_TITLES = ("title", "report_title")
# What a record of each kind cannot do without.
_NEEDED = {RecordKind.REPORT: ("title",), RecordKind.RECOMMENDATION: ("report_title", "recommendation")}


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _selector(value: str) -> str:
    try:
        LexborHTMLParser("<p>").css(value)
    except (SelectolaxError, ValueError, RuntimeError):
        raise ValueError(f"{value!r} is no CSS selector") from None
    return value


def _pattern(value: str) -> str:
    try:
        regex.compile(value)
    except regex.error as error:
        raise ValueError(f"{value!r} is no regular expression: {error}") from None
    return value


Selector = Annotated[str, BeforeValidator(_selector)]
Pattern = Annotated[str, BeforeValidator(_pattern)]
Texts = Annotated[tuple[str, ...], BeforeValidator(_listed)]


class FieldPlace(Strict):
    """Where a field is: by CSS in the row, by the words over its column, or by CSS in the whole page."""

    css: Selector | None = Field(None, description="Where in the row; the first that is found.")
    header: Texts = Field((), description="The words over the column, or several that it may have.")
    page: Selector | None = Field(None, description="Where in the page, when all rows share it.")
    attribute: str | None = Field(None, description="Read this attribute and not the text.")
    pattern: Pattern | None = Field(None, description="Keep the first group (or all) of what this matches.")

    @model_validator(mode="after")
    def _has_one_place(self) -> Self:
        if sum((self.css is not None, bool(self.header), self.page is not None)) != 1:
            raise ValueError("needs one of 'css', 'header' and 'page'")
        return self


class Signs(Strict):
    """What a page is recognised by, all that is given; a profile without signs is only taken by its name."""

    hosts: Texts = ()
    path: Pattern | None = None
    css: Selector | None = None

    def __bool__(self) -> bool:
        """Say whether any sign is given."""
        return bool(self.hosts or self.path or self.css)


class ProfileSettings(Strict):
    """A profile as its file says it."""

    describes: str = Field(description="What pages these are, in a few words.")
    kind: RecordKind
    version: int = Field(1, ge=1, description="To be raised with every change of what is read.")
    site: str = Field("", description="What links are relative to in a saved page: https://www.example.gov/")
    recognise: Signs = Field(default_factory=lambda: Signs.model_validate({}))
    identity: Literal["number", "url"] = Field("number", description="What tells two records apart.")
    rows: Selector = Field("table tr", description="Every row, one record each.")
    details: Selector | None = Field(
        None, description="What follows a row and belongs to it, if it is there."
    )
    fields: dict[str, FieldPlace]
    statuses: dict[str, Status] = Field(
        default_factory=dict, description="The publisher's words for a status."
    )
    total: Pattern | None = Field(None, description="Text that states the number of all rows; first group.")
    next: Selector | None = Field(None, description="The link to the next page, where it is no usual pager.")
    empty: Pattern | None = Field(None, description="Text by which the page says that it lists nothing.")
    follow_up: str | None = Field(None, description="The page of a record that left: .../{report_number}")

    @field_validator("site")
    @classmethod
    def _site_is_web(cls, value: str) -> str:
        if value and not is_web(value):
            raise ValueError(f"{value!r} is no address of a site; write for example https://www.example.gov/")
        return value

    @model_validator(mode="after")
    def _has_its_fields(self) -> Self:
        known = FIELDS[self.kind]
        unknown = [name for name in self.fields if name not in known or name == "status"]
        if unknown:
            names = ", ".join(name for name in known if name != "status")
            raise ValueError(f"a {self.kind} has no field {unknown[0]!r} to read; it has {names}")
        missing = [name for name in _NEEDED[self.kind] if name not in self.fields]
        if missing:
            raise ValueError(f"needs the field {missing[0]!r}")
        for name in regex.findall(r"\{([^{}]*)\}", self.follow_up or ""):
            if name not in self.fields:
                raise ValueError(f"follow_up names {{{name}}}, which is no field of this profile")
        return self


def described(name: str, settings: ProfileSettings) -> Profile:
    """Give the profile that reads as `settings` say."""
    reader = _Reader(name, settings)
    return Profile(
        name=name,
        version=settings.version,
        kind=settings.kind,
        describes=settings.describes,
        recognises=reader.recognises,
        parse=reader.parse,
        follow_up_url=reader.follow_up_url,
        columns=tuple(" or ".join(place.header) for place in settings.fields.values() if place.header),
        required=_NEEDED[settings.kind],
    )


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads pages as one file of settings says."""

    name: str
    settings: ProfileSettings

    def recognises(self, text: str, url: str) -> bool:
        text, url = split_address(text, url)
        signs = self.settings.recognise
        _, host, path, _ = split_url(url)
        if not signs or (signs.hosts and host.rstrip(".") not in signs.hosts):
            return False
        if signs.path and not _found(signs.path, path):
            return False
        return signs.css is None or LexborHTMLParser(text).css_first(signs.css) is not None

    def follow_up_url(self, fields: Mapping[str, Any]) -> str | None:
        wanted = self.settings.follow_up
        names = regex.findall(r"\{([^{}]*)\}", wanted or "")
        if wanted is None or any(fields.get(name) is None for name in names):
            return None
        return absolute(wanted.format(**{name: str(fields[name]).lower() for name in names}), "")

    def parse(self, text: str, url: str) -> Parse:
        text, url = split_address(text, url)
        if not is_markup(text):
            return Parse(self.name, (), problems=("This profile reads HTML, and this is text.",))
        tree = LexborHTMLParser(text)
        base = base_url(tree, text, url, self.settings.site)
        broken = breaks_off(text)
        problems = [broken] if broken else []
        records: list[ParsedRecord] = []
        missing: set[str] = set()
        for number, row in enumerate(self._rows(tree, text), 1):
            missing |= row.missing
            found, said = self._record(row, tree, base)
            problems += [f"Row {number}: {sentence}." for sentence in said]
            records += [found] if found else []
        words = node_text(tree.css_first("main") or tree.body)
        total = self._total(words)
        empty = not records and not problems and self._says_empty(tree, words)
        following = self._next(tree, text, base)
        alone = following is None and is_first_page(url) and ends_whole(text)
        return Parse(
            profile=self.name,
            records=tuple(records),
            declared_total=total,
            complete=not problems and alone and (bool(records) or empty) and total in (None, len(records)),
            next_url=following,
            problems=tuple(problems),
            says_empty=empty,
            missing_columns=tuple(sorted(missing)),
            title=node_text(tree.css_first("h1")),
        )

    def _rows(self, tree: LexborHTMLParser, text: str) -> Iterator["_Row"]:
        cut = open_row(tree, text)
        nodes = tree.css(self.settings.rows)
        row_ids = {node.mem_id for node in nodes}
        detail_ids = (
            {node.mem_id for node in tree.css(self.settings.details)} if self.settings.details else set()
        )
        headed: dict[int, dict[str, int]] = {}
        for node in nodes:
            columns: dict[str, int] = {}
            if self._goes_by_header():
                table = _table(node)
                if table is None or not node.css_first("td"):
                    continue
                if table.mem_id not in headed:
                    headed[table.mem_id] = _columns(table)
                columns = headed[table.mem_id]
                if self._missing(columns) == self._missing({}):
                    continue  # another table of the page
            if node.mem_id != cut:
                details = _following(node, detail_ids, row_ids) if detail_ids else None
                yield _Row(node, details, columns, self._missing(columns))

    def _goes_by_header(self) -> bool:
        return any(place.header for place in self.settings.fields.values())

    def _missing(self, columns: Mapping[str, int]) -> frozenset[str]:
        """Give the words of the columns that no record can do without, of those that are not there."""
        places = [self.settings.fields[field] for field in _NEEDED[self.settings.kind]]
        return frozenset(
            " or ".join(place.header)
            for place in places
            if place.header and not any(_folded(words) in columns for words in place.header)
        )

    def _record(
        self, row: "_Row", tree: LexborHTMLParser, base: str
    ) -> tuple[ParsedRecord | None, list[str]]:
        """Give the record of a row, and what could not be read of it."""
        settings, said = self.settings, list[str]()
        fields: dict[str, Any] = dict.fromkeys(FIELDS[settings.kind])
        for field, place in settings.fields.items():
            try:
                raw = _raw(place, row, tree, paragraphs=field in _PARAGRAPHS)
            except TimeoutError:
                said.append(f"the pattern of {field} took too long")
                continue
            fields[field] = _value(field, raw, base)
            if raw and fields[field] is None and field not in ("url", "report_number"):
                said.append(f"{field} {shorten(raw)!r} was not understood")
        for field in _NEEDED[settings.kind]:
            if not comparable_title(fields[field] or ""):
                return None, [f"it has no {field.replace('_', ' ')}"]
        if settings.kind is RecordKind.RECOMMENDATION:
            fields["priority"] = bool(fields["priority"])
            fields["status"] = self._status(fields["status_text"])
        # Of several offices' reports two may have one number.
        known_by = (
            {**fields, "report_number": None} if settings.identity == "url" and fields["url"] else fields
        )
        key, aliases = identify(settings.kind, known_by)
        return ParsedRecord(settings.kind, key, fields, aliases), said

    def _status(self, words: str | None) -> str | None:
        own = {_folded(known): status for known, status in self.settings.statuses.items()}
        status = own.get(_folded(words or "")) or status_of(words)
        return status.value if status else None

    def _total(self, words: str) -> int | None:
        stated = _found(self.settings.total, words) if self.settings.total else None
        digits = (stated or "").replace(",", "")
        return int(digits) if digits.isdecimal() and len(digits) < 10 else None

    def _next(self, tree: LexborHTMLParser, text: str, base: str) -> str | None:
        if self.settings.next is None:
            return next_page(tree, text, base)
        link = tree.css_first(self.settings.next)
        return absolute(link.attributes.get("href"), base) if link else None

    def _says_empty(self, tree: LexborHTMLParser, words: str) -> bool:
        if self.settings.empty and _found(self.settings.empty, words) is not None:
            return True
        body = tree.css_first("main") or tree.body
        return says_nothing_listed(body.text(separator="\n").split("\n") if body else [])


@dataclass(frozen=True, slots=True)
class _Row:
    """One row, what belongs to it, and which column is which."""

    node: LexborNode
    details: LexborNode | None
    columns: Mapping[str, int]
    missing: frozenset[str]


def _raw(place: FieldPlace, row: _Row, tree: LexborHTMLParser, *, paragraphs: bool) -> str | None:
    """Give a field's text as the page has it. Raises TimeoutError where its pattern takes too long."""
    node = _node(place, row, tree)
    if node is None:
        return None
    if place.attribute:
        # What stands over a cell by its header is the cell; the attribute is that of what is in it.
        holder = node if place.attribute in node.attributes else node.css_first(f"[{place.attribute}]")
        text = (holder.attributes.get(place.attribute) or "") if holder else ""
    else:
        text = block_text(node.html or "") if paragraphs else squeeze(node.text())
    return blank_to_none(_found(place.pattern, text) or "" if place.pattern else text)


def _node(place: FieldPlace, row: _Row, tree: LexborHTMLParser) -> LexborNode | None:
    if place.page:
        return tree.css_first(place.page)
    if place.css:
        return row.node.css_first(place.css) or (row.details.css_first(place.css) if row.details else None)
    at = next((row.columns[one] for one in map(_folded, place.header) if one in row.columns), None)
    cells = [cell for cell in row.node.iter() if cell.tag in ("td", "th")]
    return cells[at] if at is not None and at < len(cells) else None


def _value(field: str, raw: str | None, base: str) -> Any:
    """Give a field's value, or None where there is none or it cannot be understood."""
    if raw is None or (field == "report_number" and not report_id(raw)):
        return None
    if field == "issue_date":
        return _day(raw)
    if field in ("fiscal_year", "recommendation_number"):
        found = (_YEAR if field == "fiscal_year" else regex.compile(r"\d{1,4}")).search(raw)
        return int(found[0]) if found else None
    if field == "url":
        return absolute(raw, base)
    if field == "priority":
        return True
    return squeeze(shown_title(raw)) if field in _TITLES else raw


def _day(raw: str) -> str | None:
    """Give a day as ISO; months come first, as American publishers write them."""
    if stamp := _ISO.match(raw):
        return str(stamp[1])
    shown = _DAY.search(raw)
    words = regex.sub(r"^([A-Za-z]{3})[a-z]*\.?", r"\1", shown[0]) if shown else ""
    for form in ("%m/%d/%Y", "%b %d, %Y"):
        try:
            return datetime.strptime(words, form).date().isoformat()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    return None


def _found(pattern: str, text: str) -> str | None:
    """Give the first group of a pattern's first match, or the match. Raises TimeoutError."""
    found = regex.search(pattern, text[:_MOST_SEARCHED], timeout=_LONGEST_SEARCH)
    if found is None:
        return None
    return str((found[1] if found.re.groups else found[0]) or "")


def _folded(words: str) -> str:
    return comparable_title(words).strip(" :")


def _table(node: LexborNode) -> LexborNode | None:
    above: LexborNode | None = node
    while above is not None and above.tag != "table":
        above = above.parent
    return above


def _columns(table: LexborNode) -> dict[str, int]:
    """Give the place of each column by the words over it: the first row that has head cells, or the first."""
    rows = table.css("tr")
    head = next((row for row in rows if row.css_first("th")), rows[0] if rows else None)
    cells = [cell for cell in head.iter() if cell.tag in ("td", "th")] if head else []
    return {
        _folded(regex.sub(r"(?i)sort (?:as|des)cending", "", cell.text())): at
        for at, cell in enumerate(cells)
    }


def _following(row: LexborNode, details: set[int], rows: set[int]) -> LexborNode | None:
    """Give what belongs to a row and follows it, before the next row begins."""
    node = row.next
    while node is not None and node.mem_id not in rows:
        if node.mem_id in details:
            return node
        node = node.next
    return None
