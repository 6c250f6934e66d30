"""Dates promised in a status comment, read conservatively, with the words they come from. Pure.

A date is a promise only where its sentence looks forward: somebody plans, expects or will do something by
then. What happened, what a law or the report demands, what GAO itself will do and what is no longer held
to are none. To miss a promise is better than to hold an agency to one it did not make.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from monitor.domain.periods import WHEN, Period, Precision, period

_LONGEST = 20_000  # characters; the longest comments have a third of that
_SENTENCE_ENDS = re.compile(r"(?<=[.!?;])\s+(?=[A-Z“\"(])|\n+")

# Somebody looks forward. Words that are nouns as well count only where they can be none.
_CUE = re.compile(
    r"\b(?:will|would(?!\s+have)|plan(?:s|ned)?\s+(?:to|on|for)|planning\s+(?:to|on)|expect(?:s|ed|ing)?"
    r"|anticipat(?:es?|ed|ing)|estimates?(?=\s+(?:that|it|they|the|this|these|complet|finish|having))"
    r"|estimat(?:ed|ing)|intend(?:s|ed|ing)?|(?:aims?|hopes?|hoping|seeks?|working|committed)\s+to|on\s+track"
    r"|planned(?=\s*$)|projected|scheduled|slated|target(?:ed|ing)|(?:goal|target)\s+(?:of|to|is)|due(?!\s+to)|to\s+be)\b",
    re.IGNORECASE,
)
# Before a cue these say that it is none: denied, given up, past, GAO's own, or part of a name.
_DENIED = re.compile(
    r"\b(?:an?|the|its|their|this|these|those|of"
    r"|(?:not|never|longer|cannot|had|originally|initially|previously|formerly|missed|we|gao|our)"
    r"(?:\s+(?!but\b|and\b)\w+)?)\s+$|n[’']t\s+$",
    re.IGNORECASE,
)
_WAS = re.compile(r"\b(?:was|were)\s+$", re.IGNORECASE)
_OF_MONEY_OR_TIME = re.compile(r"\b(?:cost|schedule)\s+$", re.IGNORECASE)  # its estimate is a noun
# A law or a bill demands; whether somebody will is a question.
_NOBODY = re.compile(
    r"\b(?:(?i:bills?|legislation|statutes?|laws?|provisions?)|Act|(?:S|H\.\s?R)\.\s?\d+)\b"
    r"(?:,?\s+(?:if|once)\s+\w+,)?(?:\s+\w+){0,3}\s*$"
    r"|\b(?i:whether|if)\b[^,;]{0,60}$"
    r"|\b(?i:costs|spending|demand|population|debt|number\s+of(?:\s+\w+){1,3})\s+(?:(?:is|are)\s+)?$"
)
# After a cue these are nobody's act: what runs out, what Congress does, what a sum comes to.
_HAPPENS = re.compile(
    r"\s+(?:to\s+)?(?:be\s+)?(?:expire|lapse|sunset|enacted|become\s+law|signed\s+into\s+law"
    r"|(?:reach|cost)\s+\$)",
    re.IGNORECASE,
)
_ENDS = re.compile(r"\s+(?:to\s+)?end\s+(?:in|on|by|at|during|before)\b", re.IGNORECASE)
_INTENT = re.compile(r"plan|intend|aim|hop|seek|work|commit", re.IGNORECASE)  # somebody's own
# Between cue and date these begin something else: what was done, what is demanded, what is denied.
_ELSEWHERE = re.compile(
    r"\b(?:was|were|had|did|since|after|because|should|must|required\s+to|not|never|unless|until"
    r"|missed|failed|earlier|previously|as\s+of)\b",
    re.IGNORECASE,
)
_FARTHEST = 300  # characters between cue and date
_BY = r"(?i:by|no\s+later\s+than|not\s+later\s+than|on\s+or\s+before|before)"
_IN = r"(?i:in|during|on|at|for|around|between)"
_DATED = re.compile(rf"\b(?P<how>{_BY}|{_IN})\s+(?P<when>{WHEN})")
_FOR = re.compile(r"\b(?:scheduled|slated|targeted|planned|projected|expected|due)$", re.IGNORECASE)
# "is expected in summer 2026": what is awaited now, not what was done as expected.
_AWAITED = re.compile(
    r"(?:expected|anticipated|scheduled|slated|planned|projected|targeted|due)", re.IGNORECASE
)
_IS_NOW = re.compile(
    r"(?:\b(?:is|are|remains?)\s+(?:(?:now|currently|still|also)\s+)?|,\s+now\s+)$", re.IGNORECASE
)
# "Upon completion, anticipated in June 2027, …": what was planned in 2019 is none.
_ASIDE = re.compile(r"(?:,\s+|\()(?:expected|anticipated|projected|due)$", re.IGNORECASE)
_PAST_FOLLOWS = re.compile(r"[,)]*\s+(?:was|were|has|had|have|did)\b", re.IGNORECASE)
# What ends between two dates; anything else may go on all the time between them.
_COMPLETES = re.compile(
    r"\b(?:complet|finish|finaliz|implement|deploy|issu|publish|deliver|award|clos|replac|releas)",
    re.IGNORECASE,
)
_CONDITION = re.compile(r"^\W*(?:if|unless)\b[^.;]{0,200},[^,;]{0,60}$", re.IGNORECASE)
# "By the spring of 2027, TSA will": the date opens a clause.
_CLAUSE_OPENS = re.compile(r"(?:^\W*|[,;:]\s*|\b(?:that|said|stated|and|but)\s+)$", re.IGNORECASE)
_LONGEST_SUBJECT = 80  # characters
_DONE = re.compile(
    r"(?<!\bbe )(?<!\bbe fully )\b(?:\w+ed|held|begun|made|written|sent|built)\s+$", re.IGNORECASE
)

_OF_COMPLETION = r"(?:completion|implementation|issuance|delivery|closure|publication|release)"
_LABEL = re.compile(
    rf"\b(?i:(?:(?:estimated|expected|anticipated|planned|projected|target(?:ed)?|revised|updated|new|current)"
    rf"\s+{_OF_COMPLETION}(?:\s+(?:dates?|time\s?frame))?(?:\s*\([A-Z]+\))?"
    rf"(?:\s+(?:for|of)(?:\s+[\w’'-]+){{1,8}}?(?=\s+(?:is|are|remains)\b))?|ECD|{_OF_COMPLETION}\s+date"
    rf"|target\s+date(?:\s+for\s+{_OF_COMPLETION})?)"
    r"\s*(?:\b(?:is|are|remains|of|to\s+be|as)\b|[:=–—-])?\s*(?:now\s+)?(?:(?:by|in|for)\s+)?)"
    rf"(?P<when>{WHEN})"
)
_MOVED = re.compile(
    r"(?:\b(?i:changed\s+(?:(?:its|the|their|this)\s+(?:\w+\s+){0,4}dates?\s+)?)"
    rf"(?:(?i:from)\s+{WHEN}\s+)?(?i:to)\s+"
    r"|\b(?i:extended|revised|moved|delayed|postponed|deferred|pushed|slipped)\b"
    rf"[^.;]{{0,120}}?\b(?i:to|until)\s+(?i:by\s+)?)(?P<when>{WHEN})"
)
_FORMER = re.compile(r"\b(?:original|initial|previous|prior|earlier|former|missed)\s+$", re.IGNORECASE)

_OPENS = re.compile(rf"\W*(?P<how>(?i:as\s+of|in|on|during))\s+(?P<when>{WHEN})")


@dataclass(frozen=True, slots=True)
class Promise:
    """A date that somebody looks forward to: `words` as the comment has them, `named` the date among them.

    It has surely passed once `due`, the last day of its widest reading, is over.
    """

    words: str
    named: str
    precision: Precision
    due: date


def read_promises(comment: object) -> tuple[Promise, ...]:
    """Return every promise of a comment in the order of its text."""
    if not isinstance(comment, str):
        return ()
    sentences = _sentences(comment)
    latest = max((opener.first for _, opener in _openers(sentences)), default=date.min)
    return tuple(promise for sentence in sentences for promise in _promises(sentence, latest))


def standing_promise(comment: object) -> Promise | None:
    """Return the date a comment commits to: the latest, if it promises several."""
    return max(read_promises(comment), key=lambda promise: promise.due, default=None)


def stated_date(comment: object) -> date | None:
    """Return the day as of which a comment clearly speaks ("As of March 2024, …"): the last of that period.

    Where a later sentence opens with a later date ("In May 2024, CBP said …"), it is at least of then.
    """
    if not isinstance(comment, str):
        return None
    openers = list(_openers(_sentences(comment)))
    if not any(how.casefold().startswith("as") for how, _ in openers):
        return None
    return max(opener.last for _, opener in openers)


def _sentences(comment: str) -> list[str]:
    return [sentence for sentence in _SENTENCE_ENDS.split(comment[:_LONGEST]) if sentence]


def _openers(sentences: list[str]) -> Iterator[tuple[str, Period]]:
    for sentence in sentences:
        if (found := _OPENS.match(sentence)) and (opener := period(found["when"])) is not None:
            yield found["how"], opener


def _promises(sentence: str, latest: date) -> Iterator[Promise]:
    """Return the promises of one sentence, each date once; `latest` is the newest date that opens one."""
    found: dict[int, Promise] = {}
    for match in (*_LABEL.finditer(sentence), *_MOVED.finditer(sentence)):
        if not _FORMER.search(sentence[: match.start()]):
            _keep(found, match, latest)
    for match in _DATED.finditer(sentence):
        if _opens_a_plan(sentence, match) or _looks_forward(sentence, match):
            # Only "by" makes a date of the past a promise that was made; "in" may as well tell of the past.
            _keep(found, match, date.min if re.fullmatch(_BY, match["how"]) else latest)
    yield from (found[end] for end in sorted(found))


def _keep(found: dict[int, Promise], match: re.Match[str], latest: date) -> None:
    when = period(match["when"])
    if when is not None and when.last >= latest and match.end() not in found:
        found[match.end()] = Promise(" ".join(match[0].split()), when.words, when.precision, when.last)


def _looks_forward(sentence: str, dated: re.Match[str]) -> bool:
    """Whether the nearest word of intent before a date governs it."""
    cues = list(_CUE.finditer(sentence, 0, dated.start()))
    if not cues or _is_nobodys(sentence, cues[-1]):
        return False
    cue = cues[-1]
    between = sentence[cue.end() : dated.start()]
    governed = len(between) <= _FARTHEST and not _ELSEWHERE.search(between)
    if not governed or re.fullmatch(_BY, dated["how"]):
        return governed
    if dated["how"].casefold() == "for":
        return not between.strip() and _FOR.search(cue[0]) is not None
    if not between.strip() and _AWAITED.fullmatch(cue[0].strip()):
        aside = _ASIDE.search(sentence[: cue.end()]) and not _PAST_FOLLOWS.match(sentence, dated.end())
        return bool(aside or _IS_NOW.search(sentence[: cue.start()]))
    if dated["how"].casefold() == "between":
        return _COMPLETES.search(between) is not None
    return _DONE.search(sentence[max(dated.start() - 60, 0) : dated.start()]) is None


def _opens_a_plan(sentence: str, dated: re.Match[str]) -> bool:
    """Whether a clause begins with "by" a date and goes on with somebody's intent."""
    if not re.fullmatch(_BY, dated["how"]) or not _CLAUSE_OPENS.search(sentence[: dated.start()]):
        return False
    cue = _CUE.search(sentence, dated.end(), dated.end() + _LONGEST_SUBJECT)
    if cue is None or _ELSEWHERE.search(sentence[dated.end() : cue.start()]):
        return False
    return not _is_nobodys(sentence, cue)


def _is_nobodys(sentence: str, cue: re.Match[str]) -> bool:
    """Whether the words before a word of intent take it away from any agency."""
    before = sentence[max(cue.start() - 80, 0) : cue.start()]
    if _CONDITION.search(sentence[: cue.start()]):
        return True
    if cue[0].casefold() == "to be" and _WAS.search(before):
        return True
    is_noun = not cue[0].casefold().startswith(("will", "would")) and _OF_MONEY_OR_TIME.search(before)
    ends = _ENDS.match(sentence, cue.end()) and not _INTENT.match(cue[0])
    happens = ends or _HAPPENS.match(sentence, cue.end())
    return bool(is_noun or happens or _DENIED.search(before[-60:]) or _NOBODY.search(before))
