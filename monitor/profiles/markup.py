"""What all profiles share when they read a page: HTML or saved text, links, pagers. Pure."""

import html
import re
from collections.abc import Sequence
from functools import lru_cache
from urllib.parse import parse_qsl, urljoin, urlsplit, urlunsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from monitor.domain.text import comparable_title, is_blank, squeeze

_MARKUP = re.compile(
    r"<(?:!doctype|html|head|body|main|div|table|thead|tbody|section|article|ul|nav|header)\b", re.I
)
_ADDRESS = re.compile(r"\s*#\s*(https?://\S+)[^\n]*\n?")
IN_VALUE = re.compile(r"</[a-z][a-z0-9]*\s*>|<br\s*/?>", re.I)  # tags in a value of a file that is not HTML
_BLOCK_TAG = re.compile(
    r"</?(?:p|div|br|li|ul|ol|h[1-6]|tr|td|section|blockquote)\b[^<>]*>|<span class=.d-block\b[^<>]*>", re.I
)
_TAG = re.compile(r"<[^<>]*>")
_SAID_OTHERWISE = ("alt", "aria-label", "title")
_NOTHING_LISTED = re.compile(
    r"^(?:0 results?\b.*|no results?(?: were)?(?: found)?.*"
    r"|there are no (?:results|reports|recommendations).*"
    r"|no (?:reports|recommendations) (?:were )?found.*|your search (?:returned|yielded) no results.*"
    r"|displaying 0 .*|open recommendations \(0 total\)|0 open recommendations)$",
    re.I,
)
_SORTING = re.compile(
    r"(?:sort(?:ed)?(?: by)?(?: this column)?(?: in)? (?:as|des)cending(?: order)?|sort by this column)\b"
    r"|:? ?activate to sort column (?:as|des)cending|[▲▼△▽▴▾↑↓⇅⇵↕⇕]|(?:click to )?sort by [\w #.]{1,30}$",
    re.I,
)
_NOTHING_BEGINS = "0nNtTyYdDoO"  # only lines that begin so need the pattern
# Nothing in it to put right: a link that is whole already, as exports have them.
_WHOLE_LINK = re.compile(r"https?://[a-z0-9.-]+/[\w.~/%&=+,:@-]*")
_BLANKS = " \t\n\r\v\f"  # white space as HTML defines it
_HEAD = 50_000


def is_markup(text: str) -> bool:
    """Return whether a text is HTML and not the saved text of a page."""
    return _MARKUP.search(text, 0, 20_000) is not None


def split_address(text: str, url: str) -> tuple[str, str]:
    """Return a saved text without its leading `# https://...` line, and its URL, by default that line's."""
    found = _ADDRESS.match(text)
    if found is None:
        return text, url
    return text[found.end() :], url if is_web(url) else found[1]


def is_web(url: str) -> bool:
    """Return whether a URL is http or https and names a host."""
    parts = split_url(url)
    return parts[0] in ("http", "https") and bool(parts[1])


def split_url(url: str) -> tuple[str, str, str, str]:
    """Return scheme, host with port, path and query; four empty strings for what is not a URL."""
    try:
        parts = urlsplit(url.strip())
        return parts.scheme.lower(), parts.netloc.lower(), parts.path, parts.query
    except ValueError:
        return "", "", "", ""


def absolute(href: str | None, base: str) -> str | None:
    """Return a link as an absolute http(s) URL, or None where it leads nowhere on the web."""
    if not href or not href.strip():
        return None
    if _WHOLE_LINK.fullmatch(href):
        return href
    if href.startswith("/") and not href.startswith("//") and " " not in href and "/." not in href:
        origin = _origin(base)
        return origin + href if origin else None
    try:
        url = urljoin(base, href.strip().replace(" ", "%20"))
    except ValueError:
        return None
    return url if is_web(url) else None


@lru_cache(maxsize=64)
def _origin(base: str) -> str:
    scheme, host, _, _ = split_url(base)
    return f"{scheme}://{host}" if is_web(base) else ""


def base_url(tree: LexborHTMLParser, text: str, url: str, site: str) -> str:
    """Return the URL links are relative to: <base>, the page's own, its canonical one, or the site."""
    own = url if is_web(url) else canonical_url(tree, text) or site
    node = tree.css_first("base[href]")  # searching the tree takes a third of the time of searching the text
    return absolute(node.attributes.get("href"), own) or own if node else own


def canonical_url(tree: LexborHTMLParser, text: str) -> str | None:
    """Return the address that a page states for itself, if it states one."""
    if text.find("canonical", 0, _HEAD) < 0:
        return None
    node = tree.css_first('link[rel="canonical"]')
    return absolute(node.attributes.get("href"), "") if node else None


def is_first_page(url: str) -> bool:
    """Return whether a URL asks for the beginning of a listing."""
    pages = [value for name, value in parse_qsl(split_url(url)[3]) if name == "page"]
    return not pages or pages[-1] in ("", "0")


def without_query(url: str) -> str:
    """Return a URL without query and fragment."""
    scheme, host, path, _ = split_url(url)
    return urlunsplit((scheme, host, path, "", ""))


def block_text(markup: str) -> str:
    """Return the text of a piece of HTML, its blocks as paragraphs separated by a blank line."""
    if "<" not in markup:
        return squeeze_kept(html.unescape(markup))
    only = markup.strip(_BLANKS).removeprefix("<p>").removesuffix("</p>")
    # Most abstracts are one paragraph, and removing its tags takes a tenth of the patterns' time.
    if "<" not in only and "\n\n" not in (text := html.unescape(only)):
        line = squeeze_kept(text)
        return "" if is_blank(line) else line
    lines = html.unescape(_TAG.sub("", _BLOCK_TAG.sub("\n\n", markup))).split("\n\n")
    return "\n\n".join(line for line in map(squeeze_kept, lines) if not is_blank(line))


def squeeze_kept(text: str) -> str:
    """Return a text with the white space collapsed that HTML collapses; no-break spaces stay."""
    text = text.strip(_BLANKS)
    if "  " not in text and not any(map(text.__contains__, _BLANKS[1:])):
        return text  # this check takes a fifth of the time of splitting and joining the words
    # Bytes only split at ASCII white space, and a pattern takes seven times as long.
    return b" ".join(text.encode("utf-8", "surrogatepass").split()).decode("utf-8", "surrogatepass")


def said_otherwise(node: LexborNode) -> str:
    """Return the words of an element's only sign, such as `alt` of a picture; "" where there are several."""
    signs = [node, *node.css("[alt], [aria-label], [title]")]
    words = {squeeze(alternative(one)) for one in signs} - {""}
    return words.pop() if len(words) == 1 else ""


def alternative(node: LexborNode) -> str:
    """Return what an attribute says in place of what is seen: `alt`, a label, or a tooltip."""
    return next((words for name in _SAID_OTHERWISE if (words := node.attributes.get(name))), "")


def node_text(node: LexborNode | None) -> str:
    """Return a node's text on one line."""
    return squeeze(node.text()) if node is not None else ""


def joined(parts: Sequence[str], mark: str) -> str:
    """Return a title that a page shows in several elements; one of them may repeat another."""
    title = ""
    for part in filter(None, parts):
        known, added = comparable_title(title), comparable_title(part)
        if added.startswith(known) or known.startswith(added):
            title = max(title, part, key=len)
        else:
            title = f"{title} {part}" if title[-1:] in ":?!–—-" else f"{title}{mark}{part}"
    return title


def without_sort_words(heading: str) -> str:
    """Return the words over a column without those of the control that sorts by it."""
    return squeeze(_SORTING.sub(" ", heading))


def says_nothing_listed(lines: list[str]) -> bool:
    """Return whether one of the lines is the page's own statement that it lists nothing."""
    begun = (line for line in map(str.lstrip, lines) if line[:1] in _NOTHING_BEGINS)
    return any(_NOTHING_LISTED.match(squeeze(line)) for line in begun if line)
