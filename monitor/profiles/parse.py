"""Turn the bytes of a page into records: decode them, find the profile, let it read.

The profile decides what a page means; this stage only chooses the profile, and never guesses one.
"""

from collections.abc import Mapping
from dataclasses import replace

from monitor.domain.errors import SourceError
from monitor.domain.text import hint, without_entities
from monitor.domain.types import Page, Parse, ParsedRecord
from monitor.fetch.charset import decoded, undecoded
from monitor.fetch.file_kinds import not_a_page
from monitor.fetch.saved import stated_address
from monitor.guard.error_pages import unhealthy
from monitor.profiles.pager import linked_next
from monitor.profiles.profile import Profile
from monitor.profiles.registry import PROFILES
from monitor.profiles.unknown import data_kind, data_name, unknown_page

__all__ = ["decoded", "named", "parse", "recognized", "unhealthy"]


_IN_TWO_CHARSETS = (
    "The file holds zero bytes: a part of it is in another encoding, so its words cannot be trusted."
)


def parse(
    page: Page,
    profile: str | None = None,
    profiles: Mapping[str, Profile] = PROFILES,
    text: str | None = None,
) -> Parse:
    """Return what a profile reads from a page; `profiles` are all known ones, by name.

    `text` is the decoded page, from a caller that has decoded it already.

    1. Decode the bytes; what cannot be decoded becomes U+FFFD and is never an error.
    2. Take the named profile, or the one that recognizes the page, by the address that a saved one states.
    3. Let it read.

    Raises SourceError for an unknown name, ParseError for a page that no profile recognizes.
    """
    text = decoded(page) if text is None else text
    if profile is not None:
        chosen = named(profile, profiles)
    else:
        chosen = recognized(text, stated_address(page, text) or page.final_url, profiles)
    found = _with_kind(chosen.parse(text, page.final_url), chosen, text)
    if found.next_url is None and found.records and (following := _linked(page, chosen)):
        found = replace(found, next_url=following, complete=False)
    if chosen.format == "csv" and b"\0" in page.body and page.charset == "utf-8":
        found = replace(found, broken=_IN_TWO_CHARSETS)
    found = replace(found, records=tuple(map(_without_entities, found.records)))
    return _with_lost_characters(found, page, text) if "\ufffd" in text else found


def _linked(page: Page, profile: Profile) -> str | None:
    """Return the next page that the headers of an answer name."""
    answered = page.headers.response if page.headers else ()
    links = ", ".join(value for name, value in answered if name.lower() == "link")
    return linked_next(links, page.final_url, page=profile.format == "html") if links else None


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
    """Return the profile that recognizes a page; raises ParseError where none does.

    The profiles that know its address come before those that only know its looks.
    """
    by_address = [profile for profile in profiles.values() if profile.is_of(url)]
    for profile in (*by_address, *profiles.values()):
        if profile.recognizes(text, url):
            return profile
    raise unknown_page(text, url, profiles.values())


def _with_kind(found: Parse, profile: Profile, text: str) -> Parse:
    """Return what was read, with a sentence where nothing was because the page is data of another format."""
    if found.records or found.says_empty:
        return found
    kind = data_kind(text)
    if kind is None or kind == profile.format:
        return found
    said = f"{not_a_page(data_name(kind))} that the profile {profile.name} reads."
    return replace(found, problems=(said, *found.problems))
