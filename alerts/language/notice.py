"""A notice to the operator in its parts: what is wrong, the one next step, and small print. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

STEP, SMALL_PRINT = "→ ", "· "  # what such lines of a notice begin with
TO_EVERYBODY = (
    f"{SMALL_PRINT}This goes to all channels once a day, as no channel in the watch file has"
    " 'purpose: operator'."
)


@dataclass(frozen=True, slots=True)
class NoticeParts:
    """The lines of a notice, apart."""

    lines: tuple[str, ...]
    steps: tuple[str, ...]
    small: tuple[str, ...]

    @property
    def all(self) -> tuple[str, ...]:
        """All lines, the most important first."""
        return (*self.lines, *self.steps, *self.small)


def notice_parts(lines: Iterable[str]) -> NoticeParts:
    """Return the lines of a notice in the order of their importance, without what marks them."""
    known = tuple(lines)
    return NoticeParts(
        tuple(line for line in known if not line.startswith((STEP, SMALL_PRINT))),
        tuple(line.removeprefix(STEP) for line in known if line.startswith(STEP)),
        tuple(line.removeprefix(SMALL_PRINT) for line in known if line.startswith(SMALL_PRINT)),
    )
