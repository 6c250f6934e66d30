"""What operators are told of their sources: a title and lines for each occasion. Pure."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from alerts.language.text import moment
from monitor.changes.apply import Health
from monitor.domain.errors import HostWaits
from monitor.fetch.politeness.turns import ELSE_WORKS
from monitor.guard.cadence import Silence

_MOST_WORDINGS = 50


def silence_notice(quiet: Silence, url: str, zone: ZoneInfo) -> tuple[str, list[str]]:
    """Say that a source has been silent for long."""
    lines = [
        f"Its last news came on {moment(quiet.since, zone)}, {quiet.lasted.days} days ago.",
        f"Before that, the longest pause of late was {max(quiet.longest.days, 1)} days.",
        f"It can be read as always. Perhaps its publisher has moved: {url}",
        "This is said once; the next word comes with its next news.",
    ]
    return f"{quiet.source} has been silent for {quiet.lasted.days} days", lines


def spent_notice(waits: HostWaits) -> tuple[str, list[str]]:
    """Say that the requests of a day to a host are spent."""
    lines = [
        f"{str(waits)[:1].upper()}{str(waits)[1:]}.",
        "Checks of its sources go on by themselves then; nothing is concluded meanwhile.",
        "To ask it more often: requests_per_day in the watch file. To ask it less: full_sweep and every.",
    ]
    return f"{waits.host}: the requests of the day are spent", lines


def refusal_notice(health: Health, host: str, sources: Sequence[str]) -> tuple[str, list[str]]:
    """Say that a site refuses programs, and what else works."""
    lines = [
        *(f"{reason[:1].upper()}{reason[1:]}." for reason in health.reasons),
        f"Sources that read from it: {', '.join(sources)}.",
        f"What else works: {ELSE_WORKS}.",
        "We say who we are and stay away where we are not wanted; nothing is tried in disguise.",
        "This is said once, and again only if it has worked in between. What was recorded before stands.",
    ]
    return f"{host} refuses programs: {health.source} cannot be read", lines


def health_notice(health: Health, zone: ZoneInfo) -> tuple[str, list[str]]:
    """Say that a source is in trouble, or well again."""
    since = moment(health.since, zone)
    if health.well:
        return f"{health.source} can be read again", [f"It had been in trouble since {since}."]
    reasons = [f"{reason[:1].upper()}{reason[1:]}." for reason in health.reasons]
    lines = [
        *reasons,
        f"Checks in trouble: {health.checks} in a row, since {since}.",
        "No change is concluded from these checks; what was recorded before stands.",
        "To look: oversight-watch status",
        f"To take the page as it is: oversight-watch check {health.source} --accept",
    ]
    return f"{health.source} cannot be read as usual", lines


def status_notice(source: str, wordings: Sequence[str]) -> tuple[str, list[str]]:
    """Return the notice of status wordings that no page has used before."""
    listed = [f"- {wording!r}" for wording in wordings[:_MOST_WORDINGS]]
    if len(wordings) > _MOST_WORDINGS:
        listed.append(f"and {len(wordings) - _MOST_WORDINGS} more")
    one = len(wordings) == 1
    lines = [
        *([] if one else listed),
        "Such records keep the publisher's wording and have the status 'unknown'.",
        "If this wording is permanent, add it to the profile."
        if one
        else "Add the wordings that are permanent to the profile.",
    ]
    what = (
        f"a status not seen before: {wordings[0]!r}" if one else f"{len(wordings)} statuses not seen before"
    )
    return f"{source}: {what}", lines
