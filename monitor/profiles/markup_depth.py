"""Refuse markup that is built to take forever, before a tree is made of it. Pure.

The parser looks through all open elements at most tags: its time grows with the square of their depth. This
follows its rules for what closes what, and where in doubt takes a page to be deeper than it is.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import repeat

from selectolax.lexbor import LexborHTMLParser

from monitor.errors import ParseError

DEEPEST = 2_000  # browsers put everything below 512 on one level, so that no page needs more
MOST_ATTRIBUTES = 5_000  # of one tag; the parser compares each with all before it
MOST_OPTIONS = 10_000  # of one list to choose from; the parser counts them anew at each
MOST_STEPS = 200_000_000  # elements looked through in all: about a second
_REBUILT = 100  # steps that it costs to make an element again
_WALK = 10  # steps that it costs here to look at an open element
_FEW = 4_000  # opening tags that cannot do harm, however they stand
_FEW_FORMATS = 100  # the like of those that the parser opens anew
_KEPT_ALIKE = 3  # of those that the parser opens anew, where they are alike
_SCARCE = 50  # elements of one name that need not be counted any closer
_BLOCKS_PASSED = 8  # the parser takes a <b> out of so many blocks
_NOT_READ = ", which no real page does: it was not read."

_BLANK = r"[ \t\n\r\f]"
# As the HTML standard cuts tags: a quote is one only after an equals sign.
_ATTRIBUTE = (
    rf"(?:[ \t\n\r\f/]++|[^ \t\n\r\f/>][^ \t\n\r\f/>=]*+"
    rf"(?:{_BLANK}*+={_BLANK}*+(?:\"[^\"]*+\"?|'[^']*+'?|[^ \t\n\r\f>\"'][^ \t\n\r\f>]*+)?+)?+)"
)
_TAG = re.compile(rf"<(?:(/?)([a-zA-Z][^ \t\n\r\f/>]*+)({_ATTRIBUTE}*+)>?|!--|[!?/][^>]*+)")
_ATTRIBUTES = re.compile(_ATTRIBUTE)
_COMMENT_END = re.compile(r"--!?>")
_SCRIPT_TURN = re.compile(rf"<!--|-->|<(/?)script(?={_BLANK}|[/>])", re.I)


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_RAW = _set("script style textarea title xmp iframe noembed noframes plaintext")
_ANY_OPENING = re.compile("<[a-zA-Z]")
_FORMAT_OPENING = re.compile(r"<(?:b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u)[ \t\n\r\f/>]")
_PLAIN_TAG = r"[^<>\"']*+(?:(?<=[\w-]=)(?:\"[^\"<>]*+\"|'[^'<>]*+')[^<>\"']*+)*+>"
_SHOWN_TAG = re.compile(
    rf"<(/?[a-z][^ \t\n\r\f/<>\"']*+)(?<!<script)(?<!<style){_PLAIN_TAG}"
    rf"|(?s:<(?:script|style)\b.*?</(?:script|style)|<!--.*?-->)"
)
_RAW_END = {name: re.compile(rf"</{name}(?={_BLANK}|[/>])", re.I) for name in _RAW}
_EMPTY = _set(
    "area base basefont bgsound br col embed frame hr img input keygen link meta param source track wbr"
)
_ONCE = _set("html head body")
_FORMATTING = _set("a b big code em font i nobr s small strike strong tt u")
_HEADINGS = _set("h1 h2 h3 h4 h5 h6")
_GROUPS = _set("tbody thead tfoot caption colgroup")
_TABLE_PARTS = _GROUPS | _set("tr td th")
_IN_TABLE = _set("table tbody thead tfoot tr")
_MARKS = _set("td th caption object applet marquee template")
_FOREIGN = _set("svg math")
# Names of a drawing or a formula have a colon here, so that none is taken for one of HTML.
_HTML_AGAIN = _set(":foreignobject :desc :title :annotation-xml :mi :mo :mn :ms :mtext")
_SCOPE = _MARKS | _HTML_AGAIN | _set("table select html")
_CLOSES_P = _HEADINGS | _set(
    "address article aside blockquote center dd details dialog dir div dl dt fieldset figcaption figure"
    " footer form header hgroup hr li listing main menu nav ol p plaintext pre search section summary table"
    " ul xmp"
)
_SPECIAL = _CLOSES_P | _SCOPE | _TABLE_PARTS | _set("button iframe noscript script style textarea")
_ITEM_STOPS = _SPECIAL - _set("address div p")
_BREAKS_OUT = _HEADINGS | _set(
    "b big blockquote br center code dd div dl dt em embed hr i img li listing menu meta nobr ol p pre ruby s"
    " small span strong strike sub sup table tt u ul var"
)
_P = _set("p")
_P_STOPS = _SCOPE | _set("button")
_TABLE = _set("table")
_TEMPLATE = _set("template")
# What an opening tag closes: the names, and what stands in the way of it.
_CLOSES = {
    "li": (_set("li"), _ITEM_STOPS),
    "dd": (_set("dd dt"), _ITEM_STOPS),
    "dt": (_set("dd dt"), _ITEM_STOPS),
    "button": (_set("button"), _SCOPE),
    **dict.fromkeys(_GROUPS, (_TABLE, _TEMPLATE)),
    "tr": (_TABLE | _GROUPS, _TEMPLATE),
    **dict.fromkeys(("td", "th"), (_IN_TABLE, _TEMPLATE)),
}
# What stands in the way of a closing tag; of others it is the scope, or every block for what is no block.
_KEEPS_OPEN = {
    "li": _SCOPE | _set("ol ul"),
    "p": _P_STOPS,
    "table": _TEMPLATE,
    **dict.fromkeys(_TABLE_PARTS, _TABLE | _TEMPLATE),
}
_ALIKE = _set("p option td th tr tbody thead tfoot")  # of these each closes the one before
_WALKS = _CLOSES_P | _CLOSES.keys()
_ROOM = _WALKS | _set("a nobr option optgroup")


def tree_of(text: str) -> LexborHTMLParser:
    """Return the tree of a page. Raises ParseError where its markup would take forever to read."""
    require_readable(text)
    return LexborHTMLParser(text)


def require_readable(text: str) -> None:
    """Raise ParseError where a page's markup would take forever to read; no real page's does."""
    if not _is_surely_shallow(text):
        _Open(text).follow()


def _is_surely_shallow(text: str) -> bool:
    """Say whether counting tags proves a page harmless, in a small part of the time of following them.

    What is hidden in scripts, comments and odd tags is counted as open, and never as closed.
    """
    openings = text.count("<") - text.count("</")
    if max(map(len, text.split("<"))) > 2 * MOST_ATTRIBUTES:
        return False
    text = text.lower()
    if openings <= _FEW and len(_FORMAT_OPENING.findall(text)) <= _FEW_FORMATS:
        return True
    tags = _SHOWN_TAG.findall(text)
    number = Counter(tags)
    if number["option"] > MOST_OPTIONS or number["html"] + number["body"] > _FEW_FORMATS:
        return False
    peaks = {name: _peak(tags, name, number) for name in number if name and name[0] != "/"}
    hidden = len(_ANY_OPENING.findall(text)) - sum(number[name] for name in peaks)
    alike = _ALIKE if number["dd"] + number["dt"] else _ALIKE | {"li"}
    formats = sum(peaks[name] for name in _FORMATTING & peaks.keys() if peaks[name] > _KEPT_ALIKE)
    blocks = sum(peak for name, peak in peaks.items() if name in _SPECIAL and name not in alike)
    depth = sum(1 if name in alike else peak for name, peak in peaks.items()) * (1 + blocks) + hidden
    return depth <= DEEPEST and (depth + _REBUILT * formats) * len(tags) <= MOST_STEPS


def _peak(tags: list[str], name: str, number: Counter[str]) -> int:
    """Return how many elements of a name are open at most, if a closing tag closes one of its name."""
    if name in _EMPTY or name in _ALIKE or number[name] <= _SCARCE:
        return number[name] * (name not in _EMPTY)
    turns = "".join(map({name: "(", f"/{name}": ")"}.get, tags, repeat("")))
    for depth in range(_SCARCE):
        if "()" not in turns:
            return depth + turns.count("(")
        turns = turns.replace("()", "")
    return number[name]


@dataclass(slots=True, eq=False)
class _Format:
    """An element such as <b>, which the parser opens anew where something else has closed it."""

    name: str
    tag: str
    stands: bool = False


@dataclass(slots=True)
class _Open:
    """What is open at each tag of a page, the outermost first."""

    text: str
    names: list[str] = field(default_factory=list)
    formats: list[_Format | None] = field(default_factory=list)  # beside the names
    known: defaultdict[str, int] = field(
        default_factory=lambda: defaultdict(int)
    )  # how often each name is among them
    listed: list[_Format | None] = field(default_factory=list)  # None where a cell or the like begins
    options: int = 0
    gathered: int = 0  # attributes of every <html> and <body>, which become those of one
    steps: int = 0

    def follow(self) -> None:
        """Go through all tags. Raises ParseError where a bound is passed."""
        at: int | None = 0
        while at is not None:
            at = self._run(at)

    def _run(self, begin: int) -> int | None:
        """Follow the tags up to text that is no markup; return where that ends."""
        for tag in _TAG.finditer(self.text, begin):
            end, name, rest = tag.groups()
            if name is None:
                if tag[0] == "<!--":
                    return _end(_COMMENT_END, self.text, tag.start() + 2)
                continue
            name = name.lower()
            if end:
                self._close(name)
                self._go_on(tag.end())
                continue
            if len(rest) > MOST_ATTRIBUTES or name in _ONCE:
                self._count_attributes(name, rest)
            foreign = self._is_foreign(name)
            self._open(name, tag[0], foreign=foreign)
            self._go_on(tag.end())
            if name in _RAW and not foreign:
                return self._end_of_raw(name, tag.end())
        return None

    def _go_on(self, at: int) -> None:
        """Hold what is open against the bounds; text opens anew what was closed before it."""
        if self.listed and self.text[at : at + 1] not in ("<", ""):
            self._rebuild()
        if len(self.names) > DEEPEST:
            raise ParseError(f"The page nests more than {DEEPEST:,} elements in one another{_NOT_READ}")
        if self.steps > MOST_STEPS:
            raise ParseError(f"The page's tags are nested so that reading them takes too long{_NOT_READ}")

    def _open(self, name: str, tag: str, *, foreign: bool) -> None:
        if foreign:
            if not tag.endswith("/>"):
                self._push(f":{name}")
            return
        if name in _ONCE or (name in _TABLE_PARTS and not self.known["table"]):
            return
        if name == "select" and self.known["select"]:  # it only closes the other
            self._close(name)
            return
        if name in _ROOM:
            self._make_room(name)
        if name not in _CLOSES_P and self.listed:
            self._rebuild()
        if name in _FORMATTING:
            self._push_format(name, tag)
        elif name not in _EMPTY:
            self._push(name)
            if name in _MARKS:
                self.listed.append(None)
            elif name in ("option", "select"):
                self._count_options(name)

    def _push(self, name: str, format_: _Format | None = None) -> None:
        self.names.append(name)
        self.formats.append(format_)
        self.known[name] += 1

    def _push_format(self, name: str, tag: str) -> None:
        new = _Format(name, tag, stands=True)
        same: list[_Format] = []
        for one in reversed(self.listed):
            if one is None:
                break
            self.steps += _WALK
            if one.tag == tag:
                same.append(one)
        if len(same) == _KEPT_ALIKE:
            self.listed.remove(same[-1])
        self.listed.append(new)
        self._push(name, new)

    def _rebuild(self) -> None:
        """Open anew what was closed by something else."""
        begin = len(self.listed)
        while begin and (one := self.listed[begin - 1]) is not None and not one.stands:
            begin -= 1
        for one in self.listed[begin:]:
            if one is not None:
                one.stands = True
                self.steps += _REBUILT
                self._push(one.name, one)

    def _cut(self, at: int) -> None:
        """Close everything from a place on."""
        if at == len(self.names) - 1 and self.formats[at] is None and self.names[at] not in _MARKS:
            self.known[self.names.pop()] -= 1  # the usual case, in a third of the time
            self.formats.pop()
            return
        for name, format_ in zip(self.names[at:], self.formats[at:], strict=True):
            self.known[name] -= 1
            if format_ is not None:
                format_.stands = False
            elif name in _MARKS:
                while self.listed and self.listed.pop() is not None:
                    pass
        del self.names[at:], self.formats[at:]

    def _drop(self, at: int) -> None:
        """Close one element and nothing in it."""
        self.known[self.names[at]] -= 1
        if (format_ := self.formats[at]) is not None:
            format_.stands = False
        del self.names[at], self.formats[at]

    def _place(self, names: frozenset[str], stops: frozenset[str]) -> int | None:
        """Return the place of the innermost of some elements, unless something stands before it."""
        at = len(self.names) - 1
        while at >= 0 and (name := self.names[at]) not in names and name not in stops:
            at -= 1
        self.steps += _WALK * (len(self.names) - at)
        return at if at >= 0 and self.names[at] in names else None

    def _make_room(self, name: str) -> None:
        """Close what an opening tag closes."""
        if name in _WALKS:
            self.steps += len(self.names)
        if name in _CLOSES:
            names, stops = _CLOSES[name]
            if any(map(self.known.get, names)) and (at := self._place(names, stops)) is not None:
                self._cut(at + 1 if name in _TABLE_PARTS else at)
        if name in _CLOSES_P and self.known["p"] and (at := self._place(_P, _P_STOPS)) is not None:
            self._cut(at)
        if name in _HEADINGS and self.names and self.names[-1] in _HEADINGS:
            self._cut(len(self.names) - 1)
        elif name == "table" and self.names and self.names[-1] in _IN_TABLE:
            self._close("table")
        elif name in ("a", "nobr") and self.known[name]:
            self._unformat(name)
        elif name in ("option", "optgroup"):
            for inner in ("option", name):
                if self.names and self.names[-1] == inner:
                    self._cut(len(self.names) - 1)

    def _close(self, name: str) -> None:
        """Close what a closing tag closes."""
        if name in ("br", "p"):
            self._is_foreign("br")  # it ends a drawing as if it opened something
        if self.known[f":{name}"] and (self.known["svg"] or self.known["math"]):
            name = f":{name}"
        if not self.known[name] and name not in _HEADINGS:
            self.steps += len(self.names)
        elif name in _FORMATTING:
            self._unformat(name)
        elif self.names and self.names[-1] == name:
            self._cut(len(self.names) - 1)
        else:
            names = _HEADINGS if name in _HEADINGS else frozenset((name,))
            stops = _KEEPS_OPEN.get(name, _SCOPE if name in _SPECIAL else _SPECIAL)
            at = self._place(names, stops)
            if at is not None:
                (self._drop if name == "form" else self._cut)(at)

    def _unformat(self, name: str) -> None:
        """Close a <b> or the like; a block that began in it stays open."""
        at = self._place(frozenset((name,)), _SCOPE)
        self.steps += _WALK * (len(self.names) - (at or 0))
        found = next((one for one in self._since_mark() if one.name == name), None)
        if found is not None:
            self.listed.remove(found)
        if at is None:
            return
        blocks = [place for place in range(at + 1, len(self.names)) if self.names[place] in _SPECIAL]
        if not blocks:
            self._cut(at)
        elif len(blocks) < _BLOCKS_PASSED:
            self._cut(blocks[-1] + 1)
            self._drop(at)
        else:
            self.names.insert(blocks[_BLOCKS_PASSED - 1], self.names.pop(at))
            self.formats.insert(blocks[_BLOCKS_PASSED - 1], self.formats.pop(at))

    def _since_mark(self) -> Iterator[_Format]:
        for one in reversed(self.listed):
            if one is None:
                return
            self.steps += _WALK
            yield one

    def _is_foreign(self, name: str) -> bool:
        """Say whether a tag is one of a drawing or a formula, where HTML's rules do not hold."""
        at = len(self.names)
        while at and (self.names[at - 1] in _FOREIGN or self.names[at - 1][0] == ":"):
            if self.names[at - 1] in _HTML_AGAIN:
                break
            if name not in _BREAKS_OUT:
                return True
            at -= 1
        if at < len(self.names):
            self._cut(at)
        return False

    def _count_options(self, name: str) -> None:
        self.options = self.options + 1 if name == "option" and self.known["select"] else 0
        if self.options > MOST_OPTIONS:
            raise ParseError(f"A list of the page has more than {MOST_OPTIONS:,} options{_NOT_READ}")

    def _count_attributes(self, name: str, rest: str) -> None:
        number = sum(1 for _ in _ATTRIBUTES.finditer(rest))
        if name in _ONCE:
            number = self.gathered = self.gathered + number
        if number > MOST_ATTRIBUTES:
            raise ParseError(f"A tag of the page has more than {MOST_ATTRIBUTES:,} attributes{_NOT_READ}")

    def _end_of_raw(self, name: str, at: int) -> int | None:
        """Return where the text of a <script> or the like ends, which is no markup."""
        if name == "plaintext":
            return None
        if name != "script":
            found = _RAW_END[name].search(self.text, at)
            return found.start() if found else None
        hidden = twice = False  # in a comment of the script, and in a script of that comment
        while turn := _SCRIPT_TURN.search(self.text, at):
            at = turn.end()
            if turn[0] == "<!--":
                hidden, at = True, at - (0 if hidden else 2)
            elif turn[0] == "-->":
                hidden = twice = False
            elif turn[1] and not twice:
                return turn.start()
            elif hidden:
                twice = not turn[1]
        return None


def _end(pattern: "re.Pattern[str]", text: str, at: int) -> int | None:
    found = pattern.search(text, at)
    return found.end() if found else None
