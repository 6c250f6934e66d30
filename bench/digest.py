"""What a weekly digest costs at the end of a long history: `python -m bench.digest` prints the figures.

Three channels get it: one all changes, two those of one topic. The digest of the week before is on record.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar
from zoneinfo import ZoneInfo

from pydantic import SecretStr
from sqlmodel import Session, col, func, select

from alerts.digests.make import make_digests
from alerts.domain.messages import Target
from alerts.domain.models import DigestRun, OutboxItem
from alerts.domain.settings import DigestSettings, TopicSettings
from alerts.rendering.digest_files import whole_digest
from alerts.rendering.environments import templates
from alerts.rendering.render import render_digest
from bench.checks import BenchError
from bench.history import fill
from monitor.commitments.queries import open_promises
from monitor.store.models import Change
from service.database.database import open_database

_ZONE = ZoneInfo("America/New_York")
_MONDAY = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)
_WEEK = timedelta(days=7)
_TOPICS = {
    name: TopicSettings.model_validate(settings)
    for name, settings in {
        "everything": {},
        "it": {"match": {"any": ["biometric*"]}, "send": {"weekly": "team"}},
        "ports": {"match": {"any": ["seaport"]}, "send": {"weekly": "ports"}},
    }.items()
}
_SETTINGS = DigestSettings.model_validate({"send_to": "desk", "topics": "all"})
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Made:
    """One digest: its changes, and CPU seconds to gather it for all channels, for its mail and its file."""

    changes: int
    gathered: float
    mail: float
    file: float


def main(arguments: list[str] | None = None) -> int:
    """Run the bench; give the exit code."""
    parser = argparse.ArgumentParser(prog="bench.digest", description=__doc__.partition("\n")[0])
    parser.add_argument("--changes", type=int, default=100_000, help="default: 100000")
    parser.add_argument("--json", action="store_true", help="print JSON instead of lines")
    asked = parser.parse_args(arguments)
    with TemporaryDirectory() as folder:
        database = open_database(f"sqlite:///{Path(folder) / 'bench.db'}")
        with database.write() as session:
            fill(session, asked.changes, _MONDAY)
            _week_before(session)
        with database.write() as session:
            made = measure(session)
        database.close()
    if asked.json:
        print(json.dumps(asdict(made), indent=2))
        return 0
    print(f"{asked.changes:,} changes in a year, {made.changes:,} of them in the digest's week")
    print(f"gathered for three channels: {made.gathered:.2f} s of CPU")
    print(f"a mail: {made.mail:.2f} s; the file: {made.file:.2f} s")
    return 0


def measure(session: Session) -> Made:
    """Make one digest, and the mail and the file of the channel that gets all of it."""
    ours = templates(None)
    run, gathered = _timed(lambda: _digest(session))
    sent = session.exec(select(OutboxItem).where(OutboxItem.channel == "desk")).one().content or {}
    _, mail = _timed(lambda: render_digest(sent, face="email", identity="i", templates=ours, time_zone=_ZONE))
    _, file = _timed(lambda: whole_digest(run.content, "html", ours))
    return Made(len(run.content["changes"]), gathered, mail, file)


def _timed(work: Callable[[], Result]) -> tuple[Result, float]:
    started = time.process_time()
    return work(), time.process_time() - started


def _week_before(session: Session) -> None:
    """Record a digest that ended a week ago; what it said is not asked for."""
    at = _MONDAY - _WEEK
    newest = session.exec(select(func.max(Change.id)).where(col(Change.seen_at) <= at)).one() or 0
    session.add(
        DigestRun(
            name="weekly",
            after_change_id=0,
            up_to_change_id=newest,
            since=at - _WEEK,
            made_at=at,
            content={},
        )
    )


def _digest(session: Session) -> DigestRun:
    run = make_digests(
        session,
        name="weekly",
        settings=_SETTINGS,
        topics=_TOPICS,
        recipients={channel: _readers(channel) for channel in ("desk", "team", "ports")},
        now=_MONDAY,
        time_zone=_ZONE,
        promised=open_promises(session),
    )
    if run is None:
        raise BenchError("no digest was made")
    return run


def _readers(channel: str) -> tuple[Target, ...]:
    return (Target(channel, "desk@example.org", SecretStr("mailto://localhost"), "email"),)


if __name__ == "__main__":
    sys.exit(main())
