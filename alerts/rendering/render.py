"""Render outbox items as messages.

A message always has a plain text body with the same content as its other format.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from typing import Any, Self, cast
from urllib.parse import unquote

import css_inline
from sqlmodel import Session, col, select

from alerts.digests.schema import ReminderContent
from alerts.digests.stored import stored_digest
from alerts.digests.trim import longest_list, shortened_content
from alerts.domain.display import NAMES_ALONE, Display
from alerts.domain.errors import RenderError
from alerts.domain.messages import Face, Message, ReaderLinks
from alerts.domain.models import OutboxEntry, OutboxItem
from alerts.domain.types import MessageKind
from alerts.language.change import Shown, shown
from alerts.language.headlines import counts_in_words, rank, subject
from alerts.language.markers import parts_of, unmarked
from alerts.language.notice import notice_parts
from alerts.language.text import counted, plain, shortened
from alerts.language.together import held, nowrap
from alerts.rendering.cards import Head, MakeCard, discord_card, slack_card, teams_card
from alerts.rendering.environments import Flavor, Templates, templates
from alerts.rendering.truncate import Cut, cuts, fitted
from alerts.views.digest import reading
from alerts.views.reminder import reminder_reading
from monitor.domain.types import RecordKind
from monitor.store.changes import ChangeView, change_views

__all__ = [
    "Entry",
    "Templates",
    "render_changes",
    "render_digest",
    "render_item",
    "render_notice",
    "render_reminder",
    "templates",
]

# The layout keeps its media queries in a style tag of their own: widths and dark mode cannot be inlined.
_INLINER = css_inline.CSSInliner(load_remote_stylesheets=False)
_FLAVORS: Mapping[Face, Flavor] = {
    "slack": "slack",
    "teams": "card",
    "discord": "markdown",
    "markdown": "markdown",
}
_CARDS: Mapping[Face, MakeCard] = {"slack": slack_card, "teams": teams_card, "discord": discord_card}
_LONGEST_PREHEADER = 140
# Gmail cuts a mail at 102 kB; this leaves room for the text part and the transfer encoding.
_MOST_HTML_BYTES = 60_000
_MOST_HTML_OF_CHANGES = 90_000
_SHOWN_IN_FULL = (
    12  # changes shown in full; the others get one line each, so that mail programs show all of them
)


Footer = tuple[tuple[str, str], ...]  # words and the address that they link to, if any, at the end of a mail


@dataclass(frozen=True, slots=True)
class Entry:
    """One change in a message, with all topics that match it and the words that matched."""

    change: ChangeView
    topics: tuple[str, ...]
    words: tuple[str, ...]


def render_changes(
    entries: Sequence[Entry],
    *,
    face: Face,
    identity: str,
    templates: Templates,
    time_zone: tzinfo,
    limit: int | None = None,
    full: int = _SHOWN_IN_FULL,
    footer: Footer = (),
    display: Display = NAMES_ALONE,
) -> Message:
    """Return one message about one or more changes, of at most `limit` characters.

    At most `full` changes are shown in full, the others in one line each; if that is still too long, the last
    ones are only counted. Raises RenderError if there is no change.
    """
    if not entries:
        raise RenderError("a message needs at least one change")
    entries = sorted(entries, key=lambda entry: rank(entry.change.kind))
    said = [shown(entry.change, entry.topics, entry.words, time_zone, display) for entry in entries]
    changes = [entry.change for entry in entries]
    topics = dict.fromkeys(topic for entry in entries for topic in display.all_topics(entry.topics))
    title = subject(changes, tuple(topics), display)

    def message(cut: Cut) -> Message:
        more = len(said) - cut.listed
        context = {
            "subject": title,
            "heading": counts_in_words(changes) if len(said) > 1 else said[0].heading,
            "head": _head(said, changes),
            "preheader": _preheader(said),
            "entries": said[: cut.listed],
            "full": cut.full,
            "many": len(said) > 1,
            "topics": ", ".join(topics),
            "shared": Shared.of(said),
            "more": f"and {counted(more, 'more change')} that did not fit here; all are on record"
            if more
            else "",
            "room": display.room("/changes"),
        }
        return _message(
            "changes",
            context,
            face=face,
            identity=identity,
            templates=templates,
            references=_references(changes),
            footer=footer,
            list_id="alerts.oversight-watch",
        )

    return fitted(message, cuts(len(said), full), limit, _MOST_HTML_OF_CHANGES)


def render_digest(
    content: Mapping[str, Any],
    *,
    face: Face,
    identity: str,
    templates: Templates,
    time_zone: tzinfo,
    limit: int | None = None,
    footer: Footer = (),
    display: Display = NAMES_ALONE,
) -> Message:
    """Return the message of one digest in at most `limit` characters.

    If it is too long, changes and open recommendations at the end of their lists are only counted.
    """

    digest = stored_digest(content)

    def message(cut: Cut) -> Message:
        read = reading(shortened_content(digest, cut.listed), time_zone, display)
        return _message(
            "digest",
            {"subject": read.title, "digest": read, "chart": None},
            face=face,
            identity=identity,
            templates=templates,
            footer=footer,
            list_id=f"digest-{plain(content['name'])}.oversight-watch",
        )

    return fitted(message, cuts(longest_list(digest), 0), limit, _MOST_HTML_BYTES)


def render_notice(
    content: Mapping[str, Any],
    *,
    face: Face,
    identity: str,
    templates: Templates,
) -> Message:
    """Return a notice to the operator: a title and lines. Raises RenderError if there is no title."""
    title, lines = plain(content.get("title")), [plain(line) for line in content.get("lines", ())]
    if not title:
        raise RenderError("a notice needs a title")
    parts = notice_parts(lines)
    return _message(
        "notice",
        {"subject": title, "lines": parts.all, "notice": parts, "head": Head(title, "amber")},
        face=face,
        identity=identity,
        templates=templates,
        list_id="operator.oversight-watch",
    )


def render_reminder(
    content: Mapping[str, Any],
    *,
    face: Face,
    identity: str,
    templates: Templates,
    time_zone: tzinfo,
    limit: int | None = None,
    footer: Footer = (),
    display: Display = NAMES_ALONE,
) -> Message:
    """Return the message of one reminder in at most `limit` characters."""
    reminder = cast("ReminderContent", content)

    def message(cut: Cut) -> Message:
        read = reminder_reading(reminder, cut.listed, time_zone, display)
        return _message(
            "reminder",
            {"subject": read.title, "reminder": read},
            face=face,
            identity=identity,
            templates=templates,
            footer=footer,
            list_id="reminders.oversight-watch",
        )

    return fitted(message, cuts(len(reminder["listed"]), 0), limit, _MOST_HTML_BYTES)


def render_item(
    session: Session,
    item: OutboxItem,
    face: Face,
    templates: Templates,
    time_zone: tzinfo,
    limit: int | None = None,
    links: ReaderLinks | None = None,
    asked_at: str | None = None,
    display: Display = NAMES_ALONE,
) -> Message:
    """Return the message of one outbox row, whatever its kind, in at most `limit` characters.

    With `links`, its reader can unsubscribe, and snooze the one recommendation that it is about; else the
    reader of a mail is shown where to ask for that, `asked_at` if there is such an address.
    """
    if item.kind == MessageKind.OPERATOR:
        return render_notice(item.content or {}, face=face, identity=item.identity, templates=templates)
    unsubscribe = links.unsubscribe() if links else None
    footer = _way_out(unsubscribe or asked_at) if face == "email" else ()
    if item.kind in (MessageKind.DIGEST, MessageKind.REMINDER):
        render = render_digest if item.kind == MessageKind.DIGEST else render_reminder
        message = render(
            item.content or {},
            face=face,
            identity=item.identity,
            templates=templates,
            time_zone=time_zone,
            limit=limit,
            footer=footer,
            display=display,
        )
    else:
        entries = _entries(session, item)
        message = render_changes(
            entries,
            face=face,
            identity=item.identity,
            templates=templates,
            time_zone=time_zone,
            limit=limit,
            full=0 if item.kind == MessageKind.SUMMARY else _SHOWN_IN_FULL,
            footer=(*_snooze(links, entries), *footer),
            display=display,
        )
    return replace(message, unsubscribe=unsubscribe)


def _way_out(address: str | None) -> Footer:
    """Return how a reader stops or changes these mails."""
    if address is None:
        return (("To stop or change these mails, ask whoever set up Oversight Watch for you.", ""),)
    if address.startswith("mailto:"):
        asked = unquote(address.removeprefix("mailto:").partition("?")[0])
        return ((f"To stop or change these mails, write to {asked}", address),)
    return (("Unsubscribe", address),)


def _snooze(links: ReaderLinks | None, entries: Sequence[Entry]) -> Footer:
    """Return the link that snoozes the one recommendation of a message."""
    if links is None or not entries:
        return ()
    changes = [entry.change for entry in entries]
    one = changes[0]
    is_alone = all(change.record_id == one.record_id for change in changes)
    if not is_alone or one.record_kind != RecordKind.RECOMMENDATION:
        return ()
    return (("Snooze this recommendation", links.snooze(one.source, one.record_key)),)


def _entries(session: Session, item: OutboxItem) -> list[Entry]:
    """Return one entry per change, however many topics match it."""
    statement = select(OutboxEntry).where(OutboxEntry.outbox_id == item.id).order_by(col(OutboxEntry.id))
    rows: dict[int, list[OutboxEntry]] = {}
    for row in session.exec(statement):
        rows.setdefault(row.change_id, []).append(row)
    return [
        Entry(
            view,
            tuple(dict.fromkeys(row.topic for row in rows[view.id])),
            tuple(dict.fromkeys(word for row in rows[view.id] for word in row.words)),
        )
        for view in change_views(session, list(rows))
    ]


@dataclass(frozen=True, slots=True)
class Shared:
    """What several changes have in common, said once at the end; "" where they differ."""

    why: str
    noticed: str

    @classmethod
    def of(cls, said: Sequence[Shown]) -> Self:
        """Return what all entries of a message say alike."""
        whys, times = {one.why for one in said}, {one.noticed for one in said}
        return cls(whys.pop() if len(whys) == 1 else "", times.pop() if len(times) == 1 else "")


def _head(said: Sequence[Shown], changes: Sequence[ChangeView]) -> Head:
    """Return the head of a chat message: the record's number and its new status, or the headline."""
    if len(said) > 1:
        return Head(counts_in_words(changes))
    (one,) = said
    last = one.badges[-1]
    what = one.what if one.label in one.what else f"{one.label}: {last.words}"
    return Head(f"{last.mark} {what}", last.tone, f"Read it at {one.publisher}", one.url)


def _preheader(said: Sequence[Shown]) -> str:
    """Return the text that an inbox shows after the subject: the gist of one change, or a list of several."""
    if len(said) > 1:
        return shortened("; ".join(entry.what for entry in said), _LONGEST_PREHEADER)
    (entry,) = said
    moved = " → ".join(badge.words for badge in entry.badges) if len(entry.badges) > 1 else ""
    changed = "; ".join(f"{found.label}: {found.after}" for found in entry.others)
    gist = ". ".join(filter(None, (moved, changed or entry.lead or entry.text or entry.comment)))
    return shortened(gist or entry.what, _LONGEST_PREHEADER)


def _references(changes: Sequence[ChangeView]) -> tuple[str, ...]:
    """Return the thread of a message about one record, so that its alerts form one conversation."""
    keys = {change.record_key.casefold() for change in changes}
    if len(keys) > 1:
        return ()
    digest = hashlib.sha256(keys.pop().encode("utf-8", "replace")).hexdigest()
    return (f"record-{digest[:32]}",)


def _message(
    name: str,
    context: Mapping[str, Any],
    *,
    face: Face,
    identity: str,
    templates: Templates,
    list_id: str,
    references: tuple[str, ...] = (),
    footer: Footer = (),
) -> Message:
    html = markdown = card = None
    # Only the body of a mail begins with its headline: other channels show the subject right above.
    headed = face == "email" or context.get("many", False)
    context = {**context, "headed": headed, "carded": face in _CARDS}
    if face == "email":
        html = _inlined(templates.render("html", f"{name}.html", **context, wide=False, links=footer))
    elif face in _FLAVORS:
        marked = _spaced(held(templates.render(_FLAVORS[face], f"{name}.md", **context)))
        subject = str(context["subject"])
        if face in _CARDS:
            card = _CARDS[face](subject, context.get("head") or Head(subject), parts_of(marked))
        if face != "teams":
            markdown = unmarked(marked).strip() + "\n"
    text = _spaced(templates.render("text", f"{name}.txt", **context)).strip()
    links = "".join(f"\n{words}{_shown_address(address)}" for words, address in footer)
    return Message(
        identity=identity,
        subject=str(context["subject"]),
        text=f"{text}\n{links}\n" if links else f"{text}\n",
        html=html,
        markdown=markdown,
        card=card,
        references=references,
        list_id=list_id,
    )


def _spaced(text: str) -> str:
    """Return a text with single blank lines only, whatever parts its template left out."""
    return re.sub(r"\n{3,}", "\n\n", text)


def _shown_address(address: str) -> str:
    """Return an address after its words in plain text; the words name a mail address already."""
    return f": {address}" if address and not address.startswith("mailto:") else ""


def _inlined(html: str) -> str:
    try:
        return _INLINER.inline(nowrap(html))
    except css_inline.InlineError as error:
        raise RenderError(f"the styles of the HTML message could not be inlined: {error}") from error
