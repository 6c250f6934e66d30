"""Turn the bytes of a page into records: decode, find the profile, let it read.

The profile decides what a page means; this stage only decides which profile, and never guesses one.
"""

import codecs
from collections.abc import Mapping
from difflib import get_close_matches

from monitor.errors import ParseError, SourceError
from monitor.health import unhealthy
from monitor.profiles import PROFILES, Profile
from monitor.types import Page, Parse

__all__ = ["decoded", "named", "parse", "recognised", "unhealthy"]

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def parse(
    page: Page,
    profile: str | None = None,
    profiles: Mapping[str, Profile] = PROFILES,
    text: str | None = None,
) -> Parse:
    """Give what a profile reads off a page; `profiles` are those there are, by name.

    `text` is the page decoded, from a caller that has looked at it already.

    1. Decode the bytes; what cannot be decoded shows as U+FFFD and is never an error.
    2. Take the named profile, or the one that recognises the page.
    3. Let it read.

    Raises SourceError for an unknown name, ParseError for a page that no profile recognises.
    """
    text = decoded(page) if text is None else text
    chosen = named(profile, profiles) if profile is not None else recognised(text, page.final_url, profiles)
    return chosen.parse(text, page.final_url)


def decoded(page: Page) -> str:
    """Give a page's text, without byte order mark and NULs and with plain line ends."""
    body, charset = page.body, page.charset
    for mark, name in _BYTE_ORDER_MARKS:
        if body.startswith(mark):
            body, charset = body[len(mark) :], name
            break
    try:
        text = body.decode(charset, errors="replace")
    except (LookupError, ValueError):
        text = body.decode("utf-8", errors="replace")
    # UTF-8 has these bytes only for these characters, and bytes are searched in a tenth of the time.
    if charset != "utf-8" or b"\x00" in body:
        text = text.replace("\x00", "")
    if "\r" in text:  # found out in a fiftieth of the time that it takes to look for a pair
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.lstrip("\ufeff")


def named(profile: str, profiles: Mapping[str, Profile] = PROFILES) -> Profile:
    """Give the profile of a name; raises SourceError with the nearest names where there is none."""
    found = profiles.get(profile)
    if found is not None:
        return found
    near = get_close_matches(profile.lower(), profiles, n=2, cutoff=0.4)
    hint = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(profiles)}."
    raise SourceError(f"There is no profile {profile!r}; {hint}")


def recognised(text: str, url: str, profiles: Mapping[str, Profile] = PROFILES) -> Profile:
    """Give the profile that recognises a page; raises ParseError where none does."""
    for profile in profiles.values():
        if profile.recognises(text, url):
            return profile
    known = "; ".join(f"{one.name} ({one.describes})" for one in profiles.values())
    columns = "; ".join(
        f"{', '.join(one.columns)} for {one.name}" for one in profiles.values() if one.columns
    )
    raise ParseError(
        f"No profile recognises the page at {url}. Profiles: {known}. Neither its address nor its columns "
        f"are theirs ({columns}). If it is one of these pages, name the profile."
    )
