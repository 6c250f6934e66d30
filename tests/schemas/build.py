"""A small database with something in every table, made by the real pipeline; and its dump as SQL text.

Addresses of the replica site stand in the dump as SITE, so that a later test can put its own there.
"""

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

from sqlalchemy import create_engine

from alerts.channels.services import check_url
from alerts.domain.models import OptOut, Reminder
from alerts.triage.annotations import say
from monitor.fetch.client import make_client
from monitor.fetch.fetcher import Fetcher
from monitor.fetch.politeness.turns import Politeness
from monitor.profiles.registry import PROFILES
from service.database.database import MIGRATIONS, Database, open_database
from service.database.search_index import drop_index
from service.demo.fakes.receivers import Answer, MailServer, WebhookServer
from service.demo.fakes.replica import ReplicaSite, seed_recommendations, seed_reports
from service.runtime.app import Watch
from service.runtime.checks import check_source
from service.runtime.digests import send_digest
from service.watchfile.load import load
from tests.clock import FrozenClock

FOLDER = Path(__file__).parent
SITE = "http://site.example"
WATCH_FILE = """\
time_zone: America/New_York
database: sqlite:///watch.db
sources:
  audits:
    {{profile: dhs-oig, url: "{site}/reports/audits-inspections-and-evaluations", allow_private: true}}
  gao:
    profile: gao-recommendations
    url: "{site}/agencies/united-states-customs-and-border-protection"
    allow_private: true
channels:
  desk: {{to: "mailto://{mail}?from=watch@example.org&to=desk@example.org"}}
  newsroom: {{to: "slack+http://{webhook}/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ", allow_private: true}}
  hook: {{to: "json://{webhook}/hook", allow_private: true}}
topics:
  everything: {{send: {{immediately: [desk, newsroom, hook], weekly: [desk]}}}}
"""


def migration_files() -> dict[str, Path]:
    """Give every migration's file by its number."""
    return {file.stem[:4]: file for file in sorted((MIGRATIONS / "versions").glob("[0-9]*.py"))}


def fingerprint(number: str) -> str:
    """Give the sha256 of a migration's file, by which a dump knows what it was made with."""
    return hashlib.sha256(migration_files()[number].read_bytes()).hexdigest()


@contextmanager
def opened_watch(
    folder: Path,
    database: Database,
    clock: FrozenClock,
    receivers: tuple[ReplicaSite, MailServer, WebhookServer],
) -> Iterator[Watch]:
    """Give the watch of WATCH_FILE on a database, its site and its receivers on this machine."""
    site, mail, webhook = receivers
    (folder / "watch.yaml").write_text(
        WATCH_FILE.format(
            site=site.url("").rstrip("/"),
            mail=f"{mail.host}:{mail.port}",
            webhook=webhook.url("").removeprefix("http://").rstrip("/"),
        )
    )
    settings = load(folder / "watch.yaml", {}, check_url=check_url, profiles=PROFILES)
    with make_client(None, "1.0") as client:
        fetcher = Fetcher(client, clock, Politeness(sleep=lambda _seconds: None))
        yield Watch.of(settings, database, fetcher, clock)


def small_site(clock: FrozenClock) -> ReplicaSite:
    """Give the site as it stands at the end of the dumped history."""
    site = ReplicaSite(seed_reports()[:12], seed_recommendations()[:8], now=clock)
    add_report(site, "OIG-26-90", "Facial Recognition at Ports")
    return site


def add_report(site: ReplicaSite, number: str, title: str) -> None:
    """Publish a report."""
    report = {"report_number": number, "title": title, "abstract": None, "issue_date": "2026-03-02"}
    site.reports.insert(0, {**report, "fiscal_year": 2026, "href": f"/files/{number}.pdf"})


def live_through(folder: Path, path: Path) -> str:
    """Live through a baseline, a change, deliveries that went well and not, a digest; give the site's URL."""
    clock = FrozenClock()
    database = open_database(f"sqlite:///{path}")
    with small_site(clock) as site, MailServer() as mail, WebhookServer() as webhook:
        new = site.reports.pop(0)
        with opened_watch(folder, database, clock, (site, mail, webhook)) as watch:
            watch.note_applied()
            check_source(watch, "audits")
            check_source(watch, "gao")
            site.reports.insert(0, new)
            clock.advance(timedelta(hours=2))
            check_source(watch, "audits")
            # One message is accepted, one is still to be tried again, one is dead.
            webhook.answers.extend([Answer(503), Answer(410)])
            watch.deliver()
            with database.write() as session:
                session.add(OptOut(channel="desk", recipient="ben@example.org", since=clock()))
                say(session, 1, "assigned", by="desk", now=clock(), text="Ana")
                session.add(
                    Reminder(
                        outbox_id=1, record_id=1, topic="everything", channel="desk",
                        recipient="desk@example.org", number=1, reminded_at=clock(),
                    )
                )  # fmt: skip
            send_digest(watch, "weekly")
            check_source(watch, "gao")
        url = site.url("").rstrip("/")
    database.close()
    return url


def dump(path: Path, url: str, number: str) -> str:
    """Give a database as SQL text, without the index that is made anew when it is opened."""
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as writing:
        drop_index(writing)
    engine.dispose()
    with closing(sqlite3.connect(path)) as connection:
        lines = "\n".join(connection.iterdump()).replace(url, SITE)
    return f"-- migration {number}, sha256 {fingerprint(number)}\n{lines}\n"


def load_dump(text: str, path: Path, url: str = SITE) -> None:
    """Make a database file of a dump, with a site's URL in it."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(text.replace(SITE, url))
