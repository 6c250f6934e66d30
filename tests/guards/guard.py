"""One guard: the line that it is, and the line that is there without it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Guard:
    """`whole` occurs once in `file` and becomes `broken`; `tests` are where that is noticed."""

    name: str
    file: str
    whole: str
    broken: str
    tests: tuple[str, ...]
