"""The fixtures every part of the tests shares: a publisher, two receivers and a clock, all local."""

import gc
import os
import shutil
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from monitor.fetch.client import make_client
from monitor.fetch.fetcher import Fetcher
from monitor.fetch.politeness.turns import Politeness
from service.database.database import Database
from service.demo.fakes.receivers import MailServer, WebhookServer
from service.demo.fakes.replica import ReplicaSite, seed_recommendations, seed_reports
from tests.checking import Checker
from tests.clock import FrozenClock
from tests.compiled import share_compiled_statements
from tests.databases import migrated
from tests.postgres_server import PASSWORD, NoServerError, Server, quick_folder, server

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


# What takes long to have: `make check` leaves out the tests that ask for it.
_COSTLY = {
    *("database_url", "shared_database_url", "migrated_file", "postgres", "site"),
    *("mail_server", "webhook_server"),
}
# Files and folders whose tests start processes or take long themselves, the longest first.
_LONG = (
    *("test_browser.py", "fleet", "faults", "test_two_processes.py", "test_run.py", "lives"),
    *("test_bench.py", "test_many_sources.py", "test_stop.py", "demo", "test_disk_full.py", "test_outage.py"),
    *("test_copy.py", "test_looks.py", "test_digest_faces.py", "test_bad_input.py", "test_html_tree.py"),
    *("test_backup.py", "test_damaged_export.py"),
    *("test_leases.py", "test_template_check.py", "test_digest.py", "test_without_terminal.py"),
    *("test_bad_postgres.py", "test_checkpoint.py"),
)


def pytest_configure(config: pytest.Config) -> None:
    """Keep the tests' files in memory where there is room: a commit to a disk takes longer than a test."""
    share_compiled_statements()
    if config.option.basetemp is None and (memory := quick_folder()):
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", memory)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Start two workers for each core, as half of a whole run is waiting; one where all is computing."""
    cores = len(os.sched_getaffinity(0))
    return cores if config.option.markexpr == "not slow" else 2 * cores


def pytest_collection_modifyitems(items: list[pytest.Function]) -> None:
    """Mark what is slow, and let half of the workers begin with the longest files, which mostly wait.

    Workers take equal parts of the list one after the other, and then from each other's ends.
    """
    files: dict[Path, list[pytest.Function]] = {}
    for item in items:
        files.setdefault(item.path, []).append(item)
        if _is_long(item.path) or item.get_closest_marker("browser") or _COSTLY & set(item.fixturenames):
            item.add_marker("slow")
    long = sorted(filter(_is_long, files), key=lambda path: min(map(_LONG.index, {*path.parts} & {*_LONG})))
    rest = iter([item for item in items if not _is_long(item.path)])
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    waiting = -(-workers // 2)
    part = -(-len(items) // workers)
    items.clear()
    for worker in range(workers):
        mine = [item for path in long[worker::waiting] for item in files[path]] if worker < waiting else []
        items += [*mine, *islice(rest, max(0, part - len(mine)))]
    items += rest


def pytest_collection_finish() -> None:
    """Let the garbage collector leave out what stays until the end: it took a twentieth of a run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def _is_long(path: Path) -> bool:
    return not set(_LONG).isdisjoint(path.parts)


# Where tests that use a database run on both kinds of it.
_ON_BOTH = {"monitor", "alerts", "guarantees", "service"}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test on both kinds of database, but one that is marked to be about SQLite's file."""
    if metafunc.definition.get_closest_marker("sqlite"):
        return
    if _ON_BOTH & set(metafunc.definition.path.relative_to(Path(__file__).parent).parts):
        for name in {"database_url", "shared_database_url"} & set(metafunc.fixturenames):
            metafunc.parametrize(name, ["sqlite", "postgres"], indirect=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """Give a PostgreSQL server of this test process; skip where there is none to start, but never in CI."""
    with ExitStack() as stack:
        try:
            running = stack.enter_context(server())
        except NoServerError as error:
            if os.environ.get("OVERSIGHT_WATCH_STRICT_TESTS"):
                raise
            pytest.skip(str(error))
        running.make_template()
        # Where only a wheel brings the server, it brings pg_dump too.
        stack.enter_context(pytest.MonkeyPatch.context()).setenv("PATH", str(running.bin), prepend=":")
        yield running


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give the URL of a fresh database: a SQLite file, or one of the server's with every table."""
    if getattr(request, "param", "sqlite") == "sqlite":
        yield f"sqlite:///{tmp_path / 'watch.db'}"
    else:
        with request.getfixturevalue("postgres").fresh() as url:
            yield url


@pytest.fixture(scope="module")
def shared_database_url(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """Give the URL of a database that a file's tests share; None stands for SQLite's usual file."""
    if getattr(request, "param", "sqlite") == "sqlite":
        yield None
    else:
        with request.getfixturevalue("postgres").fresh() as url:
            yield url


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a SQLite file with every table, for fresh ones to be copies of."""
    path = tmp_path_factory.mktemp("template") / "migrated.db"
    path.write_bytes(migrated())
    return path


@pytest.fixture
def database(database_url: str, migrated_file: Path) -> Iterator[Database]:
    """Give a fresh, migrated database."""
    if database_url.startswith("sqlite"):
        shutil.copy(migrated_file, database_url.removeprefix("sqlite:///"))
    opened = Database(database_url)  # a copy of a migrated one, which nobody need look through
    yield opened
    opened.close()


@pytest.fixture
def checker(database: Database, clock: FrozenClock) -> Iterator[Checker]:
    """Give what checks a source against the fresh database, without pauses between requests."""
    with make_client("watch@example.org", "1.0") as client:
        yield Checker(database, Fetcher(client, clock, Politeness(sleep=lambda _seconds: None)), clock)


# Secrets that stand in the channels of the tests' watch files, and may stand nowhere else.
MARKED_SECRETS = ("TIiajkdnlazkcOXrIdevi7FQ", PASSWORD)


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
