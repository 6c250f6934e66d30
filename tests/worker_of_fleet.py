"""A worker as a process of its own, which is quick to see that another one is gone."""

import sys
from pathlib import Path

from service.cli.options import settings_of
from service.cli.run import log_to_stderr
from service.runtime.fleet.worker import work

STALLED_AFTER = 2.0  # seconds; in earnest it is half a minute


def main() -> None:
    """Work as `oversight-watch worker` does, with the watch file that is named."""
    path = Path(sys.argv[1])
    log_to_stderr()
    work(settings_of(path), lambda: settings_of(path), 5, STALLED_AFTER)


if __name__ == "__main__":
    main()
