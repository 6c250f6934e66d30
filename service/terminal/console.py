"""Print lines and paragraphs. Page text is never read as markup."""

from textwrap import wrap

from rich.console import Console
from rich.text import Text

from alerts.language.text import plain

_MOST_WIDTH = 100  # wider lines are hard to read


class _Output(Console):
    """Standard output; a reader of a pipe that is gone is met where the program ends."""

    def on_broken_pipe(self) -> None:
        """Raise the error, which ends the program quietly, instead of ending it as a failure."""
        raise BrokenPipeError


def console() -> Console:
    """Return standard output as it is now: its width, and whether it shows colors."""
    return _Output(highlight=False, markup=False, emoji=False, soft_wrap=True)


def width() -> int:
    """Return how many columns are filled."""
    return min(console().width, _MOST_WIDTH)


def say(*parts: str | tuple[str, str]) -> None:
    """Print one line made of texts and (text, style); a terminal breaks it, so that addresses stay whole."""
    line = Text.assemble(*parts)
    line.rstrip()
    console().print(line, soft_wrap=True)


def paragraph(text: str, first: str = "", style: str = "") -> None:
    """Print text below its first words, wrapped at blanks only; an address or hash is never broken."""
    indent = " " * len(first)
    room = max(width() - len(first), 24)
    lines = wrap(plain(text), room, break_long_words=False, break_on_hyphens=False) or [""]
    for number, line in enumerate(lines):
        say(indent if number else first, (line, style))
