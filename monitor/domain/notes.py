"""Separate a title from the notes that a site puts beside it: kind and size of a file, New, Updated. Pure."""

import re
from collections.abc import Sequence
from functools import cache

from monitor.domain.text import ENDS, comparable, comparable_title, without_end

_FOOTNOTES = "*\u2020\u2021\u00a7\U0001f195"  # marks of one at the end of a title, and New as one sign
_KIND = r"(?:pdf|docx?|xlsx?|pptx?|html|zip|rtf)"
_FILE = (
    rf"(?:(?:adobe )?{_KIND}(?: (?:file|document|format|version))?"
    r"|\d[\d.,]* ?(?:[kmg]i?b|bytes|pages?|pp?\.?))"
)
_WINDOW = (
    r"(?:(?:this )?(?:link )?(?:opens?|opening) in (?:an? )?(?:new|another|external) (?:browser )?"
    r"(?:window|tab)|(?:this )?(?:link is external|external link)(?: icon)?|pdf (?:file|document|icon))"
)
_FILE_NOTE = rf"(?:{_FILE}|{_WINDOW})(?:[ ,;:|/–—-]{{1,3}}(?:{_FILE}|{_WINDOW})){{0,3}}"
_MARKED = r"new ?!{1,3}|[(\[*]{1,3}new ?!?[)\]*]{1,3}"  # words that no title of its own begins or ends with
_COUNT = r"\(\d{1,3} (?:open |closed )?rec(?:ommendation)?s?\)"
_IN_BRACKETS = rf"{_COUNT}|\((?:PDF\b[^()]{{0,40}}\)?)?|[(\[]\s?{_FILE_NOTE}\s?[)\]]|{_MARKED}"
_AT_END = (
    rf"(?:\b{_MARKED}|[\s,;|–—-]*{_WINDOW}|[\s,;|–—-]+{_KIND}[ ,-]{{1,3}}{_FILE_NOTE}"
    rf"|\s*[|–—-]\s*{_FILE_NOTE}|\s?[{_FOOTNOTES}]{{1,3}}|(?<!\bto)(?<!\bin)(?<!\bas)(?<!\ba)(?<!\bthe)(?<!\bof)\spdf)$"
)
_AT_BEGINNING = rf"(?:[(\[]\s?{_FILE_NOTE}\s?[)\]]|{_MARKED})\s+(?=\w)"
_PLACEHOLDERS = frozenset(
    (
        "n/a",
        "null",
        "none",
        "nan",
        "undefined",
        "untitled",
        "[object object]",
        "tbd",
        "loading",
        "please wait",
    )
)
_FEW_CELLS = 2
_TOTALS = re.compile(r"(?:grand |sub-?)?totals?:?", re.I)
_LONGEST = 120
_MOST_NOTES = 10  # after one title
# How a title ends that may end in a note: most do not, and this is found in a tenth of the time.
_ENDS = (
    *("(", ")", "]", "!", "b", "bytes", "page", "pages", "p", "p.", "pdf", "doc", "docx", "xls", "xlsx"),
    *("ppt", "pptx", "html", "zip", "rtf", "file", "document", "format", "version", "icon", "window", "link"),
    *("external", *_FOOTNOTES),
)
_BADGE_WORDS = (
    r"(?:new(?: report)?|updated|featured"
    r"|(?:newly|recently|just) (?:added|issued|posted|published|released|updated))"
)
_BADGE = re.compile(rf"[(\[*]{{0,3}}\s?{_BADGE_WORDS}\s?!?[)\]*!]{{0,3}}", re.I)
_BADGE_AT_END = re.compile(rf"(?<=\w)(?<!\bnot)[\s,;|–—-]+{_BADGE_WORDS}!*$", re.I)
_AROUND = f"{ENDS}{_FOOTNOTES}\u00b9\u00b2\u00b3"
# What some sites write in the cell before a number: Report No. OIG-26-1.
_NUMBER_LABEL = re.compile(
    r"\A(?:report |(?:(?:audit|product|report) )*(?:no\b\.?|num(?:ber)?\b|#)\s*:?)\s*(?=[A-Z]{0,6}[ -]?\d)",
    re.I,
)
_FOOTNOTE_AT_END = re.compile(rf"(?:[ {_FOOTNOTES}\u00b9\u00b2\u00b3\u2074-\u2079]|\[\d{{1,2}}\])+\Z")
_ZERO_OF_DAY = re.compile(r"(?<![\d/])0(?=\d/\d{1,2}/\d{2,4}\b)|(?<=\d/)(?<!\d{3}/)0(?=\d/\d{2,4}\b)")
_STAMP = re.compile(
    r"(?:\A|(?<=[.!?)\]\"”])\s+|\n+)[(\[]?(?:page |status )?(?:last )?"
    r"(?:updated|modified|reviewed)(?: on)?\s?:?\s"
    r"(?:\d{1,2}/\d{1,2}/\d{2,4}|\d{4}-\d\d-\d\d|[a-z]{3,9}\.? \d{1,2}, \d{4})\s?[)\].]{0,2}\Z",
    re.I,
)
_MORE = re.compile(r"(?:(?<=[.!?)\]\"”…])\s*|\n+)(?:read|show|see|view) (?:more|less)\s?[.…›»→]{0,3}\Z", re.I)
_BADGE_ENDS = ("new", "report", "!", "ed")


@cache  # of few patterns, which many commands do not need
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.I)


def shown_title(text: str) -> str:
    """Return a title without its outer white space and without the notes at its ends.

    A note is the kind, size or window of a file, as in (PDF, 2 MB), the bracket left of one, or `New!`.
    """
    title = text.strip()
    for _ in range(_MOST_NOTES):
        if not title[-10:].casefold().endswith(_ENDS):
            break
        at = max(map(title.rfind, "([*"))
        if at < 0 or not _compiled(_IN_BRACKETS).fullmatch(title, at):
            # No note but one in brackets ends in a bracket.
            said = None if title[-1] in ")]" else _compiled(_AT_END)
            ended = said and said.search(title, max(0, len(title) - _LONGEST))
            at = ended.start() if ended else -1
        if at < 0:
            break
        title = title[:at].strip()
    return _compiled(_AT_BEGINNING).sub("", title, count=1) if title[:1] in tuple("([*nN") else title


def shown_number(text: str) -> str:
    """Return a report number without notes, the mark of a footnote, or a label such as Report No."""
    number = _NUMBER_LABEL.sub("", without_badge(shown_title(text)))
    number = _FOOTNOTE_AT_END.sub("", number).lstrip("'’")
    return comparable(number) if not number.isascii() else number


def title_key(text: str) -> str:
    """Return the form in which a title or a status is compared: as `comparable_title`, without notes.

    A full stop, quotes and marks of footnotes around it are left out too, and so is a last word such as New.
    """
    return without_badge(comparable_title(shown_title(text)).strip(_AROUND)).strip(_AROUND)


def comment_core(text: str) -> str:
    """Return a comment as compared: without the day at its end on which a site updated its page.

    The zeros that `03/02/2026` has and `3/2/2026` lacks make no difference.
    """
    return without_end(_ZERO_OF_DAY.sub("", comparable(text)), _STAMP, _LONGEST)


def without_more(text: str) -> str:
    """Return a text without the words of a link after its last sentence that opens the rest: Read more."""
    return without_end(text, _MORE, _LONGEST)


def is_badge(text: str) -> bool:
    """Return whether a text is only what a site puts beside a title for a while: New, Updated."""
    return len(text) < 40 and _BADGE.fullmatch(text) is not None


def without_badge(text: str) -> str:
    """Return a text without the badges that end it: `Open New` gives `Open`."""
    while text.casefold().endswith(_BADGE_ENDS):
        shorter = without_end(text, _BADGE_AT_END, _LONGEST)
        if shorter == text:
            break
        text = shorter
    return text


def is_placeholder(text: str) -> bool:
    """Return whether a text only fills the place of one, as where a site has lost its titles."""
    return text.strip(" .…").casefold() in _PLACEHOLDERS or not any(map(str.isalnum, text))


def is_total(cells: Sequence[str]) -> bool:
    """Return whether a row sums up the others: few of its cells are filled, and the first says Total."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    return 0 < len(filled) <= _FEW_CELLS < len(cells) and _TOTALS.fullmatch(filled[0]) is not None
