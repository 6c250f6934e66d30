"""Changes that a topic missed by one word: what its owner may have meant to find. Pure.

A near miss is a phrase that is in the text but for one letter of a long word, an ending of the plural,
capitals, one word in between, or (from three words on) one word that is another.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from alerts.domain.settings import MatchSettings
from alerts.topics.index import Verdict
from alerts.topics.terms import FIELDS, Phrase, parse_term
from alerts.topics.words import Passage

_LONG_WORD = 5  # in shorter words one letter makes another word
_MANY_WORDS = 3

LETTER, PLURAL = "one letter away", "singular or plural"
CAPITALS, BETWEEN, OTHER = "in small letters", "one word in between", "one other word"


@dataclass(frozen=True, slots=True)
class Near:
    """A term that was nearly found: the text that is there, in which field, and how the two differ."""

    term: str
    text: str
    field: str
    how: str


@dataclass(frozen=True, slots=True)
class _Place:
    """A word of a phrase; `how` says how a word of a text differs from it, None where it does not."""

    phrase: int
    at: int
    how: str | None


class _Vocabulary(dict[str, tuple[_Place, ...]]):
    """Each word of the texts, looked at once: which words of phrases it is, or nearly is."""

    def __init__(self, phrases: Sequence[Phrase]) -> None:
        super().__init__()
        self._phrases = phrases

    def __missing__(self, word: str) -> tuple[_Place, ...]:
        found = []
        for number, phrase in enumerate(self._phrases):
            for at, sought in enumerate(phrase.words):
                goes_on = phrase.prefix and at == len(phrase.words) - 1
                how = _likeness(word, sought.casefold(), goes_on=goes_on)
                if how is not None:
                    found.append(_Place(number, at, how or None))
        self[word] = tuple(found)
        return self[word]


def _likeness(word: str, sought: str, *, goes_on: bool) -> str | None:
    """Return how a word differs from the one sought: "" not at all, None too much."""
    if word == sought or (goes_on and word.startswith(sought)):
        return ""
    one, other = sorted((word, sought), key=len)
    if len(one) > 2 and other in (f"{one}s", f"{one}es", f"{one.removesuffix('y')}ies"):
        return PLURAL
    if len(sought) < _LONG_WORD or not (word.isalpha() and sought.isalpha()):
        return None
    return LETTER if OSA.distance(word, sought, score_cutoff=1) == 1 else None


class NearMisses:
    """Looks for near misses of one topic. Make one and keep it: it remembers every word it has seen."""

    def __init__(self, match: MatchSettings) -> None:
        self._terms = [term for term in map(parse_term, (*match.any, *match.all)) if term.phrases]
        # A phrase as it was written; under an agency's other names nobody mistypes.
        self._vocabulary = _Vocabulary([term.phrases[0] for term in self._terms])

    def of(self, passages: Iterable[Passage], verdict: Verdict) -> Near | None:
        """Return what nearly matched, where that alone keeps the topic from the change."""
        short_of = verdict.missing if verdict.missing and not verdict.none_of else verdict.none_of
        if not (verdict.kind and verdict.source) or verdict.against or not short_of:
            return None
        if len(verdict.missing) > 1 or (verdict.missing and verdict.none_of):
            return None
        for passage in passages:
            places: dict[int, list[tuple[int, _Place]]] = defaultdict(list)
            for at, place in passage.told_by(self._vocabulary):
                places[place.phrase].append((at, place))
            for number, standing in places.items():
                term = self._terms[number]
                if term.text in short_of and passage.field in FIELDS[term.field]:
                    near = _nearly(len(term.phrases[0].words), standing)
                    if near and near.begins >= 0 and near.ends <= len(passage.folded):
                        return Near(term.text, _shown(passage, near), passage.field, near.how)
        return None


@dataclass(frozen=True, slots=True)
class _Stretch:
    begins: int
    ends: int
    how: str


def _shown(passage: Passage, near: _Stretch) -> str:
    return passage.between(near.begins, near.ends)


def _nearly(length: int, standing: Iterable[tuple[int, _Place]]) -> _Stretch | None:
    """Return the stretch where a phrase of `length` words was nearly found, or None."""
    exact: dict[int, set[int]] = defaultdict(set)  # where the phrase would begin -> its words that stand
    alike: dict[int, dict[int, str]] = defaultdict(dict)
    for at, place in standing:
        if place.how is None:
            exact[at - place.at].add(place.at)
        else:
            alike[at - place.at][place.at] = place.how
    for begins in sorted({*exact, *alike}):
        there, ends = exact.get(begins, set()), begins + length
        if len(there) == length:
            return _Stretch(begins, ends, CAPITALS)  # all words are there and yet it was not found
        if len(there) == length - 1:
            (absent,) = {*range(length)} - there
            if how := alike.get(begins, {}).get(absent):
                return _Stretch(begins, ends, how)
            if length >= _MANY_WORDS:
                return _Stretch(begins, ends, OTHER)
        later = exact.get(begins + 1, set())
        if any({*range(cut)} <= there and {*range(cut, length)} <= later for cut in range(1, length)):
            return _Stretch(begins, ends + 1, BETWEEN)
    return None
