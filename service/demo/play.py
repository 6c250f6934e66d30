"""The demo: a week of oversight in seconds, on this machine alone, told day by day.

Everything is real (HTTP, SQLite, SMTP, a webhook) but the publishers, the readers and the clock. What the
terminal says of a day is said after it was compared with what happened; where the two differ, the demo fails.
"""

import os
import re
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import fields
from pathlib import Path

from alerts.channels.services import check_url
from alerts.domain.errors import AlertError
from alerts.rendering.digest_files import write_digest_file
from monitor.domain.errors import OversightError
from monitor.domain.program import program_version
from monitor.fetch.client import make_client
from monitor.fetch.fetcher import Fetcher
from monitor.fetch.politeness.turns import Politeness
from monitor.profiles.registry import PROFILES
from service.database.database import open_database
from service.demo.fakes.receivers import MailServer, WebhookServer
from service.demo.fakes.replica import ReplicaSite, seed_recommendations, seed_reports
from service.demo.story import BEGIN, Day, Outcome, story, watch_file
from service.demo.voice import Voice
from service.demo.week import Clock, Figures, Look, StoryError, Week, outcome_of
from service.runtime.app import Watch
from service.watchfile.load import load

MARKER = ".oversight-watch-demo"
_MARKED = "The demo of Oversight Watch wrote this folder, and replaces what it wrote when it runs again.\n"
# What a demo writes, by folder within its own; nothing else is ever removed.
_WRITTEN = {
    ".": r"watch\.yaml|oversight-watch\.db(-wal|-shm)?|digest-weekly-[\d-]+\.html",
    "mails": r"\d{3,}\.eml",
    "slack": r"\d{3,}\.json",
}


def play(folder: Path, days: Sequence[Day] = ()) -> None:
    """Run the week, and leave watch file, database, mails, posts and digest in `folder`.

    `days` are those of the story unless others are given. What an earlier demo wrote there is replaced.
    Raises OversightError for a folder with other things in it; exits with 1 where the week does not come
    out as the story expects.
    """
    voice = Voice()
    began = time.monotonic()
    days = days or tuple(story())
    try:
        _prepare(folder)
        with ExitStack() as stack:
            week, watch = _begin(folder, stack)
            voice.introduce()
            _live(week, voice, days)
            digest = _write_digest(week, watch, folder)
            told = tuple(change for day in days for change in day.expected.changes)
            figures = week.figures(told)
            mails, posts = _received(folder)
            _require_figures(week, figures, told, mails + posts)
        voice.sum_up(figures, time.monotonic() - began)
        voice.show_the_way(folder, digest, mails, posts)
    except (StoryError, AlertError) as error:
        print(f"oversight-watch: the demo went wrong: {error}", file=sys.stderr)  # noqa: T201
        raise SystemExit(1) from None
    except OSError as error:
        reason = f"{error.strerror or error}{f' ({error.filename})' if error.filename else ''}"
        raise OversightError(f"the demo cannot be played in {folder}: {reason}; try --folder") from None


def _prepare(folder: Path) -> None:
    """Make the folder, or empty it of what an earlier demo left there."""
    marker = folder / MARKER
    if folder.is_dir() and any(folder.iterdir()) and not marker.is_file():
        raise OversightError(
            f"{folder} holds files that no demo wrote, so the demo leaves it alone; name an empty or new"
            " folder with --folder"
        )
    if folder.exists() and not folder.is_dir():
        raise OversightError(f"{folder} is a file; name a folder with --folder")
    folder.mkdir(parents=True, exist_ok=True)
    marker.write_text(_MARKED, encoding="utf-8")
    for name, written in _WRITTEN.items():
        inside = folder / name
        for file in inside.iterdir() if inside.is_dir() and not inside.is_symlink() else ():
            if re.fullmatch(written, file.name):
                file.unlink()


def _begin(folder: Path, stack: ExitStack) -> tuple[Week, Watch]:
    """Start the publishers and the receivers, and open the watch; the stack ends them all."""
    clock = Clock(BEGIN)
    stack.enter_context(_no_proxy())
    site = stack.enter_context(ReplicaSite(seed_reports(), seed_recommendations(), now=clock))
    mail = stack.enter_context(MailServer(folder / "mails"))
    hook = stack.enter_context(WebhookServer(folder / "slack"))
    written = folder / "watch.yaml"
    written.write_text(watch_file(site, f"{mail.host}:{mail.port}", hook.url().rstrip("/")), encoding="utf-8")
    settings = load(written, {}, check_url=check_url, profiles=PROFILES)
    database = open_database(settings.database)
    stack.callback(database.close)
    client = stack.enter_context(make_client(settings.contact, program_version()))
    fetcher = Fetcher(client, clock, Politeness(clock.seconds, clock.sleep))
    watch = Watch.of(settings, database, fetcher, clock)
    return Week(watch, clock, site, mail, hook), watch


@contextmanager
def _no_proxy() -> Iterator[None]:
    """Keep a proxy that the environment names out of what goes from this machine to itself."""
    before = {name: os.environ.get(name) for name in ("no_proxy", "NO_PROXY")}
    os.environ.update(dict.fromkeys(before, "127.0.0.1"))
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value


def _live(week: Week, voice: Voice, days: Iterable[Day]) -> None:
    for day in days:
        voice.day(day)
        looks: list[Look] = []
        for act in day.acts:
            looks += voice.follow(week.looks_until(act.at))
            week.do(act)
            voice.act(act)
        looks += voice.follow(week.looks_until(day.end))
        more_mails = week.finish()
        voice.quiet(looks)
        voice.mails(day.end, more_mails)
        came = outcome_of(looks, more_mails)
        if came != day.expected:
            raise StoryError(f"{day.date:%A} did not go as planned: {_otherwise(day.expected, came)}")
        voice.moral(day)


def _otherwise(told: Outcome, came: Outcome) -> str:
    pairs = ((field.name, getattr(told, field.name), getattr(came, field.name)) for field in fields(Outcome))
    return "; ".join(
        f"{name} {found!r} instead of {wanted!r}" for name, wanted, found in pairs if found != wanted
    )


def _write_digest(week: Week, watch: Watch, folder: Path) -> Path:
    if len(week.digests) != 1:
        raise StoryError(f"one digest was to be made, not {len(week.digests)}")
    return write_digest_file(week.digests[0].content, folder, watch.templates, display=watch.settings.display)


def _received(folder: Path) -> tuple[int, int]:
    return len(list((folder / "mails").glob("*.eml"))), len(list((folder / "slack").glob("*.json")))


def _require_figures(week: Week, figures: Figures, told: tuple[str, ...], received: int) -> None:
    """Compare what the database says of the week with what was done and with what lies on disk."""
    pairs = (
        ("checks", figures.checks, week.checks),
        ("changes", figures.changes, told),
        ("messages", figures.messages.total(), received),
        ("messages that still wait", figures.waiting, 0),
    )
    for what, found, wanted in pairs:
        if found != wanted:
            raise StoryError(f"{what}: the database has {found}, the story {wanted}")
