"""A service whose PostgreSQL server goes away says so once, loses nothing, and goes on when it is back."""

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Literal

import pytest

from monitor.domain.errors import StoreAway
from service.cli.options import settings_of
from service.demo.fakes.receivers import MailServer
from service.demo.fakes.replica import ReplicaSite
from service.runtime.app import utc_now
from service.runtime.fleet.worker import reload_changes
from service.runtime.scheduler import Service
from service.runtime.steps import Steps
from tests.postgres_server import Server
from tests.schemas.build import add_report
from tests.service.commands import run
from tests.service.runtime.test_run import Running, write_watch_file

HOW: tuple[Literal["fast", "immediate"], ...] = ("fast", "immediate")


@pytest.fixture
def folder(tmp_path: Path, site: ReplicaSite, mail_server: MailServer) -> Path:
    write_watch_file(tmp_path, "{url}", site, mail_server, all_news=True)
    return tmp_path


@contextmanager
def running(folder: Path, url: str) -> Iterator[Running]:
    path = folder / "watch.yaml"
    path.write_text(path.read_text().replace("{url}", url))
    service = Running(folder)
    try:
        yield service
    finally:
        service.close()


@pytest.mark.parametrize("how", HOW)
def test_a_service_whose_server_is_restarted_says_so_once_loses_nothing_and_goes_on(
    postgres: Server,
    folder: Path,
    site: ReplicaSite,
    mail_server: MailServer,
    how: Literal["fast", "immediate"],
) -> None:
    with postgres.fresh() as url, running(folder, url) as service:
        service.wait_for("checked source=audits outcome=unchanged")
        postgres.halt(how)
        try:
            add_report(site, "OIG-26-90", "Facial Recognition at Ports")
            said = service.wait_for("database_away")
            assert "nothing committed was lost" in said or "cannot be reached" in said
            refused = run(folder, "status")
        finally:
            postgres.start()
        service.wait_for("delivery")
        assert service.end(signal.SIGTERM) == 0
    assert (refused.code, refused.out) == (3, "")
    assert "check host and port" in refused.err
    assert [line for line in service.said if " INFO " not in line] == [said]
    assert sum("database_back after=" in line for line in service.said) == 1
    assert len(mail_server.sent_to("desk@example.org")) == 1


@pytest.fixture
def service(postgres: Server, folder: Path) -> Iterator[Service]:
    """Give a service that is not started, so that a test does its jobs by hand."""
    with postgres.fresh() as url:
        path = folder / "watch.yaml"
        path.write_text(path.read_text().replace("{url}", url).replace("every: 1s", "every: 1d"))
        made = Service(settings_of(path), lambda: settings_of(path))
        yield made
        made._steps.watch.close()


def test_a_watch_file_changed_while_the_server_is_away_is_taken_up_when_it_is_back(
    postgres: Server, folder: Path, service: Service
) -> None:
    path = folder / "watch.yaml"
    path.write_text(path.read_text().replace("sources:", "sources:\n  again: {extends: audits}"))
    postgres.halt("immediate")
    try:
        with pytest.raises(StoreAway):
            service._reload_if_changed()
    finally:
        postgres.start()
    service._reload_if_changed()
    assert {job.id for job in service._scheduler.get_jobs()} == {"check:audits", "check:again"}


def test_however_many_jobs_find_the_server_away_it_is_said_once(
    postgres: Server, service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    jobs = [lambda: service._check("audits")]
    jobs += [
        partial(service._steps.tried, *named)
        for named in (("prune", service._steps.prune), ("deliver", service._deliver))
    ]
    postgres.halt("immediate")
    try:
        for job in (*jobs, *jobs):
            job()
    finally:
        postgres.start()
    for job in (*jobs[1:], *jobs[1:]):
        job()
    told = [record.getMessage().split()[0] for record in caplog.records if record.name == "oversight_watch"]
    assert told == ["database_away", "database_back"]


def test_a_worker_takes_up_a_watch_file_that_was_changed_while_the_server_was_away(
    postgres: Server, folder: Path, service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    steps, path = service._steps, folder / "watch.yaml"

    async def until(seen: Callable[[], bool]) -> None:
        while not seen():
            await asyncio.sleep(0.01)

    async def lived() -> None:
        path.write_text(path.read_text().replace("sources:", "sources:\n  again: {extends: audits}"))
        reloading = asyncio.create_task(reload_changes(steps, 0.01))
        try:
            await asyncio.wait_for(until(lambda: "database_away" in caplog.text), 300)
        finally:
            postgres.start()
        await asyncio.wait_for(until(lambda: "again" in steps.watch.settings.sources), 300)
        reloading.cancel()

    postgres.halt("immediate")
    asyncio.run(lived())


def test_a_check_that_asked_the_database_says_that_it_is_back(
    folder: Path, service: Service, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.runtime.lifecycle._LATE", timedelta(0))  # the second is one of its own
    settings = settings_of(folder / "watch.yaml")
    steps = Steps(settings, lambda: settings)  # as a worker has them, with no notes in memory
    for outcome in ("baseline", "unchanged"):
        steps.outage.met(StoreAway("no connection to spare"))
        caplog.clear()
        steps.check("audits")
        assert "database_back" in caplog.text
        assert f"checked source=audits outcome={outcome}" in caplog.text
    steps.watch.close()


def test_a_check_that_the_server_has_cut_off_is_made_again_before_its_next_turn(
    postgres: Server, service: Service
) -> None:
    postgres.halt("immediate")
    try:
        service._check("audits")
    finally:
        postgres.start()
    [again] = service._scheduler.get_jobs()
    assert (again.id, again.args) == ("retry:audits", ("audits",))
    assert again.trigger.run_date - utc_now() < timedelta(minutes=1)


def test_a_service_asked_to_stop_while_its_server_is_away_stops(postgres: Server, folder: Path) -> None:
    with postgres.fresh() as url, running(folder, url) as service:
        service.wait_for("checked source=audits")
        postgres.halt("immediate")
        try:
            service.wait_for("database_away")
            assert service.end(signal.SIGTERM) == 0
        finally:
            postgres.start()
