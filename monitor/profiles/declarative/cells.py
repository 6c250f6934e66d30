"""What the cell of a topic or a person holds. Pure."""

import regex

from monitor.domain.agencies import short_name
from monitor.domain.notes import is_placeholder
from monitor.domain.text import squeeze

_STRONG_MARKS, _COMMA = regex.compile(r"[;|\n]"), regex.compile(",")
# With the words that lead to it; seven digits in a row are not part of a name.
_PHONE = regex.compile(
    r"(?:\b(?:phone|telephone|tel|ph|fax|cell|office|at|and|or)\b[.: ]{0,3})?"
    r"(?:\+?1[ .-]?)?(?:\(\d{3}\)|\d{3})[ .-]{0,2}\d{3}[ .-]?\d{4}(?:\s?(?:x|ext\.?)\s?\d{1,6})?",
    regex.I,
)
# A name that ends so goes on in the next line: Department of / Homeland Security.
_GOES_ON = regex.compile(r"(?:[:,&/(–—-]|\b(?:of|for|the|and|on|in|to|at))$", regex.I)
_MAIL = regex.compile(r"(?:\b(?:at|and|or)\s+)?\S+@\S+", regex.I)


def topics_of(raw: str) -> list[str] | None:
    """Return the subjects that a cell names; commas part them only where nothing stronger does."""
    marks = _STRONG_MARKS if _STRONG_MARKS.search(raw) else _COMMA
    return list(dict.fromkeys(filter(None, map(squeeze, marks.split(raw))))) or None


def names_of(raw: str) -> str | None:
    """Return the agencies that a cell has on a line each as one value: `CBP; ICE`."""
    names: list[str] = []
    for line in map(squeeze, _STRONG_MARKS.split(raw)):
        if is_placeholder(line):
            continue
        joined = f"{names[-1]} {line}" if names else ""
        if names and (_GOES_ON.search(names[-1]) or not line[0].isupper() or short_name(joined)):
            names[-1] = joined
        else:
            names.append(line)
    return "; ".join(dict.fromkeys(names)) or None


def person_of(raw: str) -> str | None:
    """Return a person's name without the phone number or address that a page has beside it."""
    name = squeeze(_PHONE.sub(" ", _MAIL.sub(" ", raw))).strip(" ,;:/-–()")
    return name if any(map(str.isalpha, name)) else None
