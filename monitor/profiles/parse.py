"""Turn the bytes of a page into records: decode them, find the profile, let it read.

The profile decides what a page means; this stage only chooses the profile, and never guesses one.
"""

from collections.abc import Mapping
from dataclasses import replace

from monitor.domain.errors import ParseError, SourceError
from monitor.domain.text import hint, without_entities
from monitor.domain.types import Page, Parse, ParsedRecord
from monitor.fetch.charset import decoded, undecoded
from monitor.guard.error_pages import unhealthy
from monitor.profiles.profile import Profile
from monitor.profiles.registry import PROFILES

__all__ = ["decoded", "named", "parse", "recognized", "unhealthy"]


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
    """Return what was read, with a sentence where most rows lost characters to a wrong charset."""
    lost = sum("\ufffd" in str(record.fields) for record in found.records)
    said = undecoded(page, text) if lost * 2 > len(found.records) else None
    return replace(found, problems=(*found.problems, said), complete=False) if said else found


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
    known = "; ".join(f"{one.name} ({one.describes})" for one in profiles.values())
    columns = "; ".join(
        f"{', '.join(one.columns)} for {one.name}" for one in profiles.values() if one.columns
    )
    raise ParseError(
        f"No profile recognizes the page at {url}. Profiles: {known}. Neither its address nor its columns "
        f"match ({columns}). If it is one of these pages, name the profile."
    )
