"""This project at work in a process of its own: every page a source, checked as the service checks it.

    python -m bench.cycle FOLDER      # FOLDER holds urls.json; the database is kept there

Each line on standard input asks for one cycle and is answered with a line of JSON: what came of the checks,
and what the operating system says the process has used so far. No pause is made between two requests to the
one host of the bench, as the monitors beside us make none.
"""

import json
import resource
import sys
from collections import Counter
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from monitor.changes.write_behind import Unchanged
from service.database.database import open_database
from service.runtime.app import Watch
from service.runtime.checks import check_source
from service.watchfile.settings import WatchFile


def main(folder: Path) -> None:
    """Check every page once for each line read."""
    urls = json.loads((folder / "urls.json").read_text())
    settings = _settings(folder, urls)
    with closing(Watch.of(settings, open_database(settings.database), unchanged=Unchanged())) as watch:
        _answer({})
        for _ in sys.stdin:
            outcomes = Counter(check_source(watch, key).outcome.value for key in settings.sources)
            watch.write_notes()  # as the service does every few seconds
            _answer(outcomes)


def _settings(folder: Path, urls: list[str]) -> WatchFile:
    page = {"profile": "dhs-oig", "delay": timedelta(0), "allow_private": True}
    return WatchFile.model_validate(
        {
            "database": f"sqlite:///{folder / 'watch.db'}",
            "requests_per_day": 1_000_000,
            "sources": {f"page-{number}": {"url": url, **page} for number, url in enumerate(urls)},
            # Its messages wait in the outbox: what sending costs is measured with nobody.
            "channels": {"desk": {"to": "json://127.0.0.1:9/", "allow_private": True}},
            "topics": {"all": {"at_most": "100000/hour", "send": {"immediately": "desk"}}},
        }
    )


def _answer(outcomes: dict[str, int]) -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    found = {
        "outcomes": outcomes,
        "cpu": used.ru_utime + used.ru_stime,
        "peak": used.ru_maxrss * 1024 / 1e6,
        "written": used.ru_oublock * 512,
    }
    print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
