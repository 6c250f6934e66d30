"""One turn at a host for all processes on one database: lease, pause, Retry-After and requests of the day.

Each step is one statement that changes a host's row only where that is allowed. No lock is held between two
steps, and no transaction is open during a request. The lease of a process that died expires by itself. A
waiting process claims the next turn during the pause, ahead of the one that has just sent a request.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Executable, Row, bindparam, case, func, or_, update
from sqlmodel import Session, col, select
from sqlmodel.sql.sqltypes import UTCDateTime

from monitor.domain.errors import HostWaits, StoreError
from monitor.domain.settings import DEFAULT, USUAL_REQUESTS
from monitor.domain.us_dates import moment_words
from monitor.store.models import Host, table_of
from monitor.store.upsert import renewing, upsert

Transaction = Callable[[], AbstractContextManager[Session]]
POLL = 0.25  # seconds; nobody knows how long another process will need
_LATE = timedelta(seconds=5)  # how late a process may come for a turn that it has claimed
# A later time was written before the clock was set back.
FURTHEST_FREE = timedelta(hours=1)
_FURTHEST_LEASE = timedelta(hours=2)
_FURTHEST_AWAY = timedelta(days=7)
ALIVE = ".alive"  # no host has this name
_PORTS = {"http": 80, "https": 443}

# Built once and run without the object mapper, because they run for every request.
_TABLE = table_of(Host)
_COLUMNS = _TABLE.c


def _is_past(name: str) -> Any:
    """Return the condition that a column holds no future time, apart from one implausibly far ahead."""
    now, furthest = (bindparam(given, type_=UTCDateTime()) for given in ("now", f"furthest_{name}"))
    column = _COLUMNS[name]
    return or_(column.is_(None), column <= now, column > furthest)


_IS_OURS = or_(_COLUMNS.lease.is_(None), _COLUMNS.lease == bindparam("token"), _is_past("leased_until"))
_READ = _TABLE.select().where(_COLUMNS.name == bindparam("host"))
_CLAIM = (
    update(_TABLE)
    .where(_COLUMNS.name == bindparam("host"), _IS_OURS)
    .values(lease=bindparam("token"), leased_until=bindparam("until", type_=UTCDateTime()))
    .returning(_COLUMNS.name)
)
# A lease that expired may belong to another process by now; that one is left alone.
_GIVE_BACK = (
    update(_TABLE)
    .where(_COLUMNS.name == bindparam("host"), _COLUMNS.lease == bindparam("token"))
    .values(
        lease=None,
        leased_until=None,
        free_at=bindparam("free", type_=UTCDateTime()),
        requests=_COLUMNS.requests + bindparam("more"),
        away_until=func.coalesce(bindparam("away", type_=UTCDateTime()), _COLUMNS.away_until),
    )
)


@cache
def _take() -> Any:
    new = upsert(_TABLE).values(
        name=bindparam("host"),
        lease=bindparam("token"),
        leased_until=bindparam("until", type_=UTCDateTime()),
        day=bindparam("today"),
        requests=1,
    )
    return new.on_conflict_do_update(
        index_elements=["name"],
        set_={
            "lease": new.excluded.lease,
            "leased_until": new.excluded.leased_until,
            "day": new.excluded.day,
            "requests": case((_COLUMNS.day == new.excluded.day, _COLUMNS.requests + 1), else_=1),
        },
        where=_IS_OURS
        & _is_past("free_at")
        & _is_past("away_until")
        & or_(_COLUMNS.day != new.excluded.day, _COLUMNS.requests < bindparam("limit")),
    ).returning(_COLUMNS.name)


@cache
def _add_requests() -> Any:
    add = upsert(_TABLE).values(name=bindparam("host"), day=bindparam("today"), requests=bindparam("more"))
    return add.on_conflict_do_update(
        index_elements=["name"],
        set_={
            # Yesterday's count may be written after today's first request.
            "day": case((_COLUMNS.day < add.excluded.day, add.excluded.day), else_=_COLUMNS.day),
            "requests": case(
                (_COLUMNS.day == add.excluded.day, _COLUMNS.requests + add.excluded.requests),
                (_COLUMNS.day < add.excluded.day, add.excluded.requests),
                else_=_COLUMNS.requests,
            ),
        },
    )


def note_alive(session: Session, now: datetime) -> None:
    """Note that a process that asks hosts is running. Never commits."""
    session.connection().execute(
        renewing(_TABLE, ("name",), ("free_at",)), {"name": ALIVE, "free_at": now, "day": "", "requests": 0}
    )


def last_alive(session: Session) -> datetime | None:
    """Return when a process was last noted to be running."""
    return session.exec(select(Host.free_at).where(Host.name == ALIVE)).one_or_none()


def host_name(url: str) -> str:
    """Return the host of an address as it is counted: with its port where that is not the default one."""
    parts = urlsplit(url)
    usual = parts.port in (None, _PORTS.get(parts.scheme))
    return (parts.hostname or "") + ("" if usual else f":{parts.port}")


@dataclass(frozen=True, slots=True)
class Load:
    """How many requests a host received today, how many are allowed, and until when it asked us to wait."""

    host: str
    requests: int
    limit: int
    away_until: datetime | None


class Hosts:
    """Turns at hosts, kept in the database. `token` identifies this process; `limits` are requests a day."""

    def __init__(
        self,
        write: Transaction,
        clock: Callable[[], datetime],
        token: str,
        limits: Mapping[str, int],
    ) -> None:
        self._write = write
        self.clock = clock
        self._token = token
        self.limits = limits

    def take(self, host: str, seconds: float) -> float:
        """Return 0 once the host is taken for at most `seconds`, or the seconds to wait before the next try.

        During the pause after a request the next turn is claimed, and the wait is the rest of the pause.
        Raises HostWaits where the host must be left alone for longer. A database that cannot be used does not
        stop a request: recording reports what is wrong with it.
        """
        with suppress(StoreError), self._write() as session:
            now = self.clock()
            given = {"host": host, "token": self._token, **_furthest(now)}
            if _is_done(session, _take(), {**given, **self._lease(host, now, seconds)}):
                return 0.0
            pause = self._pause(session.connection().execute(_READ, {"host": host}).one_or_none(), host, now)
            claim = {**given, "until": now + pause + _LATE}
            if pause > timedelta(0) and _is_done(session, _CLAIM, claim):
                return pause.total_seconds()
            return POLL
        return 0.0

    def _lease(self, host: str, now: datetime, seconds: float) -> dict[str, Any]:
        until, limit = now + timedelta(seconds=seconds), limit_of(self.limits, host)
        return {"until": until, "today": day_of(now), "limit": limit}

    def _pause(self, row: Row[Any] | None, host: str, now: datetime) -> timedelta:
        """Return how much longer a host that could not be taken must be left alone. Raises HostWaits."""
        if row is None:
            return timedelta(0)
        require_welcome(host, row.away_until, now)
        if row.day == day_of(now):
            require_budget(host, row.requests, self.limits, now)
        left: timedelta = row.free_at - now if row.free_at else timedelta(0)
        return left if left <= FURTHEST_FREE else timedelta(0)

    def give_back(self, host: str, delay: float, *, more: int = 0, away: float | None = None) -> None:
        """Release a host: no request goes to it for `delay` seconds, or for `away` where it asked for that.

        `more` counts the requests made in addition to the one the turn was taken for.
        """
        now = self.clock()
        values = {"host": host, "token": self._token, "more": more, "free": now + timedelta(seconds=delay)}
        until = now + timedelta(seconds=away) if away else None
        with suppress(StoreError), self._write() as session:
            session.connection().execute(_GIVE_BACK, {**values, "away": until})


def _furthest(now: datetime) -> dict[str, datetime]:
    """Return the present time, and the latest time that is believed in each column."""
    return {
        "now": now,
        "furthest_leased_until": now + _FURTHEST_LEASE,
        "furthest_free_at": now + FURTHEST_FREE,
        "furthest_away_until": now + _FURTHEST_AWAY,
    }


def _is_done(session: Session, statement: Executable, given: Mapping[str, Any]) -> bool:
    """Run a statement and return whether it found a row that it may write."""
    return session.connection().execute(statement, given).first() is not None


def add_requests(session: Session, host: str, day: str, more: int) -> None:
    """Add to a host's requests of a day."""
    session.connection().execute(_add_requests(), {"host": host, "today": day, "more": more})


def requests_of(session: Session, hosts: Sequence[str]) -> dict[tuple[str, str], int]:
    """Return the stored requests of each host on its last day, by host and day."""
    wanted = _TABLE.select().where(_COLUMNS.name.in_(hosts))
    return {(row.name, row.day): row.requests for row in session.connection().execute(wanted)}


def keep_away(session: Session, host: str, until: datetime, day: str) -> None:
    """Record that a host must be left alone until a time."""
    add_requests(session, host, day, 0)
    session.connection().execute(update(_TABLE).where(_COLUMNS.name == host).values(away_until=until))


def require_welcome(host: str, away_until: datetime | None, now: datetime) -> None:
    """Raise HostWaits where a host has asked to be left alone until a time in the future."""
    left = away_until - now if away_until else timedelta(0)
    if timedelta(0) < left <= _FURTHEST_AWAY:
        raise HostWaits(
            f"{host} has asked to be left alone (Retry-After) until {_said(now + left)}",
            host=host,
            retry_after=left.total_seconds(),
        )


def require_budget(host: str, requests: int, limits: Mapping[str, int], now: datetime) -> None:
    """Raise HostWaits where a host has received all the requests that today allows."""
    limit = limit_of(limits, host)
    if requests >= limit:
        tomorrow = now.astimezone(UTC).date() + timedelta(days=1)
        midnight = datetime.combine(tomorrow, time(), UTC)
        raise HostWaits(
            f"{host} has received {requests:,} requests today, and {limit:,} are allowed (requests_per_day);"
            f" it is left alone until {_said(midnight)}",
            host=host,
            retry_after=(midnight - now).total_seconds(),
            spent=requests,
        )


def limit_of(limits: Mapping[str, int], host: str) -> int:
    """Return how many requests a day may go to a host."""
    return limits.get(host, limits.get(DEFAULT, USUAL_REQUESTS))


def loads(session: Session, hosts: list[str], limits: Mapping[str, int], now: datetime) -> list[Load]:
    """Return today's load of each host."""
    known = {host.name: host for host in session.exec(select(Host).where(col(Host.name).in_(hosts)))}
    return [_load(known.get(name), name, limit_of(limits, name), now) for name in hosts]


def _load(host: Host | None, name: str, limit: int, now: datetime) -> Load:
    requests = host.requests if host and host.day == day_of(now) else 0
    away = host.away_until if host and host.away_until and host.away_until > now else None
    return Load(name, requests, limit, away)


def day_of(now: datetime) -> str:
    """Return the UTC day whose requests are counted at a time."""
    return now.astimezone(UTC).date().isoformat()


def _said(moment: datetime) -> str:
    return moment_words(moment)
