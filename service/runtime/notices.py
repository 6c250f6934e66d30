"""Notices about sources: a title and lines for each occasion. Pure."""

import shlex
from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from alerts.domain.settings import TopicSettings, terms_of
from alerts.language.notice import SMALL_PRINT, STEP, TO_EVERYBODY
from alerts.language.text import counted, moment
from monitor.changes.apply import Health
from monitor.domain.errors import HostWaits
from monitor.guard.cadence import Silence
from monitor.store.models import Source

_MOST_LISTED = 50
_MOST_NAMED = 12  # in a sentence

Notice = tuple[str, list[str]]


def silence_notice(quiet: Silence, url: str, zone: ZoneInfo) -> Notice:
    """Return the notice that a source has had no news for unusually long."""
    lines = [
        f"Its last news came on {moment(quiet.since, zone)}, {quiet.lasted.days} days ago.",
        f"Before that, its longest recent pause was {max(quiet.longest.days, 1)} days.",
        "The page can be read as usual; perhaps its publisher has moved.",
        f"{STEP}Look at the page: {url}",
        f"{SMALL_PRINT}This notice is sent once, and again only after the source has had news.",
    ]
    return f"{quiet.source} has been silent for {quiet.lasted.days} days", lines


def spent_notice(waits: HostWaits) -> Notice:
    """Return the notice that the daily request budget of a host is used up."""
    lines = [
        f"{_sentence(str(waits))}.",
        "Checks of its sources resume by themselves then; no change is concluded meanwhile.",
        f"{STEP}To allow more requests, raise requests_per_day in the watch file; to need fewer, set"
        " full_sweep or a longer every.",
    ]
    return f"{waits.host}: daily request budget used up", lines


def refusal_notice(health: Health, host: str, sources: Sequence[str]) -> Notice:
    """Return the notice that a site blocks automated requests, and what else works."""
    lines = [
        *(f"{_sentence(reason)}." for reason in health.reasons),
        _listed("Sources on this site", sources),
        f"{SMALL_PRINT}We say who we are, and do not try to evade a block.",
        f"{SMALL_PRINT}This notice is sent once, and again only if the site could be read in between.",
        f"{SMALL_PRINT}What was recorded before is kept.",
    ]
    return f"{host} blocks automated requests: {health.source} cannot be read", lines


def trouble_notice(
    place: str, names: Sequence[str], health: Health, url: str, zone: ZoneInfo, room: str | None = None
) -> Notice:
    """Return the notice that sources of one host or folder are in trouble; `health` is that of one.

    `room` is the address of the reading room, whose page of sources is linked.
    """
    since, one = moment(health.since, zone), list(names) == [health.source]
    lines = [
        *(f"{_sentence(reason)}." for reason in health.reasons),
        f"Failed checks: {health.checks} in a row, since {since}."
        if one
        else f"Failed checks of {health.source}: {health.checks} in a row, since {since}.",
        *([] if one else [_listed("Sources that fail for this reason", names)]),
    ]
    look = f"{'Look at the page' if one else 'One of the pages'}: {url}"
    if health.acceptable:
        step = f"If the list has really changed: oversight-watch check {health.source} --accept"
        lines += [look, f"{STEP}{step}"]
    elif health.quarantined:
        draft = f"oversight-watch sources new {shlex.quote(url)}"
        lines += [look, f"{STEP}If the page has a new layout, draft a profile for it: {draft}"]
    else:
        lines.append(f"{STEP}{look}")
    lines += [
        f"{SMALL_PRINT}No change is concluded from these checks; what was recorded before is kept.",
        f"{SMALL_PRINT}To see all sources: {'oversight-watch status' if room is None else f'{room}/sources'}",
    ]
    if one:
        return f"{health.source} cannot be read as usual", lines
    return f"{place}: {counted(len(names), 'source')} cannot be read as usual", lines


def recovery_notice(
    place: str | None, since: Mapping[str, str], failing: Sequence[str], zone: ZoneInfo
) -> Notice:
    """Return the notice that sources, of one place where it is named, can be read again, and which cannot.

    `since` gives each source that can the time at which its trouble began, in ISO form.
    """
    names, began = sorted(since), datetime.fromisoformat(min(since.values()))
    one, of_place = len(names) == 1, f" of {place}" if place else ""
    lines = [
        f"{'It' if one else 'They'} had been in trouble since {moment(began, zone)}.",
        *([] if one else [_listed("Sources", names)]),
        *([_listed(f"Others{of_place} that still fail", failing)] if failing else []),
    ]
    said = f"{place}: {len(names)} sources" if place else f"{len(names)} sources"
    return f"{names[0] if one else said} can be read again", lines


def all_trouble_notice(troubled: Sequence[Source], zone: ZoneInfo) -> Notice:
    """Return the daily notice about all sources in trouble, for a watch without an operator channel."""
    said = [f"{one.key}, since {moment(one.trouble_since, zone)}." for one in troubled if one.trouble_since]
    lines = [
        *_at_most(said),
        f"{STEP}To see why: oversight-watch status",
        f"{SMALL_PRINT}No change is concluded from failed checks; what was recorded before is kept.",
        TO_EVERYBODY,
    ]
    return f"{counted(len(troubled), 'source')} cannot be read as usual", lines


def status_notice(source: str, wordings: Sequence[str]) -> Notice:
    """Return the notice of status wordings that no page has used before."""
    one = len(wordings) == 1
    lines = [
        "Such records keep the publisher's wording and have the status 'unknown'.",
        *([] if one else _at_most([f"- {wording!r}" for wording in wordings])),
        f"{STEP}If this wording is permanent, add it to the profile."
        if one
        else f"{STEP}Add the wordings that are permanent to the profile.",
    ]
    what = (
        f"a status not seen before: {wordings[0]!r}" if one else f"{len(wordings)} statuses not seen before"
    )
    return f"{source}: {what}", lines


def pattern_notice(topics: Mapping[str, TopicSettings], patterns: Sequence[str]) -> Notice:
    """Return the notice of patterns that ran out of time, with the topics that have them."""
    one = len(patterns) == 1
    named = {
        pattern: [name for name, topic in topics.items() if pattern in terms_of(topic)]
        for pattern in patterns
    }
    lines = [
        "What runs out of time counts as not found, so an alert may have been missed.",
        *_at_most([f"- {pattern!r} of {', '.join(names)}" for pattern, names in named.items()]),
        f"{STEP}Write {'it' if one else 'them'} as words and phrases, or with fewer * and +; then see what"
        " was missed: oversight-watch topics test TOPIC",
        f"{SMALL_PRINT}After ten times a pattern is not tried any more until the watch file changes.",
    ]
    return "a pattern takes too long" if one else f"{len(patterns)} patterns take too long", lines


def remarks_notice(source: str, remarks: Sequence[str], url: str) -> Notice:
    """Return the notice of what changed for many records at once, for which nobody is alerted one by one."""
    lines = [
        *(f"{_sentence(remark)}." for remark in remarks),
        f"{STEP}If this hides something that your readers should know, look at the page: {url}",
    ]
    return f"{source}: many records changed at once", lines


def inbox_notice(refused: Sequence[tuple[str, str]], folder: str) -> Notice:
    """Return the notice that files in the inbox could not be taken, each with why."""
    lines = [
        *_at_most([f"{name}: {said}." for name, said in refused]),
        f"{STEP}Nothing was recorded from these files; look at them in {folder}",
    ]
    return f"inbox: {counted(len(refused), 'file')} not taken", lines


def _listed(what: str, names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMED
    return f"{what}: {', '.join(names[:_MOST_NAMED])}{f' and {more} more' if more > 0 else ''}."


def _at_most(lines: Sequence[str]) -> list[str]:
    more = len(lines) - _MOST_LISTED
    return [
        *lines[:_MOST_LISTED],
        *([f"{'- ' * lines[0].startswith('- ')}and {more} more"] if more > 0 else []),
    ]


def _sentence(reason: str) -> str:
    if "." in reason.partition(" ")[0]:
        return reason  # an address or a host stays as it is
    return f"{reason[:1].upper()}{reason[1:]}"
