"""What a digest holds, and which digests are due to whom: every change in exactly one digest of a name.

Digests chain: each covers the changes after the last one's newest up to the newest now, by their ids, so
that no clock can open a gap. Writes on the caller's session and never commits.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Protocol

from sqlmodel import Session, col, func, select

from alerts.care import snoozed_between
from alerts.digest_file import file_name
from alerts.fit import shortened_content
from alerts.headlines import headline, headline_of_known, numbers, rank
from alerts.history import WINDOWS, Scope, history, usual
from alerts.match import TopicIndex, candidate_of, candidate_of_record, standing_topics
from alerts.models import DigestRun, OutboxItem
from alerts.once import Brief, Match, Once, brief_of, said_once
from alerts.outbox import USUAL_PATIENCE, stable_identity
from alerts.period import windows_before
from alerts.promise_dates import promise_dates
from alerts.settings import DigestSettings, TopicSettings
from alerts.shown import LONGEST_ABOUT, differences, lead_of, link_of
from alerts.standing import InScope, open_standing, sources_standing
from alerts.wording import plain, shortened
from monitor.models import Check, Record
from monitor.parts import in_parts
from monitor.promised import Promised, PromiseMove, promise_moves
from monitor.queries import (
    ChangeView,
    change_views,
    changes_between,
    check_mark,
    latest_change_id,
    open_recommendations,
)
from monitor.schedule import cron_after

SCHEMA = {"name": "oversight-watch/digest", "version": 1}  # docs/digest.md says what a new version is
_FIRST_SPAN = timedelta(days=7)
_IN_A_MESSAGE = 100  # changes kept for a message; the run, and so the file, holds them all
_READ_AT_ONCE = 500  # changes, with all versions of their records
_MOST_MISSED = 60
_CONTEXT = 8  # unchanged words beside changed ones: a digest is read quickly


class Recipient(Protocol):
    """One of a channel's recipients: alerts.channels.Target is one."""

    @property
    def recipient(self) -> str:
        """The name under which the outbox knows it; never a URL."""


@dataclass(frozen=True, slots=True)
class Covered:
    """What one digest covers: changes with `after` < id <= `up_to`, seen from `since` until `now`."""

    after: int
    up_to: int
    since: datetime
    now: datetime
    missed: tuple[datetime, ...] = ()  # when digests were due in it that nobody made


@dataclass(frozen=True, slots=True)
class Stored:
    """What the digests of all scopes are made from, read once as it is much."""

    last: DigestRun | None  # of the name
    changes: Sequence[tuple[Brief, Sequence[Match]]]  # all that is covered, with what wants it
    moves: Sequence[PromiseMove]  # what these changes made of promises
    standing: Sequence[tuple[str, Record]]  # all open recommendations
    promised: Sequence[Promised]  # all open promises


def digest_content(
    session: Session,
    *,
    name: str,
    covered: Covered,
    time_zone: tzinfo,
    stored: Stored,
    topics_of_change: Callable[[ChangeView], Iterable[Match]],
    topics: Scope = "all",
    in_scope: InScope = lambda _source, _record: True,
    most: int | None = None,
) -> dict[str, Any]:
    """Give all facts of one digest as plain JSON-able data (alerts.reading says them).

    With `topics` a tuple, only their changes are in it. `in_scope` says which open recommendations are, and
    which of the open promises. Of the changes `most` are told one by one, where it is given.
    """

    def matches_of(change: ChangeView) -> list[Match]:
        return _in_topics(topics_of_change(change), topics)

    matched = [(change, _in_topics(matches, topics)) for change, matches in stored.changes]
    wanted = [pair for pair in matched if pair[1] or topics == "all"]
    told = said_once(session, wanted, covered.after, matches_of)
    snoozed = snoozed_between(session, covered.after, covered.up_to)
    listed = sorted((one for one in told if one.matches and one.change.id not in snoozed), key=_place)
    last = stored.last
    return {
        "schema": SCHEMA,
        "name": name,
        "topics": topics if topics == "all" else list(topics),
        "since": covered.since.isoformat(),
        "until": covered.now.isoformat(),
        "missed": [moment.isoformat() for moment in covered.missed],
        "time_zone": str(time_zone),
        "after_change_id": covered.after,
        "up_to_change_id": covered.up_to,
        "first": last is None,
        "heartbeat": False,
        "file": None,
        "numbers": numbers([one.change for one in told if one.before is None]),
        **_history(session, covered, time_zone, topics),
        "told_before": sum(one.before is not None for one in listed),
        "before": _before(last, topics),
        "changes": _entries(session, listed[:most]),
        "more": len(listed) - len(listed[:most]),
        "snoozed": sum(bool(one.matches) and one.change.id in snoozed for one in told),
        "other": len(matched) - len(wanted) + sum(not one.matches for one in told),
        "promises": promise_dates(
            session,
            stored.promised,
            stored.moves,
            since=covered.since,
            now=covered.now,
            zone=time_zone,
            in_scope=in_scope,
        ),
        "open": open_standing(session, covered.now, stored.standing, in_scope),
        "sources": sources_standing(session, covered.since, _mark(last)),
    }


def _history(session: Session, covered: Covered, zone: tzinfo, topics: Scope) -> dict[str, Any]:
    windows = windows_before(covered.since, covered.now, zone, WINDOWS)
    found = history(session, windows, topics)
    return {"history": found, "usual": usual([sum(window["numbers"].values()) for window in found])}


def _in_topics(matches: Iterable[Match], topics: Scope) -> list[Match]:
    return [match for match in matches if topics == "all" or match.topic in topics]


def _place(one: Once) -> tuple[bool, int]:
    """What was told before comes last; else new things first."""
    return one.before is not None, rank(one.change.kind)


def _entries(session: Session, listed: Sequence[Once]) -> list[dict[str, Any]]:
    """Tell these changes, read again a few at a time, those of one record together."""
    told: dict[int, dict[str, Any]] = {}
    for some in in_parts(sorted(listed, key=lambda one: one.change.record_id), _READ_AT_ONCE):
        views = {view.id: view for view in change_views(session, [one.change.id for one in some])}
        told |= {one.change.id: _entry(one, views[one.change.id]) for one in some}
    return [told[one.change.id] for one in listed]


def _entry(one: Once, change: ChangeView) -> dict[str, Any]:
    matches = one.matches
    sentence = headline(change)
    url, address = link_of(change)
    return {
        "id": change.id,
        "kind": change.kind.value,
        "source": change.source,
        "record": change.record_key,
        "what": headline_of_known(change) if one.before else sentence.what,
        "about": shortened(sentence.about, LONGEST_ABOUT),
        "also": list(one.also),
        "told_before": one.before.seen_at.isoformat() if one.before else None,
        "lead": lead_of(change),
        "url": url,
        "address": address,
        "seen": change.seen_at.isoformat(),
        "differences": [
            {"label": found.label, "segments": [[part.kind, part.text] for part in found.segments]}
            for found in differences(change, _CONTEXT)
        ],
        "topics": [
            {"topic": match.topic, "words": [plain(word) for word in match.words]} for match in matches
        ],
    }


def _scope_name(topics: Scope) -> str:
    return "all topics" if topics == "all" else ", ".join(topics)


def _before(last: DigestRun | None, topics: Scope) -> dict[str, Any] | None:
    """Give how much was open at the digest before for the same topics, if there was one."""
    figures: Mapping[str, Any] = last.content.get("figures", {}) if last else {}
    found: dict[str, Any] | None = figures.get("open", {}).get(_scope_name(topics))
    return found


def _mark(last: DigestRun | None) -> Mapping[str, Any] | None:
    """Give from where checks are counted: from the very first, in the first digest of a name."""
    if last is None:
        return {}
    mark: Mapping[str, Any] | None = last.content.get("figures", {}).get("checks")
    return mark


def _last_run(session: Session, name: str) -> DigestRun | None:
    return session.exec(
        select(DigestRun).where(DigestRun.name == name).order_by(col(DigestRun.id).desc()).limit(1)
    ).first()


# ---- who gets which


def make_digests(  # noqa: PLR0913 - what a digest needs of the world comes in by name
    session: Session,
    *,
    name: str,
    settings: DigestSettings,
    topics: Mapping[str, TopicSettings],
    recipients: Mapping[str, Sequence[Recipient]],
    now: datetime,
    time_zone: tzinfo,
    promised: Sequence[Promised],
    give_up_after: Mapping[str, timedelta] | None = None,
    scheduled: bool = True,
) -> DigestRun | None:
    """Write the digest of this name and one outbox row per recipient, on the caller's session.

    Gives None, and writes nothing, where one was made at this time or later already. One without any news is
    recorded but sent only where the settings ask for a heartbeat. One that is only made by hand (not
    `scheduled`) cannot have been missed. `promised` are the open promises, read once for several digests.
    """
    last = _last_run(session, name)
    if last is not None and last.made_at >= now:
        return None
    missed = _missed(settings.cron, time_zone, last, now) if scheduled else ()
    covered = _covered(session, last, now, missed)
    index = TopicIndex(topics)
    changes, moves = _briefly(changes_between(session, covered.after, covered.up_to), index)
    stored = Stored(last, changes, moves, open_recommendations(session), promised)
    make = _Maker(session, name, covered, stored, index, topics, time_zone)
    content = make.content(settings.topics)
    for channel, scope in channel_scopes(name, settings, topics).items():
        of_channel = make.content(scope, _IN_A_MESSAGE)
        happened = _has_news(of_channel)
        if settings.heartbeat or happened:
            patience = (give_up_after or {}).get(channel, USUAL_PATIENCE)
            sent = {**shortened_content(of_channel, _IN_A_MESSAGE), "heartbeat": not happened}
            sent["file"] = file_name(content, "html") if scope == settings.topics else None
            session.add_all(
                _outbox_row(sent, channel, recipient.recipient, now, patience)
                for recipient in recipients.get(channel, ())
            )
    run = DigestRun(
        name=name,
        after_change_id=covered.after,
        up_to_change_id=covered.up_to,
        since=covered.since,
        made_at=now,
        content={**content, "figures": {"open": make.figures(), "checks": check_mark(session)}},
    )
    session.add(run)
    session.flush()
    return run


def _briefly(
    changes: Iterable[ChangeView], index: TopicIndex
) -> tuple[list[tuple[Brief, Sequence[Match]]], list[PromiseMove]]:
    """Hold each change against all topics while it streams by, and keep of it what every digest needs."""
    kept: list[tuple[Brief, Sequence[Match]]] = []

    def passing() -> Iterator[ChangeView]:
        for change in changes:
            kept.append((brief_of(change), index.matches(candidate_of(change))))
            yield change

    return kept, promise_moves(passing())


def _has_news(content: Mapping[str, Any]) -> bool:
    """Whether anything happened; that a promise passes is news, that one falls due soon is none yet."""
    passed = content["promises"]["passed"]["listed"]
    return any(content["numbers"].values()) or bool(content["told_before"] or passed)


def _missed(cron: str, zone: tzinfo, last: DigestRun | None, now: datetime) -> tuple[datetime, ...]:
    """Give when digests were due since the last one, but for the one that is being made."""
    due: list[datetime] = []
    moment = last.made_at if last else now
    while moment < now and len(due) <= _MOST_MISSED:
        moment = cron_after(cron, str(zone), moment).astimezone(UTC)
        due += [moment] if moment <= now else []
    return tuple(due[:-1])


def _covered(
    session: Session, last: DigestRun | None, now: datetime, missed: tuple[datetime, ...]
) -> Covered:
    newest = latest_change_id(session)
    if last is not None:
        return Covered(last.up_to_change_id, max(newest, last.up_to_change_id), last.made_at, now, missed)
    first_check = session.exec(select(func.min(Check.started_at))).one()
    return Covered(0, newest, first_check or now - _FIRST_SPAN, now)


def channel_scopes(
    name: str, settings: DigestSettings, topics: Mapping[str, TopicSettings]
) -> dict[str, Scope]:
    """Say which topics each channel gets in this digest.

    A channel that only topics name gets those topics; one that the digest names gets the digest's as well.
    """
    scopes: dict[str, Scope] = dict.fromkeys(settings.send_to, settings.topics)
    for topic, wanted in topics.items():
        for channel in wanted.send.get(name, ()):
            scope = scopes.get(channel, ())
            if scope != "all" and topic not in scope:
                scopes[channel] = (*scope, topic)
    return scopes


class _Maker:
    """Makes one digest's content for any scope; each change is matched once, each scope counted once."""

    def __init__(
        self,
        session: Session,
        name: str,
        covered: Covered,
        stored: Stored,
        index: TopicIndex,
        topics: Mapping[str, TopicSettings],
        time_zone: tzinfo,
    ) -> None:
        self._session, self._name, self._covered, self._zone = session, name, covered, time_zone
        self._stored = stored
        self._index = index
        self._records = TopicIndex(standing_topics(topics))
        self._matches: dict[int, Sequence[Match]] = {}  # by change that an earlier digest told
        self._caring: dict[int, frozenset[str]] = {}  # by record
        self._made: dict[Scope, dict[str, Any]] = {}

    def content(self, scope: Scope, most: int | None = None) -> dict[str, Any]:
        """Give the content for these topics, as it was made first: with `most` changes told, or all."""
        if scope not in self._made:
            self._made[scope] = digest_content(
                self._session,
                name=self._name,
                covered=self._covered,
                time_zone=self._zone,
                stored=self._stored,
                topics_of_change=self._topics_of,
                topics=scope,
                in_scope=lambda source, record: self._cares(scope, source, record),
                most=most,
            )
        return self._made[scope]

    def figures(self) -> dict[str, Any]:
        """Give what the next digest compares itself with, by scope."""
        return {
            _scope_name(scope): {name: content["open"][name] for name in ("total", "ages", "ages_here")}
            for scope, content in self._made.items()
        }

    def _topics_of(self, change: ChangeView) -> Iterable[Match]:
        if change.id not in self._matches:
            self._matches[change.id] = self._index.matches(candidate_of(change))
        return self._matches[change.id]

    def _cares(self, scope: Scope, source: str, record: Record) -> bool:
        if scope == "all":
            return True
        if record.id not in self._caring:
            found = self._records.matches(candidate_of_record(source, record, self._covered.now))
            self._caring[record.id] = frozenset(match.topic for match in found)
        return not self._caring[record.id].isdisjoint(scope)


def _outbox_row(
    content: dict[str, Any], channel: str, recipient: str, now: datetime, patience: timedelta
) -> OutboxItem:
    return OutboxItem(
        identity=stable_identity(
            "digest", content["name"], channel, recipient, str(content["up_to_change_id"]), now.isoformat()
        ),
        kind="digest",
        channel=channel,
        recipient=recipient,
        content=content,
        created_at=now,
        not_before=now,
        give_up_at=now + patience,
    )
