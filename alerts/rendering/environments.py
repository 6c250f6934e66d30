"""The template environments: one per flavour of mark-up, sandboxed, with the user's files before ours.

Every variable is escaped for its flavour, so a template cannot forget it; what a template may reach is
what render hands in.
"""

import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from textwrap import TextWrapper
from typing import Any, Literal, cast

from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    FileSystemLoader,
    PrefixLoader,
    StrictUndefined,
    TemplateSyntaxError,
)
from jinja2.exceptions import SecurityError, TemplateNotFound, UndefinedError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup, escape

from alerts.domain.errors import RenderError
from alerts.language.escape import clean, escape_markdown, escape_slack
from alerts.language.markers import ADDED, FOUND, LINK, REMOVED, RULE, SMALL, with_found
from alerts.language.text import Segment, plain, web_address
from alerts.rendering.user_templates import loader_of, reaches_out, user_files

Flavour = Literal["text", "html", "markdown", "slack", "card"]

OURS = Path(__file__).parent / "templates"
_WIDTH = 76  # columns of the text face; mail programs and terminals alike show them unbroken
_LARGEST_REPEAT = 100_000

# Where a flavour looks for its files, first hit first: Slack's mark-up is Markdown but for a few signs, and
# a card of Teams takes no signs at all but runs of text, which alerts.rendering.cards makes of our own marks.
_FOLDERS: Mapping[Flavour, tuple[str, ...]] = {
    "text": ("text",),
    "html": ("html",),
    "markdown": ("markdown",),
    "slack": ("slack", "markdown"),
    "card": ("teams", "markdown"),
}
_ESCAPES: Mapping[Flavour, Callable[[str], str]] = {
    "text": str,
    "html": escape,
    "markdown": escape_markdown,
    "slack": escape_slack,
    "card": clean,
}
_MARKS: Mapping[Flavour, Mapping[str, tuple[str, str]]] = {
    "text": {"removed": ("[-", "-]"), "added": ("{+", "+}"), "found": ("*", "*")},
    "html": {"removed": ("<del>", "</del>"), "added": ("<ins>", "</ins>"), "found": ("<mark>", "</mark>")},
    "markdown": {"removed": ("~~", "~~"), "added": ("**", "**"), "found": ("*", "*")},
    "slack": {"removed": ("~", "~"), "added": ("*", "*"), "found": ("_", "_")},
    "card": {"removed": REMOVED, "added": ADDED, "found": FOUND},
}

_BULLETS: Mapping[str, Markup] = {"slack": Markup("•"), "card": Markup("•")}


class _Environment(ImmutableSandboxedEnvironment):
    """Jinja's sandbox, which also refuses to build giant values out of small ones."""

    intercepted_binops = frozenset(("**", "*"))

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        sizes = [len(side) for side in (left, right) if isinstance(side, str | list | tuple)]
        counts = [side for side in (left, right) if isinstance(side, int)]
        if operator == "**" or (sizes and counts and sizes[0] * counts[0] > _LARGEST_REPEAT):
            raise SecurityError(f"a template may not use {operator} to make something this large")
        return super().call_binop(context, operator, left, right)


class Templates:
    """All faces, ready to render. Make one with `templates` and keep it: compiled templates are reused."""

    def __init__(self, folder: Path | None) -> None:
        self._roots = [root for root in (folder, OURS) if root is not None]
        self.files = user_files(folder, _FOLDERS)
        self._environments = {flavour: self._environment(flavour) for flavour in _FOLDERS}

    def render(self, flavour: Flavour, name: str, **context: Any) -> str:
        """Render one template. Raises RenderError with file and line where it is broken."""
        try:
            return self._environments[flavour].get_template(name).render(context)
        except Exception as error:  # a user's template can fail in any way there is
            raise self._named(error, f"{_FOLDERS[flavour][0]}/{name}") from error

    def hidden_asked_for(self) -> Iterator[RenderError]:
        """Give what is wrong with the user's files as they are written, before any of them is rendered."""
        for file in self.files:
            try:
                yield from reaches_out(self._environments[cast("Flavour", file.flavour)], file)
            except TemplateSyntaxError as error:
                yield self._named(error, f"{file.flavour}/{file.name}")

    def _environment(self, flavour: Flavour) -> _Environment:
        ours = FileSystemLoader([OURS / name for name in _FOLDERS[flavour]])
        loaders: list[BaseLoader] = [PrefixLoader({"ours": ours}), ours]
        loaders.insert(0, loader_of(self.files, _FOLDERS[flavour]))
        environment = _Environment(
            loader=ChoiceLoader(loaders),
            undefined=StrictUndefined,
            # On for every flavour: it is what marks text that was escaped already.
            autoescape=True,
            finalize=partial(_escaped, flavour),
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.filters["changed"] = partial(_changed, flavour)
        environment.filters["found"] = partial(_found, flavour)
        environment.filters["bold"] = partial(_bold, flavour)
        environment.filters["linked"] = partial(_linked, flavour)
        environment.filters["wrapped"] = _wrapped
        environment.filters["labelled"] = _labelled
        environment.filters["kept"] = _kept
        environment.globals["mark"] = _BULLETS.get(flavour, Markup("-"))
        environment.globals["small"] = Markup(SMALL)  # noqa: S704 - a mark of ours
        environment.globals["rule"] = Markup(RULE)  # noqa: S704 - the same
        environment.filters["command"] = partial(_command, flavour)
        return environment

    def _named(self, error: Exception, asked: str) -> RenderError:
        """Give the error as a sentence with its file and line."""
        file, line = self._place(error)
        if isinstance(error, TemplateSyntaxError):
            file, line = error.filename, error.lineno
        place = f"{file or asked}, line {line}" if line else asked
        said = error.message if isinstance(error, TemplateSyntaxError) else str(error)
        match error:
            case TemplateNotFound():
                said = f"there is no template {error.name!r}"
            case SecurityError():
                said = f"this is not allowed in a template: {said}"
            case UndefinedError() | TemplateSyntaxError():
                pass
            case _:
                said = f"{type(error).__name__}: {said}"
        return RenderError(f"template {place}: {plain(said)}", Path(file) if file else None, line)

    def _place(self, error: Exception) -> tuple[str | None, int | None]:
        """Find the innermost line of a template in the traceback, which Jinja keeps true to the file."""
        frames = traceback.extract_tb(error.__traceback__)
        roots = tuple(f"{root}/" for root in self._roots)
        found = [frame for frame in frames if frame.filename.startswith(roots)]
        return (found[-1].filename, found[-1].lineno) if found else (None, None)


def templates(folder: Path | None) -> Templates:
    """Give the faces; files in `folder` come before ours of the same name.

    They stand in text/, html/, markdown/, slack/ and teams/. A user's file may build on ours:
    {% extends "ours/changes.html" %}.
    """
    return Templates(folder)


def _escaped(flavour: Flavour, value: Any) -> Markup:
    if isinstance(value, Markup):
        return value
    return Markup(_ESCAPES[flavour](plain(value)))  # noqa: S704 - this is the escaping


def _found(flavour: Flavour, text: Any, words: Iterable[str] = ()) -> Markup:
    """Show text with the words a topic looked for marked."""
    shown = str(_ESCAPES[flavour](with_found(plain(text), words)))
    begin, end = _MARKS[flavour]["found"]
    return Markup(shown.replace(FOUND[0], begin).replace(FOUND[1], end))  # noqa: S704 - it was escaped


def _changed(flavour: Flavour, segments: Iterable[Segment], words: Iterable[str] = ()) -> Markup:
    """Show changed words in the flavour's own marks, and those a topic looked for in theirs."""
    words = tuple(words)
    parts: list[str] = []
    for segment in segments:
        begin, end = _MARKS[flavour].get(segment.kind, ("", ""))
        # Only the first run may stand at the start of a line, where Markdown reads more signs.
        ahead = "x " if parts or begin else ""
        shown = _found(flavour, f"{ahead}{segment.text}", words)[len(ahead) :]
        parts.append(f"{begin}{shown}{end}")
    return Markup(" ".join(parts))  # noqa: S704 - each part was escaped


def _bold(flavour: Flavour, text: Any) -> Markup:
    return _changed(flavour, [Segment("added", plain(text))]) if plain(text) else Markup("")


def _linked(flavour: Flavour, text: Any, address: Any) -> Markup:
    """Make text a link in a chat's mark-up; where the address is not fit for one, leave the text."""
    shown, url = _escaped(flavour, text), web_address(address)
    if url is None or flavour not in ("markdown", "slack", "card"):
        return shown
    if flavour == "card":
        return Markup(f"{LINK[0]}{shown}{LINK[1]}{url}{LINK[2]}")  # noqa: S704 - a card knows no mark-up
    if flavour == "slack":
        url = url.replace("&", "&amp;").replace("|", "%7C")
        return Markup(f"<{url}|{shown}>")  # noqa: S704 - the address holds no < > and no blank
    return Markup(f"[{shown}](<{url}>)")  # noqa: S704 - the same


def _wrapped(text: Any, indent: int = 0, first: int | None = None) -> Markup:
    """Break text into lines of the text face; addresses and no-break spaces stay whole."""
    wrapper = TextWrapper(
        width=_WIDTH,
        initial_indent=" " * (indent if first is None else first),
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return Markup("\n".join(wrapper.wrap(plain(text))))  # noqa: S704 - the text face has no mark-up


def _labelled(label: str, text: Any, indent: int = 0) -> Markup:
    """Set a value beside its name, with later lines indented."""
    return _wrapped(f"{plain(label)} {plain(text)}", indent + 4, indent)


def _kept(text: str) -> Markup:
    """Leave the blanks of one line of the text face as they are: columns of numbers."""
    return Markup(text.rstrip())  # noqa: S704 - the text face has no mark-up


def _command(flavour: Flavour, text: str) -> Markup:
    """Show a command to type; as code where no character in it could end the code."""
    shown = _escaped(flavour, text)
    if flavour == "html":
        return Markup("<code>{}</code>").format(shown)
    simple = plain(text).translate(dict.fromkeys(map(ord, " '-._/:#"), "")).isalnum()
    if flavour in ("markdown", "slack") and simple:
        return Markup(f"`{plain(text)}`")  # noqa: S704 - letters, digits and harmless signs only
    return shown
