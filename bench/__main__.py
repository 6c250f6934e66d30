"""The bench's command: runs everything and prints one table, or JSON."""

import argparse
import json
import resource
import sys
from typing import Any

from bench.checks import BenchError, Run, bench_of
from bench.figures import Figure, figures
from bench.pages import ROWS
from bench.parsing import ParseRun, fetched_pages, parse_run
from bench.report import as_json, as_table
from bench.site import Site

_WARM_UP = 20  # pages checked before anything counts


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
    """Give the shape of the measured work, and its figures."""
    with Site(pages) as site:
        _run(site, min(pages, _WARM_UP))
        runs = [_run(site, pages) for _ in range(repeats)]
        # Before the bench holds pages of its own.
        memory = _peak_megabytes()
        fetched = fetched_pages(site, pages)
        parses: list[ParseRun] = [parse_run(fetched) for _ in range(repeats)]
    size = sum(len(page.body) for page in fetched) // len(fetched)
    shape = {"pages": pages, "rows": ROWS, "page_bytes": size, "repeats": repeats}
    return shape, figures(runs, parses, memory)


def _run(site: Site, pages: int) -> Run:
    with bench_of(site, pages) as bench:
        return bench.run()


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
