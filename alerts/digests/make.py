"""Make a digest: its run, its figures and its messages, in one transaction."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta, tzinfo

from sqlmodel import Session, col, func, select, update

from alerts.digests.content import Covered, Stored, digest_content, scope_name
from alerts.digests.schema import DigestContent, OpenData, TotalsData
from alerts.digests.stored import file_name
from alerts.digests.trim import shortened_content
from alerts.domain.brief import Brief, brief_of
from alerts.domain.destinations import Scope, channel_scopes
from alerts.domain.messages import Target
from alerts.domain.models import USUAL_PATIENCE, DigestRun, OutboxItem
from alerts.domain.settings import DigestSettings, TopicSettings
from alerts.domain.types import MessageKind
from alerts.outbox.queue import stable_identity
from alerts.topics.candidate import candidate_of, candidate_of_record
from alerts.topics.index import TopicIndex, TopicMatch, standing_topics
from monitor.commitments.queries import Promised, PromiseMove, promise_moves
from monitor.domain.schedule import cron_after
from monitor.store.changes import ChangeView, changes_between, latest_change_id
from monitor.store.checks import check_mark
from monitor.store.models import Check, Record
from monitor.store.records import open_recommendations

_FIRST_SPAN = timedelta(days=7)
_IN_A_MESSAGE = 100  # changes kept for a message; the run and the file have all of them
_MOST_MISSED = 60


class _Maker:
    """Make the content of one digest for several scopes; each change is matched only once."""

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
        self._matches: dict[
            int, Sequence[TopicMatch]
        ] = {}  # by id of a change that an earlier digest reported
        self._caring: dict[int, frozenset[str]] = {}  # by record
        self._made: dict[Scope, DigestContent] = {}

    def content(self, scope: Scope, most: int | None = None) -> DigestContent:
        """Return the content for these topics. The first call sets how many changes it lists."""
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

    def figures(self) -> dict[str, TotalsData]:
        """Return the totals that the next digest compares itself with, by scope."""
        return {scope_name(scope): _totals(content["open"]) for scope, content in self._made.items()}

    def _topics_of(self, change: ChangeView) -> Iterable[TopicMatch]:
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


def _totals(open_: OpenData) -> TotalsData:
    return {"total": open_["total"], "ages": open_["ages"], "ages_here": open_["ages_here"]}


def _last_run(session: Session, name: str) -> DigestRun | None:
    return session.exec(
        select(DigestRun).where(DigestRun.name == name).order_by(col(DigestRun.id).desc()).limit(1)
    ).first()


def rename_digest(session: Session, old: str, new: str) -> None:
    """Let a digest go on under its new name where the old one ended, unless the new name has digests."""
    if _last_run(session, new) is None:
        session.exec(update(DigestRun).where(col(DigestRun.name) == old).values(name=new))


# ---- the run and its messages


def make_digests(  # noqa: PLR0913 - keyword arguments only
    session: Session,
    *,
    name: str,
    settings: DigestSettings,
    topics: Mapping[str, TopicSettings],
    recipients: Mapping[str, Sequence[Target]],
    now: datetime,
    time_zone: tzinfo,
    promised: Sequence[Promised],
    give_up_after: Mapping[str, timedelta] | None = None,
    scheduled: bool = True,
    stored_as: str | None = None,
    stored: bool = True,
) -> DigestRun | None:
    """Write the digest of this name and one outbox row per recipient, on the caller's session.

    Return None and write nothing if a digest of this time or later exists. A digest without news is recorded,
    but sent only if the settings ask for a heartbeat. A digest that is only made by hand (not `scheduled`)
    cannot have been missed. `promised` are the open promises, read once for several digests.
    A run that is `stored_as` another name leaves the next one of this name as it is; one that is not
    `stored` is only returned.
    """
    last = _last_run(session, name)
    if last is not None and last.made_at >= now:
        return None
    missed = _missed(settings.cron, time_zone, last, now) if scheduled else ()
    covered = _covered(session, last, now, missed)
    index = TopicIndex(topics)
    changes, moves = _briefly(changes_between(session, covered.after, covered.up_to), index)
    past = Stored(last, changes, moves, open_recommendations(session), promised)
    make = _Maker(session, name, covered, past, index, topics, time_zone)
    content = make.content(settings.topics)
    file = file_name(content, "html") if stored_as is None else None
    messages = list(_messages(make, name, settings, topics, recipients, now, file, give_up_after or {}))
    run = DigestRun(
        name=stored_as or name,
        after_change_id=covered.after,
        up_to_change_id=covered.up_to,
        since=covered.since,
        made_at=now,
        content={**content, "figures": {"open": make.figures(), "checks": check_mark(session)}},
    )
    if stored:
        session.add_all([*messages, run])
        session.flush()
    return run


def _messages(
    make: _Maker,
    name: str,
    settings: DigestSettings,
    topics: Mapping[str, TopicSettings],
    recipients: Mapping[str, Sequence[Target]],
    now: datetime,
    file: str | None,
    give_up_after: Mapping[str, timedelta],
) -> Iterator[OutboxItem]:
    served: set[tuple[Scope, str]] = set()  # whom two channels reach gets the same digest once
    for channel, scope in channel_scopes(name, settings, topics).items():
        of_channel = make.content(scope, _IN_A_MESSAGE)
        happened = _has_news(of_channel)
        if not (settings.heartbeat or happened):
            continue
        short = shortened_content(of_channel, _IN_A_MESSAGE)
        whole = file if scope == settings.topics else None
        sent: DigestContent = {**short, "heartbeat": not happened, "file": whole}
        for recipient in recipients.get(channel, ()):
            if (scope, recipient.person) not in served:
                served.add((scope, recipient.person))
                patience = give_up_after.get(channel, USUAL_PATIENCE)
                yield _outbox_row(sent, channel, recipient.recipient, now, patience)


def _briefly(
    changes: Iterable[ChangeView], index: TopicIndex
) -> tuple[list[tuple[Brief, Sequence[TopicMatch]]], list[PromiseMove]]:
    """Match each change with all topics as it streams past, and keep only what digests need of it."""
    kept: list[tuple[Brief, Sequence[TopicMatch]]] = []

    def passing() -> Iterator[ChangeView]:
        for change in changes:
            if change.imported:
                continue  # happened before the source was watched
            kept.append((brief_of(change), index.matches(candidate_of(change))))
            yield change

    return kept, promise_moves(passing())


def _has_news(content: DigestContent) -> bool:
    """Return whether anything happened: a promised date that passed is news, one that is due soon is not."""
    passed = content["promises"]["passed"]["listed"]
    return any(content["numbers"].values()) or bool(content["told_before"] or passed)


def _missed(cron: str, zone: tzinfo, last: DigestRun | None, now: datetime) -> tuple[datetime, ...]:
    """Return when digests were due since the last one, without the one that is being made."""
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


def _outbox_row(
    content: DigestContent, channel: str, recipient: str, now: datetime, patience: timedelta
) -> OutboxItem:
    return OutboxItem(
        identity=stable_identity(
            MessageKind.DIGEST,
            content["name"],
            channel,
            recipient,
            str(content["up_to_change_id"]),
            now.isoformat(),
        ),
        kind=MessageKind.DIGEST,
        channel=channel,
        recipient=recipient,
        content=dict(content),
        created_at=now,
        not_before=now,
        give_up_at=now + patience,
    )
