"""The log in its two forms: as text for people, as JSON for programs, from the same lines."""

import ast
import json
import logging
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from monitor.domain.log import Line
from service.cli.log import json_lines
from service.demo.fakes.receivers import MailServer
from service.demo.fakes.replica import ReplicaSite
from tests.service.commands import ROOT
from tests.service.runtime.test_run import Running, write_watch_file


def as_json(
    message: object, *args: object, name: str = "oversight_watch", exc_info: Any = None
) -> dict[str, Any]:
    record = logging.LogRecord(name, logging.WARNING, "x.py", 1, message, args, exc_info)
    line = json_lines().format(record)
    assert "\n" not in line
    found: dict[str, Any] = json.loads(line)
    return found


def test_a_line_reads_as_its_name_its_words_and_its_text() -> None:
    line = Line("check_note", "2 rows are gone", source="audits", check=None)
    assert str(line) == "check_note source=audits 2 rows are gone"
    assert str(Line("stopped", leaving=None)) == "stopped"
    assert line.data == {"event": "check_note", "source": "audits", "text": "2 rows are gone"}


def test_a_line_is_an_object_of_json_with_time_level_event_and_words() -> None:
    said = as_json(Line("checked", source="audits", check=7, seconds=0.25))
    assert list(said) == ["time", "level", "event", "source", "check", "seconds"]
    assert said["time"].endswith("+00:00")
    assert (said["level"], said["event"], said["check"], said["seconds"]) == ("warning", "checked", 7, 0.25)


def test_values_that_json_lacks_are_written_as_text() -> None:
    said = as_json(Line("inbox", "two\nlines \ud800", file=Path("a.html"), reason=OSError("no room")))
    assert (said["file"], said["reason"], said["text"]) == ("a.html", "no room", "two\nlines \ud800")


def test_a_traceback_is_one_word_of_the_line() -> None:
    try:
        raise ZeroDivisionError("by none")
    except ZeroDivisionError:
        said = as_json(Line("check_crashed", source="audits"), exc_info=sys.exc_info())
    assert said["source"] == "audits"
    assert "ZeroDivisionError: by none" in said["exception"]


def test_a_library_says_its_own_text() -> None:
    said = as_json("job %s failed", 3, name="procrastinate.worker")
    assert (said["event"], said["logger"]) == ("job 3 failed", "procrastinate.worker")


@pytest.mark.sqlite  # the log is the same on both
def test_run_logs_json_where_the_environment_asks_for_it(
    tmp_path: Path, site: ReplicaSite, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_watch_file(tmp_path, f"sqlite:///{tmp_path / 'watch.db'}", site, mail_server)
    monkeypatch.setenv("OVERSIGHT_WATCH_LOG_FORMAT", "json")
    service = Running(tmp_path)
    service.wait_for('"delivery"')
    assert service.end(signal.SIGTERM) == 0
    service.close()
    said = {line["event"]: line for line in map(json.loads, service.said)}
    assert said["started"]["sources"] == 1
    checked = next(json.loads(line) for line in service.said if '"checked"' in line)
    assert (checked["source"], checked["outcome"], checked["check"]) == ("audits", "baseline", 1)
    assert checked["seconds"] >= 0
    sent = said["delivery"]
    assert (sent["channel"], sent["attempt"], sent["outcome"]) == ("desk", 1, "accepted")
    assert {"delivery", "recipient", "seconds"} <= set(sent)


def calls_of_log() -> Iterator[tuple[str, ast.Call]]:
    for package in ("monitor", "alerts", "service"):
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Attribute)
                    and isinstance(node.func.value, ast.Name)
                    and node.func.value.id in ("log", "_LOG")
                    and node.func.attr in ("debug", "info", "warning", "error", "exception", "critical")
                ):
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def test_every_line_of_ours_is_made_of_words() -> None:
    calls = list(calls_of_log())
    assert len(calls) > 25
    makers = ("Line", "_delivery")
    plain = [
        place
        for place, call in calls
        if not (isinstance(call.args[0], ast.Call) and getattr(call.args[0].func, "id", "") in makers)
    ]
    assert plain == []
