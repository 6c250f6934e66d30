"""Keep report numbers, dates and words of commands on one line. Pure."""

import re

from monitor.domain.us_dates import WRITTEN

_LONGEST = 24  # characters; a longer number may break, so that it fits a phone
# OIG-24-01, A-05-21-00025, GAO-24-106148 rec 4: groups of capitals and digits, with a digit.
_NUMBER = (
    rf"(?<![\w-])(?=[\w-]{{4,{_LONGEST}}}(?![\w-]))(?=[A-Z-]*\d)[A-Z\d]+(?:-[A-Z\d]+)+"
    r"(?: (?:rec|matter) \d{1,4}\b)?"
)
_TOGETHER = re.compile(rf"{WRITTEN}|{_NUMBER}")
_COMMAND_OR_TOGETHER = re.compile(rf"(?P<command>`[^`\n]*`)|{WRITTEN}|{_NUMBER}")
_WORD = re.compile(r"[^\s<>&;]*-[^\s<>&;]*")
_NOT_SHOWN = re.compile(
    r"(<svg\b.*?</svg>|<style\b.*?</style>|<title\b.*?</title>|<code>.*?</code>|<[^>]*>)", re.DOTALL
)


def held(text: str, blank: str = "\xa0") -> str:
    """Return text with no-break spaces in report numbers and dates, but not in commands to copy."""
    return _COMMAND_OR_TOGETHER.sub(
        lambda found: found[0] if found["command"] else found[0].replace(" ", blank), text
    )


def nowrap(page: str) -> str:
    """Return HTML whose report numbers, dates and words of commands do not break across lines."""
    parts = _NOT_SHOWN.split(page)
    return "".join(_nowrap(part) for part in parts)


def _nowrap(part: str) -> str:
    if part.startswith("<code>"):
        return _WORD.sub(_span, part)
    return part if part.startswith("<") else _TOGETHER.sub(_span, part)


def _span(found: re.Match[str]) -> str:
    if len(found[0]) > 2 * _LONGEST:
        return found[0]
    return f'<span style="white-space:nowrap">{found[0]}</span>'
