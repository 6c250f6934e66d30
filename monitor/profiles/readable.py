"""The text of a stored page for people: a line for each block or row, without scripts and styles."""

from monitor.domain.errors import ParseError
from monitor.domain.types import Page
from monitor.fetch.charset import decoded
from monitor.profiles.html_tree import tree_of
from monitor.profiles.markup import block_text, is_markup

_UNSEEN = ["script", "style", "noscript", "template", "svg", "head"]


def readable_lines(page: Page) -> list[str]:
    """Return the lines of text that a reader of a page sees, without blank ones."""
    text = decoded(page)
    if is_markup(text):
        try:
            tree = tree_of(text)
            tree.strip_tags(_UNSEEN, recursive=True)
            text = tree.html or ""
        except ParseError:
            pass  # too heavy to take apart; its tags are still left out
        text = block_text(text)
    return [line for line in map(str.strip, text.split("\n")) if line]
