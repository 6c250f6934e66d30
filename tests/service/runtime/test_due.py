"""What a tick finds due: the watch file, the last checks and the time, and nothing else."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from monitor.domain.settings import SourceSettings
from monitor.store.sources import Looked
from service.runtime.due import Due, arranged, due_checks, lane
from service.watchfile.settings import WatchFile

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
URL = "https://www.example.org/list"


def watch_file(**sources: Mapping[str, Any]) -> WatchFile:
    return WatchFile.model_validate(
        {"time_zone": "America/New_York", "sources": {k: {"url": URL, **v} for k, v in sources.items()}}
    )


def looked(**hours_ago: float) -> dict[str, Looked]:
    return {key: Looked(NOW - timedelta(hours=hours), None) for key, hours in hours_ago.items()}


def due(settings: WatchFile, last: Mapping[str, Looked]) -> list[str]:
    return [one.source for one in due_checks(settings, last, NOW)]


def test_a_source_that_was_never_checked_is_due_before_all_others() -> None:
    settings = watch_file(old={"every": "1h"}, new={"every": "30d"})
    assert due(settings, looked(old=5)) == ["new", "old"]


def test_the_source_that_was_left_alone_for_longest_comes_first() -> None:
    settings = watch_file(a={"every": "1h"}, b={"every": "1h"}, c={"every": "1h"})
    assert due(settings, looked(a=2, b=4, c=3)) == ["b", "c", "a"]


def test_a_source_is_due_when_its_interval_has_gone_by_and_not_before() -> None:
    settings = watch_file(a={"every": "1h"})
    assert due(settings, looked(a=0.99)) == []
    assert due(settings, looked(a=1)) == ["a"]


def test_a_source_with_a_cron_line_is_due_at_its_hour_of_the_watch_files_zone() -> None:
    settings = watch_file(early={"cron": "0 7 * * *"}, late={"cron": "0 8 * * *"})
    assert due(settings, looked(early=10, late=10)) == ["early"]  # it is seven in New York


def test_a_paused_source_is_never_due() -> None:
    assert due(watch_file(a={"every": "1h", "paused": True}), {}) == []


def test_looks_and_sweeps_of_a_host_have_a_lane_each_and_a_folder_its_own() -> None:
    swept = Looked(NOW, NOW - timedelta(hours=1))
    web = SourceSettings.model_validate({"url": URL, "full_sweep": "1d"})
    folder = SourceSettings.model_validate({"url": "pages/*.html"})
    assert lane("a", web, swept, NOW) == "www.example.org looks"
    assert lane("a", web, swept, NOW + timedelta(days=1)) == "www.example.org sweeps"
    assert lane("a", web, Looked(None, None), NOW) == "www.example.org sweeps"
    assert lane("a", folder, swept, NOW) == "files of a"
    assert due_checks(watch_file(a={}), {}, NOW) == [Due("a", "www.example.org sweeps")]


def sources(count: int, lane: str | None = None) -> list[Due]:
    return [Due(f"s{n}", lane or f"lane {n}", NOW) for n in range(count)]


def test_what_stands_in_a_job_is_read_as_it_was_written() -> None:
    for one in (Due("a", "lane", NOW), Due("a", "lane", None)):
        assert Due.of(one.words) == Due.of([*one.words, "of a newer version"]) == one


def test_few_sources_stand_in_a_job_each_and_many_stand_together() -> None:
    assert [len(job) for job in arranged(sources(40), [])] == [1] * 40
    assert [len(job) for job in arranged(sources(100), [])] == [3] * 33 + [1]
    assert [len(job) for job in arranged(sources(900), [])] == [20] * 45


def test_sources_of_one_lane_stand_in_one_job_in_turn_and_only_so_many() -> None:
    assert arranged(sources(12, "lane"), []) == [sources(10, "lane")]


def test_a_lane_that_is_in_the_queue_and_a_source_that_is_wait_for_its_end() -> None:
    assert arranged([Due("a", "lane")], [Due("b", "lane")]) == []
    assert arranged([Due("a", "lane")], [Due("a", "another lane")]) == []
    assert arranged([Due("a", "lane")], [Due("b", "another lane")]) == [[Due("a", "lane")]]


def test_the_queue_takes_so_many_checks_and_those_that_have_waited_longest_come_first() -> None:
    waiting = [Due(f"w{n}", f"waiting {n}") for n in range(1_990)]
    due = [Due("first", "x"), *sources(5, "lane"), *(Due(f"o{n}", f"other {n}") for n in range(100))]
    jobs = arranged(due, waiting)
    assert [job[0].source for job in jobs] == ["first", "s0"]
    assert sum(map(len, jobs)) == 8


def test_a_slow_fleet_does_not_drown() -> None:
    assert sum(map(len, arranged(sources(5_000), []))) == 2_000
    assert arranged(sources(5), [Due(f"w{n}", f"waiting {n}") for n in range(2_000)]) == []
