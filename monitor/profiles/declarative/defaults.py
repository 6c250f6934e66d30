"""The settings that a source takes from its profile where its own entry has none."""

from collections.abc import Mapping
from typing import Any

from monitor.domain.settings import SourceSettings
from monitor.profiles.profile import Profile

_RHYTHMS = {"every", "cron"}


def habits_of(source: SourceSettings, *profiles: Mapping[str, Profile]) -> dict[str, Any]:
    """Return the settings of a source that are its profile's: every, full_sweep, delay, max_pages.

    The profile is the one that the source names, or the first that knows its address. A profile recognized
    from the page itself is known too late to decide when the page is read.
    """
    if source.profile is not None:
        profile = next((known[source.profile] for known in profiles if source.profile in known), None)
    else:
        profile = next((one for known in profiles for one in known.values() if one.is_of(source.url)), None)
    said = {name for name in source.model_fields_set if getattr(source, name) is not None}
    if said & _RHYTHMS:
        said |= _RHYTHMS
    return {name: value for name, value in (profile.habits if profile else {}).items() if name not in said}
