"""Render outbox items as messages.

A message always has a plain text body with the same content as its other format.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from typing import Any, cast

import css_inline
from sqlmodel import Session, col, select

from alerts.digests.schema import ReminderContent
from alerts.digests.stored import stored_digest
from alerts.digests.trim import longest_list, shortened_content
from alerts.domain.errors import RenderError
from alerts.domain.messages import Face, Message, ReaderLinks
from alerts.domain.models import OutboxEntry, OutboxItem
from alerts.domain.types import MessageKind
from alerts.language.change import Shown, shown
from alerts.language.headlines import rank, subject
from alerts.language.markers import parts_of, unmarked
from alerts.language.text import plain, shortened
from alerts.language.together import held, nowrap
from alerts.rendering.cards import MakeCard, discord_card, slack_card, teams_card
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


Footer = tuple[tuple[str, str], ...]  # words and the address that they link to, at the end of a mail


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
) -> Message:
    """Return one message about one or more changes, of at most `limit` characters.

    At most `full` changes are shown in full, the others in one line each; if that is still too long, the last
    ones are only counted. Raises RenderError if there is no change.
    """
    if not entries:
        raise RenderError("a message needs at least one change")
    entries = sorted(entries, key=lambda entry: rank(entry.change.kind))
    said = [shown(entry.change, entry.topics, entry.words, time_zone) for entry in entries]
    changes = [entry.change for entry in entries]

    def message(cut: Cut) -> Message:
        more = len(said) - cut.listed
        context = {
            "subject": subject(changes),
            "heading": said[0].what if len(said) == 1 else subject(changes),
            "preheader": _preheader(said),
            "entries": said[: cut.listed],
            "full": cut.full,
            "many": len(said) > 1,
            "more": f"{more} more {'change' if more == 1 else 'changes'}: oversight-watch changes"
            if more
            else "",
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
) -> Message:
    """Return the message of one digest in at most `limit` characters.

    If it is too long, changes and open recommendations at the end of their lists are only counted.
    """

    digest = stored_digest(content)

    def message(cut: Cut) -> Message:
        read = reading(shortened_content(digest, cut.listed), time_zone)
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


def render_notice(content: Mapping[str, Any], *, face: Face, identity: str, templates: Templates) -> Message:
    """Return a notice to the operator: a title and lines. Raises RenderError if there is no title."""
    title, lines = plain(content.get("title")), [plain(line) for line in content.get("lines", ())]
    if not title:
        raise RenderError("a notice needs a title")
    return _message(
        "notice",
        {"subject": title, "lines": lines},
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
) -> Message:
    """Return the message of one reminder in at most `limit` characters."""
    reminder = cast("ReminderContent", content)

    def message(cut: Cut) -> Message:
        read = reminder_reading(reminder, cut.listed, time_zone)
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
) -> Message:
    """Return the message of one outbox row, whatever its kind, in at most `limit` characters.

    With `links`, its reader can unsubscribe, and snooze the one recommendation that it is about.
    """
    if item.kind == MessageKind.OPERATOR:
        return render_notice(item.content or {}, face=face, identity=item.identity, templates=templates)
    unsubscribe = links.unsubscribe() if links else None
    footer: Footer = (("Unsubscribe", unsubscribe),) if unsubscribe else ()
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
        )
    return replace(message, unsubscribe=unsubscribe)


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


def _preheader(said: Sequence[Shown]) -> str:
    """Return the text that an inbox shows after the subject: the gist of one change, or a list of several."""
    if len(said) > 1:
        return shortened("; ".join(entry.what for entry in said), _LONGEST_PREHEADER)
    (entry,) = said
    changed = "; ".join(
        f"{found.label}: {' '.join(segment.text for segment in found.segments if segment.kind != 'removed')}"
        for found in entry.differences
    )
    longest_fact = max((value for _, value in entry.facts), key=len, default="")
    return shortened(changed or entry.lead or longest_fact, _LONGEST_PREHEADER)


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
    context = {**context, "headed": face == "email" or context.get("many", False)}
    if face == "email":
        html = _inlined(templates.render("html", f"{name}.html", **context, wide=False, links=footer))
    elif face in _FLAVORS:
        marked = held(templates.render(_FLAVORS[face], f"{name}.md", **context))
        subject = str(context["subject"])
        if face in _CARDS:
            card = _CARDS[face](subject, str(context.get("heading", subject)), parts_of(marked))
        if face != "teams":
            markdown = unmarked(marked).strip() + "\n"
    text = templates.render("text", f"{name}.txt", **context).strip()
    links = "".join(f"\n{words}: {address}" for words, address in footer)
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


def _inlined(html: str) -> str:
    try:
        return _INLINER.inline(nowrap(html))
    except css_inline.InlineError as error:
        raise RenderError(f"the styles of the HTML message could not be inlined: {error}") from error
