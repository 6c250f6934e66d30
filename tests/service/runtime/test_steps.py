"""What a process that stays does when a source cannot be read."""

from datetime import timedelta
from pathlib import Path

from service.cli.options import settings_of
from service.demo.fakes.replica import LISTING_PATH, ReplicaSite, server_error
from service.runtime.app import utc_now
from service.runtime.steps import Steps

WATCH_FILE = """\
database: sqlite:///watch.db
sources:
  other: {{url: "{url}?page=0", profile: dhs-oig, every: 1h, delay: 1s, allow_private: true}}
  audits: {{url: "{url}", profile: dhs-oig, every: 1h, delay: 1s, allow_private: true}}
"""


def test_a_source_that_cannot_be_read_is_tried_again_after_twice_as_long_each_time(
    tmp_path: Path, site: ReplicaSite
) -> None:
    path = tmp_path / "watch.yaml"
    path.write_text(WATCH_FILE.format(url=site.url(LISTING_PATH)))
    steps = Steps(settings_of(path), lambda: settings_of(path))
    site.faults[LISTING_PATH] = server_error()
    waits = []
    for _ in range(2):
        checked = steps.check("audits")
        assert checked.again is not None
        waits.append(round((checked.again - utc_now()) / timedelta(minutes=1)))
    steps.watch.close()
    assert waits == [2, 4]
