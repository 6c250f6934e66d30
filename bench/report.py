"""The table and the JSON of a bench, with the facts of the machine without which they mean little."""

import os
import platform
import sqlite3
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

from bench.figures import QUOTED_ON, Figure

_LIBRARIES = ("httpx", "selectolax", "sqlalchemy", "sqlmodel", "pydantic", "zstandard")
_LINE = "{:<23} {:>7} {:<2}  {:<13}  {:>6}  {:<16} {}"


def as_json(shape: dict[str, Any], found: Sequence[Figure]) -> dict[str, Any]:
    """Return everything that was found, for a script."""
    figures = {f.name: {**asdict(f), "reached": f.reached} for f in found}
    return {"machine": machine(), "shape": shape, "peers_quoted_on": QUOTED_ON, "figures": figures}


def as_table(shape: dict[str, Any], found: Sequence[Figure]) -> str:
    """Return everything that was found, for a reader with 80 columns."""
    facts = machine()
    libraries = [f"{name} {facts[name]}" for name in _LIBRARIES]
    return "\n".join(
        [
            f"{shape['pages']} pages of {shape['rows']} rows and {shape['page_bytes'] / 1000:.0f} KB,"
            f" {shape['repeats']} runs; the median and the range of the runs",
            "ms: CPU milliseconds of the checking process per check or page",
            "",
            _LINE.format("figure", "median", "", "range", "aim", "the aim is from", "").rstrip(),
            "-" * 80,
            *map(_line, found),
            "",
            f"Aims: peers' figures of {QUOTED_ON} are quoted, not measured here.",
            f"{facts['cores']} cores, {facts['system']}, Python {facts['python']}, SQLite {facts['sqlite']}",
            ", ".join(libraries[:3]) + ",",
            ", ".join(libraries[3:]),
        ]
    )


def machine() -> dict[str, Any]:
    """Return what the figures depend on: cores, Python and libraries."""
    return {
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        **{name: version(name) for name in _LIBRARIES},
    }


def _line(figure: Figure) -> str:
    reached = {True: "yes", False: "no", None: ""}[figure.reached]
    between = "" if figure.low == figure.high else f"{_number(figure.low)}-{_number(figure.high)}"
    aim = "" if figure.aim is None else _number(figure.aim)
    middle = _number(figure.value)
    return _LINE.format(figure.label, middle, figure.unit, between, aim, figure.aim_from, reached).rstrip()


def _number(value: float | None) -> str:
    if value is None:
        return "unknown"
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}"
