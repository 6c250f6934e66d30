"""The text of a stored page for people: a line for each block or row, without scripts and styles."""

from monitor.domain.errors import ParseError
from monitor.domain.sentences import sentences_of
from monitor.domain.types import PDF, Page
from monitor.fetch.charset import decoded
from monitor.fetch.pdf_text import Unread, read_pdf
from monitor.profiles.html_tree import tree_of
from monitor.profiles.markup import block_text, is_markup

_UNSEEN = ["script", "style", "noscript", "template", "svg", "head"]


def shown_text(page: Page) -> str:
    """Return the text of a page as it was sent; of a PDF the sentences on its pages, or why it has none."""
    if page.content_type != PDF:
        return decoded(page)
    text = read_pdf(page.body)
    if isinstance(text, Unread):
        return f"A PDF of {len(page.body):,} bytes; {text.why}."
    return "\n".join(f"p. {number}: {one}" for number, one in sentences_of(text.pages))


def readable_lines(page: Page) -> list[str]:
    """Return the lines of text that a reader of a page sees, without blank ones."""
    text = shown_text(page)
    if is_markup(text):
        try:
            tree = tree_of(text)
            tree.strip_tags(_UNSEEN, recursive=True)
            text = tree.html or ""
        except ParseError:
            pass  # too heavy to take apart; its tags are still left out
        text = block_text(text)
    return [line for line in map(str.strip, text.split("\n")) if line]
