"""Return which topics want a change, and because of which words. Pure: no database, no clock, no network.

People search with words, so text is compared as words: in folded form (monitor.domain.text.comparable),
across white space and punctuation, and blind to case unless a term is all capitals.
"""

import logging
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from alerts.domain.settings import TopicSettings, kinds_of
from alerts.topics.candidate import Candidate
from alerts.topics.terms import FIELDS, REGEX_SECONDS, Phrase, Term, parse_term
from alerts.topics.words import Passage, passages_of
from monitor.domain.log import Line
from monitor.domain.types import ChangeKind

_LOG = logging.getLogger(__name__)
_REMEMBERED = 50_000  # distinct words: more than all pages of a publisher hold
_STRIKES = 10  # time-outs after which a pattern is no longer tried: one second lost in all


def standing_topics(topics: Mapping[str, TopicSettings]) -> dict[str, TopicSettings]:
    """Return topics as applied to the current state: it is not a change, so only words and sources count."""
    return {name: one.model_copy(update={"on": tuple(ChangeKind)}) for name, one in topics.items()}


@dataclass(frozen=True, slots=True)
class TopicMatch:
    """A topic that wants the change, and what matched: the page's own words, conditions in ours."""

    topic: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Against:
    """A term of `none` that keeps a topic from a change: the text it found, and in which field."""

    term: str
    text: str
    field: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why a topic wants a change or not. `missing` are terms of `all`; `none_of` is `any` without a match."""

    topic: str
    kind: bool
    source: bool
    missing: tuple[str, ...]
    none_of: tuple[str, ...]
    against: tuple[Against, ...]
    words: tuple[str, ...]

    @property
    def matches(self) -> bool:
        """Whether the topic wants the change."""
        return self.kind and self.source and not (self.missing or self.none_of or self.against)


@dataclass(frozen=True, slots=True)
class _Hit:
    text: str
    now: bool
    field: str


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

    def reads(self, source: str) -> bool:
        return self.sources is None or source in self.sources

    def wants(self, candidate: Candidate) -> bool:
        wanted = candidate.kind in self.kinds and candidate.months in (None, self.months)
        return wanted and self.reads(candidate.source)


_Standing = tuple[int, Phrase, int]  # a term, one of its phrases, the place of the word in it


class _TermsAt(dict[str, tuple[_Standing, ...]]):
    """By folded word, the terms it may be part of; words that were met are remembered."""

    def __init__(self) -> None:
        super().__init__()
        self._words: dict[str, list[_Standing]] = defaultdict(list)
        self._prefixes: dict[int, dict[str, list[_Standing]]] = defaultdict(lambda: defaultdict(list))

    def add_word(self, word: str, standing: _Standing) -> None:
        self._words[word].append(standing)

    def add_prefix(self, prefix: str, standing: _Standing) -> None:
        self._prefixes[len(prefix)][prefix].append(standing)

    def __missing__(self, word: str) -> tuple[_Standing, ...]:
        found = [*self._words.get(word, ())]
        for length, prefixes in self._prefixes.items():
            found += prefixes.get(word[:length], ())
        if len(self) >= _REMEMBERED:
            self.clear()
        standing = self[word] = tuple(found)
        return standing


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
        self.looks_inside = any(term.field == "text" for term in self._terms)
        self._late = {name for name, one in topics.items() if ChangeKind.DOCUMENT_READ not in one.on}
        self.terms_at = _TermsAt()
        self._index_terms()
        self._behind: dict[int, list[int]] = defaultdict(list)  # term -> topics it opens
        self._open: dict[str | None, list[int]] = defaultdict(list)  # source -> topics no word opens
        self._index_topics()
        self._strikes: Counter[int] = Counter()

    @property
    def too_slow(self) -> tuple[str, ...]:
        """Return the patterns that ran out of time, as they are written."""
        return tuple(self._terms[number].text for number in self._strikes)

    def matches(self, candidate: Candidate, passages: Sequence[Passage] | None = None) -> list[TopicMatch]:
        """Return the topics that want this change, in the order of the topics.

        `passages` are the candidate's, where the caller has them already (see `passages_of`).
        """
        found = self._matching(candidate, passages)
        before = self._announced(candidate) if found else set()
        return [match for match in found if match.topic not in before]

    def _announced(self, candidate: Candidate) -> set[str]:
        """Return the topics that a report matched before its document was read: that is not news for them."""
        if candidate.kind is not ChangeKind.DOCUMENT_READ:
            return set()
        without = replace(candidate, kind=ChangeKind.NEW_REPORT, file_text=tuple)
        return {match.topic for match in self._matching(without, None)} & self._late

    def passages(self, candidate: Candidate) -> list[Passage]:
        """Return the texts of a candidate that any topic looks in."""
        return passages_of(candidate, inside=self.looks_inside)

    def _matching(self, candidate: Candidate, passages: Sequence[Passage] | None) -> list[TopicMatch]:
        look = _Look(self, candidate, passages)
        numbers = {number for term in look.hits for number in self._behind.get(term, ())}
        numbers.update(self._open.get(candidate.source, ()), self._open.get(None, ()))
        found = []
        for number in sorted(numbers):
            topic = self._topics[number]
            words = look.words_for(topic) if topic.wants(candidate) else None
            if words is not None:
                found.append(TopicMatch(topic.name, words))
        return found

    def verdicts(self, candidate: Candidate, passages: Sequence[Passage] | None = None) -> list[Verdict]:
        """Return for each topic why it wants this change or not; asks every one, unlike `matches`."""
        look = _Look(self, candidate, passages)
        verdicts, before = (
            [look.verdict(topic, candidate) for topic in self._topics],
            self._announced(candidate),
        )
        return [replace(one, kind=False) if one.topic in before else one for one in verdicts]

    def _compiled(self, name: str, topic: TopicSettings) -> _Topic:
        return _Topic(
            name,
            frozenset(kinds_of(topic)),
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
        phrases = [(number, phrase) for number, term in enumerate(self._terms) for phrase in term.phrases]
        uses = Counter(word.casefold() for _, phrase in phrases for word in phrase.words)
        for number, phrase in phrases:
            folded = [word.casefold() for word in phrase.words]
            whole = range(len(folded) - phrase.prefix)
            if whole:
                # The word fewest terms share, and of those the longest: least often met without a match.
                place = min(whole, key=lambda i: (uses[folded[i]], -len(folded[i])))
                self.terms_at.add_word(folded[place], (number, phrase, place))
            else:
                self.terms_at.add_prefix(folded[0], (number, phrase, 0))

    def _index_topics(self) -> None:
        for number, topic in enumerate(self._topics):
            doors = self._doors(topic)
            for term in doors:
                self._behind[term].append(number)
            if not doors:
                for source in (None,) if topic.sources is None else topic.sources:
                    self._open[source].append(number)

    def _doors(self, topic: _Topic) -> tuple[int, ...]:
        """Return terms of which at least one must be found by the index before the topic can match."""
        indexed = [term for term in topic.all if self._terms[term].phrases]
        if indexed:
            return (max(indexed, key=lambda term: len(self._terms[term].text)),)
        return topic.any if all(self._terms[term].phrases for term in topic.any) else ()

    def term(self, number: int) -> Term:
        """Return a term by its number."""
        return self._terms[number]

    def search(self, number: int, passages: Iterable[Passage]) -> _Hit | None:
        """Look for a pattern; one that runs out of time is not found, and the log says so once."""
        term = self._terms[number]
        if term.pattern is None or self._strikes[number] >= _STRIKES:
            return None
        try:
            for passage in passages:
                if passage.field in FIELDS[term.field]:
                    found = term.pattern.search(passage.text, timeout=REGEX_SECONDS)
                    if found:
                        return _Hit(passage.said(*found.span()), passage.now, passage.field)
        except TimeoutError:
            self._strikes[number] += 1
            if self._strikes[number] == 1:
                _LOG.warning(Line("pattern_timed_out", term=repr(term.text), seconds=REGEX_SECONDS))
            if self._strikes[number] == _STRIKES:
                _LOG.warning(Line("pattern_given_up", term=repr(term.text), times=_STRIKES))
        return None


class _Look:
    """One candidate under the index: its words looked up once, its patterns only when a topic asks."""

    def __init__(
        self, index: TopicIndex, candidate: Candidate, passages: Sequence[Passage] | None = None
    ) -> None:
        self._index = index
        self._candidate = candidate
        self._passages = index.passages(candidate) if passages is None else passages
        self.hits = self._indexed_hits()
        self._asked: dict[int, _Hit | None] = {}

    def _indexed_hits(self) -> dict[int, _Hit]:
        hits: dict[int, _Hit] = {}
        for passage in self._passages:
            for at, (number, phrase, place) in passage.told_by(self._index.terms_at):
                # Passages come with the present first, so a term's first hit is the one that counts.
                if number in hits or passage.field not in FIELDS[self._index.term(number).field]:
                    continue
                text = passage.holds(phrase, at - place)
                if text is not None:
                    hits[number] = _Hit(text, passage.now, passage.field)
        return hits

    def _hit(self, number: int) -> _Hit | None:
        if number in self.hits:
            return self.hits[number]
        if number not in self._asked:
            self._asked[number] = self._answer(number)
        return self._asked[number]

    def _answer(self, number: int) -> _Hit | None:
        term = self._index.term(number)
        if term.condition is None:
            return self._index.search(number, self._passages)
        said = term.condition.met(self._candidate)
        return None if said is None else _Hit(said, now=True, field=str(term.field))

    def verdict(self, topic: _Topic, candidate: Candidate) -> Verdict:
        """Return all that speaks for the topic and against it."""
        against = [(number, hit) for number in topic.none if (hit := self._hit(number)) and hit.now]
        found = [hit.text for number in (*topic.any, *topic.all) if (hit := self._hit(number)) and hit.text]
        return Verdict(
            topic.name,
            candidate.kind in topic.kinds,
            topic.reads(candidate.source),
            self._texts(number for number in topic.all if not self._hit(number)),
            () if any(map(self._hit, topic.any)) else self._texts(topic.any),
            tuple(Against(self._index.term(number).text, hit.text, hit.field) for number, hit in against),
            tuple(dict.fromkeys(found)),
        )

    def _texts(self, numbers: Iterable[int]) -> tuple[str, ...]:
        return tuple(self._index.term(number).text for number in numbers)

    def words_for(self, topic: _Topic) -> tuple[str, ...] | None:
        """Return the words that speak for the topic; None where they do not suffice.

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
