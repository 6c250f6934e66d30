"""Bring the parts of a watch file together: included files into one document, templates into entries."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from monitor.domain.text import nearest
from service.watchfile.settings import SECTIONS, Basics
from service.watchfile.yaml_tree import Entry, Items, Keys, Place, Problems, Scalar, Tree, read_tree

_TOP = (*Basics.model_fields, "include", *SECTIONS)
_LONGEST_LINE = 20  # of entries that extend each other, of files that include each other
_NAME = re.compile(r"\.?[A-Za-z0-9][A-Za-z0-9_-]*")


@dataclass(slots=True)
class Document:
    """All parts in one: keys beside the sections, the named entries of each section, the files read."""

    basics: dict[str, Entry] = field(default_factory=dict)
    sections: dict[str, dict[str, Entry]] = field(default_factory=lambda: {name: {} for name in SECTIONS})
    files: list[Path] = field(default_factory=list)
    whole: bool = True  # False where a part could not be read: names that seem missing may be there


class Collector:
    """Reads a file and what it includes into one document, each file once."""

    def __init__(self, environment: Mapping[str, str], problems: Problems) -> None:
        self.document = Document()
        self._environment, self._problems = environment, problems
        self._open: list[Path] = []  # from the main file down to the one being read
        self._done: set[Path] = set()

    def read(self, path: Path, place: Place) -> None:
        """Add the file at `path`; `place` is where it is asked for."""
        try:
            real = path.resolve()
        except (OSError, ValueError, RuntimeError) as error:
            self.document.whole = False
            self._problems.add(place, ("include",), self._unreadable(path, error))
            return
        if real in self._open:
            names = " includes ".join(
                str(file.name) for file in [*self._open[self._open.index(real) :], real]
            )
            self._problems.add(place, ("include",), f"includes itself: {names}")
            return
        if real in self._done:
            return
        if len(self._open) >= _LONGEST_LINE:
            self.document.whole = False
            sentence = f"is more than {_LONGEST_LINE} files deep, each included by the one before"
            self._problems.add(place, ("include",), sentence)
            return
        self._done.add(real)
        try:
            tree = read_tree(path, self._environment, self._problems)
        except (OSError, ValueError) as error:
            self.document.whole = False
            self._problems.add(place, ("include",) if self._open else (), self._unreadable(path, error))
            return
        self.document.files.append(path)
        self._open.append(real)
        self._add(path, tree)
        self._open.pop()

    def _unreadable(self, path: Path, error: Exception) -> str:
        if isinstance(error, FileNotFoundError):
            advice = "" if self._open else "; 'oversight-watch init' writes one"
            return f"there is no file {path}{advice}"
        reason = getattr(error, "strerror", None) or "this is not a file name"
        return f"{path} cannot be read: {reason}"

    def _add(self, path: Path, tree: Tree | None) -> None:
        if isinstance(tree, Keys):
            self._add_keys(path, tree)
            return
        self.document.whole = False
        if tree is not None:
            self._problems.add(tree.place, (), "a watch file has keys such as 'sources:', each with a colon")
        elif not any(problem.file == path for problem in self._problems.found):
            advice = "; 'oversight-watch init' writes an example" if len(self._open) == 1 else ""
            self._problems.add(Place(path, 1, 1), (), f"the file is empty{advice}")

    def _add_keys(self, path: Path, tree: Keys) -> None:
        for key, entry in tree.entries.items():
            meant: str | None = key
            if key not in _TOP:
                self._problems.add(entry.place, (), f"unknown key {key!r}{self._problems.hint(key, _TOP)}")
                # Read it as what was meant, so that one slip does not hide or cause other mistakes.
                meant = nearest(key, _TOP)
                meant = None if meant in tree.entries else meant
            if meant == "include":
                self._include(path, entry.value)
            elif meant in SECTIONS:
                self._add_section(meant, entry.value)
            elif meant is not None and self._is_new(self.document.basics, meant, entry, ()):
                self.document.basics[meant] = entry

    def _add_section(self, section: str, value: Tree) -> None:
        if isinstance(value, Scalar) and value.plain is None:
            return
        if not isinstance(value, Keys):
            self.document.whole = False
            self._problems.add(
                value.place, (section,), "needs named entries, each with its settings below it"
            )
            return
        entries = self.document.sections[section]
        for name, entry in value.entries.items():
            if not _NAME.fullmatch(name):
                sentence = f"{name!r} is not a valid name; use letters, digits, - and _, without spaces"
                self._problems.add(entry.place, (section,), sentence)
            if self._is_new(entries, name, entry, (section,)):
                entries[name] = entry

    def _is_new(self, known: Mapping[str, Entry], name: str, entry: Entry, path: tuple[str, ...]) -> bool:
        if name in known:
            sentence = f"is defined twice, here and at {known[name].place}; keep one"
            self._problems.add(entry.place, (*path, name), sentence)
        return name not in known

    def _include(self, path: Path, value: Tree) -> None:
        for item in value.items if isinstance(value, Items) else (value,):
            if isinstance(item, Scalar) and isinstance(item.plain, str):
                if item.plain:
                    self.read(path.parent / item.plain, item.place)
            else:
                self._problems.add(item.place, ("include",), "needs the name of a file, or a list of names")


def with_templates(section: str, entries: Mapping[str, Entry], problems: Problems) -> dict[str, Entry]:
    """Return the entries with what they extend filled in, without the templates (names with a dot)."""
    whole = {}
    for name, entry in entries.items():
        if name.startswith("."):
            continue
        keys: dict[str, Entry] = {}
        for ancestor in reversed(_lineage(section, name, entries, problems)):
            value = entries[ancestor].value
            if isinstance(value, Keys):
                keys.pop("was", None)  # nobody inherits a former name
                keys |= value.entries
        keys.pop("extends", None)
        value = entry.value
        if isinstance(value, Keys) or (isinstance(value, Scalar) and value.plain is None):
            value = Keys.of(value.place, keys)
        whole[name] = Entry(entry.place, value)
    return whole


def _lineage(section: str, name: str, entries: Mapping[str, Entry], problems: Problems) -> list[str]:
    """Return the entry's name, then what it extends, and so on; mistakes end the line."""
    line = [name]
    while (value := _extends(entries[line[-1]])) is not None:
        path = (section, line[-1], "extends")
        parent = value.plain if isinstance(value, Scalar) else None
        if not isinstance(parent, str):
            problems.add(value.place, path, "needs the name of one entry")
            break
        if parent not in entries:
            shown = value.shown if isinstance(value, Scalar) else ""
            problems.add(
                value.place, path, f"no entry of {section} is called {shown}{problems.hint(parent, entries)}"
            )
            break
        if parent in line:
            _report_circle(section, line[line.index(parent) :], entries, problems)
            break
        if len(line) >= _LONGEST_LINE:
            problems.add(
                value.place, path, f"extends more than {_LONGEST_LINE} entries, one through the other"
            )
            break
        line.append(parent)
    return line


def _extends(entry: Entry) -> Tree | None:
    found = entry.value.entries.get("extends") if isinstance(entry.value, Keys) else None
    return found.value if found else None


def _report_circle(section: str, circle: list[str], entries: Mapping[str, Entry], problems: Problems) -> None:
    # Every entry on the circle finds it; starting at the same one each time, it is reported once.
    first = circle.index(min(circle))
    names = [*circle[first:], *circle[: first + 1]]
    value = _extends(entries[names[0]])
    if value is not None:
        sentence = f"extends itself: {' extends '.join(names)}"
        problems.add(value.place, (section, names[0], "extends"), sentence)
