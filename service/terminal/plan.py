"""What another watch file would change, as people read it."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from alerts.language.text import counted, moment, plain, shortened
from monitor.domain.us_dates import day_words
from service.terminal.console import paragraph, say

_LONGEST = 160


def show_plan(data: Mapping[str, Any], time_zone: str) -> None:
    """Show gains and losses by topic and channel, then sources, channels and digests that differ."""
    zone = ZoneInfo(time_zone)
    against = (
        data["against"] or f"what was in use since {moment(datetime.fromisoformat(data['applied']), zone)}"
    )
    say((f"{plain(data['file'])} against {plain(against)}", "bold"))
    say(f"on {counted(data['changes'], 'change')} of the last {counted(data['days'], 'day')}")
    said = False
    for one in data["alerts"]:
        if one["gained"] or one["lost"]:
            said = True
            _show_difference(one, zone)
    if not said:
        say()
        say("No alert is gained or lost.")
    rest = [
        *_renamed(data["renamed"]),
        *_sources(data["sources"]),
        *_parts("channel", data["channels"]),
        *map(_waiting, data["waiting"]),
        *_parts("digest", data["digests"]),
        *(_reminders(topic, *paces) for topic, paces in data["reminders"].items()),
    ]
    if data["time_zone"]:
        rest.append("time zone changes from {} to {}".format(*data["time_zone"]))
    if rest:
        say()
    for line in rest:
        paragraph(line)


def _renamed(data: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    for section, names in data.items():
        for was, name in names.items():
            yield f"{section[:-1]} {name}: goes on with the history of {was}"


def _waiting(one: Mapping[str, Any]) -> str:
    channel, recipient = one["channel"], one["recipient"]
    wait = "1 message waits" if one["messages"] == 1 else f"{one['messages']:,} messages wait"
    if recipient is None:
        return (
            f"channel {channel}: {wait} for it and will be given up; where another channel takes its place,"
            f" write was: {channel} there"
        )
    if one["goes_to"]:
        return f"channel {channel}: {wait} for {recipient} and will go to {one['goes_to']}"
    return f"channel {channel}: {wait} for {recipient}, no longer in it, and will be given up"


def _reminders(topic: str, was: str | None, becomes: str | None) -> str:
    return f"topic {topic}: reminders change from {was or 'none'} to {becomes or 'none'}"


def _show_difference(one: Mapping[str, Any], zone: ZoneInfo) -> None:
    how = "immediately" if one["rhythm"] == "immediately" else f"in the {one['rhythm']} digest"
    say()
    say((f"topic {one['topic']}, channel {one['channel']}, {how}", "bold"))
    say(
        f"  {one['kept']:,} unchanged, ",
        (f"{one['gained']:,} gained", "green"),
        ", ",
        (f"{one['lost']:,} lost", "red"),
    )
    for sign, style, examples in (
        ("+", "green", one["gained_examples"]),
        ("-", "red", one["lost_examples"]),
    ):
        for example in examples:
            seen = datetime.fromisoformat(example["seen"]).astimezone(zone)
            first = f"  {sign} {day_words(seen):<14}  #{example['id']}  "
            paragraph(shortened(example["headline"], _LONGEST), first, style)


def _sources(data: Mapping[str, Any]) -> Iterator[str]:
    for one in data["new"]:
        if one["history"]:
            what = "it is watched again and continues its history"
        elif one["announces"]:
            what = "its first check sends alerts (announce_baseline)"
        else:
            what = "its first check records what is there and sends no alerts"
        yield f"new source {one['source']}: {what}"
    for one in data["removed"]:
        kept = "; its history is kept" if one["history"] else ""
        yield f"removed source {one['source']}: it is no longer checked{kept}"
    for one in data["changed"]:
        parts = [_turn(key, *values) for key, values in one["changes"].items()]
        if one["starts_anew"]:
            parts.append(
                "its address or profile is new, so its next check records what is there and sends no alerts"
            )
        if parts:
            yield f"source {one['source']}: {'; '.join(parts)}"


def _parts(kind: str, data: Mapping[str, Any]) -> Iterator[str]:
    for name in data["new"]:
        yield f"new {kind} {name}"
    for name in data["removed"]:
        yield f"removed {kind} {name}"
    for name, changes in data["changed"].items():
        yield f"{kind} {name}: {'; '.join(_turn(key, *values) for key, values in changes.items())}"


def _turn(key: str, old: Any, new: Any) -> str:
    return f"{key} changes from {_value(old)} to {_value(new)}"


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Iterable) and not isinstance(value, str):
        return ", ".join(plain(one) for one in value) or "nobody"
    return "none" if value is None else plain(value)
