"""A whole watch over the replica site, with real mail and webhook servers and a clock moved by hand."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from alerts.channels.services import check_url
from monitor.fetch.client import make_client
from monitor.fetch.fetcher import Fetcher
from monitor.fetch.politeness.turns import Politeness
from monitor.profiles.registry import PROFILES
from service.database.database import Database
from service.demo.fakes.receivers import MailServer, WebhookServer
from service.demo.fakes.replica import ReplicaSite
from service.runtime.app import Watch
from service.watchfile.load import load
from tests.clock import FrozenClock

WATCH_FILE = """\
time_zone: America/New_York
database: {database}
contact: watch@example.org
sources:
  audits:
    profile: dhs-oig
    url: "{site}/reports/audits-inspections-and-evaluations"
    delay: 1s
    allow_private: true
  gao:
    profile: gao-recommendations
    url: "{site}/agencies/united-states-customs-and-border-protection"
    delay: 1s
    allow_private: true
channels:
  desk: {{to: "mailto://{mail}?from=watch@example.org&to=desk@example.org"}}
  newsroom:
    to: "slack+http://{slack}/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
    allow_private: true
  ops: {{to: "mailto://{mail}?from=watch@example.org&to=ops@example.org", purpose: operator}}
topics:
  everything: {{send: {{immediately: [desk], weekly: [desk]}}}}
  faces:
    match: {{any: ["facial recognition"]}}
    send: {{immediately: [newsroom]}}
digests:
  weekly: {{cron: "0 8 * * mon"}}
"""


def write_watch_file(
    folder: Path, database_url: str, site: ReplicaSite, mail: MailServer, webhook: WebhookServer
) -> Path:
    """Write a watch file whose every address is on this machine."""
    path = folder / "watch.yaml"
    path.write_text(
        WATCH_FILE.format(
            database=database_url,
            site=site.url("").rstrip("/"),
            mail=f"{mail.host}:{mail.port}",
            slack=webhook.url("").removeprefix("http://").rstrip("/"),
        )
    )
    return path


@pytest.fixture
def watch_file(
    tmp_path: Path,
    database_url: str,
    site: ReplicaSite,
    mail_server: MailServer,
    webhook_server: WebhookServer,
) -> Path:
    """Give a watch file whose every address is on this machine."""
    return write_watch_file(tmp_path, database_url, site, mail_server, webhook_server)


@pytest.fixture
def make_watch(watch_file: Path, clock: FrozenClock, database: Database) -> Iterator[Callable[[], Watch]]:
    """Give what starts the watch anew, as a restart would: only the database stays."""
    with make_client("watch@example.org", "1.0") as client:
        fetcher = Fetcher(client, clock, Politeness(sleep=lambda _seconds: None))

        def make() -> Watch:
            settings = load(watch_file, {}, check_url=check_url, profiles=PROFILES)
            return Watch.of(settings, database, fetcher, clock)

        yield make


@pytest.fixture
def watch(make_watch: Callable[[], Watch]) -> Watch:
    """Give the running watch."""
    return make_watch()
