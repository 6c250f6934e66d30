"""Look up names that a user typed; an error for an unknown name suggests the nearest."""

from collections.abc import Iterable, Sequence

from sqlmodel import Session, select

from alerts.language.text import listed, plain
from monitor.domain.errors import OversightError
from monitor.domain.text import hint, nearest
from monitor.linkage.things import others_of
from monitor.store.changes import ChangeView, change_views
from monitor.store.models import Record
from monitor.store.records import records_with_key
from monitor.store.sources import source_health
from service.watchfile.settings import DEFAULT_DIGESTS, WatchFile

_MOST_SHOWN = 6


def sources_to_check(keys: Sequence[str], settings: WatchFile) -> list[str]:
    """Return each named source once, or all that are not paused. Raises OversightError."""
    for key in keys:
        require_watched(settings, key)
        if settings.sources[key].fetcher == "inbox":
            raise OversightError(
                f"{key} is read from pages that you save: put them into {settings.inbox}, or run"
                f" oversight-watch sources inbox {key} FILE..."
            )
    active = (key for key, source in settings.sources.items() if source.is_scheduled)
    return list(dict.fromkeys(keys or active))


def require_watched(settings: WatchFile, key: str) -> None:
    """Raise OversightError for a source that is not in the watch file."""
    if key not in settings.sources:
        raise _unknown("source", key, settings.sources)


def require_source(session: Session, settings: WatchFile, key: str | None) -> None:
    """Raise OversightError for a source that is neither watched nor known from before."""
    if key is None or key in settings.sources:
        return
    known = {*settings.sources, *(source.key for source in source_health(session))}
    if key not in known:
        raise _unknown("source", key, known)


def require_digest(settings: WatchFile, name: str) -> None:
    """Raise OversightError for a digest that is neither in the watch file nor ready-made."""
    if settings.digest(name) is None:
        raise _unknown("digest", name, {*settings.digests, *DEFAULT_DIGESTS})


def require_topic(settings: WatchFile, name: str) -> None:
    """Raise OversightError for a topic that is not in the watch file."""
    if name not in settings.topics:
        raise _unknown("topic", name, settings.topics)


def require_channel(settings: WatchFile, name: str) -> None:
    """Raise OversightError for a channel that is not in the watch file."""
    if name not in settings.channels:
        raise _unknown("channel", name, settings.channels)


def _unknown(what: str, name: str, known: Iterable[str]) -> OversightError:
    said = f"no {what} is called {name!r}" if name else f"name a {what}"
    return OversightError(said + hint(name, sorted(known)))


def required_change(session: Session, number: int) -> ChangeView:
    """Return a recorded change by its id. Raises OversightError where there is none."""
    return required_changes(session, [number])[0]


def required_changes(session: Session, numbers: Sequence[int]) -> list[ChangeView]:
    """Return recorded changes in the order of their ids. Raises OversightError where one is not there."""
    found = change_views(session, numbers)
    if missing := sorted(set(numbers) - {view.id for view in found}):
        raise OversightError(
            f"there is no change {missing[0]}; `oversight-watch changes --json` gives their ids"
        )
    return found


def unknown_key(session: Session, key: str) -> OversightError:
    """Return the error for a record's key that nothing has."""
    known = {found.lower(): found for found in session.exec(select(Record.key))}
    # A report's number is the beginning of its recommendations' keys, and nearer than any look-alike.
    longer = sorted(found for low, found in known.items() if key.strip() and low.startswith(key.lower()))
    near = nearest(key.lower(), known)
    if longer:
        shown = [repr(plain(found)) for found in longer[:_MOST_SHOWN]]
        more = f" and {len(longer) - _MOST_SHOWN:,} more" if len(longer) > _MOST_SHOWN else ""
        advice = f"there is {', '.join(shown)}{more}" if more else f"there is {listed(shown)}"
    else:
        advice = f"did you mean {plain(known[near])!r}?" if near else "to list them: oversight-watch records"
    return OversightError(f"no record has the key {key!r}; {advice}")


def required_record(session: Session, key: str, source: str | None) -> Record:
    """Return the record of this key; where several sources have it, the first of what is one thing.

    Raises OversightError where there is none, or where the key stands for several things.
    """
    having = [(one.key, record) for one, record in records_with_key(session, key)]
    found = [record for name, record in having if source in (None, name)]
    if not having:
        raise unknown_key(session, key)
    names = [name for name, _ in having]
    if not found:
        raise OversightError(f"{source!r} has no record {key!r}; {listed(names)} has it")
    first = found[0]
    same = {first.id, *others_of(session, [first.id]).get(first.id, ())}
    if any(record.id not in same for record in found):
        raise OversightError(f"{key!r} is a different thing on {listed(names)}; choose one with --source")
    return first
