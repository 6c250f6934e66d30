"""Recognize a page that replaces the real one, though it was served as a success. Pure.

It looks at the title, the first heading and at short pages only: a report may be called "Access Denied".
"""

import re
from html import unescape

from monitor.domain.text import comparable, comparable_title, is_blank

# What a title or heading says as a whole, never a part of it.
_STAND_IN = re.compile(
    r"access (?:is |to this page (?:has been |is ))?denied|just a moment|attention required"
    r"|checking your browser.*"
    r"|(?:(?:this |the )?(?:web)?site |page )?(?:is )?(?:currently )?(?:under|down for) "
    r"(?:scheduled )?maintenance"
    r"|(?:scheduled )?maintenance(?: mode| page| in progress)?|site (?:temporarily )?(?:unavailable|offline)"
    r"|(?:the )?(?:requested )?page (?:was |is |could )?(?:can ?not be|not|not be) found|not found"
    r"|file not found"
    r"|(?:(?:http )?(?:error|status) )?(?:403|404|410|429|500|502|503|504)(?: error)?"
    r"(?:[ :-]+\(?(?:page )?(?:forbidden|not found|gone|too many requests|internal server error|bad gateway"
    r"|service (?:temporarily )?unavailable|gateway time-?out|access denied).*)?"
    r"|(?:forbidden|bad gateway|service (?:temporarily )?unavailable|gateway time-?out|internal server error"
    r"|too many requests)|login(?: required)?"
    r"|(?:please )?(?:sign|log) ?(?:in|on)(?: to (?:continue|your account))?"
    r"|are you a (?:robot|human)|(?:robot|bot) (?:check|challenge)"
    r"|(?:please )?verify (?:that )?you are (?:a )?human"
    r"|human verification|security check(?:point)?|captcha|pardon our interruption"
    r"|request (?:unsuccessful|rejected)"
    r"|(?:sorry,? )?you have been blocked|error|we(?:'ll| will) be (?:right )?back(?: soon)?",
)
_IN_SHORT_PAGE = (
    "request unsuccessful. incapsula",
    "incapsula incident id",
    "you don't have permission to access",
    "enable javascript and cookies to continue",
    "checking your browser before accessing",
    "verify you are human",
    "verifying you are human",
    "please complete the security check",
    "detected unusual traffic",
    "unusual activity from your",
    "the requested url was rejected",
    "down for maintenance",
    "undergoing maintenance",
    "under maintenance",
    "temporarily unavailable",
    "access denied",
    "page not found",
)
# A short page that carries the columns of a listing is a short listing.
_LISTING = ("views-field", "<td", "Report Number", "Recommendation Status", "Open Recommendations")
_TITLE = re.compile(r"<title\b[^<>]*>([^<]{0,500})", re.I | re.S)
_HEADING = re.compile(r"<h1\b[^<>]*>(.{0,500}?)</h1", re.I | re.S)
_UNSHOWN = re.compile(r"<(script|style|noscript)\b.*?(?:</\1\s*>|$)", re.I | re.S)
_PASSWORD = re.compile(r"<input\b[^<>]*type=[\"']?password", re.I)
_TAG = re.compile(r"<[^<>]*>")
_PARTS = re.compile(r"\s*(?:\||::|·|»|\s-\s)\s*")
_DATA = re.compile(r"[\[{]|<\?xml|<(?:rss|feed|rdf)\b", re.I)
_HEAD = 60_000
_SHORT = 3_000
_SHORT_WITH_MARKUP = 30_000


def unhealthy(text: str) -> str | None:
    """Return why this is not a genuine page, in a sentence, or None.

    Known are empty pages, challenges, log-ins, refusals, maintenance notices and "not found" pages.
    """
    if is_blank(text):
        return "The page is empty."
    for what, pattern in (("title", _TITLE), ("heading", _HEADING)):
        said = pattern.search(text, 0, _HEAD)
        shown = _shown(said[1]) if said else ""
        if any(_STAND_IN.fullmatch(part.strip(" .!?…")) for part in _parts(shown)):
            return f"The page's {what} says {shown!r}: it replaces the real page."
    return _unhealthy_if_short(text)


def _parts(shown: str) -> list[str]:
    folded = comparable_title(shown)
    return [folded, *_PARTS.split(folded)]


def _shown(markup: str) -> str:
    return comparable(unescape(_TAG.sub("", markup)))


def _unhealthy_if_short(text: str) -> str | None:
    if len(text) > _SHORT_WITH_MARKUP or any(mark in text for mark in _LISTING) or _is_data(text):
        return None
    shown = _shown(_UNSHOWN.sub(" ", text))
    trouble = _short_trouble(text, shown) if len(shown) <= _SHORT else None
    return f"The page is short and {trouble}: it replaces the real page." if trouble else None


def _is_data(text: str) -> bool:
    """Whether this is a feed, JSON or CSV: there a report's title may well say that access is denied."""
    first = text.lstrip().partition("\n")[0]
    return bool(_DATA.match(first)) or ("<" not in first and max(map(first.count, ",;\t|")) >= 2)


def _short_trouble(text: str, shown: str) -> str | None:
    found = next((words for words in _IN_SHORT_PAGE if words in shown.casefold()), None)
    if found:
        return f"says {found!r}"
    if _PASSWORD.search(text):
        return "asks for a password"
    first = next((line for line in map(comparable_title, text.split("\n")) if line), "")
    if _STAND_IN.fullmatch(first.strip(" .!?…")):
        return f"begins with {first!r}"
    # Incapsula's challenge shows only a frame of its own.
    return "is a challenge of the site's guard" if "_Incapsula_Resource" in text else None
