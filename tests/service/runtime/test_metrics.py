"""The metrics: right whenever asked for, readable by Prometheus, cheap, and all that other files name."""

import json
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import event

from alerts.domain.models import Delivery, DigestRun
from monitor.store.models import Change, Check, Host, Record, Source
from service.cli.options import settings_of
from service.database.database import Database, open_database
from service.readmodel.metrics import CONTENT_TYPE, Metrics
from service.watchfile.settings import WatchFile
from tests.service.commands import ROOT, run
from tests.service.runtime.test_health import NOW, WATCH_FILE, add, message

SECRET = "TIiajkdnlazkcOXrIdevi7FQ"
DIGESTS = "digests: {weekly: {cron: '0 8 * * mon', topics: all}}\n"
Samples = dict[tuple[str, tuple[str, ...]], float]


@pytest.fixture
def settings(database: Database, tmp_path: Path) -> WatchFile:
    text = WATCH_FILE.format(database=database.url).replace("203.0.113.9/hook", f"203.0.113.9/{SECRET}")
    (tmp_path / "watch.yaml").write_text(text + DIGESTS)
    return settings_of(tmp_path / "watch.yaml")


def samples(text: str) -> Samples:
    """Return the value of each sample by name and labels, as Prometheus reads them."""
    found = {}
    for family in text_string_to_metric_families(text):
        assert family.documentation
        for one in family.samples:
            found[one.name.removeprefix("oversight_watch_"), tuple(one.labels.values())] = one.value
    return found


def read(database: Database, settings: WatchFile, metrics: Metrics | None = None) -> Samples:
    return samples((metrics or Metrics()).text(database, settings, NOW))


def change(id_: int, kind: str) -> Change:
    return Change(
        id=id_, source_id=1, record_id=1, check_id=1, kind=kind, before={}, after={}, seen_at=NOW,
        after_sha256="a",
    )  # fmt: skip


def check(outcome: str, times: int = 1) -> Check:
    return Check(source_id=1, started_at=NOW, finished_at=NOW, outcome=outcome, times=times, reasons=[])


def a_history(database: Database) -> None:
    ago = NOW - timedelta(hours=3)
    record = Record(
        id=1, source_id=1, key="r", kind="report", fields={}, fingerprint="f", snapshot_sha256="a",
        first_seen_at=NOW, changed_at=NOW,
    )  # fmt: skip
    watched = Source(
        id=1, key="audits", reading="x", created_at=ago, last_checked_at=ago, last_accepted_at=ago,
        last_outcome="quarantined", unchanged_checks=4, rows=20, declared_total=25, troubles=2,
        trouble_since=ago,
    )  # fmt: skip
    add(
        database, watched, record, check("baseline"), check("unchanged", 30), change(1, "new_report"),
        change(2, "status_changed"), change(3, "status_changed"), message(1, "sent"), message(2, "dead"),
        message(3, "pending", "chief"),
        Delivery(outbox_id=1, attempt=1, started_at=ago, finished_at=ago, outcome="accepted"),
        Delivery(outbox_id=2, attempt=1, started_at=ago, finished_at=ago, outcome="refused"),
        DigestRun(name="weekly", after_change_id=0, up_to_change_id=1, since=ago, made_at=ago, content={}),
        Host(name="www.oig.dhs.gov", day="2026-03-02", requests=7),
    )  # fmt: skip


def test_the_metrics_are_what_is_recorded(database: Database, settings: WatchFile) -> None:
    a_history(database)
    found = read(database, settings)
    ago = (NOW - timedelta(hours=3)).timestamp()
    expected: Samples = {
        ("database_up", ()): 1,
        ("source_last_check_timestamp_seconds", ("audits",)): ago,
        ("source_last_success_timestamp_seconds", ("audits",)): ago,
        ("source_trouble_since_timestamp_seconds", ("audits",)): ago,
        ("source_last_outcome", ("quarantined", "audits")): 1,
        ("source_rows", ("audits",)): 20,
        ("source_declared_rows", ("audits",)): 25,
        ("source_complete", ("audits",)): 0,
        ("source_overdue", ("audits",)): 1,
        ("source_overdue", ("daily",)): 0,
        ("source_troubles_in_a_row", ("audits",)): 2,
        ("checks", ("unchanged",)): 34,
        ("checks", ("failed",)): 0,
        ("changes_total", ("status_changed",)): 2,
        ("deliveries", ("accepted",)): 1,
        ("deliveries", ("refused",)): 1,
        ("outbox_messages", ("chief", "pending")): 1,
        ("outbox_messages", ("desk", "pending")): 0,
        ("outbox_oldest_waiting_seconds", ("chief",)): 3 * 3600,
        ("outbox_oldest_waiting_seconds", ("desk",)): 0,
        ("outbox_due_seconds", ("chief",)): 3 * 3600,
        ("channel_dead", ("desk",)): 1,
        ("channel_dead", ("chief",)): 0,
        ("channel_stuck", ("desk",)): 0,
        ("digest_last_made_timestamp_seconds", ("weekly",)): ago,
        ("host_requests_today", ("www.oig.dhs.gov",)): 7,
        ("host_requests_per_day", ("www.oig.dhs.gov",)): 2000,
    }
    assert {name: found.get(name) for name in expected} == expected
    assert found["database_size_bytes", ()] > 10_000
    assert ("source_overdue", ("resting",)) not in found


def test_changes_are_counted_once_whoever_asks_and_however_often(
    database: Database, settings: WatchFile
) -> None:
    a_history(database)
    kept = Metrics()
    assert [read(database, settings, kept)["changes_total", ("status_changed",)] for _ in range(2)] == [2, 2]
    add(database, change(4, "status_changed"))
    assert read(database, settings, kept)["changes_total", ("status_changed",)] == 3
    assert read(database, settings)["changes_total", ("status_changed",)] == 3


def test_a_message_that_waits_for_its_time_is_not_due(database: Database, settings: WatchFile) -> None:
    later = message(1, "pending")
    later.not_before = NOW + timedelta(hours=8)
    later.kind = "changes"  # a notice may be gathered meanwhile, and holds up nobody
    add(database, later, message(2, "pending"))  # nobody overtakes the first one in quiet hours
    found = read(database, settings)
    assert found["outbox_due_seconds", ("desk",)] == 0
    assert found["outbox_oldest_waiting_seconds", ("desk",)] == 3 * 3600


def test_no_secret_is_in_a_label(database: Database, settings: WatchFile) -> None:
    a_history(database)
    text = Metrics().text(database, settings, NOW)
    assert SECRET not in text
    assert "203.0.113.9" not in text
    assert "ann@example.org" not in text
    assert CONTENT_TYPE.startswith("text/plain")


def test_metrics_cost_eight_queries_however_much_there_is(database: Database, settings: WatchFile) -> None:
    a_history(database)
    add(database, *(Source(id=n, key=f"s{n}", reading="x", created_at=NOW) for n in range(2, 50)))
    asked: list[str] = []

    def note(*given: Any) -> None:
        asked.append(given[2])

    with database.read() as session:
        engine = session.get_bind()
    Metrics().text(database, settings, NOW)  # a connection's first statements do not count
    event.listen(engine, "before_cursor_execute", note)
    Metrics().text(database, settings, NOW)
    event.remove(engine, "before_cursor_execute", note)
    assert len([one for one in asked if "SELECT" in one]) <= 8


@pytest.mark.sqlite  # it is about a file
def test_a_database_that_cannot_be_read_is_a_metric(tmp_path: Path) -> None:
    (tmp_path / "watch.yaml").write_text(WATCH_FILE.format(database=f"sqlite:///{tmp_path / 'watch.db'}"))
    broken = open_database(f"sqlite:///{tmp_path / 'watch.db'}")
    (tmp_path / "watch.db").write_bytes(b"no database" * 1000)
    found = read(broken, settings_of(tmp_path / "watch.yaml"))
    broken.close()
    assert found["database_up", ()] == 0
    assert {name for name, _ in found} == {"database_up", "build_info"}


@pytest.mark.sqlite  # the text is the same on both
def test_the_command_prints_what_a_textfile_collector_reads(tmp_path: Path) -> None:
    (tmp_path / "watch.yaml").write_text(WATCH_FILE.format(database=f"sqlite:///{tmp_path / 'watch.db'}"))
    assert run(tmp_path, "metrics").code == 3
    open_database(f"sqlite:///{tmp_path / 'watch.db'}").close()
    ran = run(tmp_path, "metrics")
    assert ran.code == 0
    assert samples(ran.out)["database_up", ()] == 1


def names_in(text: str) -> set[str]:
    return set(re.findall(r"oversight_watch_\w+", text))


@pytest.mark.sqlite  # the names are the same on both
@pytest.mark.parametrize("file", ["prometheus-rules.yaml", "grafana-dashboard.json"])
def test_every_metric_that_a_file_names_exists(file: str, database: Database, settings: WatchFile) -> None:
    a_history(database)
    (Path(settings.files[0]).parent / "watch.db-turns").mkdir(exist_ok=True)
    (Path(settings.files[0]).parent / "watch.db-turns" / ".alive").touch()
    known = {f"oversight_watch_{name}" for name, _ in read(database, settings)}
    named = names_in((ROOT / "deploy" / file).read_text())
    assert len(named) >= 8
    assert named - known == set()


def test_every_alert_says_what_is_wrong_and_what_to_do() -> None:
    (group,) = yaml.safe_load((ROOT / "deploy" / "prometheus-rules.yaml").read_text())["groups"]
    for rule in group["rules"]:
        assert set(rule["annotations"]) == {"summary", "action"}, rule["alert"]
        assert names_in(rule["expr"])


def test_every_panel_of_the_dashboard_asks_a_chosen_prometheus() -> None:
    board = json.loads((ROOT / "deploy" / "grafana-dashboard.json").read_text())
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
    for panel in board["panels"]:
        assert panel["datasource"]["uid"] == "${datasource}"
        assert all(names_in(target["expr"]) for target in panel["targets"])


@pytest.mark.slow  # a process of its own
def test_commands_that_make_no_metrics_do_not_load_the_library() -> None:
    said = (
        "import sys, service.runtime.scheduler, service.cli.main; print('prometheus_client' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout == "False\n"
