"""Phrases that must not come back, in docstrings, comments, messages, templates and help."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from service.cli.app import app

ROOT = Path(__file__).parents[1]
PACKAGES = ("monitor", "alerts", "service", "bench")

# The first word of a docstring or help text, and what to write.
OPENINGS = {
    r"Gives?(?! up)": "Return",
    r"Says?": "Return, Report or Print",
    r"Tells?": "Return, Report or Notify",
    r"Holds? \w+ against": "Compare or Check",
    r"Hears?": "Return",
    r"Lives? through": "Simulate or Run",
}
# A phrase anywhere, and what to write.
PHRASES = {
    r"(?:is|are|was|be) had": "is obtained",
    r"in the midst of": "during",
    r"what (?:now )?stands": "the current state",
    r"stands? (?:in|at|under|beside|above|below|there)": "is",
    r"so many": "N, or a name for the number",
    r"whose turn": "the next in line",
    r"told (?:of|about|to nobody)": "notified about, reported",
    r"(?:is|are|was|were|be) told(?! apart)": "is notified, is reported",
    r"none of (?:\w+ ){1,3}is": "no ... is",
    r"(?<!there )(?:is|are|was|were) no (?!longer|more|later|matter|further than)\w+": "is not a ...",
    r"(?<!there )(?:is|are) (?-i:none)(?! left)": "is not one",
    r"nothing but": "only",
    r"be it": "whether",
    r"that (?:is|are) to be": "to",
    r"lest": "so that ... not",
    r"thereof|hereof|therein|whereof|hitherto|whilst|amongst|nought|naught": "a modern word",
    r"not any more": "no longer",
    r"at the most": "at most",
    r"for ever": "forever",
    r"to no avail|in vain": "without success",
    r"in peace": "alone",
    r"heed(?:s|ed)?": "respect, follow",
    r"anew": "again",
    r"takes? stock": "records a baseline",
    r"holds? against|held against": "compare with",
    r"(?:spoke|speaks?) for (?:it|them)": "matched",
    r"whose it is": "its assignee",
    r"the time before|the digest before": "the previous period, the previous digest",
    r"(?:each|every|last|first|next) look": "check",
    r"all the same(?=[.,;])": "anyway",
    r"gives? to drink|wherefore|nigh|betwixt|oft|perchance": "a modern word",
    r"(?:colour|flavour|behaviour|favour|neighbour)\w*": "-or",
    r"\w+(?:[gnl]nis|malis|rganis|ialis|mmaris|ptimis|inimis)(?:e|es|ed|ing|ation)": "-ize",
    r"licence|centre|grey|spoilt|misspelt|learnt|towards|afterwards": "the American spelling",
}
TEMPLATE_ENDINGS = {".html", ".md", ".txt"}


def matcher(phrases: dict[str, str], form: str) -> re.Pattern[str]:
    """Return one pattern with a numbered group for each phrase."""
    return re.compile("|".join(form.format(f"({phrase})") for phrase in phrases), re.IGNORECASE)


OPENS = matcher(OPENINGS, r"\A\s*{}\b")
SAYS = matcher(PHRASES, r"\b{}\b")


@dataclass(frozen=True, slots=True)
class Text:
    """A text that people read; `opens` if it is a docstring or a help text."""

    place: str
    line: int
    text: str
    opens: bool = False


def python_texts(place: str, source: str) -> Iterator[Text]:
    """Return the docstrings, comments and other strings of a module."""
    tree = ast.parse(source)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    patterns = {id(part) for node in ast.walk(tree) if is_pattern(node) for part in ast.walk(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in patterns:
            yield Text(place, node.lineno, node.value, id(node) in docstrings)
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield Text(place, token.start[0], token.string)


def is_pattern(node: ast.AST) -> bool:
    """Return whether a node is a call of the re or regex module: its strings are not prose."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id in ("re", "regex")
    )


def texts_of_files() -> Iterator[Text]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*")):
            if "versions" in path.parts:  # a released migration stays as it is
                continue
            place = path.relative_to(ROOT).as_posix()
            if path.suffix == ".py":
                yield from python_texts(place, path.read_text(encoding="utf-8"))
            elif path.suffix == ".yaml" or (path.suffix in TEMPLATE_ENDINGS and "templates" in path.parts):
                yield Text(place, 1, path.read_text(encoding="utf-8"))


def texts_of_pages() -> Iterator[Text]:
    """Return the pages of the documentation, without what is code in them."""
    named = [
        ROOT / one
        for one in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "bench/README.md")
    ]
    for path in (*named, *sorted((ROOT / "docs").rglob("*.md"))):
        if "generated" not in path.parts:
            prose = re.sub(r"`[^`\n]+`", "", path.read_text(encoding="utf-8"))
            for line, text in enumerate(prose.splitlines(), 1):
                yield Text(path.relative_to(ROOT).as_posix(), line, text)


def texts_of_help() -> Iterator[Text]:
    """Return the help of every command and option, as the program has it."""
    waiting = [("oversight-watch", app)]
    while waiting:
        name, command = waiting.pop()
        yield Text(name, 1, command.help or "", opens=True)
        for option in command.params:
            yield Text(f"{name} {option.name}", 1, getattr(option, "help", None) or "")
        # Typer has a click of its own, so a group is known by its commands.
        waiting += [(f"{name} {one}", found) for one, found in getattr(command, "commands", {}).items()]


def hits(text: Text) -> Iterator[str]:
    """Return each banned phrase of a text, with its place and what to write."""
    for pattern, better in ((OPENS, [*OPENINGS.values()]), (SAYS, [*PHRASES.values()])):
        if pattern is OPENS and not text.opens:
            continue
        for found in pattern.finditer(text.text):
            line = text.line + text.text.count("\n", 0, found.start())
            yield f"{text.place}:{line}: {found[0].strip()!r}; write: {better[(found.lastindex or 1) - 1]}"


def test_no_file_has_a_banned_phrase() -> None:
    found = [hit for texts in (texts_of_files(), texts_of_pages()) for text in texts for hit in hits(text)]
    assert not found, f"{len(found)} phrases\n" + "\n".join(found)


def test_no_help_text_has_a_banned_phrase() -> None:
    found = [hit for text in texts_of_help() for hit in hits(text)]
    assert not found, f"{len(found)} phrases\n" + "\n".join(found)


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ('"""Give the sum."""\n', 1),
        ('"""Fine.\n\nWhat stands is kept."""\n', 3),
        ("# Nothing but this.\n", 1),
        ('def f() -> None:\n    raise ValueError(f"{1} is told")\n', 2),
    ],
)
def test_a_banned_phrase_is_found_with_its_line(source: str, line: int) -> None:
    (hit,) = [hit for text in python_texts("a.py", source) for hit in hits(text)]
    assert hit.startswith(f"a.py:{line}: ")


@pytest.mark.parametrize(
    "source",
    [
        '"""Give up after an hour."""\n',
        '"""There is none."""\n',
        'import re\nre.compile(r"so many")\n',
        'KEY = "gives"\n',
        '"""Kinds that can be told apart."""\n',
    ],
)
def test_ordinary_text_is_left_alone(source: str) -> None:
    assert [hit for text in python_texts("a.py", source) for hit in hits(text)] == []
