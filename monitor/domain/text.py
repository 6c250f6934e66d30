"""Normalize publishers' text before it is compared. Pure.

What is stored and shown is the publisher's own text; only comparisons and keys go through here.
"""

import html
import math
import re
import unicodedata
from collections.abc import Iterable

from monitor.domain.shared_ends import shared_ends

ENDS = " .,;:\"'"  # marks around a text that are not a revision of it
UNSEEN = "\u200b\u200c\u200d\u2060\ufeff\u00ad"  # characters without a width
# Quotes that word processors put in place of plain ones; an address has none.
CURLY_QUOTES = "\u2018\u2019\u201c\u201d\u201e\u2033\u00ab"
# Curly quotes, primes, dash variants and odd blanks that content systems swap without meaning to.
_FOLDED = {
    **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u00b4\u0060", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033", '"'),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d", "-"),
    **dict.fromkeys("\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a", " "),
    **dict.fromkeys("\u202f\u205f\u3000", " "),
    **dict.fromkeys(UNSEEN, ""),
    "\u2026": "...",
}
# A search costs a sixth of str.translate on text that holds few of these.
_ICONS = "\ue000-\uf8ff"  # no characters of a script: what they show is up to a font
_ICON = re.compile(f"[{_ICONS}]")
_FOLDABLE = re.compile(f"[{''.join(_FOLDED)}{_ICONS}]")
_NOTHING = "".join(mark for mark, plain in _FOLDED.items() if not plain.strip())
_NOTHING += " \t\n\r\v\f\x1c\x1d\x1e\x1f\x85\u2028\u2029"
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_NEAR = 55  # of 100
_LEAST = re.compile(r"\{(\d{1,100})")  # of a pattern: how often something is repeated at least
_MOST_REPEATS = 10_000


def lowered(text: str) -> str:
    """Return a page with the letters of its tags in lower case: those of ASCII, as HTML compares them."""
    # str.lower takes five times as long where a text holds one other character.
    return text.encode("utf-8", "surrogatepass").lower().decode("utf-8", "surrogatepass")


def squeeze(text: str) -> str:
    """Collapse every run of white space (no-break spaces included) to one blank and strip the ends."""
    return " ".join(text.split())


def differing(one: str, other: str) -> tuple[str, str]:
    """Return what is left of two texts without the beginning and the end that they share.

    What is put before a text, or taken away there, is that, whatever letter the text begins with.
    """
    for short, long in ((one, other), (other, one)):
        if long.endswith(short):
            added = long.removesuffix(short)
            return ("", added) if short is one else (added, "")
    start, end = shared_ends(one, other)
    return one[start : len(one) - end], other[start : len(other) - end]


def without_end(text: str, end: re.Pattern[str], longest: int) -> str:
    """Return a text without what matches at its end, which is at most `longest` characters.

    To search a whole text for what can only be its end takes ten times as long.
    """
    found = end.search(text, max(0, len(text) - longest))
    return text[: found.start()] if found else text


def without_entities(text: str) -> str:
    """Return a text with the characters that `&amp;#039;`, escaped once too often, stands for."""
    while "&" in text and (shown := _ENTITY.sub(lambda found: html.unescape(found[0]), text)) != text:
        text = shown
    return text


def comparable(text: str) -> str:
    """Return the form in which two texts are compared: NFC, plain quotes, dashes and blanks, no entities.

    Idempotent, and blind to exactly what a reader would not call a change.
    """
    if "&" in text:
        text = without_entities(text)
    if text.isascii():
        return " ".join(text.replace("`", "'").split())
    # Fold after NFC: composing may make a character that is itself folded.
    shown = " ".join(_FOLDABLE.sub(_plain, unicodedata.normalize("NFC", text)).split())
    return shown or "".join(_ICON.findall(text))  # an icon alone may be a status


def _plain(found: re.Match[str]) -> str:
    return _FOLDED.get(found[0], "")


def comparable_title(text: str) -> str:
    """Return the form in which two titles are compared: as `comparable`, and blind to case."""
    return comparable(text).casefold()


def is_blank(text: str) -> bool:
    """Whether a text shows nothing: blanks, no-break and zero-width spaces only."""
    return not text.lstrip(_NOTHING)  # of one side only: a page is not copied without its last line end


def blank_to_none(text: str | None) -> str | None:
    """Return None for text that shows nothing."""
    return None if text is None or is_blank(text) else text.strip()


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that `name` was probably meant to be."""
    from rapidfuzz import fuzz, process  # noqa: PLC0415 - for mistakes only; commands are to be quick

    found = process.extractOne(name, list(known), scorer=fuzz.ratio, score_cutoff=_NEAR)
    return str(found[0]) if found else None


def hint(name: str, known: Iterable[str]) -> str:
    """Return the end of a sentence about an unknown name: what was meant, or what there is."""
    names = list(known)
    near = nearest(name, names)
    if near:
        return f"; did you mean {near!r}?"
    if not names:
        return "; there is none"
    more = ", …" if len(names) > 12 else ""
    return f"; known are {', '.join(names[:12])}{more}"


def repeats_too_much(pattern: str) -> bool:
    """Return whether a pattern repeats something over 10,000 times: all of it is written out in memory."""
    return math.prod(max(int(least), 1) for least in _LEAST.findall(pattern)) > _MOST_REPEATS
