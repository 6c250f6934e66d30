"""Two services and a reader on one database, all real processes, while a site changes all the time.

`python -m tests.guarantees.two_processes --minutes 3 --database postgres` runs it for long; the test beside
it for seconds, on both kinds of database.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import text

from service.demo.fakes.receivers import Answer, MailServer, WebhookServer
from service.demo.fakes.replica import ReplicaSite, seed_reports
from tests.databases import KINDS, RunDatabase, run_database
from tests.faults.life import Life

SOURCES = 8
_NUMBER = re.compile(r"OIG-27-\d{5}")
_SURPRISES = """
    SELECT c.id, c.kind, c.source_id, r.key, c.before, c.after, c.seen_at
    FROM change c JOIN record r ON r.id = c.record_id
    WHERE c.kind <> 'new_report'"""
WATCH_FILE = """\
database: "{database}"
requests_per_day: 1000000
sources:
{sources}
channels:
  desk: {{to: "mailto://{mail}?from=watch@example.org&to=desk@example.org"}}
  hook: {{to: "json://{webhook}/hook", allow_private: true}}
topics:
  first: {{at_most: 900000/hour, sources: [s0], send: {{immediately: [desk, hook]}}}}
"""
SOURCE = """\
  s{n}:
    url: "{site}/reports/audits-inspections-and-evaluations"
    profile: dhs-oig
    every: 1s
    delay: 1s
    allow_private: true
"""
# Reads as a dashboard would: all day long, and the whole of it.
READER = """\
import select, sys
from alerts.outbox.queue import list_outbox
from monitor.store.changes import latest_changes
from monitor.store.records import records_of
from monitor.store.sources import source_health
from service.database.database import open_database
database = open_database(sys.argv[1])
reads = 0
while reads <= 20 or not select.select([sys.stdin], [], [], 0.05)[0]:
    with database.read() as session:
        latest_changes(session, limit=200), records_of(session), source_health(session)
        list_outbox(session, state=None, limit=100)
    reads += 1
database.close()
print(reads)
"""


@dataclass
class Outcome:
    """What a run came to."""

    seconds: float
    published: int = 0
    changes: int = 0
    checks: int = 0
    reads: int = 0
    copies: int = 0
    told: Counter[str] = field(default_factory=Counter)  # number and channel -> times
    identities: Counter[str] = field(default_factory=Counter)
    refused: int = 0
    codes: tuple[int, ...] = ()
    complaints: list[str] = field(default_factory=list)
    surprises: list[str] = field(default_factory=list)  # changes that never happened
    damages: list[str] = field(default_factory=list)
    shared: int = 0  # the fewest checks that one of the two services made

    @property
    def missing(self) -> int:
        """Tellings that never came: each report is told once by each of two channels."""
        return 2 * self.published - len(self.told)

    @property
    def repeated(self) -> int:
        """Tellings that came more than once."""
        return sum(times - 1 for times in self.told.values())

    def __str__(self) -> str:
        return (
            f"{self.seconds:.0f} s: {self.published} reports published, {self.changes} changes in {SOURCES}"
            f" sources, {self.checks} checks (the idler service made {self.shared}), {self.reads} full reads,"
            f" {self.copies} backups; {sum(self.told.values())} messages taken, {self.refused} refused first;"
            f" missing {self.missing}, repeated {self.repeated}, surprises {len(self.surprises)},"
            f" complaints {len(self.complaints)}, damaged {len(self.damages)}, exit codes {self.codes}"
        )


def run(folder: Path, seconds: float, database: RunDatabase) -> Outcome:
    """Run two services for so long on one database, let them come to rest, and hold all against all."""
    found = Outcome(seconds)
    with ExitStack() as stack:
        # A host a source: eight sources of one host would wait for each other's turns.
        sites = [stack.enter_context(ReplicaSite()) for _ in range(SOURCES)]
        site = sites[0]
        site.reports = seed_reports()
        for other in sites[1:]:
            other.reports = site.reports
        mail, webhook = stack.enter_context(MailServer()), stack.enter_context(WebhookServer())
        path, logs = folder / "watch.yaml", [folder / "one.log", folder / "two.log"]
        bases = [one.url("").rstrip("/") for one in sites]
        path.write_text(
            WATCH_FILE.format(
                database=database.url,
                sources="".join(SOURCE.format(n=n, site=base) for n, base in enumerate(bases)),
                mail=f"{mail.host}:{mail.port}",
                webhook=webhook.url("").removeprefix("http://").rstrip("/"),
            )
        )
        lives = _started(stack, path, logs, 0.0)
        _wait_for(lambda: database.count("source WHERE last_accepted_at IS NOT NULL") == SOURCES)
        reader = subprocess.Popen(
            [sys.executable, "-c", READER, database.url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        )
        until = time.monotonic() + seconds
        while time.monotonic() < until or not _shows_enough(found, logs):
            found.published += 1
            _publish(site, found.published)
            if found.published % 10 == 5:
                # What comes after it waits too, so that both services have much to send at once.
                webhook.answers.append(Answer(503))
            if found.published % 10 == 0:
                found.damages += database.damages_of_copy(folder / f"copy-{found.published}.db")
                found.copies += 1
            time.sleep(0.4)
        found.reads = int(reader.communicate(timeout=600)[0])
        _wait_for(lambda: database.count("change") == SOURCES * found.published)
        webhook.answers.clear()
        codes = [life.stop() for life in lives]
        # Two hours on, both find the same messages due.
        lives = _started(stack, path, logs, 7200.0)
        _wait_for(lambda: database.count("outbox WHERE state <> 'sent'") == 0)
        found.codes = (*codes, *(life.stop() for life in lives), reader.returncode)
        _judge(found, logs, mail, webhook)
        found.changes = database.count("change")
        with database.connect() as connection:
            found.surprises = [str(row) for row in connection.execute(text(_SURPRISES))]
        found.damages += database.damages()
    return found


def _started(stack: ExitStack, path: Path, logs: list[Path], ahead: float) -> list[Life]:
    lives = [stack.enter_context(Life(path, log, ahead)) for log in logs]
    for life in lives:
        life.wait_until_started()
    return lives


def _publish(site: ReplicaSite, n: int) -> None:
    site.reports.insert(
        0,
        {
            "report_number": f"OIG-27-{n:05}",
            "title": f"A Review of Matter {n}",
            "abstract": None,
            "issue_date": "2027-01-01",
            "fiscal_year": 2027,
            "href": f"/files/OIG-27-{n:05}.pdf",
        },
    )


def _shows_enough(found: Outcome, logs: list[Path]) -> bool:
    """Return whether both services checked often enough meanwhile to have got into each other's way."""
    return found.published > 10 and min(map(_checks, logs)) > SOURCES


def _checks(log: Path) -> int:
    return log.read_text().count(" checked source=")


def _judge(found: Outcome, logs: list[Path], mail: MailServer, webhook: WebhookServer) -> None:
    for sent in mail.sent_to("desk@example.org"):
        found.identities[str(sent.message["Message-ID"])] += 1
        text = sent.message.get_body(("plain",)).get_content()  # type: ignore[union-attr]
        found.told.update(f"{number} mail" for number in set(_NUMBER.findall(text)))
    for post in webhook.accepted:
        found.identities[post.headers["idempotency-key"]] += 1
        found.told.update(f"{number} hook" for number in set(_NUMBER.findall(post.body.decode())))
    found.refused = len(webhook.posts) - len(webhook.accepted)
    checks = list(map(_checks, logs))
    found.checks, found.shared = sum(checks), min(checks)
    wrong = re.compile(r" (ERROR|CRITICAL) |Traceback|locked")
    found.complaints = [line for log in logs for line in log.read_text().splitlines() if wrong.search(line)]


def _wait_for(arrived: Callable[[], bool], seconds: float = 600.0) -> None:
    until = time.monotonic() + seconds
    while not arrived() and time.monotonic() < until:
        time.sleep(0.1)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=3.0)
    parser.add_argument("--database", choices=KINDS, default="sqlite")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, run_database(asked.database, Path(name)) as shared:
        outcome = run(Path(name), asked.minutes * 60, shared)
    sys.stdout.write(
        f"{outcome}\n" + "".join(f"  {line}\n" for line in (outcome.complaints + outcome.surprises)[:20])
    )
    wrong = outcome.complaints or outcome.surprises or outcome.damages or any(outcome.codes)
    sys.exit(bool(outcome.missing or outcome.repeated or wrong))
