"""The same work done by this project and by monitors that a user might pick instead, in one run.

`python -m bench.peers` prints the table. All are processes of their own, and each step shows them the same
site one after the other.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from textwrap import wrap
from typing import Any

from bench.report import machine
from bench.site import Site
from bench.watchers import PEERS, Cost, NotToBeHad, Watcher, installed, ours

OURS = "oversight-watch"
_STEPS = ("first check", "304", "same bytes", "one new row")
_LINE = "{:<20} {:>13} {:>13} {:>13} {:>13}"


@dataclass
class Account:
    """What one monitor's cycles cost, by step, and what it kept."""

    version: str
    costs: dict[str, list[Cost]] = field(default_factory=dict)
    stored: list[int] = field(
        default_factory=list
    )  # bytes on disk after the first check, and after each version

    def cpu(self, step: str, pages: int) -> float:
        """Return the median CPU milliseconds a page."""
        return median(cost.cpu for cost in self.costs[step]) * 1000 / pages


def main(arguments: list[str] | None = None) -> int:
    """Run every monitor that is available and return the exit code."""
    parser = argparse.ArgumentParser(prog="bench.peers", description=__doc__.partition("\n")[0])
    parser.add_argument("--pages", type=int, default=200, help="distinct pages of 50 rows (default: 200)")
    parser.add_argument("--repeats", type=int, default=5, help="cycles of each kind (default: 5)")
    parser.add_argument("--only", action="append", choices=PEERS, help="only this monitor beside ours")
    parser.add_argument("--json", action="store_true", help="print JSON instead of the table")
    asked = parser.parse_args(arguments)
    names = asked.only or list(PEERS)
    accounts, missing = measure(names, asked.pages, asked.repeats)
    for name, why in missing.items():
        print(f"bench: {name} is left out: {why}", file=sys.stderr)
    print(
        json.dumps(as_data(accounts, asked.pages), indent=2) if asked.json else table(accounts, asked.pages)
    )
    return 0


def measure(names: Sequence[str], pages: int, repeats: int) -> tuple[dict[str, Account], dict[str, str]]:
    """Return each monitor's account, and why others could not be obtained."""
    accounts = {OURS: Account("this checkout")}
    missing: dict[str, str] = {}
    with Site(pages) as site, ExitStack() as stack:
        urls = [site.url(number) for number in range(pages)]
        watchers: dict[str, tuple[Watcher, Path]] = {}
        for name, make in {OURS: ours, **{name: PEERS[name] for name in names}}.items():
            folder = Path(stack.enter_context(TemporaryDirectory()))
            try:
                if name != OURS:
                    accounts[name] = Account(installed(name)[1])
                watchers[name] = (stack.enter_context(make(folder, urls)), folder)
            except NotToBeHad as error:
                missing[name] = str(error)
                accounts.pop(name, None)
        for step, version, etags in _plan(repeats):
            for name, (watcher, folder) in list(watchers.items()):
                site.show(version, etags=etags)
                try:
                    cost = watcher.cycle()
                except NotToBeHad as error:
                    missing[name] = str(error)
                    del watchers[name], accounts[name]
                    continue
                accounts[name].costs.setdefault(step, []).append(cost)
                if step in (_STEPS[0], _STEPS[3]):
                    accounts[name].stored.append(_size(folder))
    return accounts, missing


def _plan(repeats: int) -> Iterator[tuple[str, int, bool]]:
    """Return each step with the version that the site shows and whether it gives an ETag."""
    yield _STEPS[0], 0, True
    for version in range(1, repeats + 1):
        for _ in range(3):  # most cycles of a real watch are this one
            yield _STEPS[1], version - 1, True
        yield _STEPS[2], version - 1, False
        yield _STEPS[3], version, True


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def as_data(accounts: Mapping[str, Account], pages: int) -> dict[str, Any]:
    """Return everything that was measured, for a script."""
    return {
        "machine": machine(),
        "pages": pages,
        "watchers": {name: asdict(account) for name, account in accounts.items()},
    }


def table(accounts: Mapping[str, Account], pages: int) -> str:
    """Return the medians, and each monitor's cost as a multiple of ours, for a reader with 80 columns."""
    facts = machine()
    lines = [
        f"{pages} pages of 50 rows; medians: CPU milliseconds a page, and the multiple of ours",
        "urlwatch and webchanges are started for each cycle, as they are meant to be;",
        "changedetection.io and this project are services that stay.",
        "",
        _LINE.format("", *_STEPS),
        "-" * 80,
    ]
    mine = accounts[OURS]
    for name, account in accounts.items():
        cells = []
        for step in _STEPS:
            value, own = account.cpu(step, pages), mine.cpu(step, pages)
            cells.append(f"{value:.2f}" if account is mine else f"{value:.2f} ({value / own:.1f}x)")
        lines.append(_LINE.format(name, *cells))
    lines += ["", _LINE.format("", "peak, MB", "wall, ms", "written, KB", "stored, KB"), "-" * 80]
    for name, account in accounts.items():
        lines.append(_LINE.format(name, *_sizes(account, pages)))
    versions = ", ".join(f"{name} {account.version}" for name, account in accounts.items())
    lines += [
        "",
        "wall: of a page with one new row; written: to disk by an unchanged page (304);",
        "stored: by each further version of a page",
        *wrap(versions, 80),
        f"{facts['cores']} cores, {facts['system']}, Python {facts['python']}, SQLite {facts['sqlite']}",
    ]
    return "\n".join(lines)


def _sizes(account: Account, pages: int) -> tuple[str, str, str, str]:
    peak = max(cost.peak for costs in account.costs.values() for cost in costs)
    wall = median(cost.wall for cost in account.costs[_STEPS[3]]) * 1000 / pages
    counted = [cost.written for cost in account.costs[_STEPS[1]] if cost.written is not None]
    written = f"{median(counted) / pages / 1024:.2f}" if counted else "unknown"
    grown = [after - before for before, after in zip(account.stored, account.stored[1:], strict=False)]
    return f"{peak:.0f}", f"{wall:.1f}", written, f"{median(grown) / pages / 1024:.2f}"


if __name__ == "__main__":
    sys.exit(main())
