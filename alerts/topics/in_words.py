"""What a topic asks for, term by term, in words for people who do not know how topics are written. Pure."""

from collections.abc import Mapping

from alerts.language.text import counted, plain
from alerts.topics.conditions import Age, Condition, FiscalYears
from alerts.topics.terms import Phrase, Term, parse_term

_PLACES: Mapping[str, str] = {
    "title": "in the title",
    "agency": "as the agency",
    "status": "in the status",
    "number": "in the number",
    "topic": "among the publisher’s subjects",
    "director": "as the director",
    "text": "inside the file of the report",
}
_AGES: Mapping[str, str] = {">": "more than", ">=": "at least", "<": "less than", "<=": "at most"}
_UNITS: Mapping[str, str] = {"d": "day", "w": "week", "y": "year"}


def term_in_words(text: str) -> str:
    """Return one term of a topic in words."""
    term = parse_term(text)
    if term.condition is not None:
        return _condition(term.condition)
    place = f" {_PLACES[term.field]}" if term.field else ""
    return f"{_sought(term)}{place}"


def _sought(term: Term) -> str:
    if term.pattern is not None:
        return f"text that fits the pattern /{plain(term.pattern.pattern)}/"
    first, *others = term.phrases
    # An agency's other names are many; one says what is meant.
    return f"“{plain(' '.join(first.words))}” or another name of it" if others else _phrase(first)


def _phrase(phrase: Phrase) -> str:
    words = plain(" ".join(phrase.words))
    if phrase.prefix:
        return f"“{words}…”" if " " in words else f"words that begin with “{words}”"
    return f"“{words}” in capitals" if phrase.exact_case else f"“{words}”"


def _condition(condition: Condition) -> str:
    if isinstance(condition, FiscalYears):
        return _years(condition)
    if isinstance(condition, Age):
        return f"{_AGES[condition.sign]} {counted(condition.count, _UNITS[condition.unit])} old"
    return "marked as priority by the publisher"


def _years(years: FiscalYears) -> str:
    if years.first == years.last:
        return f"of fiscal year {years.first}"
    if years.last == 9999:
        return f"of fiscal year {years.first} or later"
    if years.first == 0:
        return f"of fiscal year {years.last} or earlier"
    return f"of fiscal years {years.first} to {years.last}"
