"""From runs to figures: medians, and what each is compared with. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from bench.checks import Run
from bench.parsing import ParseRun

# The best peer's figures on the project's own bench of four monitors: quoted, not measured here.
QUOTED_ON = "2026-11-23"
_PEER_304 = 4.6
_PEER_SAME = 7.9
_PEER_CHANGED = 10.1
_PEER_MEMORY = 74.0
_PEER_STORE = 13 * 1024


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table: the median of all runs with the lowest and highest, and the aim if any."""

    name: str
    label: str
    unit: str
    value: float | None
    low: float | None
    high: float | None
    aim: float | None = None
    aim_from: str = ""

    @property
    def reached(self) -> bool | None:
        """Whether the aim is reached; None where there is no aim or nothing measured."""
        return None if self.value is None or self.aim is None else self.value <= self.aim


def figures(
    baselines: Sequence[float], runs: Sequence[Run], parses: Sequence[ParseRun], memory: float
) -> list[Figure]:
    """Return every figure of the bench, in the order of the table."""
    return [
        _figure("baseline", "check, first check", "ms", baselines),
        *_check_figures(runs),
        _figure("parse_bare", "parse, bare parser", "ms", [p.bare for p in parses]),
        _figure("parse_ours", "parse, to records", "ms", [p.ours for p in parses]),
        _figure(
            "parse_ratio", "parse, records to bare", "x", [p.ours / p.bare for p in parses], 2.0, "measured"
        ),
        *_disk_figures(runs),
        _figure("peak_memory", "peak memory", "MB", [memory], _PEER_MEMORY, "peer 74 MB"),
    ]


def _check_figures(runs: Sequence[Run]) -> list[Figure]:
    return [
        _figure(
            "unchanged_304",
            "check, 304",
            "ms",
            [r.not_modified for r in runs],
            _PEER_304 / 8,
            f"peer {_PEER_304} / 8",
        ),
        _figure(
            "unchanged_200",
            "check, same bytes",
            "ms",
            [r.same_bytes for r in runs],
            _PEER_SAME / 8,
            f"peer {_PEER_SAME} / 8",
        ),
        _figure(
            "changed",
            "check, one new row",
            "ms",
            [r.changed for r in runs],
            _PEER_CHANGED / 3,
            f"peer {_PEER_CHANGED} / 3",
        ),
    ]


def _disk_figures(runs: Sequence[Run]) -> list[Figure]:
    written = [r.written_per_unchanged for r in runs if r.written_per_unchanged is not None]
    return [
        _figure(
            "log_per_unchanged",
            "log, unchanged check",
            "B",
            [r.log_per_unchanged for r in runs],
            1024,
            "1 KiB",
        ),
        _figure("written_per_unchanged", "written, unchanged", "B", written, 1024, "1 KiB"),
        _figure(
            "snapshot_per_version",
            "snapshot, new version",
            "B",
            [r.snapshot_per_version for r in runs],
            _PEER_STORE / 20,
            "peer 13 KB / 20",
        ),
        _figure("file_per_version", "database, new version", "B", [r.file_per_version for r in runs]),
    ]


def _figure(
    name: str,
    label: str,
    unit: str,
    values: Sequence[float],
    aim: float | None = None,
    aim_from: str = "",
) -> Figure:
    middle, low, high = _of(median, values), _of(min, values), _of(max, values)
    return Figure(name, label, unit, middle, low, high, aim, aim_from)


def _of(measure: Callable[[Sequence[float]], float], values: Sequence[float]) -> float | None:
    return measure(values) if values else None
