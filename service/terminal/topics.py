"""Show topics, back-tests and previews in a terminal."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from alerts.domain.messages import Message
from alerts.domain.types import RoutingDecision
from alerts.language.text import counted, plain, shortened
from monitor.domain.us_dates import day_words
from service.terminal.console import paragraph, say
from service.terminal.text import harmless

_BAR = 24
_LONGEST = 160
_DECISIONS: Mapping[str, str] = {
    RoutingDecision.SENT: "sent immediately",
    RoutingDecision.DIGEST: "included in digests",
    RoutingDecision.NOT_SENT: "no alert: its topics have no channel",
    RoutingDecision.NO_TOPIC: "no alert: no topic matched",
    RoutingDecision.TOLD_BEFORE: "no second alert: already sent from another source",
    RoutingDecision.SNOOZED: "no alert: snoozed; counted in digests",
    RoutingDecision.IMPORTED: "no alert: from an imported page, or new since the last one",
}


def show_replay(data: Mapping[str, Any], time_zone: str) -> None:
    """Show what a topic would have matched: by week, with examples, near misses and volume."""
    zone = ZoneInfo(time_zone)
    said = f"{data['matched']:,} of {counted(data['changes'], 'change')} in {counted(data['days'], 'day')}"
    say((f"{data['topic']}: ", "bold"), (said, "bold"))
    if not data["changes"]:
        say("No change was recorded in that time. A source's first check records no changes.")
        return
    _show_weeks(data["weeks"])
    _show_examples("would have matched", data["matched"], data["examples"], zone, _because)
    _show_examples(
        "near misses" if data["near"] > 1 else "near miss", data["near"], data["near_examples"], zone, _nearly
    )
    _show_examples(
        "excluded by a term of 'none'", data["kept_out"], data["kept_out_examples"], zone, _kept_away
    )
    say()
    _show_volume(data)


def _show_weeks(weeks: Sequence[Mapping[str, Any]]) -> None:
    most = max(week["matched"] for week in weeks)
    say()
    for some, group in groupby(weeks, key=lambda week: week["matched"] > 0):
        run = list(group)
        if not some and len(run) > 1:
            say(f"  … {len(run)} weeks without a match")
            continue
        for week in run:
            bar = "█" * (-(-week["matched"] * _BAR // most) if most else 0)
            begins = date.fromisoformat(week["begins"])
            say(f"  week of {day_words(begins):<14}  ", (f"{bar:<{_BAR}}", "green"), f"  {week['matched']:,}")


def _show_examples(
    title: str, count: int, examples: Sequence[Mapping[str, Any]], zone: ZoneInfo, why: Any
) -> None:
    if not count:
        return
    newest = f"; the newest {len(examples)}" if count > len(examples) else ""
    say()
    say((f"{count:,} {title}{newest}", "bold"))
    for one in examples:
        seen = datetime.fromisoformat(one["seen"]).astimezone(zone)
        paragraph(shortened(one["headline"], _LONGEST), f"  {day_words(seen):<14}  #{one['id']}  ")
        paragraph(why(one), "      ", "dim")


def _because(one: Mapping[str, Any]) -> str:
    words = ", ".join(f"“{plain(word)}”" for word in one["words"])
    return f"because of {words}" if words else "the topic has no terms"


def _nearly(one: Mapping[str, Any]) -> str:
    return f"{one['term']!r} and “{plain(one['text'])}”: {one['how']}"


def _kept_away(one: Mapping[str, Any]) -> str:
    return f"by {one['term']!r}: “{plain(one['text'])}”"


def _show_volume(data: Mapping[str, Any]) -> None:
    volume = data["volume"]
    if volume is None:
        say("It sends nothing immediately; everything goes into digests.")
        return
    gathered = volume["gathered"]
    guard = (
        f"{counted(gathered, 'change')} above it would have been sent as hourly summaries"
        if gathered
        else "never reached"
    )
    paragraph(
        f"{counted(volume['messages'], 'message')} to each recipient sent immediately; at most "
        f"{volume['most_in_an_hour']:,} in an hour and {volume['most_in_a_day']:,} in a day. "
        f"Rate limit (at_most: {data['at_most']}): {guard}."
    )


def show_preview(message: Message) -> None:
    """Show a message as text: its subject, then what its channel shows."""
    say("subject   ", (plain(message.subject), "bold"))
    say()
    say(harmless(message.markdown or message.text))


def show_explained(data: Mapping[str, Any]) -> None:
    """Show for each topic why it matches a change or not, then what was decided and what would be now."""
    change = data["change"]
    paragraph(change["headline"], f"#{change['id']}  ", "bold")
    say(f"      {change['kind']}, {plain(change['source'])}, {plain(change['record'])}")
    for one in data["topics"]:
        say()
        said = "matches" if one["matches"] else "does not match"
        turned = "" if one["matches"] == one["matched_then"] or data["then"] is None else _turned(one)
        say((f"{one['topic']} {said}{turned}", "green" if one["matches"] else "yellow"))
        for reason in one["reasons"]:
            paragraph(reason, "  ")
    say()
    then, now = data["then"], data["now"]
    paragraph(_then(then) if then else "not recorded", "decided then   ")
    paragraph(_now(now), "decided now    ")


def _turned(one: Mapping[str, Any]) -> str:
    return " (it did not then)" if one["matches"] else " (it did then)"


def _then(then: Mapping[str, Any]) -> str:
    told = _joined(
        f"{one['channel']} ({plain(one['recipient'])}) for {one['topic']}: message {one['message']},"
        f" {one['state']}"
        for one in then["told"]
    )
    topics = f" for {', '.join(then['topics'])}" if then["topics"] else ""
    return f"{_DECISIONS[then['decision']]}{topics}{told}"


def _now(now: Mapping[str, Any]) -> str:
    goes = _joined(f"{one['channel']} {one['rhythm']} for {one['topic']}" for one in now["goes"])
    return f"{_DECISIONS[now['decision']]}{goes}"


def _joined(parts: Iterable[str]) -> str:
    said = "; ".join(parts)
    return f" – {said}" if said else ""
