"""What people read in an evidence packet: the statement, and the pages with the changed part marked."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from html import escape
from typing import Any

from alerts.language.headlines import headline
from alerts.language.text import Segment, changed_words, counted, moment, plain
from monitor.domain.types import Page
from monitor.profiles.readable import readable_lines
from monitor.store.changes import ChangeView
from service.readmodel.page_diff import line_blocks

_MOST_LINES = 20_000  # of one page
_FILE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>body{{font-family:sans-serif;max-width:50em;margin:1em auto;padding:0 1em;overflow-wrap:anywhere}}
p{{margin:.3em 0}}.about{{border-bottom:1px solid;padding-bottom:1em}}del{{background:#fdd}}
ins{{background:#dfd}}del,ins{{text-decoration:none;outline:1px solid}}</style></head>
<body><div class="about"><h1>{title}</h1><p>{about}</p>
<p>SHA-256 of the page as received: <code>{sha256}</code></p>
<p>Only the text of the page is shown here; the page as received is in pages.warc.gz.
{legend}</p></div>
{lines}
</body></html>
"""
_READ_ME = """\
WHAT THIS IS

This packet shows what Oversight Watch read on the pages of federal oversight bodies, and what changed there.

  statement.txt    this text
  readable/        the pages before and after each change as text, with the words that went or came marked
  pictures/        the pages as a browser shows them, where one was installed; they are not there otherwise
  pages.warc.gz    the same pages as they were received, in the form of web archives (WARC, ISO 28500)
  changes.json     the changes as data; record.json, where a record was asked for, all of its versions
  chain.json       the sealed rows of the database behind them, and the seals
  manifest.json    SHA-256 of every file
  verify.py        checks all of this, with Python 3.11 or newer alone: python3 verify.py PACKET.zip

WHAT IT PROVES, AND WHAT NOT

The hashes show that nothing in the packet was changed since it was made. The seals are links of a chain
over all that this installation ever recorded: whoever has its database can show that the rows are in it,
unchanged (oversight-watch db verify). They do not prove by themselves that the publisher sent these pages,
or when; that rests on the word of whoever ran the program, on the headers of the answers, and on copies
that others made. Whoever wants to forge a packet can make all of it again: compare its hash, and that of
the last seal, with those that you were given by another route.
"""


def statement(
    changes: Sequence[ChangeView],
    pages: Mapping[str, tuple[str, Page, str | None]],
    chain: Mapping[str, Any],
    zone: tzinfo,
) -> str:
    """Return in plain words what was seen when, and by which version."""
    parts = [f"EVIDENCE OF {counted(len(changes), 'CHANGE', 'CHANGES')}\n"]
    parts += [_said_change(view, pages, zone) for view in changes]
    if sum(row["sealed"].startswith('["change",') for row in chain["rows"]) < len(changes):
        parts.append("Some of these changes are not sealed yet: they were recorded since the last seal.\n")
    return "\n".join((*parts, _READ_ME))


def _said_change(view: ChangeView, pages: Mapping[str, tuple[str, Page, str | None]], zone: tzinfo) -> str:
    lines = [
        f"Change {view.id}: {headline(view).text}",
        f"  Record: {plain(view.record_key)}, of the source {view.source}",
        f"  Seen: {_time(view.seen_at, zone)}",
    ]
    if view.not_before:
        lines.append(f"  Not there yet at the check before: {_time(view.not_before, zone)}")
    for name in {**view.before, **view.after}:
        lines.append(f"  {name} before: {plain(view.before.get(name)) or '(nothing)'}")
        lines.append(f"  {name} after:  {plain(view.after.get(name)) or '(nothing)'}")
    for side, sha256 in (("before", view.before_sha256), ("after", view.after_sha256)):
        if sha256 is not None:
            lines += _said_page(side, *pages[sha256][1:], zone)
    return "\n".join((*lines, ""))


def _said_page(side: str, page: Page, read_by: str | None, zone: tzinfo) -> list[str]:
    reader = f"Oversight Watch {read_by}" if read_by else "a version that did not note itself"
    answer = f"; the server answered {page.headers.status}" if page.headers else ""
    return [
        f"  Page {side}: {page.final_url}",
        f"    first read {_time(page.fetched_at, zone)}{answer}; {len(page.body):,} bytes; read by {reader}",
        f"    SHA-256 {page.sha256}",
    ]


def _time(at: datetime, zone: tzinfo) -> str:
    return f"{moment(at, zone)} ({at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC)"


def readable_page(view: ChangeView, page: Page, other: Page | None, *, is_before: bool, zone: tzinfo) -> str:
    """Return the text of a page as a file without active content; what the other page lacks is marked."""
    lines = readable_lines(page)[:_MOST_LINES]
    if other is None:
        shown = "".join(f"<p>{escape(line)}</p>\n" for line in lines)
    else:
        others = readable_lines(other)[:_MOST_LINES]
        old, new = (lines, others) if is_before else (others, lines)
        shown = "".join(_block(*block, is_before=is_before) for block in line_blocks(old, new))
    legend = "" if other is None else "Marked is what went." if is_before else "Marked is what came."
    side = "before" if is_before else "after"
    return _FILE.format(
        title=escape(f"The page {side} change {view.id}"),
        about=escape(f"{page.final_url}, first read {_time(page.fetched_at, zone)}"),
        sha256=page.sha256,
        legend=legend,
        lines=shown,
    )


def _block(alike: bool, old: Sequence[str], new: Sequence[str], *, is_before: bool) -> str:
    mine = old if is_before else new
    if alike:
        return "".join(f"<p>{escape(line)}</p>\n" for line in mine)
    if not mine:
        return ""
    pairs = [changed_words("\n".join(old) or None, "\n".join(new) or None)]
    if len(old) == len(new):
        pairs = [changed_words(one, other) for one, other in zip(old, new, strict=True)]
    return "".join(f"<p>{_marked(pair, is_before=is_before)}</p>\n" for pair in pairs)


def _marked(segments: Sequence[Segment], *, is_before: bool) -> str:
    kept, tag = ("removed", "del") if is_before else ("added", "ins")
    shown = (one for one in segments if one.kind in ("same", kept))
    return " ".join(
        escape(one.text) if one.kind == "same" else f"<{tag}>{escape(one.text)}</{tag}>" for one in shown
    )
