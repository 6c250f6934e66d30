"""A source as the user wrote it: its own validation and defaults."""

import codecs
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from monitor.domain.text import hint
from monitor.domain.types import FIELDS

DEFAULT = "default"  # the key of the limit for every host that is not named
USUAL_REQUESTS = 2_000
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_NAMED = {"hourly": timedelta(hours=1), "daily": timedelta(days=1), "weekly": timedelta(weeks=1)}
_UP_TO_SUNDAY = re.compile(r"(?<!sun)(?<!0)-(?:sun|0)\b")  # cron counts Sunday as 0 and as 7: fri-sun is 5-7
_LONGEST_TITLE = 80
_ANY_DAY = datetime(2000, 1, 1, tzinfo=UTC)


def duration(value: Any) -> Any:
    """Read "90s", "15m", "2h", "1d", "1w", hourly, daily or weekly; anything else is an error.

    Raises ValueError with the accepted forms.
    """
    if isinstance(value, timedelta):
        return value
    text = str(value).strip().lower()
    if text in _NAMED:
        return _NAMED[text]
    number, unit = text[:-1], text[-1:]
    if unit in _UNITS and number.isdecimal() and 0 < len(number) < 7 and int(number) > 0:
        return timedelta(**{_UNITS[unit]: int(number)})
    raise ValueError(f"{value!r} is not a length of time; write for example 90s, 15m, 2h, 1d or daily")


def spelled(length: timedelta) -> str:
    """Return a length of time as `duration` reads it: 90s, 15m, 2h, 1d, 1w."""
    seconds = int(length.total_seconds())
    for unit, size in (("w", 604_800), ("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


Duration = Annotated[timedelta, BeforeValidator(duration)]
Words = Annotated[
    tuple[str, ...], BeforeValidator(lambda value: [value] if isinstance(value, str) else value)
]


def cron_line(value: str) -> str:
    """Return a five-field cron line, meant as in crontab(5): with both days named, either one fires.

    Raise ValueError if it has not five fields, cannot be read, or names a day that never comes.
    """
    fields = str(value).lower().split()
    if len(fields) != 5:
        raise ValueError(f"{value!r} is not a cron line: that has five fields, as in '30 6 * * mon'")
    fields[4] = _UP_TO_SUNDAY.sub("-7", fields[4])
    if said := _trouble_of(fields):
        minute, hour, day, _, weekday = fields
        if said != "its month is wrong" and _trouble_of([minute, hour, day, "*", weekday]) is None:
            raise ValueError(f"{value!r} never comes: none of its months has such a day")
        raise ValueError(f"{value!r} is not a cron line: {said}")
    return " ".join(fields)


def _trouble_of(fields: Sequence[str]) -> str | None:
    """Return what is wrong with a cron line; None if it fires some day."""
    from cronsim import CronSim, CronSimError  # noqa: PLC0415 - config check alone should stay quick

    try:
        next(CronSim(" ".join(fields), _ANY_DAY))
    except CronSimError as error:
        return f"its {str(error).removeprefix('Bad ')} is wrong"
    except (AssertionError, TypeError):  # steps of something that is not a number, such as mon#1/2
        return "a step needs a range of numbers before it"
    except StopIteration:
        return "it never comes"
    return None


CronLine = Annotated[str, BeforeValidator(cron_line)]


class Strict(BaseModel):
    """Base of every section of the watch file: unknown keys are errors, values are frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Mistakes(ValueError):  # noqa: N818 - what they are
    """Several mistakes of one section, each with the keys that lead to it."""

    def __init__(self, found: Sequence[tuple[tuple[str, ...], str]]) -> None:
        super().__init__("; ".join(sentence for _, sentence in found))
        self.found = tuple(found)


_KNOWN = tuple(dict.fromkeys(name for names in FIELDS.values() for name in names))
_ALL = ""  # the reason that holds for every expectation


def _share(value: Any) -> Any:
    """Read 80% or 0.8; anything else is an error."""
    text = str(value).strip()
    try:
        share = float(text[:-1]) / 100 if text.endswith("%") else float(text)
    except ValueError:
        share = 0
    if not 0 < share <= 1:
        raise ValueError(f"{value!r} is not a share; write for example 80% or 0.8")
    return share


def _whole(value: Any) -> Any:
    """Read a number of things; `yes` is not one, though Python counts it as 1."""
    if isinstance(value, bool):
        raise ValueError(f"needs a whole number, not {str(value).lower()}")
    return value


def _reasons(value: Any) -> Any:
    return {_ALL: value} if isinstance(value, str) else value


Whole = Annotated[int, BeforeValidator(_whole)]
Share = Annotated[float, BeforeValidator(_share, json_schema_input_type=float | str), Field(gt=0, le=1)]
Reasons = Annotated[dict[str, str], BeforeValidator(_reasons, json_schema_input_type=str | dict[str, str])]


class Expectations(Strict):
    """What a page must have, from the first check on; a check of one that has less is set aside."""

    rows: Whole | None = Field(None, ge=1, description="At least this number of rows in the whole list.")
    filled: dict[str, Share] = Field(
        default_factory=dict, description="The share of rows that have a field: {issue_date: 90%}."
    )
    newest: Duration | None = Field(None, description="The newest row is not older than this: 60d.")
    why: Reasons = Field(
        default_factory=dict, description="Why: one text for all, or one each: {rows: ..., newest: ...}."
    )

    @field_validator("filled")
    @classmethod
    def _fields_exist(cls, value: dict[str, float]) -> dict[str, float]:
        for name in value:
            if name not in _KNOWN:
                raise Mistakes([((name,), f"no record has a field {name!r}{hint(name, _KNOWN)}")])
        return value

    @field_validator("newest")
    @classmethod
    def _is_of_days(cls, value: timedelta | None) -> timedelta | None:
        if value is not None and value < timedelta(days=1):
            raise ValueError("must be at least 1d, as records have a day and no time")
        return value

    @model_validator(mode="after")
    def _reasons_have_expectations(self) -> Self:
        names = ("rows", "newest", "filled", *self.filled)
        if self.why and not (self.rows or self.newest or self.filled):
            raise ValueError("gives a reason and expects nothing; write rows, filled or newest beside it")
        for name in self.why:
            if name != _ALL and name not in names:
                raise ValueError(f"gives a reason for {name!r}, which it does not expect{hint(name, names)}")
        return self

    def reason(self, *names: str) -> str:
        """Return why something is expected, in parentheses; "" where nobody wrote why."""
        said = next((self.why[name] for name in (*names, _ALL) if name in self.why), "")
        return f" ({said})" if said else ""

    def without(self, other: "Expectations") -> "Expectations":
        """Return what another one does not state itself."""
        left = {name: share for name, share in self.filled.items() if name not in other.filled}
        kept = {
            "filled": left,
            "rows": None if other.rows else self.rows,
            "newest": None if other.newest else self.newest,
        }
        return self.model_copy(update=kept)

    def strange(self, names: Iterable[str]) -> list[str]:
        """Return the fields that are expected and that no record of a kind with these fields has."""
        return [name for name in self.filled if name not in set(names)]


NOTHING_EXPECTED = Expectations.model_validate({})


def one_line_title(value: Any) -> Any:
    """Read a title for readers: one line of at most 80 characters. Raises ValueError for another text."""
    text = " ".join(str(value).split()) if isinstance(value, str | int) else value
    if isinstance(text, str) and not (0 < len(text) <= _LONGEST_TITLE and text.isprintable()):
        raise ValueError(f"must be one line of 1 to {_LONGEST_TITLE} characters")
    return text


Title = Annotated[str, BeforeValidator(one_line_title)]


def _has_valid_port(url: str) -> bool:
    try:
        return urlsplit(url).port != 0
    except ValueError:
        return False


class SourceSettings(Strict):
    """One source: where it is, how it is read, how often.

    `url` is an http(s) URL, a file, or a folder of saved pages; `also` are further lists of the same site
    that count with it as one, such as the views of a listing by component. Without `every` or `cron` it is
    checked every six hours. With `full_sweep` a check in between looks only at the newest pages, until one
    holds nothing new; without it every check walks all pages.
    """

    url: str = Field(description="An http(s) URL, a file or a folder of saved pages.")
    title: Title | None = Field(None, description="What readers call it; its key when left out.")
    also: Words = Field((), description="Further lists of the site that count with this one as one.")
    fetcher: Literal["http", "browser", "inbox"] = Field(
        "http",
        description="'browser' for pages that are empty without JavaScript; needs the extra."
        " 'inbox' for pages that are saved by hand: nothing is fetched.",
    )
    profile: str | None = Field(None, description="How to read it; recognized from the page when left out.")
    every: Duration | None = Field(None, description="How often to check: 15m, 2h, daily.")
    cron: CronLine | None = Field(None, description="When to check, as a five-field cron line.")
    full_sweep: Duration | None = Field(None, description="How often to walk all pages.")
    max_pages: Whole = Field(200, ge=1, le=10_000, description="Stop after this number of pages.")
    timeout: Duration = Field(timedelta(seconds=60), description="How long one page may take in all.")
    delay: Duration = Field(timedelta(seconds=2), description="Pause between two requests to one host.")
    max_bytes: Whole = Field(20_000_000, ge=1_000, description="Largest page read, in bytes.")
    allow_private: bool = Field(False, description="It may be read from addresses of the own network.")
    charset: str | None = Field(None, description="Wins over what the page and its server state.")
    documents: Literal["off", "headers", "bytes", "text"] = Field(
        "off",
        description="Watch the PDFs that reports link to by headers, bytes or text; 'text' needs the extra.",
    )
    announce_baseline: bool = Field(False, description="Alert for what the very first check finds.")
    min_share: float = Field(
        0.5, ge=0, le=1, description="Quarantine a check with fewer rows than this share of the usual."
    )
    expect: Expectations | None = Field(
        None, description="What every good check has; one that has less is set aside."
    )
    tell_operator_after: Whole = Field(
        3, ge=1, description="Troubled checks in a row before the operator is notified."
    )
    paused: bool = Field(False, description="Keep the history, make no checks.")
    was: str | None = Field(None, description="The source's former name; its history comes along.")

    @field_validator("url")
    @classmethod
    def _url_is_readable(cls, value: str) -> str:
        scheme = urlsplit(value).scheme
        if not value.strip():
            raise ValueError("is empty; write a web address, a file or a folder")
        if re.search(r"\s\S*://", value):
            raise ValueError(f"{value!r} holds two addresses; write a source for each")
        if scheme in ("http", "https") and not urlsplit(value).hostname:
            raise ValueError(f"{value!r} names no host")
        if scheme in ("http", "https") and not _has_valid_port(value):
            raise ValueError(f"{value!r} has no valid port; it is a number from 1 to 65535")
        if scheme not in ("", "http", "https", "file") and "://" in value:
            raise ValueError(f"{value!r}: only http, https, files and folders can be watched")
        if "@" in urlsplit(value).netloc:
            # Said without the value: it holds a password.
            raise ValueError("names a user; pages behind a login are not watched, and the address is stored")
        return value

    @field_validator("charset")
    @classmethod
    def _charset_is_known(cls, value: str | None) -> str | None:
        try:
            codecs.lookup(value or "utf-8")
        except (LookupError, ValueError):
            raise ValueError(f"{value!r} is not a charset; write for example cp1252 or utf-8") from None
        return value

    @model_validator(mode="after")
    def _one_schedule(self) -> "SourceSettings":
        if self.every and self.cron:
            raise ValueError("has both 'every' and 'cron'; keep one")
        return self

    @model_validator(mode="after")
    def _is_one_place(self) -> "SourceSettings":
        own = urlsplit(self.url)
        if self.also and not self.is_web:
            raise ValueError("'also' is for pages of the web; put saved pages into one folder")
        for other in self.also:
            if urlsplit(other)[:2] != own[:2] or " " in other:
                raise ValueError(f"'also' lists further addresses of the same site, and {other!r} is not one")
        if len(set(self.addresses)) < len(self.addresses):
            raise ValueError("'also' repeats an address; each list is read once")
        if self.fetcher != "http" and not self.is_web:
            raise ValueError(f"'fetcher: {self.fetcher}' is for pages of the web; a file is read as it is")
        if self.documents != "off" and (self.fetcher == "inbox" or not self.is_web):
            raise ValueError("'documents' is for sources that are fetched; saved pages have none")
        return self

    @property
    def is_web(self) -> bool:
        """Whether the source is fetched over HTTP."""
        return urlsplit(self.url).scheme in ("http", "https")

    @property
    def is_scheduled(self) -> bool:
        """Whether it is checked by itself, and not only when somebody hands in its pages."""
        return not self.paused and self.fetcher != "inbox"

    @property
    def addresses(self) -> tuple[str, ...]:
        """Return where each of its lists begins."""
        return (self.url, *self.also)

    def covers(self, addresses: str) -> bool:
        """Whether it still reads all that it read before: `addresses`, parted by blanks, as a reading has."""
        return addresses == self.url or (self.is_web and set(addresses.split(" ")) <= set(self.addresses))
