"""The fixtures every part of the tests shares: a publisher, two receivers and a clock, all local."""

from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from monitor.fetch import Fetcher, make_client
from monitor.politeness import Politeness
from service.database import Database, open_database
from service.receivers import MailServer, WebhookServer
from service.replica import ReplicaSite, seed_recommendations, seed_reports
from tests.checking import Checker
from tests.clock import FrozenClock

# A busy machine says nothing about what is tested; what runs away is ended by pytest's own time limit.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


@pytest.fixture
def clock() -> FrozenClock:
    """Give a clock that stands at noon UTC on 2 March 2026 until it is moved."""
    return FrozenClock()


@pytest.fixture
def site(clock: FrozenClock) -> Iterator[ReplicaSite]:
    """Give both publishers' pages with the seed rows on them."""
    with ReplicaSite(seed_reports(), seed_recommendations(), now=clock) as running:
        yield running


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    """Give a mail server that keeps what it is sent."""
    with MailServer() as running:
        yield running


@pytest.fixture
def webhook_server() -> Iterator[WebhookServer]:
    """Give a webhook that keeps what it is sent."""
    with WebhookServer() as running:
        yield running


@pytest.fixture
def database_path(tmp_path: Path) -> Path:
    """Give where the database's file lies."""
    return tmp_path / "watch.db"


@pytest.fixture
def database(database_path: Path) -> Iterator[Database]:
    """Give a fresh, migrated SQLite database in a file."""
    opened = open_database(f"sqlite:///{database_path}")
    yield opened
    opened.close()


@pytest.fixture
def checker(database: Database, clock: FrozenClock) -> Iterator[Checker]:
    """Give what checks a source against the fresh database, without pauses between requests."""
    with make_client("watch@example.org", "1.0") as client:
        yield Checker(database, Fetcher(client, clock, Politeness(sleep=lambda _seconds: None)), clock)


# Secrets that stand in the channels of the tests' watch files, and may stand nowhere else.
MARKED_SECRETS = ("TIiajkdnlazkcOXrIdevi7FQ", "s3cretmark")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail every test after which a marked secret stands in a log, an output or a file (but a watch file)."""
    report = yield
    if call.when == "call" and report.passed:
        told = {name: text.encode() for name, text in report.sections}
        if isinstance(folder := getattr(item, "funcargs", {}).get("tmp_path"), Path):
            files = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".yaml")
            told |= {str(path): path.read_bytes() for path in files}
        leaks = [where for where, text in told.items() if any(m.encode() in text for m in MARKED_SECRETS)]
        if leaks:
            report.outcome = "failed"
            report.longrepr = f"a marked secret stands in {', '.join(leaks)}"
    return report
