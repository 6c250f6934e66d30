"""The template environments: one per markup flavor, sandboxed, with the user's files before ours.

Every variable is escaped for its flavor, so a template cannot forget it. A template can only use what render
passes in.
"""

import re
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import nullcontext
from functools import cache, partial
from pathlib import Path
from textwrap import TextWrapper
from types import CodeType
from typing import Any, Literal, cast

from jinja2 import (
    BaseLoader,
    BytecodeCache,
    ChoiceLoader,
    FileSystemLoader,
    PrefixLoader,
    StrictUndefined,
    TemplateSyntaxError,
    nodes,
)
from jinja2.bccache import Bucket
from jinja2.exceptions import SecurityError, TemplateNotFound, UndefinedError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup, escape

from alerts.domain.errors import RenderError, TemplateBoundError
from alerts.language.escape import clean, escape_markdown, escape_slack
from alerts.language.markers import ADDED, FOUND, HELD, LINK, REMOVED, RULE, SMALL, with_found
from alerts.language.text import Segment, plain, shortened, web_address
from alerts.language.together import held
from alerts.rendering.bounds import BoundError, bound, budget_for, check_call, check_operator, counted, spend
from alerts.rendering.user_templates import loader_of, reaches_out, user_files

Flavor = Literal["text", "html", "markdown", "slack", "card"]

OURS = Path(__file__).parent / "templates"
_WIDTH = 76  # columns of plain text, which mail programs and terminals show unbroken

# Where a flavor looks for its files, in this order. Slack's markup is close to Markdown; a Teams card has
# text runs instead of markup, which alerts.rendering.cards makes from our own marks.
_FOLDERS: Mapping[Flavor, tuple[str, ...]] = {
    "text": ("text",),
    "html": ("html",),
    "markdown": ("markdown",),
    "slack": ("slack", "markdown"),
    "card": ("teams", "markdown"),
}
_ESCAPES: Mapping[Flavor, Callable[[str], str]] = {
    "text": str,
    "html": escape,
    "markdown": escape_markdown,
    "slack": escape_slack,
    "card": clean,
}
_MARKS: Mapping[Flavor, Mapping[str, tuple[str, str]]] = {
    "text": {"removed": ("[-", "-]"), "added": ("{+", "+}"), "found": ("*", "*")},
    "html": {"removed": ("<del>", "</del>"), "added": ("<ins>", "</ins>"), "found": ("<mark>", "</mark>")},
    "markdown": {"removed": ("~~", "~~"), "added": ("**", "**"), "found": ("*", "*")},
    "slack": {"removed": ("~", "~"), "added": ("*", "*"), "found": ("_", "_")},
    "card": {"removed": REMOVED, "added": ADDED, "found": FOUND},
}

# What a line of a notice ends with.
_TAIL = re.compile(r"(?P<said>.*?) (?P<tail>https?://\S+|oversight-watch [a-z].*)", re.DOTALL)
_BULLETS: Mapping[str, Markup] = {"slack": Markup("•"), "card": Markup("•")}


class _Compiled(BytecodeCache):
    """Compiled templates by file and content, for every environment that compiles them alike."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, CodeType | None]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        checksum, code = self._known.get(bucket.key, ("", None))
        if checksum == bucket.checksum:
            bucket.code = code

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._known[bucket.key] = bucket.checksum, bucket.code


# Compiling takes longer than rendering, and environments are made again whenever the watch file is read.
@cache
def _compiled(_flavor: Flavor, _bounded: bool) -> _Compiled:
    return _Compiled()


class _Environment(ImmutableSandboxedEnvironment):
    """Jinja's sandbox, which also bounds what templates spend if they are the user's."""

    intercepted_binops = frozenset(("**", "*", "%", "+", "-"))

    def __init__(self, *, bounded: bool, **options: Any) -> None:
        super().__init__(**options)
        self.bounded = bounded

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        check_operator(operator, left, right)
        return super().call_binop(context, operator, left, right)

    def call(__self, __context: Any, __obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N805 - Jinja's own
        check_call(__obj, *args, *kwargs.values())
        found = super().call(__context, __obj, *args, **kwargs)
        spend(found)
        return found

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        # A format can ask for any width; the filter of this name is checked.
        unbounded = isinstance(obj, str) and attr in ("format", "format_map")
        return not unbounded and super().is_safe_attribute(obj, attr, value)

    def wrap_str_format(self, value: Any) -> None:
        del value  # refused as an attribute

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        parsed = super()._parse(source, name, filename)
        if self.bounded:
            parsed = counted(parsed)
            parsed.set_environment(self)
        return parsed


class Templates:
    """All templates, ready to render. Keep the instance: compiled templates are reused."""

    def __init__(self, folder: Path | None) -> None:
        self._roots = [root for root in (folder, OURS) if root is not None]
        self.files = user_files(folder, _FOLDERS)
        self._environments = {flavor: self._environment(flavor) for flavor in _FOLDERS}

    def render(self, flavor: Flavor, name: str, **context: Any) -> str:
        """Return one rendered template. Raises RenderError with file and line if it is broken."""
        try:
            with budget_for(context) if self.files else nullcontext():
                return self._environments[flavor].get_template(name).render(context)
        except Exception as error:  # a user's template can fail in any way
            raise self._named(error, f"{_FOLDERS[flavor][0]}/{name}") from error

    def hidden_asked_for(self) -> Iterator[RenderError]:
        """Return what is wrong with the user's files before any of them is rendered."""
        for file in self.files:
            try:
                yield from reaches_out(self._environments[cast("Flavor", file.flavor)], file)
            except TemplateSyntaxError as error:
                yield self._named(error, f"{file.flavor}/{file.name}")
            except RecursionError:
                yield RenderError(f"template {file.path}: it is nested too deeply", file.path, 1)

    def _environment(self, flavor: Flavor) -> _Environment:
        ours = FileSystemLoader([OURS / name for name in _FOLDERS[flavor]])
        loaders: list[BaseLoader] = [PrefixLoader({"ours": ours}), ours]
        loaders.insert(0, loader_of(self.files, _FOLDERS[flavor]))
        environment = _Environment(
            bounded=bool(self.files),
            loader=ChoiceLoader(loaders),
            bytecode_cache=_compiled(flavor, bool(self.files)),
            undefined=StrictUndefined,
            # On for every flavor: it marks text that is already escaped.
            autoescape=True,
            finalize=partial(_escaped, flavor),
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.filters["changed"] = partial(_changed, flavor)
        environment.filters["found"] = partial(_found, flavor)
        environment.filters["bold"] = partial(_bold, flavor)
        environment.filters["linked"] = partial(_linked, flavor)
        environment.filters["wrapped"] = _wrapped
        environment.filters["labelled"] = _labelled
        environment.filters["kept"] = _kept
        environment.filters["short"] = lambda text, most: shortened(plain(text), most)
        # Begins a block of text.
        environment.globals["quote"] = Markup("") if flavor == "card" else Markup("> ")
        environment.globals["has_button"] = flavor == "card"
        environment.globals["mark"] = _BULLETS.get(flavor, Markup("-"))
        environment.globals["small"] = Markup(SMALL)  # noqa: S704 - a mark of ours
        environment.globals["rule"] = Markup(RULE)  # noqa: S704 - the same
        environment.filters["command"] = partial(_command, flavor)
        environment.filters["noted"] = partial(_noted, flavor)
        if self.files:
            bound(environment)
        return environment

    def _named(self, error: Exception, asked: str) -> RenderError:
        """Return the error as a sentence with its file and line."""
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
            case RecursionError():
                said = "a macro or an include calls itself without end"
            case UndefinedError() | TemplateSyntaxError():
                pass
            case _:
                said = f"{type(error).__name__}: {said}"
        kind = TemplateBoundError if isinstance(error, BoundError) else RenderError
        return kind(f"template {place}: {plain(said)}", Path(file) if file else None, line)

    def _place(self, error: Exception) -> tuple[str | None, int | None]:
        """Return the file and line of the innermost template in the traceback."""
        frames = traceback.extract_tb(error.__traceback__)
        roots = tuple(f"{root}/" for root in self._roots)
        found = [frame for frame in frames if frame.filename.startswith(roots)]
        return (found[-1].filename, found[-1].lineno) if found else (None, None)


def templates(folder: Path | None) -> Templates:
    """Return the templates; files in `folder` replace ours of the same name.

    They are in text/, html/, markdown/, slack/ and teams/. A user's file may extend ours:
    {% extends "ours/changes.html" %}.
    """
    return Templates(folder)


def _escaped(flavor: Flavor, value: Any) -> Markup:
    if isinstance(value, Markup):
        return value
    return Markup(_ESCAPES[flavor](plain(value)))  # noqa: S704 - this is the escaping


def _found(flavor: Flavor, text: Any, words: Iterable[str] = ()) -> Markup:
    """Return text with the words that a topic matched marked."""
    shown = str(_ESCAPES[flavor](with_found(plain(text), words)))
    begin, end = _MARKS[flavor]["found"]
    return Markup(shown.replace(FOUND[0], begin).replace(FOUND[1], end))  # noqa: S704 - it was escaped


def _changed(flavor: Flavor, segments: Iterable[Segment], words: Iterable[str] = ()) -> Markup:
    """Return changed words in the flavor's own marks, with the words that a topic matched marked."""
    words = tuple(words)
    parts: list[str] = []
    for segment in segments:
        begin, end = _MARKS[flavor].get(segment.kind, ("", ""))
        # Only the first run can be at the start of a line, where Markdown has more markup.
        ahead = "x " if parts or begin else ""
        shown = _found(flavor, f"{ahead}{segment.text}", words)[len(ahead) :]
        parts.append(f"{begin}{shown}{end}")
    return Markup(" ".join(parts))  # noqa: S704 - each part was escaped


def _bold(flavor: Flavor, text: Any) -> Markup:
    return _changed(flavor, [Segment("added", plain(text))]) if plain(text) else Markup("")


def _linked(flavor: Flavor, text: Any, address: Any) -> Markup:
    """Return text as a link in a chat's markup, or the text alone if the address is not safe."""
    shown, url = _escaped(flavor, text), web_address(address)
    if url is None or flavor not in ("markdown", "slack", "card"):
        return shown
    if flavor == "card":
        return Markup(f"{LINK[0]}{shown}{LINK[1]}{url}{LINK[2]}")  # noqa: S704 - a card has no markup
    if flavor == "slack":
        url = url.replace("&", "&amp;").replace("|", "%7C")
        return Markup(f"<{url}|{shown}>")  # noqa: S704 - the address has no < > or space
    return Markup(f"[{shown}](<{url}>)")  # noqa: S704 - the same


def _wrapped(text: Any, indent: int = 0, first: int | None = None) -> Markup:
    """Return text wrapped for plain text; addresses and no-break spaces stay whole."""
    wrapper = TextWrapper(
        width=_WIDTH,
        initial_indent=" " * (indent if first is None else first),
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    lines = "\n".join(wrapper.wrap(held(plain(text), HELD))).replace(HELD, " ")
    return Markup(lines)  # noqa: S704 - plain text has no markup


def _labelled(label: str, text: Any, indent: int = 0) -> Markup:
    """Return a value after its name, with later lines indented."""
    return _wrapped(f"{plain(label)} {plain(text)}", indent + 4, indent)


def _kept(text: str) -> Markup:
    """Return one line with its spaces kept, for columns of numbers."""
    return Markup(clean(text).rstrip())  # noqa: S704 - plain text has no markup


def _noted(flavor: Flavor, text: Any) -> Markup:
    """Return a line of a notice; an address or a command at its end can be clicked, or copied whole."""
    line = plain(text)
    found = _TAIL.fullmatch(line)
    said, tail = (found["said"], found["tail"]) if found else (line, "")
    if flavor == "text":
        if not tail.startswith("oversight-watch "):
            return _wrapped(line, 2, 0)
        return Markup("{}\n    {}").format(_wrapped(said, 2, 0), _escaped(flavor, tail))
    if not tail:
        return _escaped(flavor, line)
    if tail.startswith("oversight-watch "):
        shown, gap = _command(flavor, tail), "<br>" if flavor == "html" else " "
    elif flavor == "html" and web_address(tail):
        shown, gap = Markup('<a href="{}">{}</a>').format(tail, tail), "<br>"
    else:
        shown, gap = _linked(flavor, tail, tail), " "
    return Markup("{}{}{}").format(_escaped(flavor, said), Markup(gap), shown)  # noqa: S704 - ours


def _command(flavor: Flavor, text: str) -> Markup:
    """Return a command to type, as code if no character in it could end the code."""
    shown = _escaped(flavor, text)
    if flavor == "html":
        return Markup("<code>{}</code>").format(shown)
    simple = plain(text).translate(dict.fromkeys(map(ord, " '-._/:#?=%+,~"), "")).isalnum()
    if flavor in ("markdown", "slack") and simple:
        return Markup(f"`{plain(text)}`")  # noqa: S704 - letters, digits and harmless characters only
    return shown
