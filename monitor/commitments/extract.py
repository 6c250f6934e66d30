"""Dates promised in a status comment, read conservatively, with the words they come from. Pure.

A date is a promise only where its sentence looks forward: somebody plans, expects or will do something by
then. What happened, what a law or the report demands, what GAO itself will do and what is no longer held
to do not count. To miss a promise is better than to hold an agency to one it did not make.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from monitor.domain.periods import WHEN, Period, Precision, period

_LONGEST = 20_000  # characters; the longest comments have a third of that
_SENTENCE_ENDS = re.compile(r"(?<=[.!?;])\s+(?=[A-Z“\"(])|\n+")

# Somebody looks forward. Words that are nouns as well count only where they can be none.
_CUE = re.compile(
    r"\b(?:will|would(?!\s+have)|plan(?:s|ned)?\s+(?:to(?!\s+(?:us|gao|congress|the)\b)|on|for)"
    r"|planning\s+(?:to|on)|expect(?:s|ed|ing)?|anticipat(?:es?|ed|ing)"
    r"|estimates?(?=\s+(?:that|it|they|the|this|these|an?|full|final|having|\w+ing|compl\w+|implement\w+)\b)"
    r"|estimat(?:ed|ing)|intend(?:s|ed|ing)?|(?:aims?|hopes?|hoping|seeks?|working|agreed|pledged)\s+to"
    r"|commit(?:s|ted)\s+to|on\s+(?:track|schedule|target)|planned(?=\s*$)|projected|scheduled|slated"
    r"|target(?:ed|ing)|(?:(?:an?|the|its|their)\s+)?(?:goal|target)\s+(?:of|to|is)"
    r"|(?:(?:an?|the|its|their)\s+)?(?:plan|schedule|strategy|road\s?map|timeline)\s+calls\s+for"
    r"|projects(?=\s+(?:(?:full\s+)?(?:completion|implementation)|(?:complet|finish|issu|publish)ing)\b)"
    r"|should(?=\s+(?:be\s+(?:able\s+to|in\s+place|ready|complete|operational|available|\w+ed|done)|have\s+\w+)\b)"
    r"|due(?!\s+to(?!\s+(?:us|gao|the\s+(?:oig|agency|department|secretary|administrator))\b))|to\s+be)\b",
    re.IGNORECASE,
)
# "should" looks forward only where it is an official who says so.
_OFFICIALS = re.compile(
    r"\b(?:agency|department|bureau|officials|office|service|administration|corps|[A-Z][A-Za-z]*[A-Z])\s+(?:\w+\s+)?"
    r"(?:told\s+us|said|says|stated|noted|reported|indicated|estimated)\b[^.;]*$"
)
_OTHERS = re.compile(
    r"\b(?:stakeholders|experts|representatives|industry|advocates|GAO|OIG|inspectors?\s+general|we|auditors)\b",
    re.I,
)
# Before a cue these say that it is not one: denied, given up, past, GAO's own, or part of a name.
_DENIED = re.compile(
    r"\b(?:an?|the|its|their|this|these|those|of"
    r"|(?:not|never|longer|cannot|had|originally|initially|previously|formerly|missed|we|gao|our|oig"
    r"|inspector\s+general|government\s+accountability\s+office)"
    r"(?:\s+(?!but\b|and\b)\w+)?)\s+$|n[’']t\s+$",
    re.IGNORECASE,
)
_WAS = re.compile(r"\b(?:was|were)\s+$", re.IGNORECASE)
_REPORTED = re.compile(
    r"\b(?:as\s+of|said|stated|told|reported|noted|according\s+to|officials)\b", re.IGNORECASE
)
# "is planned for May", not "the projects planned for May".
_PREDICATE = re.compile(
    r"(?:\b(?:is|are|was|were|be|been|remains?|now|currently|still|tentatively)\s+|[,(]\s*)$", re.IGNORECASE
)
_OF_MONEY_OR_TIME = re.compile(r"\b(?:cost|schedule)\s+$", re.IGNORECASE)  # its estimate is a noun
# A law or a bill demands; whether somebody will is a question.
_NOBODY = re.compile(
    r"\b(?:(?i:bills?|legislation|statutes?|laws?|provisions?)|Act(?:\s+(?:for|of)\s+(?:Fiscal\s+Year\s+)?\d{4})?"
    r"|(?:S|H\.\s?R)\.\s?\d+)\b"
    r"(?:,?\s+(?:if|once)\s+\w+,)?(?:(?:\s+\w+){0,3}|(?:\s+\w+){1,6}\s+(?:that|which))\s*$"
    r"|(?:^|[.,;]\s+|\b(?:[Tt]he|that|and)\s+)(?:Congress|Senate|House|(?:(?i:congressional)|House|Senate)\s+(?i:committees?))"
    r"(?:\s+\w+)?\s*$"
    r"|\b(?i:whether(?!\s+to\b)|if)\b[^,;]{0,60}$"
    r"|\b(?:\d{4}\s+(?:[Dd]ecennial\s+)?[Cc]ensus|(?i:elections?|presidential\s+term|Olympics|(?:next|new)\s+Congress))\s*$"
    r"|\b(?i:costs|spending|demand|population|debt|losses|shortage|deficit|revenues?|prices|enrollment"
    r"|number\s+of(?:\s+\w+){1,3})\s+(?:(?:is|are)\s+)?$"
)
# After a cue these are nobody's act: what runs out, what Congress does, what a sum comes to.
_HAPPENS = re.compile(
    r"\s+(?:to\s+)?(?:be\s+|become\s+)?(?:expire|lapse|sunset|enacted|law\b|signed\s+into\s+law|run\s+out|depleted"
    r"|exhausted|insolvent|reach\s+the\s+end|(?:reach|cost|total|exceed)\s+\$"
    r"|(?:reach|exceed|surpass)\s+(?:(?:about|nearly|over|more\s+than)\s+)?\d[\d.,]*\s+(?:million|billion|trillion))",
    re.IGNORECASE,
)
_OF_COMMITTEE = re.compile(r"\b(?:sub)?committees?\s+(?:\w+\s+)?$", re.IGNORECASE)
_IN_CONGRESS = re.compile(
    r"\s+(?:to\s+)?(?:hold\s+(?:\w+\s+){0,3}hearings?|mark\s+up|vote\s+on)\b", re.IGNORECASE
)
_SUPPOSED = re.compile(
    r"\b(?:hypothetical(?:ly)?|theoretical(?:ly)?|in\s+(?:theory|(?:this|that|one|each)\s+scenario)"
    r"|under\s+(?:this|that|one|each)\s+scenario)\b",
    re.IGNORECASE,
)
_EXAMPLE = re.compile(r"^\W*for\s+(?:example|instance)\b", re.IGNORECASE)
# These are somebody's act only where they have an object: to end a program, but "will end in May".
_ENDS = re.compile(
    r"\s+(?:to\s+)?(?:end|conclude|terminate|wrap\s+up|grow|rise|increase|decrease|decline|double|triple|fall"
    r"|shrink)\s+(?:(?:significantly|further|again)\s+)?(?:in|on|by|at|during|before|to|from|until|no\s+later)\b",
    re.IGNORECASE,
)
_INTENT = re.compile(r"plan|intend|aim|hop|seek|work|commit", re.IGNORECASE)  # somebody's own
# Between cue and date these begin something else: what was done, what is demanded, what is denied.
_ELSEWHERE = re.compile(
    r"\b(?:was|were|had|did|since|after|because|should|must|required\s+to|not|never|unless|until"
    r"|missed|failed|earlier|previously|as\s+of)\b",
    re.IGNORECASE,
)
_FARTHEST = 300  # characters between cue and date
# Forms are sought in a copy of the sentence with marks in place of its dates: quicker than WHEN in each form.
_DATE, _TO = re.compile(WHEN), re.compile(r"(\s+to\s+)")
_MARK = "\ue000"
_WHEN = rf"{_MARK}+(?:\s+to\s+{_MARK}+)?"
_MARKS, _DIGIT = re.compile(_WHEN), re.compile(r"\d")
_BY = r"(?i:by|no\s+later\s+than|not\s+later\s+than|on\s+or\s+before|before)"
_IN = r"(?i:in|during|on|at|for|around|between|from|effective)"
_DATED = re.compile(rf"\b(?P<how>{_BY}|{_IN})\s+(?P<when>{_WHEN})")
# "will deploy the system mid-2027": a part of a year needs no word before it where it ends a phrase.
_BARE = re.compile(r"(?:early|mid|late|spring|summer|fall|autumn|winter|Q[1-4])\b", re.IGNORECASE)
_PHRASE_ENDS = re.compile(r"\W*$|[.,;)]")
_NOT_BARE = re.compile(
    r"\b(?:by|in|on|of|for|at|as|an?|the|is|its|their|this|was|were|from|to|than|since|until|before|after|early"
    r"|mid|late|during|around|between|through|and|or)\s+$|[(\d]\s*$",
    re.IGNORECASE,
)
_FOR = re.compile(r"\b(?:scheduled|slated|targeted|planned|projected|expected|estimated|due)$", re.IGNORECASE)
_HAS = re.compile(r"\b(?:has|have)\s+(?:now\s+|since\s+)?$", re.IGNORECASE)
_SPAN = re.compile(r"\s(?:to|through)\s|[–—]")
# "is expected in summer 2026": what is awaited now, not what was done as expected.
_AWAITED = re.compile(
    r"(?:expected|anticipated|scheduled|slated|planned|projected|targeted|due)", re.IGNORECASE
)
_IS_NOW = re.compile(
    r"(?:\b(?:is|are|remains?)\s+(?:(?:now|currently|still|also)\s+)?|,\s+now\s+|,\s+with\s+(?:\w+\s+){1,4})$",
    re.IGNORECASE,
)
# "Upon completion, anticipated in June 2027, …": what was planned in 2019 is not one.
_ASIDE = re.compile(r"(?:,\s+|\()(?:expected|anticipated|projected|due)$", re.IGNORECASE)
_PAST_FOLLOWS = re.compile(r"[,)]*\s+(?:was|were|has|had|have|did)\b", re.IGNORECASE)
# What ends between two dates; anything else may go on all the time between them.
_COMPLETES = re.compile(
    r"\b(?:complet|finish|finaliz|implement|deploy|issu|publish|deliver|award|clos|replac|releas|conduct"
    r"|carr(?:y|ied|ying)\s+out|phas(?:e|ed|ing)\b|roll(?:ed|ing)?\s+out|train|test|migrat|transition|install|updat"
    r"|inspect|assess)",
    re.IGNORECASE,
)
_CONDITION = re.compile(
    r"(?:(?:^\W*|[,;]\s+|\bthat,?\s+)(?:if|unless|assuming|provided|contingent|depending"
    r"|(?:without|absent)\s+(?:\w+\s+){0,3}(?:action|changes?|legislation|intervention|funding|reforms?|congress\w*))"
    r"|^\W*should"
    r"|^\W*under\s+(?:the|this)\s+(?:[\w.]+\s+){0,4}(?:bill|act|law|legislation|statute))\b"
    r"[^.;]{0,200},[^,;]{0,60}$",
    re.IGNORECASE,
)
_CONDITION_FOLLOWS = re.compile(
    r",?\s+(?:but\s+)?(?:only\s+)?(?:if(?!\s+(?:not|possible|necessary)\b)|unless|provided|assuming|contingent"
    r"|depending)\b",
    re.IGNORECASE,
)
# "By the spring of 2027, TSA will": the date opens a clause.
_CLAUSE_OPENS = re.compile(r"(?:^\W*|[,;:]\s*|\b(?:that|said|stated|and|but)\s+)$", re.IGNORECASE)
_LONGEST_SUBJECT = 80  # characters
_DONE = re.compile(
    r"(?<!\bbe )(?<!\bbe fully )\b(?:\w+ed|held|begun|made|written|sent|built)\s+$", re.IGNORECASE
)

_OF_COMPLETION = r"(?:completion|implementation|issuance|delivery|closure|publication|release)"
_LABEL = re.compile(
    rf"\b(?i:(?:(?:estimated|expected|anticipated|planned|projected|target(?:ed)?|revised|updated|new|current)"
    rf"\s+(?:{_OF_COMPLETION}(?:\s+(?:dates?|time\s?frame))?|dates?\s+(?:of|for)\s+(?:full\s+)?{_OF_COMPLETION})"
    rf"|ECD|(?:{_OF_COMPLETION}|due|target)\s+date)(?:\s*\([A-Z]+\))?"
    rf"(?:\s+(?:for|of)(?:\s+[\w’'-]+){{1,8}}?(?=\s+(?:is|are|remains)\b|:))?"
    r"\s*(?:\b(?:is|are|remains|of|to\s+be|as)\b|[:=–—-])?\s*(?:now\s+)?(?:(?:by|in|for)\s+)?)"
    rf"(?P<when>{_WHEN})"
)
_MOVED = re.compile(
    r"(?:\b(?i:changed\s+(?:(?:its|the|their|this)\s+(?:\w+\s+){0,4}dates?\s+)?)"
    rf"(?:(?i:from)\s+{_WHEN}\s+)?(?i:to)\s+"
    r"|\b(?i:(?:requests?|requested|received|sought|seeks|granted|asked\s+for)\s+(?:(?:an?|its|the)\s+)?(?:\w+\s+)?"
    r"(?:extension|more\s+time)(?:\s+of\s+(?:\w+\s+){0,5}(?:date|deadline))?,?\s+(?:to|until|through))\s+"
    r"|\b(?i:extended|revised|moved|delayed|postponed|deferred|pushed|slipped)\b"
    rf"[^.;]{{0,120}}?\b(?i:to|until)\s+(?i:by\s+)?)(?P<when>{_WHEN})"
)
# "is targeting May 2027", "expects a June 2027 completion", "set March 2027 as its new target date",
# "will take until December 2028", "will not be complete until June 2027"
_AIMED = tuple(
    re.compile(rf"\b{form}")
    for form in (
        rf"(?i:targeting|aiming\s+for)\s+(?P<when>{_WHEN})",
        r"(?i:(?:has|have|sets?|established|announced)\s+(?:an?|its|the)\s+(?:\w+\s+){0,2}(?:target|goal|milestone)\s+of)"
        rf"\s+(?P<when>{_WHEN})",
        r"(?i:(?:new|current|revised|updated|latest)\s+estimate\s+(?:for|of)(?:\s+[\w’'-]+){1,8}?\s+is)"
        rf"\s+(?P<when>{_WHEN})",
        rf"(?i:(?:will|would)\s+need\s+until)\s+(?P<when>{_WHEN})",
        rf"(?i:(?:expects|anticipates|estimates)\s+(?:an?\s+|the\s+)?)(?P<when>{_WHEN})\s+(?i:{_OF_COMPLETION})\b",
        rf"(?<!had )(?i:set|proposed|provided|established)\s+(?P<when>{_WHEN})\s+"
        r"(?i:as\s+(?:an?|the|its|their)\s+(?:(?:new|revised|updated|estimated|expected)\s+)*(?:target|due|completion|implementation)\s+date)\b",
        rf"(?i:(?:will|would|expected\s+to)\s+(?:\w+\s+)?take\s+(?:\w+\s+){{0,3}}until)\s+(?P<when>{_WHEN})",
        r"(?i:(?:will|do|does)\s+not\b[^.;,]{0,80}?\b(?:complet|finish|finaliz|implement|deploy|issu|publish|releas)"
        rf"[^.;,]{{0,80}}?\buntil)\s+(?P<when>{_WHEN})",
    )
)
# Before a date of these kinds: it is an earlier one, or one that was missed or that a law sets.
_FORMER = re.compile(
    r"\b(?:(?:original|initial|previous|prior|earlier|former|missed|statutory|mandated|required)\s+"
    r"|(?:not|had\s+(?:an?|its)|missed|after|past|beyond|from|than|\w+n[’']t)\s+(?:[\w’']+\s+){0,3})$",
    re.IGNORECASE,
)
# What goes on until then is not a promise; a date that moves is one.
_GOES_ON = re.compile(
    r"\b(?:authori\w+|contract|lease|grant|moratorium|waiver|period|program|pilot|agreement|license|policy|order)\b",
    re.IGNORECASE,
)
_OF_DATE = re.compile(
    r"\b(?:date|deadline|milestone|target|schedule|time\s?(?:frame|line))|complet|implement", re.I
)

_OPENS = re.compile(rf"\W*(?P<how>(?i:as\s+of|in|on|during))\s+(?P<when>{_WHEN})")


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
    return tuple(promise for one in sentences for promise in _promises(*one, latest))


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


def _sentences(comment: str) -> list[tuple[str, str]]:
    """Return the sentences that have a date, each with its copy that has marks in place of dates."""
    sentences = _SENTENCE_ENDS.split(comment[:_LONGEST])
    copies = ((sentence, _marked(sentence)) for sentence in sentences if _DIGIT.search(sentence))
    return [(sentence, marked) for sentence, marked in copies if _MARK in marked]


def _openers(sentences: Iterable[tuple[str, str]]) -> Iterator[tuple[str, Period]]:
    for sentence, marked in sentences:
        found = _OPENS.match(marked)
        if found and (opener := period(sentence[slice(*found.span("when"))])) is not None:
            yield found["how"], opener


def _marked(sentence: str) -> str:
    """Return a sentence of the same length with a mark for each character of a date."""

    def marks(found: re.Match[str]) -> str:
        return "".join(part if _TO.fullmatch(part) else _MARK * len(part) for part in _TO.split(found[0]))

    return _DATE.sub(marks, sentence)


@dataclass(frozen=True, slots=True)
class _Dated:
    """A date in a sentence with the words that lead to it, of which `how` is the last."""

    words: str
    how: str
    when: str
    start: int
    begins: int
    end: int


def _dated(form: re.Pattern[str], sentence: str, marked: str) -> Iterator[_Dated]:
    for found in form.finditer(marked):
        how, (begins, ends) = found.groupdict().get("how", ""), found.span("when")
        yield _Dated(
            sentence[slice(*found.span())], how, sentence[begins:ends], found.start(), begins, found.end()
        )


def _bare(sentence: str, marked: str) -> Iterator[_Dated]:
    for found in _MARKS.finditer(marked):
        start, end = found.span()
        if _BARE.match(sentence, start) and _PHRASE_ENDS.match(sentence, end):
            yield _Dated(sentence[start:end], "", sentence[start:end], start, start, end)


def _promises(sentence: str, marked: str, latest: date) -> Iterator[Promise]:
    """Return the promises of one sentence, each date once; `latest` is the newest date that opens one."""
    found: dict[int, Promise] = {}
    for form in (_LABEL, _MOVED, *_AIMED):
        for stated in _dated(form, sentence, marked):
            if not _is_anothers(sentence, stated):
                _keep(found, stated, latest)
    for dated in (*_dated(_DATED, sentence, marked), *_bare(sentence, marked)):
        if _opens_a_plan(sentence, dated) or _looks_forward(sentence, dated):
            # Only "by" makes a date of the past a promise that was made; "in" may as well tell of the past.
            _keep(found, dated, date.min if re.fullmatch(_BY, dated.how) else latest)
    yield from (found[end] for end in sorted(found))


def _keep(found: dict[int, Promise], dated: _Dated, latest: date) -> None:
    when = period(dated.when)
    if when is not None and when.last >= latest and dated.end not in found:
        found[dated.end] = Promise(" ".join(dated.words.split()), when.words, when.precision, when.last)


def _is_anothers(sentence: str, stated: _Dated) -> bool:
    """Whether a stated date is an earlier one, a law's, or the end of what goes on until then."""
    before = sentence[max(stated.start - 80, 0) : stated.start]
    said = f"{before}{sentence[stated.start : stated.begins]}"
    ends = (
        stated.words.casefold().startswith("extended") and _GOES_ON.search(said) and not _OF_DATE.search(said)
    )
    return bool(ends or _FORMER.search(before) or _NOBODY.search(before) or _CONDITION.search(before))


def _looks_forward(sentence: str, dated: _Dated) -> bool:
    """Whether the nearest word of intent before a date governs it."""
    cues = list(_CUE.finditer(sentence, max(dated.start - 2 * _FARTHEST, 0), dated.start))
    if not cues or _is_nobodys(sentence, cues[-1]):
        return False
    cue, how = cues[-1], dated.how.casefold()
    between = sentence[cue.end() : dated.start]
    governed = len(between) <= _FARTHEST and not _ELSEWHERE.search(between)
    if not governed or _CONDITION_FOLLOWS.match(sentence, dated.end):
        return False
    return re.fullmatch(_BY, how) is not None or _governs(sentence, cue, dated, between.strip())


def _governs(sentence: str, cue: re.Match[str], dated: _Dated, between: str) -> bool:
    """Whether a word of intent governs a date without "by", which may as well tell of the past."""
    before, how = sentence[max(cue.start() - 40, 0) : cue.start()], dated.how.casefold()
    if how == "for":
        return bool(_FOR.search(cue[0]) and (_HAS if between else _PREDICATE).search(before))
    if how == "effective":
        return between in ("", "be", "become")
    if (how == "from" and not _SPAN.search(dated.when)) or (not how and _NOT_BARE.search(f"{between} ")):
        return False
    if not between and _AWAITED.fullmatch(cue[0]):
        aside = _ASIDE.search(before + cue[0]) and not _PAST_FOLLOWS.match(sentence, dated.end)
        return bool(aside or _IS_NOW.search(before))
    if how in ("between", "from"):
        return _COMPLETES.search(between) is not None
    return _DONE.search(sentence[max(dated.start - 60, 0) : dated.start]) is None


def _opens_a_plan(sentence: str, dated: _Dated) -> bool:
    """Whether a clause begins with "by" a date and goes on with somebody's intent."""
    if not re.fullmatch(_BY, dated.how) or not _CLAUSE_OPENS.search(sentence[: dated.start]):
        return False
    cue = _CUE.search(sentence, dated.end, dated.end + _LONGEST_SUBJECT)
    if cue is None or _ELSEWHERE.search(sentence[dated.end : cue.start()]):
        return False
    return not _is_nobodys(sentence, cue)


def _is_nobodys(sentence: str, cue: re.Match[str]) -> bool:
    """Whether the words before a word of intent take it away from any agency."""
    before = sentence[max(cue.start() - 80, 0) : cue.start()]
    so_far = sentence[max(cue.start() - _FARTHEST, 0) : cue.start()]
    word = cue[0].casefold()
    if _CONDITION.search(so_far) or _SUPPOSED.search(so_far) or (word == "would" and _EXAMPLE.search(so_far)):
        return True
    if word == "should" and (not _OFFICIALS.search(so_far) or _OTHERS.search(so_far)):
        return True
    if _OF_COMMITTEE.search(before) and _IN_CONGRESS.match(sentence, cue.end()):
        return True
    awaited = _AWAITED.fullmatch(cue[0]) and not _REPORTED.search(sentence[: cue.start()])
    if (awaited or cue[0].casefold() == "to be") and _WAS.search(before):
        return True
    is_noun = not cue[0].casefold().startswith(("will", "would")) and _OF_MONEY_OR_TIME.search(before)
    ends = _ENDS.match(sentence, cue.end()) and not _INTENT.match(cue[0])
    happens = ends or _HAPPENS.match(sentence, cue.end())
    return bool(is_noun or happens or _DENIED.search(before[-60:]) or _NOBODY.search(before))
