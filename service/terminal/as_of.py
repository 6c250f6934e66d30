"""Show records as they were on a day, and two days side by side."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from alerts.language.headlines import LABELS
from alerts.language.text import plain, shortened, shown_date
from service.terminal.console import paragraph, say
from service.terminal.records import show_changed_field, show_records, value_in_words
from service.terminal.snapshots import show_pages_of_day


def show_past_records(
    records: Sequence[Mapping[str, Any]],
    pages: Sequence[Mapping[str, Any]] | None,
    as_of: str,
    limit: int,
    time_zone: str,
) -> None:
    """Show records as they were at the end of a day, then the page of that day where a source is named."""
    say((f"As of {shown_date(as_of)}", "bold"))
    show_records(records[:limit], limit, nothing=f"No record that matches was known by {shown_date(as_of)}.")
    if len(records) > limit:
        say("\n… and more; --limit shows more of them")
    if pages is None:
        say()
        paragraph("To see the page of that day too, name its source with --source.")
    else:
        show_pages_of_day(pages, as_of, time_zone)


def show_side_by_side(records: Sequence[Mapping[str, Any]], days: tuple[date, date], limit: int) -> None:
    """Show each record that differs between two days, with what it said on both."""
    first, second = (shown_date(one.isoformat()) for one in days)
    say((f"As of {first} and as of {second}", "bold"))
    last = None
    for one in records[:limit]:
        if one["source"] != last:
            say("")
            say(one["source"])
            last = one["source"]
        _show_both(one, second)
    if len(records) > limit:
        say("\n… and more; --limit shows more of them")
    if not records:
        paragraph("No record differs between these days.")


def _show_both(one: Mapping[str, Any], second: str) -> None:
    before, after = one["before"], one["after"]
    paragraph(plain(one["key"]), "  ", "bold")
    if before is None:
        about = plain(after.get("recommendation") or after.get("title") or after.get("report_title"))
        paragraph(f"not known before; on {second}: {shortened(about, 160)}", "    ")
        return
    if before["listed"] != after["listed"]:
        say("    on the list again" if after["listed"] else "    no longer listed")
    for name in one["fields"]:
        values = (value_in_words(name, side.get(name)) for side in (before, after))
        show_changed_field(LABELS.get(name, name), *values)
