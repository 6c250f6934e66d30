"""A worker as a process of its own, which is quick to see what is due and that another one is gone."""

import sys
from pathlib import Path

import service.runtime.fleet.jobs
from service.cli.log import log_to_stderr
from service.cli.options import settings_of
from service.runtime.fleet.worker import work

STALLED_AFTER = 2.0  # seconds; in earnest it is half a minute


def main() -> None:
    """Work as `oversight-watch worker` does, with the watch file that is named."""
    path = Path(sys.argv[1])
    service.runtime.fleet.jobs._EVERY_5_SECONDS = "* * * * * *"  # a tick each second
    service.runtime.fleet.jobs._EVERY_10_SECONDS = "* * * * * */2"
    log_to_stderr()
    work(settings_of(path), lambda: settings_of(path), 5, STALLED_AFTER)
