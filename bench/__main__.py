"""The bench's command: runs everything and prints one table, or JSON."""

import argparse
import json
import resource
import sys
from typing import Any

from bench.checks import BenchError, bench_of
from bench.figures import Figure, figures
from bench.pages import ROWS
from bench.parsing import fetched_pages, parse_run
from bench.report import as_json, as_table
from bench.site import Site

_WARM_UP = 20  # pages checked before anything counts
_SHARE = 5


def main(arguments: list[str] | None = None) -> int:
    """Run the bench; give the exit code."""
    asked = _parser().parse_args(arguments)
    try:
        shape, found = measure(asked.pages, asked.repeats)
    except BenchError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    print(json.dumps(as_json(shape, found), indent=2) if asked.json else as_table(shape, found))
    return 0


def measure(pages: int, repeats: int) -> tuple[dict[str, Any], list[Figure]]:
    """Return the shape of the measured work, and its figures."""
    with Site(pages) as site:
        with bench_of(site, min(pages, _WARM_UP)) as bench:
            bench.first_look()
            bench.run(1)
        # A first check needs an empty database each time, so each looks at a share of the pages.
        baselines = [_first_look(site, -(-pages // _SHARE)) for _ in range(repeats)]
        with bench_of(site, pages) as bench:
            bench.first_look()
            runs = [bench.run(version) for version in range(1, repeats + 1)]
        # Before the bench holds pages of its own.
        memory = _peak_megabytes()
        fetched = fetched_pages(site)
        parses = [parse_run(fetched) for _ in range(repeats)]
    size = sum(len(page.body) for page in fetched) // len(fetched)
    shape = {"pages": pages, "rows": ROWS, "page_bytes": size, "repeats": repeats}
    return shape, figures(baselines, runs, parses, memory)


def _first_look(site: Site, pages: int) -> float:
    with bench_of(site, pages) as bench:
        return bench.first_look()


def _peak_megabytes() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Linux counts in kibibytes, macOS in bytes.
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bench", description="What a check costs, on a loopback site.")
    parser.add_argument("--pages", type=_positive, default=200, help="distinct pages (default: 200)")
    parser.add_argument("--repeats", type=_positive, default=5, help="runs (default: 5)")
    parser.add_argument("--json", action="store_true", help="print JSON instead of the table")
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


if __name__ == "__main__":
    sys.exit(main())
