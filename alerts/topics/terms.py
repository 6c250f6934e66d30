"""One term of a topic, understood: words in a row, a pattern, or a condition. Pure.

The fields a term may name, and how each is written, are described in docs/topics.md.
"""

import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from alerts.topics.conditions import Condition, age, fiscal_years, priority
from monitor.domain.agencies import names_of
from monitor.domain.text import comparable, nearest, repeats_too_much

if TYPE_CHECKING:
    import regex

TEXT = "file_text"

# Where a term looks when it names a field, and (None) when it does not.
FIELDS: Mapping[str | None, tuple[str, ...]] = {
    None: (
        "title",
        "abstract",
        "report_title",
        "recommendation",
        "status_comment",
        "agency",
        "report_number",
    ),
    "title": ("title", "report_title"),
    "agency": ("agency",),
    "status": ("status", "status_text"),
    "number": ("report_number", "recommendation_number", "matter_number", "key"),
    # The publisher's own subjects: only asked for by name, because nearly every report has a broad one.
    "topic": ("topics",),
    "director": ("director",),
    # What is inside the document that a report links to, where its source reads that.
    "text": (TEXT,),
}

# What a term asks of the record itself, by the field it names.
CONDITIONS: Mapping[str, Callable[[str], Condition]] = {"fy": fiscal_years, "age": age, "priority": priority}
# What people may look for among the fields, and where it is said instead.
_ELSEWHERE: Mapping[str, str] = {
    "kind": "kinds of change are named under 'on'",
    "source": "sources are named under 'sources'",
}

WORD = re.compile(r"[^\W_]+")
_FIELD = re.compile(r"([A-Za-z_]+):(\S.*)")
_REGEX = re.compile(r"/(.*)/([a-z]*)")
_INNER_STAR = re.compile(r"[^\W_]\*")
_LONGEST_REGEX = 1_000
REGEX_SECONDS = 0.1  # for one text; an honest pattern needs a thousandth of it


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words in a row."""

    words: tuple[str, ...]
    prefix: bool = False  # the last word may go on
    exact_case: bool = False


@dataclass(frozen=True, slots=True)
class Term:
    """One thing to look for, as `parse_term` understood it: one of some phrases, a pattern or a condition."""

    text: str
    field: str | None
    phrases: tuple[Phrase, ...] = ()
    pattern: "regex.Pattern[str] | None" = None
    condition: Condition | None = None


def parse_term(text: str) -> Term:
    """Understand one term of a topic.

    Raises ValueError with a sentence where the field is unknown, the pattern or condition is not one, or
    nothing is left to look for.
    """
    written = comparable(text)
    name, body = _split_field(written)
    if name is not None and (read := CONDITIONS.get(name)):
        return Term(text, name, condition=read(_unquoted(body)))
    if body.startswith("/"):
        return Term(text, name, pattern=_pattern(body))
    body = _unquoted(body)
    # An agency is looked for under all its names; a word that goes on (customs*) is not a name.
    aliases = names_of(body) if name == "agency" else ()
    phrases = dict.fromkeys((_phrase(text, body), *(_phrase(text, alias) for alias in aliases)))
    return Term(text, name, tuple(phrases))


def _unquoted(body: str) -> str:
    return body[1:-1].strip() if len(body) > 1 and body[0] == body[-1] == '"' else body


def _phrase(text: str, body: str) -> Phrase:
    if _INNER_STAR.search(body[:-1]):
        raise ValueError(f"{text!r}: a * may only end the last word, as in biometric*")
    words = tuple(WORD.findall(body))
    if not words:
        raise ValueError(f"{text!r} has no letter or digit to look for")
    exact_case = body.isupper()
    return Phrase(
        words if exact_case else tuple(word.casefold() for word in words),
        prefix=_INNER_STAR.match(body[-2:]) is not None,
        exact_case=exact_case,
    )


def _split_field(written: str) -> tuple[str | None, str]:
    found = _FIELD.fullmatch(written)
    if not found:
        return None, written
    name = found[1].lower()
    if name in _ELSEWHERE:
        raise ValueError(f"{found[1]!r} is not a field: {_ELSEWHERE[name]}")
    known = [*(field for field in FIELDS if field), *CONDITIONS]
    if name not in known:
        near = nearest(name, known)
        advice = f"did you mean {near!r}?" if near else "put the whole term in quotes to look for its words"
        raise ValueError(f"{found[1]!r} is not a field; {advice}")
    return name, found[2]


def _pattern(body: str) -> "regex.Pattern[str]":
    found = _REGEX.fullmatch(body)
    if not found:
        raise ValueError(f"{body!r}: a pattern stands between two slashes, as in /OIG-2[3-5]/")
    source, flags = found.groups()
    if flags not in ("", "i"):
        raise ValueError(f"{body!r}: the only flag is i, for upper and lower case alike")
    if len(source) > _LONGEST_REGEX:
        raise ValueError(f"a pattern of {len(source):,} characters; at most {_LONGEST_REGEX:,} are allowed")
    if repeats_too_much(source):
        raise ValueError(f"{body!r} repeats something more than 10,000 times")
    import regex  # noqa: PLC0415 - few topics have a pattern

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the library's notes on future syntax are not for our users
            pattern = regex.compile(source, regex.IGNORECASE if flags else 0)
            matches_nothing = pattern.search("", timeout=REGEX_SECONDS) is not None
    except (regex.error, ValueError, OverflowError, RecursionError, TimeoutError) as error:
        raise ValueError(f"{body!r} is not a pattern: {error}") from None
    if matches_nothing:
        raise ValueError(f"{body!r} matches empty text, so it would match everything")
    return pattern
