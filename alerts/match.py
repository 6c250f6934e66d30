"""Say which topics want a change, and because of which words. Pure: no database, no clock, no network.

People search with words, so text is compared as words: in folded form (monitor.text.comparable), across
white space and punctuation, and blind to case unless a term is all capitals.
"""

import difflib
import logging
import re
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import regex

from alerts.settings import TopicSettings
from monitor.queries import ChangeView
from monitor.text import comparable
from monitor.types import ChangeKind

_LOG = logging.getLogger(__name__)

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
    "number": ("report_number", "recommendation_number", "key"),
}
_READ = tuple(dict.fromkeys(name for names in FIELDS.values() for name in names))
# A status that has changed is no longer the record's status, so it is not sought among the words before.
_READ_BEFORE = tuple(name for name in _READ if name not in FIELDS["status"])

_WORD = re.compile(r"[^\W_]+")
_FIELD = re.compile(r"([A-Za-z_]+):(\S.*)")
_REGEX = re.compile(r"/(.*)/([a-z]*)")
_INNER_STAR = re.compile(r"[^\W_]\*")
_LONGEST_REGEX = 1_000
REGEX_SECONDS = 0.1  # for one text; an honest pattern needs a thousandth of it
_STRIKES = 10  # time-outs after which a pattern is no longer tried: one second lost in all


@dataclass(frozen=True, slots=True)
class Term:
    """One thing to look for, as `parse_term` understood it: words in a row, or a pattern."""

    text: str
    field: str | None
    words: tuple[str, ...] = ()
    prefix: bool = False  # the last word may go on
    exact_case: bool = False
    pattern: "regex.Pattern[str] | None" = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A change as topics look at it: the record's fields now, and what the changed ones held before."""

    kind: ChangeKind
    source: str
    fields: Mapping[str, Any]
    before: Mapping[str, Any] = field(default_factory=dict)
    months: int | None = None  # of a no_update: only topics that ask for so many are told

    @classmethod
    def of(cls, change: ChangeView) -> Self:
        """Give a recorded change as topics look at it."""
        months = change.after.get("months") if change.kind is ChangeKind.NO_UPDATE else None
        return cls(change.kind, change.source, change.fields, change.before, months)


@dataclass(frozen=True, slots=True)
class TopicMatch:
    """A topic that wants the change, and the words that speak for it as the page has them."""

    topic: str
    words: tuple[str, ...]


def parse_term(text: str) -> Term:
    """Understand one term of a topic.

    Raises ValueError with a sentence where the field is unknown, the pattern is none, or nothing is left
    to look for.
    """
    written = comparable(text)
    name, body = _split_field(written)
    if body.startswith("/"):
        return Term(text, name, pattern=_pattern(body))
    if len(body) > 1 and body[0] == body[-1] == '"':
        body = body[1:-1].strip()
    if _INNER_STAR.search(body[:-1]):
        raise ValueError(f"{text!r}: a * may only end the last word, as in biometric*")
    words = tuple(_WORD.findall(body))
    if not words:
        raise ValueError(f"{text!r} has no letter or digit to look for")
    exact_case = body.isupper()
    return Term(
        text,
        name,
        words if exact_case else tuple(word.casefold() for word in words),
        prefix=_INNER_STAR.match(body[-2:]) is not None,
        exact_case=exact_case,
    )


def _split_field(written: str) -> tuple[str | None, str]:
    found = _FIELD.fullmatch(written)
    if not found:
        return None, written
    name = found[1].lower()
    if name not in FIELDS:
        near = difflib.get_close_matches(name, [known for known in FIELDS if known], n=1)
        advice = (
            f"did you mean {near[0]!r}?" if near else "put the whole term in quotes to look for its words"
        )
        raise ValueError(f"{found[1]!r} is no field; {advice}")
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
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the library's notes on future syntax are not for our users
            pattern = regex.compile(source, regex.IGNORECASE if flags else 0)
            matches_nothing = pattern.search("", timeout=REGEX_SECONDS) is not None
    except (regex.error, ValueError, OverflowError, RecursionError, TimeoutError) as error:
        raise ValueError(f"{body!r} is no pattern: {error}") from None
    if matches_nothing:
        raise ValueError(f"{body!r} matches empty text, so it would match everything")
    return pattern


class _Passage:
    """One text of a candidate, cut into words."""

    __slots__ = ("field", "folded", "now", "plain", "spans", "text")

    def __init__(self, name: str, value: object, *, now: bool) -> None:
        self.field, self.now = name, now
        self.text = comparable(str(value))
        found = list(_WORD.finditer(self.text))
        self.plain = [word.group() for word in found]
        self.folded = [word.casefold() for word in self.plain]
        self.spans = [word.span() for word in found]

    def holds(self, term: Term, start: int) -> str | None:
        """Give the text of `term` if it stands at the word numbered `start`."""
        end = start + len(term.words)
        if start < 0 or end > len(self.plain) or self.field not in FIELDS[term.field]:
            return None
        words = (self.plain if term.exact_case else self.folded)[start:end]
        if tuple(words[:-1]) != term.words[:-1]:
            return None
        last = words[-1].startswith(term.words[-1]) if term.prefix else words[-1] == term.words[-1]
        return self.text[self.spans[start][0] : self.spans[end - 1][1]] if last else None


@dataclass(frozen=True, slots=True)
class _Hit:
    text: str
    now: bool


@dataclass(frozen=True, slots=True)
class _Topic:
    """A topic with numbers in place of its terms."""

    name: str
    kinds: frozenset[ChangeKind]
    sources: frozenset[str] | None
    months: int
    any: tuple[int, ...]
    all: tuple[int, ...]
    none: tuple[int, ...]

    def wants(self, candidate: Candidate) -> bool:
        here = self.sources is None or candidate.source in self.sources
        return here and candidate.kind in self.kinds and candidate.months in (None, self.months)


class TopicIndex:
    """All topics, arranged so that a change is shown only to those that one of its words speaks to.

    The index turns the question round: it does not ask each topic for its words but each word of the text
    for its terms, so a change costs what its own text holds, however many topics there are.
    """

    def __init__(self, topics: Mapping[str, TopicSettings]) -> None:
        """Read all terms. Raises ValueError where one cannot be understood (see `parse_term`)."""
        self._terms: list[Term] = []
        self._numbers: dict[str, int] = {}
        self._topics = [self._compiled(name, topic) for name, topic in topics.items()]
        self._by_word: dict[str, list[tuple[int, int]]] = defaultdict(list)  # word -> (term, its place there)
        self._by_prefix: dict[int, dict[str, list[int]]] = {}  # length -> prefix -> terms
        self._index_terms()
        self._behind: dict[int, list[int]] = defaultdict(list)  # term -> topics it opens
        self._open: dict[str | None, list[int]] = defaultdict(list)  # source -> topics no word opens
        self._index_topics()
        self._strikes: Counter[int] = Counter()

    def matches(self, candidate: Candidate) -> list[TopicMatch]:
        """Give the topics that want this change, in the order of the topics."""
        look = _Look(self, candidate)
        numbers = {number for term in look.hits for number in self._behind.get(term, ())}
        numbers.update(self._open.get(candidate.source, ()), self._open.get(None, ()))
        found = []
        for number in sorted(numbers):
            topic = self._topics[number]
            words = look.words_for(topic) if topic.wants(candidate) else None
            if words is not None:
                found.append(TopicMatch(topic.name, words))
        return found

    def _compiled(self, name: str, topic: TopicSettings) -> _Topic:
        return _Topic(
            name,
            frozenset(topic.on),
            None if topic.sources is None else frozenset(topic.sources),
            topic.no_update_months,
            *(
                tuple(map(self._number, terms))
                for terms in (topic.match.any, topic.match.all, topic.match.none)
            ),
        )

    def _number(self, text: str) -> int:
        if text not in self._numbers:
            self._terms.append(parse_term(text))
            self._numbers[text] = len(self._terms) - 1
        return self._numbers[text]

    def _index_terms(self) -> None:
        uses = Counter(word.casefold() for term in self._terms for word in term.words)
        for number, term in enumerate(self._terms):
            folded = [word.casefold() for word in term.words]
            whole = range(len(folded) - term.prefix)
            if whole:
                # The word fewest terms share, and of those the longest: it is met least often in vain.
                place = min(whole, key=lambda i: (uses[folded[i]], -len(folded[i])))
                self._by_word[folded[place]].append((number, place))
            elif folded:
                self._by_prefix.setdefault(len(folded[0]), {}).setdefault(folded[0], []).append(number)

    def _index_topics(self) -> None:
        for number, topic in enumerate(self._topics):
            doors = self._doors(topic)
            for term in doors:
                self._behind[term].append(number)
            if not doors:
                for source in (None,) if topic.sources is None else topic.sources:
                    self._open[source].append(number)

    def _doors(self, topic: _Topic) -> tuple[int, ...]:
        """Give terms of which at least one must be found by the index before the topic can match."""
        indexed = [term for term in topic.all if self._terms[term].words]
        if indexed:
            return (max(indexed, key=lambda term: len(self._terms[term].text)),)
        return topic.any if all(self._terms[term].words for term in topic.any) else ()

    def terms_at(self, word: str) -> Iterator[tuple[int, Term, int]]:
        """Give the terms this folded word may be part of, with the place of the word in each."""
        for number, place in self._by_word.get(word, ()):
            yield number, self._terms[number], place
        for length, prefixes in self._by_prefix.items():
            for number in prefixes.get(word[:length], ()):
                yield number, self._terms[number], 0

    def search(self, number: int, passages: Iterable[_Passage]) -> _Hit | None:
        """Look for a pattern; one that runs out of time is not found, and the log says so once."""
        term = self._terms[number]
        if term.pattern is None or self._strikes[number] >= _STRIKES:
            return None
        try:
            for passage in passages:
                if passage.field in FIELDS[term.field]:
                    found = term.pattern.search(passage.text, timeout=REGEX_SECONDS)
                    if found:
                        return _Hit(found.group(), passage.now)
        except TimeoutError:
            self._strikes[number] += 1
            if self._strikes[number] == 1:
                _LOG.warning("pattern_timed_out term=%r seconds=%s", term.text, REGEX_SECONDS)
            if self._strikes[number] == _STRIKES:
                _LOG.warning("pattern_given_up term=%r times=%s", term.text, _STRIKES)
        return None


class _Look:
    """One candidate under the index: its words looked up once, its patterns only when a topic asks."""

    def __init__(self, index: TopicIndex, candidate: Candidate) -> None:
        self._index = index
        self._passages = [
            _Passage(name, values[name], now=now)
            for names, values, now in (
                (_READ, candidate.fields, True),
                (_READ_BEFORE, candidate.before, False),
            )
            for name in names
            if values.get(name) is not None
        ]
        self.hits = self._indexed_hits()
        self._searched: dict[int, _Hit | None] = {}

    def _indexed_hits(self) -> dict[int, _Hit]:
        places: dict[str, list[tuple[_Passage, int]]] = {}
        for passage in self._passages:
            for at, word in enumerate(passage.folded):
                places.setdefault(word, []).append((passage, at))
        hits: dict[int, _Hit] = {}
        for word, standing in places.items():
            for number, term, place in self._index.terms_at(word):
                for passage, at in standing:
                    # Passages come with the present first, so a term's first hit is the one that counts.
                    if number in hits and (hits[number].now or not passage.now):
                        break
                    text = passage.holds(term, at - place)
                    if text is not None:
                        hits[number] = _Hit(text, passage.now)
        return hits

    def _hit(self, number: int) -> _Hit | None:
        if number in self.hits:
            return self.hits[number]
        if number not in self._searched:
            self._searched[number] = self._index.search(number, self._passages)
        return self._searched[number]

    def words_for(self, topic: _Topic) -> tuple[str, ...] | None:
        """Give the words that speak for the topic; None where they do not suffice.

        What the change took away still speaks for a topic, but no longer against one.
        """
        for number in topic.none:
            hit = self._hit(number)
            if hit and hit.now:
                return None
        required = [self._hit(number) for number in topic.all]
        either = [self._hit(number) for number in topic.any]
        if not all(required) or (either and not any(either)):
            return None
        return tuple(dict.fromkeys(hit.text for hit in (*either, *required) if hit and hit.text))
