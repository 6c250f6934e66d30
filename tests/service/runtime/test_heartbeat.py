"""The heartbeat: what is pinged when, that no secret shows, and that nothing ever waits for it."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from sqlalchemy import text

from monitor.domain.errors import OversightError
from service.cli.options import settings_of
from service.demo.fakes.receivers import Answer, WebhookServer
from service.runtime.fleet.worker import beat
from service.runtime.heartbeat import BEAT_SECONDS
from service.runtime.scheduler import Service
from service.runtime.steps import Steps
from tests.service.commands import run

SECRET = "TIiajkdnlazkcOXrIdevi7FQ"
WATCH_FILE = """\
database: "{database}"
heartbeat: {heartbeat}
sources:
  audits: {{url: "https://www.oig.dhs.gov/reports", profile: dhs-oig, every: 1h}}
"""

pytestmark = pytest.mark.sqlite  # what is asked of the database is tested with health


@pytest.fixture
def path(tmp_path: Path, webhook_server: WebhookServer, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HEARTBEAT_URL", webhook_server.url(f"/ping/{SECRET}"))
    return written(tmp_path, "{url: '${HEARTBEAT_URL}', allow_private: true}")


def written(folder: Path, heartbeat: str) -> Path:
    path = folder / "watch.yaml"
    path.write_text(WATCH_FILE.format(database=f"sqlite:///{folder / 'watch.db'}", heartbeat=heartbeat))
    return path


@pytest.fixture
def steps(path: Path) -> Iterator[Steps]:
    made = Steps(settings_of(path), lambda: settings_of(path))
    yield made
    made.watch.close()


def beaten(steps: Steps) -> None:
    steps.tried("heartbeat", steps.beat)
    steps.heartbeat.join()


def check_ended(steps: Steps, ago: timedelta) -> None:
    """Record that the source was last checked some time ago."""
    at = datetime.now(UTC) - ago
    with steps.watch.database.write() as session:
        session.execute(text("DELETE FROM source"))
        session.execute(
            text(
                "INSERT INTO source (key, reading, created_at, last_checked_at, unchanged_checks, rows,"
                " complete, unresolved, troubles, trouble_told)"
                " VALUES ('audits', 'x', :at, :at, 0, 0, 0, 0, 0, 0)"
            ),
            {"at": f"{at:%Y-%m-%d %H:%M:%S.%f}"},
        )


def pinged(server: WebhookServer) -> list[tuple[str, str]]:
    """Return the end of the address and the body of each ping."""
    begin = f"/ping/{SECRET}"
    assert all(post.path.startswith(begin) for post in server.posts)
    return [(post.path.removeprefix(begin), post.body.decode()) for post in server.posts]


def test_the_start_success_and_failure_with_its_reason_are_pinged(
    steps: Steps, webhook_server: WebhookServer
) -> None:
    steps.start()
    steps.heartbeat.join()
    check_ended(steps, timedelta(minutes=5))
    beaten(steps)
    check_ended(steps, timedelta(hours=3))
    beaten(steps)
    start, well, (end, reason) = pinged(webhook_server)
    assert (start, well) == (("/start", ""), ("", ""))
    assert end == "/fail"
    assert reason.startswith("source audits is overdue: last checked ")


def test_a_database_that_cannot_be_used_is_a_failure(
    steps: Steps, tmp_path: Path, webhook_server: WebhookServer
) -> None:
    steps.watch.database.close()
    (tmp_path / "watch.db").write_bytes(b"no database" * 1000)
    beaten(steps)
    assert pinged(webhook_server) == [("/fail", "the database cannot be used")]


def test_pings_that_fail_are_logged_once_and_so_is_their_return(
    steps: Steps, webhook_server: WebhookServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    webhook_server.answers.extend([Answer(500), Answer(503), Answer(302, headers={"Location": "/x"})])
    for _ in range(5):
        beaten(steps)
    said = [one.getMessage() for one in caplog.records if "heartbeat" in one.getMessage()]
    assert said == ["heartbeat_failed reason=answered 500", "heartbeat_back"]
    assert len(webhook_server.posts) == 5  # a redirect is not followed


def test_a_monitor_that_is_away_is_named_by_the_kind_of_trouble_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]  # free again, and so nobody listens there
    path = written(tmp_path, f"{{url: 'http://127.0.0.1:{port}/{SECRET}', allow_private: true}}")
    made = Steps(settings_of(path), lambda: settings_of(path))
    beaten(made)
    made.watch.close()
    (said,) = [one.getMessage() for one in caplog.records if "heartbeat" in one.getMessage()]
    assert said == "heartbeat_failed reason=no answer (ConnectError)"


def test_nothing_is_sent_to_a_private_address_that_is_not_allowed(
    tmp_path: Path, path: Path, webhook_server: WebhookServer, caplog: pytest.LogCaptureFixture
) -> None:
    written(tmp_path, "${HEARTBEAT_URL}")
    made = Steps(settings_of(path), lambda: settings_of(path))
    beaten(made)
    beaten(made)
    made.watch.close()
    assert webhook_server.posts == []
    (said,) = [one.getMessage() for one in caplog.records if "heartbeat" in one.getMessage()]
    assert "this machine's own address; nothing was sent there" in said
    assert "allow_private: true" in said


def test_nobody_waits_for_a_receiver_that_does_not_answer(tmp_path: Path) -> None:
    asked, answered = threading.Semaphore(0), threading.Event()

    class Slow(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.release()
            answered.wait(300)

        def log_message(self, *_: object) -> None:  # type: ignore[override]
            pass

    server = HTTPServer(("127.0.0.1", 0), Slow)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/{SECRET}"
    path = written(tmp_path, f"{{url: '{url}', allow_private: true}}")
    made = Steps(settings_of(path), lambda: settings_of(path))
    made.beat()
    assert asked.acquire(timeout=300)
    made.beat()  # returns at once, and sends no second ping beside the first
    assert sum(thread.name == "heartbeat" for thread in threading.enumerate()) == 1
    answered.set()
    made.heartbeat.join()
    made.watch.close()
    server.shutdown()
    server.server_close()


def test_without_an_address_nothing_is_pinged(tmp_path: Path) -> None:
    path = written(tmp_path, "null")
    made = Steps(settings_of(path), lambda: settings_of(path))
    beaten(made)
    made.watch.close()
    assert not [one for one in threading.enumerate() if one.name == "heartbeat"]


def test_a_file_is_touched_at_the_start_and_with_each_beat(path: Path, tmp_path: Path) -> None:
    alive = tmp_path / "alive"
    made = Steps(settings_of(path), lambda: settings_of(path), alive_file=alive)
    made.start()
    assert alive.exists()
    alive.unlink()
    beaten(made)
    assert alive.exists()
    made.watch.close()


def test_run_pings_every_minute_and_first_after_a_minute(path: Path) -> None:
    service = Service(settings_of(path), lambda: settings_of(path))
    begin = datetime.now(UTC)
    service.start()
    job = service._scheduler.get_job("heartbeat")
    service.stop()
    assert job.trigger.interval == timedelta(seconds=BEAT_SECONDS)
    assert job.next_run_time >= begin + timedelta(seconds=BEAT_SECONDS)


def test_a_worker_pings_without_its_job_engine(steps: Steps, webhook_server: WebhookServer) -> None:
    async def until_pinged() -> None:
        beating = asyncio.create_task(beat(steps, 0.01))
        while len(webhook_server.posts) < 2:
            await asyncio.sleep(0.01)
        beating.cancel()

    asyncio.run(asyncio.wait_for(until_pinged(), 300))
    steps.heartbeat.join()
    assert set(pinged(webhook_server)) == {("", "")}


@pytest.mark.parametrize("url", [f"ftp://hc.example.org/{SECRET}", f"https://{SECRET}:x/", SECRET, "http://"])
@pytest.mark.parametrize("form", ["'{url}'", "'${{PING}}'", "{{url: '{url}'}}"])
def test_an_address_that_cannot_be_pinged_is_refused_without_repeating_it(
    url: str, form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PING", url)
    path = written(tmp_path, form.format(url=url))
    with pytest.raises(OversightError) as refused:
        settings_of(path)
    assert "heartbeat" in str(refused.value)
    assert "PING" in form or "must be an http(s) URL with a host" in str(refused.value)
    assert SECRET not in str(refused.value)


def test_the_address_is_masked_wherever_settings_are_shown(path: Path) -> None:
    settings = settings_of(path)
    assert SECRET not in repr(settings)
    assert SECRET not in str(settings.model_dump())
    shown = run(path.parent, "config", "check").all + run(path.parent, "config", "schema").all
    assert SECRET not in shown
    assert '"heartbeat"' in shown
