"""A profile as its YAML file describes it: how to recognize a page, and where its rows and fields are."""

from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any, Literal, Self

import jmespath
import regex
from jmespath.exceptions import JMESPathError
from pydantic import BeforeValidator, Field, field_validator, model_validator
from selectolax.lexbor import SelectolaxError

from monitor.domain.settings import Duration, Expectations, Mistakes, Strict, Whole
from monitor.domain.status import Status
from monitor.domain.text import nearest, repeats_too_much
from monitor.domain.types import FIELDS, RecordKind
from monitor.profiles.declarative.headings import HEADINGS
from monitor.profiles.html_tree import tree_of
from monitor.profiles.markup import is_web

# The fields that every record of a kind needs.
NEEDED = {RecordKind.REPORT: ("title",), RecordKind.RECOMMENDATION: ("report_title", "recommendation")}
_LONGEST_SEARCH = 0.5  # seconds that a pattern may take on one text
_MOST_SEARCHED = 10_000  # characters of that text
Mistake = tuple[tuple[str, ...], str]  # the path of keys, and a sentence
_PLACES = ("css", "header", "before", "page", "path", "value")
_PLACES_OF = {
    "html": ("css", "header", "before", "page", "value"),
    "csv": ("header", "value"),
    "json": ("path", "value"),
    "feed": ("path", "value"),
}


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _selector(value: str) -> str:
    try:
        tree_of("<p>").css(value)
    except (SelectolaxError, ValueError, RuntimeError):
        raise ValueError(f"{value!r} is not a CSS selector") from None
    return value


def _pattern(value: str) -> str:
    if repeats_too_much(value):
        raise ValueError(f"{value!r} repeats something more than 10,000 times")
    try:
        regex.compile(value)
    except (regex.error, ValueError, OverflowError, RecursionError) as error:
        raise ValueError(f"{value!r} is not a regular expression: {error}") from None
    return value


def _path(value: str) -> str:
    try:
        jmespath.compile(value)
    except (JMESPathError, RecursionError) as error:
        said = str(error).partition("\n")[0].rstrip(":")
        raise ValueError(f"{value!r} is not a JMESPath expression: {said}") from None
    return value


Selector = Annotated[str, BeforeValidator(_selector)]
Selectors = Annotated[tuple[Selector, ...], BeforeValidator(_listed)]
Pattern = Annotated[str, BeforeValidator(_pattern)]
Path = Annotated[str, BeforeValidator(_path)]
Texts = Annotated[tuple[str, ...], BeforeValidator(_listed)]


def found(pattern: str, text: str) -> str | None:
    """Return the first group of a pattern's first match, or the whole match. Raises TimeoutError."""
    match = regex.search(pattern, text[:_MOST_SEARCHED], timeout=_LONGEST_SEARCH)
    if match is None:
        return None
    return str((match[1] if match.re.groups else match[0]) or "")


class FieldPlace(Strict):
    """Where a field is: in the row, under a heading, elsewhere in the page, or a constant."""

    css: Selectors = Field((), description="Where in the row; of several the first that exists.")
    header: Texts = Field((), description="The column's heading, or several that it may have.")
    before: Selectors = Field(
        (), description="Before the row: the nearest such element holds for all rows up to the next one."
    )
    page: Selectors = Field((), description="Where in the page, when all rows share the value.")
    path: Path | None = Field(None, description="Where in the row of a JSON file or feed, as JMESPath.")
    value: str | None = Field(None, description="The value of every row, when the page does not state it.")
    attribute: str | None = Field(None, description="Read this attribute instead of the text.")
    join: str | None = Field(
        None, description="Join the texts of all that 'css' names by this, for a title in two elements."
    )
    pattern: Pattern | None = Field(
        None, description="Keep the first group (or all) of this pattern's match."
    )

    @model_validator(mode="after")
    def _has_one_place(self) -> Self:
        if len(list(self.places())) != 1:
            raise ValueError(f"needs one of {', '.join(_PLACES)}")
        if self.join is not None and (len(self.css) < 2 or self.attribute):
            raise ValueError("'join' needs several selectors in 'css', and no 'attribute'")
        return self

    def places(self) -> Iterator[str]:
        """Yield the names of the places that are given; there is exactly one."""
        yield from (name for name in _PLACES if getattr(self, name))


class Signs(Strict):
    """What a page is recognized by; all given signs must fit. Without signs a profile must be named."""

    hosts: Texts = Field((), description="The hosts of the address: www.example.gov")
    path: Pattern | None = Field(None, description="A pattern of the address's path.")
    css: Selector | None = Field(None, description="What an HTML page must hold.")
    text: Pattern | None = Field(None, description="A pattern of the page's beginning.")

    def __bool__(self) -> bool:
        """Return whether any sign is given."""
        return bool(self.hosts or self.path or self.css or self.text)


class Habits(Strict):
    """How a source of this profile is checked where the watch file has no setting."""

    every: Duration | None = Field(None, description="How often to check: 6h")
    full_sweep: Duration | None = Field(None, description="How often to walk all pages: 1w")
    delay: Duration | None = Field(None, description="Pause between two requests to the host: 5s")
    max_pages: Whole | None = Field(None, ge=1, description="Stop after this number of pages.")


class ProfileSettings(Strict):
    """A profile as its file describes it."""

    describes: str = Field(description="The kind of page, in a few words.")
    kind: RecordKind = Field(description="What every row is.")
    version: Whole = Field(1, ge=1, description="Raise it with every change in what is read.")
    format: Literal["html", "csv", "json", "feed"] = Field("html", description="What the page is written in.")
    site: str = Field("", description="The base of links in a saved page: https://www.example.gov/")
    recognize: Signs = Field(
        default_factory=lambda: Signs.model_validate({}), description="How such a page is recognized."
    )
    identity: Literal["number", "url", "page"] = Field(
        "number",
        description="What identifies a record; 'page': the page is one record, identified by its address.",
    )
    rows: str | None = Field(None, description="Every row, one record each: CSS, or JMESPath in JSON.")
    details: Selector | None = Field(
        None, description="Elements after a row that belong to it, up to the next row."
    )
    fields: dict[str, FieldPlace] = Field(
        default_factory=dict, description="Where each field is; under the usual headings when left out."
    )
    statuses: dict[str, Status] = Field(
        default_factory=dict, description="The publisher's words for a status."
    )
    total: str | None = Field(
        None, description="The stated total of rows: a pattern's first group, or JMESPath in JSON."
    )
    next: str | None = Field(
        None,
        description="The link to the next page where the pager is not a usual one: CSS, or JMESPath in JSON.",
    )
    empty: Pattern | None = Field(None, description="A pattern of the text that says the page lists nothing.")
    whole: bool = Field(True, description="false where rows leave the page without having been withdrawn.")
    follow_up: str | None = Field(
        None, description="The page of a record that left the list: .../{report_number}"
    )
    habits: Habits = Field(
        default_factory=lambda: Habits.model_validate({}),
        description="How often and how slowly such pages are read.",
    )
    expect: Expectations | None = Field(
        None, description="What every good page has; a check of one that has less is set aside."
    )
    hook: str | None = Field(
        None, pattern=r"^[a-z_][a-z0-9_]*$", description="A function in the .py file beside this one."
    )

    @field_validator("site")
    @classmethod
    def _site_is_web(cls, value: str) -> str:
        if value and not is_web(value):
            raise ValueError(
                f"{value!r} is not the address of a site; write for example https://www.example.gov/"
            )
        return value

    @model_validator(mode="before")
    @classmethod
    def _with_usual_fields(cls, data: Any) -> Any:
        if not isinstance(data, dict) or data.get("fields") or data.get("kind") not in list(RecordKind):
            return data
        if data.get("format", "html") not in ("html", "csv"):
            return data
        fields: dict[str, Any] = {
            name: {"header": list(words)} for name, words in HEADINGS[RecordKind(data["kind"])].items()
        }
        title = NEEDED[RecordKind(data["kind"])][0]
        if title == "report_title":  # a tracker may name its reports by their numbers alone
            fields[title]["header"] += fields["report_number"]["header"]
        if data.get("format", "html") == "html":
            links = [*fields[title]["header"], *fields["url"]["header"]]
            fields["url"] = {"header": links, "attribute": "href"}
        return {**data, "fields": fields}

    @field_validator("rows", "next", "total")
    @classmethod
    def _is_not_blank(cls, value: str | None) -> str | None:
        if value is not None and not value.strip():
            raise ValueError("is blank; leave it out instead")
        return value

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        found = [*self._misfits(), *self._misplaced_fields(), *self._unknown_fields()]
        if found:
            raise Mistakes(found)
        return self

    def _misfits(self) -> Iterator[Mistake]:
        """Yield the keys beside the fields that have no meaning in this format."""
        listed: dict[str, str | None] = {"rows": self.rows, "next": self.next}
        if self.format == "html":
            yield from _unread(_selector, listed)
        elif self.format == "json":
            yield from _unread(_path, {**listed, "total": self.total})
        if self.format in ("csv", "feed"):
            listed["total"] = self.total
            for name in (name for name, value in listed.items() if value):
                yield (name,), f"has no meaning in a {self.format}: every entry is a row"
        if self.format != "html":
            for name in (name for name in ("details", "empty") if getattr(self, name)):
                yield (name,), f"only has a meaning in an HTML page, and this is a {self.format} profile"
        elif self.total:
            yield from _unread(_pattern, {"total": self.total})
        if self.format in ("html", "json") and self.rows is None and not self._by_header():
            yield (), "needs the key 'rows': where in the page each record is"

    def _by_header(self) -> bool:
        return any(place.header for place in self.fields.values())

    def _misplaced_fields(self) -> Iterator[Mistake]:
        for name, field in self.fields.items():
            where = next(field.places())
            if where not in _PLACES_OF[self.format]:
                fit = " or ".join(_PLACES_OF[self.format])
                yield ("fields", name, where), f"a field of a {self.format} profile is found by {fit}"
            elif field.attribute and self.format != "html":
                yield ("fields", name, "attribute"), f"there are no attributes in {self.format}"

    def _unknown_fields(self) -> Iterator[Mistake]:
        known = [name for name in FIELDS[self.kind] if name != "status"]
        for name in self.fields:
            if name == "status":
                yield ("fields", name), "it follows from 'status_text'; write that"
            elif name not in known:
                near = nearest(name, known)
                advice = f"did you mean {near!r}?" if near else f"it has {', '.join(known)}"
                yield ("fields", name), f"a {self.kind} has no field {name!r}; {advice}"
        for name in self.expect.strange(FIELDS[self.kind]) if self.expect else ():
            yield ("expect", "filled", name), f"a {self.kind} has no field {name!r}"
        for name in NEEDED[self.kind]:
            if name not in self.fields:
                yield (
                    ("fields",),
                    f"needs the field {name!r}: without it no {self.kind} can be distinguished from another",
                )
        for name in regex.findall(r"\{([^{}]*)\}", self.follow_up or ""):
            if name not in self.fields:
                yield ("follow_up",), f"names {{{name}}}, which is not a field of this profile"
        if {"{", "}"} & set(regex.sub(r"\{[^{}]*\}", "", self.follow_up or "")):
            yield ("follow_up",), "has an unbalanced brace"


def _unread(read: Callable[[str], str], values: Mapping[str, str | None]) -> Iterator[Mistake]:
    for name, value in values.items():
        try:
            read(value or "p")
        except ValueError as error:
            yield (name,), str(error)
