"""Turn the bytes of a page into records: decode them, find the profile, let it read.

The profile decides what a page means; this stage only chooses the profile, and never guesses one.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace

from monitor.domain.errors import ParseError, SourceError
from monitor.domain.text import hint, without_entities
from monitor.domain.types import Page, Parse, ParsedRecord
from monitor.fetch.charset import decoded, undecoded
from monitor.guard.error_pages import unhealthy
from monitor.profiles.profile import Profile
from monitor.profiles.registry import PROFILES

__all__ = ["decoded", "named", "parse", "recognized", "unhealthy"]


_SHOWN = 150  # characters of an address or a list


def parse(
    page: Page,
    profile: str | None = None,
    profiles: Mapping[str, Profile] = PROFILES,
    text: str | None = None,
) -> Parse:
    """Return what a profile reads from a page; `profiles` are all known ones, by name.

    `text` is the decoded page, from a caller that has decoded it already.

    1. Decode the bytes; what cannot be decoded becomes U+FFFD and is never an error.
    2. Take the named profile, or the one that recognizes the page.
    3. Let it read.

    Raises SourceError for an unknown name, ParseError for a page that no profile recognizes.
    """
    text = decoded(page) if text is None else text
    chosen = named(profile, profiles) if profile is not None else recognized(text, page.final_url, profiles)
    found = chosen.parse(text, page.final_url)
    found = replace(found, records=tuple(map(_without_entities, found.records)))
    return _with_lost_characters(found, page, text) if "\ufffd" in text else found


def _without_entities(record: ParsedRecord) -> ParsedRecord:
    """Return a record of a page that was escaped once too often as the publisher meant it."""
    meant = {
        name: without_entities(value)
        for name, value in record.fields.items()
        if name != "url" and isinstance(value, str) and "&" in value
    }
    return replace(record, fields={**record.fields, **meant}) if meant else record


def _with_lost_characters(found: Parse, page: Page, text: str) -> Parse:
    """Return what was read, with a sentence where rows lost characters to a wrong charset.

    A few rows may be the publisher's own slip; where most have lost some, the page was read wrongly.
    """
    lost = sum("\ufffd" in str(record.fields) for record in found.records)
    said = undecoded(page, text) if lost else None
    if said is None:
        return found
    mostly = lost * 2 > len(found.records)
    return replace(
        found,
        problems=(*found.problems, said),
        unclear=found.unclear + (not mostly),
        complete=found.complete and not mostly,
    )


def named(profile: str, profiles: Mapping[str, Profile] = PROFILES) -> Profile:
    """Return the profile with a name; raises SourceError with the nearest names where there is none."""
    found = profiles.get(profile)
    if found is not None:
        return found
    raise SourceError(f"There is no profile {profile!r}{hint(profile.lower(), profiles)}")


def recognized(text: str, url: str, profiles: Mapping[str, Profile] = PROFILES) -> Profile:
    """Return the profile that recognizes a page; raises ParseError where none does."""
    for profile in profiles.values():
        if profile.recognizes(text, url):
            return profile
    raise ParseError(
        f"No profile recognizes the page at {url[:_SHOWN]}. {_advice(text, list(profiles.values()))}"
    )


def _advice(text: str, profiles: Collection[Profile]) -> str:
    """Return which profile comes nearest to a page by the words over its columns, and what to do."""
    words = text.casefold()
    shown = {
        one.name: [column for column in one.columns if _names_one(column, words)]
        for one in profiles
        if one.columns
    }
    near = max(
        (one for one in profiles if shown.get(one.name)),
        key=lambda one: len(shown[one.name]) / len(one.columns),
        default=None,
    )
    draft = (
        "Draft one for it: oversight-watch sources new ADDRESS. To see all profiles: oversight-watch sources"
        " profiles"
    )
    if near is None:
        return draft
    found = ", ".join(dict.fromkeys(column.partition(" or ")[0] for column in shown[near.name]))
    return (
        f"The nearest is {near.name!r}, for {near.describes}: the page has {len(shown[near.name])} of its"
        f" {len(near.columns)} columns ({found[:_SHOWN]}). If it fits, write profile: {near.name}. {draft}"
    )


def _names_one(column: str, words: str) -> bool:
    return any(name.strip().casefold() in words for name in column.split(" or ") if len(name.strip()) > 3)
