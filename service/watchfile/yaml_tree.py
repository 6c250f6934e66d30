"""Read one YAML file into a tree that knows where everything stands.

Positions are kept for every key and value, `${ENV}` is filled in, and whatever is wrong with the file as
YAML is noted as a problem; what the values mean is decided elsewhere (service.watchfile.load).
"""

import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from yaml import MappingNode, Node, ScalarNode, SequenceNode
from yaml.error import MarkedYAMLError, YAMLError

from monitor.domain import yaml_core
from monitor.domain.errors import OversightError
from monitor.domain.plain_files import read_file
from monitor.domain.text import UNSEEN, hint

_ENVIRONMENT = re.compile(r"\$\$|\$\{(?:(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>[^}]*))?\})?")
# A URL may hold a password or a token; one of ours, sqlite:///, never does.
_INSIDE_URL = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<rest>.*)", re.DOTALL)
_HOST = re.compile(r"([\w.-]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?|\d{1,5}")
_OURS = r"(?:[\w-]+\.)*(?:example\.(?:org|com|gov)|appriseit\.com)"
_HINT_HOSTS = re.compile(rf"://(?:user:password@)?(?:host\b|{_OURS}(?![\w.-]))")
_DEEP = re.compile(r"(?:[\[{]\s*(?:\w+:\s*)?){50}|(?:-[ ]){50}")
MOST_SHOWN = 100  # mistakes
_LONGEST_SENTENCE = 1_000
# What these bound takes a second or two on an ordinary machine.
_MOST_PARTS = 60_000
_LONGEST_VALUE = 20_000
_MOST_VARIABLES = 20
_URL = re.compile(r"(?<![A-Za-z0-9+.-])(?!sqlite:)([A-Za-z][A-Za-z0-9+.-]*)://[^\s'\"]*")


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A position in a file; lines and columns count from 1."""

    file: Path
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake: where it stands and a sentence about it. Never holds a URL or a secret."""

    file: Path
    line: int
    column: int
    message: str
    keys: tuple[str, ...] = ()  # that lead to it

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message}"


class WatchFileError(OversightError):
    """A watch file that cannot be used; says its mistakes, one a line."""

    def __init__(self, problems: list[Problem]) -> None:
        more = len(problems) - MOST_SHOWN
        lines = [*map(str, problems[:MOST_SHOWN]), *([f"and {more:,} more mistakes"] if more > 0 else [])]
        super().__init__("\n".join(lines))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value. `written` is the text in the file, before the environment was filled in."""

    place: Place
    plain: str | int | float | bool | None
    written: str

    @property
    def shown(self) -> str:
        """The value as a message may print it: nothing from the environment, and no URL beyond its scheme."""
        if not isinstance(self.plain, str):
            return self.written
        scheme, found, _ = self.written.partition("://")
        return repr(f"{scheme}://…" if found else self.written)

    @property
    def from_environment(self) -> bool:
        """Whether the value is (or may hold) something that stands outside the file."""
        return isinstance(self.plain, str) and self.plain != self.written


@dataclass(frozen=True, slots=True)
class Items:
    """A list. `plain` is what it holds without positions."""

    place: Place
    items: tuple["Tree", ...]
    plain: list[Any]


@dataclass(frozen=True, slots=True)
class Keys:
    """A mapping. `plain` is what it holds without positions."""

    place: Place
    entries: Mapping[str, "Entry"]
    plain: dict[str, Any]

    @classmethod
    def of(cls, place: Place, entries: Mapping[str, "Entry"]) -> "Keys":
        """Make a mapping of entries."""
        return cls(place, entries, {key: entry.value.plain for key, entry in entries.items()})


Tree = Scalar | Items | Keys


@dataclass(frozen=True, slots=True)
class Entry:
    """A key's value; `place` is where the key stands."""

    place: Place
    value: Tree


@dataclass(slots=True)
class Problems:
    """Collects mistakes; one that was noted already, or follows from another at its place, is left out."""

    found: list[Problem] = field(default_factory=list)
    _known: set[tuple[Place, str]] = field(default_factory=set)
    _spoiled: set[Place] = field(default_factory=set)
    _given: set[str] = field(default_factory=set)  # values of the file and the environment that are URLs

    def hint(self, name: str, known: Collection[str]) -> str:
        """Return the end of a sentence about an unknown name; empty where nobody would read it any more."""
        return hint(name, known) if len(self.found) < MOST_SHOWN else ""

    def note_value(self, text: str) -> None:
        """Remember a value, so that no message repeats it where it is a URL."""
        if "://" in text:
            self._given.add(text)

    def add(self, place: Place, path: Iterable[str], sentence: str, *, spoils: bool = False) -> None:
        """Note a mistake at `place`; where it `spoils` the value, nothing further is said about it."""
        if (place, sentence) in self._known or place in self._spoiled:
            return
        self._known.add((place, sentence))
        if spoils:
            self._spoiled.add(place)
        keys = tuple(path)
        steps = ".".join(keys)
        message = _shortened(_URL.sub(self._masked, f"{steps}: {sentence}" if steps else sentence))
        self.found.append(Problem(place.file, place.line, place.column, message, keys))

    def _masked(self, found: re.Match[str]) -> str:
        """Return a URL as a message may show it: an example of ours in full, another one as its scheme."""
        url = found[0].rstrip(".,;:)")
        ours = _HINT_HOSTS.search(url) and not any(url in given or given in url for given in self._given)
        return found[0] if ours else f"{found[1]}://…"


def _shortened(message: str) -> str:
    """Return a message with its middle left out where it repeats a very long name or value."""
    half = _LONGEST_SENTENCE // 2
    return message if len(message) <= _LONGEST_SENTENCE else f"{message[:half]} … {message[-half:]}"


def read_tree(path: Path, environment: Mapping[str, str], problems: Problems) -> Tree | None:
    """Read the file. None where it is empty or no YAML; `problems` then says why, unless it is empty.

    Raises OSError or ValueError where there is no such file.
    """
    start = Place(path, 1, 1)
    data = read_file(path)
    if kind := _kind_of_file(data):
        problems.add(start, (), f"is {kind}, not plain text; save it as plain text in UTF-8")
        return None
    try:
        text = data.decode("utf-8-sig")
        if sentence := _too_much(text):
            problems.add(start, (), sentence)
            return None
        node = yaml_core.compose(text)
        return None if node is None else _Grower(path, environment, problems).tree(node, ())
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        problems.add(Place(path, line, 1), (), "has bytes that are not UTF-8; save the file as UTF-8")
    except MarkedYAMLError as error:
        lines = data.decode("utf-8-sig").splitlines()
        mark = error.problem_mark or error.context_mark
        place = start if mark is None else Place(path, mark.line + 1, mark.column + 1)
        if place.line > len(lines):  # the end of the file is reported behind its last line
            place = Place(path, len(lines), len(lines[-1]) + 1)
        problems.add(place, (), _syntax_sentence(error, lines))
    except (YAMLError, ValueError):
        found = _NOT_YAML.search(data.decode("utf-8-sig"))
        before = found.string[: found.start()] if found else ""
        place = Place(path, before.count("\n") + 1, len(before) - before.rfind("\n"))
        problems.add(place, (), "has a control character, which YAML does not allow; delete it")
    except RecursionError:
        problems.add(start, (), "is nested too deeply")
    return None


def _kind_of_file(data: bytes) -> str | None:
    """Return what a file is that is not text in UTF-8, as word processors and old editors write it."""
    if b"\0" in data[:2] or data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return "a file in UTF-16"
    return next((kind for begins, kind in _OTHER_FILES.items() if data.startswith(begins)), None)


def _too_much(text: str) -> str | None:
    """Return why a file is not parsed: the time that takes grows with its depth and its parts."""
    if _DEEP.search(text):
        return "is nested too deeply"
    parts = sum(map(text.count, "\n,[{"))
    if parts > _MOST_PARTS:
        return f"has more than {_MOST_PARTS:,} lines and list items, which is too much for a watch file"
    return None


_OTHER_FILES = {
    b"PK\3\4": "a Word document or another packed file",
    b"\xd0\xcf\x11\xe0": "an old Word document",
    b"%PDF-": "a PDF",
    b"{\\rtf": "a rich-text document",
}
_NOT_YAML = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ODD_BLANK = re.compile(f"[{UNSEEN}\u00a0\u2000-\u200a\u202f\u3000]")
_NO_PLAIN_SPACE = "has a blank other than a plain space; delete it and type it again"
_INDENTATION = r"<block end>|expected key|'-' indicator|<document start>"
# What the YAML library says, in words that tell what to do. The first that fits is taken.
_SYNTAX = (
    (r"undefined alias", "a value cannot begin with * outside quotes"),
    (r"another document", "a second document begins here; keep only one, without ---"),
    (r"quoted scalar.*end of stream", "a quote is never closed"),
    (r"unknown escape", "a backslash in double quotes must be doubled; or use single quotes"),
    (r"cannot start any token", "a value cannot begin with this character; put it in quotes"),
    (
        r"mapping values are not",
        "a colon is not allowed here; check the indentation, or put the value in quotes",
    ),
    (r"flow", "a bracket is not closed, or a comma is missing"),
    (r"expected ':'", "a colon and a space are missing after a key"),
    (r"", "is not valid YAML here; check the indentation, colons, brackets and quotes before it"),
)


def _syntax_sentence(error: MarkedYAMLError, lines: list[str]) -> str:
    mark, said = error.problem_mark, f"{error.context} {error.problem}"
    line = lines[mark.line] if mark is not None and mark.line < len(lines) else ""
    column = mark.column if mark is not None else 0
    if "'\\t'" in said or "\t" in line[: len(line) - len(line.lstrip())]:
        return "indent with spaces, not tabs"
    marks = [found.line for found in (error.context_mark, mark) if found is not None]
    near = [lines[min(number, len(lines) - 1)] for number in marks if lines]
    if any(map(_ODD_BLANK.search, near)):
        return _NO_PLAIN_SPACE
    if any(re.match("\\s*[\u2013\u2014\u2022]", one) for one in near):
        return "a list item begins with a plain hyphen and a space"
    if line[max(column - 1, 0) :].startswith("${"):
        return 'inside { } or [ ] write quotes around it: "${NAME}"'
    if not line[:column].strip() and re.search(_INDENTATION, said):
        return "the indentation does not match the lines above"
    return next(sentence for pattern, sentence in _SYNTAX if re.search(pattern, said, re.DOTALL))


class _Grower:
    """Turns the library's nodes into our tree."""

    def __init__(self, path: Path, environment: Mapping[str, str], problems: Problems) -> None:
        self._path, self._environment, self._problems = path, environment, problems
        # An anchor used in many places is grown once, so that no file can blow up in memory.
        self._grown: dict[int, Tree | None] = {}

    def tree(self, node: Node, path: tuple[str, ...]) -> Tree:
        place = self._place(node)
        if id(node) in self._grown:
            known = self._grown[id(node)]
            if known is not None:
                return known
            self._problems.add(place, path, "an anchor is used inside itself", spoils=True)
            return Scalar(place, None, "")
        self._grown[id(node)] = None
        tree = self._grow(node, place, path)
        self._grown[id(node)] = tree
        return tree

    def _grow(self, node: Node, place: Place, path: tuple[str, ...]) -> Tree:
        if not str(node.tag).startswith("tag:yaml.org,2002:"):
            self._problems.add(place, path, "tags (words beginning with !) are not used here", spoils=True)
        if isinstance(node, MappingNode):
            return Keys.of(place, dict(self._entries(node, path)))
        if isinstance(node, SequenceNode):
            items = tuple(self.tree(item, path) for item in node.value)
            return Items(place, items, [item.plain for item in items])
        value = _value(node)
        if isinstance(value, str):
            self._problems.note_value(value)
            if len(value) > _LONGEST_VALUE or value.count("${") > _MOST_VARIABLES:
                sentence = (
                    f"has more than {_LONGEST_VALUE:,} characters or more than {_MOST_VARIABLES} variables"
                )
                self._problems.add(place, path, sentence, spoils=True)
                value = ""
            if "$" in value:
                value = self._filled(value, place, path)
                self._problems.note_value(value)
        return Scalar(place, value, str(node.value))

    def _entries(self, node: MappingNode, path: tuple[str, ...]) -> Iterator[tuple[str, Entry]]:
        first: dict[str, Place] = {}
        for key_node, value_node in node.value:
            place = self._place(key_node)
            if not isinstance(key_node, ScalarNode):
                self._problems.add(place, path, "a key must be a single word")
                continue
            key = str(key_node.value)
            if _ODD_BLANK.search(key):
                self._problems.add(place, path, f"the key {_ODD_BLANK.sub('', key)!r} {_NO_PLAIN_SPACE}")
            elif key == "<<":
                self._problems.add(place, path, "'<<' is not used here; write extends: NAME")
            elif key in first:
                lines = f"on lines {first[key].line} and {place.line}"
                self._problems.add(place, path, f"{key!r} is written twice, {lines}; keep one")
            else:
                first[key] = place
                yield key, Entry(place, self.tree(value_node, (*path, key)))

    def _place(self, node: Node) -> Place:
        return Place(self._path, node.start_mark.line + 1, node.start_mark.column + 1)

    def _filled(self, text: str, place: Place, path: tuple[str, ...]) -> str:
        """Fill in ${NAME} and ${NAME:-default}; $$ is a dollar sign, any other dollar sign stays."""

        def value(found: re.Match[str]) -> str:
            name, default = found["name"], found["default"]
            if found[0] == "$$":
                return "$"
            if name is None:
                sentence = "after '${' a name and '}' must follow; write $${ for the characters themselves"
                self._problems.add(place, path, sentence, spoils=True)
                return ""
            given = self._environment.get(name, "").rstrip("\r\n")  # a file of secrets ends with a line break
            if not given and default is not None:
                return str(default)
            if not given:
                state = "empty" if name in self._environment else "not set"
                sentence = f"the environment variable {name} is {state} (${{{name}:-…}} gives it a default)"
                self._problems.add(place, path, sentence, spoils=True)
            part = _as_one_part(given, text, found.span())
            if part is None:
                sentence = (
                    f"{name} stands where a host is expected and holds something else; let it hold the whole"
                    f" URL and write ${{{name}}} alone"
                )
                self._problems.add(place, path, sentence, spoils=True)
            return part or ""

        return _ENVIRONMENT.sub(value, text)


def _as_one_part(value: str, text: str, span: tuple[int, int]) -> str | None:
    """Return a value from the environment as one part of the URL around it: its own signs do not end a part.

    None where a host is expected and the value is more than one: a piece of a password could be asked of
    DNS. Outside a URL, and for a file's path, the value stays as it is.
    """
    before = _ENVIRONMENT.sub("x", text[: span[0]])
    after = _ENVIRONMENT.sub("x", text[span[1] :])
    inside = _INSIDE_URL.fullmatch(before)
    if inside is None or inside["scheme"].lower() in ("sqlite", "file"):
        return value
    if not re.search(r"[/?#]", inside["rest"]):
        if "@" in re.split(r"[/?#]", after)[0]:
            return quote(value, safe="")  # user or password
        return value if not value or _HOST.fullmatch(value) else None
    return quote(value, safe="" if "?" in inside["rest"] else "/")


def _value(node: Node) -> str | int | float | bool | None:
    text, kind = str(node.value), str(node.tag).rpartition(":")[2]
    if kind == "null":
        return None
    if kind == "bool":
        return text.lower() == "true"
    with suppress(ValueError):
        if kind == "int":
            return int(text, 0) if text[:2].lower() in ("0x", "0o") else int(text)
        if kind == "float":
            return float(text)
    return text  # dates and times are text to us
